//! When a patient should be seen after the procedure, whether a visit is overdue, and whether contact is lost. Pure functions of days.
//!
//! A visit counts for every scheduled day up to its own plus the tolerance: who comes at month 6 is not asked for month 3 any more.
//! The next day due therefore depends on the latest visit only, and never goes backwards when a visit is added.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

use crate::{Record, Technique};

static READ: LazyLock<Vec<Schedule>> = LazyLock::new(|| {
    // a test reads the table, so that it cannot be empty here
    read(include_str!("../../../data/forms/follow_up.toml")).unwrap_or_default()
});

/// When visits are due after a procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// of which technique
    pub technique: Technique,
    /// months after the procedure, ascending
    pub months: Vec<u32>,
    /// then every so many months, without end
    pub every_months: u32,
    /// a visit counts from so many days before its day, and is overdue so many days after it
    pub tolerance_days: u32,
    /// without contact for so many months a patient counts as lost
    pub lost_after_months: u32,
    /// what it leans on
    pub basis: String,
    /// how that was checked; `unverified` where it was not
    #[serde(default)]
    pub checked: String,
}

/// Why a schedule cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// not a table of schedules
    #[error("the schedules cannot be read: {0}")]
    Unreadable(String),
    /// the months
    #[error("the months of the schedule of {0} must ascend from 1 to at most 600")]
    Months(&'static str),
    /// the other numbers
    #[error(
        "the schedule of {0} needs every_months and lost_after_months from 1 to 600 and tolerance_days of at most 180"
    )]
    Numbers(&'static str),
}

#[derive(Deserialize)]
struct File {
    schedule: Vec<Schedule>,
}

/// Reads schedules from the text of a file like `data/forms/follow_up.toml`.
pub fn read(text: &str) -> Result<Vec<Schedule>, ScheduleError> {
    let file: File = toml::from_str(text).map_err(|error| ScheduleError::Unreadable(error.to_string()))?;
    for schedule in &file.schedule {
        schedule.check()?;
    }
    Ok(file.schedule)
}

impl Schedule {
    /// The schedule of a technique that is compiled in.
    pub fn builtin(technique: Technique) -> Option<&'static Self> {
        READ.iter().find(|schedule| schedule.technique == technique)
    }

    /// Whether it can be used.
    pub fn check(&self) -> Result<(), ScheduleError> {
        let name = self.technique.name();
        let ascending = self.months.is_sorted_by(|one, next| one < next);
        let within = self.months.iter().all(|months| (1..=600).contains(months));
        if self.months.is_empty() || !ascending || !within {
            return Err(ScheduleError::Months(name));
        }
        let fits = |months: u32| (1..=600).contains(&months);
        if fits(self.every_months) && fits(self.lost_after_months) && self.tolerance_days <= 180 {
            Ok(())
        } else {
            Err(ScheduleError::Numbers(name))
        }
    }

    /// Months after the procedure of all visits, without end.
    fn all_months(&self) -> impl Iterator<Item = u32> {
        let last = self.months.last().copied().unwrap_or(0);
        let every = self.every_months.max(1);
        self.months.iter().copied().chain((1..).map_while(move |n: u32| last.checked_add(every.checked_mul(n)?)))
    }

    /// All visits, without end (until the calendar of the program ends in the year 9999).
    pub fn visits(&self, procedure: Date) -> impl Iterator<Item = Due> {
        let tolerance = i64::from(self.tolerance_days).days();
        self.all_months().map_while(move |months| {
            let day = procedure.checked_add(i64::from(months).months()).ok()?;
            Some(Due { months, day, from: day.saturating_sub(tolerance), until: day.saturating_add(tolerance) })
        })
    }

    /// The visits due up to a day.
    pub fn due_until(&self, procedure: Date, until: Date) -> Vec<Due> {
        self.visits(procedure).take_while(|due| due.day <= until).collect()
    }

    /// The first visit that the latest contact does not count for. `None` only at the end of the calendar.
    pub fn next(&self, procedure: Date, seen: &[Date]) -> Option<Due> {
        let latest = seen.iter().copied().max();
        self.visits(procedure).find(|due| latest.is_none_or(|latest| latest < due.from))
    }
}

/// One visit of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// so many months after the procedure
    pub months: u32,
    /// the day
    pub day: Date,
    /// a visit from this day on counts for it
    pub from: Date,
    /// the last day on which it is not overdue
    pub until: Date,
}

/// What is known of a patient after the procedure, from the records of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contacts {
    /// days on which the patient was reached
    pub reached: Vec<Date>,
    /// the day agreed for the next visit at the latest contact, if any
    pub agreed: Option<Date>,
    /// the latest day on which the patient was declared lost
    pub declared_lost: Option<Date>,
    /// the patient died
    pub died: bool,
}

impl Contacts {
    /// From the records `follow_up` and `death` of a case; others and withdrawn ones do not count.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut contacts = Self::default();
        let mut latest = None;
        for record in records.into_iter().filter(|record| !record.withdrawn) {
            match record.form.as_str() {
                "death" => contacts.died = true,
                "follow_up" => {
                    let alive = record.values.get("alive").and_then(serde_json::Value::as_bool);
                    contacts.died |= alive == Some(false);
                    if record.yes("reached") {
                        contacts.reached.push(record.day);
                    }
                    if record.yes("lost") {
                        contacts.declared_lost = contacts.declared_lost.max(Some(record.day));
                    }
                    // the newest record speaks, whether or not somebody was reached
                    if latest <= Some(record.day) {
                        latest = Some(record.day);
                        contacts.agreed = record.date("next_due");
                    }
                }
                _ => {}
            }
        }
        contacts.reached.sort_unstable();
        contacts
    }
}

/// Where a patient's follow-up stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// the patient died: nothing is due
    Ended,
    /// no contact for longer than the schedule allows, or declared lost and not reached since
    Lost {
        /// the last contact, or the procedure where there was none
        since: Date,
        /// somebody declared it; otherwise it follows from the schedule
        declared: bool,
    },
    /// a visit is overdue
    Overdue {
        /// the day it was due
        day: Date,
        /// days since the last on which it was not overdue
        days: i64,
    },
    /// a visit is due on this day
    Due {
        /// the day
        day: Date,
    },
}

/// Where follow-up stands on a day. A day agreed at the latest contact comes before the schedule's, where it lies after that contact.
pub fn standing(schedule: &Schedule, procedure: Date, contacts: &Contacts, today: Date) -> Standing {
    if contacts.died {
        return Standing::Ended;
    }
    let seen: Vec<Date> = contacts.reached.iter().copied().filter(|day| *day <= today).collect();
    let since = seen.iter().copied().max().unwrap_or(procedure).max(procedure);
    let declared = contacts.declared_lost.is_some_and(|day| day <= today && seen.iter().all(|seen| *seen < day));
    let silent: Span = i64::from(schedule.lost_after_months).months();
    if declared || today > since.saturating_add(silent) {
        return Standing::Lost { since, declared };
    }
    let tolerance = i64::from(schedule.tolerance_days).days();
    let agreed = contacts.agreed.filter(|day| *day > since);
    let scheduled = || schedule.next(procedure, &seen).map(|due| due.day);
    let Some(day) = agreed.or_else(scheduled) else { return Standing::Ended };
    let last = day.saturating_add(tolerance);
    let days = (today - last).get_days();
    if days > 0 { Standing::Overdue { day, days: i64::from(days) } } else { Standing::Due { day } }
}

#[cfg(test)]
mod tests;
