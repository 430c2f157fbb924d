//! The key files of a data folder: the one that seals identity, made with the folder, and the one that study exports make pseudonyms with,
//! made at the first of them. Neither is in a backup.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use store::{Key, Keys, SqliteStore};

use crate::clock::{Clock, hex, random};
use crate::failure::{Failure, unusable};

/// Name of the key file in a data folder, where no other is given.
pub const KEYS: &str = "identity.keys";

/// Name of the file with the key that pseudonyms are made with.
pub const EXCHANGE: &str = "exchange.key";

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
    write_text(path, &keys.to_text())
}

/// The key that pseudonyms are made with; `None` where no export was made yet.
///
/// # Errors
/// When its file cannot be read or holds something else.
pub fn exchange(data: &Path) -> Result<Option<exchange::deidentified::Key>, Failure> {
    let path = data.join(EXCHANGE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::failed(format!("{}: {error}", path.display()))),
    };
    let wrong = || {
        Failure::input(format!(
            "{} is no key of study exports (64 hexadecimal digits): put the right file back, or move it away and a new key is made, by \
             which nobody can join new exports to earlier ones",
            path.display()
        ))
        .zh(format!("{EXCHANGE} 不是有效的假名密钥：请放回原文件；若移走，将生成新密钥，新旧导出无法对应。"))
    };
    let bytes = unhex(text.trim()).ok_or_else(wrong)?;
    exchange::deidentified::Key::new(&bytes).map(Some).map_err(|_| wrong())
}

/// The key that pseudonyms are made with; made where there is none. Two programs that make one at once agree on one.
///
/// # Errors
/// When its file cannot be read or written, or holds something else.
pub fn exchange_or_new(data: &Path) -> Result<exchange::deidentified::Key, Failure> {
    if let Some(key) = exchange(data)? {
        return Ok(key);
    }
    let path = data.join(EXCHANGE);
    let failed = |error: std::io::Error| Failure::failed(format!("{}: {error}", path.display()));
    // whole before it has its name, and never in the place of another's: a link fails where the name is taken
    let mut part = tempfile::Builder::new().prefix(".exchange-").tempfile_in(data).map_err(failed)?;
    let text = format!("{}\n", hex(&random::<32>()));
    part.write_all(text.as_bytes()).and_then(|()| part.as_file().sync_all()).map_err(failed)?;
    match part.persist_noclobber(&path) {
        Ok(_) => File::open(data).and_then(|folder| folder.sync_all()).map_err(failed)?,
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error.error)),
    }
    exchange(data)?.ok_or_else(|| Failure::failed(format!("{}: it was taken away while it was made", path.display())))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let sound = digits.len() >= 64 && digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit);
    if sound { digits.chunks(2).map(byte).collect() } else { None }
}

/// Writes a text that only its owner may read.
fn write_text(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("the key file {}: {error}", path.display()));
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let _ = std::fs::remove_file(&part);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
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

    #[test]
    fn a_key_of_exports_is_made_once_and_a_spoilt_one_is_said() {
        let folder = tempfile::tempdir().unwrap();
        assert!(exchange(folder.path()).unwrap().is_none());
        let made = exchange_or_new(folder.path()).unwrap();
        assert_eq!(exchange_or_new(folder.path()).unwrap().mark(), made.mark());
        let path = folder.path().join(EXCHANGE);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "0123").unwrap();
        let refused = exchange_or_new(folder.path()).unwrap_err();
        assert!(refused.message.contains(EXCHANGE) && !refused.zh.is_empty(), "{}", refused.message);
    }
}
