//! Rules that records of the hospital answer.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;

use super::Known;
use crate::Record;
use crate::norms::Sentence;
use crate::norms::check::{Check, Must, Select};
use crate::norms::evidence::{holds, lapses_after, years_before};
use crate::norms::finding::{Judged, State};
use crate::norms::pack::Rule;

/// Answers one of the checks that look at records of the hospital.
pub(in crate::norms) fn judge(known: &Known<'_>, rule: &Rule, day: Date) -> Judged {
    match &rule.check {
        Check::HasRecords { select, must, at_least } => has_records(known, select, must, *at_least, day),
        Check::AllRecords { select, must, or_none } => all_records(known, select, must, *or_none, day),
        Check::Recent { select, must, months } => {
            let all: Vec<&Record> = known.of_hospital.iter().copied().filter(|record| select.fits(record)).collect();
            recent(known, &all, must, *months, day)
        }
        Check::Since { select, field, years } => since(known, select, field, *years, day),
        Check::LicenceScope { select } => licence_scope(known, select, day),
        Check::Attestation { months } => attestation(known, rule, *months, day),
        _ => Judged::not_asked(),
    }
}

/// The records of the hospital that a selection names and that hold on a day; of a form that describes a state the newest only.
pub(in crate::norms) fn selected<'a>(known: &Known<'a>, select: &Select, day: Date) -> Vec<&'a Record> {
    let holding = known.of_hospital.iter().copied().filter(|record| select.fits(record) && holds(record, day));
    if select.newest {
        return holding.max_by_key(|record| (record.day, record.created, record.id)).into_iter().collect();
    }
    holding.collect()
}

/// What is wrong about a record; nothing when all is right.
pub(in crate::norms) fn wrong(known: &Known<'_>, must: &Must, record: &Record) -> Vec<Sentence> {
    let mut wrong = Vec::new();
    let mut say = |field: &str, zh: &str, en: &str| {
        let label = known.pack.label(field);
        wrong.push(Sentence::new(format!("“{}”{zh}", label.zh), format!("'{}' {en}", label.en)));
    };
    for field in must.yes.iter().filter(|field| !record.yes(field)) {
        say(field, "未确认", "is not confirmed");
    }
    for field in must.filled.iter().filter(|field| !filled(record, field)) {
        say(field, "未填写", "is not filled in");
    }
    for (field, least) in &must.at_least {
        match record.number(field) {
            Some(number) if number >= *least => {}
            Some(number) => say(
                field,
                &format!("为 {number}，要求不少于 {least}"),
                &format!("is {number}, at least {least} is needed"),
            ),
            None => say(
                field,
                &format!("未填写，要求不少于 {least}"),
                &format!("is not filled in, at least {least} is needed"),
            ),
        }
    }
    for (field, texts) in &must.any {
        if !record.texts(field).iter().any(|text| texts.iter().any(|wanted| wanted == text)) {
            say(field, "不符合要求", "is not what is needed");
        }
    }
    for field in &must.person {
        let named = record.text(field).and_then(|text| text.parse().ok()).and_then(|id| known.person(id));
        if !named.is_some_and(|person| person.active) {
            say(field, "未指定在职人员", "names nobody who works here");
        }
    }
    wrong
}

fn filled(record: &Record, field: &str) -> bool {
    match record.values.get(field) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(_) => true,
    }
}

/// Nothing counts on the day: because there never was anything, or because it lapsed or is yet to come.
fn nothing(known: &Known<'_>, select: &Select, day: Date) -> Judged {
    let all: Vec<&Record> = known.of_hospital.iter().copied().filter(|record| select.fits(record)).collect();
    if let Some(until) = all.iter().filter_map(|record| lapses_after(record)).filter(|until| *until < day).max() {
        let says = Sentence::new(format!("已于 {until} 到期"), format!("ended on {until}"));
        return Judged::new(State::NotMet, says).by_records(all);
    }
    if let Some(from) = all.iter().map(|record| record.day).filter(|from| *from > day).min() {
        let says = Sentence::new(format!("{from} 起才有效"), format!("is valid from {from} only"));
        return Judged::new(State::NotMet, says).by_records(all);
    }
    Judged::new(State::NoEvidence, Sentence::new("没有相关记录", "nothing is recorded"))
}

fn has_records(known: &Known<'_>, select: &Select, must: &Must, at_least: usize, day: Date) -> Judged {
    let holding = selected(known, select, day);
    if holding.is_empty() {
        return nothing(known, select, day);
    }
    let (right, others): (Vec<&Record>, Vec<&Record>) =
        holding.into_iter().partition(|record| wrong(known, must, record).is_empty());
    if right.len() >= at_least {
        let until =
            right.iter().map(|record| lapses_after(record)).max_by_key(|until| until.unwrap_or(Date::MAX)).flatten();
        let says = match until {
            Some(until) => Sentence::new(
                format!("有 {} 项记录，有效至 {until}", right.len()),
                format!("{} on record, valid until {until}", right.len()),
            ),
            None => Sentence::new(format!("有 {} 项记录", right.len()), format!("{} on record", right.len())),
        };
        return Judged::new(State::Met, says).by_records(right);
    }
    let problems: Vec<Sentence> = others.iter().flat_map(|record| wrong(known, must, record)).collect();
    let says = if problems.is_empty() {
        Sentence::new(
            format!("有 {} 项记录，要求 {at_least} 项", right.len()),
            format!("{} on record, {at_least} are needed", right.len()),
        )
    } else {
        Sentence::list(&problems, 5)
    };
    Judged::new(State::NotMet, says).by_records(others)
}

fn all_records(known: &Known<'_>, select: &Select, must: &Must, or_none: bool, day: Date) -> Judged {
    let holding = selected(known, select, day);
    if holding.is_empty() {
        if or_none {
            return Judged::new(State::Met, Sentence::new("没有", "there is none"));
        }
        return nothing(known, select, day);
    }
    let bad: Vec<&Record> = holding.iter().copied().filter(|record| !wrong(known, must, record).is_empty()).collect();
    if bad.is_empty() {
        let says = Sentence::new(format!("{} 项全部符合", holding.len()), format!("all {} are right", holding.len()));
        return Judged::new(State::Met, says).by_records(holding);
    }
    let problems: Vec<Sentence> =
        bad.iter().map(|record| named(record, &Sentence::join(&wrong(known, must, record)))).collect();
    Judged::new(State::NotMet, Sentence::list(&problems, 5)).by_records(bad)
}

/// A problem of a record behind the record's own name, where it has one.
fn named(record: &Record, problem: &Sentence) -> Sentence {
    match record.text("name").or_else(|| record.text("title")) {
        Some(name) => problem.of(name, name),
        None => problem.of(&record.day.to_string(), &record.day.to_string()),
    }
}

/// The newest record that fits is recent, and what it says to be its end has not come.
pub(super) fn recent(known: &Known<'_>, all: &[&Record], must: &Must, months: u32, day: Date) -> Judged {
    let past: Vec<&Record> = all.iter().copied().filter(|record| record.day <= day).collect();
    let right = past.iter().copied().filter(|record| wrong(known, must, record).is_empty());
    let newest = right.max_by_key(|record| (record.day, record.created, record.id));
    let Some(record) = newest else {
        let last = past.iter().max_by_key(|record| (record.day, record.created, record.id));
        return match last {
            Some(record) => Judged::new(State::NotMet, named(record, &Sentence::join(&wrong(known, must, record))))
                .by_records([*record]),
            None => Judged::new(State::NoEvidence, Sentence::new("没有相关记录", "nothing is recorded")),
        };
    };
    let last = good_until(record, months);
    let says = if day <= last {
        Sentence::new(
            format!("最近一次 {}，下次应不晚于 {last}", record.day),
            format!("last on {}, next due by {last}", record.day),
        )
    } else {
        Sentence::new(
            format!("最近一次 {}，已于 {last} 到期", record.day),
            format!("last on {}, was due again by {last}", record.day),
        )
    };
    Judged::met_if(day <= last, says).by_records([record])
}

fn good_until(record: &Record, months: u32) -> Date {
    let aged = record.day.saturating_add(i64::from(months).months());
    lapses_after(record).map_or(aged, |until| until.min(aged))
}

fn since(known: &Known<'_>, select: &Select, field: &str, years: i16, day: Date) -> Judged {
    let holding = selected(known, select, day);
    if holding.is_empty() {
        return nothing(known, select, day);
    }
    let Some((record, from)) = holding.iter().find_map(|record| record.date(field).map(|from| (*record, from))) else {
        let label = known.pack.label(field);
        let says = Sentence::new(format!("“{}”未填写", label.zh), format!("'{}' is not filled in", label.en));
        return Judged::new(State::NotMet, says).by_records(holding);
    };
    let says =
        Sentence::new(format!("{from} 起，要求满 {years} 年"), format!("since {from}, {years} years are needed"));
    Judged::met_if(from <= years_before(day, years), says).by_records([record])
}

fn licence_scope(known: &Known<'_>, select: &Select, day: Date) -> Judged {
    let holding = selected(known, select, day);
    let used = known.evidence.sources.used;
    if used.is_empty() {
        return Judged::new(
            State::NotApplicable,
            Sentence::new("本年度没有使用放射源", "no source was used this year"),
        );
    }
    if holding.is_empty() {
        return nothing(known, select, day);
    }
    let allowed: Vec<(&str, f64)> = holding
        .iter()
        .flat_map(|record| record.texts("nuclides"))
        .filter_map(|text| text.rsplit_once(':'))
        .filter_map(|(nuclide, gbq)| Some((nuclide.trim(), gbq.trim().parse().ok()?)))
        .collect();
    let mut problems = Vec::new();
    let mut fine = Vec::new();
    for one in used {
        let limit = allowed.iter().filter(|(nuclide, _)| *nuclide == one.nuclide).map(|(_, gbq)| *gbq).reduce(f64::max);
        let (nuclide, gbq) = (&one.nuclide, one.gbq);
        match limit {
            None => problems
                .push(Sentence::new(format!("{nuclide} 不在许可范围"), format!("{nuclide} is not in the licence"))),
            Some(most) => {
                let says = Sentence::new(
                    format!("{nuclide} 本年 {gbq:.1} GBq，许可 {most} GBq"),
                    format!("{nuclide}: {gbq:.1} GBq this year, {most} GBq in the licence"),
                );
                if gbq > most { problems.push(says) } else { fine.push(says) }
            }
        }
    }
    let met = problems.is_empty();
    Judged::met_if(met, Sentence::join(if met { &fine } else { &problems })).by_records(holding)
}

fn attestation(known: &Known<'_>, rule: &Rule, months: u32, day: Date) -> Judged {
    let statements: Vec<&Record> = known
        .of_hospital
        .iter()
        .copied()
        .filter(|record| !record.withdrawn && record.form == "document")
        .filter(|record| record.text("kind") == Some("attestation") && record.text("rule") == Some(&rule.id))
        .collect();
    if statements.is_empty() {
        return Judged::new(State::NoEvidence, Sentence::new("尚无负责人声明", "nobody stated it yet"));
    }
    recent(known, &statements, &Must::default(), months, day)
}
