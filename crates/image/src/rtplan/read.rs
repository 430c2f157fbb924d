//! Reading RTPLAN.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use physics::{AirKermaStrength, Gray, Seconds};

use super::channels::{channels, seeds};
use super::{Brachy, BrachyType, PlanSource, Prescription, RtPlan, StrengthUnit, Technique, Treatment};
use crate::dicom::{Attributes, DicomError, DicomFile};
use crate::study::dates;

/// Reads a plan. Brachytherapy is read in full; of external beams only the names.
///
/// # Errors
/// When a permanent implant has a seed without position or source, or a value that matters cannot be read.
pub fn read(file: &DicomFile) -> Result<RtPlan, DicomError> {
    let object = &file.object;
    let text = |tag: Tag| text(object, tag);
    let uid = |tag: Tag| object.uid(tag).ok().flatten().unwrap_or_default();
    let mut warnings = Vec::new();
    let structure_set = match object.items(tags::REFERENCED_STRUCTURE_SET_SEQUENCE)?.first() {
        Some(item) => item.uid(tags::REFERENCED_SOP_INSTANCE_UID)?,
        None => None,
    };
    let fraction_groups = object.items(tags::FRACTION_GROUP_SEQUENCE)?;
    let treatment = treatment(object, &mut warnings)?;
    let mut plan = RtPlan {
        sop_instance_uid: file.sop_instance().unwrap_or_default(),
        series_uid: uid(tags::SERIES_INSTANCE_UID),
        study_uid: uid(tags::STUDY_INSTANCE_UID),
        frame_of_reference: uid(tags::FRAME_OF_REFERENCE_UID),
        label: text(tags::RT_PLAN_LABEL),
        name: text(tags::RT_PLAN_NAME),
        date_time: dates::date_time(object, tags::RT_PLAN_DATE, tags::RT_PLAN_TIME),
        utc_offset_minutes: dates::utc_offset_minutes(object),
        geometry: text(tags::RT_PLAN_GEOMETRY),
        intent: text(tags::PLAN_INTENT),
        approval: text(tags::APPROVAL_STATUS),
        structure_set,
        fractions: fraction_groups
            .first()
            .and_then(|group| group.int(tags::NUMBER_OF_FRACTIONS_PLANNED).ok().flatten()),
        prescriptions: prescriptions(object)?,
        treatment,
        seeds: Vec::new(),
        warnings,
    };
    if let Treatment::Brachy(brachy) = &plan.treatment {
        if brachy.technique == Technique::Permanent {
            plan.seeds = seeds(brachy)?;
        }
        let setups = object.items(tags::APPLICATION_SETUP_SEQUENCE)?.len() as i64;
        let stated: Vec<i64> = fraction_groups
            .iter()
            .filter_map(|g| g.int(tags::NUMBER_OF_BRACHY_APPLICATION_SETUPS).ok().flatten())
            .collect();
        if !stated.is_empty() && stated.iter().all(|n| *n != setups) {
            plan.warnings.push(format!(
                "(300A,00A0) NumberOfBrachyApplicationSetups says {}, but {setups} are described",
                stated.iter().map(i64::to_string).collect::<Vec<_>>().join(" + ")
            ));
        }
    }
    Ok(plan)
}

pub(super) fn text(object: &InMemDicomObject, tag: Tag) -> String {
    object.string(tag).ok().flatten().unwrap_or_default()
}

fn treatment(object: &InMemDicomObject, warnings: &mut Vec<String>) -> Result<Treatment, DicomError> {
    let setups = object.items(tags::APPLICATION_SETUP_SEQUENCE)?;
    let technique = text(object, tags::BRACHY_TREATMENT_TECHNIQUE);
    if setups.is_empty() && technique.is_empty() {
        let beams = object.items(tags::BEAM_SEQUENCE)?;
        if beams.is_empty() {
            return Ok(Treatment::None);
        }
        let name = |beam: &InMemDicomObject| {
            let name = text(beam, tags::BEAM_NAME);
            if name.is_empty() { format!("beam {}", text(beam, tags::BEAM_NUMBER)) } else { name }
        };
        return Ok(Treatment::ExternalBeam { beams: beams.iter().map(name).collect() });
    }
    let technique = match technique.to_uppercase().as_str() {
        "PERMANENT" => Technique::Permanent,
        "INTERSTITIAL" => Technique::Interstitial,
        "INTRACAVITARY" => Technique::Intracavitary,
        "INTRALUMENARY" | "INTRALUMINARY" => Technique::Intraluminary,
        "CONTACT" => Technique::Contact,
        "INTRAVASCULAR" => Technique::Intravascular,
        _ => Technique::Other(technique),
    };
    let kind = text(object, tags::BRACHY_TREATMENT_TYPE);
    let kind = match kind.to_uppercase().as_str() {
        "MANUAL" => BrachyType::Manual,
        "HDR" => BrachyType::Hdr,
        "MDR" => BrachyType::Mdr,
        "LDR" => BrachyType::Ldr,
        "PDR" => BrachyType::Pdr,
        _ => BrachyType::Other(kind),
    };
    let sources: Vec<PlanSource> =
        object.items(tags::SOURCE_SEQUENCE)?.iter().map(|item| source(item, warnings)).collect::<Result<_, _>>()?;
    if sources.is_empty() {
        warnings.push("(300A,0210) SourceSequence is empty: the plan does not say what its sources are".to_owned());
    }
    let channels = channels(setups, &sources, warnings)?;
    Ok(Treatment::Brachy(Brachy { technique, kind, sources, channels }))
}

fn source(item: &InMemDicomObject, warnings: &mut Vec<String>) -> Result<PlanSource, DicomError> {
    let number = item.int(tags::SOURCE_NUMBER)?.and_then(|n| i32::try_from(n).ok()).unwrap_or(1);
    let isotope = text(item, tags::SOURCE_ISOTOPE_NAME);
    let model = [tags::SOURCE_MODEL_ID, tags::SOURCE_DESCRIPTION]
        .into_iter()
        .map(|tag| text(item, tag))
        .find(|t| !t.is_empty())
        .or_else(|| bracketed(&isotope))
        .unwrap_or_default();
    let positive = |value: Option<f64>| value.filter(|v| *v > 0.0);
    let half_life = positive(item.float(tags::SOURCE_ISOTOPE_HALF_LIFE)?).map(Seconds::from_days);
    let unit = if text(item, tags::SOURCE_STRENGTH_UNITS) == "DOSE_RATE_WATER" {
        StrengthUnit::DoseRateWater
    } else {
        StrengthUnit::AirKermaRate
    };
    let air_kerma_strength = match unit {
        // 1 µGy/h at 1 m is 1 U.
        StrengthUnit::AirKermaRate => {
            positive(item.float(tags::REFERENCE_AIR_KERMA_RATE)?).or(positive(item.float(tags::SOURCE_STRENGTH)?))
        }
        StrengthUnit::DoseRateWater => None,
    }
    .map(AirKermaStrength::new);
    let reference_date_time =
        dates::date_time(item, tags::SOURCE_STRENGTH_REFERENCE_DATE, tags::SOURCE_STRENGTH_REFERENCE_TIME);
    for (missing, what) in [
        (half_life.is_none(), "(300A,0228) SourceIsotopeHalfLife"),
        (air_kerma_strength.is_none() && unit == StrengthUnit::AirKermaRate, "(300A,022A) ReferenceAirKermaRate"),
        (reference_date_time.is_none(), "(300A,022C) SourceStrengthReferenceDate"),
    ] {
        if missing {
            warnings.push(format!("source {number} ({isotope}): {what} is missing or not positive"));
        }
    }
    Ok(PlanSource {
        number,
        isotope,
        model,
        shape: text(item, tags::SOURCE_TYPE),
        manufacturer: text(item, tags::SOURCE_MANUFACTURER),
        serial: text(item, tags::SOURCE_SERIAL_NUMBER),
        half_life,
        air_kerma_strength,
        unit,
        reference_date_time,
        active_length_mm: positive(item.float(tags::ACTIVE_SOURCE_LENGTH)?),
        active_diameter_mm: positive(item.float(tags::ACTIVE_SOURCE_DIAMETER)?),
    })
}

/// What stands in brackets: `STM 1251` of `I-125 (STM 1251)`.
fn bracketed(text: &str) -> Option<String> {
    let inside = text.split_once('(')?.1.split_once(')')?.0.trim();
    (!inside.is_empty()).then(|| inside.to_owned())
}

fn prescriptions(object: &InMemDicomObject) -> Result<Vec<Prescription>, DicomError> {
    let mut out = Vec::new();
    for item in object.items(tags::DOSE_REFERENCE_SEQUENCE)? {
        let dose = match item.float(tags::TARGET_PRESCRIPTION_DOSE)? {
            Some(dose) => Some(dose),
            None => item.float(tags::ORGAN_AT_RISK_MAXIMUM_DOSE)?,
        };
        out.push(Prescription {
            description: text(item, tags::DOSE_REFERENCE_DESCRIPTION),
            kind: text(item, tags::DOSE_REFERENCE_TYPE),
            structure: item.int(tags::REFERENCED_ROI_NUMBER)?.and_then(|n| i32::try_from(n).ok()),
            dose: dose.map(Gray::new),
        });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::bracketed;

    #[test]
    fn the_model_behind_the_isotope() {
        assert_eq!(bracketed("I-125 (STM 1251)").as_deref(), Some("STM 1251"));
        for none in ["I-125", "I-125 ()", "I-125 (", ") I-125 ("] {
            assert_eq!(bracketed(none), None);
        }
    }
}
