//! Filtered backprojection of one slice (Kak and Slaney 1988, chapter 3), parallel beam over a half rotation.

use super::scanner::Scanner;
use crate::Grid;

/// Taps of the filter on each side; beyond them the ramp's tail is below a few HU for any implant.
const TAPS: usize = 256;

/// Places on the detector are counted in fixed point, which is faster than floating: 16 bits of fraction leave an error
/// below a hundredth of an element over a row of 1000 pixels.
const FIXED_BITS: u32 = 16;
const FIXED: f64 = 65_536.0;

/// Detector elements of a slice: `bins` of width `pitch_mm`, the middle one through the centre of the image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Detector {
    pub bins: usize,
    pub pitch_mm: f64,
}

impl Detector {
    /// Enough elements for the image, each at most 0.9 standard deviations of the point spread function wide.
    pub(crate) fn of(scanner: &Scanner) -> Self {
        let pitch_mm = (0.9 * scanner.psf_sigma_mm()).clamp(0.2, 1.0);
        let radius = 0.5 * scanner.pixel_mm * (scanner.size[0] as f64).hypot(scanner.size[1] as f64);
        let half = (radius / pitch_mm).ceil() as usize + 3;
        Self { bins: 2 * half + 1, pitch_mm }
    }

    /// Distance of the middle of an element from the centre, mm.
    pub(crate) fn position_mm(&self, bin: usize) -> f64 {
        (bin as f64 - (self.bins / 2) as f64) * self.pitch_mm
    }
}

/// The filter: a ramp with Gaussian apodisation, sampled; tap 0 in the middle. Times the pitch, so that a sum is an integral.
pub(crate) fn kernel(scanner: &Scanner, detector: Detector) -> Vec<f32> {
    let pitch = detector.pitch_mm;
    // the beam's width and linear interpolation blur too
    let sigma2 = (scanner.psf_sigma_mm().powi(2) - scanner.aperture_mm.powi(2) / 12.0 - pitch * pitch / 6.0).max(0.0);
    let nyquist = 0.5 / pitch;
    let steps = 2000;
    let df = nyquist / f64::from(steps);
    let response: Vec<(f64, f64)> = (0..steps)
        .map(|n| {
            let f = (f64::from(n) + 0.5) * df;
            let boost = 1.0 + scanner.sharpen * (f * scanner.psf_fwhm_mm).powi(2);
            (f, f * boost * (-2.0 * (std::f64::consts::PI * f).powi(2) * sigma2).exp())
        })
        .collect();
    let tap = |n: usize| {
        let s = n as f64 * pitch;
        2.0 * df * pitch * response.iter().map(|(f, h)| h * (std::f64::consts::TAU * f * s).cos()).sum::<f64>()
    };
    let half: Vec<f32> = (0..=TAPS).map(|n| tap(n) as f32).collect();
    half.iter().skip(1).rev().chain(&half).copied().collect()
}

/// Convolves every view with the kernel.
pub(crate) fn filter(sinogram: &[f32], bins: usize, kernel: &[f32]) -> Vec<f32> {
    let mut filtered = vec![0.0_f32; sinogram.len()];
    for (row, out) in sinogram.chunks_exact(bins).zip(filtered.chunks_exact_mut(bins)) {
        for (n, &value) in row.iter().enumerate() {
            if value == 0.0 {
                continue;
            }
            // out[m] += value · kernel[m − n + TAPS]
            let from = n.saturating_sub(TAPS);
            let to = (n + TAPS + 1).min(bins);
            let taps = &kernel[from + TAPS - n..to + TAPS - n];
            for (o, k) in out[from..to].iter_mut().zip(taps) {
                *o += value * k;
            }
        }
    }
    filtered
}

/// Backprojects filtered views; the result is a density in parts of what the sinogram measures in mm.
pub(crate) fn backproject(filtered: &[f32], scanner: &Scanner, grid: &Grid, detector: Detector) -> Vec<f32> {
    let [nx, ny, _] = grid.size;
    let corner = [grid.origin[0] - scanner.centre[0], grid.origin[1] - scanner.centre[1]];
    let mut image = vec![0.0_f32; nx * ny];
    // values and rises from element to element; a power of two of them, so that a mask keeps the index inside
    let mut pairs = vec![[0.0_f32; 2]; detector.bins.next_power_of_two()];
    let mask = pairs.len() - 1;
    for (view, row) in filtered.chunks_exact(detector.bins).enumerate() {
        for (pair, ends) in pairs.iter_mut().zip(row.windows(2)) {
            *pair = [ends[0], (ends[1] - ends[0]) / FIXED as f32];
        }
        let (sin, cos) = (std::f64::consts::PI * view as f64 / scanner.views as f64).sin_cos();
        let step = (cos * grid.spacing[0] / detector.pitch_mm * FIXED).round() as i32;
        for (j, line) in image.chunks_exact_mut(nx).enumerate() {
            let y = corner[1] + j as f64 * grid.spacing[1];
            let start = (corner[0] * cos + y * sin) / detector.pitch_mm + (detector.bins / 2) as f64;
            let mut place = (start * FIXED).round() as i32;
            for value in line {
                let [low, rise] = pairs[(place >> FIXED_BITS) as usize & mask];
                *value += low + rise * (place & (FIXED as i32 - 1)) as f32;
                place += step;
            }
        }
    }
    let scale = (std::f64::consts::PI / scanner.views as f64) as f32;
    for value in &mut image {
        *value *= scale;
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disc_comes_back_with_its_density_and_blur() {
        let scanner = Scanner::clinical([0.0; 3], [60.0, 60.0, 2.0], 2.0);
        let grid = scanner.grid();
        let detector = Detector::of(&scanner);
        let radius = 10.0_f64;
        let chord = |s: f64| 2.0 * (radius * radius - s * s).max(0.0).sqrt();
        // the mean over each ray's width
        let row: Vec<f32> = (0..detector.bins)
            .map(|b| {
                let mean = (0..20)
                    .map(|n| chord(detector.position_mm(b) + (f64::from(n) / 20.0 - 0.475) * scanner.aperture_mm));
                (mean.sum::<f64>() / 20.0) as f32
            })
            .collect();
        let sinogram: Vec<f32> = (0..scanner.views).flat_map(|_| row.iter().copied()).collect();
        let image =
            backproject(&filter(&sinogram, detector.bins, &kernel(&scanner, detector)), &scanner, &grid, detector);
        let at = |x: f64| {
            let i = grid.index([x, 0.25, 0.0]);
            image[i[1].round() as usize * grid.size[0] + i[0].round() as usize]
        };
        assert!((at(0.25) - 1.0).abs() < 0.01, "{}", at(0.25));
        assert!((at(6.25) - 1.0).abs() < 0.01);
        assert!(at(20.25).abs() < 0.01, "{}", at(20.25));
        // half-way at the edge
        let edge = 0.5 * (at(9.75) + at(10.25));
        assert!((edge - 0.5).abs() < 0.03, "{edge}");
    }
}
