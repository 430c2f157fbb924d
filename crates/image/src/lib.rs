//! What the scanner saw: volumes, structures and seeds, and the files they come from.
//!
//! All positions are DICOM patient coordinates (LPS: x to the patient's left, y to the back, z to the head) in mm.

pub mod dicom;
pub mod grid;
pub mod nifti;
pub mod region;
pub mod rtdose;
pub mod rtplan;
pub mod rtstruct;
pub mod section;
pub mod seeds;
pub mod series;
pub mod simulate;
pub mod structure;
pub mod study;
pub mod volume;
pub mod write;

pub use grid::Grid;
pub use region::{Region, RegionError, RegionNote, RegionOptions};
pub use structure::{Contour, ContourKind, Structure};
pub use volume::{Mask, Unit, Volume, Voxels};

/// A point or direction in DICOM patient coordinates (LPS), mm.
pub type Point = [f64; 3];
