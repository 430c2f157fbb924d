//! Whether the people that a case names are qualified for what they do in it.

use super::{StepEvidence, Wrong};
use crate::norms::check::Role;
use crate::norms::pack::Rule;
use crate::norms::qualified::{Aspect, Qualification, qualify};
use crate::norms::{Pack, Sentence};
use crate::{About, Id, Person, Record};

/// Whoever operates must be named, and meet the aspects.
pub(super) fn operator(
    pack: &Pack,
    rule: &Rule,
    role: &str,
    aspects: &[Aspect],
    evidence: &StepEvidence<'_>,
) -> Vec<Wrong> {
    let nobody = pack.role(role).is_some_and(|role| who(role, evidence).is_empty());
    if nobody {
        // said once, by the first rule that asks
        let first = pack.rules.iter().find(|one| one.steps == rule.steps && one.check.role() == Some(role));
        let says = Sentence::new("未写明术者", "the case does not say who operates");
        return if first.is_some_and(|first| first.id == rule.id) { vec![Wrong::shown(says)] } else { Vec::new() };
    }
    named(pack, role, aspects, evidence)
}

/// What the people named in a role lack.
pub(super) fn named(pack: &Pack, role: &str, aspects: &[Aspect], evidence: &StepEvidence<'_>) -> Vec<Wrong> {
    let Some(role) = pack.role(role) else { return Vec::new() };
    let mut wrong = Vec::new();
    for id in who(role, evidence) {
        let Some(person) = evidence.people.iter().find(|person| person.id == id) else {
            let says = Sentence::new(
                format!("{}不在人员名册中", role.zh),
                format!("the {} is not among the people of the hospital", role.en),
            );
            wrong.push(Wrong::shown(says));
            continue;
        };
        let qualification = of(pack, role, person, evidence);
        wrong.extend(qualification.missing(aspects).map(|reason| Wrong {
            says: reason.says.of(&format!("{}{}", role.zh, person.name), &format!("{} {}", role.en, person.name)),
            shown: !reason.records.is_empty(),
            clause: Some(reason.clause.clone()).filter(|clause| !clause.is_empty()),
        }));
    }
    wrong
}

fn of(pack: &Pack, role: &Role, person: &Person, evidence: &StepEvidence<'_>) -> Qualification {
    let about = About::Person(person.id);
    let records: Vec<&Record> = evidence.records.iter().filter(|record| record.about == about).collect();
    qualify(pack, role, person, &records, evidence.today())
}

/// Whom the case names in a role, each once.
fn who(role: &Role, evidence: &StepEvidence<'_>) -> Vec<Id<Person>> {
    let mut ids = Vec::new();
    for fields in &role.named_in {
        let found = fields.iter().filter_map(|path| path.split_once('.')).find_map(|(form, field)| {
            let newest = case_record(evidence, form)?;
            let named: Vec<Id<Person>> = newest.texts(field).iter().filter_map(|text| text.parse().ok()).collect();
            (!named.is_empty()).then_some(named)
        });
        ids.extend(found.into_iter().flatten());
    }
    let mut seen = std::collections::BTreeSet::new();
    ids.retain(|id| seen.insert(*id));
    ids
}

fn case_record<'a>(evidence: &StepEvidence<'a>, form: &str) -> Option<&'a Record> {
    let about = About::Case(evidence.case.id);
    evidence
        .records
        .iter()
        .filter(|record| !record.withdrawn && record.about == about && record.form == form)
        .max_by_key(|record| (record.day, record.created, record.id))
}
