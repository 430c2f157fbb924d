//! `dosewright keys rotate`.

use std::fmt::Write as _;

use serde_json::json;

use super::{Answer, KeysVerb};
use crate::care::folder::wait;
use crate::care::rotate::rotate;
use crate::clock::Clock;
use crate::failure::Failure;

/// Changes the key.
pub fn run(verb: &KeysVerb) -> Result<Answer, Failure> {
    let KeysVerb::Rotate(args) = verb;
    let (data, keys) = (&args.data.data, args.data.identity_keys.as_deref());
    let done = wait(rotate(data, keys, args.old.as_deref(), &Clock::system()))?;
    let dropped = done.dropped.join(", ");
    let mut text = if done.finished {
        format!("a change of keys that was interrupted is finished: {} seals now\n", done.key)
    } else {
        format!("a new key seals now: {}\n", done.key)
    };
    let _ = writeln!(text, "  {} identities sealed again; dropped {dropped}", done.resealed);
    let advice = match &args.old {
        Some(old) => format!(
            "Backups from before are opened by {dropped}, kept in {}: keep it as long as them, and apart.\n\
             此前的备份须用 {dropped} 打开，已存于 {}：请与备份分开保管。\n",
            old.display(),
            old.display()
        ),
        None => format!(
            "Backups from before are opened by {dropped} alone: keep your copy of the old key file as long as them, or make a new backup now.\n\
             此前的备份只能用 {dropped} 打开：请保留旧密钥文件的副本，或现在重新备份。\n"
        ),
    };
    text += &advice;
    text += "Copy the new key file to where you keep keys, apart from the backups.\n请将新的密钥文件另存一份，勿与备份放在一起。\n";
    let json = json!({ "key": done.key, "dropped": done.dropped, "resealed": done.resealed, "finished_an_interrupted_change": done.finished });
    Ok(Answer::new(text, json))
}
