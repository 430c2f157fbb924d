//! What a rule asks: data only. [`super::judge`] answers it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};

use crate::facts::{By, FactSet};
use crate::person::Profession;
use crate::{Fact, Record};

use super::qualified::{Aspect, Title};

/// Which records a check looks at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// which form
    pub form: String,
    /// fields that must hold one of these texts
    #[serde(default)]
    pub any: BTreeMap<String, Vec<String>>,
    /// only the newest that holds: for forms that describe a state, such as `profile`
    #[serde(default)]
    pub newest: bool,
}

impl Select {
    /// Whether a record is one of these, whatever the day.
    pub fn fits(&self, record: &Record) -> bool {
        !record.withdrawn
            && record.form == self.form
            && self
                .any
                .iter()
                .all(|(field, texts)| record.texts(field).iter().any(|text| texts.iter().any(|wanted| wanted == text)))
    }
}

/// What must be right about a record.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Must {
    /// fields that say yes
    pub yes: Vec<String>,
    /// fields that are filled in
    pub filled: Vec<String>,
    /// fields with a number of at least this
    pub at_least: BTreeMap<String, f64>,
    /// fields that hold one of these texts
    pub any: BTreeMap<String, Vec<String>>,
    /// fields that name somebody who works here
    pub person: Vec<String>,
}

/// One way to reach a count.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enough {
    /// what must hold of a case besides that the technique was carried out
    #[serde(default)]
    pub facts: FactSet,
    /// how many such cases
    pub at_least: u64,
    /// what is counted
    pub zh: String,
    /// the same in English
    pub en: String,
}

/// Which years a count looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// the last complete calendar years
    #[default]
    Calendar,
    /// years back from the day asked
    Rolling,
}

/// What a rule asks. `docs/methods/norms.md` says each in a line.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// at least so many records of the hospital fit
    HasRecords {
        /// which
        select: Select,
        /// what must be right about them
        #[serde(default)]
        must: Must,
        /// how many
        #[serde(default = "one")]
        at_least: usize,
    },
    /// all selected records of the hospital fit
    AllRecords {
        /// which
        select: Select,
        /// what must be right about each
        must: Must,
        /// none is right, too
        #[serde(default)]
        or_none: bool,
    },
    /// the newest record of the hospital that fits is recent
    Recent {
        /// which
        select: Select,
        /// what must be right about it
        #[serde(default)]
        must: Must,
        /// how old at most
        months: u32,
    },
    /// a day in a record of the hospital lies at least so many years back
    Since {
        /// which record
        select: Select,
        /// which field
        field: String,
        /// how many years
        years: i16,
    },
    /// what is used stands in the licence
    LicenceScope {
        /// which licence
        select: Select,
    },
    /// at least so many people are qualified
    QualifiedPeople {
        /// as what
        role: String,
        /// how many
        at_least: usize,
    },
    /// instructors of a training base
    Instructors {
        /// the record that names them in its field `instructors`
        select: Select,
        /// as what they are qualified
        role: String,
        /// how many
        at_least: usize,
        /// a title
        title: Title,
        /// how many of them have at least that title
        titled: usize,
    },
    /// everybody who operated in the period
    Operators {
        /// as what
        role: String,
        /// in which respects
        aspects: Vec<Aspect>,
    },
    /// whoever operated was qualified on the day of each procedure of the period
    QualifiedOnTheDay {
        /// as what
        role: String,
    },
    /// everybody who operated in the period has a recent record
    OperatorRecords {
        /// which
        select: Select,
        /// what must be right about it
        #[serde(default)]
        must: Must,
        /// how old at most
        months: u32,
    },
    /// operators without base training fulfil the exemption
    Exempted {
        /// as what
        role: String,
    },
    /// everybody of the role's professions
    Staff {
        /// as what
        role: String,
        /// in which respects
        aspects: Vec<Aspect>,
    },
    /// everybody in base training
    Trainees {
        /// as what
        role: String,
    },
    /// a share of cases
    Rate {
        /// what the cases have that count
        with: FactSet,
        /// strictly more than so many percent
        #[serde(default)]
        more_than: Option<f64>,
        /// at least so many percent
        #[serde(default)]
        at_least: Option<f64>,
        /// which day counts
        #[serde(default)]
        by: By,
        /// how the numerator is called
        zh: String,
        /// the same in English
        en: String,
    },
    /// a fact that holds of every case
    EveryCase {
        /// which
        #[serde(deserialize_with = "fact")]
        fact: Fact,
        /// which day counts
        #[serde(default)]
        by: By,
        /// cases younger than so many days are left out
        #[serde(default)]
        after_days: u32,
        /// what is missing where it does not
        zh: String,
        /// the same in English
        en: String,
    },
    /// no visit of any case of the period is overdue
    NoneOverdue {
        /// which day counts
        #[serde(default)]
        by: By,
        /// what is missing where one is
        zh: String,
        /// the same in English
        en: String,
    },
    /// so many cases
    Count {
        /// one of these is enough
        any_of: Vec<Enough>,
        /// in the last so many years; absent: ever
        #[serde(default)]
        years: Option<i16>,
        /// in each of them, rather than in all together
        #[serde(default)]
        each: bool,
        /// which years
        #[serde(default)]
        window: Window,
    },
    /// every seed is in one place
    Conservation,
    /// every lot names its registration
    LotsRegistered,
    /// no device was used twice
    UniqueDevices,
    /// somebody states it
    Attestation {
        /// for how many months a statement counts that names no end
        months: u32,
    },
}

fn one() -> usize {
    1
}

fn fact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Fact, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

fn yes() -> bool {
    true
}

/// Who may have a role, and what it takes. Each part names the clause it comes from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// key, such as `operator`
    pub name: String,
    /// what it is called
    pub zh: String,
    /// the same in English
    pub en: String,
    /// which professions may
    pub professions: Vec<Profession>,
    /// `form.field` of a case's records that name who has it; of each list the first that is filled in counts
    #[serde(default)]
    pub named_in: Vec<Vec<String>>,
    /// practice licence
    #[serde(default)]
    pub licence: Option<LicenceNeed>,
    /// title
    #[serde(default)]
    pub title: Option<TitleNeed>,
    /// experience
    #[serde(default)]
    pub experience: Option<ExperienceNeed>,
    /// base training
    #[serde(default)]
    pub training: Option<TrainingNeed>,
    /// what stands in for base training
    #[serde(default)]
    pub exemption: Option<ExemptionNeed>,
    /// courses
    #[serde(default)]
    pub courses: Vec<CourseNeed>,
    /// radiation protection course
    #[serde(default)]
    pub radiation_protection: Option<Current>,
    /// medical examination
    #[serde(default)]
    pub medical_exam: Option<Current>,
}

/// A practice licence with a fitting scope.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceNeed {
    /// from which clause
    pub clause: String,
    /// of which professions it is asked
    pub professions: Vec<Profession>,
    /// words one of which its scope contains
    pub scopes: Vec<String>,
}

/// A title, held long enough.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TitleNeed {
    /// from which clause
    pub clause: String,
    /// at least this one
    pub at_least: Title,
    /// for so many years
    #[serde(default)]
    pub years: i16,
}

/// Years of work in a specialty.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperienceNeed {
    /// from which clause
    pub clause: String,
    /// words one of which the specialty contains; empty: any
    #[serde(default)]
    pub specialties: Vec<String>,
    /// how many years
    pub years: i16,
}

/// Training at a base.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingNeed {
    /// from which clause
    pub clause: String,
    /// months at least
    pub months: f64,
    /// procedures taken part in
    #[serde(default)]
    pub participated: u32,
    /// patients looked after from beginning to end
    #[serde(default)]
    pub full_process: u32,
    /// procedures done independently under an instructor
    #[serde(default)]
    pub independent: u32,
}

/// What stands in for base training.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExemptionNeed {
    /// from which clause
    pub clause: String,
    /// years of clinical work
    pub practice_years: i16,
    /// at least this title
    pub title: Title,
    /// for so many years
    #[serde(default)]
    pub title_years: i16,
    /// independent procedures
    pub cases: u64,
    /// in how many years
    pub years: i16,
    /// in each of them, rather than in all together
    pub each: bool,
    /// for so many months of a year the logbook of the year before may be missing
    #[serde(default)]
    pub grace_months: i8,
}

impl ExemptionNeed {
    /// The years that may be the last of those that count, on a day: the running one, the last complete one, and as long as that one's
    /// logbook may be missing, the one before.
    pub fn last_years(&self, day: Date) -> impl Iterator<Item = i16> {
        let back = if day.month() <= self.grace_months { 2 } else { 1 };
        (0..=back).rev().map(move |back| day.year() - back)
    }

    /// The days of a year on which these years change.
    pub fn turns(&self, year: i16) -> impl Iterator<Item = Date> {
        [1, self.grace_months + 1].into_iter().filter_map(move |month| Date::new(year, month, 1).ok())
    }
}

/// A course of one of some kinds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CourseNeed {
    /// from which clause
    pub clause: String,
    /// `kind` of the `training` record
    pub kinds: Vec<String>,
    /// of which professions it is asked; empty: all
    #[serde(default)]
    pub professions: Vec<Profession>,
    /// must be about the pack's technique
    #[serde(default = "yes")]
    pub of_technique: bool,
    /// what it is called
    pub zh: String,
    /// the same in English
    pub en: String,
}

/// Something that must be current.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Current {
    /// from which clause
    pub clause: String,
    /// how long it counts where it names no end itself
    pub months: u32,
}
