//! Where the patient is in life and follow-up: discharge, death, last sign of life, next visit.

use jiff::civil::Date;
use serde_json::Value;

use super::derive::CaseFile;
use super::{Fact, FactSet};
use crate::Record;

/// The days of a case after its procedure, and what holds by them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Life {
    /// day of discharge
    pub discharged: Option<Date>,
    /// day of death, or on which it was learnt
    pub died: Option<Date>,
    /// last day known to have lived
    pub alive: Option<Date>,
    /// when the next visit is due
    pub due: Option<Date>,
    /// planned, reached, lost
    pub set: FactSet,
}

impl Life {
    pub(super) fn of(file: CaseFile<'_>, treated: Option<Date>) -> Self {
        let discharged = discharged(file, treated);
        let recorded = death(file);
        let died = recorded.or_else(|| visits(file).filter(|visit| said_dead(visit)).map(|visit| visit.day).min());
        let seen = last_sign_of_life(file, treated);
        let alive = recorded.or_else(|| died.map_or(seen, |died| seen.map(|seen| seen.min(died))));
        let lost = died.is_none() && lost_after(file, alive);
        let planned = planned(file);
        let over = |due: Date| visits(file).any(|visit| reached(visit) && visit.day >= due);
        let followed = discharged.is_some_and(|left| visits(file).any(|visit| reached(visit) && visit.day > left));
        Self {
            discharged,
            died,
            alive,
            due: planned.filter(|due| died.is_none() && !lost && !over(*due)),
            set: FactSet::NONE
                .when(planned.is_some(), Fact::FollowUpPlanned)
                .when(followed, Fact::FollowedUp)
                .when(lost, Fact::LostToFollowUp),
        }
    }
}

fn visits(file: CaseFile<'_>) -> impl Iterator<Item = &Record> {
    file.of("follow_up")
}

fn said_dead(visit: &Record) -> bool {
    visit.values.get("alive") == Some(&Value::Bool(false))
}

/// Something was learnt of the patient, be it that he died.
fn reached(visit: &Record) -> bool {
    visit.yes("reached") || said_dead(visit)
}

/// 出院日期, by which the national indicators count: the first discharge that is not before the procedure.
fn discharged(file: CaseFile<'_>, treated: Option<Date>) -> Option<Date> {
    file.of("discharge").map(|record| record.day).filter(|day| treated.is_none_or(|treated| *day >= treated)).min()
}

/// The day of death where one is recorded.
fn death(file: CaseFile<'_>) -> Option<Date> {
    let left_dead = file.of("discharge").filter(|record| record.text("condition") == Some("died"));
    file.of("death").chain(left_dead).map(|record| record.day).min()
}

/// The last day on which something shows that the patient lived.
fn last_sign_of_life(file: CaseFile<'_>, treated: Option<Date>) -> Option<Date> {
    let seen = |form| file.of(form).map(|record| record.day);
    let met = visits(file).filter(|visit| visit.yes("reached") && visit.yes("alive")).map(|visit| visit.day);
    seen("discharge")
        .chain(seen("response"))
        .chain(seen("laboratory"))
        .chain(seen("quality_of_life"))
        .chain(seen("administration"))
        .chain(met)
        .chain(treated)
        .max()
}

/// Declared lost, and no sign of life on a later day.
fn lost_after(file: CaseFile<'_>, alive: Option<Date>) -> bool {
    visits(file).filter(|visit| visit.yes("lost")).any(|visit| alive.is_none_or(|alive| visit.day >= alive))
}

/// G07 3(4), G08 3(3): the next visit by the latest follow-up that states one, else by the case.
fn planned(file: CaseFile<'_>) -> Option<Date> {
    let stated = visits(file).filter_map(|visit| Some((visit.day, visit.date("next_due")?))).max();
    stated.map(|(_, due)| due).or(file.case.follow_up_due)
}
