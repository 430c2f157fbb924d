//! The voxels that one clump is fitted to, with what other clumps explain taken off.

use super::clumps::Blobs;
use super::fit::Window;
use super::model::{Blur, Capsule, Prepared};
use super::scan::Scan;

/// How far the window reaches beyond the blob in the slice plane, in point-spread deviations.
const REACH: f64 = 2.5;

/// A capsule fitted in another clump.
pub(super) struct Other {
    pub clump: usize,
    pub prepared: Prepared,
    pub centre: [f64; 3],
    pub extent: [f64; 3],
}

/// All fitted capsules, ready to be taken off other clumps' windows.
pub(super) fn others(clumps: &[Vec<Capsule>], blur: &Blur) -> Vec<Other> {
    clumps
        .iter()
        .enumerate()
        .flat_map(|(clump, capsules)| {
            capsules.iter().map(move |c| Other {
                clump,
                prepared: c.prepare(blur),
                centre: c.centre,
                extent: c.extent(blur),
            })
        })
        .collect()
}

/// The window of blob `number`. Without `others`, voxels of other blobs are left out instead.
pub(super) fn around(scan: &Scan, blobs: &Blobs, number: usize, blur: &Blur, others: Option<&[Other]>) -> Window {
    let voxels = &blobs.list[number].voxels;
    let reach: [usize; 3] = [
        (REACH * blur.plane_mm / scan.spacing[0]).ceil() as usize,
        (REACH * blur.plane_mm / scan.spacing[1]).ceil() as usize,
        ((1.5 * blur.slice_mm / scan.spacing[2]).round() as usize).max(1),
    ];
    let (mut low, mut high) = ([usize::MAX; 3], [0; 3]);
    for &at in voxels {
        let index = scan.index(at);
        for a in 0..3 {
            low[a] = low[a].min(index[a].saturating_sub(reach[a]));
            high[a] = high[a].max((index[a] + reach[a]).min(scan.size[a] - 1));
        }
    }
    let size: [usize; 3] = std::array::from_fn(|a| high[a] + 1 - low[a]);
    // 1: beside the blob, 2: of the blob
    let mut part = vec![0_u8; size.iter().product()];
    let local = |index: [usize; 3]| ((index[2] - low[2]) * size[1] + index[1] - low[1]) * size[0] + index[0] - low[0];
    let ball = ball(reach);
    for &at in voxels {
        let index = scan.index(at);
        for d in &ball {
            let to: [isize; 3] = std::array::from_fn(|a| index[a] as isize + d[a]);
            if (0..3).all(|a| to[a] >= low[a] as isize && to[a] <= high[a] as isize) {
                let cell = &mut part[local(to.map(|x| x as usize))];
                *cell = (*cell).max(1);
            }
        }
        part[local(index)] = 2;
    }
    let (first, last) = (scan.place(low), scan.place(high));
    let near: Vec<&Other> = others
        .unwrap_or_default()
        .iter()
        .filter(|o| {
            o.clump != number
                && (0..3).all(|a| o.centre[a] + o.extent[a] > first[a] && o.centre[a] - o.extent[a] < last[a])
        })
        .collect();
    let mut window = Window {
        places: Vec::new(),
        values: Vec::new(),
        ceiling: Vec::new(),
        core: Vec::new(),
        middle: std::array::from_fn(|a| 0.5 * (first[a] + last[a])),
        around: 0.0,
        spacing: scan.spacing,
    };
    let mut surroundings = Vec::new();
    for k in low[2]..=high[2] {
        for j in low[1]..=high[1] {
            for i in low[0]..=high[0] {
                let cell = part[local([i, j, k])];
                let at = scan.offset([i, j, k]);
                if cell == 0 || (others.is_none() && blobs.owner.get(&at).is_some_and(|&o| o != number)) {
                    continue;
                }
                let place = scan.place([i, j, k]);
                let explained: f64 = near.iter().map(|o| o.prepared.value(place)).sum();
                window.places.push(place);
                window.values.push(f64::from(scan.values[at]) - explained);
                window.ceiling.push(scan.ceiling.map_or(f64::INFINITY, |c| f64::from(c) - explained));
                window.core.push(cell == 2);
                surroundings.push(scan.around[at]);
            }
        }
    }
    window.around = median(&mut surroundings);
    window
}

/// Offsets within an ellipsoid of the given half axes, in voxels.
fn ball(reach: [usize; 3]) -> Vec<[isize; 3]> {
    let r = reach.map(|r| r as isize);
    let mut offsets = Vec::new();
    for k in -r[2]..=r[2] {
        for j in -r[1]..=r[1] {
            for i in -r[0]..=r[0] {
                let far: f64 = [i, j, k].iter().zip(r).map(|(&d, r)| (d as f64 / (r as f64 + 0.5)).powi(2)).sum();
                if far <= 1.0 {
                    offsets.push([i, j, k]);
                }
            }
        }
    }
    offsets
}

fn median(values: &mut [f32]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    f64::from(*values.select_nth_unstable_by(middle, f32::total_cmp).1)
}
