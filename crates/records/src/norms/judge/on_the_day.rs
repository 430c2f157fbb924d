//! Whether whoever operated was qualified on the day of each procedure.
//!
//! People's records are here, cases are in the store. So the days on which somebody was not qualified are found first, and the store is
//! asked for procedures by that person on those days.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::Known;
use super::cases::{span_words, whole};
use crate::facts::FactQuery;
use crate::norms::case::operator_qualified;
use crate::norms::check::Role;
use crate::norms::evidence::{Ask, Period, lapses_after};
use crate::norms::finding::{Judged, State};
use crate::norms::{Pack, Sentence};
use crate::{Person, Record};

/// Procedures by people on days on which they were not qualified.
fn questions<'a>(known: &Known<'a>, role: &str) -> Vec<(&'a Person, Period, FactQuery)> {
    let Some(role) = known.pack.role(role) else { return Vec::new() };
    let mut questions = Vec::new();
    // whoever may not have the role at all is asked for, too: a nurse entered as operator is one
    for person in known.evidence.people {
        for span in unqualified(known.pack, role, person, known.about(person.id), known.evidence.period) {
            let query = FactQuery { operator: Some(person.id), ..known.scope.treated(span) };
            questions.push((person, span, query));
        }
    }
    questions
}

pub(super) fn asks(known: &Known<'_>, role: &str) -> Vec<Ask> {
    let mut asks: Vec<Ask> = questions(known, role).into_iter().map(|(.., query)| whole(query)).collect();
    asks.push(whole(known.scope.treated(known.evidence.period)));
    asks
}

pub(super) fn judge(known: &Known<'_>, role: &str) -> Judged {
    let period = known.evidence.period;
    let all = known.scope.treated(period);
    let by_operator = known.evidence.tallies(&known.scope.operators(period));
    let (Some(total), Some(by_operator)) = (known.evidence.count(&whole(all.clone())), by_operator) else {
        return Judged::not_asked();
    };
    let (span_zh, span_en) = span_words(period);
    if total == 0 {
        let says = Sentence::new(format!("{span_zh} 没有手术病例"), format!("no case was treated from {span_en}"));
        return Judged::new(State::NotApplicable, says);
    }
    let mut short = 0;
    let mut wrong = Vec::new();
    let mut queries = Vec::new();
    let mut people = BTreeSet::new();
    for (person, span, query) in questions(known, role) {
        let Some(count) = known.evidence.count(&whole(query.clone())) else { return Judged::not_asked() };
        if count > 0 {
            let (zh, en) = span_words(span);
            let name = &person.name;
            wrong.push(Sentence::new(
                format!("{name} 在 {zh} 资质不全，期间手术 {count} 例"),
                format!("{name} was not qualified from {en} and did {count} procedures"),
            ));
            short += count;
            people.insert(person.id);
            queries.push(query);
        }
    }
    let known_by_id = |part: &str| part.parse().ok().and_then(|id| known.person(id)).is_some();
    let nobody: u64 = by_operator.iter().filter(|tally| !known_by_id(&tally.part)).map(|tally| tally.count).sum();
    if nobody > 0 {
        wrong.push(Sentence::new(
            format!("{nobody} 例未写明已登记的术者"),
            format!("{nobody} cases name no operator that is entered"),
        ));
        short += nobody;
        queries.push(all.clone());
    }
    if wrong.is_empty() {
        let says = Sentence::new(
            format!("{span_zh} 手术 {total} 例，术者当日均具备资质"),
            format!("{span_en}: {total} treated, the operator was qualified on the day of each"),
        );
        return Judged::new(State::Met, says).by_cases(all).counting("手术", "treated", total);
    }
    let mut judged = Judged::new(State::NotMet, Sentence::list(&wrong, 5))
        .by_people(people)
        .counting("术者资质不全", "operator not qualified", short)
        .counting("手术", "treated", total);
    for query in queries {
        judged = judged.by_cases(query);
    }
    judged
}

/// The days of a period on which somebody was not qualified, as spans.
pub(in crate::norms) fn unqualified(
    pack: &Pack,
    role: &Role,
    person: &Person,
    records: &[&Record],
    period: Period,
) -> Vec<Period> {
    if period.is_empty() {
        return Vec::new();
    }
    let is_qualified = |day: Date| operator_qualified(pack, role, person, records, day);
    // from one of these days to the next nothing is lost; what takes years may be gained
    let mut starts: Vec<Date> = turns(role, records, period).into_iter().collect();
    starts.insert(0, period.from);
    let mut spans: Vec<Period> = Vec::new();
    for (at, from) in starts.iter().enumerate() {
        let to = starts.get(at + 1).map_or(period.to, |next| next.yesterday().unwrap_or(*next));
        if is_qualified(*from) {
            continue;
        }
        let last = if is_qualified(to) { last_before(*from, to, is_qualified) } else { to };
        match spans.last_mut() {
            Some(before) if before.to.tomorrow().ok() == Some(*from) => before.to = last,
            _ => spans.push(Period { from: *from, to: last }),
        }
    }
    spans
}

/// The last day that is not qualified, between one that is not and a later one that is.
fn last_before(mut not: Date, mut is: Date, is_qualified: impl Fn(Date) -> bool) -> Date {
    loop {
        let between = (is - not).get_days();
        if between <= 1 {
            return not;
        }
        let middle = not.saturating_add(i64::from(between / 2).days());
        if is_qualified(middle) { is = middle } else { not = middle }
    }
}

/// Days within a period, after its first, on which a paper begins or ends, becomes too old, or a year begins.
fn turns(role: &Role, records: &[&Record], period: Period) -> BTreeSet<Date> {
    let ages: Vec<u32> =
        [&role.radiation_protection, &role.medical_exam].into_iter().flatten().map(|current| current.months).collect();
    let mut days = BTreeSet::new();
    for record in records.iter().filter(|record| !record.withdrawn) {
        days.insert(record.day);
        days.extend(lapses_after(record).and_then(|until| until.tomorrow().ok()));
        for field in ["from", "until"] {
            days.extend(record.date(field));
            days.extend(record.date(field).and_then(|day| day.tomorrow().ok()));
        }
        for months in &ages {
            days.extend(record.day.saturating_add(i64::from(*months).months()).tomorrow().ok());
        }
    }
    let years = period.from.year()..=period.to.year();
    days.extend(role.exemption.iter().flat_map(|need| years.clone().flat_map(|year| need.turns(year))));
    days.retain(|day| *day > period.from && *day <= period.to);
    days
}
