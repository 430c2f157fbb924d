//! Whether a hospital, its people and its cases keep the norms: packs of rules as data, judged by pure functions.
//!
//! [`needs`] says what to ask the store, [`judge`] what the answers and the records come to, [`step::before`] what stands in the way
//! of the next step of a case, [`inspection::inspection`] what an inspector asks for. `docs/methods/norms.md` tells the whole.

pub mod case;
pub mod check;
pub mod evidence;
pub mod finding;
pub mod inspection;
mod judge;
mod pack;
pub mod qualified;
pub mod step;
#[cfg(test)]
mod tests;

pub use crate::sentence::Sentence;
pub use evidence::{Answer, Ask, DeviceTwice, Evidence, Period, SourceProblem, Sources, Used};
pub use finding::{Finding, Proof, State};
pub use judge::{judge, needs};
pub use pack::{Kind, LeftOut, Pack, PackError, Rule, Scope, Severity, Stamp, Subject};
pub use step::{Block, Step, StepEvidence};
