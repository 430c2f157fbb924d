//! Base training, and the exemption from it.

use jiff::civil::Date;

use super::currency::of;
use super::title::{days_worked, since_when, worked};
use super::{Aspect, Reason};
use crate::Record;
use crate::norms::check::{ExemptionNeed, TrainingNeed};
use crate::norms::evidence::{lapses_after, years_before};
use crate::norms::{Pack, Sentence};

/// Base training that is finished, long and rich enough, examined and not lapsed; or the exemption.
pub(super) fn training(
    pack: &Pack,
    need: &TrainingNeed,
    exemption: Option<&ExemptionNeed>,
    records: &[&Record],
    day: Date,
) -> Reason {
    let mut tried: Vec<(&Record, Vec<Sentence>)> = base_trainings(pack, records)
        .into_iter()
        .filter(|record| record.day <= day)
        .map(|record| (record, wanting(need, record, day)))
        .collect();
    tried.sort_by_key(|(record, wanting)| (wanting.len(), std::cmp::Reverse(record.day)));
    if let Some((record, wanting)) = tried.first()
        && wanting.is_empty()
    {
        let base = record.text("base").unwrap_or_default();
        let says = Sentence::new(format!("已完成基地培训（{base}）"), format!("base training finished ({base})"));
        let mut reason = Reason::new(Aspect::Training, &need.clause, true, says).by(&[record]);
        reason.until = lapses_after(record);
        return reason;
    }
    let no_training = match tried.first() {
        Some((_, wanting)) => Sentence::join(wanting).of("基地培训", "base training"),
        None => Sentence::new("没有基地培训记录", "no base training is recorded"),
    };
    let Some(exemption) = exemption else {
        return Reason::new(Aspect::Training, &need.clause, false, no_training);
    };
    let (unmet, used) = exempt(pack, exemption, records, day);
    if unmet.is_empty() {
        let says = Sentence::new(
            format!("符合{}，可免于培训", exemption.clause),
            format!("exempt from training by {}", exemption.clause),
        );
        let mut reason = Reason::new(Aspect::Training, &need.clause, true, says).by(&used);
        reason.exempt = true;
        return reason;
    }
    let not_exempt = Sentence::join(&unmet)
        .of(&format!("不符合{}免于培训", exemption.clause), &format!("not exempt by {}", exemption.clause));
    let seen: Vec<&Record> = tried.iter().map(|(record, _)| *record).chain(used).collect();
    Reason::new(Aspect::Training, &need.clause, false, Sentence::join([&no_training, &not_exempt])).by(&seen)
}

/// The base trainings in the pack's technique.
pub(in crate::norms) fn base_trainings<'a>(pack: &Pack, records: &[&'a Record]) -> Vec<&'a Record> {
    of(records, "training")
        .into_iter()
        .filter(|record| record.text("kind") == Some("base_training"))
        .filter(|record| record.text("technique") == Some(pack.technique.name()))
        .collect()
}

/// What a base training lacks.
fn wanting(need: &TrainingNeed, record: &Record, day: Date) -> Vec<Sentence> {
    let mut wanting = Vec::new();
    if let Some(until) = lapses_after(record).filter(|until| *until < day) {
        wanting.push(Sentence::new(format!("培训证书已于 {until} 到期"), format!("the certificate ended on {until}")));
    }
    if record.date("until").is_none_or(|end| end > day) {
        wanting.push(Sentence::new("尚未结束", "not finished"));
    }
    if !record.yes("base_registered") {
        wanting
            .push(Sentence::new("培训基地未确认已在省级备案", "the base is not confirmed as filed with the province"));
    }
    let numbers = [
        ("months", need.months, "培训月数", "months"),
        ("participated", f64::from(need.participated), "参与例数", "procedures taken part in"),
        ("full_process", f64::from(need.full_process), "全过程管理例数", "patients managed throughout"),
        ("independent", f64::from(need.independent), "独立完成例数", "procedures done independently"),
    ];
    for (field, least, zh, en) in numbers {
        let there = record.number(field).unwrap_or(0.0);
        if there < least {
            wanting.push(Sentence::new(
                format!("{zh} {there}，要求 {least}"),
                format!("{en} {there}, {least} are needed"),
            ));
        }
    }
    if !record.yes("exam_passed") {
        wanting.push(Sentence::new("考核未合格", "the examination was not passed"));
    }
    wanting
}

/// What the exemption lacks, and the records that were looked at.
fn exempt<'a>(
    pack: &Pack,
    need: &ExemptionNeed,
    records: &[&'a Record],
    day: Date,
) -> (Vec<Sentence>, Vec<&'a Record>) {
    let posts = of(records, "experience");
    let mut unmet = Vec::new();
    if !worked(days_worked(&posts, day), need.practice_years, day) {
        unmet.push(Sentence::new(
            format!("临床工作不满 {} 年", need.practice_years),
            format!("less than {} years of clinical work", need.practice_years),
        ));
    }
    let title = since_when(records, need.title, day);
    if title.is_none_or(|(from, _)| from > years_before(day, need.title_years)) {
        let zh = if need.title_years > 0 { format!("满 {} 年", need.title_years) } else { String::new() };
        let en = if need.title_years > 0 { format!(" for {} years", need.title_years) } else { String::new() };
        unmet.push(Sentence::new(
            format!("未任{}以上{zh}", need.title.says().zh),
            format!("not {} or higher{en}", need.title.says().en),
        ));
    }
    let windows: Vec<_> = need.last_years(day).map(|last| window(pack, need, records, last)).collect();
    let best = windows.iter().min_by_key(|(wanting, _)| wanting.len());
    let mut used = posts;
    used.extend(title.map(|(_, record)| record));
    if let Some((wanting, logbooks)) = best {
        unmet.extend(wanting.iter().cloned());
        used.extend(logbooks);
    }
    (unmet, used)
}

/// What the logbooks of some years lack, and these logbooks.
fn window<'a>(
    pack: &Pack,
    need: &ExemptionNeed,
    records: &[&'a Record],
    last: i16,
) -> (Vec<Sentence>, Vec<&'a Record>) {
    let years: Vec<i16> = (last - need.years + 1..=last).collect();
    let logbooks: Vec<Option<&Record>> = years.iter().map(|year| logbook(pack, records, *year)).collect();
    let cases: Vec<u64> =
        logbooks.iter().map(|book| book.map_or(0, |book| whole(book, "independent").unwrap_or(0))).collect();
    let mut wanting = Vec::new();
    let (first, most) = (last - need.years + 1, need.cases);
    if need.each {
        let short: Vec<String> = years
            .iter()
            .zip(&cases)
            .filter(|(_, count)| **count < most)
            .map(|(year, count)| format!("{year} ({count})"))
            .collect();
        if !short.is_empty() {
            let list = short.join("、");
            wanting.push(Sentence::new(
                format!("{first}–{last} 每年应不少于 {most} 例，不足：{list}"),
                format!("{most} independent procedures in each of {first}–{last}; short: {}", short.join(", ")),
            ));
        }
    } else {
        let total: u64 = cases.iter().sum();
        if total < most {
            wanting.push(Sentence::new(
                format!("{first}–{last} 独立完成 {total} 例，要求 {most} 例"),
                format!("{total} independent procedures in {first}–{last}, {most} are needed"),
            ));
        }
    }
    for book in logbooks.iter().flatten() {
        let year = book.number("year").unwrap_or_default();
        match whole(book, "serious_events") {
            Some(0) => {}
            Some(events) => wanting.push(Sentence::new(
                format!("{year} 年发生严重不良事件 {events} 例"),
                format!("{events} serious events in {year}"),
            )),
            None => wanting.push(Sentence::new(
                format!("{year} 年未填写严重不良事件数"),
                format!("the number of serious events in {year} is not stated"),
            )),
        }
    }
    (wanting, logbooks.into_iter().flatten().collect())
}

/// The logbook of a year; of two the one entered later.
fn logbook<'a>(pack: &Pack, records: &[&'a Record], year: i16) -> Option<&'a Record> {
    of(records, "logbook")
        .into_iter()
        .filter(|book| book.text("technique") == Some(pack.technique.name()))
        .filter(|book| book.number("year") == Some(f64::from(year)))
        .max_by_key(|book| (book.created, book.id))
}

fn whole(record: &Record, field: &str) -> Option<u64> {
    record.values.get(field).and_then(serde_json::Value::as_u64)
}
