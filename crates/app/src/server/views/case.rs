//! Cases and patients.

use jiff::civil::Date;
use records::stage::Standing;
use records::store::{CaseRow, Page};
use records::{Patient, Stage, StoredStudy, Verification};
use serde::Serialize;
use utoipa::ToSchema;

use super::job::JobView;
use super::study::{DocumentView, StudyView};
use super::verification::VerificationRow;

/// A patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Patient)]
pub struct PatientView {
    id: String,
    version: u32,
    number: String,
    name: String,
    /// YYYY-MM-DD
    birth_date: Option<String>,
    /// `M`, `F`, `O` or empty
    sex: String,
}

impl From<&Patient> for PatientView {
    fn from(patient: &Patient) -> Self {
        Self {
            id: patient.id.to_string(),
            version: patient.version,
            number: patient.number.clone(),
            name: patient.name.clone(),
            birth_date: patient.birth_date.map(|date| date.to_string()),
            sex: patient.sex.clone(),
        }
    }
}

/// What is meant to be implanted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Intent)]
struct IntentView {
    prescription_gy: Option<f64>,
    model: Option<String>,
    strength_u: Option<f64>,
    count: Option<u32>,
}

/// A case with its patient and where it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CaseRow)]
pub struct CaseView {
    id: String,
    version: u32,
    number: String,
    patient: PatientView,
    hospital: Option<String>,
    /// `seed_implant`, `ablation` or `radiopharmaceutical`
    technique: &'static str,
    /// code of the way
    route: String,
    /// code of the means
    method: String,
    site: String,
    diagnosis: String,
    implanted_on: Option<String>,
    /// the day of discharge, where it is recorded
    discharged_on: Option<String>,
    intent: IntentView,
    /// account
    physician: Option<String>,
    /// account
    physicist: Option<String>,
    imaging_due: Option<String>,
    follow_up_due: Option<String>,
    withdrawn: bool,
    notes: String,
    created: String,
    /// `planned`, `implanted`, `imaged`, `verified` or `signed`
    stage: &'static str,
    /// the day by which the next step is due
    due: Option<String>,
    /// that day has passed
    overdue: bool,
    /// the follow-up is due today or was before
    follow_up_is_due: bool,
}

impl CaseView {
    /// Of a row, as seen on a day.
    pub fn new(row: &CaseRow, today: Date) -> Self {
        let CaseRow { case, patient, standing: Standing { stage, due }, discharged } = row;
        let day = |date: Option<Date>| date.map(|date| date.to_string());
        let open = *stage != Stage::Planned && !case.withdrawn;
        Self {
            id: case.id.to_string(),
            version: case.version,
            number: case.number.clone(),
            patient: patient.into(),
            hospital: case.hospital.map(|id| id.to_string()),
            technique: case.technique.name(),
            route: case.route.clone(),
            method: case.method.clone(),
            site: case.site.clone(),
            diagnosis: case.diagnosis.clone(),
            implanted_on: day(case.implanted_on),
            discharged_on: day(*discharged),
            intent: IntentView {
                prescription_gy: case.intent.prescription_gy,
                model: case.intent.model.clone(),
                strength_u: case.intent.strength_u,
                count: case.intent.count,
            },
            physician: case.physician.map(|id| id.to_string()),
            physicist: case.physicist.map(|id| id.to_string()),
            imaging_due: day(case.imaging_due),
            follow_up_due: day(case.follow_up_due),
            withdrawn: case.withdrawn,
            notes: case.notes.clone(),
            created: case.created.to_string(),
            stage: stage.name(),
            due: day(*due),
            overdue: due.is_some_and(|due| due < today),
            follow_up_is_due: open && case.follow_up_due.is_some_and(|due| due <= today),
        }
    }
}

/// Number of cases at each stage, withdrawn ones left out.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Counts)]
pub struct CountsView {
    /// opened
    pub planned: u64,
    /// implanted
    pub implanted: u64,
    /// scanned
    pub imaged: u64,
    /// computed
    pub verified: u64,
    /// signed
    pub signed: u64,
    /// next step was due before today
    pub overdue: u64,
}

/// Part of the worklist.
#[derive(Debug, Serialize, ToSchema)]
pub struct Worklist {
    /// cases
    pub rows: Vec<CaseView>,
    /// length of the whole list
    pub total: u64,
    /// of all cases
    pub counts: CountsView,
}

/// Cases that a count counts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Counted {
    /// by day
    pub rows: Vec<CaseView>,
    /// length of the whole list
    pub total: u64,
}

impl Counted {
    /// Of a part of the list, as seen on a day.
    pub fn new(page: &Page<CaseRow>, today: Date) -> Self {
        Self { rows: page.rows.iter().map(|row| CaseView::new(row, today)).collect(), total: page.total }
    }
}

/// Something a case lacks.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Missing {
    /// `implant_date`, `study`, `verification`, `signature_physicist`, `signature_physician`, `follow_up` or `consent`
    pub what: &'static str,
    zh: &'static str,
    en: &'static str,
}

/// A case with everything that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CasePage {
    /// the case
    pub case: CaseView,
    /// newest first
    pub studies: Vec<StudyView>,
    /// newest first
    pub documents: Vec<DocumentView>,
    /// newest first
    pub verifications: Vec<VerificationRow>,
    /// in progress
    pub jobs: Vec<JobView>,
    /// what the case lacks
    pub missing: Vec<Missing>,
}

/// How the consent of a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// a paper of it, or a record that the norms accept
    Given,
    /// recorded, and not before the procedure or without one of its four parts
    NotInTime,
    /// neither
    Missing,
}

/// What a case lacks by now and for its next step, in the order in which it is usually done. What comes later is not missing yet.
pub fn missing(
    row: &CaseRow,
    studies: &[StoredStudy],
    verifications: &[Verification],
    consent: Consent,
    signatures: &[records::Role],
) -> Vec<Missing> {
    use records::Role::{Physician, Physicist};
    use records::verification::State::{Computed, Signed};
    if row.case.withdrawn {
        return Vec::new();
    }
    let stage = row.standing.stage;
    let verified = verifications.iter().any(|one| matches!(one.state, Computed | Signed));
    let imaged = studies.iter().any(|study| !study.withdrawn && study.summary.can_be_verified);
    let all = [
        (consent == Consent::Missing, "consent", "缺知情同意书", "the consent form is missing"),
        (
            consent == Consent::NotInTime,
            "consent",
            "知情同意未在术前签署，或告知内容不全",
            "the consent was not signed before the procedure, or not all of it was told",
        ),
        (row.case.implanted_on.is_none(), "implant_date", "缺植入日期", "the day of the implant is missing"),
        (
            stage >= Stage::Implanted && !imaged,
            "study",
            "缺可用于验证的术后影像（CT 与结构集）",
            "a post-implant CT with structures is missing",
        ),
        (stage >= Stage::Imaged && !verified, "verification", "缺剂量验证", "the dose verification is missing"),
        (
            verified && signatures.contains(&Physicist),
            "signature_physicist",
            "缺医学物理师签名",
            "the medical physicist's signature is missing",
        ),
        (
            verified && signatures.contains(&Physician),
            "signature_physician",
            "缺医师签名",
            "the physician's signature is missing",
        ),
        (
            stage >= Stage::Signed && row.case.follow_up_due.is_none(),
            "follow_up",
            "未安排随访",
            "no follow-up is planned",
        ),
    ];
    all.into_iter().filter(|(lacks, ..)| *lacks).map(|(_, what, zh, en)| Missing { what, zh, en }).collect()
}
