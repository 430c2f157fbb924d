//! What a verification report says: plain data, filled by the caller.
//!
//! Free text (names, sentences, limits) is printed as given, so write it in the report's language; labels come from
//! the term table. A number that could not be determined is `f64::NAN` together with a reason, and prints as "—".

use image::{Point, Structure, Volume};
use physics::{AirKermaStrength, Gray};

/// Everything a dose-verification report shows.
#[derive(Debug, Clone)]
pub struct Verification<'a> {
    /// short name of the case, in the header of every page
    pub case: String,
    /// whom the implant is in
    pub patient: Patient,
    /// hospital or department
    pub institution: String,
    /// the images the verification rests on
    pub study: Study,
    /// what was implanted
    pub implant: Implant,
    /// prescribed dose to the periphery of the target
    pub prescription: Gray,
    /// what the criteria came to
    pub verdict: Verdict,
    /// the post-implant CT; without it the slices show isodoses and contours only
    pub ct: Option<&'a Volume>,
    /// absorbed dose, Gy
    pub dose: &'a Volume,
    /// contoured regions
    pub structures: &'a [Structure],
    /// ROI number of the target among `structures`; without it the images centre on the seeds
    pub target: Option<i32>,
    /// every seed, in the order of its number
    pub seeds: Vec<Seed>,
    /// cumulative dose-volume histograms
    pub curves: Vec<Curve<'a>>,
    /// indices and how they were judged
    pub indices: Vec<Index>,
    /// the planned implant beside the real one, where a plan was given
    pub comparison: Option<Comparison<'a>>,
    /// our dose beside the planning system's own, where its dose was given
    pub system: Option<SystemDose>,
    /// what the reader must know before using the result
    pub warnings: Vec<Warning>,
    /// how each step was done
    pub methods: Vec<Method>,
    /// data files the result depends on
    pub data: Vec<DataFile>,
    /// files that were read
    pub inputs: Vec<InputFile>,
    /// name and version of the software, for example `Dosewright 0.1.0`
    pub software: String,
    /// SHA-256 of the machine-readable result, hexadecimal; empty when there is none
    pub result_hash: String,
    /// head of the ledger when the report was made; empty when there is no ledger
    pub ledger_head: String,
    /// when the report was made; the report itself knows no clock
    pub generated: Moment,
    /// how the slices are shown
    pub display: Display,
}

/// Identity of the patient; absent items are empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patient {
    /// as registered
    pub name: String,
    /// patient identifier
    pub id: String,
    /// date of birth, as it should print
    pub birth: String,
    /// sex, as it should print
    pub sex: String,
}

/// The images the verification rests on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Study {
    /// date of the post-implant scan
    pub date: String,
    /// days from implant to scan, where known
    pub days_after_implant: Option<f64>,
    /// scanner and series, for example `Siemens SOMATOM, 36 × 2.5 mm, 120 kV`
    pub description: String,
}

/// What was implanted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Implant {
    /// target, for example prostate
    pub site: String,
    /// date of the implant
    pub date: String,
    /// seeds of one model and strength; a mixed implant has several
    pub groups: Vec<SeedGroup>,
    /// where the positions came from
    pub seeds_from: SeedSource,
    /// number of seeds stated by the user or the plan
    pub expected_count: Option<usize>,
    /// dose formalism, for example `TG-43 1D, line source`
    pub formalism: String,
    /// what dose is reported, for example dose to infinity
    pub dose_kind: String,
}

/// Seeds of one model and strength.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedGroup {
    /// seed model
    pub model: String,
    /// nuclide, for example `¹²⁵I` or `I-125`
    pub nuclide: String,
    /// half-life as it should print, for example `59.4 d`
    pub half_life: String,
    /// air-kerma strength of one seed
    pub strength: AirKermaStrength,
    /// date and time the strength refers to
    pub strength_date: String,
    /// number of seeds
    pub count: usize,
    /// outer length, mm; seeds are drawn to scale
    pub length_mm: f64,
    /// outer diameter, mm
    pub diameter_mm: f64,
}

/// Where seed positions came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SeedSource {
    /// read from the treatment plan
    #[default]
    Plan,
    /// found on the CT
    Found,
    /// found on the CT, then edited by hand
    Edited,
    /// read from the treatment plan, then edited by hand
    EditedPlan,
    /// given as a list
    Given,
}

/// How a seed's position came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// read from the treatment plan
    #[default]
    Plan,
    /// found on the CT
    Found,
    /// added by hand
    Added,
    /// moved by hand
    Moved,
}

impl Origin {
    /// Its name in tables for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Found => "found",
            Self::Added => "added",
            Self::Moved => "moved",
        }
    }
}

/// One seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Seed {
    /// number in the report, from 1
    pub number: usize,
    /// centre, mm
    pub centre: Point,
    /// unit vector along the seed; `None` when the orientation is unknown
    pub axis: Option<Point>,
    /// 0 to 1; `None` when the position was given rather than found
    pub confidence: Option<f64>,
    /// how its position came about
    pub origin: Origin,
    /// index into [`Implant::groups`]
    pub group: usize,
    /// what is unsure, for example `touches 13`
    pub note: String,
}

/// What a curve's structure is to the treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// the target
    Target,
    /// an organ at risk
    OrganAtRisk,
    /// anything else
    Other,
}

/// A cumulative dose-volume histogram.
#[derive(Debug, Clone)]
pub struct Curve<'a> {
    /// structure name
    pub structure: String,
    /// line colour, as in the images
    pub colour: [u8; 3],
    /// what the structure is to the treatment
    pub role: Role,
    /// volume of the structure, cm³
    pub volume_cm3: f64,
    /// lowest, mean and highest dose, Gy
    pub min_mean_max_gy: [f64; 3],
    /// (dose in Gy, volume in cm³ that receives at least this dose), dose ascending
    pub points: &'a [(f64, f64)],
}

/// How an index was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// within the limit
    Met,
    /// outside a required limit
    NotMet,
    /// outside a limit that is only advised
    AdviceNotMet,
    /// a limit exists but the index could not be determined
    NoEvidence,
    /// reported only; no limit applies
    NotJudged,
}

/// One index of one structure.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// structure name
    pub structure: String,
    /// for example `D90` or `V100`
    pub name: String,
    /// value in `unit`; not finite when it could not be determined
    pub value: f64,
    /// standard uncertainty in `unit`, where known
    pub uncertainty: Option<f64>,
    /// for example `Gy`, `%`, `cm³`; empty for a pure number
    pub unit: String,
    /// limit as it should print, for example `≥ 90 %`; empty when none applies
    pub limit: String,
    /// how it was judged
    pub judgement: Judgement,
    /// where the limit comes from, for example `AAPM TG-137, table IV`
    pub source: String,
    /// why there is no value, or any other remark
    pub reason: String,
    /// whether it belongs on the first page
    pub key: bool,
}

/// The planned implant beside the real one.
#[derive(Debug, Clone)]
pub struct Comparison<'a> {
    /// number of seeds in the plan
    pub planned: usize,
    /// number of seeds implanted
    pub implanted: usize,
    /// how the two coordinate systems were brought together
    pub registration: String,
    /// seed by seed, in the order of the plan, then seeds without a planned one
    pub displacements: Vec<Displacement>,
    /// indices of both
    pub indices: Vec<ComparedIndex>,
    /// histograms of the plan, drawn dashed
    pub planned_curves: Vec<Curve<'a>>,
}

/// A planned seed and the implanted one that was paired with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Displacement {
    /// number of the planned seed, `None` for an implanted seed beyond the plan
    pub planned: Option<usize>,
    /// number of the implanted seed, `None` when the planned seed was not found
    pub implanted: Option<usize>,
    /// implanted minus planned position, mm (to the left, to the back, to the head); `None` without a pair
    pub vector_mm: Option<Point>,
}

/// An index of the plan and of the implant.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedIndex {
    /// structure name
    pub structure: String,
    /// for example `D90`
    pub name: String,
    /// unit of both values
    pub unit: String,
    /// as planned
    pub planned: f64,
    /// as implanted
    pub implanted: f64,
}

/// Our dose beside the planning system's own dose of the same study.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemDose {
    /// who computed the other dose; empty when it does not say
    pub name: String,
    /// what the two differ in besides the engine, for example other seed positions; empty when nothing
    pub remark: String,
    /// indices of both
    pub indices: Vec<SystemIndex>,
    /// ours over theirs, point by point; only where both have the same seeds
    pub ratio: Option<PointRatio>,
}

/// An index in both doses.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemIndex {
    /// structure name
    pub structure: String,
    /// for example `D90`
    pub name: String,
    /// unit of both values
    pub unit: String,
    /// in our dose
    pub ours: f64,
    /// in the planning system's dose
    pub theirs: f64,
}

/// Ours over theirs at many points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointRatio {
    /// number of points
    pub points: usize,
    /// only points farther than this from every seed are compared, mm
    pub clear_mm: f64,
    /// lowest 5 %, median, highest 5 %
    pub percentiles: [f64; 3],
}

/// How much a warning matters, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// the result must not be used before this is settled
    Blocking,
    /// to be looked at before signing
    Caution,
    /// good to know
    Note,
}

/// Something the reader must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// how much it matters
    pub severity: Severity,
    /// a sentence: what, where, what to do
    pub text: String,
}

/// What the criteria came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// all criteria met
    Met,
    /// at least one criterion not met
    NotMet,
    /// criteria met or not judged, but a warning has to be settled first
    Review,
    /// no criterion could be judged
    NotJudged,
}

/// The verdict box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// what the criteria came to
    pub outcome: Outcome,
    /// one or two sentences for the physician
    pub sentence: String,
    /// the rule pack that was applied, with its version
    pub criteria: String,
}

/// How a step was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// the step, for example dose
    pub step: String,
    /// how, in a sentence
    pub description: String,
    /// engine and version
    pub version: String,
}

/// A data file the result depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// file name
    pub name: String,
    /// version stated in the file
    pub version: String,
    /// SHA-256, hexadecimal
    pub sha256: String,
}

/// A file that was read, or many of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// what it is, for example `CT` or `RTSTRUCT`
    pub kind: String,
    /// path relative to the case; of many, from which to which
    pub path: String,
    /// SHA-256, hexadecimal; of many, the SHA-256 over their digests in ascending order, each as text and a line feed
    pub sha256: String,
    /// how many files it stands for
    pub count: usize,
}

/// A moment in civil time with its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// year
    pub year: u16,
    /// 1 to 12
    pub month: u8,
    /// 1 to 31
    pub day: u8,
    /// 0 to 23
    pub hour: u8,
    /// 0 to 59
    pub minute: u8,
    /// 0 to 59
    pub second: u8,
    /// offset from UTC, minutes, east positive
    pub utc_offset_minutes: i16,
}

/// How the slices are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Display {
    /// CT number of mid-grey, HU
    pub window_level: f64,
    /// CT numbers from black to white, HU
    pub window_width: f64,
    /// isodose lines, % of the prescription, ascending
    pub isodose_percent: Vec<f64>,
    /// number of axial slices
    pub axial_slices: usize,
}

impl Default for Display {
    /// Soft tissue with seeds (level 40, width 400 HU); 50, 100, 150 and 200 %; nine slices.
    fn default() -> Self {
        Self {
            window_level: 40.0,
            window_width: 400.0,
            isodose_percent: vec![50.0, 100.0, 150.0, 200.0],
            axial_slices: 9,
        }
    }
}
