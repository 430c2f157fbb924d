//! Copies of the whole database while it is in use.

use std::path::{Path, PathBuf};

use records::StoreError;
use sqlx::{ConnectOptions, Connection};

use super::open::{check_version, plain, sync_folder_of};
use super::rows::failed;

/// Writes a copy of the database `from`. It is written beside `to` under another name, put on the disk, checked, and only then given its
/// name: what is called `to` is whole.
pub(super) async fn backup(from: &Path, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        return Err(StoreError::Refused(format!("{} is there already: choose another name", to.display())));
    }
    let mut part = to.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let disk = |error: std::io::Error| StoreError::Failed(format!("{}: {error}", part.display()));
    if part.exists() {
        std::fs::remove_file(&part).map_err(disk)?;
    }
    let mut connection = plain(from).connect().await.map_err(failed)?;
    // a snapshot of one moment; others read and write meanwhile
    let copied = sqlx::query("VACUUM INTO ?").bind(part.to_string_lossy().into_owned());
    copied.execute(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    check(&part).await?;
    let (part, to) = (part.clone(), to.to_path_buf());
    let placed = tokio::task::spawn_blocking(move || {
        std::fs::File::open(&part)?.sync_all()?;
        std::fs::rename(&part, &to)?;
        sync_folder_of(&to)
    });
    placed.await.map_err(|error| StoreError::Failed(error.to_string()))?.map_err(disk)
}

/// Reads every page of a copy.
async fn check(copy: &Path) -> Result<(), StoreError> {
    let bad = |why: String| StoreError::Failed(format!("the copy {} is not sound: {why}", copy.display()));
    let mut connection = plain(copy).read_only(true).connect().await.map_err(failed)?;
    check_version(copy, &mut connection).await.map_err(|error| bad(error.to_string()))?;
    let verdict: String =
        sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut connection).await.map_err(failed)?;
    if verdict != "ok" {
        return Err(bad(verdict));
    }
    let stray = sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut connection).await.map_err(failed)?;
    if stray.is_some() {
        return Err(bad("a record refers to one that is not there".to_owned()));
    }
    connection.close().await.map_err(failed)
}
