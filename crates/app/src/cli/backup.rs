//! `dosewright backup` and `dosewright restore`.

use std::fmt::Write as _;

use serde_json::json;

use super::{Answer, BackupArgs, RestoreArgs};
use crate::care::folder::wait;
use crate::care::{backup, restore};
use crate::clock::Clock;
use crate::failure::{Exit, Failure};

/// Copies.
pub fn run(args: &BackupArgs) -> Result<Answer, Failure> {
    let keys = args.data.identity_keys.as_deref();
    let made = wait(backup::backup(&args.data.data, &args.to, keys, args.full, &Clock::system()))?;
    let manifest = &made.manifest;
    let (new, bytes) = made.copied;
    let mut text = format!(
        "backup {}\n  head {}:{}\n  database {} bytes, {} files, of them {new} new ({bytes} bytes)\n",
        made.snapshot.display(),
        manifest.head.seq,
        manifest.head.hash,
        manifest.database.bytes,
        manifest.objects.len(),
    );
    let _ = writeln!(
        text,
        "The key file that seals identity ({}) is NOT in the backup: keep a copy of it elsewhere, apart from the backups.\n\
         身份密钥文件（{}）不在备份中：请另行保管，勿与备份放在一起。",
        manifest.keys.join(", "),
        manifest.keys.join("、")
    );
    let answer = json!({
        "snapshot": made.snapshot, "head": manifest.head, "database": manifest.database, "objects": manifest.objects.len(),
        "new_objects": new, "new_bytes": bytes, "keys_not_copied": manifest.keys, "unsound": manifest.unsound,
    });
    if manifest.unsound.is_empty() {
        return Ok(Answer::new(text, answer));
    }
    let _ = writeln!(
        text,
        "{} files that records name are missing or damaged in the data folder and are not in this backup; run 'dosewright doctor', and keep \
         earlier backups.\n数据文件夹中有 {} 个文件缺失或损坏，未能备份：请运行 dosewright doctor，并保留此前的备份。",
        manifest.unsound.len(),
        manifest.unsound.len()
    );
    Ok(Answer::new(text, answer).with_exit(Exit::Failed))
}

/// Brings back.
pub fn bring_back(args: &RestoreArgs) -> Result<Answer, Failure> {
    let restored = wait(restore::restore(&args.from, &args.data, args.identity_keys.as_deref()))?;
    let manifest = &restored.manifest;
    let mut text = format!(
        "restored {} from {}, made {}\n  sound: {} items agree with the ledger, head {}:{}\n  {} files\n",
        args.data.display(),
        restored.snapshot.display(),
        manifest.made,
        restored.items,
        manifest.head.seq,
        manifest.head.hash,
        manifest.objects.len(),
    );
    if !manifest.unsound.is_empty() {
        let _ = writeln!(
            text,
            "  {} files were missing already when the backup was made / 备份时已缺失的文件",
            manifest.unsound.len()
        );
    }
    let json = json!({
        "data": args.data, "snapshot": restored.snapshot, "made": manifest.made, "head": manifest.head, "items": restored.items,
        "objects": manifest.objects.len(), "unsound": manifest.unsound,
    });
    Ok(Answer::new(text, json))
}
