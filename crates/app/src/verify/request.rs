//! What a verification is asked to do: everything that its result depends on besides the input files.

use std::path::PathBuf;

use clap::ValueEnum;
use physics::Gray;
use report::Language;
use serde::{Deserialize, Serialize};

use super::given::GivenSeed;
use super::strength::Strength;
use crate::failure::Failure;
use crate::setting::Setting;

/// Where the seed positions come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeedOrigin {
    /// the RTPLAN of the study
    Plan,
    /// found on the CT
    Auto,
    /// given one by one: found or planned seeds that a person has corrected, or a list from elsewhere
    Given(Vec<GivenSeed>),
}

impl SeedOrigin {
    /// Its name for machines.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Auto => "auto",
            Self::Given(_) => "given",
        }
    }
}

/// How the dose around a seed is described (AAPM TG-43U1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormalismChoice {
    /// 2D where a seed's orientation is known, else 1D
    Auto,
    /// line source with anisotropy function; needs orientations
    #[value(name = "2d")]
    Two,
    /// line source with anisotropy factor
    #[value(name = "1d")]
    One,
    /// point source with anisotropy factor
    Point,
}

/// Bits of a stored dose value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoseBits {
    /// every program reads it; steps of at most 0.05 Gy
    #[value(name = "16")]
    Sixteen,
    /// steps far below the accuracy of any dose; some programs refuse it
    #[value(name = "32")]
    ThirtyTwo,
}

/// Languages of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LanguageChoice {
    /// Chinese
    Zh,
    /// English
    En,
    /// one report in each
    Both,
}

impl LanguageChoice {
    /// The languages, one report each.
    pub fn languages(self) -> &'static [Language] {
        match self {
            Self::Zh => &[Language::Chinese],
            Self::En => &[Language::English],
            Self::Both => &[Language::Chinese, Language::English],
        }
    }
}

/// A file that was given, kept with its text so that a result can be computed again without it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenFile {
    /// where it was
    pub path: PathBuf,
    /// what it said
    pub text: String,
}

/// The criteria to judge by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CriteriaChoice {
    /// an embedded pack by its id
    Id(String),
    /// a hospital's own
    File(GivenFile),
}

/// A verification as asked for; part of `result.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// folder of the inputs
    pub case: PathBuf,
    /// prescribed dose; the plan's when absent
    pub prescription: Option<Gray>,
    /// where the seeds come from
    pub seeds: SeedOrigin,
    /// seed model by name; the plan's when absent
    pub model: Option<String>,
    /// a hospital's own seed model
    pub model_file: Option<GivenFile>,
    /// strength per seed; the plan's when absent
    pub strength: Option<Strength>,
    /// when the strength was stated
    pub strength_date: Option<jiff::civil::DateTime>,
    /// when the seeds were implanted; no decay before the implant without it
    pub implant_date: Option<jiff::civil::DateTime>,
    /// number of seeds implanted
    pub count: Option<usize>,
    /// name of the target structure
    pub target: Option<String>,
    /// criteria pack; chosen by the structures' names when absent
    pub criteria: Option<CriteriaChoice>,
    /// TG-43 formalism
    pub formalism: FormalismChoice,
    /// voxel size of the dose grid, mm
    pub grid_mm: f64,
    /// how finely the RTDOSE is stored
    pub dose_bits: DoseBits,
    /// institution on the report
    pub institution: Option<String>,
}

/// Finest and coarsest dose grid that makes sense for seeds, mm.
const GRID_MM: std::ops::RangeInclusive<f64> = 0.25..=5.0;

impl Request {
    /// The plainest request for a case: seeds of its plan, everything else as the study says.
    pub fn of(case: impl Into<PathBuf>) -> Self {
        Self {
            case: case.into(),
            prescription: None,
            seeds: SeedOrigin::Plan,
            model: None,
            model_file: None,
            strength: None,
            strength_date: None,
            implant_date: None,
            count: None,
            target: None,
            criteria: None,
            formalism: FormalismChoice::Auto,
            grid_mm: 1.0,
            dose_bits: DoseBits::Sixteen,
            institution: None,
        }
    }

    /// Refuses values that cannot be meant.
    ///
    /// # Errors
    /// A sentence with the value and what to write instead.
    pub fn check(&self) -> Result<(), Failure> {
        check_positive("the prescribed dose", Setting::Prescription, self.prescription.map(Gray::value))?;
        check_positive("the strength of a seed", Setting::Strength, self.strength.map(Strength::number))?;
        if !GRID_MM.contains(&self.grid_mm) {
            return Err(Failure::usage(format!(
                "a dose grid of {} mm cannot be used: the voxel size must lie between {} and {} mm",
                self.grid_mm,
                GRID_MM.start(),
                GRID_MM.end()
            ))
            .zh(format!(
                "剂量网格 {} mm 不可用：体素边长须在 {} 至 {} mm 之间。",
                self.grid_mm,
                GRID_MM.start(),
                GRID_MM.end()
            ))
            .setting(Setting::Grid));
        }
        if self.count == Some(0) {
            return Err(Failure::usage("the number of seeds is 0: an implant has at least one seed")
                .zh("粒子数至少为 1。")
                .setting(Setting::Count));
        }
        Ok(())
    }

    /// The same without the number of seeds implanted, which says nothing about the number planned.
    #[must_use]
    pub fn without_count(&self) -> Self {
        Self { count: None, ..self.clone() }
    }
}

fn check_positive(what: &str, setting: Setting, value: Option<f64>) -> Result<(), Failure> {
    match value {
        // not-a-number is refused too
        Some(number) if number.is_nan() || number <= 0.0 => {
            Err(Failure::usage(format!("{what} must be a number above 0, not {number}"))
                .zh(format!("所填数值须大于 0，不能是 {number}。"))
                .setting(setting))
        }
        _ => Ok(()),
    }
}
