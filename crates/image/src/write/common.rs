//! The modules that every object shares: patient, study, series, equipment, frame of reference, SOP common.

use dicom_core::VR;
use dicom_dictionary_std::tags;

use super::dataset::Dataset;
use super::{Context, WriteError, derive_uid};

/// Refuses what would make an object that nobody can file.
pub(super) fn check(context: &Context) -> Result<(), WriteError> {
    for (what, uid) in
        [("Study Instance UID", &context.study.uid), ("Frame of Reference UID", &context.frame_of_reference)]
    {
        check_uid(what, uid)?;
    }
    Ok(())
}

/// Refuses what is not a UID (PS3.5 chapter 9). Components with leading zeros exist in the wild and are passed on.
pub(super) fn check_uid(what: &str, uid: &str) -> Result<(), WriteError> {
    let sound = !uid.is_empty()
        && uid.len() <= 64
        && uid.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    if sound {
        Ok(())
    } else {
        Err(WriteError::Invalid {
            what: what.to_owned(),
            reason: format!(
                "'{uid}' is not a UID (digits and dots, at most 64 characters); give the UID of the study it belongs to"
            ),
        })
    }
}

/// The Series Instance UID of an object of this modality in this context; `content` tells series apart that share all else.
pub(super) fn series_uid(context: &Context, modality: &str, content: &[u8]) -> String {
    derive_uid(&[
        b"series",
        modality.as_bytes(),
        context.study.uid.as_bytes(),
        context.frame_of_reference.as_bytes(),
        &context.series_number.to_le_bytes(),
        context.series_description.as_bytes(),
        context.created.to_string().as_bytes(),
        context.equipment.manufacturer.as_bytes(),
        context.equipment.model.as_bytes(),
        context.equipment.software.as_bytes(),
        content,
    ])
}

/// A data set with patient, study, series, equipment and frame of reference filled in.
pub(super) fn begin(context: &Context, modality: &str, series_uid: &str) -> Dataset {
    let mut d = Dataset::default();
    // patient
    d.verbatim(tags::PATIENT_NAME, VR::PN, &context.patient.name);
    d.verbatim(tags::PATIENT_ID, VR::LO, &context.patient.id);
    d.date(tags::PATIENT_BIRTH_DATE, context.patient.birth_date);
    match context.patient.sex.as_str() {
        sex @ ("M" | "F" | "O") => d.verbatim(tags::PATIENT_SEX, VR::CS, sex),
        _ => d.empty(tags::PATIENT_SEX, VR::CS),
    }
    // study
    d.verbatim(tags::STUDY_INSTANCE_UID, VR::UI, &context.study.uid);
    d.date_time(tags::STUDY_DATE, tags::STUDY_TIME, context.study.date_time);
    d.empty(tags::REFERRING_PHYSICIAN_NAME, VR::PN);
    d.text(tags::STUDY_ID, VR::SH, &context.study.id);
    d.text(tags::ACCESSION_NUMBER, VR::SH, &context.study.accession);
    d.optional_text(tags::STUDY_DESCRIPTION, VR::LO, &context.study.description);
    // series
    d.verbatim(tags::MODALITY, VR::CS, modality);
    d.verbatim(tags::SERIES_INSTANCE_UID, VR::UI, series_uid);
    d.is(tags::SERIES_NUMBER, &[i64::from(context.series_number)]);
    d.optional_text(tags::SERIES_DESCRIPTION, VR::LO, &context.series_description);
    d.date_time(tags::SERIES_DATE, tags::SERIES_TIME, Some(context.created));
    d.empty(tags::OPERATORS_NAME, VR::PN);
    // equipment
    d.text(tags::MANUFACTURER, VR::LO, &context.equipment.manufacturer);
    d.text(tags::MANUFACTURER_MODEL_NAME, VR::LO, &context.equipment.model);
    d.optional_text(tags::DEVICE_SERIAL_NUMBER, VR::LO, &context.equipment.serial);
    d.optional_text(tags::SOFTWARE_VERSIONS, VR::LO, &context.equipment.software);
    // frame of reference
    d.verbatim(tags::FRAME_OF_REFERENCE_UID, VR::UI, &context.frame_of_reference);
    d.empty(tags::POSITION_REFERENCE_INDICATOR, VR::LO);
    // SOP common
    d.date_time(tags::INSTANCE_CREATION_DATE, tags::INSTANCE_CREATION_TIME, Some(context.created));
    if let Some(minutes) = context.utc_offset_minutes {
        let sign = if minutes < 0 { '-' } else { '+' };
        let m = minutes.abs();
        d.verbatim(tags::TIMEZONE_OFFSET_FROM_UTC, VR::SH, &format!("{sign}{:02}{:02}", m / 60, m % 60));
    }
    d
}

/// A reference to another object.
pub(super) fn reference(class: &str, instance: &str) -> Dataset {
    let mut d = Dataset::default();
    d.verbatim(tags::REFERENCED_SOP_CLASS_UID, VR::UI, class);
    d.verbatim(tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, instance);
    d
}
