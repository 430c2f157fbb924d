//! From the records of a case to its facts: which rules there are, in which order. The rules stand in `process` (what was done),
//! `course` (where the patient is in life and follow-up), `outcome` (what came of it) and `region`.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::{Fact, FactSet, Facts, course, outcome, process, region};
use crate::norms;
use crate::sources::Place;
use crate::{Case, Id, Movement, Person, Record, StoredStudy, Technique, Verification};

/// All that the facts of a case are computed from. Order does not matter; withdrawn records and studies are passed over.
#[derive(Debug, Clone, Copy)]
pub struct CaseFile<'a> {
    /// the case
    pub case: &'a Case,
    /// the records about it
    pub records: &'a [Record],
    /// its studies
    pub studies: &'a [StoredStudy],
    /// its verifications
    pub verifications: &'a [Verification],
    /// the movements of seeds that concern it
    pub movements: &'a [Movement],
}

impl<'a> CaseFile<'a> {
    /// Its records of one form that count.
    pub(super) fn of(self, form: &'a str) -> impl Iterator<Item = &'a Record> {
        self.records.iter().filter(move |record| !record.withdrawn && record.form == form)
    }

    /// Its latest record of a form: by day, then by when it was entered.
    pub(super) fn latest(self, form: &'a str) -> Option<&'a Record> {
        self.of(form).max_by_key(|record| (record.day, record.created, record.id))
    }
}

/// The procedure that everything before and after is measured against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Procedure {
    /// its day
    pub day: Date,
    /// when it began, where the time is known
    pub started: Option<Moment>,
    /// who did it
    pub operator: Option<Id<Person>>,
}

impl Procedure {
    /// The earliest procedure record, else the earliest administration, else the day in the case.
    pub(super) fn of(file: CaseFile<'_>) -> Option<Self> {
        let first = |form| file.of(form).min_by_key(|record| (record.day, record.created, record.id));
        let of = |record: &Record, started, who| Self {
            day: record.day,
            started: record.text(started).and_then(Moment::parse),
            operator: record.text(who).and_then(|text| text.parse().ok()),
        };
        first("procedure")
            .map(|record| of(record, "started_at", "operator"))
            .or_else(|| first("administration").map(|record| of(record, "at", "by")))
            .or_else(|| file.case.implanted_on.map(|day| Self { day, started: None, operator: None }))
    }

    /// Whether something was done before it began; on its day without a known time it is not.
    pub(super) fn comes_after(&self, moment: Moment) -> bool {
        match self.started {
            Some(started) => moment.is_before(started),
            None => moment.clock.date() < self.day,
        }
    }

    /// Whether a day lies within 30 days from it.
    pub(super) fn within_30_days(&self, day: Date) -> bool {
        day >= self.day && self.day.until(day).is_ok_and(|span| span.get_days() <= 30)
    }
}

/// A date with a time, as a form states it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    /// as it stands on the clock
    clock: DateTime,
    /// the instant, where an offset is stated
    instant: Option<Timestamp>,
}

impl Moment {
    /// `2026-03-01T08:30`, with or without an offset; a day alone is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let instant: Option<Timestamp> = text.parse().ok();
        let in_utc = || instant.and_then(|at| jiff::tz::Offset::UTC.to_datetime(at).into());
        let clock = text.parse().ok().filter(|_| text.contains(':')).or_else(in_utc)?;
        Some(Self { clock, instant })
    }

    fn is_before(self, other: Self) -> bool {
        match (self.instant, other.instant) {
            (Some(one), Some(another)) => one < another,
            _ => self.clock < other.clock,
        }
    }
}

impl Facts {
    /// The facts of a case: of its records alone, so that they change only when one of them does.
    pub fn of(file: CaseFile<'_>) -> Self {
        let case = file.case;
        let procedure = Procedure::of(file);
        let treated = procedure.map(|procedure| procedure.day);
        let life = course::Life::of(file, treated);
        let technique = match case.technique {
            Technique::SeedImplant => Fact::SeedImplant,
            Technique::Ablation => Fact::Ablation,
            Technique::Radiopharmaceutical => Fact::Radiopharmaceutical,
        };
        let always = FactSet::NONE
            .with(technique)
            .and(region::facts(file))
            .and(process::always(file))
            .and(norms::case::of_packs(case, file.records));
        let after = procedure.map_or(FactSet::NONE, |procedure| {
            FactSet::NONE
                .with(Fact::Treated)
                .and(process::around(file, &procedure))
                .and(outcome::facts(file, &procedure))
                .when(life.discharged.is_some(), Fact::Discharged)
                .when(life.died.is_some_and(|died| procedure.within_30_days(died)), Fact::DiedIn30Days)
        });
        let (lesions_planned, lesions_done) = process::lesions(file);
        Self {
            case: case.id,
            patient: case.patient,
            hospital: case.hospital,
            operator: procedure.and_then(|procedure| procedure.operator),
            treated,
            discharged: life.discharged,
            died: life.died,
            alive: life.alive,
            due: life.due,
            set: always.and(after).and(life.set),
            lesions_planned,
            lesions_done,
            seeds: seeds(file),
        }
    }
}

/// Seeds in the patient: what the ledger of seeds put there less what it took out again; where it knows nothing of the case, what the
/// procedure says.
fn seeds(file: CaseFile<'_>) -> u32 {
    let here = Place::Implanted(file.case.id);
    let of = |place: fn(&Movement) -> &Place| {
        file.movements
            .iter()
            .filter(|movement| *place(movement) == here)
            .map(|movement| movement.seeds.len())
            .sum::<u32>()
    };
    let put = of(|movement| &movement.to);
    if put > 0 {
        return put.saturating_sub(of(|movement| &movement.from));
    }
    file.of("procedure").filter_map(|record| process::whole(record, "seeds_implanted")).fold(0, u32::saturating_add)
}
