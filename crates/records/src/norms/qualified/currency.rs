//! Papers that must be current: practice licence, courses, radiation protection, medical examination.

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Aspect, Reason, contains_one};
use crate::Record;
use crate::norms::check::{CourseNeed, Current, LicenceNeed};
use crate::norms::evidence::{holds, lapses_after};
use crate::norms::{Pack, Sentence};

/// A practice licence that holds and whose scope fits.
pub(super) fn licence(need: &LicenceNeed, records: &[&Record], day: Date) -> Reason {
    let all = of(records, "practice_licence");
    let fits = |record: &&Record| {
        need.scopes.is_empty() || record.texts("scope").iter().any(|scope| contains_one(scope, &need.scopes))
    };
    let holding: Vec<&Record> = all.iter().copied().filter(|record| holds(record, day)).collect();
    if let Some(record) = latest(holding.iter().copied().filter(fits)) {
        let scope = record.texts("scope").join("、");
        let says =
            Sentence::new(format!("执业证书有效，范围：{scope}"), format!("practice licence valid, scope: {scope}"));
        let mut reason = Reason::new(Aspect::Licence, &need.clause, true, says).by(&[record]);
        reason.until = lapses_after(record);
        return reason;
    }
    let says = if let Some(record) = latest(holding.into_iter()) {
        let scope = record.texts("scope").join("、");
        Sentence::new(
            format!("执业范围“{scope}”与本技术不相关"),
            format!("the scope of the practice licence, '{scope}', is not related to the technique"),
        )
    } else {
        missing_or_lapsed(&all, day, "执业证书", "practice licence")
    };
    Reason::new(Aspect::Licence, &need.clause, false, says).by(&all)
}

/// A finished course of one of some kinds.
pub(super) fn course(pack: &Pack, need: &CourseNeed, records: &[&Record], day: Date) -> Reason {
    let all: Vec<&Record> = of(records, "training")
        .into_iter()
        .filter(|record| record.text("kind").is_some_and(|kind| need.kinds.iter().any(|wanted| wanted == kind)))
        .filter(|record| !need.of_technique || record.text("technique") == Some(pack.technique.name()))
        .collect();
    let over = |record: &&Record| holds(record, day) && record.date("until").is_none_or(|end| end <= day);
    if let Some(record) = latest(all.iter().copied().filter(over)) {
        let says =
            Sentence::new(format!("已参加{}（{}）", need.zh, record.day), format!("took {} ({})", need.en, record.day));
        let mut reason = Reason::new(Aspect::Course, &need.clause, true, says).by(&[record]);
        reason.until = lapses_after(record);
        return reason;
    }
    Reason::new(Aspect::Course, &need.clause, false, missing_or_lapsed(&all, day, &need.zh, &need.en)).by(&all)
}

/// A radiation protection course that is current.
pub(super) fn radiation_protection(need: &Current, records: &[&Record], day: Date) -> Reason {
    let all: Vec<&Record> = of(records, "training")
        .into_iter()
        .filter(|record| record.text("kind") == Some("radiation_protection"))
        .collect();
    current(Aspect::RadiationProtection, need, &all, day, "放射防护培训", "radiation protection course")
}

/// A medical examination that is current and found the person fit.
pub(super) fn medical_exam(need: &Current, records: &[&Record], day: Date) -> Reason {
    let all = of(records, "medical_exam");
    let newest = latest(all.iter().copied().filter(|record| record.day <= day));
    if let Some(record) = newest.filter(|record| !record.yes("fit")) {
        let says = Sentence::new(
            format!("{} 体检结论不适合放射工作", record.day),
            format!("found unfit for work with radiation on {}", record.day),
        );
        return Reason::new(Aspect::MedicalExam, &need.clause, false, says).by(&[record]);
    }
    current(Aspect::MedicalExam, need, &all, day, "职业健康检查", "medical examination")
}

/// Something that counts until it says, or for so many months.
fn current(aspect: Aspect, need: &Current, all: &[&Record], day: Date, zh: &str, en: &str) -> Reason {
    let until = |record: &Record| {
        lapses_after(record).unwrap_or_else(|| record.day.saturating_add(i64::from(need.months).months()))
    };
    let best = all.iter().copied().filter(|record| record.day <= day).max_by_key(|record| until(record));
    match best {
        Some(record) if day <= until(record) => {
            let last = until(record);
            let says = Sentence::new(format!("{zh}有效至 {last}"), format!("{en} valid until {last}"));
            let mut reason = Reason::new(aspect, &need.clause, true, says).by(&[record]);
            reason.until = Some(last);
            reason
        }
        Some(record) => {
            let last = until(record);
            let says = Sentence::new(format!("{zh}已于 {last} 到期"), format!("{en} ended on {last}"));
            Reason::new(aspect, &need.clause, false, says).by(&[record])
        }
        None => Reason::new(aspect, &need.clause, false, missing_or_lapsed(all, day, zh, en)).by(all),
    }
}

/// Records of a form that are not withdrawn.
pub(super) fn of<'a>(records: &[&'a Record], form: &str) -> Vec<&'a Record> {
    records.iter().copied().filter(|record| !record.withdrawn && record.form == form).collect()
}

/// The newest, of two of the same day the one entered later.
pub(super) fn latest<'a>(records: impl Iterator<Item = &'a Record>) -> Option<&'a Record> {
    records.max_by_key(|record| (record.day, record.created, record.id))
}

/// Why none of some records counts on a day.
pub(super) fn missing_or_lapsed(all: &[&Record], day: Date, zh: &str, en: &str) -> Sentence {
    let lapsed = all.iter().filter_map(|record| lapses_after(record)).filter(|until| *until < day).max();
    if let Some(until) = lapsed {
        return Sentence::new(format!("{zh}已于 {until} 到期"), format!("{en} ended on {until}"));
    }
    if all.is_empty() {
        Sentence::new(format!("没有{zh}记录"), format!("no {en} is recorded"))
    } else {
        Sentence::new(format!("{zh}尚未开始或尚未结束"), format!("{en}: not begun or not finished yet"))
    }
}
