//! Changing the key that seals identities. The new key is written beside the old one first, then everything is sealed by it in one
//! transaction, then the old one goes: killed at any moment, the key file opens everything.

use std::path::Path;
use std::time::Duration;

use store::{Key, Keys, SqliteStore};

use super::folder::{self, lock};
use crate::clock::Clock;
use crate::failure::{Failure, unusable};
use crate::keys;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// the key that seals now
    pub key: String,
    /// keys that were taken out of the file
    pub dropped: Vec<String>,
    /// identities that were sealed again
    pub resealed: u64,
    /// an earlier change that was interrupted was finished, and no new key made
    pub finished: bool,
}

/// A key with a name that none of the file has: names are of seconds.
async fn new_key(before: &Keys, clock: &Clock) -> Result<Key, Failure> {
    loop {
        let key = keys::new_key(clock)?;
        if !before.names().contains(&key.name()) {
            return Ok(key);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Makes a new key, or finishes a change that was interrupted. The keys that go are written to `old` first, where one is named: backups
/// from before are opened by them alone.
///
/// # Errors
/// When a server uses the folder, the keys cannot be read or written, or the database fails.
pub async fn rotate(
    data: &Path,
    key_file: Option<&Path>,
    old: Option<&Path>,
    clock: &Clock,
) -> Result<Rotated, Failure> {
    let database = folder::database(data)?;
    let _alone = lock(data)?;
    let path = keys::path(data, key_file);
    let before = keys::read(&path)?;
    let finished = before.has_older();
    let both = if finished { before } else { before.with(new_key(&before, clock).await?).map_err(unusable)? };
    if let Some(old) = old {
        // an interrupted change may have written it already
        if old.exists() && keys::read(old).ok().as_ref() != Some(&both) {
            return Err(Failure::input(format!("{} is there already: choose another name", old.display()))
                .zh(format!("{} 已存在：请另选名称。", old.display())));
        }
        keys::write(old, &both)?;
    }
    if !finished {
        keys::write(&path, &both)?;
    }
    let store = SqliteStore::open(&database, both.clone()).await.map_err(unusable)?;
    let resealed = store.reseal().await.map_err(|error| Failure::failed(error.to_string()))?;
    store.close().await;
    let only = both.only_current();
    let dropped = both.names().into_iter().skip(1).map(str::to_owned).collect();
    keys::write(&path, &only)?;
    Ok(Rotated { key: only.current().name().to_owned(), dropped, resealed, finished })
}
