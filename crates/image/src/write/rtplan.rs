//! RTPLAN of a permanent implant.

use std::f64::consts::LN_2;

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use physics::{AirKermaStrength, Seconds};

use super::common::{begin, check, check_uid, reference, series_uid};
use super::dataset::Dataset;
use super::{Context, WriteError, Written};
use crate::rtplan::{PlanSource, PlannedSeed, Prescription, StrengthUnit};

/// A permanent implant: which sources lie where.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Implant {
    /// RT Plan Label (16 characters are kept)
    pub label: String,
    /// RT Plan Name; may be empty
    pub name: String,
    /// Plan Intent: VERIFICATION after the implant, CURATIVE or PALLIATIVE before it; may be empty
    pub intent: String,
    /// Application Setup Type, for example PERINEAL for a prostate implanted through the perineum
    pub setup_type: String,
    /// SOP Instance UID of the structure set it goes with
    pub structure_set: Option<String>,
    /// prescriptions
    pub prescriptions: Vec<Prescription>,
    /// the kinds of sources; half-life, air-kerma strength and reference date must be known
    pub sources: Vec<PlanSource>,
    /// the seeds
    pub seeds: Vec<PlannedSeed>,
}

/// Encodes a permanent implant as RTPLAN: one application setup, one channel with a fixed source for each seed.
///
/// The channel's time is the mean life of the source (T½ / ln 2), in which a permanent source gives its whole air kerma.
///
/// # Errors
/// When there are no seeds, a source lacks its strength, half-life or reference date, a seed refers to no source or lies nowhere, or a
/// UID is none.
pub fn rtplan_permanent(implant: &Implant, context: &Context) -> Result<Written, WriteError> {
    check(context)?;
    let invalid = |what: String, reason: &str| WriteError::Invalid { what, reason: reason.to_owned() };
    if implant.seeds.is_empty() {
        return Err(invalid("the plan".to_owned(), "it has no seeds; a permanent implant needs at least one"));
    }
    let setup_type = if implant.setup_type.is_empty() { "INTERSTITIAL" } else { implant.setup_type.as_str() };
    let sources = implant.sources.iter().map(Known::check).collect::<Result<Vec<_>, _>>()?;
    for (i, known) in sources.iter().enumerate() {
        if sources.iter().take(i).any(|other| other.source.number == known.source.number) {
            return Err(invalid(
                format!("source {}", known.source.number),
                "another source has the same number; number them 1, 2, 3…",
            ));
        }
    }

    let series = series_uid(context, "RTPLAN", &[]);
    let mut d = begin(context, "RTPLAN", &series);
    d.text(tags::RT_PLAN_LABEL, VR::SH, &implant.label);
    d.optional_text(tags::RT_PLAN_NAME, VR::LO, &implant.name);
    d.date_time(tags::RT_PLAN_DATE, tags::RT_PLAN_TIME, Some(context.created));
    if !implant.intent.is_empty() {
        d.verbatim(tags::PLAN_INTENT, VR::CS, &implant.intent);
    }
    d.verbatim(
        tags::RT_PLAN_GEOMETRY,
        VR::CS,
        if implant.structure_set.is_some() { "PATIENT" } else { "TREATMENT_DEVICE" },
    );
    if let Some(set) = &implant.structure_set {
        check_uid("the structure set's SOP Instance UID", set)?;
        d.sequence(tags::REFERENCED_STRUCTURE_SET_SEQUENCE, vec![reference(uids::RT_STRUCTURE_SET_STORAGE, set)]);
    }
    if !implant.prescriptions.is_empty() {
        let items = implant.prescriptions.iter().zip(1..).map(|(p, number)| prescription(p, number)).collect();
        d.sequence(tags::DOSE_REFERENCE_SEQUENCE, items);
    }
    let mut setup_reference = Dataset::default();
    setup_reference.is(tags::REFERENCED_BRACHY_APPLICATION_SETUP_NUMBER, &[1]);
    let mut fractions = Dataset::default();
    fractions.is(tags::FRACTION_GROUP_NUMBER, &[1]);
    fractions.is(tags::NUMBER_OF_FRACTIONS_PLANNED, &[1]);
    fractions.is(tags::NUMBER_OF_BEAMS, &[0]);
    fractions.is(tags::NUMBER_OF_BRACHY_APPLICATION_SETUPS, &[1]);
    fractions.sequence(tags::REFERENCED_BRACHY_APPLICATION_SETUP_SEQUENCE, vec![setup_reference]);
    d.sequence(tags::FRACTION_GROUP_SEQUENCE, vec![fractions]);

    d.verbatim(tags::BRACHY_TREATMENT_TECHNIQUE, VR::CS, "PERMANENT");
    d.verbatim(tags::BRACHY_TREATMENT_TYPE, VR::CS, "MANUAL");
    let mut machine = Dataset::default();
    machine.text(tags::TREATMENT_MACHINE_NAME, VR::SH, "Manual loading");
    d.sequence(tags::TREATMENT_MACHINE_SEQUENCE, vec![machine]);
    d.sequence(tags::SOURCE_SEQUENCE, sources.iter().map(Known::item).collect());

    let mut channels = Vec::with_capacity(implant.seeds.len());
    let mut total_kerma_ugy = 0.0;
    for (seed, number) in implant.seeds.iter().zip(1_i64..) {
        let known = sources.get(seed.source).ok_or_else(|| {
            invalid(
                format!("seed {number}"),
                "it refers to a source that the plan does not have; give it one of the plan's sources",
            )
        })?;
        total_kerma_ugy += known.total_kerma_ugy();
        channels.push(channel(seed, number, known)?);
    }
    let mut setup = Dataset::default();
    setup.verbatim(tags::APPLICATION_SETUP_TYPE, VR::CS, setup_type);
    setup.is(tags::APPLICATION_SETUP_NUMBER, &[1]);
    setup.ds(tags::TOTAL_REFERENCE_AIR_KERMA, &[total_kerma_ugy]);
    setup.sequence(tags::CHANNEL_SEQUENCE, channels);
    d.sequence(tags::APPLICATION_SETUP_SEQUENCE, vec![setup]);
    d.verbatim(tags::APPROVAL_STATUS, VR::CS, "UNAPPROVED");
    d.finish("RTPLAN", uids::RT_PLAN_STORAGE, series)
}

/// A source of which everything is known that a plan must state.
struct Known<'a> {
    source: &'a PlanSource,
    strength: AirKermaStrength,
    half_life: Seconds,
    reference: jiff::civil::DateTime,
}

impl<'a> Known<'a> {
    fn check(source: &'a PlanSource) -> Result<Self, WriteError> {
        let lacks = |what: &str| WriteError::Invalid {
            what: format!("source {}", source.number),
            reason: format!("it lacks {what}; give it"),
        };
        if source.unit != StrengthUnit::AirKermaRate {
            return Err(lacks("an air-kerma strength (its strength is a dose rate in water)"));
        }
        let positive = |v: f64| v.is_finite() && v > 0.0;
        Ok(Self {
            source,
            strength: source
                .air_kerma_strength
                .filter(|s| positive(s.value()))
                .ok_or_else(|| lacks("a positive air-kerma strength"))?,
            half_life: source.half_life.filter(|t| positive(t.value())).ok_or_else(|| lacks("a positive half-life"))?,
            reference: source.reference_date_time.ok_or_else(|| lacks("the date of its strength"))?,
        })
    }

    fn mean_life(&self) -> Seconds {
        self.half_life * (1.0 / LN_2)
    }

    /// Air kerma at 1 m over the whole decay, µGy: strength (µGy/h at 1 m) times mean life.
    fn total_kerma_ugy(&self) -> f64 {
        self.strength.value() * self.mean_life().hours()
    }

    fn item(&self) -> Dataset {
        let s = self.source;
        let mut d = Dataset::default();
        d.is(tags::SOURCE_NUMBER, &[i64::from(s.number)]);
        d.optional_text(tags::SOURCE_SERIAL_NUMBER, VR::LO, &s.serial);
        d.optional_text(tags::SOURCE_MODEL_ID, VR::SH, &s.model);
        d.verbatim(tags::SOURCE_TYPE, VR::CS, if s.shape.is_empty() { "LINE" } else { &s.shape });
        d.optional_text(tags::SOURCE_MANUFACTURER, VR::LO, &s.manufacturer);
        if let Some(mm) = s.active_diameter_mm {
            d.ds(tags::ACTIVE_SOURCE_DIAMETER, &[mm]);
        }
        if let Some(mm) = s.active_length_mm {
            d.ds(tags::ACTIVE_SOURCE_LENGTH, &[mm]);
        }
        d.text(tags::SOURCE_ISOTOPE_NAME, VR::LO, &s.isotope);
        d.ds(tags::SOURCE_ISOTOPE_HALF_LIFE, &[self.half_life.days()]);
        d.verbatim(tags::SOURCE_STRENGTH_UNITS, VR::CS, "AIR_KERMA_RATE");
        d.ds(tags::REFERENCE_AIR_KERMA_RATE, &[self.strength.value()]);
        d.ds(tags::SOURCE_STRENGTH, &[self.strength.value()]);
        d.date_time(tags::SOURCE_STRENGTH_REFERENCE_DATE, tags::SOURCE_STRENGTH_REFERENCE_TIME, Some(self.reference));
        d
    }
}

fn prescription(p: &Prescription, number: i64) -> Dataset {
    let mut d = Dataset::default();
    d.is(tags::DOSE_REFERENCE_NUMBER, &[number]);
    match p.structure {
        Some(roi) => {
            d.verbatim(tags::DOSE_REFERENCE_STRUCTURE_TYPE, VR::CS, "VOLUME");
            d.is(tags::REFERENCED_ROI_NUMBER, &[i64::from(roi)]);
        }
        None => d.verbatim(tags::DOSE_REFERENCE_STRUCTURE_TYPE, VR::CS, "SITE"),
    }
    d.optional_text(tags::DOSE_REFERENCE_DESCRIPTION, VR::LO, &p.description);
    let organ = p.kind == "ORGAN_AT_RISK";
    d.verbatim(tags::DOSE_REFERENCE_TYPE, VR::CS, if organ { "ORGAN_AT_RISK" } else { "TARGET" });
    if let Some(dose) = p.dose {
        let tag = if organ { tags::ORGAN_AT_RISK_MAXIMUM_DOSE } else { tags::TARGET_PRESCRIPTION_DOSE };
        d.ds(tag, &[dose.value()]);
    }
    d
}

/// A channel that holds one seed from now on: two control points at its place, all of the time between them.
fn channel(seed: &PlannedSeed, number: i64, known: &Known<'_>) -> Result<Dataset, WriteError> {
    let sound = |p: &[f64; 3]| p.iter().all(|c| c.is_finite());
    if !sound(&seed.position) || !seed.axis.as_ref().is_none_or(sound) {
        return Err(WriteError::Invalid {
            what: format!("seed {number}"),
            reason: "its position or axis is not a finite number; give it a place in the patient".to_owned(),
        });
    }
    let point = |index: i64, weight: f64| {
        let mut d = Dataset::default();
        d.is(tags::CONTROL_POINT_INDEX, &[index]);
        d.ds(tags::CUMULATIVE_TIME_WEIGHT, &[weight]);
        d.ds(tags::CONTROL_POINT_RELATIVE_POSITION, &[0.0]);
        d.ds(tags::CONTROL_POINT3_D_POSITION, &seed.position);
        if let Some(axis) = seed.axis {
            d.fl(tags::CONTROL_POINT_ORIENTATION, axis.map(|c| c as f32));
        }
        d
    };
    let mut d = Dataset::default();
    d.is(tags::CHANNEL_NUMBER, &[number]);
    d.empty(tags::CHANNEL_LENGTH, VR::DS);
    d.ds(tags::CHANNEL_TOTAL_TIME, &[known.mean_life().value()]);
    d.verbatim(tags::SOURCE_MOVEMENT_TYPE, VR::CS, "FIXED");
    d.optional_text(tags::SOURCE_APPLICATOR_NAME, VR::LO, &seed.applicator);
    d.empty(tags::TRANSFER_TUBE_NUMBER, VR::IS);
    d.is(tags::REFERENCED_SOURCE_NUMBER, &[i64::from(known.source.number)]);
    d.is(tags::NUMBER_OF_CONTROL_POINTS, &[2]);
    d.ds(tags::FINAL_CUMULATIVE_TIME_WEIGHT, &[1.0]);
    d.sequence(tags::BRACHY_CONTROL_POINT_SEQUENCE, vec![point(0, 0.0), point(1, 1.0)]);
    Ok(d)
}
