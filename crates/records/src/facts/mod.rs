//! Facts of a case: the yes-or-no statements that indicators and norms count.
//!
//! Records say what happened; [`Facts`] say what it amounts to, in one narrow row a case that the store keeps beside its lists and
//! makes anew in the transaction that changes the case. An indicator is then one pass over narrow rows, and its list of cases the same
//! question without the counting.

mod fact;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Case, Hospital, Id, Patient, Person};

pub use fact::{Fact, FactSet, NotAFact};

/// What is known of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// which case
    pub case: Id<Case>,
    /// whose
    pub patient: Id<Patient>,
    /// where
    pub hospital: Option<Id<Hospital>>,
    /// who did the procedure
    pub operator: Option<Id<Person>>,
    /// day of the procedure
    pub treated: Option<Date>,
    /// day of discharge: what the national indicators count by
    pub discharged: Option<Date>,
    /// what holds
    pub set: FactSet,
    /// lesions that were to be treated (ablation)
    pub lesions_planned: u32,
    /// lesions that were treated (ablation)
    pub lesions_done: u32,
    /// seeds in the patient
    pub seeds: u32,
}

/// By which day a case belongs to a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// day of discharge
    #[default]
    Discharged,
    /// day of the procedure
    Treated,
}

/// What is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// cases (例次)
    #[default]
    Cases,
    /// patients (人数)
    Patients,
    /// lesions to be treated
    LesionsPlanned,
    /// lesions treated
    LesionsDone,
    /// seeds
    Seeds,
}

/// Into what parts a count is cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// one figure
    #[default]
    Whole,
    /// by month
    Month,
    /// by year
    Year,
    /// by who did the procedure
    Operator,
    /// by hospital
    Hospital,
}

/// Which cases to count or to list. Withdrawn cases never count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactQuery {
    /// only of these hospitals; empty means all
    pub hospitals: Vec<Id<Hospital>>,
    /// only by this operator
    pub operator: Option<Id<Person>>,
    /// which day counts
    pub by: By,
    /// first day
    pub from: Option<Date>,
    /// last day
    pub to: Option<Date>,
    /// all of these must hold
    pub all: FactSet,
    /// at least one of these must hold; empty asks nothing
    pub any: FactSet,
    /// none of these may hold
    pub none: FactSet,
}

/// One part of a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// `2026-03`, `2026`, an identifier, or empty for the whole and for cases without one
    pub part: String,
    /// the count
    pub count: u64,
}
