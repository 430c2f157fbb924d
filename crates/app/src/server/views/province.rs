//! Reports to the province.

use exchange::province::{Limits, Upload};
use jiff::civil::Date;
use records::norms::Sentence;
use records::{Case, Hospital, Patient};
use serde::Serialize;
use utoipa::ToSchema;

use super::register::HospitalView;
use super::{Named, Names};
use crate::register::province::{Answered, Candidate, Owed, Owing, Ready, Sent};

/// A case and how far its report is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProvinceCase)]
pub struct CaseView {
    id: String,
    number: String,
    /// name of the patient
    patient: String,
    technique: &'static str,
    treated: Option<String>,
    discharged: Option<String>,
    /// `new`, `sent`, `resent`, `accepted` or `refused`
    state: &'static str,
    /// attempts so far
    attempt: u32,
    /// day of the last sending or answer
    day: Option<String>,
    /// why it was refused
    reason: Option<String>,
}

impl CaseView {
    fn new(
        case: &Case,
        patient: &Patient,
        (treated, discharged): (Option<Date>, Option<Date>),
        upload: &Upload,
    ) -> Self {
        let text = |day: Option<Date>| day.map(|day| day.to_string());
        let (day, reason) = match upload {
            Upload::New => (None, None),
            Upload::Sent { day, .. } | Upload::Accepted { day, .. } => (Some(*day), None),
            Upload::Refused { day, reason, .. } => (Some(*day), Some(reason.clone())),
        };
        Self {
            id: case.id.to_string(),
            number: case.number.clone(),
            patient: patient.name.clone(),
            technique: case.technique.name(),
            treated: text(treated),
            discharged: text(discharged),
            state: upload.name(),
            attempt: upload.attempt(),
            day: text(day),
            reason,
        }
    }

    fn of(candidate: &Candidate) -> Self {
        let one = &candidate.whole;
        Self::new(&one.case, &one.patient, (one.facts.treated, one.facts.discharged), &candidate.upload)
    }
}

/// A case that is not sent, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProvinceLeftOut)]
pub struct LeftOutView {
    case: CaseView,
    zh: String,
    en: String,
}

impl LeftOutView {
    fn new(candidate: &Candidate, said: &[Sentence]) -> Self {
        let join = |text: fn(&Sentence) -> &String| said.iter().map(text).cloned().collect::<Vec<_>>().join("\n");
        Self { case: CaseView::of(candidate), zh: join(|one| &one.zh), en: join(|one| &one.en) }
    }
}

/// What a package of a period would hold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProvinceReady)]
pub struct ReadyView {
    hospital: String,
    from: String,
    until: String,
    /// would be sent
    ready: Vec<CaseView>,
    /// accepted already, or an answer is awaited
    left_out: Vec<LeftOutView>,
    /// cannot be sent until put right, unless left out
    wrong: Vec<LeftOutView>,
}

impl ReadyView {
    /// Of a hospital and a period.
    pub fn new(hospital: &Hospital, (from, until): (Date, Date), found: &Ready) -> Self {
        Self {
            hospital: hospital.id.to_string(),
            from: from.to_string(),
            until: until.to_string(),
            ready: found.ready.iter().map(CaseView::of).collect(),
            left_out: found
                .left_out
                .iter()
                .map(|(case, said)| LeftOutView::new(case, std::slice::from_ref(said)))
                .collect(),
            wrong: found.wrong.iter().map(|(case, said)| LeftOutView::new(case, said)).collect(),
        }
    }
}

/// A package that was sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProvincePackage)]
pub struct PackageView {
    /// of its JSON: what a receipt calls it by
    sha256: String,
    hospital: HospitalView,
    from: String,
    until: String,
    made: String,
    bytes: u64,
    file_name: String,
    by: Named,
    cases: usize,
    accepted: usize,
    refused: usize,
    unanswered: usize,
}

impl PackageView {
    /// Of a package.
    pub fn new(hospital: &Hospital, sent: &Sent, names: &Names) -> Self {
        Self {
            sha256: sent.file.content.to_string(),
            hospital: hospital.into(),
            from: sent.period.0.to_string(),
            until: sent.period.1.to_string(),
            made: sent.made.to_string(),
            bytes: sent.file.bytes,
            file_name: sent.file.file_name.clone(),
            by: names.of(sent.by),
            cases: sent.cases.len(),
            accepted: sent.answered(Some(true)),
            refused: sent.answered(Some(false)),
            unanswered: sent.answered(None),
        }
    }
}

/// Packages, the newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProvincePackages)]
pub struct PackagesView {
    /// all of the hospital
    pub rows: Vec<PackageView>,
}

/// A case whose report is owed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProvinceOwed)]
pub struct OwedView {
    #[serde(flatten)]
    case: CaseView,
    /// last day on which it is accepted in time
    due: Option<String>,
    /// days since then, negative before; of one that waits for an answer, days since it was sent
    days: i32,
}

impl From<&Owed> for OwedView {
    fn from(owed: &Owed) -> Self {
        Self {
            case: CaseView::new(&owed.case, &owed.patient, owed.days_of, &owed.upload),
            due: owed.due.map(|day| day.to_string()),
            days: owed.days,
        }
    }
}

/// What is owed to the province.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProvinceOwing)]
pub struct OwingView {
    today: String,
    days_after_discharge: u32,
    days_after_procedure: u32,
    days_without_answer: u32,
    /// not accepted in time, the latest first
    late: Vec<OwedView>,
    /// due within a week
    soon: Vec<OwedView>,
    /// sent and not answered for so long that they may be sent again
    unanswered: Vec<OwedView>,
}

impl OwingView {
    /// As of a day.
    pub fn new(today: Date, limits: &Limits, owing: &Owing) -> Self {
        let rows = |list: &[Owed]| list.iter().map(OwedView::from).collect();
        Self {
            today: today.to_string(),
            days_after_discharge: limits.days_after_discharge,
            days_after_procedure: limits.days_after_procedure,
            days_without_answer: limits.days_without_answer,
            late: rows(&owing.late),
            soon: rows(&owing.soon),
            unanswered: rows(&owing.unanswered),
        }
    }
}

/// A case that was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProvinceRefused)]
pub struct RefusedView {
    case: String,
    reason: String,
}

/// What a receipt said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProvinceAnswered)]
pub struct AnsweredView {
    /// SHA-256 of the package
    package: String,
    /// number of the receipt
    number: String,
    /// numbers of cases
    accepted: Vec<String>,
    refused: Vec<RefusedView>,
    /// numbers of cases that it says nothing about
    unanswered: Vec<String>,
}

impl From<Answered> for AnsweredView {
    fn from(said: Answered) -> Self {
        Self {
            package: said.package.to_string(),
            number: said.number,
            accepted: said.accepted,
            refused: said.refused.into_iter().map(|(case, reason)| RefusedView { case, reason }).collect(),
            unanswered: said.unanswered,
        }
    }
}
