//! RTPLAN: brachytherapy plans in full, external-beam plans by name.

use jiff::civil::DateTime;
use physics::{AirKermaStrength, Gray, Seconds};

use crate::Point;

mod channels;
mod read;

pub use read::read;

/// A prescription or constraint of the plan (Dose Reference Sequence).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prescription {
    /// Dose Reference Description; may be empty
    pub description: String,
    /// TARGET or ORGAN_AT_RISK
    pub kind: String,
    /// ROI number of the structure it refers to, where stated
    pub structure: Option<i32>,
    /// target prescription dose
    pub dose: Option<Gray>,
}

/// The unit in which the strength of a source is stated (Source Strength Units).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StrengthUnit {
    /// air-kerma rate at 1 m, µGy/h: 1 U
    #[default]
    AirKermaRate,
    /// dose rate in water (beta and electronic sources), Gy/h; never an air-kerma strength
    DoseRateWater,
}

/// A kind of source that the plan uses.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanSource {
    /// Source Number, by which channels refer to it
    pub number: i32,
    /// as written: `I-125`, `125I`, `I-125 (STM 1251)`
    pub isotope: String,
    /// Source Model ID, else Source Description, else what stands in brackets behind the isotope; empty when not stated
    pub model: String,
    /// POINT, LINE, CYLINDER or SPHERE
    pub shape: String,
    /// Source Manufacturer; may be empty
    pub manufacturer: String,
    /// Source Serial Number or lot; may be empty
    pub serial: String,
    /// half-life as the plan states it
    pub half_life: Option<Seconds>,
    /// air-kerma strength of one source at `reference_date_time`
    pub air_kerma_strength: Option<AirKermaStrength>,
    /// unit the strength was stated in
    pub unit: StrengthUnit,
    /// when it had that strength, local time of the planning system
    pub reference_date_time: Option<DateTime>,
    /// Active Source Length, mm
    pub active_length_mm: Option<f64>,
    /// Active Source Diameter, mm
    pub active_diameter_mm: Option<f64>,
}

/// Brachy Treatment Technique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Technique {
    /// seeds that stay
    Permanent,
    /// needles in tissue
    Interstitial,
    /// in a body cavity
    Intracavitary,
    /// in a lumen
    Intraluminary,
    /// on the surface
    Contact,
    /// in a vessel
    Intravascular,
    /// anything else, as written; empty when not stated
    Other(String),
}

/// Brachy Treatment Type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrachyType {
    /// placed by hand
    Manual,
    /// high dose rate afterloading
    Hdr,
    /// medium dose rate
    Mdr,
    /// low dose rate
    Ldr,
    /// pulsed dose rate
    Pdr,
    /// anything else, as written; empty when not stated
    Other(String),
}

/// One place where a source rests.
#[derive(Debug, Clone, PartialEq)]
pub struct Dwell {
    /// patient position; some systems give only the place along the channel
    pub position: Option<Point>,
    /// distance along the channel (Control Point Relative Position), mm
    pub relative_mm: Option<f64>,
    /// unit vector along the source, where stated
    pub axis: Option<Point>,
    /// how long it rests, where the plan gives times
    pub time: Option<Seconds>,
}

/// A channel (needle, catheter, strand) of an application setup and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// Application Setup Number
    pub setup: i32,
    /// Application Setup Type (PERINEAL, FLETCHER_SUIT…); may be empty
    pub setup_type: String,
    /// Channel Number
    pub number: i32,
    /// Source Applicator ID or name; empty when not stated
    pub applicator: String,
    /// index into [`Brachy::sources`], where the reference is sound
    pub source: Option<usize>,
    /// Channel Total Time, where stated
    pub total_time: Option<Seconds>,
    /// the places, in order
    pub dwells: Vec<Dwell>,
}

/// A brachytherapy treatment.
#[derive(Debug, Clone, PartialEq)]
pub struct Brachy {
    /// how it is applied
    pub technique: Technique,
    /// how it is loaded
    pub kind: BrachyType,
    /// the kinds of sources used
    pub sources: Vec<PlanSource>,
    /// every channel of every application setup, in file order
    pub channels: Vec<Channel>,
}

/// What the plan treats with.
#[derive(Debug, Clone, PartialEq)]
pub enum Treatment {
    /// sources in or on the patient
    Brachy(Brachy),
    /// external beams; listed only
    ExternalBeam {
        /// Beam Name (or number) of each
        beams: Vec<String>,
    },
    /// neither is described
    None,
}

/// A seed of a permanent implant.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedSeed {
    /// patient position of its centre
    pub position: Point,
    /// unit vector along the seed, where the plan states it
    pub axis: Option<Point>,
    /// index into the plan's sources
    pub source: usize,
    /// needle or strand it came from; empty when not stated
    pub applicator: String,
}

/// A treatment plan (RTPLAN).
#[derive(Debug, Clone, PartialEq)]
pub struct RtPlan {
    /// SOP Instance UID
    pub sop_instance_uid: String,
    /// Series Instance UID
    pub series_uid: String,
    /// Study Instance UID
    pub study_uid: String,
    /// Frame of Reference UID; empty when not stated, as many systems leave it
    pub frame_of_reference: String,
    /// RT Plan Label
    pub label: String,
    /// RT Plan Name; may be empty
    pub name: String,
    /// RT Plan Date and Time, local time, where stated
    pub date_time: Option<DateTime>,
    /// offset of all local times of the plan from UTC, minutes, where stated
    pub utc_offset_minutes: Option<i32>,
    /// PATIENT or TREATMENT_DEVICE
    pub geometry: String,
    /// Plan Intent (CURATIVE, VERIFICATION…); may be empty
    pub intent: String,
    /// Approval Status; may be empty
    pub approval: String,
    /// SOP Instance UID of the structure set it was made on
    pub structure_set: Option<String>,
    /// Number of Fractions Planned
    pub fractions: Option<i64>,
    /// prescriptions and constraints
    pub prescriptions: Vec<Prescription>,
    /// what it treats with
    pub treatment: Treatment,
    /// the seeds of a permanent implant, in file order; empty for anything else
    pub seeds: Vec<PlannedSeed>,
    /// what looks odd but was used
    pub warnings: Vec<String>,
}

impl RtPlan {
    /// The brachytherapy part, if that is what it is.
    pub fn brachy(&self) -> Option<&Brachy> {
        match &self.treatment {
            Treatment::Brachy(brachy) => Some(brachy),
            _ => None,
        }
    }

    /// The kinds of sources; empty for external beams.
    pub fn sources(&self) -> &[PlanSource] {
        self.brachy().map_or(&[], |b| b.sources.as_slice())
    }

    /// Whether it is a permanent implant.
    pub fn is_permanent_implant(&self) -> bool {
        self.brachy().is_some_and(|b| b.technique == Technique::Permanent)
    }
}
