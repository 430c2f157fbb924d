//! Picks the CT, the structures, the plan and the dose of a study that belong together, or says why it cannot.

use image::rtdose::RtDose;
use image::rtplan::RtPlan;
use image::rtstruct::StructureSet;
use image::series::ImageSeries;
use image::study::{Study, StudyError};
use image::{Unit, Volume};

use super::notice::Notice;
use super::request::SeedOrigin;
use crate::failure::{Failure, unusable_study};

/// What a verification works on.
#[derive(Clone, Copy)]
pub struct Chosen<'s> {
    /// the post-implant CT
    pub ct: &'s ImageSeries,
    /// its voxels
    pub volume: &'s Volume,
    /// the structures drawn on it
    pub set: &'s StructureSet,
    /// the plan of the permanent implant, where there is one
    pub plan: Option<&'s RtPlan>,
    /// the planning system's own dose, where there is one in the CT's frame of reference
    pub planned_dose: Option<&'s RtDose>,
}

/// Chooses; what was passed over is noted.
pub fn choose<'s>(study: &'s Study, seeds: &SeedOrigin, notices: &mut Vec<Notice>) -> Result<Chosen<'s>, Failure> {
    let ct = study.ct().map_err(|error| unusable_study(&error))?;
    let volume = ct.volume.as_ref().map_err(|error| Failure::input(error.to_string()))?;
    let set = study.structure_set(ct).map_err(|error| unusable_study(&error))?;
    let plan = match study.implant_plan_on(ct) {
        Ok(plan) => Some(plan),
        Err(error) if *seeds == SeedOrigin::Plan => return Err(unusable_study(&error)),
        Err(StudyError::NoImplantPlan { .. }) => None,
        Err(error) => {
            notices.push(Notice::warning(
                format!("未与计划比较：{}", error.chinese()),
                format!("the implant is not compared with a plan: {error}"),
            ));
            None
        }
    };
    Ok(Chosen { ct, volume, set, plan, planned_dose: planned_dose(study, ct, notices) })
}

fn planned_dose<'s>(study: &'s Study, ct: &ImageSeries, notices: &mut Vec<Notice>) -> Option<&'s RtDose> {
    let fitting: Vec<&RtDose> = study
        .doses
        .iter()
        .filter(|dose| dose.volume.unit == Unit::Gray && dose.frame_of_reference == ct.frame_of_reference)
        .collect();
    if let [one] = fitting.as_slice() {
        return Some(one);
    }
    if fitting.len() > 1 {
        notices.push(Notice::note(
            format!("文件夹中有 {} 个 RTDOSE，未与计划系统的剂量比较。", fitting.len()),
            format!("the folder holds {} RTDOSE objects; none is compared with", fitting.len()),
        ));
    }
    None
}
