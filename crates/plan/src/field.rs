//! Sample points of the structures and the dose of every candidate in them.

use std::ops::Range;
use std::sync::OnceLock;

use image::{Point, Region};
use rayon::prelude::*;

use crate::candidates::Candidates;
use crate::error::PlanError;
use crate::geometry::{bounds_along, distance2};
use crate::kernel::Kernel;
use crate::problem::Problem;

/// Doses are whole numbers of this many to a gray: their sums are exact.
pub(crate) const PER_GRAY: f32 = 1024.0;
/// One of so many points is coarse.
const COARSE: i64 = 7;

/// Points of all structures and the doses of candidates in them.
pub struct Field {
    /// the points, structure by structure: target, then organs
    pub points: Vec<Point>,
    /// the points of each structure
    pub parts: Vec<Range<usize>>,
    rows: Vec<OnceLock<Box<[i32]>>>,
    cap: f32,
}

impl Field {
    fn new(structures: &[Vec<Point>], candidates: usize, most_seeds: usize) -> Self {
        let mut parts = Vec::with_capacity(structures.len());
        let mut points = Vec::new();
        for structure in structures {
            parts.push(points.len()..points.len() + structure.len());
            points.extend_from_slice(structure);
        }
        // half of what would overflow, so that a trial may hold one seed more than a plan
        let cap = (i32::MAX as usize / 2 / most_seeds.max(1)) as f32;
        Self { points, parts, rows: (0..candidates).map(|_| OnceLock::new()).collect(), cap }
    }

    /// The dose of a seed at `centre` in every point, in units of 1/1024 Gy.
    pub fn row_of(&self, kernel: &Kernel, centre: Point) -> Box<[i32]> {
        self.points.iter().map(|&point| (kernel.gray(centre, point) * PER_GRAY).min(self.cap) as i32).collect()
    }
}

/// Coarse and full points, candidates, and what the rows of the matrix are made with.
pub struct Fields {
    /// places for seeds
    pub candidates: Candidates,
    /// one seed's dose
    pub kernel: Kernel,
    /// every seventh point
    pub coarse: Field,
    /// all points
    pub full: Field,
}

impl Fields {
    /// Points and candidates of a problem; `points` of the target, and of each organ.
    ///
    /// # Errors
    /// When there is no candidate.
    pub fn of(problem: &Problem, points: [usize; 2]) -> Result<Self, PlanError> {
        let candidates = Candidates::of(problem)?;
        let axes = problem.access.axes;
        let regions =
            std::iter::once((&problem.target, points[0])).chain(problem.organs.iter().map(|r| (r, points[1])));
        let sampled: Vec<[Vec<Point>; 2]> = regions.map(|(region, count)| sample(region, axes, count)).collect();
        let [coarse, full]: [Vec<Vec<Point>>; 2] =
            [0, 1].map(|which| sampled.iter().map(|both| both[which].clone()).collect());
        let count = candidates.places.len();
        let most_seeds = problem.placing.most_seeds;
        let full = Field::new(&full, count, most_seeds);
        let reach = reach_mm(&candidates, &full.points);
        let kernel = Kernel::new(&problem.seed, axes[2], reach)?;
        Ok(Self { kernel, coarse: Field::new(&coarse, count, most_seeds), full, candidates })
    }

    /// The doses of a candidate in the points of a field, made when first asked for.
    pub fn row<'f>(&self, field: &'f Field, candidate: usize) -> &'f [i32] {
        let Some((row, place)) = field.rows.get(candidate).zip(self.candidates.places.get(candidate)) else {
            return &[];
        };
        row.get_or_init(|| field.row_of(&self.kernel, place.centre))
    }

    /// Makes all rows of a field.
    pub fn fill(&self, field: &Field) {
        (0..self.candidates.places.len()).into_par_iter().for_each(|candidate| {
            self.row(field, candidate);
        });
    }
}

/// A bound on the distance between any candidate and any point.
fn reach_mm(candidates: &Candidates, points: &[Point]) -> f64 {
    let Some(first) = candidates.places.first() else { return 0.0 };
    let farthest = |all: &mut dyn Iterator<Item = Point>| all.map(|p| distance2(p, first.centre)).fold(0.0, f64::max);
    farthest(&mut points.iter().copied()).sqrt()
        + farthest(&mut candidates.places.iter().map(|place| place.centre)).sqrt()
}

/// About `count` points of a cubic lattice in a region: every seventh, and all. At least one each.
fn sample(region: &Region, axes: [Point; 3], count: usize) -> [Vec<Point>; 2] {
    let step = (region.volume_cm3() * 1000.0 / count.max(1) as f64).cbrt().max(0.05);
    let [low, high] = bounds_along(region, axes);
    let size: [i64; 3] = std::array::from_fn(|a| ((high[a] - low[a]) / step).ceil() as i64);
    let slices: Vec<Vec<(bool, Point)>> = (0..size[2])
        .into_par_iter()
        .map(|k| {
            let mut found = Vec::new();
            for j in 0..size[1] {
                for i in 0..size[0] {
                    let along: [f64; 3] = std::array::from_fn(|a| low[a] + ([i, j, k][a] as f64 + 0.5) * step);
                    let point = std::array::from_fn(|c| (0..3).map(|a| along[a] * axes[a][c]).sum());
                    if region.contains(point) {
                        found.push(((i + 2 * j + 3 * k) % COARSE == 0, point));
                    }
                }
            }
            found
        })
        .collect();
    let all: Vec<(bool, Point)> = slices.into_iter().flatten().collect();
    let mut full: Vec<Point> = all.iter().map(|(_, point)| *point).collect();
    let mut coarse: Vec<Point> = all.iter().filter(|(coarse, _)| *coarse).map(|(_, point)| *point).collect();
    if full.is_empty() {
        // thinner than the lattice: a point of its widest outline stands for it
        full.extend(region.planes.iter().filter_map(|plane| {
            let edge = plane.edges.first()?;
            Some(region.to_patient([edge[0], edge[1], plane.position_mm]))
        }));
    }
    if coarse.is_empty() {
        coarse.clone_from(&full);
    }
    [coarse, full]
}
