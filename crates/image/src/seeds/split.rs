//! How many seeds a clump holds, and where.

use super::calibrate::Constants;
use super::fit::{Belief, Fit, Window, across, refine, residuals};
use super::model::{Blur, Capsule, dot, gap, normalised};

/// The best explanation of a clump, and its rivals.
#[derive(Debug, Clone)]
pub(super) struct Explanation {
    pub fit: Fit,
    /// how much worse the best explanation with one seed less is; infinite when there is none
    pub one_less: f64,
    /// how much worse the best explanation with one seed more is
    pub one_more: f64,
    /// one object with a shape of its own explains it better than any number of seeds
    pub foreign: bool,
}

impl Explanation {
    /// Whether its number of seeds is beyond doubt and none of them out of the ordinary.
    pub(super) fn is_certain(&self, constants: &Constants) -> bool {
        let ordinary = |c: &Capsule| (0.6..1.6).contains(&(c.brightness / constants.brightness));
        !self.foreign && self.one_less > CERTAIN && self.one_more > CERTAIN && self.fit.capsules.iter().all(ordinary)
    }

    /// The same seeds fitted to another window of the same blob.
    pub(super) fn refined(&self, window: &Window, constants: &Constants, noise_hu: f64) -> Self {
        let belief = belief(constants, noise_hu);
        let background = Some(self.fit.background);
        let fit = refine(window, &self.fit.capsules, background, &constants.blur, &belief, false, 12);
        Self { fit, ..*self }
    }
}

/// The capsule's outer dimensions, mm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rod {
    pub length_mm: f64,
    pub diameter_mm: f64,
}

/// What an additional seed must gain: six parameters at about two units each.
const PER_SEED: f64 = 12.0;
/// No brightness is judged more unlikely than this: the object may not be a seed at all.
const BRIGHTNESS_CAP: f64 = 20.0;
/// How far into each other the fit may place two capsules, mm.
const OVERLAP_MM: f64 = 0.15;
/// Few seeds touch: one pair in twenty at most, −2 ln 0.05.
const TOUCHING: f64 = 6.0;
/// An object that is not a seed has a width and a height of its own.
const FOREIGN: f64 = 4.0;
/// Lengths tried for it, in lengths of a seed.
const LENGTHS: [f64; 6] = [0.3, 0.5, 0.65, 0.8, 1.0, 1.2];
/// How far from the middle of one object the seeds may lie that it was taken for, in lengths of a seed.
const COMPACT: f64 = 0.8;
/// A centre outside its own clump belongs to a neighbour, which explains it better.
const ASTRAY: f64 = 30.0;
/// Below this misfit a single seed of ordinary brightness is taken without trying two.
const EASY: f64 = 25.0;
/// Rivals worse by this much need not be tried again.
const CERTAIN: f64 = 10.0;
/// More seeds than this in one clump are not looked for.
const MOST: usize = 40;

/// Splits a clump into the number of seeds that explains it best.
pub(super) fn explain(window: &Window, constants: &Constants, noise_hu: f64, rod: Rod) -> Option<Explanation> {
    let belief = belief(constants, noise_hu);
    let worth = worth(window, constants);
    let mut found: Vec<(f64, Fit)> = Vec::new();
    let mut fit: Option<Fit> = None;
    let mut since_best = 0;
    let mut best = f64::INFINITY;
    for count in 1..=MOST {
        let Some(next) = grow(window, constants, &belief, rod, fit.as_ref()) else { break };
        let cost = cost(window, &next, constants, rod);
        let (next_brightness, chi2) = (next.capsules[0].brightness, next.chi2);
        found.push((cost, next.clone()));
        fit = Some(next);
        if cost < best {
            best = cost;
            since_best = 0;
        } else {
            since_best += 1;
        }
        // one good seed needs no second opinion
        let z = (next_brightness / constants.brightness).ln() / constants.spread;
        if count == 1 && z.abs() < 2.5 && worth < 1.4 && chi2 < EASY {
            break;
        }
        if since_best >= 4 || since_best >= 2 && count as f64 > worth - 0.5 {
            break;
        }
    }
    let at = (0..found.len()).min_by(|&a, &b| found[a].0.total_cmp(&found[b].0))?;
    let rival = |n: Option<usize>| n.and_then(|n| found.get(n)).map_or(f64::INFINITY, |f| f.0 - found[at].0);
    let (one_less, one_more) = (rival(at.checked_sub(1)), rival(Some(at + 1)));
    let fit = &found[at].1;
    let fit = refine(window, &fit.capsules, Some(fit.background), &constants.blur, &belief, false, 30);
    if let Some(one) = foreign(window, constants, noise_hu, &fit, cost(window, &fit, constants, rod)) {
        return Some(Explanation { fit: one, one_less: f64::INFINITY, one_more: f64::INFINITY, foreign: true });
    }
    Some(Explanation { fit, one_less, one_more, foreign: false })
}

pub(super) fn belief(constants: &Constants, noise_hu: f64) -> Belief {
    let peak = constants.peak();
    Belief {
        brightness: constants.brightness,
        // looser than the spread that was measured, so that the data decide
        spread: (2.0 * constants.spread).max(0.25),
        error_hu: noise_hu.hypot(constants.model_error * peak),
        background_hu: noise_hu.hypot(0.1 * peak),
    }
}

/// Several seeds that lie close together may be one bright object instead: the object, if it explains the clump better.
fn foreign(window: &Window, constants: &Constants, noise_hu: f64, seeds: &Fit, cost: f64) -> Option<Fit> {
    if seeds.capsules.len() < 2 {
        return None;
    }
    let total: f64 = seeds.capsules.iter().map(|c| c.brightness).sum();
    // Two seeds that touch are commoner than another object of just their brightness.
    if total < 2.5 * constants.brightness {
        return None;
    }
    let centre: [f64; 3] =
        std::array::from_fn(|a| seeds.capsules.iter().map(|c| c.brightness * c.centre[a]).sum::<f64>() / total);
    // an object hardly longer than a seed is not at both ends of a row of them
    let far = seeds.capsules.iter().any(|c| {
        let d: [f64; 3] = std::array::from_fn(|a| c.centre[a] - centre[a]);
        dot(d, d).sqrt() > COMPACT * constants.blur.length_mm
    });
    if far {
        return None;
    }
    // The model's own error grows with what shines, for both alike.
    let top = window.values.iter().copied().fold(f64::NEG_INFINITY, f64::max) - window.around;
    let part = (constants.peak() / top.max(1.0)).powi(2).min(1.0);
    let left = cost - (1.0 - part) * seeds.chi2 - (PER_SEED + BRIGHTNESS_CAP + FOREIGN);
    if left <= 0.0 {
        return None;
    }
    let belief = Belief { brightness: total, spread: 3.0, ..belief(constants, noise_hu) };
    let one = Capsule { centre, axis: seeds.capsules[0].axis, brightness: total };
    let fit = own_shape(window, &one, seeds.background, constants, &belief)?;
    (part * fit.chi2 < left).then_some(fit)
}

/// The object that explains the window best by itself, its width and length its own: markers may be longer or shorter than seeds,
/// calcifications are round.
fn own_shape(
    window: &Window,
    start: &Capsule,
    background: [f64; 4],
    constants: &Constants,
    belief: &Belief,
) -> Option<Fit> {
    LENGTHS
        .map(|part| {
            let blur = Blur { length_mm: part * constants.blur.length_mm, ..constants.blur };
            refine(window, &[*start], Some(background), &blur, belief, true, 20)
        })
        .into_iter()
        .min_by(|a, b| a.chi2.total_cmp(&b.chi2))
}

/// Excess of the window's core in seeds.
fn worth(window: &Window, constants: &Constants) -> f64 {
    let sum: f64 = window.values.iter().map(|v| v - window.around).sum();
    sum * window.voxel_mm3() / constants.brightness
}

/// Misfit plus what is unlikely about the seeds themselves.
fn cost(window: &Window, fit: &Fit, constants: &Constants, rod: Rod) -> f64 {
    let mut cost = fit.chi2 + PER_SEED * fit.capsules.len() as f64;
    for (at, c) in fit.capsules.iter().enumerate() {
        if !window.in_core(c.centre) {
            cost += ASTRAY;
        }
        cost += ((c.brightness / constants.brightness).ln() / constants.spread).powi(2).min(BRIGHTNESS_CAP);
        for other in &fit.capsules[at + 1..] {
            // the capsule as a rod with round ends: its centre line is shorter by the diameter
            let apart = gap(c, other, (rod.length_mm - rod.diameter_mm).max(0.0));
            cost += ((rod.diameter_mm - apart).max(0.0) / OVERLAP_MM).powi(2);
            if apart < 1.5 * rod.diameter_mm {
                cost += TOUCHING;
            }
        }
    }
    cost
}

/// The best fit with one seed more than `fit`.
fn grow(window: &Window, constants: &Constants, belief: &Belief, rod: Rod, fit: Option<&Fit>) -> Option<Fit> {
    let blur = &constants.blur;
    let (capsules, background) = match fit {
        None => (Vec::new(), [window.around, 0.0, 0.0, 0.0]),
        Some(f) => (f.capsules.clone(), f.background),
    };
    let residual = residuals(window, &capsules, &background, blur);
    let mut starts: Vec<Vec<Capsule>> = Vec::new();
    for added in additions(window, &residual, constants) {
        starts.push(capsules.iter().copied().chain([added]).collect());
    }
    // The brightest seed may be two.
    let brightest = (0..capsules.len()).max_by(|&a, &b| capsules[a].brightness.total_cmp(&capsules[b].brightness));
    if let Some(at) = brightest {
        starts.extend(divisions(&capsules, at, constants));
    }
    let merit = |f: &Fit| cost(window, f, constants, rod);
    let mut tried: Vec<Fit> =
        starts.iter().map(|s| refine(window, s, Some(background), blur, belief, false, 4)).collect();
    tried.sort_by(|a, b| merit(a).total_cmp(&merit(b)));
    tried.truncate(3);
    tried
        .into_iter()
        .map(|f| refine(window, &f.capsules, Some(f.background), blur, belief, false, 12))
        .min_by(|a, b| merit(a).total_cmp(&merit(b)))
}

/// Capsule `at` as two: end to end, and side by side in several directions and tilts.
fn divisions(capsules: &[Capsule], at: usize, constants: &Constants) -> Vec<Vec<Capsule>> {
    let c = capsules[at];
    let [e1, e2] = across(c.axis);
    let t = 0.5_f64.sqrt();
    let between = |sign: f64| std::array::from_fn(|a| t * (e1[a] + sign * e2[a]));
    let mut ways: Vec<([f64; 3], f64, [f64; 3])> = vec![(c.axis, 0.5 * constants.blur.length_mm, c.axis)];
    // Two seeds shifted against each other along their axes look like one that is tilted: so tilt back too.
    let tilts: &[f64] = if c.brightness > 1.5 * constants.brightness { &[0.0, 0.4, -0.4] } else { &[0.0] };
    for direction in [e1, e2, between(1.0), between(-1.0)] {
        for tilt in tilts {
            let axis = normalised(std::array::from_fn(|a| c.axis[a] + tilt * direction[a]));
            ways.push((direction, 1.2, axis));
        }
    }
    ways.into_iter()
        .map(|(direction, apart, axis)| {
            let half = |sign: f64| Capsule {
                centre: std::array::from_fn(|a| c.centre[a] + sign * 0.5 * apart * direction[a]),
                axis,
                brightness: constants.brightness,
            };
            let mut divided = capsules.to_vec();
            divided[at] = half(1.0);
            divided.push(half(-1.0));
            divided
        })
        .collect()
}

/// Where a further capsule explains most of the residual: the best of several places and directions.
fn additions(window: &Window, residual: &[f64], constants: &Constants) -> Vec<Capsule> {
    let blur = &constants.blur;
    let mut order: Vec<usize> = (0..residual.len()).filter(|&at| window.core[at]).collect();
    order.sort_by(|&a, &b| residual[b].total_cmp(&residual[a]).then(a.cmp(&b)));
    let mut places: Vec<usize> = Vec::new();
    for at in order {
        let far = |other: &usize| {
            let d: [f64; 3] = std::array::from_fn(|a| window.places[at][a] - window.places[*other][a]);
            dot(d, d) > 1.0
        };
        if places.iter().all(far) {
            places.push(at);
            if places.len() == 3 {
                break;
            }
        }
    }
    let t = 0.5_f64.sqrt();
    let directions = [
        [0.0, 0.0, 1.0],
        [1.0, 0.0, 0.0],
        [0.0, 1.0, 0.0],
        [t, 0.0, t],
        [-t, 0.0, t],
        [0.0, t, t],
        [0.0, -t, t],
        [t, t, 0.0],
        [t, -t, 0.0],
    ];
    let mut scored: Vec<(f64, Capsule)> = Vec::new();
    for &at in &places {
        let mut best: Option<(f64, Capsule)> = None;
        for axis in directions {
            let capsule = Capsule { centre: window.places[at], axis, brightness: constants.brightness };
            let (prepared, extent) = (capsule.prepare(blur), capsule.extent(blur));
            let (mut hr, mut hh) = (0.0, 0.0);
            for (q, r) in window.places.iter().zip(residual) {
                if (0..3).all(|a| (q[a] - capsule.centre[a]).abs() < extent[a]) {
                    let h = prepared.value(*q);
                    hr += h * r;
                    hh += h * h;
                }
            }
            // as much of the residual as one seed may take
            let amount = (hr / f64::max(hh, 1e-9)).clamp(0.0, 1.3);
            let gain = 2.0 * amount * hr - amount * amount * hh;
            if best.as_ref().is_none_or(|b| gain > b.0) {
                best = Some((gain, capsule));
            }
        }
        scored.extend(best);
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.truncate(2);
    scored.into_iter().map(|s| s.1).collect()
}
