//! Papers of a case: consent, operation record, pathology…

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Account, Case, Digest, Id};

/// A file attached to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// which one
    pub id: Id<Document>,
    /// counts the changes, from 1
    pub version: u32,
    /// whose
    pub case: Id<Case>,
    /// `consent`, `operation`, `pathology`, `plan`, `other`
    pub kind: String,
    /// sixteen random bytes, hexadecimal: the ledger holds seals of the words that came with files, and without these bytes a name in them
    /// could be guessed
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub salt: String,
    /// what people call it
    pub title: String,
    /// name of the file as it was given
    pub file_name: String,
    /// media type
    pub media_type: String,
    /// its content
    pub content: Digest,
    /// its size
    pub bytes: u64,
    /// who attached it
    pub added_by: Id<Account>,
    /// when
    pub added: Timestamp,
    /// attached in error; nothing is deleted
    pub withdrawn: bool,
}
