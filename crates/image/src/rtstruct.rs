//! RTSTRUCT: structure sets.

use jiff::civil::DateTime;

use crate::Structure;

mod read;

pub use read::read;

/// A structure set (RTSTRUCT).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StructureSet {
    /// SOP Instance UID
    pub sop_instance_uid: String,
    /// Series Instance UID of the structure set itself
    pub series_uid: String,
    /// Study Instance UID
    pub study_uid: String,
    /// Structure Set Label
    pub label: String,
    /// Structure Set Name; may be empty
    pub name: String,
    /// when it was last changed, local time, where stated
    pub date_time: Option<DateTime>,
    /// frame of reference of the contours; empty when not stated
    pub frame_of_reference: String,
    /// Series Instance UID of the images it was drawn on, where stated
    pub referenced_series: Option<String>,
    /// SOP Instance UIDs of those images, where stated
    pub referenced_images: Vec<String>,
    /// APPROVED, UNAPPROVED, REJECTED; empty when not stated
    pub approval: String,
    /// the structures, in the order of Structure Set ROI Sequence
    pub structures: Vec<Structure>,
    /// structures that could not be read whole, and are therefore not among `structures`: which and why
    pub left_out: Vec<String>,
    /// what looks odd but was used
    pub warnings: Vec<String>,
}
