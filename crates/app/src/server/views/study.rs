//! Studies, documents and uploads.

use records::study::StoredFile;
use records::{Document, StoredStudy, Upload};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Named, Names};

/// A study as it was received.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Study)]
pub struct StudyView {
    id: String,
    version: u32,
    case: String,
    /// RFC 3339
    received: String,
    received_by: Named,
    summary: Summary,
    /// number of files
    files: usize,
    /// what the import found, the worst first
    remarks: Vec<RemarkView>,
    withdrawn: bool,
}

/// What a study holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StudySummary)]
struct Summary {
    uid: String,
    description: String,
    date: String,
    series: Vec<Series>,
    /// label and names of each structure set
    #[schema(value_type = Vec<Vec<Object>>)]
    structure_sets: Vec<(String, Vec<String>)>,
    /// label and number of seeds of each plan
    #[schema(value_type = Vec<Vec<Object>>)]
    plans: Vec<(String, usize)>,
    doses: usize,
    can_be_verified: bool,
}

/// An image series.
#[derive(Debug, Serialize, ToSchema)]
struct Series {
    uid: String,
    modality: String,
    description: String,
    size: Option<[usize; 3]>,
    spacing_mm: Option<[f64; 3]>,
    /// why it is no volume
    problem: Option<String>,
}

/// Something the import found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Remark)]
struct RemarkView {
    /// `note`, `warning` or `error`
    severity: String,
    path: String,
    tag: Option<String>,
    zh: String,
    en: String,
}

impl StudyView {
    /// Of a study.
    pub fn new(study: &StoredStudy, names: &Names) -> Self {
        let summary = &study.summary;
        let series = summary.series.iter().map(|one| Series {
            uid: one.uid.clone(),
            modality: one.modality.clone(),
            description: one.description.clone(),
            size: one.size,
            spacing_mm: one.spacing_mm,
            problem: one.problem.clone(),
        });
        let remarks = study.remarks.iter().map(|one| RemarkView {
            severity: one.severity.clone(),
            path: one.path.clone(),
            tag: one.tag.clone(),
            zh: one.zh.clone(),
            en: one.en.clone(),
        });
        Self {
            id: study.id.to_string(),
            version: study.version,
            case: study.case.to_string(),
            received: study.received.to_string(),
            received_by: names.of(study.received_by),
            summary: Summary {
                uid: summary.uid.clone(),
                description: summary.description.clone(),
                date: summary.date.clone(),
                series: series.collect(),
                structure_sets: summary.structure_sets.clone(),
                plans: summary.plans.clone(),
                doses: summary.doses,
                can_be_verified: summary.can_be_verified,
            },
            files: study.files.len(),
            remarks: remarks.collect(),
            withdrawn: study.withdrawn,
        }
    }
}

/// A paper of a case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Document)]
pub struct DocumentView {
    id: String,
    version: u32,
    /// `consent`, `operation`, `pathology`, `plan` or `other`
    kind: String,
    title: String,
    file_name: String,
    media_type: String,
    bytes: u64,
    added_by: Named,
    /// RFC 3339
    added: String,
    withdrawn: bool,
}

impl DocumentView {
    /// Of a document.
    pub fn new(document: &Document, names: &Names) -> Self {
        Self {
            id: document.id.to_string(),
            version: document.version,
            kind: document.kind.clone(),
            title: document.title.clone(),
            file_name: document.file_name.clone(),
            media_type: document.media_type.clone(),
            bytes: document.bytes,
            added_by: names.of(document.added_by),
            added: document.added.to_string(),
            withdrawn: document.withdrawn,
        }
    }
}

/// A file that was received whole.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoredFile)]
pub struct FileView {
    path: String,
    bytes: u64,
    sha256: String,
}

impl From<&StoredFile> for FileView {
    fn from(file: &StoredFile) -> Self {
        Self { path: file.path.clone(), bytes: file.bytes, sha256: file.content.to_string() }
    }
}

/// An upload in progress.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Upload)]
pub struct UploadView {
    id: String,
    case: String,
    /// received whole; the rest can be sent (again)
    files: Vec<FileView>,
    /// the import, once ordered
    job: Option<String>,
    /// the study, once imported
    study: Option<String>,
}

impl From<&Upload> for UploadView {
    fn from(upload: &Upload) -> Self {
        Self {
            id: upload.id.to_string(),
            case: upload.case.to_string(),
            files: upload.files.iter().map(FileView::from).collect(),
            job: upload.job.map(|id| id.to_string()),
            study: upload.study.map(|id| id.to_string()),
        }
    }
}
