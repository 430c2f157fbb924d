//! What a dose costs: aims as ramps over the points, and material.

use dose::criteria::Comparison;

use crate::error::PlanError;
use crate::field::{Field, PER_GRAY};
use crate::problem::{Costs, Part, Problem};

/// Width of the ramp, as a share of the dose in question.
const RAMP: f64 = 0.06;
/// Slope beyond the ramp: at-least aims, at-most aims of organs, at-most aims of the target.
const BEYOND: [f32; 3] = [0.2, 0.1, 0.0];

/// One aim ready to be evaluated.
#[derive(Debug, Clone, Copy)]
struct Term {
    /// x = slope · dose + offset, dose in 1/1024 Gy
    slope: f32,
    offset: f32,
    beyond: f32,
    allowed: f64,
    weight: f64,
    pull: f64,
}

/// The objective of a problem.
#[derive(Debug, Clone)]
pub struct Objective {
    /// terms of each structure, target first
    terms: Vec<Vec<Term>>,
    costs: Costs,
}

impl Objective {
    /// The objective of a problem whose numbers are sound.
    ///
    /// # Errors
    /// When an aim cannot be planned for.
    pub fn of(problem: &Problem) -> Result<Self, PlanError> {
        let mut terms = vec![Vec::new(); problem.organs.len() + 1];
        for aim in &problem.aims {
            let Some(goal) = problem.goal(aim)? else { continue };
            let per_gray = 1.0 / (RAMP * goal.level_gy);
            let (sign, beyond) = match (aim.comparison, aim.part) {
                (Comparison::AtLeast, _) => (-1.0, BEYOND[0]),
                (Comparison::AtMost, Part::Organ(_)) => (1.0, BEYOND[1]),
                (Comparison::AtMost, Part::Target) => (1.0, BEYOND[2]),
            };
            let at = if let Part::Organ(at) = aim.part { at + 1 } else { 0 };
            if let Some(list) = terms.get_mut(at) {
                list.push(Term {
                    slope: (sign * per_gray) as f32 / PER_GRAY,
                    offset: (0.5 - sign * goal.level_gy * per_gray) as f32,
                    beyond,
                    allowed: goal.allowed,
                    weight: aim.weight,
                    pull: aim.pull,
                });
            }
        }
        Ok(Self { terms, costs: problem.costs })
    }

    /// The objective of doses in the points of a field, and of so many needles and seeds; percentage points.
    pub fn cost(&self, field: &Field, doses: &[i32], needles: usize, seeds: usize) -> f64 {
        let mut cost = self.costs.needle * needles as f64 + self.costs.seed * seeds as f64;
        for (terms, part) in self.terms.iter().zip(&field.parts) {
            let Some(doses) = doses.get(part.clone()).filter(|doses| !doses.is_empty()) else { continue };
            for term in terms {
                let wrong = 100.0 * term.sum(doses) / doses.len() as f64;
                cost += term.weight * (wrong - term.allowed).max(0.0) + term.pull * wrong;
            }
        }
        cost
    }
}

/// Points to a partial sum in single precision, a power of two: summed by halves.
const BLOCK: usize = 512;

impl Term {
    /// Sum of the ramp over the doses; always in the same order.
    fn sum(&self, doses: &[i32]) -> f64 {
        let mut total = 0.0;
        let mut ramps = [0.0_f32; BLOCK];
        for block in doses.chunks(BLOCK) {
            // two loops, each of which is made into vector instructions; together they are not
            for (ramp, &dose) in ramps.iter_mut().zip(block) {
                *ramp = self.ramp(dose);
            }
            if let Some(beyond) = ramps.get_mut(block.len()..) {
                beyond.fill(0.0);
            }
            let mut half = BLOCK / 2;
            while half > 0 {
                let (low, high) = ramps.split_at_mut(half);
                for (low, high) in low.iter_mut().zip(high) {
                    *low += *high;
                }
                half /= 2;
            }
            total += f64::from(ramps[0]);
        }
        total
    }

    #[inline(always)]
    fn ramp(&self, dose: i32) -> f32 {
        let x = dose as f32 * self.slope + self.offset;
        let bent = self.beyond * x + (1.0 - self.beyond);
        // not f32::min: a plain comparison is one instruction
        let lesser = if x < bent { x } else { bent };
        if lesser > 0.0 { lesser } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramp_counts_a_point_by_how_far_it_is_beyond() {
        // at least 100 Gy: 0 from 103 Gy, ½ at 100, 1 at 97, 1.2 at 91
        let per_gray = 1.0 / 6.0;
        let term = Term {
            slope: -(per_gray as f32) / PER_GRAY,
            offset: (0.5 + 100.0 * per_gray) as f32,
            beyond: 0.2,
            allowed: 0.0,
            weight: 1.0,
            pull: 0.0,
        };
        for (gray, want) in [(200.0, 0.0), (103.0, 0.0), (100.0, 0.5), (97.0, 1.0), (91.0, 1.2)] {
            let got = term.ramp((gray * PER_GRAY) as i32);
            assert!((got - want).abs() < 1e-4, "{gray} Gy: {got}");
        }
        let many = vec![(100.0 * PER_GRAY) as i32; 2501];
        assert!((term.sum(&many) / 2501.0 - 0.5).abs() < 1e-4);
    }
}
