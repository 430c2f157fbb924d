//! Facts of a case: the yes-or-no statements that indicators and norms count.
//!
//! Records say what happened; [`Facts`] say what it amounts to, in one narrow row a case that the store keeps beside its lists and
//! makes anew in the transaction that changes the case. An indicator is then one pass over narrow rows, and its list of cases the same
//! question without the counting.

mod course;
mod derive;
mod fact;
mod outcome;
mod process;
mod query;
mod region;

use jiff::civil::Date;

use crate::{Case, Hospital, Id, Patient, Person};

pub use derive::CaseFile;
pub use fact::{Fact, FactSet, NotAFact};
pub use process::consent_stands;
pub(crate) use query::part_of_day;
pub use query::{By, Count, FactQuery, Group, Tally, whole_months};

/// What is known of one case: a function of its records alone, never of the day it is computed on.
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
    /// day of death; where only the visit is known at which the death was learnt, the day of that visit
    pub died: Option<Date>,
    /// last day on which the patient is known to have lived; the day of death where that is recorded
    pub alive: Option<Date>,
    /// when the patient should be seen next; none after death, after being declared lost, and once the visit took place
    pub due: Option<Date>,
    /// what holds
    pub set: FactSet,
    /// lesions that were to be treated (ablation)
    pub lesions_planned: u32,
    /// lesions that were treated (ablation)
    pub lesions_done: u32,
    /// seeds in the patient
    pub seeds: u32,
}

impl Facts {
    /// For how many whole months after the procedure the patient is known to have lived; `None` before the procedure. The store
    /// keeps it as a column of its own (`lived_months`), because databases disagree on what a month after 31 January is.
    pub fn lived_months(&self) -> Option<u32> {
        Some(whole_months(self.treated?, self.alive?))
    }

    /// Days from the procedure to death (`true`) or to the last day the patient is known to have lived (`false`): one line of a
    /// survival table. `None` before the procedure.
    pub fn lifetime(&self) -> Option<(u32, bool)> {
        let end = self.died.or(self.alive)?;
        let days = self.treated?.until(end).map_or(0, |span| span.get_days());
        Some((days.max(0).unsigned_abs(), self.died.is_some()))
    }
}
