//! Where the seeds are: of the plan, found on the CT, or given one by one.

use image::rtplan::{PlannedSeed, RtPlan};
use image::seeds::{FinderError, FinderOptions, Findings, SearchRegion};
use image::{Point, Region, Volume};

use super::{Models, Placed, Seeds, kinds};
use crate::failure::{Failure, unusable};
use crate::setting::Setting;
use crate::verify::choose::Chosen;
use crate::verify::extent::Extent;
use crate::verify::given::{GivenSeed, SeedTag};
use crate::verify::notice::Notice;
use crate::verify::request::{Request, SeedOrigin};
use crate::watch::Watch;

/// More seeds than any implant has; beyond it the plan or the search went wrong.
const MOST_SEEDS: usize = 1000;
/// Seeds are looked for within this distance of the target's box.
const SEARCH_MM: f64 = 30.0;

/// The seeds of the plan.
pub fn from_plan(
    plan: &RtPlan,
    models: &Models,
    request: &Request,
    notices: &mut Vec<Notice>,
) -> Result<Seeds, Failure> {
    if plan.seeds.is_empty() {
        return Err(Failure::input(format!(
            "the plan '{}' is of a permanent implant but holds no seed positions; export it with the seeds, or have them found on \
             the CT",
            plan.label
        )).zh(format!("计划“{}”是永久植入计划，但没有粒子位置；请连同粒子重新导出，或在 CT 上识别粒子。", plan.label)));
    }
    let kinds = plan
        .sources()
        .iter()
        .map(|source| kinds::of_source(source, plan, models, request, notices))
        .collect::<Result<_, _>>()?;
    let seeds = Seeds { placed: placed_by(plan), kinds, findings: None };
    check_count(&seeds, request, notices)?;
    Ok(seeds)
}

/// Where a plan puts its seeds, whatever they are.
pub fn placed_by(plan: &RtPlan) -> Vec<Placed> {
    let place = |seed: &PlannedSeed| Placed {
        centre: seed.position,
        axis: seed.axis,
        confidence: None,
        origin: SeedTag::Plan,
        kind: seed.source,
        needle: seed.applicator.clone(),
    };
    plan.seeds.iter().map(place).collect()
}

/// The seeds found on the CT.
pub fn found(
    chosen: &Chosen<'_>,
    target: &Region,
    models: &Models,
    request: &Request,
    watch: &dyn Watch,
    notices: &mut Vec<Notice>,
) -> Result<Seeds, Failure> {
    let kind = kinds::of_all(chosen, models, request, notices)?;
    let capsule = &kind.model.capsule;
    let options = FinderOptions {
        capsule_length_mm: capsule.length_mm,
        capsule_diameter_mm: capsule.diameter_mm,
        expected_count: expected(chosen, request),
        region: Some(around(target)),
    };
    let findings = search(chosen.volume, &options, watch)?;
    if findings.seeds.is_empty() {
        return Err(Failure::input(
            "no seed was found on the CT; check that it is the post-implant CT and that it covers the implant, or use the plan's \
             seeds",
        ).zh("CT 上未识别到粒子；请核对是否为术后 CT、是否覆盖植入区，或采用计划中的粒子。"));
    }
    let placed = findings
        .seeds
        .iter()
        .map(|seed| Placed {
            centre: seed.centre,
            axis: seed.axis,
            confidence: Some(seed.confidence),
            origin: SeedTag::Found,
            kind: 0,
            needle: String::new(),
        })
        .collect();
    let seeds = Seeds { placed, kinds: vec![kind], findings: Some(findings) };
    check_count(&seeds, request, notices)?;
    Ok(seeds)
}

/// Finds the seeds on a CT, with progress, and stops when asked to.
///
/// # Errors
/// When the CT cannot be searched, or the search was stopped.
pub fn search(ct: &Volume, options: &FinderOptions, watch: &dyn Watch) -> Result<Findings, Failure> {
    let progress = |part: f64| watch.advance((part * 100.0) as usize, 100);
    let cancelled = || watch.stopped();
    let hooks = image::seeds::Watch { cancelled: &cancelled, progress: &progress };
    image::seeds::find_watched(ct, options, hooks).map_err(|error| match error {
        FinderError::Cancelled => Failure::cancelled(),
        other => unusable(other),
    })
}

/// Seeds given one by one.
///
/// # Errors
/// When there are none, one cannot be used, or their model or strength is not known.
pub fn given(
    list: &[GivenSeed],
    chosen: &Chosen<'_>,
    models: &Models,
    request: &Request,
    notices: &mut Vec<Notice>,
) -> Result<Seeds, Failure> {
    if list.is_empty() {
        return Err(Failure::input("the list of seeds is empty; an implant has at least one seed")
            .zh("没有粒子；请先识别、从计划载入或手工添加粒子。"));
    }
    let kind = kinds::of_all(chosen, models, request, notices)?;
    let mut placed = Vec::with_capacity(list.len());
    let mut otherwise = Vec::new();
    for (seed, number) in list.iter().zip(1..) {
        let seed = seed.clone().checked().map_err(|why| Failure::input(format!("given seed {number}: {why}")))?;
        let model =
            seed.model.as_deref().is_none_or(|name| [&kind.model.name, &kind.model.id].iter().any(|n| *n == name));
        let strength = seed.strength.is_none_or(|stated| (stated / kind.strength - 1.0).abs() < 1e-3);
        if !(model && strength) {
            otherwise.push(number.to_string());
        }
        placed.push(Placed {
            centre: seed.centre_mm,
            axis: seed.axis,
            confidence: seed.confidence,
            origin: seed.origin,
            kind: 0,
            needle: seed.note,
        });
    }
    if !otherwise.is_empty() {
        let (n, name, used) = (otherwise.len(), &kind.model.name, kind.strength);
        notices.push(Notice::warning(
            format!("给定的粒子清单中有 {n} 粒的型号或强度与所用的不同；全部按 {name}、{used:.4} 计算。"),
            format!("the list of seeds states another model or strength for {n} of them; all are computed as {name} of {used:.4}"),
        ));
    }
    let count = |tag: SeedTag| list.iter().filter(|seed| seed.origin == tag).count();
    let [found, plan, added, moved] = SeedTag::ALL.map(count);
    notices.push(Notice::note(
        format!(
            "粒子位置由人工给定：CT 识别 {found} 粒，取自计划 {plan} 粒，人工添加 {added} 粒，人工移动 {moved} 粒；被删除的粒子不在清单中。"
        ),
        format!(
            "the seed positions were given: {found} found on the CT, {plan} of the plan, {added} added and {moved} moved by hand; what \
             was removed is not listed"
        ),
    ));
    let seeds = Seeds { placed, kinds: vec![kind], findings: None };
    check_count(&seeds, request, notices)?;
    // a stated number must hold; a plan made before the implant need not
    if request.count.is_none()
        && let Some(planned) = expected(chosen, request).filter(|&planned| planned != list.len())
    {
        let n = list.len();
        notices.push(Notice::warning(
            format!("给定 {n} 粒粒子，计划中为 {planned} 粒。"),
            format!("{n} seeds are given, the plan has {planned}"),
        ));
    }
    Ok(seeds)
}

/// How many seeds there should be: as stated, else as planned.
fn expected(chosen: &Chosen<'_>, request: &Request) -> Option<usize> {
    request.count.or_else(|| chosen.plan.map(|plan| plan.seeds.len())).filter(|&count| count > 0)
}

/// Where seeds are looked for: what lies farther from the target has migrated and is counted on another image.
fn around(target: &Region) -> SearchRegion {
    let Extent { low, high } = Extent::of_region(target).grown(SEARCH_MM);
    SearchRegion::Box { low, high }
}

fn check_count(seeds: &Seeds, request: &Request, notices: &mut Vec<Notice>) -> Result<(), Failure> {
    let count = seeds.placed.len();
    if count > MOST_SEEDS && request.count != Some(count) {
        return Err(Failure::input(format!(
            "there are {count} seeds, more than the {MOST_SEEDS} that an implant is taken to have at most; if that is right, give \
             {count} as the number of seeds implanted"
        ))
        .zh(format!("共有 {count} 粒粒子，超过一次植入的上限 {MOST_SEEDS} 粒；若确实如此，请填写植入粒数 {count}。"))
        .setting(Setting::Count));
    }
    if request.seeds == SeedOrigin::Auto {
        // the finder itself says when its count differs and which seeds touch
        return Ok(());
    }
    if let Some(expected) = request.count.filter(|&expected| expected != count) {
        let (zh, en) = match request.seeds {
            SeedOrigin::Plan => ("计划中有", "the plan has"),
            _ => ("清单中有", "the list has"),
        };
        notices.push(Notice::serious(
            format!("{zh} {count} 粒粒子，植入数量应为 {expected} 粒。签字前须查明差异。"),
            format!("{en} {count} seeds, {expected} were stated; find out why before signing"),
        ));
    }
    if let Some((a, b, mm)) = close_pair(&seeds.centres()) {
        notices.push(Notice::warning(
            format!("粒子 {} 与 {} 的中心仅相距 {mm:.2} mm，请核对是否重复。", a + 1, b + 1),
            format!("seeds {} and {} are only {mm:.2} mm apart; check that it is not one seed twice", a + 1, b + 1),
        ));
    }
    Ok(())
}

/// The closest two seeds if they are nearer than a capsule's diameter.
fn close_pair(centres: &[Point]) -> Option<(usize, usize, f64)> {
    const TOUCHING_MM: f64 = 0.8;
    let mut order: Vec<usize> = (0..centres.len()).collect();
    order.sort_by(|&a, &b| centres[a][2].total_cmp(&centres[b][2]));
    let mut closest: Option<(usize, usize, f64)> = None;
    for (at, &a) in order.iter().enumerate() {
        for &b in order.iter().skip(at + 1).take_while(|&&b| centres[b][2] - centres[a][2] < TOUCHING_MM) {
            let d = (0..3).map(|c| (centres[a][c] - centres[b][c]).powi(2)).sum::<f64>().sqrt();
            if d < TOUCHING_MM && closest.is_none_or(|(.., best)| d < best) {
                closest = Some((a.min(b), a.max(b), d));
            }
        }
    }
    closest
}
