//! DICOM that we write: RTDOSE, RTPLAN of a permanent implant, RTSTRUCT and CT.
//!
//! Nothing here knows a clock or a random number: dates come with the [`Context`], UIDs are digests of what is written, so
//! the same content always gives the same bytes.

use jiff::civil::DateTime;

use crate::study::{Patient, StudyIdentity};

mod common;
mod ct;
mod dataset;
mod rtdose;
mod rtplan;
mod rtstruct;
mod uid;

pub use ct::{CtScan, ct_series};
pub use rtdose::{DoseDescription, StoredBits, rtdose};
pub use rtplan::{Implant, rtplan_permanent};
pub use rtstruct::{DrawnOn, StructureSetDescription, rtstruct};
pub use uid::derive_uid;

/// What writes: the (0008,0070) group of every object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Equipment {
    /// Manufacturer
    pub manufacturer: String,
    /// Manufacturer's Model Name
    pub model: String,
    /// Device Serial Number
    pub serial: String,
    /// Software Versions
    pub software: String,
}

/// Whom and what an object belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// the patient
    pub patient: Patient,
    /// the study
    pub study: StudyIdentity,
    /// Frame of Reference UID of the positions
    pub frame_of_reference: String,
    /// Series Description
    pub series_description: String,
    /// Series Number
    pub series_number: i32,
    /// when the content was made, local time
    pub created: DateTime,
    /// offset of that local time from UTC in minutes, where known
    pub utc_offset_minutes: Option<i32>,
    /// what writes
    pub equipment: Equipment,
}

/// A DICOM file in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// its SOP Instance UID, for objects that refer to it
    pub sop_instance_uid: String,
    /// its Series Instance UID
    pub series_instance_uid: String,
    /// the file (Part 10, Implicit VR Little Endian)
    pub bytes: Vec<u8>,
}

/// Why something cannot be written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WriteError {
    /// A value that DICOM cannot carry or that makes no sense.
    #[error("{what} cannot be written: {reason}")]
    Invalid {
        /// the thing
        what: String,
        /// why, and what to do
        reason: String,
    },
    /// The encoder failed.
    #[error("the {object} cannot be encoded as DICOM: {reason}")]
    Encode {
        /// RTDOSE, RTPLAN…
        object: &'static str,
        /// from the encoder
        reason: String,
    },
}
