//! A folder to a study: every file read, the good kept, the bad listed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::{FileKind, Patient, Problem, Severity, SourceFile, Study, StudyError, StudyIdentity, checks, dates};
use crate::dicom::{Attributes, DicomError, DicomFile, Limits, describe, parse};
use crate::rtdose::{DoseError, RtDose};
use crate::rtplan::RtPlan;
use crate::rtstruct::StructureSet;
use crate::series::{ImageFile, assemble, read_image};
use crate::{rtdose, rtplan, rtstruct};

/// Files read side by side before progress is told.
const BATCH: usize = 32;

/// What became of one file.
struct Read {
    file: SourceFile,
    identity: Option<(Patient, StudyIdentity)>,
    content: Content,
    problems: Vec<Problem>,
    /// what had to be forgiven, without the place, so that equal repairs of many files are told once
    repairs: Vec<String>,
}

enum Content {
    Image(Box<ImageFile>),
    StructureSet(Box<StructureSet>),
    Plan(Box<RtPlan>),
    Dose(Box<RtDose>),
    Other(String),
    Nothing,
}

/// Reads every file below `dir`, in the order of their paths, and makes a study of them.
///
/// `DICOMDIR` and hidden files are passed over. What cannot be used is listed in [`Study::problems`]; a series of which one file
/// cannot be used gives no volume. `progress` is told how many of how many files have been read.
///
/// # Errors
/// When the folder is not there, cannot be listed, is empty, or holds no DICOM at all.
pub fn import(dir: &Path, progress: &dyn Fn(usize, usize)) -> Result<Study, StudyError> {
    let (paths, mut problems) = list(dir)?;
    progress(0, paths.len());
    let mut read = Vec::with_capacity(paths.len());
    for batch in paths.chunks(BATCH) {
        read.par_extend(batch.par_iter().map(|path| read_file(dir, path)));
        progress(read.len(), paths.len());
    }
    if read.iter().all(|r| r.file.kind == FileKind::Unreadable) {
        let first = read.iter().flat_map(|r| &r.problems).chain(&problems).next();
        return Err(StudyError::NoDicom {
            dir: dir.to_path_buf(),
            files: read.len(),
            first: first.map_or_else(String::new, |p| format!("{}: {}", p.path.display(), p.reason)),
        });
    }
    let mut study = Study::default();
    drop_copies(&mut read, &mut problems);
    identify(&mut study, &read, &mut problems);
    repairs(&read, &mut problems);
    let mut images: BTreeMap<String, Vec<ImageFile>> = BTreeMap::new();
    for one in read {
        problems.extend(one.problems);
        match one.content {
            Content::Image(image) => images.entry(image.header.uid.clone()).or_default().push(*image),
            Content::StructureSet(set) => study.structure_sets.push(*set),
            Content::Plan(plan) => study.plans.push(*plan),
            Content::Dose(dose) => study.doses.push(*dose),
            Content::Other(modality) => *study.other.entry(modality).or_default() += 1,
            Content::Nothing => {}
        }
        study.files.push(one.file);
    }
    study.series = images.into_values().flat_map(assemble).collect();
    let voxels = |s: &crate::series::ImageSeries| s.volume.as_ref().map_or(0, |v| v.grid.len());
    study.series.sort_by_key(|s| std::cmp::Reverse(voxels(s)));
    study.structure_sets.sort_by_key(|s| std::cmp::Reverse(s.date_time));
    study.plans.sort_by_key(|p| std::cmp::Reverse(p.date_time));
    problems.extend(checks::check(&study));
    problems.sort_by_key(|p| std::cmp::Reverse(p.severity));
    // The parts of a series say some things of the whole.
    let mut told = std::collections::BTreeSet::new();
    problems.retain(|p| told.insert((p.path.clone(), p.reason.clone())));
    study.problems = problems;
    Ok(study)
}

/// The files below a folder, sorted; what could not be listed.
fn list(dir: &Path) -> Result<(Vec<PathBuf>, Vec<Problem>), StudyError> {
    match std::fs::metadata(dir) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(StudyError::NotFound { dir: dir.to_path_buf() });
        }
        Err(e) => return Err(StudyError::Unreadable { dir: dir.to_path_buf(), reason: e.to_string() }),
        Ok(meta) if !meta.is_dir() => return Err(StudyError::NotAFolder { path: dir.to_path_buf() }),
        Ok(_) => {}
    }
    let hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
    let mut paths = Vec::new();
    let mut problems = Vec::new();
    let entries = WalkDir::new(dir).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|e| e.depth() == 0 || !hidden(e.file_name())) {
        match entry {
            Ok(entry) if entry.depth() == 0 || entry.file_type().is_dir() => {}
            Ok(entry) if entry.file_name().to_string_lossy().to_uppercase().starts_with("DICOMDIR") => {}
            // Links are followed to files, never to folders, which could lead round in a circle.
            Ok(entry) if entry.file_type().is_file() || entry.path().is_file() => paths.push(entry.into_path()),
            Ok(_) => {}
            Err(e) if e.depth() == 0 => {
                return Err(StudyError::Unreadable { dir: dir.to_path_buf(), reason: e.to_string() });
            }
            Err(e) => problems.push(Problem {
                path: relative(dir, e.path().unwrap_or(dir)),
                tag: None,
                reason: format!("cannot be listed: {e}; check its permissions"),
                severity: Severity::Error,
            }),
        }
    }
    if paths.is_empty() && problems.is_empty() {
        return Err(StudyError::Empty { dir: dir.to_path_buf() });
    }
    Ok((paths, problems))
}

fn relative(dir: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(dir).unwrap_or(path).to_path_buf()
}

fn read_file(dir: &Path, path: &Path) -> Read {
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

/// Files with the same bytes count once.
fn drop_copies(read: &mut [Read], problems: &mut Vec<Problem>) {
    let mut by_digest: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut by_uid: BTreeMap<String, PathBuf> = BTreeMap::new();
    for one in read.iter_mut().filter(|r| !matches!(r.content, Content::Nothing)) {
        if let Some(first) = by_digest.get(&one.file.sha256) {
            problems.push(Problem {
                path: one.file.path.clone(),
                tag: None,
                reason: format!("is a copy of {} and counts once", first.display()),
                severity: Severity::Note,
            });
            one.content = Content::Nothing;
            one.problems.clear();
            continue;
        }
        by_digest.insert(one.file.sha256.clone(), one.file.path.clone());
        if one.file.sop_instance_uid.is_empty() {
            continue;
        }
        if let Some(first) = by_uid.get(&one.file.sop_instance_uid) {
            problems.push(Problem {
                path: one.file.path.clone(),
                tag: Some(describe(tags::SOP_INSTANCE_UID)),
                reason: format!(
                    "has the same SOP Instance UID as {} but other content; find out which of them is meant",
                    first.display()
                ),
                severity: Severity::Error,
            });
        } else {
            by_uid.insert(one.file.sop_instance_uid.clone(), one.file.path.clone());
        }
    }
}

/// Whose study it is, and whether all files agree.
fn identify(study: &mut Study, read: &[Read], problems: &mut Vec<Problem>) {
    let identities = || {
        read.iter().filter(|r| !matches!(r.content, Content::Nothing)).filter_map(|r| Some((r, r.identity.as_ref()?)))
    };
    let mut of_id: BTreeMap<&str, (usize, &Path, &Patient)> = BTreeMap::new();
    for (one, (patient, _)) in identities() {
        of_id.entry(&patient.id).or_insert((0, &one.file.path, patient)).0 += 1;
    }
    if let Some((n, path, _)) = of_id.remove("")
        && !of_id.is_empty()
    {
        problems.push(Problem {
            path: path.to_path_buf(),
            tag: Some(describe(tags::PATIENT_ID)),
            reason: format!("{n} file(s) have no Patient ID; make sure that they are this patient's"),
            severity: Severity::Warning,
        });
    }
    if of_id.len() > 1 {
        let who: Vec<String> = of_id
            .values()
            .map(|(n, path, p)| format!("'{}' ({}; {n} file(s), first {})", p.id, p.name, path.display()))
            .collect();
        problems.push(Problem {
            path: PathBuf::new(),
            tag: Some(describe(tags::PATIENT_ID)),
            reason: format!(
                "THE FOLDER MIXES {} PATIENTS: {}. Separate them before anything is computed",
                who.len(),
                who.join("; ")
            ),
            severity: Severity::Error,
        });
    } else {
        let names: std::collections::BTreeSet<&str> = identities().map(|(_, (p, _))| p.name.as_str()).collect();
        if names.len() > 1 {
            problems.push(Problem {
                path: PathBuf::new(),
                tag: Some(describe(tags::PATIENT_NAME)),
                reason: format!(
                    "the patient's name is written in {} ways: {}",
                    names.len(),
                    names.into_iter().collect::<Vec<_>>().join("; ")
                ),
                severity: Severity::Warning,
            });
        }
    }
    // The images say whose study it is; without images, the first file does.
    let image = identities().find(|(one, _)| one.file.kind == FileKind::Image).or_else(|| identities().next());
    if let Some((_, (patient, identity))) = image {
        study.patient = patient.clone();
        study.identity = identity.clone();
    }
}

/// Repairs, the same in many files told once.
fn repairs(read: &[Read], problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<&str, (usize, &Path)> = BTreeMap::new();
    for one in read {
        for what in &one.repairs {
            seen.entry(what).or_insert((0, &one.file.path)).0 += 1;
        }
    }
    for (what, (n, path)) in seen {
        let more = if n > 1 { format!(" (and in {} more files)", n - 1) } else { String::new() };
        problems.push(Problem {
            path: path.to_path_buf(),
            tag: None,
            reason: format!("tolerated: {what}{more}"),
            severity: Severity::Note,
        });
    }
}
