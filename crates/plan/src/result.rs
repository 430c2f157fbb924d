//! A plan: seeds by needle, and what they give by the dose engine's own grid and histogram.

use dose::criteria::Comparison;
use dose::dvh::{Dvh, DvhOptions, Outside};
use dose::indices::{Index, index};
use dose::tg43::{self, DoseResult, Formalism, Options};
use dose::{Implant, Source};
use image::{Grid, Point, Region};

use crate::error::PlanError;
use crate::geometry::corners;
use crate::problem::{Aim, Part, Problem};
use crate::search::Ready;
use crate::state::State;
use crate::template::Template;

/// A seed of a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlannedSeed {
    /// depth of its centre from the template's plane, mm
    pub depth_mm: f64,
    /// its centre, patient coordinates, mm
    pub centre: Point,
}

/// A needle of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Needle {
    /// name of its hole
    pub label: String,
    /// column and row of its hole
    pub hole: [usize; 2],
    /// where the hole is, patient coordinates, mm
    pub entry: Point,
    /// its seeds, the deepest first: the order in which they are loaded
    pub seeds: Vec<PlannedSeed>,
}

/// An aim and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AimResult {
    /// the aim
    pub aim: Aim,
    /// structure it speaks of
    pub structure: String,
    /// the index by the histogram
    pub index: Index,
    /// whether the limit holds
    pub met: bool,
    /// how far the value is on the right side of the limit, in the index's unit; negative when it is missed
    pub margin: Option<f64>,
}

/// The best plan found.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// needles with their seeds, in order of rows and columns
    pub needles: Vec<Needle>,
    /// objective on the full points, percentage points
    pub objective: f64,
    /// places there were
    pub candidates: usize,
    /// dose on a grid of 1 mm
    pub dose: DoseResult,
    /// histogram of the target and of each organ
    pub histograms: Vec<Dvh>,
    /// what came of each aim
    pub aims: Vec<AimResult>,
    /// the most seeds are used
    pub seeds_used_up: bool,
    /// the most needles are used
    pub needles_used_up: bool,
}

impl Plan {
    /// Number of seeds.
    pub fn seeds(&self) -> usize {
        self.needles.iter().map(|needle| needle.seeds.len()).sum()
    }

    /// The seeds as sources of the dose engine, axes along the needles.
    pub fn implant(&self, problem: &Problem) -> Result<Implant, PlanError> {
        let centres: Vec<Point> =
            self.needles.iter().flat_map(|needle| needle.seeds.iter().map(|s| s.centre)).collect();
        implant(problem, &centres)
    }

    /// The aims that are missed.
    pub fn missed(&self) -> impl Iterator<Item = &AimResult> {
        self.aims.iter().filter(|one| !one.met)
    }
}

fn implant(problem: &Problem, centres: &[Point]) -> Result<Implant, PlanError> {
    let seed = &problem.seed;
    let source = |&centre: &Point| {
        Source::new(std::sync::Arc::clone(&seed.model), seed.strength, centre)
            .with_axis(problem.access.axes[2])
            .with_half_life(seed.half_life)
    };
    Implant::new(centres.iter().map(source).collect()).map_err(|error| PlanError::Dose(error.to_string()))
}

/// The plan of a set of candidates.
pub fn make(problem: &Problem, ready: &Ready, chosen: &[u32]) -> Result<Plan, PlanError> {
    let fields = &ready.fields;
    let state = State::new(fields, &fields.full, &ready.objective, &problem.placing, chosen);
    let needles = needles(problem, ready, chosen);
    let centres: Vec<Point> = needles.iter().flat_map(|needle| needle.seeds.iter().map(|seed| seed.centre)).collect();
    let wrong = |error: &dyn std::fmt::Display| PlanError::Dose(error.to_string());
    let dose = tg43::dose(&implant(problem, &centres)?, &grid(problem), Options::permanent(Formalism::Line2D))
        .map_err(|error| wrong(&error))?;
    let options = DvhOptions { outside: Outside::Exclude, ..DvhOptions::default() };
    let histograms = std::iter::once(&problem.target)
        .chain(&problem.organs)
        .map(|region| Dvh::compute(&dose.volume, region, &options).map_err(|error| wrong(&error)))
        .collect::<Result<Vec<_>, _>>()?;
    let aims = problem.aims.iter().filter_map(|aim| judge(problem, &histograms, aim)).collect();
    Ok(Plan {
        seeds_used_up: centres.len() >= problem.placing.most_seeds,
        needles_used_up: needles.len() >= problem.placing.most_needles,
        needles,
        objective: state.cost(),
        candidates: fields.candidates.places.len(),
        dose,
        histograms,
        aims,
    })
}

fn needles(problem: &Problem, ready: &Ready, chosen: &[u32]) -> Vec<Needle> {
    let candidates = &ready.fields.candidates;
    let mut needles: Vec<Needle> = Vec::new();
    let mut chosen = chosen.to_vec();
    // places are in order of needle and depth
    chosen.sort_unstable();
    for place in chosen.iter().filter_map(|&one| candidates.places.get(one as usize)) {
        let Some(&hole) = candidates.needles.get(place.needle) else { continue };
        let seed = PlannedSeed { depth_mm: place.depth_mm, centre: place.centre };
        match needles.last_mut() {
            Some(needle) if needle.hole == hole => needle.seeds.insert(0, seed),
            _ => needles.push(Needle {
                label: Template::label(hole[0], hole[1]),
                hole,
                entry: problem.access.hole(hole[0], hole[1]),
                seeds: vec![seed],
            }),
        }
    }
    needles
}

fn judge(problem: &Problem, histograms: &[Dvh], aim: &Aim) -> Option<AimResult> {
    let at = if let Part::Organ(at) = aim.part { at + 1 } else { 0 };
    let histogram = histograms.get(at)?;
    let index = index(histogram, aim.index, problem.prescription, None);
    let margin = index.value.map(|value| match aim.comparison {
        Comparison::AtLeast => value - aim.limit,
        Comparison::AtMost => aim.limit - value,
    });
    // a structure smaller than the volume of a D…cc has no such dose to exceed
    let met = margin.map_or(aim.comparison == Comparison::AtMost, |margin| margin >= 0.0);
    Some(AimResult { aim: aim.clone(), structure: histogram.name.clone(), index, met, margin })
}

/// Voxels of the dose grid, mm.
const VOXEL_MM: f64 = 1.0;
/// Around the target at least, so that isodoses close.
const MARGIN_MM: f64 = 15.0;
/// Organs are followed this far from the target's box; a dose there is some gray.
const NEAR_MM: f64 = 40.0;

/// A grid around the target and what of the organs is near it.
fn grid(problem: &Problem) -> Grid {
    let [mut low, mut high] = extent(&problem.target);
    let (near_low, near_high) = (low.map(|c| c - NEAR_MM), high.map(|c| c + NEAR_MM));
    (low, high) = (low.map(|c| c - MARGIN_MM), high.map(|c| c + MARGIN_MM));
    for organ in &problem.organs {
        let [first, last] = extent(organ);
        for a in 0..3 {
            low[a] = low[a].min((first[a] - 2.0).max(near_low[a]));
            high[a] = high[a].max((last[a] + 2.0).min(near_high[a]));
        }
    }
    let origin = low.map(|c| (c / VOXEL_MM).floor() * VOXEL_MM);
    let size = std::array::from_fn(|a| ((high[a] - origin[a]) / VOXEL_MM).ceil() as usize + 1);
    Grid::axis_aligned(size, origin, [VOXEL_MM; 3])
}

fn extent(region: &Region) -> [Point; 2] {
    let corners = corners(region);
    let of = |pick: fn(f64, f64) -> f64| {
        std::array::from_fn(|a| corners.iter().map(|corner| corner[a]).reduce(pick).unwrap_or_default())
    };
    [of(f64::min), of(f64::max)]
}
