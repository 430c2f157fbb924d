//! How much a file may ask for.

use super::DicomError;

/// Bounds on what reading one file may cost; the defaults suit any clinical image, plan or dose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// size of the file, bytes
    pub file_bytes: u64,
    /// size of a deflated data set once inflated, bytes
    pub inflated_bytes: u64,
    /// how many times larger than deflated a data set of more than 64 MiB may be inflated
    pub inflation_ratio: u64,
    /// data elements and sequence items in the whole file
    pub elements: u64,
    /// how deep sequences may be nested
    pub depth: u64,
    /// decoded pixel data, bytes
    pub pixel_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 4 << 30,
            inflated_bytes: 2 << 30,
            inflation_ratio: 200,
            elements: 8_000_000,
            depth: 48,
            pixel_bytes: 4 << 30,
        }
    }
}

impl Limits {
    pub(super) fn check(what: &'static str, value: u64, limit: u64) -> Result<(), DicomError> {
        if value > limit { Err(DicomError::Limit { what, value, limit }) } else { Ok(()) }
    }
}
