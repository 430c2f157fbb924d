//! Cutting a region into cells and interpolating the dose at each.

use image::region::{Plane, raster};
use image::{Grid, Region, Volume};
use rayon::prelude::*;

use super::DvhError;
use super::histogram::Histogram;
use super::interpolate::{Between, Column, Line, at_point};

/// Parts that are summed apart and then added in order: fixed, so that the number of threads changes nothing.
const PARTS: usize = 8;
/// Most cells of a plane, about.
const MOST_CELLS: f64 = 4e6;
/// Finest subdivision of a dose voxel along an axis.
const FINEST: f64 = 32.0;

/// Where in their cells the samples of the n-th row lie, as shares of the cell along three axes.
///
/// Samples at cell centres would all see the same few doses where the dose changes along a grid axis only, and the histogram
/// would be a staircase. These places spread evenly (the additive sequence of the powers of x⁴ = x + 1).
fn places(n: usize) -> [f64; 3] {
    [0.819_172_513_396_164_5, 0.671_043_606_703_789_3, 0.549_700_477_901_970_3]
        .map(|step| (0.5 + n as f64 * step).fract())
}

pub(super) struct Sampled {
    pub histogram: Histogram,
    /// whether all doses were finite numbers
    pub finite: bool,
}

/// Samples `dose` in `region` with about `cells` cells.
pub(super) fn region(dose: &Volume, region: &Region, cells: usize) -> Result<Sampled, DvhError> {
    check(dose)?;
    let values = dose.to_f32();
    let largest = largest(&values);
    let smallest_mm = smallest_mm(&dose.grid, region);
    let wanted_mm = (region.volume_cm3() * 1000.0 / cells.max(1) as f64).cbrt().max(smallest_mm);
    // on an oblique grid nothing else holds the cells to a size
    let finest = dose.grid.spacing.iter().copied().fold(f64::INFINITY, f64::min);
    let free_mm = wanted_mm.clamp(finest / FINEST, finest).max(smallest_mm);
    let aligned = region.axis_along_normal(&dose.grid);
    let parts: Vec<Sampled> = region
        .planes
        .par_chunks(region.planes.len().div_ceil(PARTS).max(1))
        .map(|planes| {
            let mut sampled = Sampled { histogram: Histogram::new(largest), finite: true };
            for plane in planes {
                match aligned {
                    Some(across) => along_axes(&dose.grid, &values, region, plane, across, wanted_mm, &mut sampled),
                    None => freely(&dose.grid, &values, region, plane, free_mm, &mut sampled),
                }
            }
            sampled
        })
        .collect();
    let mut sum = Sampled { histogram: Histogram::new(largest), finite: true };
    for part in &parts {
        sum.histogram.merge(&part.histogram);
        sum.finite &= part.finite;
    }
    Ok(sum)
}

/// Cells smaller than this would be too many in one plane (a thin sliver far across the grid).
fn smallest_mm(grid: &Grid, region: &Region) -> f64 {
    let [low, high] = grid_box(grid, region);
    let span = |a: usize, from: f64, to: f64| (to.min(high[a]) - from.max(low[a])).max(0.0);
    let area =
        region.planes.iter().map(Plane::bounds).map(|b| span(0, b[0], b[2]) * span(1, b[1], b[3])).fold(0.0, f64::max);
    (area / MOST_CELLS).sqrt()
}

/// The box around the dose grid, its outer half voxels included, in the region's (u, v, n): lowest and highest corner, mm.
fn grid_box(grid: &Grid, region: &Region) -> [[f64; 3]; 2] {
    let mut low = [f64::INFINITY; 3];
    let mut high = [f64::NEG_INFINITY; 3];
    for corner in 0..8_usize {
        let end = |a: usize| if corner >> a & 1 == 1 { grid.size[a] as f64 - 0.5 } else { -0.5 };
        let uvn = region.to_uvn(grid.position([end(0), end(1), end(2)]));
        for a in 0..3 {
            (low[a], high[a]) = (low[a].min(uvn[a]), high[a].max(uvn[a]));
        }
    }
    [low, high]
}

/// The largest value; NaN loses every comparison.
fn largest(values: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 16];
    for chunk in values.chunks(16) {
        for (most, &value) in lanes.iter_mut().zip(chunk) {
            *most = if value > *most { value } else { *most };
        }
    }
    lanes.into_iter().fold(0.0, f32::max).min(f32::MAX)
}

fn check(dose: &Volume) -> Result<(), DvhError> {
    let voxels = match &dose.voxels {
        image::Voxels::I16(v) => v.len(),
        image::Voxels::F32(v) => v.len(),
    };
    let grid = &dose.grid;
    let sound = voxels > 0 && voxels == grid.len() && grid.spacing.iter().all(|s| s.is_finite() && *s > 0.0);
    if sound { Ok(()) } else { Err(DvhError::Grid { voxels, size: grid.size, spacing: grid.spacing }) }
}

/// A slab whose normal is an axis of the dose grid: cells subdivide the dose voxels.
fn along_axes(
    grid: &Grid,
    values: &[f32],
    region: &Region,
    plane: &Plane,
    across: usize,
    wanted_mm: f64,
    out: &mut Sampled,
) {
    let (fast, slow) = match across {
        0 => (1, 2),
        1 => (0, 2),
        _ => (0, 1),
    };
    let divide = |a: usize| (grid.spacing[a] / wanted_mm).ceil().clamp(1.0, FINEST);
    let cuts = [divide(fast), divide(slow)];

    // (u, v) to cells: cell c spans c/cuts to (c+1)/cuts of the dose index, so no cell straddles a voxel centre
    let mut map = [0.0; 6];
    let b = plane.bounds();
    let mut lows = [0.0; 2];
    let mut counts = [0_usize; 2];
    for (row, &a) in [fast, slow].iter().enumerate() {
        let scale = cuts[row] / grid.spacing[a];
        map[row * 3] = dot(region.axes[0], grid.axes[a]) * scale;
        map[row * 3 + 1] = dot(region.axes[1], grid.axes[a]) * scale;
        map[row * 3 + 2] =
            (plane.position_mm * dot(region.axes[2], grid.axes[a]) - dot(grid.origin, grid.axes[a])) * scale;
        let ends = [[b[0], b[1]], [b[2], b[1]], [b[0], b[3]], [b[2], b[3]]]
            .map(|c| map[row * 3] * c[0] + map[row * 3 + 1] * c[1] + map[row * 3 + 2]);
        let size = grid.size[a] as f64;
        let from = ends.into_iter().fold(f64::INFINITY, f64::min).floor().max((-0.5 * cuts[row]).floor());
        let to = ends.into_iter().fold(f64::NEG_INFINITY, f64::max).ceil().min(((size - 0.5) * cuts[row]).ceil());
        // Cells whose centre is more than half a voxel outside have no dose; they can only be the outermost.
        let centre = |c: f64| (c + 0.5) / cuts[row];
        let from = if centre(from) < -0.5 { from + 1.0 } else { from };
        let to = if centre(to - 1.0) > size - 0.5 { to - 1.0 } else { to };
        if from >= to {
            return;
        }
        lows[row] = from;
        counts[row] = (to - from) as usize;
        map[row * 3 + 2] -= from;
    }
    let covered = raster::covered(&plane.edges, &map, counts[0], counts[1]);
    let columns: Vec<Column> =
        (0..counts[0]).map(|cell| Column::at((lows[0] + cell as f64) / cuts[0], cuts[0], grid.size[fast])).collect();
    let (Some(first), Some(last)) = (columns.first().map(|c| c.low), columns.last().map(|c| c.high)) else { return };
    let row_at = |cell: usize, place: f64| {
        // held within the faces of the outer voxels
        let x = (lows[1] + cell as f64 + place) / cuts[1];
        Between::at(x.clamp(-0.5, grid.size[slow] as f64 - 0.5), grid.size[slow])
    };

    let step = grid.spacing[across];
    let sign = dot(region.axes[2], grid.axes[across]).signum();
    let middle = region.to_patient([f64::midpoint(b[0], b[2]), f64::midpoint(b[1], b[3]), plane.position_mm]);
    let at_plane = grid.index(middle)[across];
    let layers = (plane.thickness_mm() / (step / divide(across))).ceil().max(1.0);
    let cell_mm3 = grid.spacing[fast] / cuts[0] * grid.spacing[slow] / cuts[1] * plane.thickness_mm() / layers;

    // array distances of neighbours along each axis
    let strides = [1, grid.size[0], grid.size[0] * grid.size[1]];
    let strides = [strides[fast], strides[slow], strides[across]];
    let mut line = Line::new(first, last, grid.size[fast]);
    let mut doses = vec![0.0_f32; counts[0]];
    for layer in 0..layers as usize {
        let ends = [layer as f64, layer as f64 + 1.0]
            .map(|l| at_plane + sign * (plane.low_mm + l / layers * plane.thickness_mm() - plane.position_mm) / step);
        if ends.iter().all(|&x| x < -0.5) || ends.iter().all(|&x| x > grid.size[across] as f64 - 0.5) {
            continue;
        }
        for (row, shares) in covered.chunks_exact(counts[0]).enumerate() {
            let Some(from) = shares.iter().position(|&share| share > 0.0) else { continue };
            let to = shares.iter().rposition(|&share| share > 0.0).map_or(from, |last| last + 1);
            let [along, down, deep] = places(layer * counts[1] + row);
            let n = plane.low_mm + (layer as f64 + deep) / layers * plane.thickness_mm();
            let depth = Between::at(at_plane + sign * (n - plane.position_mm) / step, grid.size[across]);
            let (Some(depth), Some(row)) = (depth, row_at(row, down)) else { continue };
            line.take(values, strides, row, depth);
            line.look_up(&columns[from..to], along as f32, &mut doses[from..to]);
            out.finite &= out.histogram.add(&doses[from..to], &shares[from..to], cell_mm3);
        }
    }
}

/// A slab oblique to the dose grid: cells lie along the region's own axes.
fn freely(grid: &Grid, values: &[f32], region: &Region, plane: &Plane, cell_mm: f64, out: &mut Sampled) {
    let [low, high] = grid_box(grid, region);
    let b = plane.bounds();
    let b = [b[0].max(low[0]), b[1].max(low[1]), b[2].min(high[0]), b[3].min(high[1])];
    if b[0] >= b[2] || b[1] >= b[3] {
        return;
    }
    let (width, height) = (((b[2] - b[0]) / cell_mm).ceil() as usize, ((b[3] - b[1]) / cell_mm).ceil() as usize);
    let map = [1.0 / cell_mm, 0.0, -b[0] / cell_mm, 0.0, 1.0 / cell_mm, -b[1] / cell_mm];
    let covered = raster::covered(&plane.edges, &map, width, height);
    let layers = (plane.thickness_mm() / cell_mm).ceil().max(1.0);
    let cell_mm3 = cell_mm * cell_mm * plane.thickness_mm() / layers;
    let mut doses = vec![0.0_f32; width];
    let mut shares = vec![0.0_f32; width];
    for layer in 0..layers as usize {
        let ends = [layer as f64, layer as f64 + 1.0].map(|l| plane.low_mm + l / layers * plane.thickness_mm());
        if ends[1] < low[2] || ends[0] > high[2] {
            continue;
        }
        for (row, covered) in covered.chunks_exact(width.max(1)).enumerate() {
            let [along, down, deep] = places(layer * height + row);
            let n = plane.low_mm + (layer as f64 + deep) / layers * plane.thickness_mm();
            let v = b[1] + (row as f64 + down) * cell_mm;
            for (column, &share) in covered.iter().enumerate() {
                shares[column] = 0.0;
                if share > 0.0 {
                    let u = b[0] + (column as f64 + along) * cell_mm;
                    if let Some(dose) = at_point(grid, values, region.to_patient([u, v, n])) {
                        (shares[column], doses[column]) = (share, dose);
                    }
                }
            }
            out.finite &= out.histogram.add(&doses, &shares, cell_mm3);
        }
    }
}

/// The box of a dose grid, its outer half voxels included, as a region.
pub(super) fn whole_grid(dose: &Volume) -> Result<Region, DvhError> {
    check(dose)?;
    let grid = &dose.grid;
    let [u, v, k] = grid.axes;
    let n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    let half = |a: usize, index: f64| index * grid.spacing[a];
    let (u0, v0) = (dot(u, grid.origin), dot(v, grid.origin));
    let [[ul, uh], [vl, vh]] =
        [(0, u0), (1, v0)].map(|(a, at)| [at + half(a, -0.5), at + half(a, grid.size[a] as f64 - 0.5)]);
    let planes = (0..grid.size[2])
        .map(|layer| {
            let position_mm = dot(n, grid.centre([0, 0, layer]));
            let edges = vec![[ul, vl, uh, vl], [uh, vl, uh, vh], [uh, vh, ul, vh], [ul, vh, ul, vl]];
            let reach = grid.spacing[2] / 2.0;
            Plane {
                position_mm,
                low_mm: position_mm - reach,
                high_mm: position_mm + reach,
                edges,
                area_mm2: (uh - ul) * (vh - vl),
            }
        })
        .collect::<Vec<_>>();
    let planes = if dot(n, k) < 0.0 { planes.into_iter().rev().collect() } else { planes };
    Ok(Region { name: "dose grid".into(), axes: [u, v, n], planes, notes: Vec::new() })
}

/// Whether a voxel on the outside of the grid has at least `level`.
pub(super) fn reaches_edge(dose: &Volume, level: f64) -> bool {
    let size = dose.grid.size;
    let values = dose.to_f32();
    values.iter().enumerate().any(|(at, &value)| {
        let index = [at % size[0].max(1), at / size[0].max(1) % size[1].max(1), at / (size[0] * size[1]).max(1)];
        f64::from(value) >= level && (0..3).any(|a| size[a] > 1 && (index[a] == 0 || index[a] + 1 == size[a]))
    })
}

fn dot(a: image::Point, b: image::Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
