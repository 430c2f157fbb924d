//! One file of a folder: what it is, and what it says.

use std::path::{Path, PathBuf};

use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use sha2::{Digest, Sha256};

use super::{FileKind, Patient, Problem, Severity, SourceFile, StudyIdentity, dates};
use crate::dicom::{Attributes, DicomError, DicomFile, Limits, describe, parse};
use crate::rtdose::{DoseError, RtDose};
use crate::rtplan::RtPlan;
use crate::rtstruct::StructureSet;
use crate::series::{ImageFile, read_image};
use crate::{rtdose, rtplan, rtstruct};

/// What became of one file.
pub(super) struct Read {
    pub(super) file: SourceFile,
    pub(super) identity: Option<(Patient, StudyIdentity)>,
    pub(super) content: Content,
    pub(super) problems: Vec<Problem>,
    /// what had to be forgiven, without the place, so that equal repairs of many files are told once
    pub(super) repairs: Vec<String>,
}

pub(super) enum Content {
    Image(Box<ImageFile>),
    StructureSet(Box<StructureSet>),
    Plan(Box<RtPlan>),
    Dose(Box<RtDose>),
    Other(String),
    Nothing,
}

/// The path of a file within the folder.
pub(super) fn relative(dir: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(dir).unwrap_or(path).to_path_buf()
}

/// Reads one file of the folder `dir`.
pub(super) fn read_file(dir: &Path, path: &Path) -> Read {
    let relative = relative(dir, path);
    let mut read = Read {
        file: SourceFile {
            path: relative.clone(),
            sha256: String::new(),
            sop_instance_uid: String::new(),
            kind: FileKind::Unreadable,
        },
        identity: None,
        content: Content::Nothing,
        problems: Vec::new(),
        repairs: Vec::new(),
    };
    let mut problem = |tag: Option<String>, reason: String, severity: Severity| {
        read.problems.push(Problem { path: relative.clone(), tag, reason, severity });
    };
    let limits = Limits::default();
    let length = std::fs::metadata(path).map_or(0, |m| m.len());
    if length > limits.file_bytes {
        problem(
            None,
            format!("is {length} bytes long, more than the {} that are read", limits.file_bytes),
            Severity::Error,
        );
        return read;
    }
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) => {
            problem(None, format!("cannot be read: {e}; check its permissions"), Severity::Error);
            return read;
        }
    };
    read.file.sha256 = hex(&Sha256::digest(&bytes));
    let file = match parse(&bytes, &limits) {
        Ok(file) => file,
        Err(e) => {
            // A read-me or a picture beside the study is no fault of the study; something that should be DICOM is.
            let extension = path.extension().map(|x| x.to_string_lossy().to_lowercase()).unwrap_or_default();
            let numbered =
                relative.file_name().is_some_and(|n| n.to_string_lossy().bytes().any(|b| b.is_ascii_digit()));
            let meant =
                (extension.is_empty() && numbered) || matches!(extension.as_str(), "dcm" | "dicom" | "ima" | "img");
            let harmless = matches!(e, DicomError::NotDicom { .. }) && !meant;
            problem(attribute(&e), e.to_string(), if harmless { Severity::Note } else { Severity::Error });
            return read;
        }
    };
    drop(bytes);
    read.file.sop_instance_uid = file.sop_instance().unwrap_or_default();
    read.identity = Some(identity(&file.object));
    read.repairs = file
        .repairs
        .iter()
        .map(|r| match r.tag {
            Some(tag) => format!("{}: {}", describe(tag), r.what),
            None => r.what.clone(),
        })
        .collect();
    read.repairs.dedup();
    let (kind, content) = content(&file, &relative, &mut problem);
    read.file.kind = kind;
    read.content = content;
    read
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // writing to a String cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The attribute that an error is about.
fn attribute(error: &DicomError) -> Option<String> {
    match error {
        DicomError::Value { attribute, .. } | DicomError::Missing { attribute } => Some(attribute.clone()),
        _ => None,
    }
}

fn identity(object: &InMemDicomObject) -> (Patient, StudyIdentity) {
    let text = |tag| object.string(tag).ok().flatten().unwrap_or_default();
    let patient = Patient {
        name: text(tags::PATIENT_NAME),
        id: text(tags::PATIENT_ID),
        birth_date: dates::parse_date(&text(tags::PATIENT_BIRTH_DATE)),
        sex: text(tags::PATIENT_SEX),
    };
    let study = StudyIdentity {
        uid: object.uid(tags::STUDY_INSTANCE_UID).ok().flatten().unwrap_or_default(),
        date_time: dates::date_time(object, tags::STUDY_DATE, tags::STUDY_TIME),
        id: text(tags::STUDY_ID),
        accession: text(tags::ACCESSION_NUMBER),
        description: text(tags::STUDY_DESCRIPTION),
    };
    (patient, study)
}

/// Takes a file for what its SOP class, or failing that its Modality, says it is.
fn content(
    file: &DicomFile,
    path: &Path,
    problem: &mut dyn FnMut(Option<String>, String, Severity),
) -> (FileKind, Content) {
    let object = &file.object;
    let class = file.sop_class().unwrap_or_default();
    let modality = object.string(tags::MODALITY).ok().flatten().unwrap_or_default().to_uppercase();
    let is = |uid: &str, name: &str| class == uid || (class.is_empty() && modality == name);
    let kind = if is(uids::RT_STRUCTURE_SET_STORAGE, "RTSTRUCT") {
        FileKind::StructureSet
    } else if is(uids::RT_PLAN_STORAGE, "RTPLAN") {
        FileKind::Plan
    } else if is(uids::RT_DOSE_STORAGE, "RTDOSE") {
        FileKind::Dose
    } else if is_volume_image(object, &class, &modality) {
        FileKind::Image
    } else {
        FileKind::Other
    };
    let cut = "the file is cut off or damaged, so that part of it is missing; it is not used: export it again";
    if file.truncated && !matches!(kind, FileKind::Other | FileKind::Image) {
        problem(None, cut.to_owned(), Severity::Error);
        return (kind, Content::Nothing);
    }
    let mut failed = |error: &DicomError| {
        problem(attribute(error), format!("{error}; it is not used: export it again"), Severity::Error);
        Content::Nothing
    };
    let content = match kind {
        FileKind::StructureSet => match rtstruct::read(file) {
            Ok(set) => {
                set.left_out.iter().for_each(|why| problem(None, format!("left out: {why}"), Severity::Error));
                set.warnings.iter().for_each(|why| problem(None, why.clone(), Severity::Warning));
                Content::StructureSet(Box::new(set))
            }
            Err(error) => failed(&error),
        },
        FileKind::Plan => match rtplan::read(file) {
            Ok(plan) => {
                plan.warnings.iter().for_each(|why| problem(None, why.clone(), Severity::Warning));
                Content::Plan(Box::new(plan))
            }
            Err(error) => failed(&error),
        },
        FileKind::Dose => match rtdose::read(file) {
            Ok(dose) => {
                dose.warnings.iter().for_each(|why| problem(None, why.clone(), Severity::Warning));
                Content::Dose(Box::new(dose))
            }
            Err(DoseError::Dicom(error)) => failed(&error),
            Err(DoseError::NoGrid) => {
                problem(None, DoseError::NoGrid.to_string(), Severity::Warning);
                Content::Nothing
            }
            Err(error) => {
                problem(None, format!("{error}; it is not used"), Severity::Error);
                Content::Nothing
            }
        },
        FileKind::Image => {
            if file.truncated {
                let what =
                    "the file is cut off or damaged; what could be read of it is used where the pixels are whole";
                problem(None, what.to_owned(), Severity::Warning);
            }
            let name = path.to_string_lossy();
            let image = read_image(file, &name);
            if let Err(error) = &image.planes {
                let error = error.to_string();
                let what = error.strip_prefix(&*name).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&error);
                problem(None, format!("{what}; the series is not used without it"), Severity::Error);
            }
            Content::Image(Box::new(image))
        }
        FileKind::Other | FileKind::Unreadable => {
            let what = [modality, class, "unknown".to_owned()].into_iter().find(|t| !t.is_empty());
            Content::Other(what.unwrap_or_default())
        }
    };
    (kind, content)
}

/// Whether it is an image that should be part of a volume: of a sectional modality, or placed in the patient.
fn is_volume_image(object: &InMemDicomObject, class: &str, modality: &str) -> bool {
    // Segmentations are images by form only.
    if object.get(tags::ROWS).is_none() || class == uids::SEGMENTATION_STORAGE || modality == "SEG" {
        return false;
    }
    matches!(modality, "CT" | "MR" | "PT")
        || object.get(tags::IMAGE_POSITION_PATIENT).is_some()
        || object.get(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).is_some_and(|_| {
            object
                .items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE)
                .unwrap_or_default()
                .first()
                .is_some_and(|frame| frame.get(tags::PLANE_POSITION_SEQUENCE).is_some())
        })
}
