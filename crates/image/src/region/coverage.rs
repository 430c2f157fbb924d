//! Covered fractions of voxels.

use rayon::prelude::*;

use super::{Plane, Region, dot, raster};
use crate::{Grid, Mask};

/// Angle between normal and grid axis up to which they count as parallel, rad: 0.05 mm over 100 mm.
const PARALLEL: f64 = 5e-4;
/// Samples along each axis of a voxel on an oblique grid.
const SAMPLES: usize = 6;
/// Most cells of the rasters used on an oblique grid.
const MOST_CELLS: f64 = 4e7;

impl Region {
    /// The grid axis along the region's normal, if there is one.
    pub fn axis_along_normal(&self, grid: &Grid) -> Option<usize> {
        (0..3).find(|&a| {
            let c = dot(grid.axes[a], self.axes[2]).abs();
            (1.0 - c * c).max(0.0).sqrt() < PARALLEL
        })
    }

    /// How much of each voxel of `grid` the region covers.
    ///
    /// Exact where a grid axis is along the region's normal; sampled at 6 × 6 × 6 points a voxel elsewhere.
    pub fn coverage(&self, grid: &Grid) -> Mask {
        let coverage = match self.axis_along_normal(grid) {
            Some(axis) => self.aligned(grid, axis),
            None => self.oblique(grid),
        };
        Mask { grid: grid.clone(), coverage }
    }

    fn aligned(&self, grid: &Grid, across: usize) -> Vec<f32> {
        let (fast, slow) = match across {
            0 => (1, 2),
            1 => (0, 2),
            _ => (0, 1),
        };
        let windows: Vec<Option<Window>> =
            self.planes.par_iter().map(|plane| Window::of(self, plane, grid, [fast, slow])).collect();
        let mut coverage = vec![0.0_f32; grid.len()];
        for (plane, window) in self.planes.iter().zip(&windows) {
            let Some(window) = window else { continue };
            for (layer, share) in layers(self, plane, grid, across) {
                for (row, cells) in window.cells.chunks_exact(window.width).enumerate() {
                    let mut index = [0; 3];
                    index[across] = layer;
                    index[slow] = window.low[1] + row;
                    for (column, &cell) in cells.iter().enumerate() {
                        if cell > 0.0 {
                            index[fast] = window.low[0] + column;
                            let covered = &mut coverage[grid.offset(index)];
                            *covered = (*covered + cell * share).min(1.0);
                        }
                    }
                }
            }
        }
        coverage
    }

    fn oblique(&self, grid: &Grid) -> Vec<f32> {
        let mut coverage = vec![0.0_f32; grid.len()];
        if coverage.is_empty() || self.planes.is_empty() {
            return coverage;
        }
        let finest = grid.spacing.iter().copied().fold(f64::INFINITY, f64::min) / SAMPLES as f64;
        let area: f64 = self.planes.iter().map(Plane::bounds).map(|b| (b[2] - b[0]) * (b[3] - b[1])).sum();
        let cell_mm = finest.max((area / MOST_CELLS).sqrt());
        let rasters: Vec<Fine> = self.planes.par_iter().map(|plane| Fine::of(plane, cell_mm)).collect();
        let (low, high) = index_box(self, grid);
        let slice = grid.size[0] * grid.size[1];
        let steps: [[f64; 3]; 3] = std::array::from_fn(|a| self.to_uvn(grid.axes[a].map(|x| x * grid.spacing[a])));
        let start = self.to_uvn(grid.origin);
        coverage.par_chunks_exact_mut(slice).enumerate().filter(|(k, _)| (low[2]..high[2]).contains(k)).for_each(
            |(k, layer)| {
                for j in low[1]..high[1] {
                    for i in low[0]..high[0] {
                        let mut sum = 0.0_f32;
                        for sample in 0..SAMPLES * SAMPLES * SAMPLES {
                            let part = |n: usize| (n % SAMPLES) as f64 / SAMPLES as f64 + 0.5 / SAMPLES as f64 - 0.5;
                            let index = [
                                i as f64 + part(sample),
                                j as f64 + part(sample / SAMPLES),
                                k as f64 + part(sample / SAMPLES / SAMPLES),
                            ];
                            let at: [f64; 3] = std::array::from_fn(|c| {
                                start[c] + index[0] * steps[0][c] + index[1] * steps[1][c] + index[2] * steps[2][c]
                            });
                            let plane = self.planes.partition_point(|plane| plane.high_mm <= at[2]);
                            if self.planes.get(plane).is_some_and(|plane| plane.low_mm <= at[2]) {
                                sum += rasters[plane].at(at[0], at[1]);
                            }
                        }
                        layer[j * grid.size[0] + i] = sum / (SAMPLES * SAMPLES * SAMPLES) as f32;
                    }
                }
            },
        );
        coverage
    }
}

/// The voxels of one grid layer that a plane's outline may cover.
struct Window {
    low: [usize; 2],
    width: usize,
    cells: Vec<f32>,
}

impl Window {
    fn of(region: &Region, plane: &Plane, grid: &Grid, in_plane: [usize; 2]) -> Option<Self> {
        let mut map = [0.0; 6];
        for (row, &a) in in_plane.iter().enumerate() {
            let step = grid.spacing[a];
            map[row * 3] = dot(region.axes[0], grid.axes[a]) / step;
            map[row * 3 + 1] = dot(region.axes[1], grid.axes[a]) / step;
            // cells begin half a voxel before the voxel's centre
            map[row * 3 + 2] =
                (plane.position_mm * dot(region.axes[2], grid.axes[a]) - dot(grid.origin, grid.axes[a])) / step + 0.5;
        }
        let b = plane.bounds();
        let mut low = [0_usize; 2];
        let mut size = [0_usize; 2];
        for row in 0..2 {
            let ends = [[b[0], b[1]], [b[2], b[1]], [b[0], b[3]], [b[2], b[3]]]
                .map(|c| map[row * 3] * c[0] + map[row * 3 + 1] * c[1] + map[row * 3 + 2]);
            let most = grid.size[in_plane[row]] as f64;
            let from = ends.into_iter().fold(f64::INFINITY, f64::min).floor().clamp(0.0, most);
            let to = ends.into_iter().fold(f64::NEG_INFINITY, f64::max).ceil().clamp(0.0, most);
            if from >= to {
                return None;
            }
            low[row] = from as usize;
            size[row] = (to - from) as usize;
            map[row * 3 + 2] -= from;
        }
        Some(Self { low, width: size[0], cells: raster::covered(&plane.edges, &map, size[0], size[1]) })
    }
}

/// The layers of the grid that a plane's slab reaches, each with the share of its thickness that the slab fills.
fn layers(region: &Region, plane: &Plane, grid: &Grid, across: usize) -> impl Iterator<Item = (usize, f32)> {
    let sign = dot(region.axes[2], grid.axes[across]).signum();
    let step = grid.spacing[across];
    // Position of the outline's middle along the grid axis, so that a slightly tilted grid is met where the outline is.
    let b = plane.bounds();
    let middle = region.to_patient([f64::midpoint(b[0], b[2]), f64::midpoint(b[1], b[3]), plane.position_mm]);
    let at = grid.index(middle)[across];
    let ends = [plane.low_mm, plane.high_mm].map(|n| at + sign * (n - plane.position_mm) / step + 0.5);
    let most = grid.size[across] as f64;
    let (low, high) = (ends[0].min(ends[1]).clamp(0.0, most), ends[0].max(ends[1]).clamp(0.0, most));
    (low.floor() as usize..high.ceil() as usize)
        .map(move |k| (k, (high.min(k as f64 + 1.0) - low.max(k as f64)).max(0.0) as f32))
}

/// An outline rasterised finely along the region's own axes.
struct Fine {
    corner: [f64; 2],
    per_mm: f64,
    size: [usize; 2],
    cells: Vec<f32>,
}

impl Fine {
    fn of(plane: &Plane, cell_mm: f64) -> Self {
        let b = plane.bounds();
        let per_mm = 1.0 / cell_mm;
        let size = [((b[2] - b[0]) * per_mm).ceil() as usize, ((b[3] - b[1]) * per_mm).ceil() as usize];
        let map = [per_mm, 0.0, -b[0] * per_mm, 0.0, per_mm, -b[1] * per_mm];
        Self { corner: [b[0], b[1]], per_mm, size, cells: raster::covered(&plane.edges, &map, size[0], size[1]) }
    }

    fn at(&self, u: f64, v: f64) -> f32 {
        let (x, y) = ((u - self.corner[0]) * self.per_mm, (v - self.corner[1]) * self.per_mm);
        if x < 0.0 || y < 0.0 || x >= self.size[0] as f64 || y >= self.size[1] as f64 {
            return 0.0;
        }
        self.cells.get(y as usize * self.size[0] + x as usize).copied().unwrap_or(0.0)
    }
}

/// The voxels that the box around the region may touch: from `low` up to but without `high`.
fn index_box(region: &Region, grid: &Grid) -> ([usize; 3], [usize; 3]) {
    let bounds = region.bounds_uvn();
    let mut low = [f64::INFINITY; 3];
    let mut high = [f64::NEG_INFINITY; 3];
    for corner in 0..8_usize {
        let uvn = [bounds[corner & 1][0], bounds[(corner >> 1) & 1][1], bounds[corner >> 2][2]];
        let index = grid.index(region.to_patient(uvn));
        for a in 0..3 {
            low[a] = low[a].min(index[a]);
            high[a] = high[a].max(index[a]);
        }
    }
    let clamp = |x: f64, a: usize| x.clamp(0.0, grid.size[a] as f64) as usize;
    (
        std::array::from_fn(|a| clamp((low[a] - 0.5).floor(), a)),
        std::array::from_fn(|a| clamp((high[a] + 1.5).ceil(), a)),
    )
}
