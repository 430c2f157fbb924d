//! The dose between the points of its grid; the rule and its reason are in `docs/methods/dvh.md`, "The histogram".
//!
//! Straight lines between neighbours, less what the curvature takes away: along each axis `x (1-x)/2` times the second difference
//! at the neighbour on either side, whichever is less, x being the share of the way; nothing where the two are of different sign.
//! The result never leaves the range of the corners of its dose voxel, so it is no less positive than the dose grid and peaks are
//! not invented.

use image::{Grid, Point};

/// How a position along one axis of the dose grid is interpolated.
#[derive(Clone, Copy)]
pub(super) struct Between {
    /// the voxel below
    low: usize,
    /// the one above
    high: usize,
    /// the share of the latter
    part: f32,
    /// the neighbours of the two
    before: usize,
    after: usize,
    /// what the second difference is multiplied with; nothing where the grid ends
    bend: f32,
}

impl Between {
    /// At index `x` of `size` voxels; up to half a voxel outside, the outermost voxel's value holds. `None` beyond.
    pub fn at(x: f64, size: usize) -> Option<Self> {
        let last = size.checked_sub(1)?;
        if !(x >= -0.5 && x <= last as f64 + 0.5) {
            return None;
        }
        let x = x.clamp(0.0, last as f64);
        let low = (x as usize).min(last);
        let (high, part) = ((low + 1).min(last), (x - low as f64) as f32);
        let straight = Self { low, high, part, before: low, after: high, bend: 0.0 };
        if low == 0 || low + 2 > last {
            return Some(straight);
        }
        Some(Self { before: low - 1, after: low + 2, bend: bend(part), ..straight })
    }

    fn nearest(self) -> usize {
        if self.part < 0.5 { self.low } else { self.high }
    }
}

fn bend(part: f32) -> f32 {
    -0.5 * part * (1.0 - part)
}

/// The second difference at the second or the third of four neighbours, whichever is less; nothing where they differ in sign,
/// or one is no number.
#[inline(always)]
fn second_difference(before: f32, low: f32, high: f32, after: f32) -> f32 {
    let rise = high - low;
    let (at_low, at_high) = (rise - (low - before), (after - high) - rise);
    let lesser = if at_low.abs() < at_high.abs() { at_low } else { at_high };
    if at_low * at_high > 0.0 { lesser } else { 0.0 }
}

/// A column of cells: voxels before and after, and the share of the latter at the cell's beginning and per cell.
pub(super) struct Column {
    pub low: usize,
    pub high: usize,
    part: f32,
    rise: f32,
}

impl Column {
    /// Of the cell from index `x` to `x + 1/cuts`.
    pub fn at(x: f64, cuts: f64, size: usize) -> Self {
        let last = size.saturating_sub(1);
        let middle = x + 0.5 / cuts;
        if middle <= 0.0 || middle >= last as f64 {
            let low = if middle <= 0.0 { 0 } else { last };
            return Self { low, high: low, part: 0.0, rise: 0.0 };
        }
        let low = middle as usize;
        Self { low, high: low + 1, part: (x - low as f64) as f32, rise: (1.0 / cuts) as f32 }
    }
}

/// A row of dose voxels as it is at a position between rows: its values, and how they bend from each to the next.
pub(super) struct Line {
    /// index of the first value along the row
    first: usize,
    values: Vec<f32>,
    bends: Vec<f32>,
}

impl Line {
    /// For the columns `from` to `to` of a row of `size` voxels, and their neighbours.
    pub fn new(from: usize, to: usize, size: usize) -> Self {
        let first = from.saturating_sub(1);
        let count = (to + 2).min(size).saturating_sub(first);
        Self { first, values: vec![0.0; count], bends: vec![0.0; count] }
    }

    /// Takes the row at `row` of the slow axis and `depth` of the axis across; `strides` are those of the fast, slow and third axis.
    pub fn take(&mut self, dose: &[f32], strides: [usize; 3], row: Between, depth: Between) {
        let count = self.values.len();
        let [fast, slow, across] = strides;
        let cut = |d: usize, r: usize| {
            let start = d * across + r * slow + self.first * fast;
            dose.get(start..start + count.saturating_sub(1) * fast + 1)
        };
        let (d, r) = (depth.nearest(), row.nearest());
        let rows = [
            (depth.low, row.low),
            (depth.low, row.high),
            (depth.high, row.low),
            (depth.high, row.high),
            (d, row.before),
            (d, row.after),
            (depth.before, r),
            (depth.after, r),
        ]
        .map(|(d, r)| cut(d, r));
        let mut cuts: [&[f32]; 8] = [&[]; 8];
        for (to, from) in cuts.iter_mut().zip(rows) {
            let Some(from) = from else { return };
            *to = from;
        }
        let mut weights = [
            (1.0 - depth.part) * (1.0 - row.part),
            (1.0 - depth.part) * row.part,
            depth.part * (1.0 - row.part),
            depth.part * row.part,
        ];
        // a row of weight zero may hold values that are no numbers: another takes its place
        let heaviest = (0..4).fold(0, |best, n| if weights[n] > weights[best] { n } else { best });
        for n in 0..4 {
            if weights[n] <= 0.0 {
                (cuts[n], weights[n]) = (cuts[heaviest], 0.0);
            }
        }
        // of the corners, those on the nearer plane and on the nearer row
        let deep = usize::from(d == depth.high && depth.high != depth.low) * 2;
        let far = usize::from(r == row.high && row.high != row.low);
        let along_row = [cuts[deep], cuts[deep + 1]];
        let along_depth = [cuts[far], cuts[far + 2]];
        let bends = [row.bend, depth.bend];
        if fast == 1 {
            blend(&mut self.values, cuts, weights, along_row, along_depth, bends, 1);
        } else {
            blend(&mut self.values, cuts, weights, along_row, along_depth, bends, fast);
        }
        self.bend();
    }

    /// How much the line bends between each value and the next: held to their difference, so that it rises or falls throughout.
    fn bend(&mut self) {
        let count = self.values.len();
        if count < 4 {
            return;
        }
        let (values, bends) = (&self.values[..count], &mut self.bends[..count]);
        for n in 1..count - 2 {
            let most = (values[n + 1] - values[n]).abs();
            let bend = -0.5 * second_difference(values[n - 1], values[n], values[n + 1], values[n + 2]);
            let bend = if bend > most { most } else { bend };
            let bend = if bend < -most { -most } else { bend };
            bends[n] = if bend.abs() < f32::INFINITY { bend } else { 0.0 };
        }
    }

    /// The doses of columns of cells, `along` being the share of a cell at which each is looked up.
    pub fn look_up(&self, columns: &[Column], along: f32, doses: &mut [f32]) {
        for (dose, column) in doses.iter_mut().zip(columns) {
            let (low, high) = (column.low - self.first, column.high - self.first);
            let (a, b, bend) = (self.values[low], self.values[high], self.bends[low]);
            let part = column.part + column.rise * along;
            *dose = a + part * ((b - a) + (1.0 - part) * bend);
        }
    }
}

/// The weighted sum of four rows, bent along both axes and held within their range.
#[inline(always)]
fn blend(
    line: &mut [f32],
    rows: [&[f32]; 8],
    weights: [f32; 4],
    along_row: [&[f32]; 2],
    along_depth: [&[f32]; 2],
    bends: [f32; 2],
    stride: usize,
) {
    let least = |a: f32, b: f32| if a < b { a } else { b };
    let most = |a: f32, b: f32| if a > b { a } else { b };
    let length = if line.is_empty() { 0 } else { (line.len() - 1) * stride + 1 };
    // one length for all lets the compiler check once
    let rows = rows.map(|row| &row[..length]);
    let ([row_low, row_high], [deep_low, deep_high]) =
        (along_row.map(|row| &row[..length]), along_depth.map(|row| &row[..length]));
    for (n, value) in line.iter_mut().enumerate() {
        let n = n * stride;
        let corner = [rows[0][n], rows[1][n], rows[2][n], rows[3][n]];
        let straight =
            weights[0] * corner[0] + weights[1] * corner[1] + weights[2] * corner[2] + weights[3] * corner[3];
        let off = bends[0] * second_difference(rows[4][n], row_low[n], row_high[n], rows[5][n])
            + bends[1] * second_difference(rows[6][n], deep_low[n], deep_high[n], rows[7][n]);
        // neighbours outside the dose voxel may be no numbers
        let bent = straight + if off.abs() < f32::INFINITY { off } else { 0.0 };
        let floor = least(least(corner[0], corner[1]), least(corner[2], corner[3]));
        let ceiling = most(most(corner[0], corner[1]), most(corner[2], corner[3]));
        let bent = if bent < floor { floor } else { bent };
        *value = if bent > ceiling { ceiling } else { bent };
    }
}

/// The dose at any point; up to half a voxel outside the outer voxels' centres their value holds, beyond it is `None`.
pub(super) fn at_point(grid: &Grid, dose: &[f32], point: Point) -> Option<f32> {
    let index = grid.index(point);
    let axes = [
        Between::at(index[0], grid.size[0])?,
        Between::at(index[1], grid.size[1])?,
        Between::at(index[2], grid.size[2])?,
    ];
    let (mut straight, mut floor, mut ceiling) = (0.0_f32, f32::INFINITY, f32::NEG_INFINITY);
    for corner in 0..8_usize {
        let mut weight = 1.0;
        let mut voxel = [0; 3];
        for (a, axis) in axes.iter().enumerate() {
            let above = (corner >> a) & 1 == 1;
            voxel[a] = if above { axis.high } else { axis.low };
            weight *= if above { axis.part } else { 1.0 - axis.part };
        }
        if weight > 0.0 {
            let value = *dose.get(grid.offset(voxel))?;
            straight += weight * value;
            (floor, ceiling) = (floor.min(value), ceiling.max(value));
        }
    }
    let mut off = 0.0;
    for (a, axis) in axes.iter().enumerate() {
        if axis.bend < 0.0 {
            let mut voxel = axes.map(Between::nearest);
            let mut value = |index: usize| {
                voxel[a] = index;
                dose.get(grid.offset(voxel)).copied()
            };
            let (before, low, high, after) =
                (value(axis.before)?, value(axis.low)?, value(axis.high)?, value(axis.after)?);
            off += axis.bend * second_difference(before, low, high, after);
        }
    }
    if !straight.is_finite() {
        return Some(straight);
    }
    // neighbours outside the dose voxel may be no numbers
    Some((straight + if off.is_finite() { off } else { 0.0 }).max(floor).min(ceiling))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [usize; 3] = [9, 8, 7];

    fn grid() -> Grid {
        Grid::axis_aligned(SIZE, [0.0; 3], [1.0; 3])
    }

    fn filled(of: impl Fn([f64; 3]) -> f64) -> Vec<f32> {
        (0..grid().len()).map(|n| of([n % 9, n / 9 % 8, n / 72].map(|x| x as f64)) as f32).collect()
    }

    /// By rows along the axis `fast`, as `sample.rs` does it.
    fn by_row(dose: &[f32], fast: usize, point: [f64; 3]) -> f32 {
        let (slow, across) = match fast {
            0 => (1, 2),
            1 => (0, 2),
            _ => (0, 1),
        };
        let strides = [1, 9, 72];
        let mut line = Line::new(0, SIZE[fast] - 1, SIZE[fast]);
        let between = |a: usize| Between::at(point[a], SIZE[a]).unwrap();
        line.take(dose, [fast, slow, across].map(|a| strides[a]), between(slow), between(across));
        let mut out = [0.0];
        line.look_up(&[Column::at(point[fast] - 0.25, 2.0, SIZE[fast])], 0.5, &mut out);
        out[0]
    }

    fn points() -> impl Iterator<Item = [f64; 3]> {
        (0..300).map(|n| {
            let at = |step: f64, size: usize| (0.37 + f64::from(n) * step).fract() * (size as f64 - 1.0);
            [at(0.819_172_5, 9), at(0.671_043_6, 8), at(0.549_700_5, 7)]
        })
    }

    #[test]
    fn a_plane_is_met_exactly() {
        let plane = |p: [f64; 3]| 3.0 + 2.0 * p[0] - 0.5 * p[1] + 0.25 * p[2];
        let dose = filled(plane);
        for p in points() {
            assert!((f64::from(at_point(&grid(), &dose, p).unwrap()) - plane(p)).abs() < 1e-5);
            for fast in 0..2 {
                assert!((f64::from(by_row(&dose, fast, p)) - plane(p)).abs() < 1e-5, "{p:?}");
            }
        }
    }

    #[test]
    fn an_inverse_square_is_met_better_than_by_straight_lines() {
        let source = |p: [f64; 3]| 1e3 / ((p[0] + 5.0).powi(2) + (p[1] - 3.0).powi(2) + (p[2] - 9.0).powi(2));
        let dose = filled(source);
        let inner = |p: &[f64; 3]| (0..3).all(|a| p[a] > 1.0 && p[a] < SIZE[a] as f64 - 2.0);
        let (mut straight, mut bent, mut rows) = (0.0, 0.0, 0.0);
        for p in points().filter(inner) {
            let line = |a: usize, at: f64, other: &dyn Fn(f64) -> f64| {
                let low = p[a].floor();
                other(low) + (at - low) * (other(low + 1.0) - other(low))
            };
            let trilinear = line(0, p[0], &|x| line(1, p[1], &|y| line(2, p[2], &|z| source([x, y, z]))));
            straight += (trilinear / source(p) - 1.0).powi(2);
            bent += (f64::from(at_point(&grid(), &dose, p).unwrap()) / source(p) - 1.0).powi(2);
            rows += (f64::from(by_row(&dose, 0, p)) / source(p) - 1.0).powi(2);
        }
        assert!(bent < 0.15 * straight && rows < 0.15 * straight, "{straight} {bent} {rows}");
    }

    #[test]
    fn never_leaves_the_range_of_its_voxel() {
        // rough: neighbours differ a hundredfold
        let dose =
            filled(|p| if ((p[0] * 7.0 + p[1] * 3.0 + p[2] * 5.0) as usize).is_multiple_of(4) { 100.0 } else { 1.0 });
        for p in points() {
            let corner: Vec<f32> = (0..8_usize)
                .map(|n| {
                    let at = |a: usize| (p[a] as usize + (n >> a & 1)).min(SIZE[a] - 1);
                    dose[grid().offset([at(0), at(1), at(2)])]
                })
                .collect();
            let (low, high) = corner.iter().fold((f32::MAX, f32::MIN), |(l, h), &v| (l.min(v), h.max(v)));
            for value in [at_point(&grid(), &dose, p).unwrap(), by_row(&dose, 0, p), by_row(&dose, 1, p)] {
                assert!(value >= low * 0.999_99 && value <= high * 1.000_01, "{p:?}: {value} not in {low}..{high}");
            }
        }
    }

    #[test]
    fn what_is_no_number_outside_the_voxel_does_no_harm() {
        let dose = filled(|p| if p[0] < 3.0 { f64::NAN } else { 10.0 });
        let p = [3.4, 3.3, 3.2];
        assert_eq!(at_point(&grid(), &dose, p), Some(10.0));
        assert_eq!(by_row(&dose, 0, p), 10.0);
        assert_eq!(by_row(&dose, 1, [3.0, 3.3, 3.2]), 10.0);
        assert!(
            at_point(&grid(), &dose, [2.5, 3.3, 3.2]).unwrap().is_nan() && by_row(&dose, 0, [2.5, 3.3, 3.2]).is_nan()
        );
    }
}
