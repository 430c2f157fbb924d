//! Whether what a norm asks of every case holds of this one, as far as it can be known before the step.

use super::{StepEvidence, Wrong};
use crate::norms::case::facts;
use crate::norms::{Pack, Sentence};
use crate::{Fact, Record, Technique};

/// What is wrong about a fact of the case; `None` when nothing is, or when it cannot be known yet.
pub(super) fn fact(pack: &Pack, fact: Fact, otherwise: &Sentence, evidence: &StepEvidence<'_>) -> Option<Wrong> {
    let own: Vec<Record> = evidence
        .records
        .iter()
        .filter(|record| record.about == crate::About::Case(evidence.case.id))
        .cloned()
        .collect();
    match fact {
        // measured against the beginning of the procedure, which is this step
        Fact::ConsentBefore => consent(evidence),
        Fact::PlanBefore => plan(evidence),
        Fact::Monitored => monitored(evidence),
        // told here and not by the store: it may not know the newest records yet
        Fact::WithinScope | Fact::DevicesApproved => {
            (!facts(pack, evidence.case, &own).has(fact)).then(|| Wrong::shown(otherwise.clone()))
        }
        _ => (!evidence.facts.has(fact)).then(|| Wrong::shown(otherwise.clone())),
    }
}

/// Of several records the one that lacks least, with what it lacks; `None` when one lacks nothing.
fn least_wrong<'a>(
    records: impl Iterator<Item = &'a Record>,
    lacks: impl Fn(&Record) -> Vec<Sentence>,
    nothing: Sentence,
) -> Option<Wrong> {
    let best = records.map(lacks).min_by_key(Vec::len);
    match best {
        Some(lacks) if lacks.is_empty() => None,
        Some(lacks) => Some(Wrong::shown(Sentence::join(&lacks))),
        None => Some(Wrong::shown(nothing)),
    }
}

/// Whether something was complete in time; what to say otherwise.
fn in_time(evidence: &StepEvidence<'_>, moment: Option<&str>, zh: &str, en: &str) -> Option<Sentence> {
    let Some(moment) = moment else {
        return Some(Sentence::new(format!("未填写{zh}时间"), format!("it is not stated when it was {en}")));
    };
    match evidence.is_before(moment) {
        Some(true) => None,
        Some(false) => Some(Sentence::new(
            format!("{zh}时间 {moment} 不在手术开始之前"),
            format!("{en} at {moment}, not before the procedure begins"),
        )),
        None => Some(Sentence::new(
            format!("{zh}时间“{moment}”不是日期和时间"),
            format!("'{moment}' is no date with a time"),
        )),
    }
}

fn consent(evidence: &StepEvidence<'_>) -> Option<Wrong> {
    let parts = [
        ("purpose", "目的", "purpose"),
        ("risk", "风险", "risks"),
        ("after_care", "术后注意事项", "care afterwards"),
        ("complications", "并发症及预防措施", "complications"),
    ];
    let lacks = |record: &Record| {
        let mut lacks: Vec<Sentence> = parts
            .iter()
            .filter(|(field, ..)| !record.yes(field))
            .map(|(_, zh, en)| Sentence::new(format!("知情同意未包含{zh}"), format!("the consent lacks the {en}")))
            .collect();
        if record.text("signed_by").is_none() {
            lacks.push(Sentence::new("知情同意未写明签署人", "the consent does not say who signed"));
        }
        lacks.extend(in_time(evidence, record.text("signed_at"), "知情同意签署", "signed"));
        lacks
    };
    least_wrong(evidence.of("consent"), lacks, Sentence::new("没有知情同意", "there is no consent"))
}

fn plan(evidence: &StepEvidence<'_>) -> Option<Wrong> {
    let people = [
        ("attending", "主管医师", "attending physician"),
        ("operator", "实施医师", "operator"),
        ("physicist", "放射物理师", "physicist"),
    ];
    let needed = if evidence.case.technique == Technique::SeedImplant { 3 } else { 2 };
    let lacks = |record: &Record| {
        let mut lacks: Vec<Sentence> = people
            .iter()
            .take(needed)
            .filter(|(field, ..)| record.text(field).is_none())
            .map(|(_, zh, en)| Sentence::new(format!("治疗计划缺{zh}"), format!("the plan lacks the {en}")))
            .collect();
        lacks.extend(in_time(evidence, record.text("completed_at"), "治疗计划完成", "completed"));
        lacks
    };
    least_wrong(evidence.of("plan"), lacks, Sentence::new("没有治疗计划", "there is no plan"))
}

/// Known once the procedure is recorded.
fn monitored(evidence: &StepEvidence<'_>) -> Option<Wrong> {
    let channels = [
        ("ecg", "心电", "ECG"),
        ("respiration", "呼吸", "respiration"),
        ("blood_pressure", "血压", "blood pressure"),
        ("pulse", "脉搏", "pulse"),
        ("spo2", "血氧饱和度", "oxygen saturation"),
    ];
    let lacks = |record: &Record| {
        channels
            .iter()
            .filter(|(field, ..)| !record.yes(field))
            .map(|(_, zh, en)| Sentence::new(format!("未监测{zh}"), format!("{en} was not monitored")))
            .collect()
    };
    evidence.of("procedure").next()?;
    least_wrong(evidence.of("procedure"), lacks, Sentence::default())
}

/// Devices of this case that another case names, too.
pub(super) fn devices(evidence: &StepEvidence<'_>) -> Vec<Wrong> {
    let mine: Vec<&str> = evidence.of("device_use").filter_map(|record| record.unique.as_deref()).collect();
    evidence
        .devices
        .iter()
        .filter(|one| mine.contains(&one.unique.as_str()) && one.cases.iter().any(|case| *case != evidence.case.id))
        .map(|one| {
            Wrong::shown(Sentence::new(
                format!("器材 {} 已用于另一病例", one.unique),
                format!("device {} was used in another case already", one.unique),
            ))
        })
        .collect()
}
