//! What we intend: an implant planned before it is done. Method: `docs/methods/planning.md`.
//!
//! [`plan`] takes a [`Problem`] (structures, access, seeds, aims) and gives a [`Plan`] (needles, seeds, indices) or says
//! what makes it impossible. It knows neither the clock nor chance: the seed number of the random sequence is a parameter.

mod bounds;
mod candidates;
mod error;
mod field;
mod geometry;
mod kernel;
mod objective;
mod preset;
mod problem;
mod result;
mod robust;
mod search;
mod state;
mod template;

pub use candidates::{Candidate, Candidates};
pub use error::PlanError;
pub use preset::{Preset, PresetError};
pub use problem::{Aim, Clearance, Costs, Part, Placing, Problem, SeedKind};
pub use result::{AimResult, Needle, Plan, PlannedSeed};
pub use robust::{Band, Displacement, Robustness, robustness};
pub use search::{Effort, plan};
pub use template::Template;

/// What tests of the moves and benchmarks look into; not for other rooms.
#[doc(hidden)]
pub mod inside {
    pub use crate::field::{Field, Fields};
    pub use crate::objective::Objective;
    pub use crate::result::make;
    pub use crate::search::{Ready, prepare, search};
    pub use crate::state::State;
}
