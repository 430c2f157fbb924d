//! What was done before, during and around the procedure, and how well it is on paper.

use jiff::civil::Date;
use serde_json::Value;

use super::derive::{CaseFile, Moment, Procedure};
use super::{Fact, FactSet};
use crate::verification::State;
use crate::{Record, Technique};

/// What holds whether or not the procedure took place yet.
pub(super) fn always(file: CaseFile<'_>) -> FactSet {
    FactSet::NONE
        .when(file.of("indication").next().is_some(), Fact::IndicationStated)
        .when(indication_right(file), Fact::IndicationRight)
        .when(certificate_filed(file), Fact::CertificateFiled)
        .when(uploaded(file), Fact::Uploaded)
}

/// What is measured against the procedure.
pub(super) fn around(file: CaseFile<'_>, procedure: &Procedure) -> FactSet {
    FactSet::NONE
        .when(plan_before(file, procedure), Fact::PlanBefore)
        .when(consent_before(file, procedure), Fact::ConsentBefore)
        .when(monitored(file), Fact::Monitored)
        .when(dose_verified(file, procedure.day), Fact::DoseVerified)
        .when(pathology_before(file, procedure.day), Fact::PathologyBefore)
}

/// 5.1.7.1 植入指征正确率: at least two of ①–③ and at least three of ④–⑨, of the latest indication. ① (locally advanced, surgery no
/// longer possible) excepts prostate cancer, which therefore meets it. For other techniques no official rule was found: it was
/// decided to treat, and no contraindication is listed.
fn indication_right(file: CaseFile<'_>) -> bool {
    let Some(record) = file.latest("indication") else { return false };
    if file.case.technique != Technique::SeedImplant {
        return record.text("decision") == Some("treat")
            && record.texts("contraindications").iter().all(|text| text.is_empty());
    }
    let met = |fields: &[&str]| fields.iter().filter(|field| record.yes(field)).count();
    let no_surgery = record.yes("no_surgery_any_more") || record.yes("prostate");
    let first = usize::from(no_surgery) + met(&["diameter_at_most_7cm", "recurrent_or_metastatic"]);
    let second = met(&[
        "kps_at_least_70",
        "has_needle_path",
        "luminal_obstruction",
        "no_contraindication",
        "survival_at_least_3_months",
        "refused_other",
    ]);
    first >= 2 && second >= 3
}

/// 5.1.7.2 术前制订治疗计划率: a plan by attending physician, operating physician and, for seeds, physicist, complete before the procedure.
fn plan_before(file: CaseFile<'_>, procedure: &Procedure) -> bool {
    let physicist = (file.case.technique == Technique::SeedImplant).then_some("physicist");
    file.of("plan").any(|record| {
        ["attending", "operator"].iter().chain(&physicist).all(|field| record.text(field).is_some())
            && record.text("completed_at").and_then(Moment::parse).is_some_and(|at| procedure.comes_after(at))
    })
}

/// G07 3(3), G08 3(2) 知情同意: purpose, risk, after-care and complications, signed before the procedure.
fn consent_before(file: CaseFile<'_>, procedure: &Procedure) -> bool {
    file.of("consent").any(|record| signed_whole(record).is_some_and(|at| procedure.comes_after(at)))
}

/// When a consent was signed; `None` where nobody signed or one of the four parts was not told.
fn signed_whole(record: &Record) -> Option<Moment> {
    let whole = ["purpose", "risk", "after_care", "complications"].iter().all(|part| record.yes(part));
    record.text("signed_at").and_then(Moment::parse).filter(|_| whole && record.text("signed_by").is_some())
}

/// Whether a consent with all four parts is signed, as [`Fact::ConsentBefore`] reads it; before the procedure is known, any moment is in
/// time.
pub fn consent_stands(file: CaseFile<'_>) -> bool {
    match Procedure::of(file) {
        Some(procedure) => consent_before(file, &procedure),
        None => file.of("consent").any(|record| signed_whole(record).is_some()),
    }
}

/// G07 3(2): electrocardiogram, respiration, blood pressure, pulse and oxygen saturation, all of them.
fn monitored(file: CaseFile<'_>) -> bool {
    let channels = ["ecg", "respiration", "blood_pressure", "pulse", "spo2"];
    file.of("procedure").any(|record| channels.iter().all(|channel| record.yes(channel)))
}

/// 5.1.7.3 术后放射剂量验证率, G07 3(2): a verification that was computed or signed and stands, on images taken on or after the day of
/// the procedure. A study without a date proves nothing; a verification done in another program is not known here.
fn dose_verified(file: CaseFile<'_>, treated: Date) -> bool {
    let after: Vec<_> = file
        .studies
        .iter()
        .filter(|study| !study.withdrawn)
        .filter(|study| {
            study.summary.date.get(..10).and_then(|day| day.parse::<Date>().ok()).is_some_and(|day| day >= treated)
        })
        .map(|study| study.id)
        .collect();
    file.verifications
        .iter()
        .any(|one| matches!(one.state, State::Computed | State::Signed) && after.contains(&one.study))
}

/// 5.1.8.8.2 asks for pathology before the ablation: known on the day of the procedure at the latest.
fn pathology_before(file: CaseFile<'_>, treated: Date) -> bool {
    file.of("diagnosis").filter_map(|record| record.date("pathology_day")).any(|day| day <= treated)
}

/// G07 3(10): a copy of the seeds' certificate in the record; G08 3(6): the device's bar code in the record.
fn certificate_filed(file: CaseFile<'_>) -> bool {
    let numbered = |record: &Record| record.text("number").is_some();
    file.of("certificate").any(|record| match file.case.technique {
        Technique::SeedImplant => record.text("kind") == Some("seed_certificate") && !record.files.is_empty(),
        Technique::Ablation => {
            record.text("kind") == Some("device_barcode") && (numbered(record) || !record.files.is_empty())
        }
        Technique::Radiopharmaceutical => false,
    })
}

/// G07 3(8), G08 3(4): the provincial platform took the case.
fn uploaded(file: CaseFile<'_>) -> bool {
    file.of("province_upload").any(|record| record.text("result") == Some("accepted"))
}

/// 5.1.8.2 肿瘤消融治疗完成率: lesions that were to be treated, and that were.
pub(super) fn lesions(file: CaseFile<'_>) -> (u32, u32) {
    let sum = |field| file.of("procedure").filter_map(|record| whole(record, field)).fold(0, u32::saturating_add);
    (sum("lesions_planned"), sum("lesions_done"))
}

/// A field that counts something; what is negative, broken or absent is none.
pub(super) fn whole(record: &Record, field: &str) -> Option<u32> {
    record.values.get(field).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok())
}
