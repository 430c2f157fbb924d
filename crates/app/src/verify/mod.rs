//! The main job: from a post-implant study to a verified dose, one step after the other.

mod assess;
mod choose;
mod compare;
mod engine;
mod notice;
mod objects;
mod outputs;
mod record;
mod request;
mod sheet;
mod sources;
mod strength;

use dose::criteria::Pack;
use dose::dvh::Dvh;
use dose::tg43::{DoseResult, Formalism};
use image::study::{Study, import};
use image::{Region, Structure};
use jiff::Zoned;
use physics::Gray;

pub use assess::{Effect, Judged, Measured};
pub use choose::Chosen;
pub use compare::PointRatio;
pub use notice::{Level, Notice};
pub use outputs::files;
pub use record::{FORMAT, digest, dose_digest, verdict};
pub use request::Request;
pub use sources::{Kind, Placed, Seeds};
pub use strength::Strength;

use crate::cli::SeedOrigin;
use crate::failure::{Failure, unusable};
use crate::watch::Watch;

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
    /// the implant beside its plan, when the seeds were found and the plan has positions
    pub planned: Option<Planned<'s>>,
    /// our dose beside the planning system's
    pub system: Option<System>,
    /// what the reader must be told
    pub notices: Vec<Notice>,
    /// when it was done
    pub now: Zoned,
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
pub fn read(request: &Request, watch: &Watch) -> Result<Study, Failure> {
    watch.step("reading the study")?;
    import(&request.case, &|done, of| watch.advance(done, of)).map_err(unusable)
}

/// Verifies: choose → seeds → dose → histograms → judgement → comparison.
pub fn verify<'s>(request: &'s Request, study: &'s Study, now: Zoned, watch: &Watch) -> Result<Verified<'s>, Failure> {
    let mut notices = notice::of_study(study);

    let chosen = choose::choose(study, request.seeds, &mut notices)?;
    let mut pack = assess::choose_pack(request, study, &chosen, &mut notices)?;
    let target = assess::target(&mut pack, request, &chosen)?;
    let prescription = prescription(request, &chosen, target, &pack, &mut notices)?;
    let solids = assess::solids(&chosen.set.structures, target, chosen.volume.grid.spacing[2], &mut notices)?;
    let solids: Vec<_> = solids.into_iter().filter(|solid| !assess::is_outline(solid.structure)).collect();
    let target_region = solids
        .iter()
        .find(|solid| solid.structure.number == target.number)
        .map(|solid| &solid.region)
        .ok_or_else(|| {
            Failure::input(format!("the target '{}' is the patient's outline; name another with --target", target.name))
        })?;
    assess::check_covered(chosen.volume, target_region)?;

    watch.step("locating the seeds")?;
    let models = sources::Models::load(request)?;
    let seeds = match (request.seeds, chosen.plan) {
        (SeedOrigin::Plan, Some(plan)) => sources::from_plan(plan, &models, request, &mut notices)?,
        _ => sources::found(&chosen, target_region, &models, request, watch, &mut notices)?,
    };
    notice::of_seeds(&seeds, request.count, target_region, &pack, &mut notices)?;
    if request.seeds == SeedOrigin::Auto && seeds.lie_in_lung(chosen.volume) {
        notices.push(Notice::warning(
            "粒子位于肺内：自动识别在肺内的可靠性低于软组织（见 docs/validation/seed-finding.md），请在图像上逐粒核对。",
            "the seeds lie in lung, where the search is less reliable than in soft tissue (docs/validation/seed-finding.md); check each \
             seed on the images",
        ));
    }

    watch.step("computing the dose")?;
    let formalism = engine::formalism(request, &seeds, &mut notices);
    let regions: Vec<Region> = solids.iter().map(|solid| solid.region.clone()).collect();
    let grid = engine::grid(request, &seeds, target_region, &regions)?;
    let dose = engine::dose(&seeds, &grid, formalism, &mut notices)?;

    watch.step("integrating the structures")?;
    let measured = assess::measure(&dose.volume, &solids, prescription, &mut notices);
    let judged = assess::judge_all(&pack, &measured, &dose.volume, prescription)?;
    let half_life = seeds.kinds.first().map(|kind| kind.half_life);
    let target_dvh = measured.iter().find(|one| one.structure.number == target.number).map(|one| &one.dvh);
    let effect = target_dvh.map(|dvh| assess::effect(&pack, dvh, half_life)).transpose()?.flatten();

    watch.step("comparing")?;
    let planned = match (request.seeds, chosen.plan) {
        (SeedOrigin::Auto, Some(plan)) if !plan.seeds.is_empty() => {
            // what is odd about the plan was said when its sources were read
            let planned = sources::from_plan(plan, &models, &request.without_count(), &mut Vec::new())?;
            let planned_dose =
                engine::dose(&planned, &grid, engine::formalism(request, &planned, &mut Vec::new()), &mut Vec::new())?;
            Some(Planned {
                matching: compare::pair(&seeds, &planned),
                measured: assess::measure(&planned_dose.volume, &solids, prescription, &mut Vec::new()),
                seeds: planned,
            })
        }
        _ => None,
    };
    let system = chosen.planned_dose.map(|theirs| System {
        name: theirs.manufacturer.clone(),
        target: compare::their_dvh(theirs, target_region),
        ratio: (request.seeds == SeedOrigin::Plan)
            .then(|| compare::point_ratio(&dose.volume, &theirs.volume, &seeds.centres(), prescription))
            .flatten(),
    });
    notices.sort_by_key(|notice| std::cmp::Reverse(notice.level));
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
        now,
    })
}

/// The prescribed dose: as given, else as the plan states it for the target.
fn prescription(
    request: &Request,
    chosen: &Chosen<'_>,
    target: &Structure,
    pack: &Pack,
    notices: &mut Vec<Notice>,
) -> Result<Gray, Failure> {
    let planned = chosen.plan.and_then(|plan| {
        let for_target =
            plan.prescriptions.iter().filter(|p| p.kind == "TARGET" && p.dose.is_some_and(|d| d.value() > 0.0));
        let mut doses: Vec<Gray> = Vec::new();
        for prescription in for_target.filter(|p| p.structure.is_none_or(|number| number == target.number)) {
            doses.extend(prescription.dose.filter(|dose| !doses.contains(dose)));
        }
        // two different prescriptions for the target: neither can be chosen
        if doses.len() == 1 { doses.first().copied() } else { None }
    });
    match (request.prescription, planned) {
        (Some(asked), Some(planned)) => {
            if (asked / planned - 1.0).abs() > 1e-3 {
                notices.push(Notice::warning(
                    format!("使用给定的处方剂量 {asked:.1}，计划中为 {planned:.1}。"),
                    format!("the prescription given ({asked:.1}) is used; the plan states {planned:.1}"),
                ));
            }
            Ok(asked)
        }
        (Some(asked), None) => Ok(asked),
        (None, Some(planned)) => Ok(planned),
        (None, None) => {
            let usual = pack
                .prescription_gy
                .map(|gy| format!(" (the criteria pack '{}' is for {gy} Gy)", pack.id))
                .unwrap_or_default();
            Err(Failure::input(format!(
                "no prescription: the study states none for '{}'; give it with --prescription, for example --prescription 145Gy{usual}",
                target.name
            )))
        }
    }
}
