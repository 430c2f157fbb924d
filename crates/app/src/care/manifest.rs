//! What a backup says of itself: `manifest.json`, written last.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use records::Digest;
use records::ledger::Head;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Name of the file.
pub const MANIFEST: &str = "manifest.json";
/// What the file says it is.
const FORMAT: &str = "dosewright-backup";
/// Its version.
const VERSION: u32 = 1;

/// A file with its size and digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// its name within the copy; of an object, none: it is called by its content
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// bytes
    pub bytes: u64,
    /// SHA-256
    pub sha256: Digest,
}

/// The last entry of the ledger that is in a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Last {
    /// its place
    pub seq: u64,
    /// its hash
    pub hash: Digest,
}

impl From<Head> for Last {
    fn from(head: Head) -> Self {
        Self { seq: head.seq, hash: head.hash }
    }
}

impl From<Last> for Head {
    fn from(last: Last) -> Self {
        Self { seq: last.seq, hash: last.hash }
    }
}

/// What is in a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: String,
    version: u32,
    /// program that made it
    pub software: String,
    /// when
    pub made: Timestamp,
    /// the ledger's last entry
    pub head: Last,
    /// names of the keys that seal the identities; the keys themselves are not in a backup
    pub keys: Vec<String>,
    /// the database
    pub database: Piece,
    /// the hospital's own forms
    pub forms: Vec<Piece>,
    /// the files that items name
    pub objects: Vec<Piece>,
    /// files that items name and that were missing or damaged when it was made
    pub unsound: Vec<Digest>,
}

impl Manifest {
    /// Of a copy with these pieces.
    pub fn new(made: Timestamp, head: Head, keys: Vec<String>, database: Piece) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            software: crate::server::SOFTWARE.to_owned(),
            made,
            head: head.into(),
            keys,
            database,
            forms: Vec::new(),
            objects: Vec::new(),
            unsound: Vec::new(),
        }
    }

    /// Reads that of a copy.
    ///
    /// # Errors
    /// When it is not there, is no manifest, or one of a newer program.
    pub fn read(snapshot: &Path) -> Result<Self, Failure> {
        let path = snapshot.join(MANIFEST);
        let wrong = |why: String| {
            Failure::input(format!("{}: {why}", path.display())).zh(format!("备份清单 {} 无法使用。", path.display()))
        };
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| wrong(format!("it is no manifest ({error})")))?;
        if value["format"] != FORMAT {
            return Err(wrong("it is no manifest of a Dosewright backup".to_owned()));
        }
        if value["version"] != VERSION {
            return Err(wrong(format!(
                "it has version {}, this program reads {VERSION}; use the program that wrote it ({})",
                value["version"], value["software"]
            )));
        }
        serde_json::from_value(value).map_err(|error| wrong(format!("it was altered or damaged ({error})")))
    }
}

/// The copies in a folder, the newest last: folders with a manifest.
pub fn snapshots(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')))
        .filter(|path| path.join(MANIFEST).is_file())
        .collect();
    found.sort();
    found
}
