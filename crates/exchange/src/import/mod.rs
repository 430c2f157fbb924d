//! Other registers' tables (Excel, LibreOffice, CSV) as proposed patients, cases and records.
//!
//! [`read`] a file, [`propose`] a mapping, let a person correct it, [`preview`] it, and [`take`] the rows. Nothing is committed here, and
//! nothing is guessed: a value that could mean two things is an error of its row.

mod mapping;
mod preview;
mod propose;
mod read;
mod rows;
mod value;

pub use mapping::{Assigned, DateOrder, Mapping, MappingError, NotATarget, OfCase, OfPatient, Target};
pub use preview::{ColumnStats, Preview, Seen, preview};
pub use propose::propose;
pub use read::{Limits, Raw, ReadError, Row, Sheet, read};
pub use rows::{Duplicate, Proposal, ProposedCase, ProposedPatient, ProposedRecord, RowError, There, take};
pub use value::Wrong;

#[cfg(test)]
mod tests;
