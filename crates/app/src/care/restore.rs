//! Bringing a data folder back from a backup: it appears whole and checked, or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use records::audit;
use records::ledger::Head;
use store::{Keys, Objects, SqliteStore};

use super::copy::{self, disk};
use super::folder::{DATABASE, FORMS, OBJECTS};
use super::manifest::{MANIFEST, Manifest, snapshots};
use crate::failure::{Failure, unusable};
use crate::keys;

/// What was brought back.
#[derive(Debug, Clone)]
pub struct Restored {
    /// from which copy
    pub snapshot: PathBuf,
    /// what was in it
    pub manifest: Manifest,
    /// items compared with the ledger
    pub items: u64,
}

/// Brings the newest copy of a folder of backups back, or the copy that `from` is itself, as the data folder `data`.
///
/// # Errors
/// When the copy is not whole or not sound, the keys are not the right ones, or `data` holds anything: then nothing is written.
pub async fn restore(from: &Path, data: &Path, key_file: Option<&Path>) -> Result<Restored, Failure> {
    let snapshot = choose(from)?;
    empty(data)?;
    let manifest = Manifest::read(&snapshot)?;
    let Some(key_file) = key_file else {
        return Err(Failure::input(format!(
            "the patients' identities are sealed by the key {}, which is not in a backup: name its file with --identity-keys",
            manifest.keys.join(", ")
        ))
        .zh(format!("患者身份由密钥 {} 封存，备份中不含密钥：请给出密钥文件。", manifest.keys.join("、"))));
    };
    let keys = keys::read(key_file)?;
    let parent = data.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|error| disk(parent, &error))?;
    let name = data.file_name().unwrap_or_default().to_string_lossy();
    let part = tempfile::Builder::new()
        .prefix(&format!(".{name}.unfinished-"))
        .tempdir_in(parent)
        .map_err(|error| disk(parent, &error))?;
    let staged = part.path().join("data");
    fs::create_dir(&staged).map_err(|error| disk(&staged, &error))?;
    files(&snapshot, &staged, &manifest)?;
    objects(&snapshot, &staged, &manifest).await?;
    keys::write(&staged.join(keys::KEYS), &keys)?;
    let items = check(&staged, keys, &manifest).await?;
    copy::sync(&staged)?;
    if data.exists() {
        fs::remove_dir(data).map_err(|error| disk(data, &error))?;
    }
    fs::rename(&staged, data).map_err(|error| disk(data, &error))?;
    copy::sync(parent)?;
    Ok(Restored { snapshot, manifest, items })
}

fn choose(from: &Path) -> Result<PathBuf, Failure> {
    if from.join(MANIFEST).is_file() {
        return Ok(from.to_path_buf());
    }
    snapshots(from).pop().ok_or_else(|| {
        Failure::input(format!(
            "{} holds no backup: give the folder that 'dosewright backup --to' wrote, or one of the copies in it",
            from.display()
        ))
        .zh(format!("{} 中没有备份：请给出备份文件夹或其中的一份。", from.display()))
    })
}

fn empty(data: &Path) -> Result<(), Failure> {
    let full = || {
        Failure::input(format!("{} is not empty: restore into a new folder", data.display()))
            .zh(format!("{} 不是空文件夹：请恢复到新文件夹。", data.display()))
    };
    match fs::read_dir(data) {
        Ok(mut entries) => entries.next().map_or(Ok(()), |_| Err(full())),
        Err(_) if data.exists() => Err(full()),
        Err(_) => Ok(()),
    }
}

/// The database and the forms, each compared with the manifest.
fn files(snapshot: &Path, staged: &Path, manifest: &Manifest) -> Result<(), Failure> {
    let altered = |name: &str| {
        Failure::input(format!(
            "{} is not what the manifest says: it was altered or damaged; take another copy",
            snapshot.join(name).display()
        ))
        .zh(format!("备份中的 {name} 与清单不符：已被改动或损坏，请改用另一份备份。"))
    };
    let database = copy::file(&snapshot.join(DATABASE), &staged.join(DATABASE), DATABASE)?;
    if database != manifest.database {
        return Err(altered(DATABASE));
    }
    if !manifest.forms.is_empty() && copy::forms(snapshot, staged)? != manifest.forms {
        return Err(altered(FORMS));
    }
    Ok(())
}

async fn objects(snapshot: &Path, staged: &Path, manifest: &Manifest) -> Result<(), Failure> {
    let beside = snapshot.canonicalize().map_err(|error| disk(snapshot, &error))?;
    let beside = beside.parent().unwrap_or(Path::new("/")).join(OBJECTS);
    let into = Objects::open(staged.join(OBJECTS)).map_err(unusable)?;
    if manifest.objects.is_empty() {
        return Ok(());
    }
    if !beside.is_dir() {
        return Err(Failure::input(format!(
            "{} is missing: the files of a copy lie beside it; keep both in one folder",
            beside.display()
        ))
        .zh("缺少与备份并列的 objects 文件夹：请将两者放在同一文件夹。"));
    }
    let from = Objects::open(&beside).map_err(unusable)?;
    let mut wrong = Vec::new();
    for piece in &manifest.objects {
        if let Err(error) = copy::object(&from, &into, piece.sha256, piece.bytes, false).await {
            wrong.push(error.to_string());
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let (count, shown) = (wrong.len(), wrong.iter().take(3).cloned().collect::<Vec<_>>().join("; "));
    Err(Failure::input(format!("{count} files of the copy are missing or damaged ({shown}): take another copy"))
        .zh(format!("备份中有 {count} 个文件缺失或损坏：请改用另一份备份。")))
}

/// Opens it: the chain must end where the manifest says, and every item and identity must be what the chain says.
async fn check(staged: &Path, keys: Keys, manifest: &Manifest) -> Result<u64, Failure> {
    let store = SqliteStore::open(staged.join(DATABASE), keys).await.map_err(unusable)?;
    let known: Head = manifest.head.into();
    let sound = audit::check(&store, Some(known)).await;
    store.close().await;
    let sound = sound.map_err(|error| {
        Failure::input(format!(
            "the copy does not open with these keys or is not sound: {error}; the identities are sealed by the key {}",
            manifest.keys.join(", ")
        ))
        .zh(format!("备份未通过校验，或密钥不对（应为 {}）：{error}", manifest.keys.join("、")))
    })?;
    if sound.head != known {
        return Err(Failure::input(format!(
            "the copy ends at entry {}, the manifest says {}: it was altered",
            sound.head.seq, known.seq
        ))
        .zh("备份的台账与清单不符：已被改动。"));
    }
    Ok(sound.items)
}
