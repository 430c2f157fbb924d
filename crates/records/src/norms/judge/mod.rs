//! Judging a pack: what to ask the store, and what the answers and the records come to.

pub(super) mod cases;
mod lapse;
mod on_the_day;
pub(super) mod people;
pub(super) mod records;

#[cfg(test)]
pub(super) use on_the_day::unqualified;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{About, Id, Person, Record};

use super::check::Check;
use super::evidence::{Ask, Evidence};
use super::finding::{Finding, Judged, State};
use super::pack::Rule;
use super::{Pack, Sentence};

/// What to ask the store before judging, each question once. The evidence's `answers` are not looked at; its people and their records
/// are: on which days somebody was not qualified decides which cases to ask for.
pub fn needs(pack: &Pack, evidence: &Evidence<'_>) -> Vec<Ask> {
    let known = Known::of(pack, evidence);
    let scope = known.scope;
    let mut asks = vec![scope.ever(), scope.operators(evidence.period)];
    asks.extend(scope.years());
    for rule in &pack.rules {
        asks.extend(cases::asks(&known, &rule.check));
    }
    let mut once: Vec<Ask> = Vec::with_capacity(asks.len());
    for ask in asks {
        if !once.contains(&ask) {
            once.push(ask);
        }
    }
    once
}

/// Judges every rule of a pack, in its order.
pub fn judge(pack: &Pack, evidence: &Evidence<'_>) -> Vec<Finding> {
    let known = Known::of(pack, evidence);
    let unused = known.unused();
    let days = lapse::turning_days(&known);
    pack.rules
        .iter()
        .map(|rule| {
            let judged = unused.clone().unwrap_or_else(|| one(&known, rule, evidence.today));
            let lapses = if judged.state == State::Met { lapse::first(&known, rule, &days) } else { None };
            Finding {
                rule: rule.id.clone(),
                clause: rule.clause.clone(),
                state: judged.state,
                says: judged.says,
                proofs: judged.proofs,
                counts: judged.counts,
                lapses,
            }
        })
        .collect()
}

/// The evidence, sorted by whom it is about.
pub(super) struct Known<'a> {
    pub pack: &'a Pack,
    pub evidence: &'a Evidence<'a>,
    pub of_hospital: Vec<&'a Record>,
    pub of_people: BTreeMap<Id<Person>, Vec<&'a Record>>,
    pub scope: cases::Scope,
}

impl<'a> Known<'a> {
    pub fn of(pack: &'a Pack, evidence: &'a Evidence<'a>) -> Self {
        let mut of_people: BTreeMap<Id<Person>, Vec<&Record>> = BTreeMap::new();
        for record in evidence.records {
            if let About::Person(person) = record.about {
                of_people.entry(person).or_default().push(record);
            }
        }
        let scope = cases::Scope { technique: pack.technique, hospital: evidence.hospital.id };
        Self { pack, evidence, of_hospital: evidence.of_hospital().collect(), of_people, scope }
    }

    /// Records about a person.
    pub fn about(&self, person: Id<Person>) -> &[&'a Record] {
        self.of_people.get(&person).map_or(&[], Vec::as_slice)
    }

    pub fn person(&self, id: Id<Person>) -> Option<&'a Person> {
        self.evidence.people.iter().find(|person| person.id == id)
    }

    /// The technique is not done here: there is no profile of it, and there never was a case.
    fn unused(&self) -> Option<Judged> {
        let technique = self.pack.technique.name();
        let profile = self
            .of_hospital
            .iter()
            .any(|record| !record.withdrawn && record.form == "profile" && record.text("technique") == Some(technique));
        let none = self.evidence.count(&self.scope.ever()) == Some(0);
        (none && !profile).then(|| {
            Judged::new(
                State::NotApplicable,
                Sentence::new(
                    "本院未开展本技术：没有概况，也没有病例",
                    "the technique is not done here: there is neither a profile nor a case",
                ),
            )
        })
    }
}

/// Judges one rule as on a day.
pub(super) fn one(known: &Known<'_>, rule: &Rule, day: Date) -> Judged {
    if let Some(condition) = rule.only_if.as_ref().and_then(|name| known.pack.conditions.get(name)) {
        let newest = records::selected(known, &condition.select, day);
        if !newest.iter().any(|record| records::wrong(known, &condition.must, record).is_empty()) {
            return Judged::new(State::NotApplicable, Sentence::new(&condition.zh, &condition.en));
        }
    }
    match &rule.check {
        Check::HasRecords { .. }
        | Check::AllRecords { .. }
        | Check::Recent { .. }
        | Check::Since { .. }
        | Check::LicenceScope { .. }
        | Check::Attestation { .. } => records::judge(known, rule, day),
        Check::QualifiedPeople { .. }
        | Check::Instructors { .. }
        | Check::Operators { .. }
        | Check::OperatorRecords { .. }
        | Check::Exempted { .. }
        | Check::Staff { .. }
        | Check::Trainees { .. } => people::judge(known, &rule.check, day),
        Check::QualifiedOnTheDay { role } => on_the_day::judge(known, role),
        Check::Rate { .. }
        | Check::EveryCase { .. }
        | Check::NoneOverdue { .. }
        | Check::Count { .. }
        | Check::Conservation
        | Check::LotsRegistered
        | Check::UniqueDevices => cases::judge(known, &rule.check),
    }
}
