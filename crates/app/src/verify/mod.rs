//! The main job: from a post-implant study to a verified dose, one step after the other.
//!
//! Nothing here knows the command line. [`read`] and [`verify`] are the whole; [`steps`] are its parts, for a program that shows a case
//! while it is worked on. Progress and the wish to stop go through one [`Watch`] a job.

pub(crate) mod assess;
pub(crate) mod choose;
mod compare;
pub(crate) mod engine;
mod extent;
mod given;
pub(crate) mod notice;
mod objects;
mod outputs;
mod record;
mod request;
pub mod seed_file;
mod sheet;
pub(crate) mod sources;
pub(crate) mod steps;
mod strength;

pub(crate) use sheet::moment;

use dose::criteria::Pack;
use dose::dvh::Dvh;
use dose::tg43::{DoseResult, Formalism};
use image::Structure;
use image::study::{Study, import};
use jiff::Zoned;
use jiff::civil::Date;
use physics::Gray;

pub use assess::{Effect, Judged, Measured};
pub use choose::Chosen;
pub use compare::PointRatio;
pub use given::{GivenSeed, SeedTag};
pub use notice::{Days, Level, Notice};
pub use outputs::{OutputFile, files};
pub use record::{FORMAT, digest, dose_digest, verdict};
pub use request::{CriteriaChoice, DoseBits, FormalismChoice, GivenFile, LanguageChoice, Request, SeedOrigin};
pub use sources::{Kind, Placed, Seeds, search};
pub use strength::Strength;

use crate::failure::{Failure, unusable_study};
use crate::watch::{Step, Watch};

/// Whom a case is of, as registered: what its report bears, whatever the files call the patient.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registered {
    /// number of the case
    pub case: String,
    /// name as the patient writes it
    pub name: String,
    /// the hospital's number of the patient
    pub number: String,
    /// date of birth, where known
    pub birth_date: Option<Date>,
    /// `M`, `F`, `O` or empty
    pub sex: String,
}

/// A finished verification: inputs, choices, dose and judgement.
pub struct Verified<'s> {
    /// as asked for
    pub request: &'s Request,
    /// the inputs
    pub study: &'s Study,
    /// what was chosen of them
    pub chosen: Chosen<'s>,
    /// prescribed dose
    pub prescription: Gray,
    /// the criteria
    pub pack: Pack,
    /// the target
    pub target: &'s Structure,
    /// the seeds
    pub seeds: Seeds,
    /// how dose was computed
    pub formalism: Formalism,
    /// the dose
    pub dose: DoseResult,
    /// every structure with its histogram
    pub measured: Vec<Measured<'s>>,
    /// what the criteria came to
    pub judged: Judged,
    /// biologically effective dose of the target's D90
    pub effect: Option<Effect>,
    /// the implant beside its plan, when the seeds are not the plan's own and the plan has positions
    pub planned: Option<Planned<'s>>,
    /// our dose beside the planning system's
    pub system: Option<System>,
    /// what the reader must be told
    pub notices: Vec<Notice>,
    /// when it was done
    pub now: Zoned,
    /// head of the ledger at that moment, for the report; empty when there is no ledger
    pub ledger_head: String,
    /// the patient as registered, where the verification is of a case
    pub registered: Option<Registered>,
}

/// The plan computed by the same engine, and which of its seeds is which found one.
pub struct Planned<'s> {
    /// its seeds
    pub seeds: Seeds,
    /// pairs of found and planned seeds
    pub matching: image::seeds::Matching,
    /// every structure under the planned dose
    pub measured: Vec<Measured<'s>>,
}

/// The planning system's own dose, through the same histogram code.
pub struct System {
    /// who computed it
    pub name: String,
    /// histogram of the target
    pub target: Option<Dvh>,
    /// ours over theirs, point by point; only where both have the same seeds
    pub ratio: Option<PointRatio>,
}

/// Reads the study; the first step, apart because everything else borrows from it.
pub fn read(request: &Request, watch: &dyn Watch) -> Result<Study, Failure> {
    watch.step(Step::Reading)?;
    import(&request.case, &|done, of| watch.advance(done, of)).map_err(|error| unusable_study(&error))
}

/// Verifies: choose → seeds → dose → histograms and judgement → comparison.
pub fn verify<'s>(
    request: &'s Request,
    study: &'s Study,
    now: &Zoned,
    watch: &dyn Watch,
) -> Result<Verified<'s>, Failure> {
    request.check()?;
    let mut notices = notice::of_study(study);
    let case = steps::prepare(request, study, &mut notices)?;
    let models = sources::Models::load(request)?;
    watch.step(Step::Seeds)?;
    let seeds = steps::seeds(request, &case, &models, watch, &mut notices)?;
    watch.step(Step::Dose)?;
    let (formalism, dose) = steps::dose(request, &case, &seeds, &mut notices)?;
    watch.step(Step::Structures)?;
    let (measured, judged, effect) = steps::judge(&case, &seeds, &dose.volume, &mut notices)?;
    watch.step(Step::Comparing)?;
    let planned = steps::against_plan(request, &case, &models, &seeds, &dose.volume.grid)?;
    let system = steps::against_system(request, &case, &seeds, &dose.volume);
    notices.sort_by_key(|notice| std::cmp::Reverse(notice.level));
    let steps::Case { chosen, pack, target, prescription, .. } = case;
    Ok(Verified {
        request,
        study,
        chosen,
        prescription,
        pack,
        target,
        seeds,
        formalism,
        dose,
        measured,
        judged,
        effect,
        planned,
        system,
        notices,
        now: now.clone(),
        ledger_head: String::new(),
        registered: None,
    })
}

/// Finds the seeds on the CT of a study, near its target, and nothing else.
///
/// # Errors
/// When something that the search needs is missing, nothing was found, or it was stopped.
pub fn found_seeds(request: &Request, study: &Study, watch: &dyn Watch) -> Result<image::seeds::Findings, Failure> {
    let case = steps::prepare(request, study, &mut Vec::new())?;
    let models = sources::Models::load(request)?;
    let seeds = sources::found(&case.chosen, case.target_region(), &models, request, watch, &mut Vec::new())?;
    seeds.findings.ok_or_else(|| Failure::failed("the search for seeds told nothing"))
}

/// What was wrong with the files of a study, one by one, each in Chinese and English.
pub fn import_remarks(study: &Study) -> Vec<(&image::study::Problem, String, String)> {
    study.problems.iter().map(|problem| (problem, notice::chinese(&problem.reason), problem.reason.clone())).collect()
}
