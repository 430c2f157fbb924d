//! Entries of the ledger.

use records::StoreError;
use records::ledger::{Content, Entry, Head};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Named, Names};

/// An entry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Entry)]
pub struct EntryView {
    /// place in the ledger
    pub seq: u64,
    /// when, RFC 3339
    at: String,
    /// who; null when the first account was made
    who: Option<Named>,
    /// for example `case.replace`
    action: String,
    /// kind of thing
    kind: String,
    /// which one
    subject: String,
    /// reason in a person's words
    why: String,
    /// fields that changed, as they were
    #[schema(value_type = Object)]
    before: Value,
    /// fields that changed, as they are
    #[schema(value_type = Object)]
    after: Value,
}

impl EntryView {
    /// Of an entry.
    ///
    /// # Errors
    /// When its text cannot be read.
    pub fn new(entry: &Entry, names: &Names) -> Result<Self, StoreError> {
        let Content { seq, at, who, action, kind, subject, why, before, after, .. } = entry.content()?;
        Ok(Self { seq, at: at.to_string(), who: who.map(|id| names.of(id)), action, kind, subject, why, before, after })
    }
}

/// Entries, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    /// entries
    pub rows: Vec<EntryView>,
}

/// The last entry of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Head)]
pub struct HeadView {
    seq: u64,
    hash: String,
}

impl From<Head> for HeadView {
    fn from(head: Head) -> Self {
        Self { seq: head.seq, hash: head.hash.to_string() }
    }
}

/// Part of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ledger {
    /// entries, newest first
    pub rows: Vec<EntryView>,
    /// the last entry of all
    pub head: HeadView,
}

/// What a check of the ledger found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checked {
    /// whether everything is in order
    pub sound: bool,
    /// the last entry
    pub head: HeadView,
    /// items compared with the ledger
    pub items: u64,
    /// what is not in order, English
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// what is not in order, Chinese
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem_zh: Option<String>,
}
