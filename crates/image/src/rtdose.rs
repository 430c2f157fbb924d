//! RTDOSE: dose distributions.

use crate::Volume;
use crate::dicom::DicomError;
use crate::series::GeometryError;

mod read;

pub use read::read;

/// Why an RTDOSE gives no dose distribution.
#[derive(Debug, thiserror::Error)]
pub enum DoseError {
    /// An attribute or the pixels.
    #[error(transparent)]
    Dicom(#[from] DicomError),
    /// The planes are no grid.
    #[error("{0}")]
    Geometry(#[from] GeometryError),
    /// It holds DVHs or isodose lines only.
    #[error("it holds no dose grid (only DVHs, points or isodose contours); export the dose as a grid")]
    NoGrid,
    /// What it says cannot be.
    #[error("{what}; export the dose again")]
    Impossible {
        /// tag, value and what is wrong with it
        what: String,
    },
}

/// A dose distribution (RTDOSE).
#[derive(Debug, Clone, PartialEq)]
pub struct RtDose {
    /// SOP Instance UID
    pub sop_instance_uid: String,
    /// Series Instance UID
    pub series_uid: String,
    /// Study Instance UID
    pub study_uid: String,
    /// Frame of Reference UID; empty when not stated
    pub frame_of_reference: String,
    /// dose in Gy (`Unit::Gray`), or relative (`Unit::Relative`) when Dose Units says so
    pub volume: Volume,
    /// Dose Type: PHYSICAL, EFFECTIVE or ERROR
    pub kind: String,
    /// Dose Summation Type: PLAN, FRACTION, BRACHY…
    pub summation: String,
    /// Dose Comment; may be empty
    pub comment: String,
    /// Tissue Heterogeneity Correction: IMAGE, ROI_OVERRIDE, WATER; empty when not stated
    pub heterogeneity: Vec<String>,
    /// dose of one stored unit (Dose Grid Scaling): the step in which the dose is given
    pub scaling: f64,
    /// SOP Instance UIDs of the plans it was computed from
    pub plans: Vec<String>,
    /// SOP Instance UIDs of the structure sets it refers to
    pub structure_sets: Vec<String>,
    /// manufacturer of the system that computed it
    pub manufacturer: String,
    /// its model and software versions
    pub software: String,
    /// what looks odd but was used
    pub warnings: Vec<String>,
}
