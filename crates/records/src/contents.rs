//! Which files items name: what must be in the folder of objects, and in a backup.

use crate::{Digest, Item};

impl Item {
    /// Digest and size of every file that it names.
    pub fn contents(&self) -> Vec<(Digest, u64)> {
        match self {
            Self::Study(study) => study.files.iter().map(|file| (file.content, file.bytes)).collect(),
            Self::Document(document) => vec![(document.content, document.bytes)],
            Self::Verification(one) => {
                one.outcome.iter().flat_map(|outcome| &outcome.files).map(|file| (file.content, file.bytes)).collect()
            }
            Self::Record(record) => record.files.iter().map(|file| (file.content, file.bytes)).collect(),
            _ => Vec::new(),
        }
    }
}
