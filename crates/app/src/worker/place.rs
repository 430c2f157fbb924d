//! A study's files as a folder, for what reads folders: hard links to the objects, or copies where the disk knows no links.

use std::collections::HashSet;
use std::fs;
use std::hash::BuildHasher;
use std::io;
use std::path::{Path, PathBuf};

use records::study::StoredFile;
use records::{Id, StoredStudy};
use store::Objects;

use crate::failure::Failure;

/// Longest name of a file or folder on disk, bytes.
const LONGEST_NAME: usize = 120;

/// The folder of a study below the data folder.
pub fn folder(data: &Path, study: Id<StoredStudy>) -> PathBuf {
    data.join("work").join("studies").join(study.to_string())
}

/// Puts the files of a study into its folder, unless they are there; gives the folder. It appears whole or not at all, so what is there
/// is complete. It can be deleted at any time: it is made again from the objects.
///
/// # Errors
/// When an object is missing or the disk refuses.
pub fn place(data: &Path, objects: &Objects, study: Id<StoredStudy>, files: &[StoredFile]) -> Result<PathBuf, Failure> {
    let target = folder(data, study);
    if target.is_dir() {
        return Ok(target);
    }
    let parent = data.join("work").join("studies");
    let io =
        |what: &str, error: io::Error| Failure::failed(format!("cannot lay out the study's files: {what}: {error}"));
    fs::create_dir_all(&parent).map_err(|error| io("creating the folder", error))?;
    let partial = tempfile::Builder::new()
        .prefix(".partial-")
        .tempdir_in(&parent)
        .map_err(|error| io("creating the folder", error))?;
    for file in files {
        let path = partial.path().join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| io("creating a folder", error))?;
        }
        link(&objects.path(file.content), &path).map_err(|error| io("linking a file", error))?;
    }
    match fs::rename(partial.path(), &target) {
        Ok(()) => {
            // it is no temporary folder any more
            let _ = partial.keep();
            Ok(target)
        }
        // another worker was faster
        Err(_) if target.is_dir() => Ok(target),
        Err(error) => Err(io("moving the folder into place", error)),
    }
}

fn link(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(error),
        Err(_) => fs::copy(from, to).map(drop),
        Ok(()) => Ok(()),
    }
}

/// A path as it was given, made harmless: relative, without `..`, with names that every disk takes, and none like another. `None` when
/// nothing is left of it.
pub fn safe_path<S: BuildHasher>(given: &str, taken: &mut HashSet<String, S>) -> Option<String> {
    let parts: Vec<String> = given
        .split(['/', '\\'])
        .filter(|part| !part.is_empty() && *part != "." && *part != "..")
        .map(safe_name)
        .collect();
    if parts.is_empty() || parts.len() > 32 {
        return None;
    }
    let path = parts.join("/");
    let (stem, ending) = match path.rsplit_once('.') {
        Some((stem, ending)) if !ending.contains('/') && !stem.is_empty() && !stem.ends_with('/') => {
            (stem, format!(".{ending}"))
        }
        _ => (path.as_str(), String::new()),
    };
    // disks that take no notice of case must hold both
    let free = std::iter::once(path.clone()).chain((2..).map(|n| format!("{stem} ({n}){ending}")));
    free.into_iter().find(|candidate| taken.insert(candidate.to_lowercase()))
}

/// A name without what some disk or shell would stumble over.
fn safe_name(name: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '(' | ')' | '+' | ',' | '=' | '~');
    let mut clean: String = name.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    while clean.len() > LONGEST_NAME {
        clean.pop();
    }
    let clean = clean.trim().trim_end_matches('.');
    // a hidden file would be passed over by the import; a device's name is none on Windows
    let device = |stem: &str| {
        let upper = stem.to_uppercase();
        ["CON", "PRN", "AUX", "NUL"].contains(&upper.as_str())
            || (upper.len() == 4 && (upper.starts_with("COM") || upper.starts_with("LPT")))
    };
    match clean {
        "" => "_".to_owned(),
        _ if clean.starts_with('.') || device(clean.split('.').next().unwrap_or_default()) => format!("_{clean}"),
        _ => clean.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_escapes_and_none_hides_another() {
        let mut taken = HashSet::new();
        let mut safe = |given: &str| safe_path(given, &mut taken);
        assert_eq!(safe("CT/1.dcm").as_deref(), Some("CT/1.dcm"));
        assert_eq!(safe("ct/1.DCM").as_deref(), Some("ct/1 (2).DCM"));
        assert_eq!(safe("../../etc/passwd").as_deref(), Some("etc/passwd"));
        assert_eq!(safe("/etc/passwd").as_deref(), Some("etc/passwd (2)"));
        assert_eq!(safe("C:\\导出\\王芳\\1.dcm").as_deref(), Some("C_/导出/王芳/1.dcm"));
        assert_eq!(safe("a\0b/..").as_deref(), Some("a_b"));
        assert_eq!(safe(".hidden").as_deref(), Some("_.hidden"));
        assert_eq!(safe("NUL.txt").as_deref(), Some("_NUL.txt"));
        assert_eq!(safe("../..").as_deref(), None);
        assert!(safe(&"长".repeat(300)).unwrap().len() <= LONGEST_NAME);
        assert_eq!(safe(&"a/".repeat(40)), None);
    }
}
