//! `dosewright inspect`: what a folder of DICOM holds, and what is wrong with it.

use std::fmt::Write as _;

use image::study::{Problem, Severity, Study, import};
use serde_json::{Value, json};

use super::{Answer, InspectArgs};
use crate::failure::{Failure, unusable};
use crate::watch::{Step, Watch};

/// Reads the folder and tells.
pub fn run(args: &InspectArgs, watch: &dyn Watch) -> Result<Answer, Failure> {
    watch.step(Step::Reading)?;
    let study = import(&args.dir, &|done, of| watch.advance(done, of)).map_err(unusable)?;
    Ok(Answer::new(text(&study), json(&study)))
}

fn text(study: &Study) -> String {
    let mut out = String::new();
    let patient = &study.patient;
    let born = patient.birth_date.map(|date| date.to_string()).unwrap_or_default();
    let _ = writeln!(out, "patient    {} [{}] {} {born}", patient.name, patient.id, patient.sex);
    let _ = writeln!(out, "files      {}", study.files.len());
    for series in &study.series {
        let _ = match &series.volume {
            Ok(volume) => {
                let (n, s) = (volume.grid.size, volume.grid.spacing);
                writeln!(
                    out,
                    "{:<10} {} × {} × {} voxels of {:.3} × {:.3} × {:.3} mm  {}",
                    series.modality, n[0], n[1], n[2], s[0], s[1], s[2], series.description
                )
            }
            Err(why) => writeln!(out, "{:<10} unusable: {why}", series.modality),
        };
    }
    for set in &study.structure_sets {
        let names: Vec<String> =
            set.structures.iter().map(|s| format!("{} ({} contours)", s.name, s.contours.len())).collect();
        let _ = writeln!(out, "structures {}: {}", set.label, names.join(", "));
    }
    for plan in &study.plans {
        let seeds = if plan.is_permanent_implant() { format!("{} seeds", plan.seeds.len()) } else { String::new() };
        let _ = writeln!(out, "plan       {} {seeds}", plan.label);
        for source in plan.sources() {
            let strength = source.air_kerma_strength.map(|u| u.to_string()).unwrap_or_default();
            let _ = writeln!(out, "  source   {} {} {strength}", source.isotope, source.model);
        }
    }
    for dose in &study.doses {
        let (n, s) = (dose.volume.grid.size, dose.volume.grid.spacing);
        let _ = writeln!(
            out,
            "dose       {} × {} × {} voxels of {:.3} × {:.3} × {:.3} mm, {} {}",
            n[0], n[1], n[2], s[0], s[1], s[2], dose.kind, dose.summation
        );
    }
    for (what, n) in &study.other {
        let _ = writeln!(out, "other      {n} × {what}");
    }
    for problem in &study.problems {
        let _ = writeln!(out, "{}", problem_line(problem));
    }
    out
}

/// `warning: CT001.dcm: (0018,0050) SliceThickness: …`
pub fn problem_line(problem: &Problem) -> String {
    let severity = match problem.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let mut parts = vec![severity.to_owned()];
    if !problem.path.as_os_str().is_empty() {
        parts.push(problem.path.display().to_string());
    }
    parts.extend(problem.tag.clone());
    parts.push(problem.reason.clone());
    parts.join(": ")
}

fn json(study: &Study) -> Value {
    json!({
        "patient": { "name": study.patient.name, "id": study.patient.id, "sex": study.patient.sex,
            "birth_date": study.patient.birth_date.map(|date| date.to_string()) },
        "series": study.series.iter().map(|s| json!({
            "uid": s.uid, "modality": s.modality, "description": s.description,
            "frame_of_reference": s.frame_of_reference,
            "size": s.volume.as_ref().ok().map(|v| v.grid.size),
            "spacing_mm": s.volume.as_ref().ok().map(|v| v.grid.spacing),
            "unusable": s.volume.as_ref().err().map(ToString::to_string),
            "warnings": s.warnings,
        })).collect::<Vec<_>>(),
        "structure_sets": study.structure_sets.iter().map(|s| json!({
            "label": s.label, "frame_of_reference": s.frame_of_reference, "warnings": s.warnings,
            "structures": s.structures.iter().map(|r| json!({
                "number": r.number, "name": r.name, "kind": r.kind, "contours": r.contours.len(),
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "plans": study.plans.iter().map(|p| json!({
            "label": p.label, "permanent_implant": p.is_permanent_implant(), "seeds": p.seeds.len(), "warnings": p.warnings,
        })).collect::<Vec<_>>(),
        "doses": study.doses.iter().map(|d| json!({
            "size": d.volume.grid.size, "spacing_mm": d.volume.grid.spacing, "kind": d.kind, "summation": d.summation,
            "warnings": d.warnings,
        })).collect::<Vec<_>>(),
        "other": study.other,
        "problems": study.problems.iter().map(|p| json!({
            "path": p.path, "tag": p.tag, "reason": p.reason, "severity": format!("{:?}", p.severity).to_lowercase(),
        })).collect::<Vec<_>>(),
        "files": study.files.iter().map(|f| json!({ "path": f.path, "sha256": f.sha256 })).collect::<Vec<_>>(),
    })
}
