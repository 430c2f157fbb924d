//! Whether the parts of a study fit each other.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Problem, Severity, Study};
use crate::Point;
use crate::dicom::same_uid;
use crate::rtstruct::StructureSet;
use crate::series::ImageSeries;

/// What does not fit, told once for each structure set, plan and dose.
pub(super) fn check(study: &Study) -> Vec<Problem> {
    let mut out = Vec::new();
    let mut say = |severity, reason: String| {
        out.push(Problem { path: PathBuf::new(), tag: None, reason, severity });
    };
    for series in &study.series {
        if let Err(error) = &series.volume {
            say(Severity::Error, format!("series {} ({}) forms no volume: {error}", series.uid, series.modality));
        }
        for warning in &series.warnings {
            say(Severity::Warning, format!("series {} ({}): {warning}", series.uid, series.modality));
        }
    }
    let here: BTreeSet<&str> = study.files.iter().map(|f| f.sop_instance_uid.as_str()).collect();
    for set in &study.structure_sets {
        structure_set(study, set, &here, &mut say);
    }
    for plan in &study.plans {
        if let Some(uid) = plan.structure_set.as_deref().filter(|uid| !here.contains(uid)) {
            say(
                Severity::Note,
                format!("plan '{}' refers to structure set {uid}, which is not in the folder", plan.label),
            );
        }
        let positions = plan.seeds.iter().map(|s| s.position);
        if let Some((image, outside)) = beyond(study, study.plan_frame(plan), positions)
            && outside > 0
        {
            say(
                Severity::Warning,
                format!(
                    "{outside} of {} seeds of plan '{}' lie outside the slices of series {}: the series may not be complete, or the plan was not made on it",
                    plan.seeds.len(),
                    plan.label,
                    image.uid
                ),
            );
        }
    }
    for dose in &study.doses {
        if let Some(uid) = dose.plans.iter().find(|uid| !here.contains(uid.as_str())) {
            say(
                Severity::Note,
                format!("dose {} refers to plan {uid}, which is not in the folder", dose.sop_instance_uid),
            );
        }
        let grid = &dose.volume.grid;
        let last = [grid.size[0], grid.size[1], grid.size[2]].map(|n| n.saturating_sub(1));
        let corners =
            (0..8_usize).map(|c| grid.centre([(c & 1) * last[0], ((c >> 1) & 1) * last[1], (c >> 2) * last[2]]));
        if let Some((image, outside)) = beyond(study, &dose.frame_of_reference, corners)
            && outside > 0
        {
            say(
                Severity::Note,
                format!(
                    "the dose grid {} reaches beyond the slices of series {}: the series may not be complete",
                    dose.sop_instance_uid, image.uid
                ),
            );
        }
    }
    out
}

fn structure_set(study: &Study, set: &StructureSet, here: &BTreeSet<&str>, say: &mut dyn FnMut(Severity, String)) {
    let volumes = || study.series.iter().filter(|s| s.volume.is_ok());
    if volumes().next().is_some() && !volumes().any(|s| same_uid(&s.frame_of_reference, &set.frame_of_reference)) {
        say(
            Severity::Warning,
            format!(
                "structure set '{}' is drawn in frame of reference {}, which no image of the folder has: its contours cannot be placed on an image",
                set.label, set.frame_of_reference
            ),
        );
        return;
    }
    let missing = set.referenced_images.iter().filter(|uid| !here.contains(uid.as_str())).count();
    if missing > 0 {
        say(
            if missing < set.referenced_images.len() { Severity::Warning } else { Severity::Note },
            format!(
                "{missing} of the {} images that structure set '{}' was drawn on are not in the folder: the series may not be complete",
                set.referenced_images.len(),
                set.label
            ),
        );
    }
    for structure in &set.structures {
        let points = structure.contours.iter().flat_map(|c| c.points.iter().copied());
        if let Some((image, outside)) = beyond(study, &structure.frame_of_reference, points)
            && outside > 0
        {
            say(
                Severity::Warning,
                format!(
                    "structure '{}' of '{}' reaches beyond the slices of series {}: the series may not be complete",
                    structure.name, set.label, image.uid
                ),
            );
        }
    }
}

/// How many of `points` lie below or above the slices of the image in their frame of reference; an image is taken in any frame when none is
/// stated and there is only one.
fn beyond<'a>(study: &'a Study, frame: &str, points: impl Iterator<Item = Point>) -> Option<(&'a ImageSeries, usize)> {
    let volumes: Vec<&ImageSeries> =
        study.series.iter().filter(|s| s.volume.as_ref().is_ok_and(|v| v.grid.size[2] > 1)).collect();
    let image = match volumes.as_slice() {
        [one] if frame.is_empty() => one,
        all => *all.iter().find(|s| same_uid(&s.frame_of_reference, frame))?,
    };
    let grid = &image.volume.as_ref().ok()?.grid;
    // Half a slice beyond the outermost centres is still imaged; another half is left to rounding and end slices.
    let outside = points
        .filter(|p| {
            let k = grid.index(*p)[2];
            k < -1.0 || k > grid.size[2] as f64
        })
        .count();
    Some((image, outside))
}
