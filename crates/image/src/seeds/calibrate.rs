//! The scan's own constants, measured on its isolated seeds.

use rayon::prelude::*;

use super::clumps::{self, Blobs, Limits};
use super::fit::{Belief, Fit, Window, refine, residuals};
use super::model::{Blur, Capsule, normalised};
use super::options::FinderOptions;
use super::scan::Scan;
use super::window;

/// What one seed looks like in this scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Constants {
    pub blur: Blur,
    /// HU mm³
    pub brightness: f64,
    /// standard deviation of ln brightness between seeds
    pub spread: f64,
    /// the model's own error as a part of a seed's peak
    pub model_error: f64,
    /// isolated seeds that these come from
    pub seeds: usize,
}

/// Least mean excess of a capsule over its own volume, HU.
///
/// Even a capsule whose only metal is its 0.05 mm titanium wall (23 % of the cross-section; μ/ρ of titanium at 70 keV is
/// 2.6 times water's at 4.5 times its density) shows some 0.23 × 11 000 HU.
const LEAST_EXCESS_HU: f64 = 2500.0;
/// Most mean excess that any capsule shows: a solid silver or gold core, limited by photon starvation.
const MOST_EXCESS_HU: f64 = 60_000.0;
/// Usual resolution of body kernels: standard deviation without the pixel's and the capsule's own width, mm.
const USUAL_SIGMA_MM: f64 = 0.5;
/// Surroundings harder than this may be bone; what lies there does not calibrate, HU.
const SOFT_HU: f64 = 150.0;
/// Isolated blobs that are enough to calibrate with.
const ENOUGH: usize = 150;
/// By how much (ln misfit) a shorter length must fit better: a marker shows clearly, the scanner's quirks a little.
const SHORTER: f64 = 0.25;
/// Times that constants and fits are improved in turn.
const ROUNDS: usize = 4;
/// Isolated blobs that are enough to compare lengths.
const FEW: usize = 50;

impl Constants {
    /// The faintest peak one seed can show: lying in the slice plane half way between two slices, HU.
    pub(super) fn faintest_peak(&self, slice_mm: f64) -> f64 {
        let lying = Capsule { centre: [0.0; 3], axis: [1.0, 0.0, 0.0], brightness: self.brightness };
        lying.prepare(&self.blur).value([0.0, 0.0, 0.5 * slice_mm])
    }

    /// The peak of a seed of middling orientation, HU.
    pub(super) fn peak(&self) -> f64 {
        let tilted = Capsule { centre: [0.0; 3], axis: normalised([0.4, 0.4, 0.8]), brightness: self.brightness };
        tilted.peak(&self.blur)
    }

    /// Volume above half height of one seed, mm³, generously.
    pub(super) fn spot_mm3(&self) -> f64 {
        let wide = 2.4 * self.blur.plane_mm;
        (self.blur.length_mm + wide) * wide * wide.max(2.4 * self.blur.slice_mm.hypot(self.blur.apart_mm))
    }
}

/// What is assumed before anything is measured.
fn assumed(scan: &Scan, options: &FinderOptions) -> Constants {
    let volume = std::f64::consts::FRAC_PI_4 * options.capsule_diameter_mm.powi(2) * options.capsule_length_mm;
    // variances add: kernel, pixel (a box), capsule (a disc)
    let pixel = 0.5 * (scan.spacing[0] + scan.spacing[1]);
    let plane = (USUAL_SIGMA_MM.powi(2) + pixel.powi(2) / 12.0 + options.capsule_diameter_mm.powi(2) / 16.0).sqrt();
    // Slices tile the patient: a seed between two slices is seen by both. One bell of the slice's width would lose it
    // there; three bells a third of the slice apart do not.
    let apart = if scan.spacing[2] > 1.25 { scan.spacing[2] / 3.0 } else { 0.0 };
    let slice = if apart > 0.0 { 0.17 * scan.spacing[2] } else { scan.spacing[2] / 12.0_f64.sqrt() };
    Constants {
        blur: Blur {
            plane_mm: plane,
            slice_mm: slice.max(0.25),
            apart_mm: apart,
            length_mm: options.capsule_length_mm,
        },
        brightness: LEAST_EXCESS_HU * volume,
        spread: f64::INFINITY,
        model_error: 0.06,
        seeds: 0,
    }
}

/// One isolated blob fitted with one capsule.
struct Sample {
    fit: Fit,
    /// residual in the core as a part of the peak
    misfit: f64,
    window: Window,
}

/// Measures the constants; `None` when nothing in the scan looks like a metal capsule.
pub(super) fn calibrate(scan: &Scan, options: &FinderOptions) -> Option<Constants> {
    let start = assumed(scan, options);
    let volume = start.brightness / LEAST_EXCESS_HU;
    // Bright ones first: the faint ones of thick slices wait until one knows how bright a seed is.
    let level = (0.7 * start.peak()).max(6.0 * scan.noise_hu) as f32;
    let limits = Limits { level_hu: level, one_hu: level, few_hu: level, spot_mm3: start.spot_mm3(), most: 4.0 };
    let blobs = clumps::find(scan, &limits);
    let mut constants = start;
    let mut samples = samples(scan, &blobs, &constants);
    for round in 0..ROUNDS {
        if round > 0 {
            samples = again(samples, &constants, scan.noise_hu);
        }
        let least = LEAST_EXCESS_HU * volume;
        let most = MOST_EXCESS_HU * volume;
        let mut good: Vec<&Sample> = samples
            .iter()
            .filter(|s| {
                let b = s.fit.capsules[0].brightness;
                let wide = s.fit.blur.plane_mm / start.blur.plane_mm;
                let long = s.fit.blur.slice_mm / start.blur.slice_mm;
                b > least && b < most && (0.5..1.7).contains(&wide) && (0.4..3.5).contains(&long)
            })
            .collect();
        if good.is_empty() {
            return None;
        }
        good.sort_by(|a, b| a.misfit.total_cmp(&b.misfit));
        // The better half, at least those that fit well in absolute terms.
        let well = good.iter().filter(|s| s.misfit < 0.08).count();
        good.truncate(well.max(good.len().div_ceil(2)));
        if good[0].misfit > 0.15 {
            return None;
        }
        let logs: Vec<(f64, f64)> = good
            .iter()
            .map(|s| (s.fit.capsules[0].brightness.ln(), (1.0 + (s.misfit / 0.1).powi(2)).recip()))
            // the first choice stands; later rounds only sharpen it
            .filter(|l| round == 0 || (l.0 - constants.brightness.ln()).abs() < 0.5)
            .collect();
        if logs.is_empty() {
            return None;
        }
        let mode = population(&logs);
        let near: Vec<&&Sample> =
            good.iter().filter(|s| (s.fit.capsules[0].brightness.ln() - mode).abs() < 0.35).collect();
        let centre = median(&near.iter().map(|s| s.fit.capsules[0].brightness.ln()).collect::<Vec<_>>());
        let spread = 1.4826
            * median(&near.iter().map(|s| (s.fit.capsules[0].brightness.ln() - centre).abs()).collect::<Vec<_>>());
        if round + 1 < ROUNDS {
            let alike: Vec<&Sample> = near.iter().map(|s| **s).collect();
            constants.blur.plane_mm = median(&near.iter().map(|s| s.fit.blur.plane_mm).collect::<Vec<_>>());
            constants.blur = shape(&alike, &constants, options.capsule_length_mm, scan.spacing[2], scan.noise_hu);
        }
        constants = Constants {
            blur: Blur {
                plane_mm: median(&near.iter().map(|s| s.fit.blur.plane_mm).collect::<Vec<_>>()),
                ..constants.blur
            },
            brightness: centre.exp(),
            // few seeds say little about their spread
            spread: ((spread.powi(2) * near.len() as f64 + 0.12_f64.powi(2) * 4.0) / (near.len() as f64 + 4.0))
                .sqrt()
                .clamp(0.07, 0.25),
            model_error: median(&near.iter().map(|s| s.misfit).collect::<Vec<_>>()).clamp(0.03, 0.15),
            seeds: near.len(),
        };
    }
    Some(constants)
}

/// The length that shines and the slice profile that suit all samples together.
///
/// Markers inside the capsule may be brighter than its ends. A short capsule in thick slices looks like a long one in thin
/// slices as long as it lies straight across them; seeds of different tilt and place between the slices tell the two apart,
/// so the profile must be one for all.
fn shape(samples: &[&Sample], constants: &Constants, capsule_mm: f64, slice_distance_mm: f64, noise_hu: f64) -> Blur {
    let start = constants.blur;
    // one bell must be wide enough by itself to tile the slices
    let widen = if start.apart_mm > 0.0 { 1.0 } else { 1.7 };
    let tried: Vec<Blur> = [1.0, 0.88, 0.76, 0.64]
        .iter()
        .flat_map(|part| {
            [0.16, 0.2, 0.26, 0.34, 0.45, 0.6].map(|slice| Blur {
                length_mm: part * capsule_mm,
                slice_mm: (widen * slice * slice_distance_mm).max(0.2),
                ..start
            })
        })
        .collect();
    let merits: Vec<(f64, f64)> = tried
        .par_iter()
        .map(|blur| {
            let fits: Vec<(f64, f64)> = samples
                .iter()
                .take(FEW)
                .map(|s| {
                    let belief = loose(&s.window, constants, noise_hu, s.fit.capsules[0].brightness);
                    let fit = refine(&s.window, &s.fit.capsules, Some(s.fit.background), blur, &belief, false, 6);
                    (misfit(&s.window, &fit).max(1e-4).ln(), fit.capsules[0].brightness.ln())
                })
                .collect();
            let n = fits.len().max(1) as f64;
            let middle = median(&fits.iter().map(|f| f.1).collect::<Vec<_>>());
            let spread = 1.4826 * median(&fits.iter().map(|f| (f.1 - middle).abs()).collect::<Vec<_>>());
            // the right profile fits well, and shows every seed equally bright wherever it lies between the slices
            (fits.iter().map(|f| f.0).sum::<f64>() / n, 0.5 * spread.max(0.01).ln())
        })
        .collect();
    let mut best = start;
    let mut least = (f64::INFINITY, f64::INFINITY);
    for (blur, merit) in tried.iter().zip(merits) {
        // longer ones come first
        let clearly = blur.length_mm == best.length_mm || merit.0 < least.0 - SHORTER || least.0.is_infinite();
        if clearly && merit.0 + merit.1 < least.0 + least.1 {
            (best, least) = (*blur, merit);
        }
    }
    best
}

/// Beliefs that leave the brightness to the data.
fn loose(window: &Window, constants: &Constants, noise_hu: f64, brightness: f64) -> Belief {
    let top = window.values.iter().copied().fold(f64::NEG_INFINITY, f64::max) - window.around;
    Belief {
        brightness,
        spread: 2.0,
        error_hu: noise_hu.hypot(constants.model_error * top),
        background_hu: noise_hu.hypot(0.15 * top),
    }
}

fn samples(scan: &Scan, blobs: &Blobs, constants: &Constants) -> Vec<Sample> {
    let chosen: Vec<usize> = (0..blobs.list.len())
        .filter(|&b| {
            let place = scan.place(scan.index(blobs.list[b].top));
            scan.searched(place) && f64::from(scan.hardest_around(place, 3.0)) < SOFT_HU
        })
        .take(ENOUGH)
        .collect();
    chosen
        .into_par_iter()
        .filter_map(|b| {
            let window = window::around(scan, blobs, b, &constants.blur, None);
            sample(window, constants, scan.noise_hu)
        })
        .collect()
}

/// Fits one capsule with the point spread free, from several directions.
fn sample(window: Window, constants: &Constants, noise_hu: f64) -> Option<Sample> {
    let (centre, moment, sum) = moments(&window)?;
    let belief = loose(&window, constants, noise_hu, sum);
    let mut best: Option<Fit> = None;
    for axis in [moment, [0.0, 0.0, 1.0], [0.8, 0.0, 0.6], [0.0, 0.8, 0.6], [-0.8, 0.0, 0.6], [0.0, -0.8, 0.6]] {
        let start = Capsule { centre, axis, brightness: sum };
        let fit = refine(&window, &[start], None, &constants.blur, &belief, true, 12);
        if best.as_ref().is_none_or(|b| fit.chi2 < b.chi2) {
            best = Some(fit);
        }
    }
    let fit = best?;
    let misfit = misfit(&window, &fit);
    misfit.is_finite().then_some(Sample { fit, misfit, window })
}

/// The same samples fitted again with the constants as they are known now.
fn again(samples: Vec<Sample>, constants: &Constants, noise_hu: f64) -> Vec<Sample> {
    samples
        .into_par_iter()
        .map(|s| {
            let belief = loose(&s.window, constants, noise_hu, s.fit.capsules[0].brightness);
            let background = Some(s.fit.background);
            let fit = refine(&s.window, &s.fit.capsules, background, &constants.blur, &belief, true, 10);
            let misfit = misfit(&s.window, &fit);
            if misfit.is_finite() { Sample { fit, misfit, ..s } } else { s }
        })
        .collect()
}

/// Root mean square residual where the capsules shine, as a part of their peak.
fn misfit(window: &Window, fit: &Fit) -> f64 {
    let residuals = residuals(window, &fit.capsules, &fit.background, &fit.blur);
    let peak = fit.capsules.iter().map(|c| c.peak(&fit.blur)).fold(0.0, f64::max);
    let (mut sum, mut n) = (0.0, 0.0);
    for (r, _) in residuals.iter().zip(&window.core).filter(|(_, core)| **core) {
        sum += r * r;
        n += 1.0;
    }
    (sum / f64::max(n, 1.0)).sqrt() / peak.max(1.0)
}

/// Centre, main direction and brightness of the excess in the window's core.
fn moments(window: &Window) -> Option<([f64; 3], [f64; 3], f64)> {
    let mut sum = 0.0;
    let mut first = [0.0; 3];
    let mut total = 0.0;
    for ((q, v), core) in window.places.iter().zip(&window.values).zip(&window.core) {
        let excess = v - window.around;
        total += excess;
        if *core && excess > 0.0 {
            sum += excess;
            for a in 0..3 {
                first[a] += excess * q[a];
            }
        }
    }
    if sum.is_nan() || sum <= 0.0 {
        return None;
    }
    let centre = first.map(|x| x / sum);
    let mut second = [[0.0; 3]; 3];
    for ((q, v), core) in window.places.iter().zip(&window.values).zip(&window.core) {
        let excess = v - window.around;
        if *core && excess > 0.0 {
            for a in 0..3 {
                for b in 0..3 {
                    second[a][b] += excess * (q[a] - centre[a]) * (q[b] - centre[b]) / sum;
                }
            }
        }
    }
    // the main direction by power iteration; a bad start costs only a few steps of the fit
    let mut v = [0.3, 0.2, 1.0];
    for _ in 0..20 {
        v = normalised(std::array::from_fn(|a| (0..3).map(|b| second[a][b] * v[b]).sum()));
    }
    Some((centre, v, (total * window.voxel_mm3()).max(0.5 * sum * window.voxel_mm3())))
}

/// The median; 0 of nothing.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        n => f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2]),
    }
}

/// Half the width of a population of like objects in ln brightness.
const LIKE: f64 = 0.2;
/// A brighter population counts when it is at least this part of the largest.
const SIZEABLE: f64 = 0.34;

/// The middle (ln brightness) of the population that seeds make, from ln brightness and weight of each blob.
///
/// Seeds are alike, and brighter than whatever else an implant has in numbers (crossings of stent wires, calcifications,
/// bone): so it is the brightest sizeable population. One at twice the brightness of a larger one is its pairs.
fn population(logs: &[(f64, f64)]) -> f64 {
    let size = |middle: f64| logs.iter().filter(|l| (l.0 - middle).abs() <= LIKE).map(|l| l.1).sum::<f64>();
    let mut modes: Vec<(f64, f64)> = logs.iter().map(|l| (l.0, size(l.0))).collect();
    modes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.total_cmp(&b.0)));
    let mut peaks: Vec<(f64, f64)> = Vec::new();
    for mode in modes {
        // a mode stands apart from every larger one
        if peaks.iter().all(|p| (p.0 - mode.0).abs() > 2.0 * LIKE) {
            peaks.push(mode);
        }
    }
    let Some(&largest) = peaks.first() else { return 0.0 };
    let pairs_of =
        |m: &(f64, f64)| peaks.iter().any(|p| p.1 > m.1 && (m.0 - p.0 - std::f64::consts::LN_2).abs() < 1.25 * LIKE);
    peaks
        .iter()
        .filter(|m| m.1 >= SIZEABLE * largest.1 && (m.1 > 1.5 || m.1 == largest.1) && !pairs_of(m))
        .map(|m| m.0)
        .fold(largest.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(middle: f64, n: u32) -> impl Iterator<Item = (f64, f64)> {
        (0..n).map(move |i| (middle + 0.01 * (f64::from(i) - 0.5 * f64::from(n)), 1.0))
    }

    #[test]
    fn pairs_and_strays_do_not_hide_the_seeds() {
        let mut logs: Vec<_> = spread(10.0, 20).chain(spread(10.69, 12)).collect();
        logs.extend([7.0, 8.1, 8.9, 9.2, 12.5].map(|l| (l, 1.0)));
        let found = population(&logs);
        assert!((9.9..10.1).contains(&found), "{found}");
    }

    #[test]
    fn many_fainter_things_do_not_hide_the_seeds() {
        let mut logs: Vec<_> = spread(11.2, 24).collect();
        // crossings of wires: more, but unlike one another
        logs.extend((0..70).map(|i| (8.5 + 0.02 * f64::from(i), 0.6)));
        let found = population(&logs);
        assert!((11.0..11.4).contains(&found), "{found}");
    }
}
