//! The part of the CT that is searched, checked and measured.

use rayon::prelude::*;

use super::background::opened;
use super::options::{FinderError, FinderOptions, SearchRegion};
use crate::{Grid, Mask, Point, Unit, Volume};

/// Slices below which no seed can be located.
const LEAST_SLICES: usize = 3;
/// Below this a block of voxels is air, not even lung, HU.
const BODY_HU: f32 = -930.0;
/// What scanners write where they did not look lies below air.
const AIR_HU: f32 = -1024.0;
/// Distance kept around the region, so that what touches its border is seen whole, mm.
const MARGIN_MM: f64 = 10.0;

/// A box of the CT in its own frame: mm along i, j, k from the box's first voxel.
pub(super) struct Scan {
    /// the whole volume's grid
    grid: Grid,
    /// first voxel of the box
    low: [usize; 3],
    pub size: [usize; 3],
    pub spacing: [f64; 3],
    /// HU
    pub values: Vec<f32>,
    /// HU without what is seed-sized
    pub around: Vec<f32>,
    pub noise_hu: f64,
    /// the value at which the scanner cut off, if it did
    pub ceiling: Option<f32>,
    body: Body,
    region: Option<SearchRegion>,
}

/// The body on a coarse lattice of blocks.
struct Body {
    block: [usize; 3],
    size: [usize; 3],
    inside: Vec<bool>,
}

impl Scan {
    pub(super) fn new(ct: &Volume, options: &FinderOptions) -> Result<Self, FinderError> {
        check(ct, options)?;
        let body = Body::of(ct);
        let (low, high) = search_box(ct, &body, options.region.as_ref())?;
        let grid = &ct.grid;
        let size: [usize; 3] = std::array::from_fn(|a| high[a] + 1 - low[a]);
        let mut values = vec![0.0_f32; size.iter().product()];
        let (sx, sy) = (size[0], size[1]);
        values.par_chunks_mut(sx * sy).enumerate().for_each(|(k, slice)| {
            for (j, row) in slice.chunks_mut(sx).enumerate() {
                let start = grid.offset([low[0], low[1] + j, low[2] + k]);
                for (i, to) in row.iter_mut().enumerate() {
                    *to = ct.at(start + i).max(AIR_HU);
                }
            }
        });
        // A square that holds no blurred capsule lying across it: twice the capsule plus the widest usual resolution.
        let widest_mm = 2.0 * (options.capsule_diameter_mm + 1.6);
        let width = [0, 1].map(|a| (widest_mm / grid.spacing[a]).ceil() as usize + 1);
        let around = opened(&values, size, width);
        let mut scan = Self {
            grid: grid.clone(),
            low,
            size,
            spacing: grid.spacing,
            ceiling: ceiling(&values),
            values,
            around,
            noise_hu: 0.0,
            body,
            region: options.region.clone(),
        };
        scan.noise_hu = scan.noise();
        Ok(scan)
    }

    pub(super) fn offset(&self, [i, j, k]: [usize; 3]) -> usize {
        (k * self.size[1] + j) * self.size[0] + i
    }

    pub(super) fn index(&self, offset: usize) -> [usize; 3] {
        let row = offset / self.size[0];
        [offset % self.size[0], row % self.size[1], row / self.size[1]]
    }

    pub(super) fn excess(&self, offset: usize) -> f32 {
        self.values[offset] - self.around[offset]
    }

    /// Place of a voxel in the scan's frame, mm.
    pub(super) fn place(&self, index: [usize; 3]) -> [f64; 3] {
        std::array::from_fn(|a| index[a] as f64 * self.spacing[a])
    }

    pub(super) fn voxel_mm3(&self) -> f64 {
        self.spacing.iter().product()
    }

    fn full_index(&self, q: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|a| q[a] / self.spacing[a] + self.low[a] as f64)
    }

    /// Patient position of a place in the scan's frame.
    pub(super) fn patient(&self, q: [f64; 3]) -> Point {
        self.grid.position(self.full_index(q))
    }

    /// Patient direction of a direction in the scan's frame.
    pub(super) fn direction(&self, u: [f64; 3]) -> Point {
        std::array::from_fn(|c| (0..3).map(|a| u[a] * self.grid.axes[a][c]).sum())
    }

    /// Whether the place lies in the body and in the region asked for.
    pub(super) fn searched(&self, q: [f64; 3]) -> bool {
        let full = self.full_index(q);
        if !self.body.holds(full) {
            return false;
        }
        match &self.region {
            None => true,
            Some(SearchRegion::Box { low, high }) => {
                let p = self.patient(q);
                (0..3).all(|a| p[a] >= low[a].min(high[a]) && p[a] <= low[a].max(high[a]))
            }
            Some(SearchRegion::Mask(mask)) => covered(mask, self.patient(q)),
        }
    }

    /// The highest value of the surroundings within `reach_mm` in the slice and one slice beside it.
    pub(super) fn hardest_around(&self, q: [f64; 3], reach_mm: f64) -> f32 {
        let reach = [reach_mm, reach_mm, self.spacing[2]];
        let mut hardest = f32::NEG_INFINITY;
        let range = |a: usize| {
            let low = ((q[a] - reach[a]) / self.spacing[a]).round().max(0.0) as usize;
            let high = ((q[a] + reach[a]) / self.spacing[a]).round().max(0.0) as usize;
            low..(high + 1).min(self.size[a])
        };
        for k in range(2) {
            for j in range(1) {
                for i in range(0) {
                    hardest = hardest.max(self.around[self.offset([i, j, k])]);
                }
            }
        }
        hardest
    }

    /// Standard deviation of the image noise in soft tissue, HU.
    fn noise(&self) -> f64 {
        let slice = self.size[0] * self.size[1];
        let pairs = self.values.len().saturating_sub(slice);
        // some 200 000 pairs settle the median far better than needed
        let step = (pairs / 200_000).max(1) | 1;
        let soft = |v: f32| v > -150.0 && v < 250.0;
        let mut differences: Vec<f32> = (0..pairs)
            .step_by(step)
            .filter(|&at| soft(self.values[at]) && soft(self.values[at + slice]))
            .map(|at| (self.values[at] - self.values[at + slice]).abs())
            .collect();
        if differences.len() < 100 {
            differences =
                (0..pairs).step_by(step).map(|at| (self.values[at] - self.values[at + slice]).abs()).collect();
        }
        let middle = differences.len() / 2;
        if differences.is_empty() {
            return 1.0;
        }
        let (_, median, _) = differences.select_nth_unstable_by(middle, f32::total_cmp);
        (f64::from(*median) / (0.6745 * std::f64::consts::SQRT_2)).max(1.0)
    }
}

fn check(ct: &Volume, options: &FinderOptions) -> Result<(), FinderError> {
    let [columns, rows, slices] = ct.grid.size;
    let values = match &ct.voxels {
        crate::Voxels::I16(v) => v.len(),
        crate::Voxels::F32(v) => v.len(),
    };
    let wanted = columns.checked_mul(rows).and_then(|n| n.checked_mul(slices));
    if values == 0 || wanted != Some(values) {
        return Err(FinderError::Empty { values, columns, rows, slices });
    }
    if ct.unit != Unit::Hounsfield {
        return Err(FinderError::NotHounsfield);
    }
    let sound = |v: f64| v.is_finite() && v > 0.0;
    if !ct.grid.spacing.iter().all(|&s| sound(s)) {
        return Err(FinderError::BadSpacing { spacing: ct.grid.spacing });
    }
    let (length_mm, diameter_mm) = (options.capsule_length_mm, options.capsule_diameter_mm);
    if !(sound(length_mm) && sound(diameter_mm) && length_mm <= 20.0 && diameter_mm <= length_mm) {
        return Err(FinderError::BadCapsule { length_mm, diameter_mm });
    }
    if slices < LEAST_SLICES {
        return Err(FinderError::TooFewSlices { slices, needed: LEAST_SLICES });
    }
    if let crate::Voxels::F32(v) = &ct.voxels
        && let Some(at) = v.iter().position(|x| !x.is_finite())
    {
        return Err(FinderError::NotFinite { i: at % columns, j: at / columns % rows, k: at / (columns * rows) });
    }
    Ok(())
}

/// The value where the scanner cut off: the maximum, when many voxels share it and it is as bright as metal.
fn ceiling(values: &[f32]) -> Option<f32> {
    let top = values.par_iter().copied().reduce(|| f32::NEG_INFINITY, f32::max);
    let plateau = values.par_iter().filter(|&&v| v == top).count();
    (top > 1500.0 && plateau >= 4).then_some(top)
}

fn covered(mask: &Mask, p: Point) -> bool {
    let index = mask.grid.index(p);
    let mut at = [0_usize; 3];
    for a in 0..3 {
        let x = index[a].round();
        if !(x >= 0.0 && x < mask.grid.size[a] as f64) {
            return false;
        }
        at[a] = x as usize;
    }
    mask.coverage.get(mask.grid.offset(at)).is_some_and(|&c| c > 0.0)
}

/// First and last voxel of what has to be looked at.
fn search_box(
    ct: &Volume,
    body: &Body,
    region: Option<&SearchRegion>,
) -> Result<([usize; 3], [usize; 3]), FinderError> {
    let grid = &ct.grid;
    let (mut low, mut high) = body.bounds(grid.size);
    let corners: Option<Vec<Point>> = match region {
        None => None,
        Some(SearchRegion::Box { low, high }) => {
            Some((0..8).map(|c| std::array::from_fn(|a| if c >> a & 1 == 0 { low[a] } else { high[a] })).collect())
        }
        Some(SearchRegion::Mask(mask)) => {
            let last = mask.grid.size.map(|n| n.saturating_sub(1));
            let mut first = mask.grid.size;
            let mut end = [0_usize; 3];
            for (at, _) in mask.coverage.iter().enumerate().filter(|(_, c)| **c > 0.0) {
                let [nx, ny, _] = mask.grid.size.map(|n| n.max(1));
                let index = [at % nx, at / nx % ny, at / (nx * ny)];
                for a in 0..3 {
                    first[a] = first[a].min(index[a]);
                    end[a] = end[a].max(index[a]).min(last[a]);
                }
            }
            if first[0] > end[0] {
                return Err(FinderError::RegionOutside);
            }
            // to the faces of the outermost voxels
            let face = |c: usize, a: usize| {
                if c >> a & 1 == 0 { first[a] as f64 - 0.5 } else { end[a] as f64 + 0.5 }
            };
            Some((0..8).map(|c| mask.grid.position(std::array::from_fn(|a| face(c, a)))).collect())
        }
    };
    if let Some(corners) = corners {
        for a in 0..3 {
            let along = corners.iter().map(|&p| grid.index(p)[a]);
            let least = along.clone().fold(f64::INFINITY, f64::min) - MARGIN_MM / grid.spacing[a];
            let most = along.fold(f64::NEG_INFINITY, f64::max) + MARGIN_MM / grid.spacing[a];
            if !(most >= low[a] as f64 && least <= high[a] as f64) {
                return Err(FinderError::RegionOutside);
            }
            low[a] = low[a].max(least.floor().max(0.0) as usize);
            high[a] = high[a].min(most.ceil() as usize);
        }
    }
    Ok((low, high))
}

impl Body {
    /// The largest connected part that is not air, with what it encloses in each slice.
    fn of(ct: &Volume) -> Self {
        let grid = &ct.grid;
        let block = std::array::from_fn(|a| ((4.0 / grid.spacing[a]).round() as usize).clamp(1, 64));
        let size: [usize; 3] = std::array::from_fn(|a| grid.size[a].div_ceil(block[a]));
        let plane = size[0] * size[1];
        let mut dense = vec![false; plane * size[2]];
        dense.par_chunks_mut(plane).enumerate().for_each(|(bk, dense)| {
            // the middle slice of the block stands for it
            let k = (bk * block[2] + block[2] / 2).min(grid.size[2] - 1);
            let mut sums = vec![(0.0_f32, 0_u32); plane];
            for j in 0..grid.size[1] {
                let row = grid.offset([0, j, k]);
                for i in 0..grid.size[0] {
                    let cell = &mut sums[j / block[1] * size[0] + i / block[0]];
                    cell.0 += ct.at(row + i).clamp(AIR_HU, 500.0);
                    cell.1 += 1;
                }
            }
            for (to, (sum, n)) in dense.iter_mut().zip(sums) {
                *to = sum > BODY_HU * n as f32;
            }
        });
        let mut inside = largest(&dense, size);
        let volume = inside.iter().filter(|&&b| b).count();
        if volume * 50 < inside.len() {
            // no body to speak of: a phantom or a cut-out; look everywhere
            return Self { block, size, inside: vec![true; inside.len()] };
        }
        inside.par_chunks_mut(plane).for_each(|slice| fill(slice, size[0], size[1]));
        Self { block, size, inside }
    }

    fn holds(&self, full_index: [f64; 3]) -> bool {
        let cell: [usize; 3] =
            std::array::from_fn(|a| ((full_index[a].round().max(0.0) as usize) / self.block[a]).min(self.size[a] - 1));
        self.inside[(cell[2] * self.size[1] + cell[1]) * self.size[0] + cell[0]]
    }

    /// First and last voxel of the box around the body.
    fn bounds(&self, voxels: [usize; 3]) -> ([usize; 3], [usize; 3]) {
        let mut low = self.size;
        let mut high = [0; 3];
        for (at, _) in self.inside.iter().enumerate().filter(|(_, b)| **b) {
            let row = at / self.size[0];
            for (a, x) in [at % self.size[0], row % self.size[1], row / self.size[1]].into_iter().enumerate() {
                low[a] = low[a].min(x);
                high[a] = high[a].max(x);
            }
        }
        (
            std::array::from_fn(|a| low[a] * self.block[a]),
            std::array::from_fn(|a| ((high[a] + 1) * self.block[a]).min(voxels[a]) - 1),
        )
    }
}

/// The largest 6-connected part.
fn largest(set: &[bool], [nx, ny, nz]: [usize; 3]) -> Vec<bool> {
    let mut label = vec![0_u32; set.len()];
    let (mut best, mut best_size, mut next) = (0, 0, 0_u32);
    let mut stack = Vec::new();
    for start in 0..set.len() {
        if !set[start] || label[start] != 0 {
            continue;
        }
        next += 1;
        label[start] = next;
        stack.push(start);
        let mut count = 0;
        while let Some(at) = stack.pop() {
            count += 1;
            let (x, y, z) = (at % nx, at / nx % ny, at / (nx * ny));
            let mut visit = |ok: bool, to: usize| {
                if ok && set[to] && label[to] == 0 {
                    label[to] = next;
                    stack.push(to);
                }
            };
            visit(x > 0, at.wrapping_sub(1));
            visit(x + 1 < nx, at + 1);
            visit(y > 0, at.wrapping_sub(nx));
            visit(y + 1 < ny, at + nx);
            visit(z > 0, at.wrapping_sub(nx * ny));
            visit(z + 1 < nz, at + nx * ny);
        }
        if count > best_size {
            (best, best_size) = (next, count);
        }
    }
    label.iter().map(|&l| best != 0 && l == best).collect()
}

/// Adds to a slice what it encloses, and its border cells' neighbours (a seed may lie in the skin).
fn fill(slice: &mut [bool], nx: usize, ny: usize) {
    let mut outside = vec![false; slice.len()];
    let mut stack: Vec<usize> = (0..nx * ny)
        .filter(|at| {
            let (x, y) = (at % nx, at / nx);
            x == 0 || y == 0 || x + 1 == nx || y + 1 == ny
        })
        .collect();
    while let Some(at) = stack.pop() {
        if slice[at] || outside[at] {
            continue;
        }
        outside[at] = true;
        let (x, y) = (at % nx, at / nx);
        if x > 0 {
            stack.push(at - 1);
        }
        if x + 1 < nx {
            stack.push(at + 1);
        }
        if y > 0 {
            stack.push(at - nx);
        }
        if y + 1 < ny {
            stack.push(at + nx);
        }
    }
    for (cell, out) in slice.iter_mut().zip(outside) {
        *cell = !out;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Voxels;

    fn phantom() -> Volume {
        // a body with a lung in it, and a couch beneath
        let grid = Grid::axis_aligned([60, 60, 8], [0.0; 3], [2.0, 2.0, 2.5]);
        let mut v = vec![-1000_i16; grid.len()];
        for k in 0..8 {
            for j in 0..60 {
                for i in 0..60 {
                    let (x, y) = (i as f64 - 30.0, j as f64 - 25.0);
                    let at = grid.offset([i, j, k]);
                    if x.hypot(y) < 20.0 {
                        v[at] = if x.hypot(y) < 10.0 { -850 } else { 40 + (at * 2654435761 % 21) as i16 };
                    }
                    if (52..55).contains(&j) {
                        v[at] = 100;
                    }
                }
            }
        }
        Volume { grid, voxels: Voxels::I16(v), unit: Unit::Hounsfield }
    }

    #[test]
    fn the_body_holds_the_lung_but_not_the_couch() {
        let scan = Scan::new(&phantom(), &FinderOptions::default()).unwrap();
        let at = |i: f64, j: f64| {
            let low = scan.low.map(|l| l as f64);
            scan.searched([(i - low[0]) * 2.0, (j - low[1]) * 2.0, 10.0])
        };
        assert!(at(30.0, 25.0), "lung");
        assert!(at(45.0, 25.0), "wall");
        assert!(!at(30.0, 53.0), "couch");
        assert!((2.0..12.0).contains(&scan.noise_hu), "{}", scan.noise_hu);
    }

    #[test]
    fn a_region_outside_is_an_error() {
        let region = Some(SearchRegion::Box { low: [900.0; 3], high: [950.0; 3] });
        let options = FinderOptions { region, ..FinderOptions::default() };
        assert_eq!(Scan::new(&phantom(), &options).err(), Some(FinderError::RegionOutside));
    }
}
