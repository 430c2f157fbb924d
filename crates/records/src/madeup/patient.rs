//! Patients who do not exist, and the cases opened for them.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::book::{Book, When, later};
use super::draw::Draw;
use super::names;
use super::staff::House;
use crate::case::Intent;
use crate::{About, Account, Case, Change, Id, Item, Patient, Record, Technique};

/// Everybody who was ever treated: some come again.
#[derive(Default)]
pub(super) struct Patients(Vec<Known>);

#[derive(Clone)]
struct Known {
    patient: Patient,
    since: Date,
    dies: Option<Date>,
}

/// How long patients of an illness live.
#[derive(Clone, Copy)]
pub(super) struct Outlook {
    /// mean of the days lived; 0: the illness is none that one dies of
    pub mean_days: f64,
    /// so many of a thousand die within a month
    pub early: u64,
}

/// What is known of a case when it is opened.
pub(super) struct Opening {
    pub technique: Technique,
    pub number: String,
    pub route: &'static str,
    pub method: &'static str,
    pub site: &'static str,
    pub diagnosis: &'static str,
    pub intent: Intent,
    pub male_of_ten: u64,
    pub outlook: Outlook,
}

/// A case as it stands, with all that is drawn for it.
pub(super) struct File {
    pub case: Case,
    pub patient: Patient,
    /// the day of death, known to nobody before
    pub dies: Option<Date>,
    pub draw: Draw,
}

impl Patients {
    /// Opens a case for somebody new or somebody who was here before.
    pub fn open(&mut self, book: &mut Book, house: &House, opening: Opening, at: When, mut draw: Draw) -> File {
        let (name, sex) = names::person(&mut draw, opening.male_of_ten);
        let again = self.0.iter().filter(|one| {
            one.patient.sex == sex
                && later(one.since, 90) < at.day
                && one.dies.is_none_or(|dies| later(at.day, 60) < dies)
        });
        let again: Vec<&Known> = again.collect();
        let known = if draw.chance(80) && !again.is_empty() { Some((*draw.pick(&again)).clone()) } else { None };
        let is_new = known.is_none();
        let known = known.unwrap_or_else(|| {
            let dies = match opening.outlook {
                Outlook { early, .. } if draw.chance(early) => Some(later(at.day, 12 + draw.between(2, 26))),
                Outlook { mean_days, .. } if mean_days > 0.0 => Some(later(at.day, 45 + draw.wait(mean_days))),
                Outlook { .. } => None,
            };
            let patient = Patient {
                id: book.id(at),
                version: 1,
                number: format!("ZY{:07}", 1_000_000 + self.0.len()),
                name,
                birth_date: Some(later(at.day, -draw.between(38 * 365, 84 * 365))),
                sex: sex.to_owned(),
                salt: draw.hex(32),
            };
            Known { patient, since: at.day, dies }
        });
        let case = Case {
            id: book.id(at),
            version: 1,
            number: opening.number,
            patient: known.patient.id,
            hospital: Some(house.hospital),
            technique: opening.technique,
            route: opening.route.to_owned(),
            method: opening.method.to_owned(),
            site: opening.site.to_owned(),
            diagnosis: opening.diagnosis.to_owned(),
            implanted_on: None,
            intent: opening.intent,
            physician: Some(house.physician),
            physicist: (opening.technique == Technique::SeedImplant).then_some(house.physicist),
            imaging_due: None,
            follow_up_due: None,
            withdrawn: false,
            notes: String::new(),
            created: at.at(),
        };
        let file = File { case, patient: known.patient.clone(), dies: known.dies, draw };
        let new = is_new.then(|| Item::Patient(file.patient.clone()));
        book.create(at, house.physician, new.into_iter().chain([Item::Case(file.case.clone())]).collect());
        if is_new {
            self.0.push(known);
        }
        file
    }
}

impl File {
    pub fn about(&self) -> About {
        About::Case(self.case.id)
    }

    /// A filled-in form about the case.
    pub fn record(&self, book: &mut Book, form: &str, at: When, by: Id<Account>, values: &Value) -> Record {
        book.record(form, self.about(), at, by, values)
    }

    /// Fills in forms and enters them together.
    pub fn enter(&self, book: &mut Book, at: When, by: Id<Account>, forms: &[(&str, Value)]) {
        let items = forms.iter().map(|(form, values)| Item::Record(self.record(book, form, at, by, values)));
        let items = items.collect();
        book.create(at, by, items);
    }

    /// Changes the case, together with new items.
    pub fn change(
        &mut self,
        book: &mut Book,
        at: When,
        by: Id<Account>,
        items: Vec<Item>,
        alter: impl FnOnce(&mut Case),
    ) {
        let before = self.case.clone();
        self.case.version += 1;
        alter(&mut self.case);
        let replaced = Change::Replace { before: Item::Case(before), after: Item::Case(self.case.clone()) };
        let changes = items.into_iter().map(Change::Create).chain([replaced]).collect();
        book.commit(at, Some(by), "", changes);
    }

    /// Whether the patient still lives on a day.
    pub fn lives(&self, day: Date) -> bool {
        self.dies.is_none_or(|dies| day < dies)
    }

    /// The patient's own signature or that of one of the family.
    pub fn consent(&mut self, at: When, told_by: &str) -> Value {
        let relation = self.draw.weighted(&[("self", 70), ("child", 18), ("spouse", 12)]);
        let signed_by = if relation == "self" { self.patient.name.clone() } else { names::person(&mut self.draw, 5).0 };
        json!({
            "signed_at": at.text(), "signed_by": signed_by, "relation": relation, "told_by": told_by, "purpose": true, "risk": true,
            "after_care": true, "complications": true,
        })
    }
}
