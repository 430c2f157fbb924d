//! The search: annealing from several starts, the best on all points.

use image::simulate::Rng;
use rayon::prelude::*;

use crate::bounds;
use crate::error::PlanError;
use crate::field::{Field, Fields};
use crate::objective::Objective;
use crate::problem::Problem;
use crate::result::{self, Plan};
use crate::state::State;

/// How much is tried. Steps are counted, so that a plan does not depend on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// independent starts
    pub starts: usize,
    /// moves tried from each start, on the coarse points
    pub steps: usize,
    /// starts that go on to the full points
    pub finalists: usize,
    /// moves tried for each finalist, on the full points
    pub polish: usize,
    /// full points of the target
    pub target_points: usize,
    /// full points of each organ
    pub organ_points: usize,
}

impl Default for Effort {
    /// About a second on two cores for a prostate.
    fn default() -> Self {
        Self { starts: 2, steps: 100_000, finalists: 2, polish: 4_000, target_points: 20_000, organ_points: 5_000 }
    }
}

/// Temperatures, percentage points of the objective: at the start, at the end of the coarse search, at the end of all.
const HOT: f64 = 0.3;
const WARM: f64 = 0.01;
const COLD: f64 = 0.001;

/// A problem with its points and candidates.
pub struct Ready {
    /// points, candidates, doses
    pub fields: Fields,
    /// what a dose costs
    pub objective: Objective,
}

/// Checks a problem and makes its points, candidates and the doses of all of them in the coarse points.
///
/// # Errors
/// When the problem makes no sense, or no plan can meet it.
pub fn prepare(problem: &Problem, effort: &Effort) -> Result<Ready, PlanError> {
    problem.check()?;
    let fields = Fields::of(problem, [effort.target_points, effort.organ_points])?;
    let objective = Objective::of(problem)?;
    fields.fill(&fields.coarse);
    bounds::check(problem, &fields)?;
    Ok(Ready { fields, objective })
}

/// The best plan found for a problem. The same to the bit for one `random_seed`, on any number of threads.
///
/// # Errors
/// When the problem makes no sense, or no plan can meet it; the error says what blocks and what would help.
pub fn plan(problem: &Problem, random_seed: u64, effort: &Effort) -> Result<Plan, PlanError> {
    let ready = prepare(problem, effort)?;
    let best = search(problem, &ready, random_seed, effort)?;
    result::make(problem, &ready, &best)
}

/// The chosen candidates of the best plan found, in order.
pub fn search(problem: &Problem, ready: &Ready, random_seed: u64, effort: &Effort) -> Result<Vec<u32>, PlanError> {
    let fields = &ready.fields;
    let run = |field: &Field, from: &[u32], stream: u64, steps: usize, heat: [f64; 2]| {
        let state = State::new(fields, field, &ready.objective, &problem.placing, from);
        anneal(state, &mut Rng::new(random_seed, stream), steps, heat)
    };
    let starts: Vec<Vec<u32>> = (0..effort.starts.max(1) as u64)
        .into_par_iter()
        .map(|start| run(&fields.coarse, &[], start, effort.steps, [HOT, WARM]).0)
        .collect();
    let mut ranked: Vec<(f64, Vec<u32>)> = starts
        .into_par_iter()
        .map(|set| (State::new(fields, &fields.full, &ready.objective, &problem.placing, &set).cost(), set))
        .collect();
    // stable: of equals the earlier start
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    ranked.truncate(effort.finalists.max(1));
    let polished: Vec<(Vec<u32>, f64)> = ranked
        .into_par_iter()
        .enumerate()
        .map(|(at, (_, set))| run(&fields.full, &set, (1 << 32) + at as u64, effort.polish, [WARM, COLD]))
        .collect();
    let best = polished.into_iter().reduce(|best, one| if one.1 < best.1 { one } else { best });
    best.map(|(set, _)| set).filter(|set| !set.is_empty()).ok_or(PlanError::NoSeed)
}

/// Anneals a set; the best one seen, in order, and its cost.
fn anneal(mut state: State<'_>, rng: &mut Rng, steps: usize, [hot, cold]: [f64; 2]) -> (Vec<u32>, f64) {
    let mut best = (state.chosen().to_vec(), state.cost());
    let falling = libm::pow(cold / hot, 1.0 / steps.max(1) as f64);
    let mut temperature = hot;
    for _ in 0..steps {
        let bearable = -temperature * libm::log(rng.uniform());
        if state.step(rng, bearable) && state.cost() < best.1 - 1e-9 {
            best.0.clear();
            best.0.extend_from_slice(state.chosen());
            best.1 = state.cost();
        }
        temperature *= falling;
    }
    best.0.sort_unstable();
    best
}
