//! The parts of a verification, each of which a program may call by itself to show a case while it is worked on.
//!
//! [`prepare`] depends on the files and the choice of target, criteria and prescription; [`seeds`] on the search; [`dose`] and what
//! follows on the seeds. After a seed was moved only the last three are done again.

use dose::criteria::Pack;
use dose::tg43::{DoseResult, Formalism};
use image::study::Study;
use image::{Grid, Region, Structure, Volume};
use physics::Gray;

use super::assess::{self, Effect, Judged, Measured, Solid};
use super::choose::{self, Chosen};
use super::notice::{self, Notice};
use super::request::{Request, SeedOrigin};
use super::sources::{self, Models, Seeds};
use super::{Planned, System, compare, engine};
use crate::failure::Failure;
use crate::setting::Setting;
use crate::watch::Watch;

/// A case ready to be computed: which of its files are used, what is judged, by what.
pub(crate) struct Case<'s> {
    /// CT, structures, plan and the planning system's dose
    pub chosen: Chosen<'s>,
    /// the criteria
    pub pack: Pack,
    /// the target
    pub target: &'s Structure,
    /// prescribed dose
    pub prescription: Gray,
    /// every structure as a solid, except the patient's outline
    pub solids: Vec<Solid<'s>>,
    /// the target's place among them
    at: usize,
}

impl Case<'_> {
    /// The target as a solid.
    pub fn target_region(&self) -> &Region {
        &self.solids[self.at].region
    }
}

/// Chooses CT, structures, plan, criteria, target and prescription, and makes solids of the structures.
///
/// # Errors
/// When something that is needed is missing, ambiguous or does not fit.
pub(crate) fn prepare<'s>(request: &Request, study: &'s Study, notices: &mut Vec<Notice>) -> Result<Case<'s>, Failure> {
    let chosen = choose::choose(study, &request.seeds, notices)?;
    prepare_chosen(request, study, chosen, notices)
}

/// The same once CT, structures and plan are chosen.
///
/// # Errors
/// When criteria, target or prescription are missing, ambiguous or do not fit.
pub(crate) fn prepare_chosen<'s>(
    request: &Request,
    study: &'s Study,
    chosen: Chosen<'s>,
    notices: &mut Vec<Notice>,
) -> Result<Case<'s>, Failure> {
    let mut pack = assess::choose_pack(request, study, &chosen, notices)?;
    let target = assess::target(&mut pack, request, &chosen)?;
    let prescription = prescription(request, &chosen, target, &pack, notices)?;
    let mut solids = assess::solids(&chosen.set.structures, target, chosen.volume.grid.spacing[2], notices)?;
    solids.retain(|solid| !assess::is_outline(solid.structure));
    let at = solids.iter().position(|solid| solid.structure.number == target.number).ok_or_else(|| {
        Failure::input(format!("the target '{}' is the patient's outline; name another structure", target.name))
            .zh(format!("靶区“{}”是体表外轮廓；请另行指定靶区。", target.name))
            .setting(Setting::Target)
    })?;
    let case = Case { chosen, pack, target, prescription, solids, at };
    assess::check_covered(case.chosen.volume, case.target_region())?;
    Ok(case)
}

/// The seeds: of the plan, found on the CT, or as given.
///
/// # Errors
/// When there are none, their model or strength is not known, or the search was stopped.
pub(crate) fn seeds(
    request: &Request,
    case: &Case<'_>,
    models: &Models,
    watch: &dyn Watch,
    notices: &mut Vec<Notice>,
) -> Result<Seeds, Failure> {
    let chosen = &case.chosen;
    let seeds = match (&request.seeds, chosen.plan) {
        (SeedOrigin::Plan, Some(plan)) => sources::from_plan(plan, models, request, notices)?,
        (SeedOrigin::Given(list), _) => sources::given(list, chosen, models, request, notices)?,
        _ => sources::found(chosen, case.target_region(), models, request, watch, notices)?,
    };
    notice::of_days(chosen, request, &seeds.kinds, notices);
    notice::of_seeds(&seeds, request.count, case.target_region(), &case.pack, notices)?;
    if request.seeds == SeedOrigin::Auto && seeds.lie_in_lung(chosen.volume) {
        notices.push(Notice::warning(
            "粒子位于肺内：自动识别在肺内的可靠性低于软组织，请在图像上逐粒核对。",
            "the seeds lie in lung, where the search is less reliable than in soft tissue; check each seed on the images",
        ));
    }
    Ok(seeds)
}

/// The dose to infinity on a grid around seeds and structures.
///
/// # Errors
/// When no grid holds them, or the engine refuses the seeds.
pub(crate) fn dose(
    request: &Request,
    case: &Case<'_>,
    seeds: &Seeds,
    notices: &mut Vec<Notice>,
) -> Result<(Formalism, DoseResult), Failure> {
    let formalism = engine::formalism(request, seeds, notices);
    let grid = engine::grid(request, seeds, case.target_region(), case.solids.iter().map(|solid| &solid.region))?;
    Ok((formalism, engine::dose(seeds, &grid, formalism, notices)?))
}

/// Histograms and indices of every structure, the criteria's judgement, and the effect on the target.
///
/// # Errors
/// When the dose cannot be integrated, or the pack names a tissue that is not known.
pub(crate) fn judge<'s>(
    case: &Case<'s>,
    seeds: &Seeds,
    dose: &Volume,
    notices: &mut Vec<Notice>,
) -> Result<(Vec<Measured<'s>>, Judged, Option<Effect>), Failure> {
    let measured = assess::measure(dose, &case.solids, case.prescription, notices);
    let judged = assess::judge_all(&case.pack, &measured, dose, case.prescription)?;
    let half_life = seeds.kinds.first().map(|kind| kind.half_life);
    let target = measured.iter().find(|one| one.structure.number == case.target.number).map(|one| &one.dvh);
    let effect = target.map(|dvh| assess::effect(&case.pack, dvh, half_life)).transpose()?.flatten();
    Ok((measured, judged, effect))
}

/// The plan through the same engine on the same grid, where the seeds are not the plan's own and it has positions.
///
/// # Errors
/// When the plan's seeds cannot be computed.
pub(crate) fn against_plan<'s>(
    request: &Request,
    case: &Case<'s>,
    models: &Models,
    seeds: &Seeds,
    grid: &Grid,
) -> Result<Option<Planned<'s>>, Failure> {
    let Some(plan) = case.chosen.plan.filter(|plan| request.seeds != SeedOrigin::Plan && !plan.seeds.is_empty()) else {
        return Ok(None);
    };
    // what is odd about the plan was said when its sources were read
    let silent = &mut Vec::new();
    let planned = sources::from_plan(plan, models, &request.without_count(), silent)?;
    let dose = engine::dose(&planned, grid, engine::formalism(request, &planned, silent), silent)?;
    Ok(Some(Planned {
        matching: compare::pair(seeds, &planned),
        measured: assess::measure(&dose.volume, &case.solids, case.prescription, silent),
        seeds: planned,
    }))
}

/// The planning system's own dose, where the study has one.
pub(crate) fn against_system(request: &Request, case: &Case<'_>, seeds: &Seeds, dose: &Volume) -> Option<System> {
    let theirs = case.chosen.planned_dose?;
    Some(System {
        name: theirs.manufacturer.clone(),
        target: compare::their_dvh(theirs, case.target_region()),
        ratio: (request.seeds == SeedOrigin::Plan)
            .then(|| compare::point_ratio(dose, &theirs.volume, &seeds.centres(), case.prescription))
            .flatten(),
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
                "no prescription: the study states none for '{}'; give the prescribed dose{usual}",
                target.name
            ))
            .zh(format!("没有处方剂量：该检查未给出“{}”的处方；请填写处方剂量。", target.name))
            .setting(Setting::Prescription))
        }
    }
}
