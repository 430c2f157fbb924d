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

/// Where a case stands. Withdrawn studies and superseded verifications do not count, and a draft takes nothing away: a case that is
/// signed stays signed while its next version is worked on, until that version is computed and supersedes it.
pub fn standing(case: &Case, studies: &[StoredStudy], verifications: &[Verification]) -> Standing {
    let has_result = |one: &&Verification| matches!(one.state, State::Computed | State::Signed);
    let current = verifications.iter().filter(has_result).max_by_key(|one| one.number);
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::Id;
    use crate::case::Intent;
    use crate::study::StudySummary;
    use crate::verification::Settings;

    fn case() -> Case {
        Case {
            id: Id::new(0, [1; 10]),
            version: 1,
            number: "1".into(),
            patient: Id::new(0, [2; 10]),
            hospital: None,
            technique: crate::Technique::SeedImplant,
            route: String::new(),
            method: String::new(),
            site: String::new(),
            diagnosis: String::new(),
            implanted_on: Some(jiff::civil::date(2026, 3, 10)),
            intent: Intent::default(),
            physician: None,
            physicist: None,
            imaging_due: Some(jiff::civil::date(2026, 4, 9)),
            follow_up_due: Some(jiff::civil::date(2026, 9, 10)),
            withdrawn: false,
            notes: String::new(),
            created: Timestamp::UNIX_EPOCH,
        }
    }

    fn study() -> StoredStudy {
        StoredStudy {
            id: Id::new(0, [3; 10]),
            version: 1,
            case: case().id,
            salt: String::new(),
            summary: StudySummary { can_be_verified: true, ..StudySummary::default() },
            files: Vec::new(),
            remarks: Vec::new(),
            received_by: Id::new(0, [4; 10]),
            received: Timestamp::UNIX_EPOCH,
            withdrawn: false,
        }
    }

    fn version(number: u32, state: State) -> Verification {
        Verification {
            id: Id::new(u64::from(number), [5; 10]),
            version: 1,
            case: case().id,
            salt: String::new(),
            number,
            study: study().id,
            follows: None,
            state,
            settings: Settings::default(),
            seeds: Vec::new(),
            job: None,
            failure: None,
            failure_zh: None,
            outcome: None,
            created_by: Id::new(0, [4; 10]),
            created: Timestamp::UNIX_EPOCH,
        }
    }

    fn stage(versions: &[(u32, State)]) -> Stage {
        let versions: Vec<Verification> = versions.iter().map(|(number, state)| version(*number, *state)).collect();
        standing(&case(), &[study()], &versions).stage
    }

    #[test]
    fn a_version_in_work_takes_nothing_away() {
        use State::{Computed, Draft, Running, Signed, Superseded};
        assert_eq!(stage(&[(1, Draft)]), Stage::Imaged);
        for in_work in [Draft, Running] {
            assert_eq!(stage(&[(1, Signed), (2, in_work)]), Stage::Signed);
            assert_eq!(stage(&[(1, Computed), (2, in_work)]), Stage::Verified);
        }
        assert_eq!(stage(&[(1, Superseded), (2, Computed)]), Stage::Verified);
        assert_eq!(stage(&[(1, Superseded), (2, Draft)]), Stage::Imaged);
        let signed = standing(&case(), &[study()], &[version(1, Signed), version(2, Draft)]);
        assert_eq!(signed.due, case().follow_up_due);
    }
}
