//! The result as DICOM: the seeds as RTPLAN, the dose as RTDOSE.

use std::borrow::Cow;

use image::rtplan::{PlanSource, PlannedSeed, Prescription, StrengthUnit};
use image::study::Study;
use image::write::{Context, DoseDescription, Equipment, Implant, StoredBits, Written, rtdose, rtplan_permanent};
use image::{Volume, Voxels};
use jiff::Zoned;
use physics::Gray;

use super::choose::Chosen;
use super::request::{DoseBits, Request};
use super::sources::Seeds;
use crate::failure::{Failure, unusable};

/// Plan and dose of a verification.
pub struct Objects {
    /// the seeds as they were computed
    pub plan: Written,
    /// the dose they give
    pub dose: Written,
}

/// What the objects are made of.
pub struct Content<'a> {
    /// as asked for
    pub request: &'a Request,
    /// the inputs
    pub study: &'a Study,
    /// what was chosen of them
    pub chosen: &'a Chosen<'a>,
    /// ROI number of the target
    pub target: i32,
    /// its name
    pub target_name: &'a str,
    /// prescribed dose
    pub prescription: Gray,
    /// the seeds
    pub seeds: &'a Seeds,
    /// the dose
    pub dose: &'a Volume,
    /// when the verification was made
    pub now: &'a Zoned,
}

/// Encodes both; the same content at the same moment gives the same bytes.
pub fn encode(content: &Content<'_>) -> Result<Objects, Failure> {
    let plan = rtplan_permanent(&implant(content), &context(content, "Dosewright: seeds as verified", 901))
        .map_err(unusable)?;
    // DICOM allows a comment of 64 characters
    const COMMENT: &str = "TG-43 dose to infinity in water";
    let (dose, bits) = match content.request.dose_bits {
        DoseBits::ThirtyTwo => (Cow::Borrowed(content.dose), StoredBits::ThirtyTwo),
        DoseBits::Sixteen => (capped(content.dose), StoredBits::Sixteen),
    };
    let comment = match dose {
        Cow::Owned(_) => format!("{COMMENT}, capped at {CAP_GY} Gy"),
        Cow::Borrowed(_) => COMMENT.to_owned(),
    };
    let description = DoseDescription { comment, bits, ..DoseDescription::of_plan(&plan.sop_instance_uid) };
    let dose = rtdose(&dose, &description, &context(content, "Dosewright: TG-43 dose", 902)).map_err(unusable)?;
    Ok(Objects { plan, dose })
}

/// In 16 bits the step is then at most 0.05 Gy. Such doses occur only in the seeds themselves, where TG-43 means nothing.
const CAP_GY: f32 = 3200.0;

fn capped(dose: &Volume) -> Cow<'_, Volume> {
    match &dose.voxels {
        Voxels::F32(values) if values.iter().any(|&value| value > CAP_GY) => Cow::Owned(Volume {
            voxels: Voxels::F32(values.iter().map(|value| value.min(CAP_GY)).collect()),
            grid: dose.grid.clone(),
            unit: dose.unit,
        }),
        _ => Cow::Borrowed(dose),
    }
}

fn context(content: &Content<'_>, series_description: &str, series_number: i32) -> Context {
    Context {
        patient: content.study.patient.clone(),
        study: content.study.identity.clone(),
        frame_of_reference: content.chosen.ct.frame_of_reference.clone(),
        series_description: series_description.to_owned(),
        series_number,
        created: content.now.datetime(),
        utc_offset_minutes: Some(content.now.offset().seconds() / 60),
        equipment: Equipment {
            manufacturer: "Dosewright".to_owned(),
            model: "dosewright verify".to_owned(),
            serial: String::new(),
            software: env!("CARGO_PKG_VERSION").to_owned(),
        },
    }
}

fn implant(content: &Content<'_>) -> Implant {
    // DICOM requires a reference date; without a stated one the strength is taken as that of the scan
    let fallback = content.request.implant_date.or(content.chosen.ct.acquired).unwrap_or(content.now.datetime());
    let sources = content.seeds.kinds.iter().zip(1..).map(|(kind, number)| PlanSource {
        number,
        isotope: kind.model.nuclide.id.clone(),
        model: kind.model.id.clone(),
        shape: "LINE".to_owned(),
        manufacturer: kind.model.manufacturer.clone(),
        half_life: Some(kind.half_life),
        air_kerma_strength: Some(kind.strength),
        unit: StrengthUnit::AirKermaRate,
        reference_date_time: content.request.implant_date.or(kind.stated_at).or(Some(fallback)),
        active_length_mm: Some(kind.model.active_length_mm),
        ..PlanSource::default()
    });
    let seeds = content.seeds.placed.iter().map(|seed| PlannedSeed {
        position: seed.centre,
        axis: seed.axis,
        source: seed.kind,
        applicator: seed.needle.clone(),
    });
    Implant {
        label: "VERIFICATION".to_owned(),
        name: String::new(),
        intent: "VERIFICATION".to_owned(),
        setup_type: String::new(),
        structure_set: Some(content.chosen.set.sop_instance_uid.clone()),
        prescriptions: vec![Prescription {
            description: content.target_name.to_owned(),
            kind: "TARGET".to_owned(),
            structure: Some(content.target),
            dose: Some(content.prescription),
        }],
        sources: sources.collect(),
        seeds: seeds.collect(),
    }
}
