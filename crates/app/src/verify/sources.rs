//! Seeds with their model, strength and place: from the plan, or found on the CT.

use std::sync::Arc;

use dose::implant::{Implant, Source};
use image::rtplan::{PlanSource, RtPlan, StrengthUnit};
use image::seeds::{FinderOptions, Findings, SearchRegion};
use image::{Point, Region, Volume};
use jiff::civil::DateTime;
use physics::decay::civil_elapsed;
use physics::{AirKermaStrength, Decay, Seconds, SeedLibrary, SeedModel};

use super::choose::Chosen;
use super::notice::Notice;
use super::request::Request;
use crate::cli::SeedOrigin;
use crate::failure::{Failure, unusable};
use crate::watch::Watch;

/// More seeds than any implant has; beyond it the plan or the search went wrong.
const MOST_SEEDS: usize = 1000;
/// Seeds are looked for within this distance of the target's box.
const SEARCH_MM: f64 = 30.0;
/// Half-lives that differ by more than this share are not of the same nuclide.
const HALF_LIFE_TOLERANCE: f64 = 0.02;

/// What is known of one seed besides its dose.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// centre, patient coordinates, mm
    pub centre: Point,
    /// unit vector along it, where known
    pub axis: Option<Point>,
    /// the finder's confidence; none for a planned seed
    pub confidence: Option<f64>,
    /// index into [`Seeds::kinds`]
    pub kind: usize,
    /// needle or strand, where stated
    pub needle: String,
}

/// Seeds of one model, strength and half-life.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// the seed model
    pub model: Arc<SeedModel>,
    /// strength of one seed at the moment the dose counts from
    pub strength: AirKermaStrength,
    /// half-life used
    pub half_life: Seconds,
    /// strength as it was stated, before any decay
    pub stated: AirKermaStrength,
    /// when it was stated for
    pub stated_at: Option<DateTime>,
}

/// The seeds of an implant.
pub struct Seeds {
    /// one entry a seed
    pub placed: Vec<Placed>,
    /// what they are
    pub kinds: Vec<Kind>,
    /// what the finder said, when they were found
    pub findings: Option<Findings>,
}

impl Seeds {
    /// As the dose engine wants them.
    pub fn implant(&self) -> Result<Implant, Failure> {
        let sources = self.placed.iter().filter_map(|seed| {
            let kind = self.kinds.get(seed.kind)?;
            let source =
                Source::new(Arc::clone(&kind.model), kind.strength, seed.centre).with_half_life(kind.half_life);
            Some(match seed.axis {
                Some(axis) => source.with_axis(axis),
                None => source,
            })
        });
        Implant::new(sources.collect()).map_err(unusable)
    }

    /// Whether more than a third of what lies 10 mm around them is aerated lung.
    pub fn lie_in_lung(&self, ct: &Volume) -> bool {
        /// Below this lies aerated lung.
        const LUNG_HU: f32 = -500.0;
        let around = self.centres().into_iter().flat_map(|[x, y, z]| {
            [-10.0, 10.0].into_iter().flat_map(move |d| [[x + d, y, z], [x, y + d, z], [x, y, z + d]])
        });
        let values: Vec<f32> = around.filter_map(|point| ct.sample(point)).collect();
        3 * values.iter().filter(|&&hu| hu < LUNG_HU).count() > values.len()
    }

    /// Their centres.
    pub fn centres(&self) -> Vec<Point> {
        self.placed.iter().map(|seed| seed.centre).collect()
    }
}

/// The seed models to choose from: the embedded ones and the hospital's own.
pub struct Models {
    library: SeedLibrary,
    /// the model that the request names, where it names one
    pub asked: Option<Arc<SeedModel>>,
}

impl Models {
    /// Reads them.
    pub fn load(request: &Request) -> Result<Self, Failure> {
        let mut library = SeedLibrary::embedded().map_err(unusable)?;
        let asked = match (&request.model_file, &request.model) {
            (Some(file), _) => {
                let name = file.path.display().to_string();
                Some(library.add_file(&name, &file.text).map_err(unusable)?)
            }
            (None, Some(name)) => Some(Arc::clone(library.find(name).map_err(unusable)?)),
            (None, None) => None,
        };
        Ok(Self { library, asked })
    }

    /// The model of a source of the plan: what was asked for, else what the plan calls it.
    fn of_plan(&self, source: &PlanSource) -> Result<Arc<SeedModel>, Failure> {
        if let Some(model) = &self.asked {
            return Ok(Arc::clone(model));
        }
        let called = [source.model.as_str(), source.isotope.as_str()];
        called
            .iter()
            .filter(|name| !name.trim().is_empty())
            .find_map(|name| self.library.find(name).ok())
            .map(Arc::clone)
            .ok_or_else(|| {
                Failure::input(format!(
                    "the plan calls its source '{}' ('{}'), which is no seed model that Dosewright knows; name the model with \
                     --model (see 'dosewright seed list') or give its data with --model-file",
                    source.model, source.isotope
                ))
            })
    }
}

/// The seeds of the plan.
pub fn from_plan(
    plan: &RtPlan,
    models: &Models,
    request: &Request,
    notices: &mut Vec<Notice>,
) -> Result<Seeds, Failure> {
    if plan.seeds.is_empty() {
        return Err(Failure::input(format!(
            "the plan '{}' is of a permanent implant but holds no seed positions; export it with the seeds, or let them be found \
             with --seeds auto",
            plan.label
        )));
    }
    let kinds: Vec<Kind> =
        plan.sources().iter().map(|source| kind(source, plan, models, request, notices)).collect::<Result<_, _>>()?;
    let placed = plan
        .seeds
        .iter()
        .map(|seed| Placed {
            centre: seed.position,
            axis: seed.axis,
            confidence: None,
            kind: seed.source,
            needle: seed.applicator.clone(),
        })
        .collect();
    let seeds = Seeds { placed, kinds, findings: None };
    check_count(&seeds, request, notices)?;
    Ok(seeds)
}

/// What a source of the plan is.
fn kind(
    source: &PlanSource,
    plan: &RtPlan,
    models: &Models,
    request: &Request,
    notices: &mut Vec<Notice>,
) -> Result<Kind, Failure> {
    let model = models.of_plan(source)?;
    let planned = source.air_kerma_strength.filter(|_| source.unit == StrengthUnit::AirKermaRate);
    let asked = request.strength.map(|strength| strength.air_kerma(&model.nuclide));
    let Some(stated) = asked.or(planned) else {
        return Err(Failure::input(format!(
            "the plan '{}' states no air-kerma strength for source {}; give it with --strength, for example --strength 0.621U",
            plan.label, source.number
        )));
    };
    if let (Some(asked), Some(planned)) = (asked, planned)
        && (asked / planned - 1.0).abs() > 1e-3
    {
        notices.push(Notice::warning(
            format!("使用给定的粒子强度 {asked:.3}，计划中为 {planned:.3}。"),
            format!("the strength given ({asked:.3}) is used; the plan states {planned:.3}"),
        ));
    }
    let stated_at = if asked.is_some() { request.strength_date } else { source.reference_date_time };
    let half_life = half_life(&model, source.half_life, notices);
    let strength = at_implant(stated, stated_at, half_life, request, notices)?;
    Ok(Kind { model, strength, half_life, stated, stated_at })
}

/// The plan's half-life, if it can be that of the model's nuclide.
fn half_life(model: &SeedModel, planned: Option<Seconds>, notices: &mut Vec<Notice>) -> Seconds {
    let own = model.nuclide.half_life.value;
    match planned {
        Some(planned) if (planned / own - 1.0).abs() <= HALF_LIFE_TOLERANCE => planned,
        Some(planned) => {
            let (planned, own_days) = (planned.days(), own.days());
            notices.push(Notice::warning(
                format!("计划中的半衰期为 {planned:.2} d，与 {} 不符；使用 {own_days:.2} d。", model.nuclide.id),
                format!(
                    "the plan's half-life of {planned:.2} d is not that of {}; {own_days:.2} d is used",
                    model.nuclide.id
                ),
            ));
            own
        }
        None => own,
    }
}

/// The strength at the implant. It is decayed only when both dates are known and the implant's was given: never silently.
fn at_implant(
    stated: AirKermaStrength,
    stated_at: Option<DateTime>,
    half_life: Seconds,
    request: &Request,
    notices: &mut Vec<Notice>,
) -> Result<AirKermaStrength, Failure> {
    let Some(implanted) = request.implant_date else { return Ok(stated) };
    let Some(stated_at) = stated_at else {
        return Err(Failure::input(
            "--implant-date is given, but nothing says when the seeds had their stated strength; add --strength-date, or leave \
             --implant-date out to use the strength as stated",
        ));
    };
    let elapsed = civil_elapsed(stated_at, implanted).map_err(unusable)?;
    let factor = Decay::from_half_life(half_life).and_then(|decay| decay.factor(elapsed)).map_err(unusable)?;
    let strength = stated * factor;
    notices.push(Notice::note(
        format!("粒子强度由 {stated:.4}（{stated_at}）衰变校正到植入时 {strength:.4}（{implanted}）。"),
        format!(
            "the strength was decayed from {stated:.4} ({stated_at}) to {strength:.4} at the implant ({implanted})"
        ),
    ));
    Ok(strength)
}

/// The seeds found on the CT.
pub fn found(
    chosen: &Chosen<'_>,
    target: &Region,
    models: &Models,
    request: &Request,
    watch: &Watch,
    notices: &mut Vec<Notice>,
) -> Result<Seeds, Failure> {
    let kind = kind_of_found(chosen, models, request, notices)?;
    let capsule = &kind.model.capsule;
    let options = FinderOptions {
        capsule_length_mm: capsule.length_mm,
        capsule_diameter_mm: capsule.diameter_mm,
        expected_count: request.count.or_else(|| chosen.plan.map(|plan| plan.seeds.len())).filter(|&count| count > 0),
        region: Some(around(target)),
    };
    let findings = watch.find_seeds(chosen.volume, &options)?;
    if findings.seeds.is_empty() {
        return Err(Failure::input(
            "no seed was found on the CT; check that it is the post-implant CT and that it covers the implant, or use the plan's \
             seeds with --seeds plan",
        ));
    }
    let placed = findings
        .seeds
        .iter()
        .map(|seed| Placed {
            centre: seed.centre,
            axis: seed.axis,
            confidence: Some(seed.confidence),
            kind: 0,
            needle: String::new(),
        })
        .collect();
    let seeds = Seeds { placed, kinds: vec![kind], findings: Some(findings) };
    check_count(&seeds, request, notices)?;
    Ok(seeds)
}

/// Where seeds are looked for: what lies farther from the target has migrated and is counted on another image.
fn around(target: &Region) -> SearchRegion {
    let [low, high] = target.bounds_uvn();
    let (mut from, mut to) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for corner in 0..8_usize {
        let pick = |axis: usize| if (corner >> axis) & 1 == 1 { high[axis] } else { low[axis] };
        let point = target.to_patient([pick(0), pick(1), pick(2)]);
        for c in 0..3 {
            from[c] = from[c].min(point[c] - SEARCH_MM);
            to[c] = to[c].max(point[c] + SEARCH_MM);
        }
    }
    SearchRegion::Box { low: from, high: to }
}

/// Model and strength of found seeds: as given, else as the plan has them if all its sources agree.
fn kind_of_found(
    chosen: &Chosen<'_>,
    models: &Models,
    request: &Request,
    notices: &mut Vec<Notice>,
) -> Result<Kind, Failure> {
    let planned: Vec<Kind> = match chosen.plan {
        Some(plan) => plan
            .sources()
            .iter()
            .map(|source| kind(source, plan, models, request, notices))
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    if let Some((first, others)) = planned.split_first() {
        if others.iter().all(|other| other == first) {
            return Ok(first.clone());
        }
        return Err(Failure::input(
            "the plan mixes seed models or strengths, so a seed found on the CT could be any of them; use --seeds plan, or give one \
             --model and --strength for all",
        ));
    }
    let Some(model) = models.asked.clone() else {
        return Err(Failure::input(
            "--seeds auto without a plan needs the seed model: add --model, for example --model STM1251 (see 'dosewright seed list')",
        ));
    };
    let Some(strength) = request.strength else {
        return Err(Failure::input(
            "--seeds auto without a plan needs the strength of the seeds: add --strength, for example --strength 0.621U",
        ));
    };
    let stated = strength.air_kerma(&model.nuclide);
    let half_life = model.nuclide.half_life.value;
    let strength = at_implant(stated, request.strength_date, half_life, request, notices)?;
    Ok(Kind { model, strength, half_life, stated, stated_at: request.strength_date })
}

fn check_count(seeds: &Seeds, request: &Request, notices: &mut Vec<Notice>) -> Result<(), Failure> {
    let count = seeds.placed.len();
    if count > MOST_SEEDS && request.count != Some(count) {
        return Err(Failure::input(format!(
            "there are {count} seeds, more than the {MOST_SEEDS} that an implant is taken to have at most; if that is right, say so \
             with --count {count}"
        )));
    }
    let from_plan = request.seeds == SeedOrigin::Plan;
    // the finder itself says when its count differs
    if let (Some(expected), true) = (request.count, from_plan)
        && expected != count
    {
        notices.push(Notice::serious(
            format!("计划中有 {count} 粒粒子，给定数量为 {expected}。签字前须查明差异。"),
            format!("the plan has {count} seeds, {expected} were stated; find out why before signing"),
        ));
    }
    let close = close_pair(&seeds.centres());
    if let (Some((a, b, mm)), true) = (close, from_plan) {
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
