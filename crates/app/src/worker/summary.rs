//! What a study holds, for lists and the case page.

use image::study::{Severity, Study};
use records::Patient;
use records::study::{Remark, SeriesSummary, StudySummary};

use super::masked::Identity;
use super::whose;
use crate::verify::import_remarks;

/// Most remarks kept; a study with more is beyond repair, and the first are the worst.
const MOST_REMARKS: usize = 200;

/// The summary.
pub fn of(study: &Study, identity: &Identity) -> StudySummary {
    let series = study.series.iter().map(|one| {
        let grid = one.volume.as_ref().ok().map(|volume| &volume.grid);
        SeriesSummary {
            uid: one.uid.clone(),
            modality: one.modality.clone(),
            description: identity.masked(&one.description),
            size: grid.map(|grid| grid.size),
            spacing_mm: grid.map(|grid| grid.spacing),
            problem: one.volume.as_ref().err().map(|error| identity.masked(&error.to_string())),
        }
    });
    let sets = study.structure_sets.iter().map(|set| {
        let names = set.structures.iter().map(|structure| structure.name.clone()).collect();
        (identity.masked(&set.label), names)
    });
    let plans = study.plans.iter().map(|plan| (identity.masked(&plan.label), plan.seeds.len()));
    let can_be_verified = study.ct().is_ok_and(|ct| ct.volume.is_ok() && study.structure_set(ct).is_ok());
    StudySummary {
        uid: study.identity.uid.clone(),
        description: identity.masked(&study.identity.description),
        date: study.identity.date_time.map(|time| time.to_string()).unwrap_or_default(),
        scanned: study.ct().ok().and_then(|ct| ct.acquired).map(|time| time.to_string()).unwrap_or_default(),
        series: series.collect(),
        structure_sets: sets.collect(),
        plans: plans.collect(),
        doses: study.doses.len(),
        can_be_verified,
    }
}

/// What the import found, and whether the study is of the case's patient; without names, which belong to the patient's own line alone.
pub fn remarks(study: &Study, patient: &Patient, identity: &Identity) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = whose::remarks(study, patient);
    for (problem, zh, en) in import_remarks(study) {
        let severity = match problem.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let mixes = problem.reason.starts_with("THE FOLDER MIXES");
        let spellings = problem.reason.starts_with("the patient's name is written in");
        // these two name other people than the case's: nothing after the colon is kept
        let en =
            if mixes || spellings { en.split(':').next().unwrap_or_default().to_owned() } else { identity.masked(&en) };
        remarks.push(Remark {
            severity: severity.to_owned(),
            path: identity.masked(&problem.path.display().to_string()),
            tag: problem.tag.clone(),
            zh: identity.masked(&zh),
            en,
        });
    }
    remarks.truncate(MOST_REMARKS);
    remarks
}
