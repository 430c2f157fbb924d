//! How far a case is, and what is due: computed from its records, never typed.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::verification::State;
use crate::{Case, StoredStudy, Verification};

/// How far a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// opened; no implant yet
    Planned,
    /// implanted; no post-implant study yet
    Implanted,
    /// a post-implant study is there; not verified yet
    Imaged,
    /// the dose is computed; not signed by all
    Verified,
    /// verified and signed; follow-up goes on
    Signed,
}

impl Stage {
    /// All stages in their order.
    pub const ALL: [Self; 5] = [Self::Planned, Self::Implanted, Self::Imaged, Self::Verified, Self::Signed];

    /// Its name for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Implanted => "implanted",
            Self::Imaged => "imaged",
            Self::Verified => "verified",
            Self::Signed => "signed",
        }
    }
}

/// Stage, and the day by which the next step should be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// how far it is
    pub stage: Stage,
    /// the day by which the next step is due; for a signed case the follow-up
    pub due: Option<Date>,
}

/// Where a case stands. Withdrawn studies and superseded verifications do not count.
pub fn standing(case: &Case, studies: &[StoredStudy], verifications: &[Verification]) -> Standing {
    let current = verifications.iter().filter(|one| one.state != State::Superseded).max_by_key(|one| one.number);
    let stage = match current.map(|one| one.state) {
        Some(State::Signed) => Stage::Signed,
        Some(State::Computed) => Stage::Verified,
        _ if studies.iter().any(|study| !study.withdrawn && study.summary.can_be_verified) => Stage::Imaged,
        _ if case.implanted_on.is_some() => Stage::Implanted,
        _ => Stage::Planned,
    };
    let due = match stage {
        Stage::Planned => None,
        Stage::Implanted | Stage::Imaged | Stage::Verified => case.imaging_due,
        Stage::Signed => case.follow_up_due,
    };
    Standing { stage, due: due.filter(|_| !case.withdrawn) }
}
