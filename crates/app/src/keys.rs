//! The key file that seals identity: made with the data folder, kept apart from its backups.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use store::{Key, Keys, SqliteStore};

use crate::clock::{Clock, random};
use crate::failure::{Failure, unusable};

/// Name of the key file in a data folder, where no other is given.
pub const KEYS: &str = "identity.keys";

/// Where the keys of a data folder lie.
pub fn path(data: &Path, given: Option<&Path>) -> PathBuf {
    given.map_or_else(|| data.join(KEYS), Path::to_path_buf)
}

/// Reads a key file.
///
/// # Errors
/// When it is not there, cannot be read, or holds something else.
pub fn read(path: &Path) -> Result<Keys, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::input(format!(
            "the key file {} cannot be read ({error}): the patients' names are sealed by it; put it back, or name it with \
             --identity-keys",
            path.display()
        ))
    })?;
    Keys::parse(&text).map_err(|error| Failure::input(format!("{}: {error}", path.display())))
}

/// Reads the key file, or makes one where no identity is sealed yet.
///
/// # Errors
/// When it cannot be read or made, and when a database is there without the key file that sealed it.
pub async fn read_or_make(path: &Path, database: &Path, clock: &Clock) -> Result<Keys, Failure> {
    if path.exists() || SqliteStore::is_sealed(database).await.map_err(unusable)? {
        return read(path);
    }
    let keys = Keys::new(new_key(clock)?);
    write(path, &keys)?;
    Ok(keys)
}

/// A key named by the moment it was made.
///
/// # Errors
/// Never in practice: the name is of digits and letters.
pub fn new_key(clock: &Clock) -> Result<Key, Failure> {
    let name = format!("k{}", clock.now().strftime("%Y%m%dT%H%M%SZ"));
    Key::new(&name, random()).map_err(|error| Failure::failed(error.to_string()))
}

/// Writes a key file: beside it first, on the disk, then in its place; only the owner may read it.
///
/// # Errors
/// When the disk fails.
pub fn write(path: &Path, keys: &Keys) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("the key file {}: {error}", path.display()));
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let _ = std::fs::remove_file(&part);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).map_err(failed)?;
    file.write_all(keys.to_text().as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&part, path).map_err(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn a_key_is_made_once_and_never_beside_a_database_that_lost_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (path, database) = (folder.path().join(KEYS), folder.path().join("dosewright.db"));
        let clock = Clock::system();
        let made = read_or_make(&path, &database, &clock).await.unwrap();
        assert_eq!(read_or_make(&path, &database, &clock).await.unwrap(), made);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        SqliteStore::open(&database, made).await.unwrap().close().await;
        std::fs::remove_file(&path).unwrap();
        let refused = read_or_make(&path, &database, &clock).await.unwrap_err();
        assert!(refused.message.contains("identity.keys") && !path.exists(), "{}", refused.message);
    }
}
