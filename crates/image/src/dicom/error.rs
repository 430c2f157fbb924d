//! What can be wrong with a DICOM file, said so that one can find it.

use std::path::PathBuf;

use dicom_core::Tag;
use dicom_core::dictionary::DataDictionary;
use dicom_dictionary_std::StandardDataDictionary;

/// Why a DICOM file, a value in it or its pixel data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DicomError {
    /// the operating system refused
    #[error("{}: {source}", path.display())]
    Read {
        /// the file
        path: PathBuf,
        /// why
        source: std::io::Error,
    },
    /// the bytes are something else
    #[error("not a DICOM file: {why}")]
    NotDicom {
        /// what gave it away
        why: String,
    },
    /// a bound of [`super::Limits`] is exceeded
    #[error("{what} is {value}, more than the {limit} allowed")]
    Limit {
        /// which bound
        what: &'static str,
        /// what the file holds or asks for
        value: u64,
        /// the bound
        limit: u64,
    },
    /// an attribute has a value that cannot mean what it should
    #[error("{attribute}: \"{value}\" is not {expected}")]
    Value {
        /// tag and name
        attribute: String,
        /// what stands there
        value: String,
        /// what should
        expected: String,
    },
    /// an attribute that is needed is absent or empty
    #[error("{attribute} is missing or empty")]
    Missing {
        /// tag and name
        attribute: String,
    },
    /// the pixel data do not fit what the header says of them
    #[error("pixel data: {what}")]
    Pixels {
        /// the contradiction
        what: String,
    },
    /// no decoder for this transfer syntax
    #[error("pixel data: no decoder for {syntax}; convert the file to an uncompressed transfer syntax first")]
    Unsupported {
        /// name and UID of the transfer syntax
        syntax: String,
    },
    /// a compressed frame cannot be decoded
    #[error("pixel data: frame {frame} in {syntax}: {why}")]
    Frame {
        /// counted from 1
        frame: usize,
        /// name of the transfer syntax
        syntax: &'static str,
        /// what the decoder met
        why: String,
    },
}

/// Tag and name of an attribute as people look it up: `(0028,0010) Rows`.
pub fn describe(tag: Tag) -> String {
    match StandardDataDictionary.by_tag(tag) {
        Some(entry) => format!("({:04X},{:04X}) {}", tag.0, tag.1, entry.alias),
        None => format!("({:04X},{:04X})", tag.0, tag.1),
    }
}
