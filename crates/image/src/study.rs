//! A study: everything that a folder of DICOM files says about one patient, and what is wrong with it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::{Date, DateTime};

use crate::rtdose::RtDose;
use crate::rtplan::RtPlan;
use crate::rtstruct::StructureSet;
use crate::series::ImageSeries;

mod checks;
mod chinese;
pub(crate) mod dates;
mod file;
mod import;
mod select;

pub use import::import;

/// Who was examined.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patient {
    /// as stored, components separated by `^`, component groups (ideographic…) by `=`
    pub name: String,
    /// Patient ID (0010,0020)
    pub id: String,
    /// where stated and readable
    pub birth_date: Option<Date>,
    /// M, F or O; empty when not stated
    pub sex: String,
}

/// The study as the scanner's or the planning system's worklist knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StudyIdentity {
    /// Study Instance UID
    pub uid: String,
    /// when it began, where stated; local time
    pub date_time: Option<DateTime>,
    /// Study ID; may be empty
    pub id: String,
    /// Accession Number; may be empty
    pub accession: String,
    /// Study Description; may be empty
    pub description: String,
}

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// worth knowing; nothing was lost
    Note,
    /// used all the same, but check it
    Warning,
    /// something was left out, or must not be trusted
    Error,
}

/// Something wrong with a file or with the study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// the file, relative to the study's folder; empty when it concerns several files
    pub path: PathBuf,
    /// the DICOM attribute, for example `(0028,0030) PixelSpacing`
    pub tag: Option<String>,
    /// what is wrong and what to do
    pub reason: String,
    /// how much it matters
    pub severity: Severity,
}

/// What a file of the folder was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// a slice or a multi-frame image
    Image,
    /// RTSTRUCT
    StructureSet,
    /// RTPLAN
    Plan,
    /// RTDOSE
    Dose,
    /// DICOM, but not used here
    Other,
    /// not DICOM, or broken beyond reading
    Unreadable,
}

/// A file of the folder and its digest, so that a result can name its inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// relative to the study's folder
    pub path: PathBuf,
    /// SHA-256 of the file's bytes, lower-case hexadecimal
    pub sha256: String,
    /// SOP Instance UID (0008,0018); empty when there is none
    pub sop_instance_uid: String,
    /// what it was taken for
    pub kind: FileKind,
}

/// What a folder of DICOM holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Study {
    /// the patient of the first file that names one; see `problems` when files disagree
    pub patient: Patient,
    /// the study the images belong to (or, without images, the first file's)
    pub identity: StudyIdentity,
    /// image series, the largest volume first
    pub series: Vec<ImageSeries>,
    /// structure sets, newest first
    pub structure_sets: Vec<StructureSet>,
    /// treatment plans, newest first
    pub plans: Vec<RtPlan>,
    /// dose distributions, in the order of their paths
    pub doses: Vec<RtDose>,
    /// number of other DICOM files, by Modality (or SOP class where there is no modality)
    pub other: BTreeMap<String, usize>,
    /// what was left out or looks wrong, the worst first
    pub problems: Vec<Problem>,
    /// every file, in the order of their paths
    pub files: Vec<SourceFile>,
}

/// Why a folder gives no study, or a study lacks what was asked of it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StudyError {
    /// There is no such folder.
    #[error("there is no folder '{}'; give the folder that holds the exported DICOM files", .dir.display())]
    NotFound {
        /// what was given
        dir: PathBuf,
    },
    /// It is a file.
    #[error("'{}' is a file; give the folder that holds the exported DICOM files", .path.display())]
    NotAFolder {
        /// what was given
        path: PathBuf,
    },
    /// The folder cannot be listed.
    #[error("the folder '{}' cannot be read: {reason}; check its permissions", .dir.display())]
    Unreadable {
        /// the folder
        dir: PathBuf,
        /// from the operating system
        reason: String,
    },
    /// No files at all.
    #[error("the folder '{}' holds no files; export the study (CT, structures, plan) into it first", .dir.display())]
    Empty {
        /// the folder
        dir: PathBuf,
    },
    /// Files, but none is DICOM.
    #[error(
        "none of the {files} file(s) in '{}' can be read as DICOM (first: {first}); export the study as DICOM files",
        .dir.display()
    )]
    NoDicom {
        /// the folder
        dir: PathBuf,
        /// how many files were tried
        files: usize,
        /// the first file and why it was refused
        first: String,
    },
    /// No CT series.
    #[error("the study has no CT ({found}); add the CT series that the implant is verified on")]
    NoCt {
        /// what there is instead
        found: String,
    },
    /// CT, but it does not form a volume.
    #[error("the CT series {uid} does not form a volume: {reason}")]
    CtUnusable {
        /// Series Instance UID
        uid: String,
        /// why
        reason: String,
    },
    /// More than one CT could be meant.
    #[error("the study has {} CT series that could be meant: {}; name one by its series UID, or leave only one in the folder", .series.len(), .series.join("; "))]
    SeveralCt {
        /// UID, description and size of each
        series: Vec<String>,
    },
    /// No series with that UID.
    #[error("the study has no image series {uid}; it has {}", .known.join(", "))]
    UnknownSeries {
        /// what was asked for
        uid: String,
        /// what there is
        known: Vec<String>,
    },
    /// No structure set.
    #[error("the study has no structure set (RTSTRUCT); export the contours drawn on this CT as RTSTRUCT")]
    NoStructureSet,
    /// The structures are drawn in another frame of reference.
    #[error(
        "the structure set '{label}' is drawn in frame of reference {structures}, the CT has {image}: its contours would lie \
         in the wrong place; export the structures drawn on (or registered to) this CT"
    )]
    FrameOfReference {
        /// Structure Set Label
        label: String,
        /// frame of reference of the structures
        structures: String,
        /// frame of reference of the image
        image: String,
    },
    /// More than one structure set could be meant.
    #[error("{} structure sets belong to this CT: {}; leave only the one to be used in the folder", .labels.len(), .labels.join(", "))]
    SeveralStructureSets {
        /// their labels
        labels: Vec<String>,
    },
    /// No permanent-implant plan.
    #[error(
        "the study has no plan of a permanent implant ({found}); export the RTPLAN with the seed positions, or let the seeds be found on the CT"
    )]
    NoImplantPlan {
        /// what there is instead
        found: String,
    },
    /// The plan's positions lie in another frame of reference.
    #[error(
        "the plan '{label}' lies in frame of reference {plan}, the CT in {image}: its seeds would lie in the wrong place; export the plan \
         made on this CT, or let the seeds be found on it"
    )]
    PlanFrameOfReference {
        /// RT Plan Label
        label: String,
        /// frame of reference of the plan
        plan: String,
        /// frame of reference of the image
        image: String,
    },
    /// More than one permanent-implant plan.
    #[error("the study has {} plans of a permanent implant: {}; leave only the one to be used in the folder", .labels.len(), .labels.join(", "))]
    SeveralImplantPlans {
        /// their labels
        labels: Vec<String>,
    },
}
