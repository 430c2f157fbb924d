//! A folder to a study: every file read, the good kept, the bad listed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dicom_dictionary_std::tags;
use rayon::prelude::*;
use walkdir::WalkDir;

use super::file::{Content, Read, read_file, relative};
use super::{FileKind, Patient, Problem, Severity, Study, StudyError, checks};
use crate::dicom::describe;
use crate::series::{ImageFile, assemble};

/// Files read side by side before progress is told.
const BATCH: usize = 32;

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
