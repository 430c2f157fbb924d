//! What no plan can do, found before the search by bounds that hold for every set of candidates.

use dose::criteria::Comparison;
use rayon::prelude::*;

use crate::error::PlanError;
use crate::field::{Fields, PER_GRAY};
use crate::problem::{Aim, Goal, Part, Problem};

/// The sampled share of a structure may be off by so much, percentage points.
const SAMPLING: f64 = 1.0;

/// An error when a bound shows that the aims cannot be met. Rows of the coarse points must be there.
pub fn check(problem: &Problem, fields: &Fields) -> Result<(), PlanError> {
    contradictions(problem, fields)?;
    for aim in &problem.aims {
        let Some(goal) = problem.goal(aim)? else { continue };
        match aim.comparison {
            Comparison::AtLeast => too_little(problem, fields, aim, goal)?,
            Comparison::AtMost => too_much(problem, fields, aim, goal)?,
        }
    }
    Ok(())
}

fn name(problem: &Problem, part: Part) -> String {
    problem.region(part).map(|region| region.name.clone()).unwrap_or_default()
}

fn points_of(fields: &Fields, part: Part) -> std::ops::Range<usize> {
    let at = if let Part::Organ(at) = part { at + 1 } else { 0 };
    fields.coarse.parts.get(at).cloned().unwrap_or_default()
}

fn too_little(problem: &Problem, fields: &Fields, aim: &Aim, goal: Goal) -> Result<(), PlanError> {
    let candidates = fields.candidates.places.len();
    let rows: Vec<&[i32]> = (0..candidates).map(|one| fields.row(&fields.coarse, one)).collect();
    let most = problem.placing.most_seeds;
    let level = f64::from(PER_GRAY) * goal.level_gy;
    let points = points_of(fields, aim.part);
    let count = points.len();
    let reach = points
        .into_par_iter()
        .filter(|&point| {
            let mut doses: Vec<i32> = rows.iter().filter_map(|row| row.get(point).copied()).collect();
            if most < doses.len() {
                doses.select_nth_unstable_by(most, |a, b| b.cmp(a));
                doses.truncate(most);
            }
            doses.iter().map(|&dose| f64::from(dose)).sum::<f64>() >= level
        })
        .count();
    let reachable = 100.0 * reach as f64 / count.max(1) as f64;
    let wanted = 100.0 - goal.allowed;
    if reachable + SAMPLING >= wanted {
        return Ok(());
    }
    Err(PlanError::TooLittle {
        structure: name(problem, aim.part),
        index: aim.index.to_string(),
        seeds: most,
        candidates,
        reachable,
        wanted,
        level_gy: goal.level_gy,
    })
}

fn too_much(problem: &Problem, fields: &Fields, aim: &Aim, goal: Goal) -> Result<(), PlanError> {
    let points = points_of(fields, aim.part);
    let level = (f64::from(PER_GRAY) * goal.level_gy).min(f64::from(i32::MAX)) as i32;
    let above = |candidate: usize| {
        let row = fields.row(&fields.coarse, candidate).get(points.clone()).unwrap_or_default();
        row.iter().filter(|dose| **dose >= level).count()
    };
    let least = (0..fields.candidates.places.len()).into_par_iter().map(above).min().unwrap_or(0);
    let least = 100.0 * least as f64 / points.len().max(1) as f64;
    if least <= goal.allowed + SAMPLING {
        return Ok(());
    }
    Err(PlanError::TooMuch {
        structure: name(problem, aim.part),
        index: aim.index.to_string(),
        least,
        allowed: goal.allowed,
        level_gy: goal.level_gy,
    })
}

/// Aims of the target and of an organ in it that exclude each other by their volumes alone.
fn contradictions(problem: &Problem, fields: &Fields) -> Result<(), PlanError> {
    let target_cm3 = problem.target.volume_cm3();
    for (at, organ) in problem.organs.iter().enumerate() {
        let points = fields.full.parts.get(at + 1).and_then(|part| fields.full.points.get(part.clone()));
        let points = points.unwrap_or_default();
        let within = points.par_iter().filter(|&&point| problem.target.contains(point)).count();
        let organ_cm3 = organ.volume_cm3();
        let overlap_cm3 = organ_cm3 * within as f64 / points.len().max(1) as f64;
        for spare in problem.aims.iter().filter(|aim| aim.part == Part::Organ(at)) {
            for cover in problem.aims.iter().filter(|aim| aim.part == Part::Target) {
                let (Some(low), Some(high)) = (problem.goal(cover)?, problem.goal(spare)?) else { continue };
                let opposed = cover.comparison == Comparison::AtLeast && spare.comparison == Comparison::AtMost;
                if !opposed || high.level_gy > low.level_gy {
                    continue;
                }
                let lost = (overlap_cm3 - high.allowed / 100.0 * organ_cm3).max(0.0);
                let reachable = 100.0 * (1.0 - lost / target_cm3);
                let wanted = 100.0 - low.allowed;
                if reachable + SAMPLING < wanted {
                    return Err(PlanError::Contradiction {
                        target: problem.target.name.clone(),
                        target_index: cover.index.to_string(),
                        organ: organ.name.clone(),
                        organ_index: spare.index.to_string(),
                        overlap_cm3,
                        reachable,
                        wanted,
                    });
                }
            }
        }
    }
    Ok(())
}
