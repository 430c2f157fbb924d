//! A DICOM study of a case, as it was received.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Account, Case, Digest, Id};

/// A file of a study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// path within the uploaded folder, `/` between folders
    pub path: String,
    /// its content
    pub content: Digest,
    /// its size
    pub bytes: u64,
}

/// Something the import found wrong with a study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// `note`, `warning` or `error`
    pub severity: String,
    /// the file, empty when it concerns several
    pub path: String,
    /// the attribute, where one is to blame
    pub tag: Option<String>,
    /// what is wrong, in Chinese
    pub zh: String,
    /// what is wrong, in English
    pub en: String,
}

/// An image series of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesSummary {
    /// Series Instance UID
    pub uid: String,
    /// Modality
    pub modality: String,
    /// Series Description
    pub description: String,
    /// voxels along i, j, k; absent when the series is no volume
    pub size: Option<[usize; 3]>,
    /// their spacing, mm
    pub spacing_mm: Option<[f64; 3]>,
    /// why the series is no volume
    pub problem: Option<String>,
}

/// What a study holds, for lists and the case page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StudySummary {
    /// Study Instance UID
    pub uid: String,
    /// Study Description
    pub description: String,
    /// when it was taken, local time as stated; empty when not stated
    pub date: String,
    /// when its CT was taken, local time as stated; empty when not stated or there is no CT that is meant
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scanned: String,
    /// image series
    pub series: Vec<SeriesSummary>,
    /// names of the structures, per structure set: label and names
    pub structure_sets: Vec<(String, Vec<String>)>,
    /// plans: label and number of seeds
    pub plans: Vec<(String, usize)>,
    /// number of dose distributions
    pub doses: usize,
    /// whether a CT and a structure set are there that a verification can rest on
    pub can_be_verified: bool,
}

/// A study that was imported into a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredStudy {
    /// which one
    pub id: Id<StoredStudy>,
    /// counts the changes, from 1
    pub version: u32,
    /// whose
    pub case: Id<Case>,
    /// sixteen random bytes, hexadecimal: the ledger holds seals of the words that came with files, and without these bytes a name in them
    /// could be guessed
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub salt: String,
    /// what it holds
    pub summary: StudySummary,
    /// every file, in the order of their paths
    pub files: Vec<StoredFile>,
    /// what was left out or looks wrong, the worst first
    pub remarks: Vec<Remark>,
    /// who sent it
    pub received_by: Id<Account>,
    /// when
    pub received: Timestamp,
    /// imported in error; nothing is deleted
    pub withdrawn: bool,
}

impl StoredStudy {
    /// One digest for all files: of their paths and contents in order.
    pub fn content(&self) -> Digest {
        let lines: Vec<String> = self.files.iter().map(|file| format!("{} {}\n", file.content, file.path)).collect();
        Digest::of(lines.concat().as_bytes())
    }
}
