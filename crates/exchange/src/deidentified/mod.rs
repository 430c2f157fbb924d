//! Exports for a study: the register without what says who somebody is, by a stated policy (`data/exchange/deidentification.toml`).
//!
//! Identity becomes a keyed pseudonym, days move by a keyed offset or become day numbers, free text stays behind, ages and codes are
//! generalised, and groups of fewer than k cases are marked. The same key gives the same pseudonyms, so that a later export can be joined
//! to an earlier one; without the key nobody can tell whose they are.

mod export;
mod groups;
mod key;
mod policy;
mod values;

pub use export::{StudyError, Subject, export};
pub use groups::{Group, Groups};
pub use key::{Key, KeyError};
pub use policy::{Dates, Policies, Policy, PolicyError, Quasi};

#[cfg(test)]
mod tests;
