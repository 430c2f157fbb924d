//! Places for seeds: on the needles, in the target, away from what is to be spared.

use image::Point;
use rayon::prelude::*;

use crate::error::PlanError;
use crate::geometry::{bounds_along, distance_mm, distance2, dot, go};
use crate::problem::Problem;

/// A place where a seed may lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// its needle, among those of [`Candidates::needles`]
    pub needle: usize,
    /// number of its plane of places
    pub plane: usize,
    /// depth from the template's plane, mm
    pub depth_mm: f64,
    /// centre of the seed, patient coordinates, mm
    pub centre: Point,
}

/// All places, and what the search must know of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidates {
    /// the places, needle by needle, each in order of depth
    pub places: Vec<Candidate>,
    /// column and row of the hole of each needle
    pub needles: Vec<[usize; 2]>,
    /// for each place, those too near to be used with it (itself not among them)
    pub conflicts: Vec<Vec<u32>>,
    /// for each place, those around it
    pub near: Vec<Vec<u32>>,
    /// for each needle, those in the eight holes around it
    pub beside: Vec<Vec<u32>>,
    /// place of a needle in a plane, needle by needle; `NOWHERE` where there is none
    by_plane: Vec<u32>,
    /// number of planes
    pub planes: usize,
}

const NOWHERE: u32 = u32::MAX;
/// More places than this need a coarser step.
const MOST: usize = 20_000;
/// Planes before and behind the target.
const MOST_PLANES: f64 = 2000.0;

impl Candidates {
    /// The places of a problem.
    ///
    /// # Errors
    /// When there is none, or far too many.
    pub fn of(problem: &Problem) -> Result<Self, PlanError> {
        let (access, placing) = (&problem.access, &problem.placing);
        let along = access.axes[2];
        let [low, high] = bounds_along(&problem.target, access.axes);
        let start = dot(along, access.origin) + placing.first_mm;
        let first = ((low[2] - placing.margin_mm - start) / placing.step_mm).ceil();
        let last = ((high[2] + placing.margin_mm - start) / placing.step_mm).floor();
        if last - first > MOST_PLANES {
            return Err(PlanError::TooMany { count: (last - first) as usize, most: MOST_PLANES as usize });
        }
        let planes = (last - first + 1.0).max(0.0) as usize;
        let holes: Vec<[usize; 2]> =
            (0..access.rows).flat_map(|row| (0..access.columns).map(move |column| [column, row])).collect();
        let looked: Vec<Line> = holes
            .par_iter()
            .map(|&[column, row]| {
                let hole = access.hole(column, row);
                let mut line = Line { taken: vec![0; placing.clearances.len()], ..Line::default() };
                for plane in 0..planes {
                    let depth_mm = placing.first_mm + (first + plane as f64) * placing.step_mm;
                    let centre = go(hole, along, depth_mm);
                    look(problem, centre, &mut line, (plane, depth_mm));
                }
                line
            })
            .collect();
        Self::gather(problem, &holes, &looked, planes)
    }

    fn gather(problem: &Problem, holes: &[[usize; 2]], looked: &[Line], planes: usize) -> Result<Self, PlanError> {
        let target = || problem.target.name.clone();
        let in_target: usize = looked.iter().map(|line| line.in_target).sum();
        if in_target == 0 {
            return Err(PlanError::NoNeedle { target: target(), holes: holes.len() });
        }
        let (mut places, mut needles, mut by_plane) = (Vec::new(), Vec::new(), Vec::new());
        for (hole, line) in holes.iter().zip(looked).filter(|(_, line)| !line.free.is_empty()) {
            let needle = needles.len();
            needles.push(*hole);
            by_plane.resize((needle + 1) * planes, NOWHERE);
            for &(plane, depth_mm, centre) in &line.free {
                if let Some(slot) = by_plane.get_mut(needle * planes + plane) {
                    *slot = places.len() as u32;
                }
                places.push(Candidate { needle, plane, depth_mm, centre });
            }
        }
        if places.is_empty() {
            let clearances = problem.placing.clearances.iter().enumerate();
            let taken = clearances
                .filter_map(|(at, clearance)| {
                    let count = looked.iter().filter_map(|line| line.taken.get(at)).sum();
                    Some((problem.organs.get(clearance.organ)?.name.clone(), clearance.mm, count))
                })
                .filter(|(_, _, count)| *count > 0)
                .collect();
            return Err(PlanError::NoCandidate { target: target(), in_target, taken });
        }
        if places.len() > MOST {
            return Err(PlanError::TooMany { count: places.len(), most: MOST });
        }
        let too_near = problem.placing.spacing_mm - 1e-6;
        let around = 1.55 * problem.access.pitch_mm.max(problem.placing.step_mm);
        let within = |mm: f64| -> Vec<Vec<u32>> {
            let list = |one: &Candidate| {
                let near = |(at, other): (usize, &Candidate)| {
                    let d2 = distance2(one.centre, other.centre);
                    (d2 < mm * mm && d2 > 0.0).then_some(at as u32)
                };
                places.iter().enumerate().filter_map(near).collect()
            };
            places.par_iter().map(list).collect()
        };
        let beside = needles
            .iter()
            .map(|one: &[usize; 2]| {
                let next = |(at, other): (usize, &[usize; 2])| {
                    let steps = [0, 1].map(|a| one[a].abs_diff(other[a]));
                    (steps != [0, 0] && steps[0] <= 1 && steps[1] <= 1).then_some(at as u32)
                };
                needles.iter().enumerate().filter_map(next).collect()
            })
            .collect();
        Ok(Self { conflicts: within(too_near), near: within(around), places, needles, beside, by_plane, planes })
    }

    /// The place of a needle in a plane.
    pub fn at(&self, needle: usize, plane: usize) -> Option<usize> {
        if plane >= self.planes {
            return None;
        }
        let at = *self.by_plane.get(needle * self.planes + plane)?;
        (at != NOWHERE).then_some(at as usize)
    }
}

/// What was found on one needle.
#[derive(Default)]
struct Line {
    in_target: usize,
    taken: Vec<usize>,
    free: Vec<(usize, f64, Point)>,
}

fn look(problem: &Problem, centre: Point, line: &mut Line, (plane, depth_mm): (usize, f64)) {
    let margin = problem.placing.margin_mm;
    let inside = problem.target.contains(centre) || (margin > 0.0 && distance_mm(&problem.target, centre) <= margin);
    if !inside {
        return;
    }
    line.in_target += 1;
    let mut free = true;
    for (clearance, taken) in problem.placing.clearances.iter().zip(&mut line.taken) {
        let organ = problem.organs.get(clearance.organ);
        if organ.is_some_and(|organ| distance_mm(organ, centre) < clearance.mm) {
            *taken += 1;
            free = false;
        }
    }
    if free {
        line.free.push((plane, depth_mm, centre));
    }
}
