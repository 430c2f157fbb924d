//! Verifications and signatures.

use records::signature::missing;
use records::verification::{Settings, State};
use records::{Signature, Verification};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::workspace::NoticeView;
use super::{Named, Names};
use crate::verify::Notice;

/// What a verification is asked to compute; what is absent is taken from the plan or the usual choice.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = Settings)]
pub struct SettingsView {
    /// Gy
    pub prescription_gy: Option<f64>,
    /// seed model by name
    pub model: Option<String>,
    /// air-kerma strength of one seed, U
    pub strength_u: Option<f64>,
    /// `2026-01-31` or `2026-01-31T08:00`
    pub strength_date: Option<String>,
    /// day (and time) of the implant
    pub implant_date: Option<String>,
    /// seeds implanted
    pub count: Option<u32>,
    /// name of the target structure
    pub target: Option<String>,
    /// id of the criteria pack
    pub criteria: Option<String>,
    /// `auto`, `point`, `1d` or `2d`
    pub formalism: Option<String>,
    /// voxel size of the dose grid, mm
    pub grid_mm: Option<f64>,
}

impl From<Settings> for SettingsView {
    fn from(s: Settings) -> Self {
        Self {
            prescription_gy: s.prescription_gy,
            model: s.model,
            strength_u: s.strength_u,
            strength_date: s.strength_date,
            implant_date: s.implant_date,
            count: s.count,
            target: s.target,
            criteria: s.criteria,
            formalism: s.formalism,
            grid_mm: s.grid_mm,
        }
    }
}

impl From<SettingsView> for Settings {
    fn from(s: SettingsView) -> Self {
        let text = |value: Option<String>| value.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self {
            prescription_gy: s.prescription_gy,
            model: text(s.model),
            strength_u: s.strength_u,
            strength_date: text(s.strength_date),
            implant_date: text(s.implant_date),
            count: s.count,
            target: text(s.target),
            criteria: text(s.criteria),
            formalism: text(s.formalism),
            grid_mm: s.grid_mm,
        }
    }
}

/// A signature.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Signature)]
pub struct SignatureView {
    role: String,
    name: String,
    /// RFC 3339
    signed: String,
    /// digest of what was signed
    content: String,
}

impl From<&Signature> for SignatureView {
    fn from(signature: &Signature) -> Self {
        Self {
            role: signature.role.to_string(),
            name: signature.name.clone(),
            signed: signature.signed.to_string(),
            content: signature.content.to_string(),
        }
    }
}

/// The version that another takes the place of.
#[derive(Debug, Serialize, ToSchema)]
struct Follows {
    id: String,
    why: String,
}

/// A verification in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerificationRow {
    /// which one
    pub id: String,
    version: u32,
    case: String,
    number: u32,
    study: String,
    /// `draft`, `running`, `computed`, `signed` or `superseded`
    pub state: &'static str,
    follows: Option<Follows>,
    /// `met`, `not_met` or `incomplete`; null before the run
    verdict: Option<String>,
    created: String,
    created_by: Named,
    /// when it was computed
    computed: Option<String>,
    settings: SettingsView,
    /// why the last run gave nothing
    failure: Option<String>,
    /// the same in Chinese
    failure_zh: Option<String>,
    /// the run in progress, or the last one
    job: Option<String>,
    /// D90 of the target, Gy
    d90_gy: Option<f64>,
    /// V100 of the target, %
    v100_percent: Option<f64>,
    signatures: Vec<SignatureView>,
    /// roles whose signature it needs still; empty before the run
    missing_signatures: Vec<String>,
}

impl VerificationRow {
    /// Of a verification and its signatures.
    pub fn new(one: &Verification, signatures: &[Signature], names: &Names) -> Self {
        let outcome = one.outcome.as_ref();
        let content = outcome.map(records::verification::Outcome::content);
        let index = |name: &str| {
            outcome.and_then(|outcome| outcome.summary.pointer(&format!("/target/indices/{name}/value"))?.as_f64())
        };
        let lacks = content.filter(|_| one.state == State::Computed).map(|content| missing(signatures, content));
        Self {
            id: one.id.to_string(),
            version: one.version,
            case: one.case.to_string(),
            number: one.number,
            study: one.study.to_string(),
            state: one.state.name(),
            follows: one.follows.as_ref().map(|(id, why)| Follows { id: id.to_string(), why: why.clone() }),
            verdict: outcome.map(|outcome| outcome.verdict.clone()),
            created: one.created.to_string(),
            created_by: names.of(one.created_by),
            computed: outcome.map(|outcome| outcome.computed.to_string()),
            settings: one.settings.clone().into(),
            failure: one.failure.clone(),
            failure_zh: one.failure_zh.clone().or_else(|| one.failure.clone()),
            job: one.job.map(|id| id.to_string()),
            d90_gy: index("D90"),
            v100_percent: index("V100"),
            // a signature under earlier bytes is none under these
            signatures: signatures.iter().filter(|one| Some(one.content) == content).map(SignatureView::from).collect(),
            missing_signatures: lacks.unwrap_or_default().iter().map(ToString::to_string).collect(),
        }
    }
}

/// A file of a result.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutputFile)]
pub struct OutputFileView {
    name: String,
    bytes: u64,
    sha256: String,
}

/// A verification with its result.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerificationPage {
    #[serde(flatten)]
    row: VerificationRow,
    /// target, prescription, indices of every structure, findings, notices; null before the run
    #[schema(value_type = Object)]
    summary: Value,
    /// what is odd about the days of a draft; a result has it among its notices
    remarks: Vec<NoticeView>,
    /// files of the result
    files: Vec<OutputFileView>,
    /// what a signature binds to; null before the run
    content: Option<String>,
    /// digest of all input files
    inputs: Option<String>,
    /// name and version of the program that computed
    software: Option<String>,
}

impl VerificationPage {
    /// Of a verification and its signatures.
    pub fn new(one: &Verification, signatures: &[Signature], names: &Names, remarks: &[Notice]) -> Self {
        let outcome = one.outcome.as_ref();
        let files = outcome.map(|outcome| outcome.files.as_slice()).unwrap_or_default().iter().map(|file| {
            OutputFileView { name: file.name.clone(), bytes: file.bytes, sha256: file.content.to_string() }
        });
        Self {
            row: VerificationRow::new(one, signatures, names),
            summary: outcome.map(|outcome| outcome.summary.clone()).unwrap_or_default(),
            remarks: remarks.iter().map(NoticeView::from).collect(),
            files: files.collect(),
            content: outcome.map(|outcome| outcome.content().to_string()),
            inputs: outcome.map(|outcome| outcome.inputs.to_string()),
            software: outcome.map(|outcome| outcome.software.clone()),
        }
    }
}
