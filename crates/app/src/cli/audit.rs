//! `dosewright audit verify`: whether the records of a data folder are what its ledger says.

use records::StoreError;
use records::audit::check;
use records::ledger::Head;
use serde_json::json;

use super::{Answer, AuditVerb, AuditVerifyArgs};
use crate::care::folder::{open_there, wait};
use crate::failure::{Exit, Failure};

/// Checks.
pub fn run(verb: &AuditVerb) -> Result<Answer, Failure> {
    let AuditVerb::Verify(args) = verb;
    wait(verify(args))
}

async fn verify(args: &AuditVerifyArgs) -> Result<Answer, Failure> {
    let store = open_there(&args.data, args.identity_keys.as_deref()).await?;
    let known = args.known.map(|known| known.0);
    match check(&*store, known).await {
        Ok(sound) => {
            let (seq, hash, items) = (sound.head.seq, sound.head.hash, sound.items);
            let entry = known.map(|known| format!("; entry {} is the known one", known.seq)).unwrap_or_default();
            Ok(Answer::new(
                format!("sound: {seq} entries, {items} items{entry}\nhead {seq}:{hash}\n"),
                json!({ "sound": true, "entries": seq, "items": items, "head": { "seq": seq, "hash": hash } }),
            ))
        }
        Err(StoreError::Broken(broken)) => {
            let text = format!("NOT SOUND: {broken}\n");
            Ok(Answer::new(text, json!({ "sound": false, "problem": broken.to_string() })).with_exit(Exit::Input))
        }
        Err(other) => Err(Failure::failed(other.to_string())),
    }
}

/// An entry of the ledger as a report prints it, `SEQ:HASH`.
#[derive(Debug, Clone, Copy)]
pub struct Known(pub Head);

impl std::str::FromStr for Known {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write it as it is printed: the number, a colon, and 64 hexadecimal digits".to_owned();
        let (seq, hash) = text.trim().split_once(':').ok_or_else(wrong)?;
        Ok(Self(Head { seq: seq.parse().map_err(|_| wrong())?, hash: hash.parse().map_err(|_| wrong())? }))
    }
}
