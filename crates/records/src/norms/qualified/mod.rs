//! Whether somebody is qualified for a role on a day, with every reason.

mod currency;
mod title;
mod training;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Id, Person, Record};

use super::check::Role;
use super::{Pack, Sentence};

pub use title::Title;
pub(super) use title::title_on;
pub(super) use training::base_trainings;

/// In which respect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// works here, in a profession that may have the role
    Active,
    /// practice licence
    Licence,
    /// title
    Title,
    /// years of work
    Experience,
    /// base training, or what stands in for it
    Training,
    /// courses
    Course,
    /// radiation protection course
    RadiationProtection,
    /// medical examination
    MedicalExam,
}

/// One aspect of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// which
    pub aspect: Aspect,
    /// clause of the norm that asks for it; empty where none does
    pub clause: String,
    /// whether it is met
    pub met: bool,
    /// what is there or missing
    pub says: Sentence,
    /// the records that show it
    pub records: Vec<Id<Record>>,
    /// the last day on which it holds by these records, where there is one
    pub until: Option<Date>,
    /// met by the exemption, not by training
    pub exempt: bool,
}

impl Reason {
    fn new(aspect: Aspect, clause: &str, met: bool, says: Sentence) -> Self {
        Self { aspect, clause: clause.to_owned(), met, says, records: Vec::new(), until: None, exempt: false }
    }

    fn by(mut self, records: &[&Record]) -> Self {
        self.records = records.iter().map(|record| record.id).collect();
        self
    }
}

/// Whether somebody is qualified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qualification {
    /// who
    pub person: Id<Person>,
    /// as what: key of the pack's role
    pub role: String,
    /// on which day
    pub day: Date,
    /// each aspect that the role has
    pub reasons: Vec<Reason>,
}

impl Qualification {
    /// Whether all is met.
    pub fn qualified(&self) -> bool {
        self.reasons.iter().all(|reason| reason.met)
    }

    /// What is not met, of some aspects.
    pub fn missing<'a>(&'a self, aspects: &'a [Aspect]) -> impl Iterator<Item = &'a Reason> {
        self.reasons.iter().filter(|reason| !reason.met && (aspects.is_empty() || aspects.contains(&reason.aspect)))
    }

    /// The records that show the aspects that are met.
    pub fn records(&self, aspects: &[Aspect]) -> Vec<Id<Record>> {
        let wanted = |reason: &&Reason| aspects.is_empty() || aspects.contains(&reason.aspect);
        let mut ids: Vec<_> = self.reasons.iter().filter(wanted).flat_map(|reason| reason.records.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The first day on which a paper that counts now no longer does.
    pub fn first_until(&self) -> Option<Date> {
        self.reasons.iter().filter(|reason| reason.met).filter_map(|reason| reason.until).min()
    }
}

/// Judges one person in one role of a pack on a day. `records` are those about the person.
pub fn qualify(pack: &Pack, role: &Role, person: &Person, records: &[&Record], day: Date) -> Qualification {
    let mut reasons = vec![active(role, person)];
    if let Some(need) = role.licence.as_ref().filter(|need| need.professions.contains(&person.profession)) {
        reasons.push(currency::licence(need, records, day));
    }
    if let Some(need) = &role.title {
        reasons.push(title::title(need, records, day));
    }
    if let Some(need) = &role.experience {
        reasons.push(title::experience(need, records, day));
    }
    if let Some(need) = &role.training {
        reasons.push(training::training(pack, need, role.exemption.as_ref(), records, day));
    }
    for need in
        role.courses.iter().filter(|need| need.professions.is_empty() || need.professions.contains(&person.profession))
    {
        reasons.push(currency::course(pack, need, records, day));
    }
    if let Some(need) = &role.radiation_protection {
        reasons.push(currency::radiation_protection(need, records, day));
    }
    if let Some(need) = &role.medical_exam {
        reasons.push(currency::medical_exam(need, records, day));
    }
    Qualification { person: person.id, role: role.name.clone(), day, reasons }
}

fn active(role: &Role, person: &Person) -> Reason {
    let may = role.professions.contains(&person.profession);
    let says = match (person.active, may) {
        (false, _) => Sentence::new("已不在本院工作", "no longer works here"),
        (true, false) => Sentence::new(
            format!("专业类别不能担任{}", role.zh),
            format!("a {} may not be {}", person.profession.name(), role.en),
        ),
        (true, true) => Sentence::new("在职", "works here"),
    };
    Reason::new(Aspect::Active, "", person.active && may, says)
}

/// Whether a text contains one of some words, whatever the case of letters.
fn contains_one(text: &str, words: &[String]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| text.contains(&word.to_lowercase()))
}
