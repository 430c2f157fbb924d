//! What a verification is asked to do: everything that its result depends on besides the input files.

use std::path::PathBuf;

use physics::Gray;
use serde::{Deserialize, Serialize};

use super::strength::Strength;
use crate::cli::{DoseBits, FormalismChoice, SeedOrigin, VerifyArgs};
use crate::failure::Failure;

/// A file given on the command line, kept with its text so that a result can be computed again without it.
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
    /// From the command line; reads the files it names and refuses values that cannot be meant.
    pub fn from_args(args: &VerifyArgs) -> Result<Self, Failure> {
        check_positive("--prescription", args.prescription.map(Gray::value), "145Gy")?;
        check_positive("--strength", args.strength.map(Strength::number), "0.621U")?;
        let grid_mm = args.grid.value();
        if !GRID_MM.contains(&grid_mm) {
            return Err(Failure::usage(format!(
                "--grid {} cannot be used: the voxel size must lie between {} and {} mm, for example 1mm",
                args.grid,
                GRID_MM.start(),
                GRID_MM.end()
            )));
        }
        if args.count == Some(0) {
            return Err(Failure::usage("--count 0: an implant has at least one seed"));
        }
        let read = |path: &PathBuf| -> Result<GivenFile, Failure> {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::input(format!("{} cannot be read: {error}", path.display())))?;
            Ok(GivenFile { path: path.clone(), text })
        };
        let criteria = match &args.criteria {
            None => None,
            Some(given) if is_file(given) => Some(CriteriaChoice::File(read(&PathBuf::from(given))?)),
            Some(id) => Some(CriteriaChoice::Id(id.clone())),
        };
        Ok(Self {
            case: args.case.clone(),
            prescription: args.prescription,
            seeds: args.seeds,
            model: args.model.clone(),
            model_file: args.model_file.as_ref().map(read).transpose()?,
            strength: args.strength,
            strength_date: args.strength_date,
            implant_date: args.implant_date,
            count: args.count,
            target: args.target.clone(),
            criteria,
            formalism: args.formalism,
            grid_mm,
            dose_bits: args.dose_bits,
            institution: args.institution.clone(),
        })
    }

    /// The same without the number of seeds implanted, which says nothing about the number planned.
    #[must_use]
    pub fn without_count(&self) -> Self {
        Self { count: None, ..self.clone() }
    }
}

fn is_file(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

fn check_positive(option: &str, value: Option<f64>, example: &str) -> Result<(), Failure> {
    match value {
        Some(number) if number <= 0.0 => {
            Err(Failure::usage(format!("{option} {number} is not positive; write for example {example}")))
        }
        _ => Ok(()),
    }
}
