//! Copying a data folder while it is in use: the database as of one moment, and every file that its items name. Files are kept by their
//! content beside the copies, so that a second copy brings only what is new.
//!
//! ```text
//! FOLDER/objects/ab/cdef…              every file once
//! FOLDER/20261125T083000Z/dosewright.db
//! FOLDER/20261125T083000Z/forms/…      the hospital's own forms
//! FOLDER/20261125T083000Z/manifest.json
//! ```
//!
//! A copy has its name only when it is whole and was read again. The keys that seal identities are not in it: who has the backup alone
//! learns no name.

use std::fs;
use std::path::{Path, PathBuf};

use records::audit;
use records::store::Store as _;
use store::{Objects, ObjectsError, SqliteStore};

use super::copy::{self, Copied, disk};
use super::folder::{self, DATABASE, OBJECTS, hold};
use super::manifest::{MANIFEST, Manifest, Piece};
use crate::clock::Clock;
use crate::failure::{Failure, unusable};
use crate::keys;

/// How unfinished copies are called.
const UNFINISHED: &str = ".unfinished-";

/// A copy that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// where it lies
    pub snapshot: PathBuf,
    /// what is in it
    pub manifest: Manifest,
    /// files that were not there yet, and their bytes
    pub copied: (usize, u64),
}

/// Copies the data folder `data` into the folder `to`; with `full` the files that are there already are read again.
///
/// # Errors
/// When either folder cannot be used, when the copy is not sound, or when the disk fails: then no copy has its name.
pub async fn backup(
    data: &Path,
    to: &Path,
    key_file: Option<&Path>,
    full: bool,
    clock: &Clock,
) -> Result<Made, Failure> {
    folder::database(data)?;
    fs::create_dir_all(to).map_err(|error| disk(to, &error))?;
    let (data, to) = (canonical(data)?, canonical(to)?);
    if to.starts_with(&data) || data.starts_with(&to) {
        return Err(Failure::input(format!(
            "{} and {} lie in each other: give a folder outside the data folder, best on another disk",
            to.display(),
            data.display()
        ))
        .zh("备份文件夹不能与数据文件夹互相包含：请选择另一块磁盘上的文件夹。"));
    }
    let _alone = hold(&to.join("lock"), || {
        Failure::input(format!("another backup into {} is going on: wait for it", to.display()))
            .zh("另一个备份正在写入该文件夹：请等待其完成。")
    })?;
    clear(&to)?;
    let made = clock.now();
    let name = made.strftime("%Y%m%dT%H%M%SZ").to_string();
    let snapshot = to.join(&name);
    if snapshot.exists() {
        return Err(Failure::input(format!("{} is there already: wait a second", snapshot.display()))
            .zh("同一秒已有备份：请稍候再试。"));
    }
    let part = to.join(format!("{UNFINISHED}{name}"));
    fs::create_dir(&part).map_err(|error| disk(&part, &error))?;
    let keys = keys::read(&keys::path(&data, key_file))?;
    let (head, named) = database(&data, &part, keys.clone()).await?;
    let piece = copy::measure(&part.join(DATABASE), DATABASE)?;
    let names = keys.names().into_iter().map(str::to_owned).collect();
    let mut manifest = Manifest::new(made, head, names, piece);
    manifest.forms = copy::forms(&data, &part)?;
    let copied = objects(&data, &to, named, full, &mut manifest).await?;
    let text = serde_json::to_vec_pretty(&manifest).map_err(unusable)?;
    crate::output::write_file(&part.join(MANIFEST), &text)?;
    copy::sync(&part)?;
    fs::rename(&part, &snapshot).map_err(|error| disk(&snapshot, &error))?;
    copy::sync(&to)?;
    Ok(Made { snapshot, manifest, copied })
}

fn canonical(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(|error| disk(path, &error))
}

/// Takes away what an interrupted backup left; the caller holds the lock.
fn clear(to: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(to).map_err(|error| disk(to, &error))?.filter_map(Result::ok) {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            fs::remove_dir_all(entry.path()).map_err(|error| disk(&entry.path(), &error))?;
        }
    }
    Ok(())
}

/// Copies the database and checks the copy: its pages, its chain up to what was there before, every item against it, and identities.
async fn database(
    data: &Path,
    part: &Path,
    keys: store::Keys,
) -> Result<(records::ledger::Head, Vec<store::Named>), Failure> {
    let failed = |error: records::StoreError| Failure::failed(error.to_string());
    let live = SqliteStore::open(data.join(DATABASE), keys.clone()).await.map_err(unusable)?;
    let before = live.head().await.map_err(failed)?;
    live.backup(&part.join(DATABASE)).await.map_err(failed)?;
    live.close().await;
    let copied = SqliteStore::open(part.join(DATABASE), keys).await.map_err(unusable)?;
    let sound = audit::check(&copied, Some(before)).await.map_err(|error| {
        Failure::input(format!(
            "the copy of the database is not sound: {error}; run 'dosewright doctor' on the data folder"
        ))
        .zh("数据库副本未通过校验：请对数据文件夹运行 dosewright doctor。")
    })?;
    let named = copied.contents().await.map_err(failed)?;
    copied.close().await;
    Ok((sound.head, named))
}

async fn objects(
    data: &Path,
    to: &Path,
    named: Vec<store::Named>,
    full: bool,
    manifest: &mut Manifest,
) -> Result<(usize, u64), Failure> {
    let from = Objects::open(data.join(OBJECTS)).map_err(unusable)?;
    let into = Objects::open(to.join(OBJECTS)).map_err(unusable)?;
    let mut copied = (0, 0);
    let mut wanted: Vec<_> = named.into_iter().map(|one| (one.content, one.bytes)).collect();
    wanted.dedup();
    for (content, bytes) in wanted {
        match copy::object(&from, &into, content, bytes, full).await {
            Ok(how) => {
                if how == Copied::New {
                    copied = (copied.0 + 1, copied.1 + bytes);
                }
                manifest.objects.push(Piece { name: String::new(), bytes, sha256: content });
            }
            // the rest is worth copying all the same
            Err(ObjectsError::Missing(_) | ObjectsError::Altered(_)) => manifest.unsound.push(content),
            Err(other) => return Err(Failure::failed(other.to_string())),
        }
    }
    Ok(copied)
}
