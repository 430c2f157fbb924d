//! What the ledger may tell of an item. The ledger is kept for ever and read by many, so it holds no identity, and no words that came with
//! files: names of files and folders, descriptions, labels and structures in DICOM, and sentences of a failure may all bear a patient's
//! name. Such words stand in the item alone. In their place the ledger has counts and a *seal*, which shows that they were changed and not
//! what they say; [`crate::Item::digest`] binds the whole item.

use serde_json::{Map, Value, json};

use crate::change::value;
use crate::record::Attachment;
use crate::verification::{Outcome, Settings};
use crate::{Digest, Document, Item, Patient, Record, StoredStudy, Verification};

/// Everything of an item but identity and words from files.
pub fn told(item: &Item) -> Value {
    match item {
        Item::Patient(one) => patient(one),
        Item::Study(one) => study(one),
        Item::Document(one) => document(one),
        Item::Verification(one) => verification(one),
        Item::Record(one) => record(one),
        _ => item.value(),
    }
}

/// What stands for words in the ledger: the beginning of a salted digest. Without the salt, which only the item holds, it could be
/// guessed from a list of names; items from before salts were kept have a seal that says only that there were words.
pub fn seal(salt: &str, words: &str) -> Value {
    if words.is_empty() {
        return Value::Null;
    }
    if salt.is_empty() {
        return Value::from("sealed");
    }
    let digest = Digest::of_all([salt.as_bytes(), b"\0", words.as_bytes()]).to_string();
    Value::from(format!("sealed:{}", digest.get(..16).unwrap_or(&digest)))
}

fn patient(one: &Patient) -> Value {
    json!({ "id": one.id, "version": one.version, "seal": one.seal() })
}

/// A filled-in form: its values are clinical, the names of its papers' files may be words.
fn record(one: &Record) -> Value {
    let file =
        |file: &Attachment| json!({ "content": file.content, "bytes": file.bytes, "media_type": file.media_type });
    with(value(one), json!({ "files": one.files.iter().map(file).collect::<Vec<_>>() }))
}

/// The fields as they are, with some of them told otherwise.
fn with(item: Value, otherwise: Value) -> Value {
    let (Value::Object(mut fields), Value::Object(instead)) = (item, otherwise) else { return Value::Null };
    fields.remove("salt");
    fields.extend(instead);
    Value::Object(fields)
}

fn document(one: &Document) -> Value {
    let words = |text: &str| seal(&one.salt, text);
    let sealed = json!({ "title": words(&one.title), "file_name": words(&one.file_name) });
    with(value(one), sealed)
}

fn study(one: &StoredStudy) -> Value {
    let summary = &one.summary;
    // a unique identifier is figures and points, whatever else stands in its place may be words
    let uid = |uid: &str| if uid.bytes().all(is_of_uid) { Value::from(uid) } else { seal(&one.salt, uid) };
    let series = summary.series.iter().map(|series| {
        let (size, spacing) = (value(&series.size), value(&series.spacing_mm));
        json!({ "uid": uid(&series.uid), "size": size, "spacing_mm": spacing, "problem": series.problem.is_some() })
    });
    let remarks = |severity: &str| one.remarks.iter().filter(|remark| remark.severity == severity).count();
    with(
        value(one),
        json!({
            "summary": {
                "uid": uid(&summary.uid),
                "description": seal(&one.salt, &summary.description),
                "date": summary.date,
                "scanned": summary.scanned,
                "series": series.collect::<Vec<_>>(),
                "structures": summary.structure_sets.iter().map(|(_, names)| names.len()).collect::<Vec<_>>(),
                "planned_seeds": summary.plans.iter().map(|(_, seeds)| *seeds).collect::<Vec<_>>(),
                "doses": summary.doses,
                "can_be_verified": summary.can_be_verified,
            },
            "files": { "count": one.files.len(), "bytes": one.files.iter().map(|file| file.bytes).sum::<u64>(), "content": one.content() },
            "remarks": { "error": remarks("error"), "warning": remarks("warning"), "note": remarks("note") },
        }),
    )
}

fn is_of_uid(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'.'
}

fn verification(one: &Verification) -> Value {
    let words = |text: Option<&str>| text.map_or(Value::Null, |text| seal(&one.salt, text));
    let settings = Settings { target: None, ..one.settings.clone() };
    let seeds = one.seeds.iter().map(|seed| {
        json!({ "number": seed.number, "centre_mm": seed.centre_mm, "axis": seed.axis, "origin": value(&seed.origin), "confidence": seed.confidence })
    });
    with(
        value(one),
        json!({
            // the target is the name of a structure, which somebody drew and named
            "settings": with(value(&settings), json!({ "target": words(one.settings.target.as_deref()) })),
            "seeds": seeds.collect::<Vec<_>>(),
            "failure": words(one.failure.as_deref()),
            "failure_zh": words(one.failure_zh.as_deref()),
            "outcome": one.outcome.as_ref().map_or(Value::Null, outcome),
        }),
    )
}

fn outcome(one: &Outcome) -> Value {
    let part = |pointer: &str| one.summary.pointer(pointer).cloned().unwrap_or_default();
    let count = |key: &str| one.summary.get(key).and_then(Value::as_array).map_or(0, Vec::len);
    let summary = Map::from_iter([
        ("target".to_owned(), json!({ "volume_cm3": part("/target/volume_cm3"), "indices": part("/target/indices") })),
        ("prescription_gy".to_owned(), part("/prescription_gy")),
        ("formalism".to_owned(), part("/formalism")),
        ("criteria".to_owned(), part("/criteria")),
        ("structures".to_owned(), count("structures").into()),
        ("notices".to_owned(), count("notices").into()),
        ("dose_sha256".to_owned(), part("/dose_sha256")),
    ]);
    with(value(one), json!({ "summary": summary }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_shows_a_change_and_not_the_words() {
        let (one, other) = (seal("00ff", "王芳 CT"), seal("00ff", "王方 CT"));
        assert_ne!(one, other);
        assert_eq!(one, seal("00ff", "王芳 CT"));
        assert_ne!(one, seal("00fe", "王芳 CT"), "the salt counts");
        assert!(!one.to_string().contains('芳'));
        assert_eq!((seal("00ff", ""), seal("", "王芳")), (Value::Null, Value::from("sealed")));
    }
}
