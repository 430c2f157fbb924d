//! What a study holds, for lists and the case page.

use image::study::{Severity, Study};
use records::Patient;
use records::study::{Remark, SeriesSummary, StudySummary};

use super::masked::Identity;
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
        series: series.collect(),
        structure_sets: sets.collect(),
        plans: plans.collect(),
        doses: study.doses.len(),
        can_be_verified,
    }
}

/// What the import found, and whether the study is of the case's patient; without names, for remarks are in the ledger.
pub fn remarks(study: &Study, patient: &Patient, identity: &Identity) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = whose(study, patient);
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

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The files name somebody too: is it the patient of the case?
fn whose(study: &Study, patient: &Patient) -> Vec<Remark> {
    let remark = |severity: &str, tag: &str, zh: &str, en: &str| Remark {
        severity: severity.to_owned(),
        path: String::new(),
        tag: Some(tag.to_owned()),
        zh: zh.to_owned(),
        en: en.to_owned(),
    };
    let mut remarks = Vec::new();
    let (ours, theirs) = (plain(&patient.number), plain(&study.patient.id));
    if !ours.is_empty() && !theirs.is_empty() && ours != theirs {
        remarks.push(remark(
            "error",
            "(0010,0020) PatientID",
            "文件中的患者编号与本病例登记的不同：请确认这是该患者的影像，否则撤销此检查。",
            "the Patient ID in the files is not the number registered with this case: make sure that the images are this patient's, \
             or withdraw the study",
        ));
    }
    let born = |date: Option<jiff::civil::Date>| date.filter(|date| date.year() > 1900);
    if let (Some(ours), Some(theirs)) = (born(patient.birth_date), born(study.patient.birth_date))
        && ours != theirs
    {
        remarks.push(remark(
            "error",
            "(0010,0030) PatientBirthDate",
            "文件中的出生日期与本病例登记的不同：请确认这是该患者的影像，否则撤销此检查。",
            "the date of birth in the files is not the one registered with this case: make sure that the images are this patient's, \
             or withdraw the study",
        ));
    }
    let groups: Vec<String> = study.patient.name.split('=').map(plain).filter(|name| !name.is_empty()).collect();
    let name = plain(&patient.name);
    // a name may be written in another script; only one in the same script can contradict
    let same_script = |group: &&String| group.is_ascii() == name.is_ascii();
    let comparable: Vec<&String> = groups.iter().filter(same_script).collect();
    if !comparable.is_empty() && !comparable.iter().any(|group| **group == name) {
        remarks.push(remark(
            "warning",
            "(0010,0010) PatientName",
            "文件中的患者姓名与本病例登记的写法不同，请核对。",
            "the patient's name in the files is written otherwise than in this case; check it",
        ));
    }
    remarks
}
