//! Rules that the people answer.

use jiff::civil::Date;

use super::Known;
use super::records::{recent, selected};
use crate::norms::Sentence;
use crate::norms::check::{Check, Must, Role, Select};
use crate::norms::finding::{Judged, State};
use crate::norms::qualified::{Aspect, Qualification, Title, base_trainings, qualify, title_on};
use crate::{Id, Person, Record};

/// Answers one of the checks that look at people.
pub(in crate::norms) fn judge(known: &Known<'_>, check: &Check, day: Date) -> Judged {
    if let Check::OperatorRecords { select, must, months } = check {
        return operator_records(known, select, must, *months, day);
    }
    let Some(role) = check.role().and_then(|name| known.pack.role(name)) else { return Judged::not_asked() };
    match check {
        Check::QualifiedPeople { at_least, .. } => qualified_people(known, role, *at_least, day),
        Check::Instructors { select, at_least, title, titled, .. } => {
            instructors(known, role, select, (*at_least, *title, *titled), day)
        }
        Check::Operators { aspects, .. } => operators(known, role, aspects, day),
        Check::Exempted { .. } => exempted(known, role, day),
        Check::Staff { aspects, .. } => {
            let staff: Vec<&Person> = known
                .evidence
                .people
                .iter()
                .filter(|one| one.active && role.professions.contains(&one.profession))
                .collect();
            everybody(known, role, &staff, aspects, day)
        }
        Check::Trainees { .. } => trainees(known, role, day),
        _ => Judged::not_asked(),
    }
}

fn of(known: &Known<'_>, role: &Role, person: &Person, day: Date) -> Qualification {
    qualify(known.pack, role, person, known.about(person.id), day)
}

fn names(people: &[&Person], between: &str) -> String {
    people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>().join(between)
}

/// What somebody lacks, behind the name.
fn lacks(person: &Person, qualification: &Qualification, aspects: &[Aspect]) -> Sentence {
    Sentence::join(qualification.missing(aspects).map(|reason| &reason.says)).of(&person.name, &person.name)
}

fn qualified_people(known: &Known<'_>, role: &Role, at_least: usize, day: Date) -> Judged {
    let may: Vec<&Person> =
        known.evidence.people.iter().filter(|one| one.active && role.professions.contains(&one.profession)).collect();
    if may.is_empty() {
        let says = Sentence::new(format!("没有登记{}", role.zh), format!("no {} is entered", role.en));
        return Judged::new(State::NoEvidence, says);
    }
    let judged: Vec<(&Person, Qualification)> = may.into_iter().map(|one| (one, of(known, role, one, day))).collect();
    let (right, others): (Vec<_>, Vec<_>) = judged.into_iter().partition(|(_, one)| one.qualified());
    let able: Vec<&Person> = right.iter().map(|(person, _)| *person).collect();
    let records: Vec<Id<Record>> = right.iter().flat_map(|(_, one)| one.records(&[])).collect();
    let count = able.len();
    let met = count >= at_least;
    let (zh, en) = if able.is_empty() {
        Default::default()
    } else {
        (format!("：{}", names(&able, "、")), format!(": {}", names(&able, ", ")))
    };
    let mut says = Sentence::new(
        format!("具备资质的{} {count} 名，要求至少 {at_least} 名{zh}", role.zh),
        format!("qualified as {}: {count}, at least {at_least} needed{en}", role.en),
    );
    if !met {
        let missing: Vec<Sentence> = others.iter().map(|(person, one)| lacks(person, one, &[])).collect();
        says = Sentence::join([&says, &Sentence::list(&missing, 5)]);
    }
    let shown: Vec<Id<Person>> = if met { able } else { others.iter().map(|(person, _)| *person).collect() }
        .iter()
        .map(|person| person.id)
        .collect();
    Judged::met_if(met, says).by_people(shown).by_ids(records).counting(&role.zh, &role.en, count as u64)
}

fn instructors(known: &Known<'_>, role: &Role, select: &Select, needed: (usize, Title, usize), day: Date) -> Judged {
    let (at_least, title, titled) = needed;
    let profile = selected(known, select, day);
    let named: Vec<&Person> = profile
        .iter()
        .flat_map(|record| record.texts("instructors"))
        .filter_map(|text| text.parse().ok())
        .filter_map(|id| known.person(id))
        .collect();
    if named.is_empty() {
        return Judged::new(
            State::NoEvidence,
            Sentence::new("概况中没有填写指导医师", "the profile names no instructors"),
        )
        .by_records(profile);
    }
    let judged: Vec<(&Person, Qualification)> = named.into_iter().map(|one| (one, of(known, role, one, day))).collect();
    let able: Vec<&Person> = judged.iter().filter(|(_, one)| one.qualified()).map(|(person, _)| *person).collect();
    let high = able
        .iter()
        .filter(|person| title_on(known.about(person.id), day).is_some_and(|(there, _)| there >= title))
        .count();
    let met = able.len() >= at_least && high >= titled;
    let rank = title.says();
    let mut says = Sentence::new(
        format!(
            "具备资质的指导医师 {} 名，其中{} {high} 名；要求 {at_least} 名，其中 {titled} 名",
            able.len(),
            rank.zh
        ),
        format!("{} qualified instructors, {high} of them {}; {at_least} and {titled} are needed", able.len(), rank.en),
    );
    let missing: Vec<Sentence> =
        judged.iter().filter(|(_, one)| !one.qualified()).map(|(person, one)| lacks(person, one, &[])).collect();
    if !met && !missing.is_empty() {
        says = Sentence::join([&says, &Sentence::list(&missing, 5)]);
    }
    Judged::met_if(met, says)
        .by_people(judged.iter().map(|(person, _)| person.id))
        .by_records(profile)
        .counting("指导医师", "instructors", able.len() as u64)
        .counting(&rank.zh, &rank.en, high as u64)
}

/// Who operated in the period and still works here, and how many cases name nobody that is known.
fn who_operated<'a>(known: &Known<'a>) -> Option<(Vec<&'a Person>, u64)> {
    let tallies = known.evidence.tallies(&known.scope.operators(known.evidence.period))?;
    let mut people = Vec::new();
    let mut nobody = 0;
    for tally in tallies.iter().filter(|tally| tally.count > 0) {
        match tally.part.parse().ok().and_then(|id| known.person(id)) {
            // who left is judged case by case, on the day of each
            Some(person) => people.extend(Some(person).filter(|person| person.active)),
            None => nobody += tally.count,
        }
    }
    Some((people, nobody))
}

fn nobody_operated() -> Judged {
    Judged::new(State::NotApplicable, Sentence::new("本期没有手术", "there was no procedure in the period"))
}

fn operators(known: &Known<'_>, role: &Role, aspects: &[Aspect], day: Date) -> Judged {
    let Some((people, nobody)) = who_operated(known) else { return Judged::not_asked() };
    if nobody > 0 {
        let says = Sentence::new(
            format!("{nobody} 例未写明已登记的术者"),
            format!("{nobody} cases name no operator that is entered"),
        );
        return Judged::new(State::NotMet, says).by_cases(known.scope.treated(known.evidence.period));
    }
    if people.is_empty() {
        return nobody_operated();
    }
    everybody(known, role, &people, aspects, day)
}

fn everybody(known: &Known<'_>, role: &Role, people: &[&Person], aspects: &[Aspect], day: Date) -> Judged {
    if people.is_empty() {
        let says = Sentence::new(format!("没有登记{}", role.zh), format!("no {} is entered", role.en));
        return Judged::new(State::NoEvidence, says);
    }
    let judged: Vec<(&Person, Qualification)> = people.iter().map(|one| (*one, of(known, role, one, day))).collect();
    let short: Vec<&(&Person, Qualification)> =
        judged.iter().filter(|(_, one)| one.missing(aspects).next().is_some()).collect();
    if short.is_empty() {
        let says = Sentence::new(
            format!("{} 人全部符合：{}", people.len(), names(people, "、")),
            format!("all {} meet it: {}", people.len(), names(people, ", ")),
        );
        let records: Vec<Id<Record>> = judged.iter().flat_map(|(_, one)| one.records(aspects)).collect();
        return Judged::new(State::Met, says).by_people(people.iter().map(|one| one.id)).by_ids(records);
    }
    let says: Vec<Sentence> = short.iter().map(|(person, one)| lacks(person, one, aspects)).collect();
    Judged::new(State::NotMet, Sentence::list(&says, 5)).by_people(short.iter().map(|(person, _)| person.id)).counting(
        "不符合",
        "short",
        short.len() as u64,
    )
}

fn operator_records(known: &Known<'_>, select: &Select, must: &Must, months: u32, day: Date) -> Judged {
    let Some((people, _)) = who_operated(known) else { return Judged::not_asked() };
    if people.is_empty() {
        return nobody_operated();
    }
    let judged: Vec<(&Person, Judged)> = people
        .iter()
        .map(|person| {
            let all: Vec<&Record> =
                known.about(person.id).iter().copied().filter(|record| select.fits(record)).collect();
            (*person, recent(known, &all, must, months, day))
        })
        .collect();
    let short: Vec<&(&Person, Judged)> = judged.iter().filter(|(_, one)| one.state != State::Met).collect();
    if short.is_empty() {
        let says = Sentence::new(
            format!("{} 名术者全部完成", people.len()),
            format!("done for all {} operators", people.len()),
        );
        let proofs = judged.into_iter().flat_map(|(_, one)| one.proofs).collect();
        return Judged { proofs, ..Judged::new(State::Met, says) };
    }
    let says: Vec<Sentence> = short.iter().map(|(person, one)| one.says.of(&person.name, &person.name)).collect();
    let nothing = short.len() == people.len() && short.iter().all(|(_, one)| one.state == State::NoEvidence);
    let state = if nothing { State::NoEvidence } else { State::NotMet };
    Judged::new(state, Sentence::list(&says, 5)).by_people(short.iter().map(|(person, _)| person.id))
}

fn exempted(known: &Known<'_>, role: &Role, day: Date) -> Judged {
    let Some((people, _)) = who_operated(known) else { return Judged::not_asked() };
    if people.is_empty() {
        return nobody_operated();
    }
    // trained operators need no exemption
    let needs_it: Vec<(&Person, Qualification)> = people
        .iter()
        .map(|person| (*person, of(known, role, person, day)))
        .filter(|(_, one)| {
            one.reasons.iter().any(|reason| reason.aspect == Aspect::Training && (reason.exempt || !reason.met))
        })
        .collect();
    if needs_it.is_empty() {
        let says = Sentence::new(
            "术者均经基地培训，无需免训",
            "all operators were trained at a base; none needs the exemption",
        );
        return Judged::new(State::NotApplicable, says);
    }
    let short: Vec<&(&Person, Qualification)> =
        needs_it.iter().filter(|(_, one)| one.missing(&[Aspect::Training]).next().is_some()).collect();
    let shown: Vec<&Person> = if short.is_empty() {
        needs_it.iter().map(|(person, _)| *person).collect()
    } else {
        short.iter().map(|(person, _)| *person).collect()
    };
    let says = if short.is_empty() {
        Sentence::new(format!("可免于培训：{}", names(&shown, "、")), format!("exempt: {}", names(&shown, ", ")))
    } else {
        let each: Vec<Sentence> = short.iter().map(|(person, one)| lacks(person, one, &[Aspect::Training])).collect();
        Sentence::list(&each, 5)
    };
    let records: Vec<Id<Record>> = needs_it.iter().flat_map(|(_, one)| one.records(&[Aspect::Training])).collect();
    Judged::met_if(short.is_empty(), says).by_people(shown.iter().map(|person| person.id)).by_ids(records)
}

fn trainees(known: &Known<'_>, role: &Role, day: Date) -> Judged {
    let in_training = |person: &&Person| {
        base_trainings(known.pack, known.about(person.id))
            .iter()
            .any(|training| training.day <= day && training.date("until").is_none_or(|end| day <= end))
    };
    // nurses and technicians may be trained at a base, too; the clause speaks of physicians
    let people: Vec<&Person> = known
        .evidence
        .people
        .iter()
        .filter(|one| one.active && role.professions.contains(&one.profession))
        .filter(in_training)
        .collect();
    if people.is_empty() {
        return Judged::new(State::NotApplicable, Sentence::new("目前没有在训医师", "nobody is in training now"));
    }
    everybody(known, role, &people, &[], day)
}
