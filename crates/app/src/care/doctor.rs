//! What is wrong with a data folder, and what to do about it. Nothing in it is changed: derived tables are compared with a rebuild on a copy.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use records::norms::Sentence;
use records::sources::conservation;
use records::store::LotQuery;
use records::{Digest, Store as _, StoreError, audit};
use store::{Objects, ObjectsError, SqliteStore};

use super::folder::{DATABASE, OBJECTS};
use crate::failure::{Failure, unusable};
use crate::keys;

/// How grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// in order
    Fine,
    /// worth knowing
    Note,
    /// something must be done
    Wrong,
}

impl Level {
    /// Its name for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Note => "note",
            Self::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// what: `database`, `ledger`, `derived`, `objects`, `orphans`, `keys`, `disk`, `lots`
    pub about: &'static str,
    /// how grave
    pub level: Level,
    /// what was found
    pub says: Sentence,
    /// what to do; empty where nothing is
    pub todo: Sentence,
}

impl Finding {
    fn fine(about: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { about, level: Level::Fine, says: Sentence::new(zh, en), todo: Sentence::default() }
    }

    fn wrong(about: &'static str, says: Sentence, todo_zh: &str, todo_en: &str) -> Self {
        Self { about, level: Level::Wrong, says, todo: Sentence::new(todo_zh, todo_en) }
    }

    fn note(about: &'static str, says: Sentence, todo_zh: &str, todo_en: &str) -> Self {
        Self { level: Level::Note, ..Self::wrong(about, says, todo_zh, todo_en) }
    }
}

/// Free space below which a note is made, and below which something must be done, bytes.
const LITTLE: u64 = 20 << 30;
const TOO_LITTLE: u64 = 2 << 30;
const FROM_BACKUP: (&str, &str) =
    ("从备份恢复：dosewright restore", "bring the data folder back from a backup: dosewright restore");

/// Looks at everything; `quick` trusts files by their size.
///
/// # Errors
/// When the database or its key file cannot be opened at all.
pub async fn examine(data: &Path, key_file: Option<&Path>, quick: bool) -> Result<Vec<Finding>, Failure> {
    super::folder::database(data)?;
    let path = keys::path(data, key_file);
    let mut found = vec![disk(data), permissions(&path)];
    found.extend(exchange(data));
    let keys = keys::read(&path)?;
    if keys.has_older() {
        let says = Sentence::new("更换密钥曾被中断", "a change of keys was interrupted");
        let (zh, en) = (
            "停止服务后运行 dosewright keys rotate",
            "stop the server, then run 'dosewright keys rotate' to finish it",
        );
        found.push(Finding::note("keys", says, zh, en));
    }
    let store = SqliteStore::open(data.join(DATABASE), keys.clone()).await.map_err(unusable)?;
    found.push(database(&store).await);
    found.push(ledger(&store).await);
    found.push(derived(data, &store, keys).await);
    found.push(lots(&store).await);
    match store.contents().await {
        Ok(named) => found.extend(objects(data, named, quick).await?),
        Err(error) => found.push(unread("objects", &error)),
    }
    store.close().await;
    found.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    Ok(found)
}

fn unread(about: &'static str, error: &StoreError) -> Finding {
    let says = Sentence::new(format!("无法检查：{error}"), format!("could not be looked at: {error}"));
    Finding::wrong(about, says, FROM_BACKUP.0, FROM_BACKUP.1)
}

fn disk(data: &Path) -> Finding {
    let Ok(there) = rustix::fs::statvfs(data) else {
        return Finding::fine("disk", "剩余空间未知", "free space is not known");
    };
    let free = there.f_bavail * there.f_frsize;
    let gib = free as f64 / f64::from(1_u32 << 30);
    let says = Sentence::new(format!("剩余空间 {gib:.1} GiB"), format!("{gib:.1} GiB are free"));
    let (zh, en) = (
        "清理磁盘或换更大的磁盘：磁盘满时无法写入",
        "free some space or move to a larger disk: nothing is written when it is full",
    );
    match free {
        ..TOO_LITTLE => Finding::wrong("disk", says, zh, en),
        TOO_LITTLE..LITTLE => Finding::note("disk", says, zh, en),
        _ => Finding { level: Level::Fine, ..Finding::note("disk", says, "", "") },
    }
}

fn permissions(path: &Path) -> Finding {
    let Ok(file) = path.metadata() else {
        return Finding::fine("keys", "密钥文件", "key file");
    };
    let mode = file.permissions().mode() & 0o777;
    // none of the six bits of group and others
    if mode.trailing_zeros() >= 6 {
        return Finding::fine("keys", "密钥文件仅本用户可读", "only its owner reads the key file");
    }
    let says = Sentence::new(
        format!("密钥文件权限为 {mode:o}，其他用户可读"),
        format!("the key file has mode {mode:o}: others can read it"),
    );
    Finding::wrong(
        "keys",
        says,
        "chmod 600，并更换密钥：dosewright keys rotate",
        "chmod 600 it, and change the key: dosewright keys rotate",
    )
}

/// The key of study exports, where there is one.
fn exchange(data: &Path) -> Option<Finding> {
    let path = data.join(keys::EXCHANGE);
    let mode = path.metadata().ok()?.permissions().mode() & 0o777;
    if let Err(error) = keys::exchange(data) {
        let says = Sentence::new(error.zh.clone(), error.message.clone());
        let (zh, en) = ("放回原来的 exchange.key", "put the right exchange.key back");
        return Some(Finding::wrong("keys", says, zh, en));
    }
    if mode.trailing_zeros() >= 6 {
        return Some(Finding::fine("keys", "导出密钥仅本用户可读", "only its owner reads the key of study exports"));
    }
    let says = Sentence::new(
        format!("exchange.key 权限为 {mode:o}，其他用户可读"),
        format!("exchange.key has mode {mode:o}: others can read it, and with it find whose pseudonyms are whose"),
    );
    let (zh, en) = (
        "chmod 600；若可能已泄露，请移走该文件，今后的导出将使用新密钥",
        "chmod 600 it; if somebody may have read it, move it away: later exports get a new key",
    );
    Some(Finding::wrong("keys", says, zh, en))
}

async fn database(store: &SqliteStore) -> Finding {
    match store.integrity().await {
        Ok(wrong) if wrong.is_empty() => Finding::fine("database", "数据库文件完好", "the database file is sound"),
        Ok(wrong) => {
            let lines = wrong.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
            let says = Sentence::new(
                format!("数据库文件有 {} 处损坏：{lines}", wrong.len()),
                format!("the database file is damaged in {} places: {lines}", wrong.len()),
            );
            Finding::wrong("database", says, FROM_BACKUP.0, FROM_BACKUP.1)
        }
        Err(error) => unread("database", &error),
    }
}

async fn ledger(store: &SqliteStore) -> Finding {
    match audit::check(store, None).await {
        Ok(sound) => {
            let (seq, items) = (sound.head.seq, sound.items);
            Finding::fine(
                "ledger",
                format!("台账 {seq} 条、{items} 项相符"),
                format!("{seq} entries of the ledger and {items} items agree"),
            )
        }
        Err(error) => {
            let says = Sentence::new(format!("台账不符：{error}"), format!("the ledger does not hold: {error}"));
            let (zh, en) = (
                "数据被程序以外的手段改动或损坏：保留现场，从备份恢复",
                "the data were altered outside the program or damaged: keep the folder as evidence and bring a backup back into a new one",
            );
            Finding::wrong("ledger", says, zh, en)
        }
    }
}

/// Compares the derived tables of a copy with a rebuild.
async fn derived(data: &Path, store: &SqliteStore, keys: store::Keys) -> Finding {
    let compared = async {
        let failed = |error: &dyn std::fmt::Display| StoreError::Failed(error.to_string());
        let scratch = tempfile::Builder::new().prefix(".doctor-").tempdir_in(data).map_err(|error| failed(&error))?;
        let copy = scratch.path().join(DATABASE);
        store.backup(&copy).await?;
        let copy = SqliteStore::open(&copy, keys).await.map_err(|error| failed(&error))?;
        let stale = copy.stale().await;
        copy.close().await;
        stale
    };
    match compared.await {
        Ok(stale) if stale.is_empty() => {
            Finding::fine("derived", "清单与统计表与原始记录一致", "lists and counts agree with the records")
        }
        Ok(stale) => {
            let list: Vec<String> =
                stale.iter().map(|one| format!("{} (+{} −{})", one.table, one.missing, one.extra)).collect();
            let list = list.join(", ");
            let says = Sentence::new(
                format!("派生表与记录不一致：{list}"),
                format!("derived tables do not agree with the records: {list}"),
            );
            let (zh, en) = (
                "停止服务后运行 dosewright doctor --rebuild",
                "stop the server, then run 'dosewright doctor --rebuild': they are made anew from the records",
            );
            Finding::wrong("derived", says, zh, en)
        }
        Err(error) => unread("derived", &error),
    }
}

async fn lots(store: &SqliteStore) -> Finding {
    let (mut seen, mut wrong) = (0, Vec::new());
    loop {
        let page = match store.lots(&LotQuery { offset: seen, limit: 200, ..LotQuery::default() }).await {
            Ok(page) => page,
            Err(error) => return unread("lots", &error),
        };
        for row in &page.rows {
            match store.movements(row.lot.id).await {
                Ok(movements) => {
                    let proof = conservation(&row.lot, &movements);
                    if let Some(error) = &proof.broken {
                        wrong.push(format!("{}: {error}", row.lot.number));
                    } else if !proof.holds() {
                        wrong.push(row.lot.number.clone());
                    }
                }
                Err(error) => return unread("lots", &error),
            }
        }
        seen += page.rows.len() as u64;
        if page.rows.is_empty() || seen >= page.total {
            break;
        }
    }
    if wrong.is_empty() {
        return Finding::fine(
            "lots",
            format!("{seen} 批粒子全部可追溯"),
            format!("the seeds of {seen} lots are all accounted for"),
        );
    }
    let list = wrong.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
    let says = Sentence::new(
        format!("{} 批粒子的流转无法衔接：{list}", wrong.len()),
        format!("the movements of {} lots cannot be followed: {list}", wrong.len()),
    );
    Finding::wrong(
        "lots",
        says,
        "清点这些批次，并从备份恢复",
        "count these lots by hand, and bring the data folder back from a backup",
    )
}

async fn objects(data: &Path, named: Vec<store::Named>, quick: bool) -> Result<Vec<Finding>, Failure> {
    let folder = data.join(OBJECTS);
    let objects = Objects::open(&folder).map_err(unusable)?;
    let mut wanted: BTreeMap<Digest, store::Named> = BTreeMap::new();
    for one in named {
        wanted.entry(one.content).or_insert(one);
    }
    let mut wrong = Vec::new();
    for (content, one) in &wanted {
        let there = if quick {
            match objects.path(*content).metadata() {
                Ok(file) if file.len() == one.bytes => Ok(one.bytes),
                Ok(_) => Err(ObjectsError::Altered(*content)),
                Err(_) => Err(ObjectsError::Missing(*content)),
            }
        } else {
            objects.verify(*content).await
        };
        if let Err(error) = there {
            wrong.push(format!("{error} ({} {})", one.kind, one.id));
        }
    }
    let checked = if quick { ("按大小", "by their size") } else { ("按内容", "by their content") };
    let mut found = vec![if wrong.is_empty() {
        let count = wanted.len();
        Finding::fine(
            "objects",
            format!("{count} 个文件完好（{}）", checked.0),
            format!("{count} files are there, checked {}", checked.1),
        )
    } else {
        let list = wrong.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
        let says = Sentence::new(
            format!("{} 个文件缺失或损坏：{list}", wrong.len()),
            format!("{} files are missing or damaged: {list}", wrong.len()),
        );
        let (zh, en) = (
            "从备份的 objects 文件夹拷回同名文件",
            "copy the files of the same names back from the objects folder of a backup",
        );
        Finding::wrong("objects", says, zh, en)
    }];
    found.extend(orphans(&folder, &wanted));
    Ok(found)
}

/// Files that nothing names.
fn orphans(folder: &Path, wanted: &BTreeMap<Digest, store::Named>) -> Option<Finding> {
    let (mut count, mut bytes) = (0_u64, 0_u64);
    for first in std::fs::read_dir(folder).ok()?.filter_map(Result::ok) {
        let prefix = first.file_name().to_string_lossy().into_owned();
        let Ok(entries) = std::fs::read_dir(first.path()) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let known = name.parse::<Digest>().ok().is_some_and(|content| wanted.contains_key(&content));
            if !known && prefix.len() == 2 {
                count += 1;
                bytes += entry.metadata().map_or(0, |file| file.len());
            }
        }
    }
    let says = Sentence::new(
        format!("{count} 个文件（{bytes} 字节）未被任何记录引用"),
        format!("nothing names {count} files ({bytes} bytes)"),
    );
    let (zh, en) = (
        "无害：多为中断的上传或预览；确认无人上传后可删除",
        "harmless: mostly of uploads that were given up; they may be deleted while nobody uploads",
    );
    (count > 0).then(|| Finding::note("orphans", says, zh, en))
}
