//! What rules are judged by: what a store is asked, what it answers, and what is recorded.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::facts::{Count, FactQuery, Group, Tally};
use crate::{About, Case, Hospital, Id, Lot, Person, Record};

use super::Sentence;

/// Days from first to last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// first day
    pub from: Date,
    /// last day
    pub to: Date,
}

impl Period {
    /// The year that ends on a day.
    pub fn year_to(day: Date) -> Self {
        let from = years_before(day, 1).tomorrow().unwrap_or(day);
        Self { from, to: day }
    }

    /// Whether it has no day.
    pub fn is_empty(self) -> bool {
        self.from > self.to
    }

    /// Whether a day is in it.
    pub fn has(self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

/// The same day some years earlier; of 29 February the 28th.
pub(super) fn years_before(day: Date, years: i16) -> Date {
    day.saturating_sub(years.years())
}

/// A question to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// which cases
    pub query: FactQuery,
    /// what is counted
    pub count: Count,
    /// into what parts
    pub group: Group,
}

/// What the store said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// to which question
    pub ask: Ask,
    /// the counts
    pub tallies: Vec<Tally>,
}

/// A lot whose seeds are not all in one place each, or not where the records of cases say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceProblem {
    /// which lot
    pub lot: Id<Lot>,
    /// seeds concerned
    pub seeds: u32,
    /// what is wrong
    pub says: Sentence,
}

/// Activity of a nuclide that was received this calendar year.
#[derive(Debug, Clone, PartialEq)]
pub struct Used {
    /// nuclide, such as `I-125`
    pub nuclide: String,
    /// activity, `GBq`
    pub gbq: f64,
}

/// What the ledger of seeds shows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sources<'a> {
    /// the hospital's lots that are in use
    pub lots: &'a [Lot],
    /// what does not balance
    pub problems: &'a [SourceProblem],
    /// what was received this calendar year
    pub used: &'a [Used],
}

/// A device that is recorded in more than one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceTwice {
    /// what it is known by: UDI and serial number
    pub unique: String,
    /// in which cases
    pub cases: Vec<Id<Case>>,
    /// the records that say so
    pub records: Vec<Id<Record>>,
}

/// All that a pack is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// which hospital
    pub hospital: &'a Hospital,
    /// its people, those who left included
    pub people: &'a [Person],
    /// records about the hospital and its people
    pub records: &'a [Record],
    /// what the store answered to [`super::needs`]
    pub answers: &'a [Answer],
    /// the ledger of seeds
    pub sources: Sources<'a>,
    /// devices used in more than one case of the period
    pub devices: &'a [DeviceTwice],
    /// the period of rates and cases
    pub period: Period,
    /// the day asked
    pub today: Date,
}

impl<'a> Evidence<'a> {
    /// Records about the hospital.
    pub(super) fn of_hospital(&self) -> impl Iterator<Item = &'a Record> {
        let about = About::Hospital(self.hospital.id);
        self.records.iter().filter(move |record| record.about == about)
    }

    /// One count; `None` where the store was not asked.
    pub(super) fn count(&self, ask: &Ask) -> Option<u64> {
        self.tallies(ask).map(|tallies| tallies.iter().map(|tally| tally.count).sum())
    }

    /// A count in parts.
    pub(super) fn tallies(&self, ask: &Ask) -> Option<&'a [Tally]> {
        self.answers.iter().find(|answer| answer.ask == *ask).map(|answer| answer.tallies.as_slice())
    }
}

/// The last day on which a record holds: what it says itself or its form's own field, whichever is earlier.
pub fn lapses_after(record: &Record) -> Option<Date> {
    let field = match record.form.as_str() {
        "practice_licence" | "licence" | "document" => "until",
        "training" => "valid_until",
        "medical_exam" | "evaluation" => "next_due",
        "asset" => "calibrated_until",
        // 'until' of an experience is the end of a post, not of what it is worth
        _ => return record.until.filter(|_| !matches!(record.form.as_str(), "experience" | "title" | "logbook")),
    };
    [record.until, record.date(field)].into_iter().flatten().min()
}

/// Whether a record counts on a day.
pub fn holds(record: &Record, day: Date) -> bool {
    !record.withdrawn && record.day <= day && lapses_after(record).is_none_or(|until| day <= until)
}
