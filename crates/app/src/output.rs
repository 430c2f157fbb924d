//! Writing results: a folder appears whole or not at all.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Marks a folder as ours, so that `--replace` never deletes somebody else's.
const MARK: &str = "result.json";

/// Checks, before any work is done, that a result may be put at `out`.
pub fn check_target(out: &Path, replace: bool) -> Result<(), Failure> {
    if out.as_os_str().is_empty() {
        return Err(Failure::usage("--out is empty; name the folder the results should go to"));
    }
    let Ok(mut entries) = fs::read_dir(out) else {
        return if out.exists() {
            Err(Failure::input(format!("{} is a file; --out needs the name of a folder", out.display())))
        } else {
            Ok(())
        };
    };
    if entries.next().is_none() {
        return Ok(());
    }
    let ours = out.join(MARK).is_file();
    match (replace, ours) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::input(format!(
            "{} holds files but no {MARK} of an earlier run, so --replace will not touch it; choose another --out",
            out.display()
        ))),
        (false, _) => Err(Failure::input(format!(
            "{} is not empty; choose another --out{}",
            out.display(),
            if ours { ", or add --replace to put this result in the place of the earlier one" } else { "" }
        ))),
    }
}

/// Writes all `files` (name, bytes) as the folder `out`: first beside it under a temporary name, synced, then renamed.
///
/// Killed at any moment it leaves either the old state or the new one at `out`; a temporary folder may remain beside it.
pub fn write_folder(out: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let io =
        |what: &str, error: std::io::Error| Failure::failed(format!("cannot write {}: {what}: {error}", out.display()));
    fs::create_dir_all(&parent).map_err(|e| io("creating its parent folder", e))?;
    let prefix = format!(".{}.partial-", out.file_name().unwrap_or_default().to_string_lossy());
    let partial = tempfile::Builder::new()
        .prefix(&prefix)
        .tempdir_in(&parent)
        .map_err(|e| io("creating a temporary folder", e))?;
    let staged = partial.path().join("new");
    fs::create_dir(&staged).map_err(|e| io("creating a temporary folder", e))?;
    for (name, bytes) in files {
        let path = staged.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| io(name, e))?;
        }
        let mut file = File::create(&path).map_err(|e| io(name, e))?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|e| io(name, e))?;
    }
    if out.exists() {
        // the two folders change places in one step, so that no moment is without a result; the earlier one then goes
        exchange(&staged, out).map_err(|e| io("putting the finished folder in the place of the earlier one", e))?;
    } else {
        fs::rename(&staged, out).map_err(|e| io("moving the finished folder into place", e))?;
    }
    if let Ok(folder) = File::open(&parent) {
        // not every file system can sync a folder; the files themselves are synced
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Writes one file: first beside it, synced, then renamed.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let io = |error: std::io::Error| Failure::failed(format!("cannot write {}: {error}", path.display()));
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut staged = tempfile::NamedTempFile::new_in(parent).map_err(io)?;
    staged.write_all(bytes).and_then(|()| staged.as_file().sync_all()).map_err(io)?;
    staged.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}

#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(one: &Path, other: &Path) -> std::io::Result<()> {
    let aside = one.with_extension("earlier");
    fs::rename(other, &aside)?;
    fs::rename(one, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> (String, Vec<u8>) {
        (name.to_owned(), text.as_bytes().to_vec())
    }

    #[test]
    fn appears_whole_and_leaves_nothing_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let out = home.path().join("a/b/out");
        write_folder(&out, &[file("result.json", "{}"), file("images/1.txt", "x")]).unwrap();
        assert_eq!(fs::read_to_string(out.join("images/1.txt")).unwrap(), "x");
        assert_eq!(fs::read_dir(out.parent().unwrap()).unwrap().count(), 1);
        assert!(check_target(&out, false).is_err());
        check_target(&out, true).unwrap();
        write_folder(&out, &[file("result.json", "{\"second\":1}")]).unwrap();
        assert!(!out.join("images").exists());
        assert_eq!(fs::read_dir(out.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn never_replaces_what_is_not_ours() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("thesis.doc"), "x").unwrap();
        let refused = check_target(home.path(), true).unwrap_err();
        assert!(refused.message.contains("will not touch it"), "{refused}");
        let refused = check_target(&home.path().join("thesis.doc"), true).unwrap_err();
        assert!(refused.message.contains("is a file"), "{refused}");
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let out = home.path().join("out");
        // a name that collides with a folder cannot be written
        let refused = write_folder(&out, &[file("a/b", "x"), file("a", "y")]);
        assert!(refused.is_err());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }
}
