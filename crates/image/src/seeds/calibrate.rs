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
/// Isolated blobs that are enough to calibrate with.
const ENOUGH: usize = 300;

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
        (self.blur.length_mm + wide) * wide * wide.max(2.4 * self.blur.slice_mm.hypot(self.blur.half_apart_mm))
    }
}

/// What is assumed before anything is measured.
fn assumed(scan: &Scan, options: &FinderOptions) -> Constants {
    let volume = std::f64::consts::FRAC_PI_4 * options.capsule_diameter_mm.powi(2) * options.capsule_length_mm;
    // variances add: kernel, pixel (a box), capsule (a disc)
    let pixel = 0.5 * (scan.spacing[0] + scan.spacing[1]);
    let plane = (USUAL_SIGMA_MM.powi(2) + pixel.powi(2) / 12.0 + options.capsule_diameter_mm.powi(2) / 16.0).sqrt();
    // Slices tile the patient: a seed between two slices is seen by both. One bell of the slice's width would lose it
    // there; two bells a quarter of the slice from its middle do not.
    let half_apart = if scan.spacing[2] > 1.25 { 0.25 * scan.spacing[2] } else { 0.0 };
    let slice = if half_apart > 0.0 { 0.26 * scan.spacing[2] } else { scan.spacing[2] / 12.0_f64.sqrt() };
    Constants {
        blur: Blur {
            plane_mm: plane,
            slice_mm: slice.max(0.3),
            half_apart_mm: half_apart,
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
    for round in 0..2 {
        let samples = samples(scan, &blobs, &constants, round == 0);
        let least = LEAST_EXCESS_HU * volume;
        let most = MOST_EXCESS_HU * volume;
        let mut good: Vec<&Sample> = samples
            .iter()
            .filter(|s| {
                let b = s.fit.capsules[0].brightness;
                let wide = s.fit.blur.plane_mm / start.blur.plane_mm;
                let long = s.fit.blur.slice_mm / start.blur.slice_mm;
                b > least && b < most && (0.5..1.7).contains(&wide) && (0.5..2.9).contains(&long)
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
        let mut logs: Vec<f64> = good.iter().map(|s| s.fit.capsules[0].brightness.ln()).collect();
        logs.sort_by(f64::total_cmp);
        let mode = mode(&logs);
        let near: Vec<&&Sample> =
            good.iter().filter(|s| (s.fit.capsules[0].brightness.ln() - mode).abs() < 0.35).collect();
        let centre = median(near.iter().map(|s| s.fit.capsules[0].brightness.ln()).collect());
        let spread = 1.4826 * median(near.iter().map(|s| (s.fit.capsules[0].brightness.ln() - centre).abs()).collect());
        constants = Constants {
            blur: Blur {
                plane_mm: median(near.iter().map(|s| s.fit.blur.plane_mm).collect()),
                slice_mm: median(near.iter().map(|s| s.fit.blur.slice_mm).collect()),
                ..start.blur
            },
            brightness: centre.exp(),
            // few seeds say little about their spread
            spread: ((spread.powi(2) * near.len() as f64 + 0.12_f64.powi(2) * 4.0) / (near.len() as f64 + 4.0))
                .sqrt()
                .clamp(0.07, 0.25),
            model_error: median(near.iter().map(|s| s.misfit).collect()).clamp(0.03, 0.15),
            seeds: near.len(),
        };
    }
    Some(constants)
}

fn samples(scan: &Scan, blobs: &Blobs, constants: &Constants, first: bool) -> Vec<Sample> {
    let bone = if first { 150.0 } else { 300.0 };
    let chosen: Vec<usize> = (0..blobs.list.len())
        .filter(|&b| {
            let place = scan.place(scan.index(blobs.list[b].top));
            scan.searched(place) && f64::from(scan.hardest_around(place, 3.0)) < bone
        })
        .take(ENOUGH)
        .collect();
    chosen
        .into_par_iter()
        .filter_map(|b| {
            let window = window::around(scan, blobs, b, &constants.blur, None);
            sample(&window, constants, scan.noise_hu)
        })
        .collect()
}

/// Fits one capsule with the point spread free, from several directions.
fn sample(window: &Window, constants: &Constants, noise_hu: f64) -> Option<Sample> {
    let (centre, moment, sum) = moments(window)?;
    let top = window.values.iter().copied().fold(f64::NEG_INFINITY, f64::max) - window.around;
    let belief = Belief {
        brightness: sum,
        spread: 2.0,
        error_hu: noise_hu.hypot(constants.model_error * top),
        background_hu: noise_hu.hypot(0.15 * top),
    };
    let mut best: Option<Fit> = None;
    for axis in [moment, [0.0, 0.0, 1.0], [0.8, 0.0, 0.6], [0.0, 0.8, 0.6], [-0.8, 0.0, 0.6], [0.0, -0.8, 0.6]] {
        let start = Capsule { centre, axis, brightness: sum };
        let fit = refine(window, &[start], None, &constants.blur, &belief, true, 12);
        if best.as_ref().is_none_or(|b| fit.chi2 < b.chi2) {
            best = Some(fit);
        }
    }
    let fit = best?;
    let misfit = misfit(window, &fit);
    misfit.is_finite().then_some(Sample { fit, misfit })
}

/// Root mean square residual where the capsules shine, as a part of their peak.
pub(super) fn misfit(window: &Window, fit: &Fit) -> f64 {
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
pub(super) fn moments(window: &Window) -> Option<([f64; 3], [f64; 3], f64)> {
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

pub(super) fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.sort_by(f64::total_cmp);
    let n = values.len();
    0.5 * (values[(n - 1) / 2] + values[n / 2])
}

/// The half-sample mode of sorted values (Bickel & Frühwirth 2006).
fn mode(sorted: &[f64]) -> f64 {
    let mut values = sorted;
    while values.len() > 3 {
        let half = values.len().div_ceil(2);
        let start = (0..=values.len() - half)
            .min_by(|&a, &b| (values[a + half - 1] - values[a]).total_cmp(&(values[b + half - 1] - values[b])))
            .unwrap_or(0);
        values = &values[start..start + half];
    }
    match values {
        [a, b, c] if b - a < c - b => 0.5 * (a + b),
        [a, b, c] if b - a > c - b => 0.5 * (b + c),
        _ => median(values.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_ignores_doubles_and_strays() {
        let mut logs: Vec<f64> = (0..20).map(|i| 10.0 + 0.005 * f64::from(i)).collect();
        logs.extend((0..12).map(|i| 10.69 + 0.01 * f64::from(i)));
        logs.extend([7.0, 8.1, 8.9, 9.2, 12.5]);
        logs.sort_by(f64::total_cmp);
        let mode = mode(&logs);
        assert!((10.0..10.1).contains(&mode), "{mode}");
    }
}
