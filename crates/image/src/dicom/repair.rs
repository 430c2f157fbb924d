//! What was forgiven.

use std::fmt;

use dicom_core::Tag;

use super::describe;

/// Something in a file that breaks the standard and was tolerated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// what was found and what was done about it, a sentence for people
    pub what: String,
    /// the attribute concerned
    pub tag: Option<Tag>,
    /// where in the file, bytes from its start; in a deflated file, from the start of the inflated data set
    pub offset: usize,
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tag {
            Some(tag) => write!(f, "{} at byte {}: {}", describe(tag), self.offset, self.what),
            None => write!(f, "at byte {}: {}", self.offset, self.what),
        }
    }
}

/// A file with a systematic fault (say, each of a million text values) needs no million sentences.
const MOST: usize = 200;

pub(super) fn note(repairs: &mut Vec<Repair>, tag: Option<Tag>, offset: usize, what: impl Into<String>) {
    match repairs.len() {
        ..MOST => repairs.push(Repair { what: what.into(), tag, offset }),
        MOST => repairs.push(Repair { what: "further repairs are not listed".to_owned(), tag: None, offset }),
        _ => {}
    }
}
