//! The result beside the plan: seed by seed, and against the planning system's own dose.

use dose::dvh::{Dvh, DvhOptions};
use image::rtdose::RtDose;
use image::seeds::{Matching, compare};
use image::{Point, Region, Volume};
use physics::Gray;

use super::sources::Seeds;

/// Pairs farther apart than this are not the same seed: half the spacing of rows of a template and more than any migration
/// within the gland.
pub const PAIR_MM: f64 = 10.0;
/// Point doses are compared farther than this from every seed: nearer, the dose changes by tens of percent across a voxel.
pub const CLEAR_OF_SEEDS_MM: f64 = 4.0;

/// Pairs found seeds with planned ones.
pub fn pair(found: &Seeds, planned: &Seeds) -> Matching {
    compare(&found.centres(), &planned.centres(), PAIR_MM)
}

/// How a dose compares with the planning system's, point by point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointRatio {
    /// number of points
    pub points: usize,
    /// ours over theirs: lowest 5 %, median, highest 5 %
    pub percentiles: [f64; 3],
}

/// Ours over theirs at the voxel centres of their grid that lie clear of seeds and have at least a tenth of the prescription.
pub fn point_ratio(ours: &Volume, theirs: &Volume, seeds: &[Point], prescription: Gray) -> Option<PointRatio> {
    let floor = 0.1 * prescription.value();
    let [ni, nj, nk] = theirs.grid.size;
    let mut ratios = Vec::new();
    for k in 0..nk {
        for j in 0..nj {
            for i in 0..ni {
                let reference = f64::from(theirs.at(theirs.grid.offset([i, j, k])));
                if reference.is_nan() || reference < floor {
                    continue;
                }
                let point = theirs.grid.centre([i, j, k]);
                if seeds.iter().any(|&seed| distance2(seed, point) < CLEAR_OF_SEEDS_MM * CLEAR_OF_SEEDS_MM) {
                    continue;
                }
                if let Some(value) = ours.sample(point) {
                    ratios.push(f64::from(value) / reference);
                }
            }
        }
    }
    if ratios.is_empty() {
        return None;
    }
    ratios.sort_by(f64::total_cmp);
    let at = |share: f64| ratios[((ratios.len() - 1) as f64 * share).round() as usize];
    Some(PointRatio { points: ratios.len(), percentiles: [at(0.05), at(0.5), at(0.95)] })
}

/// The histogram of the planning system's dose in a structure, through the same code as ours; none where its grid does not
/// hold the structure.
pub fn their_dvh(dose: &RtDose, region: &Region) -> Option<Dvh> {
    Dvh::compute(&dose.volume, region, &DvhOptions::default()).ok()
}

fn distance2(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2) + (a[2] - b[2]).powi(2)
}
