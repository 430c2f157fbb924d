//! What came of the procedure: complications, response, ablation, quality of life.

use jiff::ToSpan as _;

use super::derive::{CaseFile, Procedure};
use super::{Fact, FactSet};
use crate::Record;

/// All facts of this file.
pub(super) fn facts(file: CaseFile<'_>, procedure: &Procedure) -> FactSet {
    complications(file, procedure)
        .and(response(file, procedure))
        .when(file.of("quality_of_life").any(|record| record.day > procedure.day), Fact::QualityOfLifeAsked)
}

/// The kinds of complication from radiation that 5.1.7.4.2 counts one by one.
const FROM_RADIATION: [(&str, Fact); 7] = [
    ("skin_ulcer", Fact::SkinUlcer),
    ("pneumonitis", Fact::Pneumonitis),
    ("myelopathy", Fact::Myelopathy),
    ("cystitis", Fact::Cystitis),
    ("enteritis", Fact::Enteritis),
    ("brain_necrosis", Fact::BrainNecrosis),
    ("oesophageal_perforation", Fact::OesophagealPerforation),
];

/// The kinds that 5.1.7.4.1 counts as main complications of the puncture.
const FROM_PUNCTURE: [&str; 4] = ["infection", "bleeding", "pneumothorax", "nerve_injury"];

/// 5.1.7.4 and 5.1.8.4: during the procedure and within 30 days after it.
fn complications(file: CaseFile<'_>, procedure: &Procedure) -> FactSet {
    file.of("complication").filter(|record| procedure.within_30_days(record.day)).fold(FactSet::NONE, |set, record| {
        let kind = record.text("kind").unwrap_or_default();
        let radiation = FROM_RADIATION.iter().find(|(name, _)| *name == kind && may_be_from(record, "radiation"));
        radiation
            .map_or(set, |(_, fact)| set.with(*fact))
            .when(
                FROM_PUNCTURE.contains(&kind) && may_be_from(record, "puncture") && is_major(record),
                Fact::PunctureComplication,
            )
            .when(kind == "infection" && is_major(record), Fact::SeriousInfection)
            .when(record.number("grade").is_some_and(|grade| grade >= 3.0), Fact::SeriousEvent)
    })
}

/// Whether no other cause is stated: what nobody judged counts, so that silence does not better a figure.
fn may_be_from(record: &Record, cause: &str) -> bool {
    record.text("cause").is_none_or(|stated| stated == cause || stated == "unknown")
}

/// As stated; else by grade 3; else it is not known to be minor, and counts.
fn is_major(record: &Record) -> bool {
    let stated = record.values.get("major").and_then(serde_json::Value::as_bool);
    stated.or_else(|| record.number("grade").map(|grade| grade >= 3.0)).unwrap_or(true)
}

/// 5.1.7.5 有效率 (best response CR, PR or SD by RECIST) and 5.1.8.3 (completely ablated on enhanced images within one month).
fn response(file: CaseFile<'_>, procedure: &Procedure) -> FactSet {
    let one_month = procedure.day.saturating_add(1.month());
    file.of("response").filter(|record| record.day >= procedure.day).fold(FactSet::NONE, |set, record| {
        let result = if record.text("method") == Some("recist_1.1") { record.text("result") } else { None };
        set.when(matches!(result, Some("CR" | "PR" | "SD" | "PD")), Fact::ResponseJudged)
            .when(matches!(result, Some("CR" | "PR" | "SD")), Fact::Effective)
            .when(
                record.yes("completely_ablated") && record.yes("enhanced_imaging") && record.day <= one_month,
                Fact::CompletelyAblated,
            )
    })
}
