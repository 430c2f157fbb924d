//! What becomes of a plan when seeds come to lie elsewhere.

use dose::indices::{Level, Request};
use image::Point;
use image::simulate::Rng;
use rayon::prelude::*;

use crate::error::PlanError;
use crate::field::Fields;
use crate::geometry::go;
use crate::problem::{Part, Problem};
use crate::result::Plan;

/// How seeds are displaced: independent normal deviates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Displacement {
    /// standard deviation along the needle, mm
    pub along_mm: f64,
    /// standard deviation in each of the two directions across it, mm
    pub across_mm: f64,
    /// number of scenarios
    pub scenarios: usize,
    /// seed number of the random sequence
    pub random_seed: u64,
}

/// Quantiles of an index over the scenarios, in its own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// 5 % of the scenarios are below
    pub low: f64,
    /// half are below
    pub median: f64,
    /// 5 % are above
    pub high: f64,
}

/// Bands of the target's D90 (Gy) and V100 (%), and of every aim that is a dose or a volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Robustness {
    /// dose that 90 % of the target receive at least, Gy
    pub d90: Band,
    /// part of the target that receives the prescription, %
    pub v100: Band,
    /// each aim of the plan, in its index's unit; `None` where the structure is smaller than the volume asked for
    pub aims: Vec<Option<Band>>,
}

/// Displaces the seeds of a plan at random, again and again. From the sample points of a search, `points` in target and organs.
///
/// # Errors
/// When a number makes no sense.
pub fn robustness(
    problem: &Problem,
    plan: &Plan,
    displacement: &Displacement,
    points: [usize; 2],
) -> Result<Robustness, PlanError> {
    for (what, value) in [("displacement along in mm", displacement.along_mm), ("across in mm", displacement.across_mm)]
    {
        if !(0.0..=20.0).contains(&value) {
            return Err(PlanError::Setting { what, value });
        }
    }
    if displacement.scenarios == 0 {
        return Err(PlanError::Setting { what: "number of scenarios", value: 0.0 });
    }
    problem.check()?;
    let fields = Fields::of(problem, points)?;
    let prescribed = Request::VolumeAt { dose: Level::Percent(100.0), cm3: false };
    let mut wanted = vec![(Part::Target, Request::DosePercent(90.0)), (Part::Target, prescribed)];
    wanted.extend(problem.aims.iter().map(|aim| (aim.part, aim.index)));
    let scenario = |number: usize| -> Vec<Option<f64>> {
        let mut rng = Rng::new(displacement.random_seed, number as u64);
        let centres: Vec<Point> = plan
            .needles
            .iter()
            .flat_map(|needle| &needle.seeds)
            .map(|seed| {
                let sigma = [displacement.across_mm, displacement.across_mm, displacement.along_mm];
                (0..3).fold(seed.centre, |at, a| go(at, problem.access.axes[a], rng.normal(sigma[a])))
            })
            .collect();
        let doses: Vec<f32> = fields
            .full
            .points
            .iter()
            .map(|&point| centres.iter().map(|&centre| fields.kernel.gray(centre, point)).sum())
            .collect();
        let sorted: Vec<Vec<f32>> = fields
            .full
            .parts
            .iter()
            .map(|part| {
                let mut doses = doses.get(part.clone()).unwrap_or_default().to_vec();
                doses.sort_by(|a, b| b.total_cmp(a));
                doses
            })
            .collect();
        wanted.iter().map(|&(part, request)| value(problem, &sorted, part, request)).collect()
    };
    let values: Vec<Vec<Option<f64>>> = (0..displacement.scenarios).into_par_iter().map(scenario).collect();
    let band = |at: usize| {
        let mut all: Vec<f64> = values.iter().filter_map(|one| one.get(at).copied().flatten()).collect();
        all.sort_by(f64::total_cmp);
        let quantile = |share: f64| all.get((share * all.len().saturating_sub(1) as f64).round() as usize).copied();
        Some(Band { low: quantile(0.05)?, median: quantile(0.5)?, high: quantile(0.95)? })
    };
    let target = |at: usize| band(at).ok_or_else(|| PlanError::Dose("the target has no sample point".to_owned()));
    Ok(Robustness { d90: target(0)?, v100: target(1)?, aims: (2..wanted.len()).map(band).collect() })
}

/// An index from the doses of points of equal volume, highest first.
fn value(problem: &Problem, sorted: &[Vec<f32>], part: Part, request: Request) -> Option<f64> {
    let at = if let Part::Organ(at) = part { at + 1 } else { 0 };
    let (doses, volume) = (sorted.get(at)?, problem.region(part)?.volume_cm3());
    let hottest = |share: f64| {
        let at = (share * doses.len() as f64).ceil() as usize;
        (share <= 1.0).then(|| doses.get(at.saturating_sub(1)).map(|dose| f64::from(*dose))).flatten()
    };
    match request {
        Request::DosePercent(percent) => hottest(percent / 100.0),
        Request::DoseCm3(cm3) => hottest(cm3 / volume),
        Request::VolumeAt { dose, cm3 } => {
            let level = match dose {
                Level::Percent(percent) => problem.prescription.value() * percent / 100.0,
                Level::Gray(gray) => gray,
            };
            let share = doses.partition_point(|dose| f64::from(*dose) >= level) as f64 / doses.len().max(1) as f64;
            Some(if cm3 { share * volume } else { 100.0 * share })
        }
        _ => None,
    }
}
