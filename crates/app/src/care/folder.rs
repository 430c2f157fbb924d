//! What lies where in a data folder, and who may use it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use store::SqliteStore;

use crate::clock::Clock;
use crate::failure::{Failure, unusable};
use crate::keys;

/// Name of the database in the data folder.
pub const DATABASE: &str = "dosewright.db";
/// Name of the folder of files.
pub const OBJECTS: &str = "objects";
/// Name of the folder of the hospital's own forms.
pub const FORMS: &str = "forms";

/// Opens the database of a data folder with its key file or the one given; makes both where there are none.
///
/// # Errors
/// When it or its key file cannot be opened.
pub async fn open_store(data: &Path, keys: Option<&Path>) -> Result<Arc<SqliteStore>, Failure> {
    let database = data.join(DATABASE);
    let keys = keys::read_or_make(&keys::path(data, keys), &database, &Clock::system()).await?;
    Ok(Arc::new(SqliteStore::open(&database, keys).await.map_err(unusable)?))
}

/// The database of a data folder that must be there.
///
/// # Errors
/// When there is none.
pub fn database(data: &Path) -> Result<PathBuf, Failure> {
    let database = data.join(DATABASE);
    if database.is_file() {
        return Ok(database);
    }
    Err(Failure::input(format!(
        "{} holds no {DATABASE}; give the folder that 'dosewright serve --data' uses",
        data.display()
    ))
    .zh(format!("{} 中没有 {DATABASE}：请给出服务所用的数据文件夹。", data.display())))
}

/// Opens the database of a data folder that must be there.
///
/// # Errors
/// When it is not, or it or its key file cannot be opened.
pub async fn open_there(data: &Path, keys: Option<&Path>) -> Result<Arc<SqliteStore>, Failure> {
    database(data)?;
    open_store(data, keys).await
}

/// Keeps a second program out of a data folder for as long as the answer lives; the system frees it however the program ends.
///
/// # Errors
/// When another program has it, or the disk fails.
pub fn lock(data: &Path) -> Result<File, Failure> {
    hold(&data.join("lock"), || {
        Failure::input(format!(
            "another Dosewright serves {} already; use that one, stop it, or give another folder with --data",
            data.display()
        ))
        .zh(format!("已有另一个核准程序在使用 {}：请先停止它，或换一个文件夹。", data.display()))
    })
}

/// Takes a lock file, or fails with `taken`.
///
/// # Errors
/// When another has it, or the disk fails.
pub fn hold(path: &Path, taken: impl Fn() -> Failure) -> Result<File, Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("{}: {error}", path.display()));
    let file = File::create(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(taken()),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Does what waits for disks and databases, and waits for it.
///
/// # Errors
/// Those of the work.
pub fn wait<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("threads cannot be started: {error}")))?;
    runtime.block_on(work)
}
