//! What the caller may tell the finder, and how it refuses.

use crate::{Mask, Point};

/// Where to look.
#[derive(Debug, Clone, PartialEq)]
pub enum SearchRegion {
    /// a box along the patient axes, mm
    Box {
        /// the corner with the lowest coordinates
        low: Point,
        /// the corner with the highest coordinates
        high: Point,
    },
    /// the covered voxels of a mask, on any grid
    Mask(Mask),
}

/// What is known of the implant before looking.
#[derive(Debug, Clone, PartialEq)]
pub struct FinderOptions {
    /// outer length of the capsule, mm
    pub capsule_length_mm: f64,
    /// outer diameter of the capsule, mm
    pub capsule_diameter_mm: f64,
    /// how many seeds the implant should hold; weighs in doubtful cases only
    pub expected_count: Option<usize>,
    /// where to look; the whole body when absent
    pub region: Option<SearchRegion>,
}

impl Default for FinderOptions {
    /// The capsule that most permanent 125I and 103Pd seeds share: 4.5 mm × 0.8 mm.
    fn default() -> Self {
        Self { capsule_length_mm: 4.5, capsule_diameter_mm: 0.8, expected_count: None, region: None }
    }
}

/// Lets a caller follow the search and stop it. Both are called from several threads.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// asked now and then; the search ends with [`FinderError::Cancelled`] once it says yes
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// told the finished part, 0 to 1
    pub progress: &'a (dyn Fn(f64) + Sync),
}

impl Watch<'_> {
    /// Never cancels, tells nobody.
    pub const NONE: Watch<'static> = Watch { cancelled: &|| false, progress: &|_| {} };

    /// Reports progress; an error when the caller wants to stop.
    pub(super) fn step(&self, part: f64) -> Result<(), FinderError> {
        (self.progress)(part);
        if (self.cancelled)() { Err(FinderError::Cancelled) } else { Ok(()) }
    }
}

/// Why no search was made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FinderError {
    /// The volume holds no voxels, or fewer values than its grid says.
    #[error("the volume holds {values} values for a grid of {columns} × {rows} × {slices}; load a complete CT series")]
    Empty {
        /// voxel values present
        values: usize,
        /// grid size along i
        columns: usize,
        /// grid size along j
        rows: usize,
        /// grid size along k
        slices: usize,
    },
    /// Seeds cannot be told from other bright spots in so few slices.
    #[error("the CT has {slices} slice(s); seeds need at least {needed} to be located, load the whole series")]
    TooFewSlices {
        /// slices present
        slices: usize,
        /// slices needed
        needed: usize,
    },
    /// The grid's spacing makes no sense.
    #[error(
        "the voxel spacing {spacing:?} mm is not positive and finite; correct Pixel Spacing or the slice positions"
    )]
    BadSpacing {
        /// along i, j, k
        spacing: [f64; 3],
    },
    /// A voxel is NaN or infinite.
    #[error("voxel [{i}, {j}, {k}] is not a finite number; the CT was damaged in conversion, export it again")]
    NotFinite {
        /// column
        i: usize,
        /// row
        j: usize,
        /// slice
        k: usize,
    },
    /// The volume is not CT.
    #[error("the volume's values are not in Hounsfield units; the finder reads CT with its rescale applied")]
    NotHounsfield,
    /// The capsule's dimensions make no sense.
    #[error("a capsule of {length_mm} mm × {diameter_mm} mm is not a seed; give its outer length and diameter in mm")]
    BadCapsule {
        /// given length
        length_mm: f64,
        /// given diameter
        diameter_mm: f64,
    },
    /// The region does not touch the CT.
    #[error("the search region lies outside the CT; check that both share one frame of reference")]
    RegionOutside,
    /// The caller stopped the search.
    #[error("the seed search was cancelled")]
    Cancelled,
}
