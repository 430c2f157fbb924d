//! `dosewright norms check`: the norms, clause by clause.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use records::norms::finding::State;
use records::norms::inspection::{Inspection, Line};
use records::norms::{Pack, Sentence};
use records::{Hospital, Store};
use serde_json::to_value;

use super::{Answer, NormsArgs, NormsVerb};
use crate::care::folder::{open_there, wait};
use crate::clock::Clock;
use crate::failure::{Exit, Failure, unusable};
use crate::register::norms::inspect;
use crate::server::views::norms::NormsPage;
use crate::verify::LanguageChoice;

/// Judges.
pub fn run(verb: &NormsVerb) -> Result<Answer, Failure> {
    let NormsVerb::Check(args) = verb;
    wait(check(args))
}

async fn check(args: &NormsArgs) -> Result<Answer, Failure> {
    let store = open_there(&args.data.data, args.data.identity_keys.as_deref()).await?;
    let hospital = hospital(&*store, args.hospital.as_deref()).await?;
    let now = Clock::system().zoned();
    let now = match args.on {
        // the evening: what happened on that day counts
        Some(day) => day.at(23, 59, 0, 0).to_zoned(TimeZone::system()).map_err(unusable)?,
        None => now,
    };
    let inspections = inspect(&*store, &hospital, &now).await.map_err(|error| Failure::failed(error.to_string()))?;
    let broken = inspections.iter().any(|one| one.summary.not_met > 0);
    let text: String = inspections.iter().map(|one| text(one, args.lang)).collect();
    let json = to_value(NormsPage::new(&hospital, &inspections)).map_err(unusable)?;
    let answer = Answer::new(text, json);
    Ok(if args.strict && broken { answer.with_exit(Exit::NotMet) } else { answer })
}

/// The hospital with a code, or the only one there is.
///
/// # Errors
/// When there is none, or none is named and there are several.
pub(super) async fn hospital(store: &dyn Store, code: Option<&str>) -> Result<Hospital, Failure> {
    let all = store.hospitals().await.map_err(|error| Failure::failed(error.to_string()))?;
    let known = all.iter().map(|one| format!("{} ({})", one.code, one.name)).collect::<Vec<_>>().join(", ");
    match (code, all.as_slice()) {
        (_, []) => Err(Failure::input("no hospital is entered in this folder yet").zh("该数据文件夹尚未登记医院。")),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Failure::input(format!("there are several hospitals; name one with --hospital: {known}"))
            .zh(format!("有多家医院，请选择一家：{known}。"))),
        (Some(code), _) => all.iter().find(|one| one.code == code).cloned().ok_or_else(|| {
            Failure::input(format!("there is no hospital with the code '{code}'; choose one of {known}"))
                .zh(format!("没有登记号为“{code}”的医院；可选：{known}。"))
        }),
    }
}

/// A sentence in the languages asked for, each in a line of its own.
pub(super) fn lines(out: &mut String, indent: &str, said: &Sentence, lang: LanguageChoice) {
    if lang != LanguageChoice::En && !said.zh.is_empty() {
        let _ = writeln!(out, "{indent}{}", said.zh);
    }
    if lang != LanguageChoice::Zh && !said.en.is_empty() {
        let _ = writeln!(out, "{indent}{}", said.en);
    }
}

fn mark(state: State) -> (&'static str, Sentence) {
    match state {
        State::Met => ("✓", Sentence::new("符合", "met")),
        State::NotMet => ("✗", Sentence::new("不符合", "not met")),
        State::NoEvidence => ("?", Sentence::new("无证据", "no evidence")),
        State::NotApplicable => ("–", Sentence::new("不适用", "not applicable")),
    }
}

fn text(inspection: &Inspection, lang: LanguageChoice) -> String {
    let mut out = String::new();
    let edition = Pack::all().iter().find(|pack| pack.id == inspection.stamp.pack).map_or(0, |pack| pack.edition);
    let _ = writeln!(out, "{} ({edition})", inspection.stamp.pack);
    lines(&mut out, "", &inspection.title, lang);
    let period = inspection.period;
    let _ = writeln!(out, "{}, {} – {}", inspection.hospital_name, period.from, period.to);
    let sum = inspection.summary;
    let counts = [
        (State::Met, sum.met),
        (State::NotMet, sum.not_met),
        (State::NoEvidence, sum.no_evidence),
        (State::NotApplicable, sum.not_applicable),
    ];
    let zh = counts.map(|(state, count)| format!("{} {count}", mark(state).1.zh)).join("，");
    let en = counts.map(|(state, count)| format!("{} {count}", mark(state).1.en)).join(", ");
    lines(&mut out, "", &Sentence::new(zh, en), lang);
    for clause in &inspection.clauses {
        for line in &clause.lines {
            out.push('\n');
            rule(&mut out, line, lang);
        }
        for part in inspection.left_out.iter().filter(|part| part.clause == clause.path) {
            let _ = writeln!(out, "\n· {} {}", part.clause, part.text);
            lines(&mut out, "    ", &Sentence::new(&part.zh, &part.en), lang);
        }
    }
    if !inspection.lapsing.is_empty() {
        out.push('\n');
        lines(&mut out, "", &Sentence::new("即将到期", "Lapsing soon"), lang);
        for one in &inspection.lapsing {
            lines(&mut out, &format!("  {}  ", one.day), &one.says, lang);
        }
    }
    out.push('\n');
    out
}

fn rule(out: &mut String, line: &Line, lang: LanguageChoice) {
    let (sign, _) = mark(line.finding.state);
    let _ = writeln!(out, "{sign} {} {}", line.finding.clause, line.finding.rule);
    lines(out, "    ", &line.text, lang);
    lines(out, "    → ", &line.finding.says, lang);
    if let Some(how) = &line.how {
        lines(out, "    … ", how, lang);
    }
    if let Some(lapse) = &line.finding.lapses {
        lines(out, &format!("    ! {} ", lapse.day), &lapse.says, lang);
    }
}
