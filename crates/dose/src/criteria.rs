//! Judging an implant against a rule pack: what should hold, what was measured, and whether it does.
//!
//! Packs are data (`data/criteria/*.toml`): each clause with its source and whether it was checked. Nothing but the pack decides.

mod judge;
mod names;
mod pack;
#[cfg(test)]
mod tests;

pub use judge::{Evidence, Finding, NoEvidence, Outcome, Verdict, judge, overall};
pub use pack::{Clause, Comparison, CriteriaError, LimitUnit, Pack, Severity, StructureRule, embedded, load};
