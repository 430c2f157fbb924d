//! An image series: its slices as one volume, or the reason why they are none.

use jiff::civil::DateTime;

use crate::{Point, Volume};

mod assemble;
mod plane;
mod read;
mod stack;

pub(crate) use assemble::assemble;
pub(crate) use plane::cross;
pub(crate) use read::{ImageFile, axes, is_ct_class, read_image};
pub(crate) use stack::even_spacing;

/// Why a stack of slices is not a volume. Positions are mm along the slice normal.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GeometryError {
    /// An attribute without which nothing can be placed.
    #[error(
        "{file}: {attribute} is missing or not readable, so the slice cannot be placed; export the series again from the scanner"
    )]
    Missing {
        /// the file
        file: String,
        /// tag and name
        attribute: String,
    },
    /// An attribute whose value cannot be.
    #[error("{file}: {reason}; export the series again from the scanner")]
    Impossible {
        /// the file
        file: String,
        /// tag, name, value and what is wrong with it
        reason: String,
    },
    /// Gaps of a whole number of slices.
    #[error(
        "{missing} slice(s) are missing: the slices are {spacing_mm:.3} mm apart but {gaps}; export the whole series"
    )]
    MissingSlices {
        /// how many
        missing: usize,
        /// the usual distance
        spacing_mm: f64,
        /// where, in words
        gaps: String,
    },
    /// Distances that differ.
    #[error(
        "the slices are not evenly spaced: usually {spacing_mm:.3} mm, but {got_mm:.3} mm between {before} and {after}; \
         reconstruct the series with one spacing"
    )]
    Uneven {
        /// the usual distance
        spacing_mm: f64,
        /// the worst distance
        got_mm: f64,
        /// the file below
        before: String,
        /// the file above
        after: String,
    },
    /// Two different images at one position.
    #[error(
        "{first} and {second} lie at the same position ({position_mm:.3} mm) but differ; the series mixes two scans: separate them"
    )]
    Conflict {
        /// one file
        first: String,
        /// the other
        second: String,
        /// where
        position_mm: f64,
    },
    /// Rows and columns of the image are not at right angles.
    #[error(
        "{file}: the image axes are not at right angles (off by {degrees:.2}°); (0020,0037) ImageOrientationPatient is wrong: export the series again"
    )]
    SkewedAxes {
        /// the file
        file: String,
        /// deviation from 90°
        degrees: f64,
    },
    /// The stack leans: gantry tilt.
    #[error(
        "the slices are stacked {degrees:.2}° off their normal (gantry tilt), so the voxels are not boxes; \
         have the scanner or the planning system reconstruct the series without tilt"
    )]
    Tilted {
        /// angle between the stacking direction and the normal
        degrees: f64,
    },
    /// One slice is moved sideways.
    #[error(
        "{file}: the slice lies {mm:.2} mm beside the line of the others; the patient or table moved, or the series mixes two scans"
    )]
    Shifted {
        /// the file
        file: String,
        /// how far
        mm: f64,
    },
    /// The pixels cannot be decoded.
    #[error("{file}: {reason}")]
    Pixels {
        /// the file
        file: String,
        /// why
        reason: String,
    },
}

/// An image series, or one part of it where a series mixes stacks of different orientation or size.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageSeries {
    /// Series Instance UID
    pub uid: String,
    /// 0 for the series itself or its largest stack, 1, 2… for the other stacks found in it
    pub part: usize,
    /// CT, MR, PT, NM…
    pub modality: String,
    /// Series Description; may be empty
    pub description: String,
    /// Series Number, where stated
    pub number: Option<i64>,
    /// Frame of Reference UID; empty when not stated
    pub frame_of_reference: String,
    /// Study Instance UID
    pub study_uid: String,
    /// SOP Class UID of its images
    pub sop_class_uid: String,
    /// acquisition date and time (else that of the content, the series, the study), local time of the scanner
    pub acquired: Option<DateTime>,
    /// manufacturer of the scanner
    pub manufacturer: String,
    /// its model
    pub model: String,
    /// Convolution Kernel
    pub kernel: String,
    /// tube voltage, kV
    pub kvp: Option<f64>,
    /// Slice Thickness as stated, mm; never used for the geometry
    pub slice_thickness_mm: Option<f64>,
    /// Pixel Padding Value after rescaling: voxels of this value were not imaged
    pub padding: Option<f32>,
    /// the volume, or why there is none
    pub volume: Result<Volume, GeometryError>,
    /// SOP Instance UID of slice k (of the one file, for a multi-frame image)
    pub slices: Vec<String>,
    /// what looks odd but was used
    pub warnings: Vec<String>,
}

impl ImageSeries {
    /// One line to tell it from others: UID, description, size.
    pub fn summary(&self) -> String {
        let size = match &self.volume {
            Ok(v) => format!(
                "{} slices of {} × {}, {:.3} mm apart",
                v.grid.size[2], v.grid.size[0], v.grid.size[1], v.grid.spacing[2]
            ),
            Err(_) => "no volume".to_owned(),
        };
        let description = if self.description.is_empty() { "no description" } else { &self.description };
        format!("{} ({description}; {size})", self.uid)
    }

    /// The SOP Instance UID of the slice nearest to a position, if it lies within half a slice of one.
    pub fn slice_at(&self, point: Point) -> Option<&str> {
        let volume = self.volume.as_ref().ok()?;
        let k = volume.grid.index(point)[2].round();
        if k < 0.0 || k >= volume.grid.size[2] as f64 {
            return None;
        }
        self.slices.get(k as usize).or(self.slices.first()).map(String::as_str)
    }
}
