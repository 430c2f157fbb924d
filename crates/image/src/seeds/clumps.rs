//! Bright spots: maxima of the excess and the regions around them.

use std::collections::HashMap;

use rayon::prelude::*;

use super::scan::Scan;

/// Bright voxels that belong together.
#[derive(Debug, Clone)]
pub(super) struct Blob {
    /// voxels above about half of the blob's peaks, ascending
    pub voxels: Vec<usize>,
    /// its highest voxel
    pub top: usize,
}

/// What a search for blobs gives.
pub(super) struct Blobs {
    /// ordered by their highest voxel, brightest first
    pub list: Vec<Blob>,
    /// highest voxels of what is too large to be seeds
    pub extended: Vec<usize>,
    /// which blob a voxel belongs to
    pub owner: HashMap<usize, usize>,
}

/// Heights, as parts of a maximum, at which its region is cut.
const CUTS: [f32; 3] = [0.5, 0.7, 0.85];
/// Spots that a faint blob may be large.
const FEW: f64 = 3.0;
const EXTENDED: u32 = u32::MAX;

/// What a blob may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// least peak above the surroundings, HU
    pub level_hu: f32,
    /// below this peak a blob can hold one seed at most, HU
    pub one_hu: f32,
    /// below this peak a blob can hold a few seeds at most, HU
    pub few_hu: f32,
    /// volume of the blob of one seed, mm³
    pub spot_mm3: f64,
    /// most seeds in one blob
    pub most: f64,
}

/// Bright blobs of at most the size that the limits allow.
pub(super) fn find(scan: &Scan, limits: &Limits) -> Blobs {
    let mut maxima = maxima(scan, limits.level_hu);
    maxima.sort_unstable_by(|&a, &b| scan.excess(b).total_cmp(&scan.excess(a)).then(a.cmp(&b)));
    let voxels = |seeds: f64| (seeds * limits.spot_mm3 / scan.voxel_mm3()).ceil().max(8.0) as usize;
    let mut label: HashMap<usize, u32> = HashMap::new();
    let mut parent: Vec<u32> = Vec::new();
    let mut tops = Vec::new();
    let mut extended = Vec::new();
    for &top in &maxima {
        // A lower maximum inside the region of a higher one is part of it already.
        if label.contains_key(&top) {
            continue;
        }
        let peak = scan.excess(top);
        // A blob of many seeds holds some that lie well: what is faint and large is something else.
        let (cuts, limit) = if peak < limits.one_hu {
            (&CUTS[..1], voxels(1.5))
        } else if peak < limits.few_hu {
            (&CUTS[..1], voxels(FEW))
        } else {
            (&CUTS[..], voxels(limits.most))
        };
        let grown = cuts.iter().find_map(|&cut| grow(scan, top, cut * peak, limit).ok());
        let Some(region) = grown else {
            // The highest cut was still too large. Mark what it reached, so that its other maxima need not try again.
            if let Err(reached) = grow(scan, top, CUTS[cuts.len() - 1] * peak, limit) {
                let known = reached.iter().any(|at| label.get(at) == Some(&EXTENDED));
                for at in reached {
                    label.entry(at).or_insert(EXTENDED);
                }
                if !known {
                    extended.push(top);
                }
            }
            continue;
        };
        let own = parent.len() as u32;
        parent.push(own);
        tops.push(top);
        for at in region {
            match label.get(&at) {
                Some(&other) if other != EXTENDED => join(&mut parent, own, other),
                Some(_) => {}
                None => {
                    label.insert(at, own);
                }
            }
        }
    }
    collect(&label, &mut parent, &tops, extended)
}

/// Gathers the voxels of joined regions.
fn collect(label: &HashMap<usize, u32>, parent: &mut [u32], tops: &[usize], extended: Vec<usize>) -> Blobs {
    let mut number = HashMap::new();
    let mut blobs: Vec<Blob> = Vec::new();
    // Regions were made brightest first, and the root of a union is its brightest member.
    for region in 0..parent.len() as u32 {
        if root(parent, region) == region {
            number.insert(region, blobs.len());
            blobs.push(Blob { voxels: Vec::new(), top: tops[region as usize] });
        }
    }
    let mut owner = HashMap::with_capacity(label.len());
    let mut all: Vec<(usize, u32)> = label.iter().filter(|(_, l)| **l != EXTENDED).map(|(at, l)| (*at, *l)).collect();
    all.sort_unstable();
    for (at, region) in all {
        let blob = number[&root(parent, region)];
        blobs[blob].voxels.push(at);
        owner.insert(at, blob);
    }
    Blobs { list: blobs, extended, owner }
}

fn root(parent: &mut [u32], mut at: u32) -> u32 {
    while parent[at as usize] != at {
        parent[at as usize] = parent[parent[at as usize] as usize];
        at = parent[at as usize];
    }
    at
}

fn join(parent: &mut [u32], a: u32, b: u32) {
    let (a, b) = (root(parent, a), root(parent, b));
    // the lower number is the brighter region
    parent[a.max(b) as usize] = a.min(b);
}

/// Metal is brighter than any soft tissue, wherever it lies. In aerated lung a vessel stands out from its surroundings as much as a
/// seed does in muscle; its own CT number gives it away.
const BRIGHTER_THAN_TISSUE_HU: f32 = 150.0;

/// Voxels at least `level` HU above the surroundings that are not exceeded by a neighbour.
fn maxima(scan: &Scan, level: f32) -> Vec<usize> {
    let plane = scan.size[0] * scan.size[1];
    (0..scan.size[2])
        .into_par_iter()
        .flat_map_iter(|k| {
            (k * plane..(k + 1) * plane).filter(move |&at| {
                scan.excess(at) >= level && scan.values[at] >= BRIGHTER_THAN_TISSUE_HU && is_maximum(scan, at)
            })
        })
        .collect()
}

fn is_maximum(scan: &Scan, at: usize) -> bool {
    let here = scan.excess(at);
    let mut highest = true;
    neighbours(scan, at, |other| {
        let there = scan.excess(other);
        // of equal neighbours the first counts
        highest &= there < here || (there == here && other > at);
    });
    highest
}

/// Calls `visit` with each of the 26 neighbours inside the box.
fn neighbours(scan: &Scan, at: usize, mut visit: impl FnMut(usize)) {
    let index = scan.index(at);
    let range = |a: usize| index[a].saturating_sub(1)..(index[a] + 2).min(scan.size[a]);
    for k in range(2) {
        for j in range(1) {
            for i in range(0) {
                let other = scan.offset([i, j, k]);
                if other != at {
                    visit(other);
                }
            }
        }
    }
}

/// Voxels connected to `start` with an excess of at least `level`; what was reached when there are more than `limit`.
fn grow(scan: &Scan, start: usize, level: f32, limit: usize) -> Result<Vec<usize>, Vec<usize>> {
    let mut seen = std::collections::HashSet::from([start]);
    let mut region = vec![start];
    let mut next = 0;
    while next < region.len() {
        if region.len() > limit {
            return Err(region);
        }
        let at = region[next];
        next += 1;
        neighbours(scan, at, |other| {
            if scan.excess(other) >= level && seen.insert(other) {
                region.push(other);
            }
        });
    }
    Ok(region)
}
