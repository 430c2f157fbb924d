//! What the detector measures of the dense objects and of the noise, slice by slice.

use super::background::Background;
use super::backproject::Detector;
use super::dense::{Dense, DenseShape, Frame, Line, path_mm};
use super::material::{BANDS, Material, WaterCorrection, signal_behind_water, spectrum, water_per_mm};
use super::rng::{hash, normal_pair, unit};
use super::scanner::Scanner;
use super::scene::Motion;
use super::vector::{along, dot, sub};
use crate::Point;

/// Distance between sub-rays, mm: finer than the thinnest marker wires (0.18 mm).
const SUB_RAY_MM: f64 = 0.05;
/// Distance between sub-slices of the dense objects, as a share of the slice thickness and at least, mm.
const SUB_SLICE: (f64, f64) = (0.2, 0.4);

/// A part's form, the row of its material in [`Measurement::excess`], and its fill.
struct PreparedPart {
    shape: DenseShape,
    material: usize,
    fill: f64,
}

struct Prepared {
    centre: Point,
    frame: Frame,
    radius: f64,
    w: [f64; 2],
    parts: Vec<PreparedPart>,
}

/// Everything about dense objects and physics that is the same for all slices.
pub(crate) struct Measurement<'a> {
    scanner: &'a Scanner,
    detector: Detector,
    motion: Option<Motion>,
    objects: Vec<Prepared>,
    /// attenuation of each material above that of water, 1/mm
    excess: Vec<[f32; BANDS]>,
    sub_slices: Vec<(f64, f64)>,
    sub_rays: usize,
    correction: WaterCorrection,
    /// standard deviation of −ln I where nothing attenuates
    noise_open: f64,
}

/// The sub-rays of one view.
struct Paths {
    /// path by element, sub-ray, sub-slice and material, mm
    values: Vec<f32>,
    /// elements with any path
    touched: Vec<bool>,
    /// numbers per detector element
    block: usize,
    /// what each sub-ray's signal is of that with no dense object
    ratio: Vec<f32>,
    /// offset and weight of the sub-slices of this view
    sub_slices: Vec<(f64, f64)>,
}

impl<'a> Measurement<'a> {
    pub(crate) fn new(scanner: &'a Scanner, detector: Detector, dense: &[Dense], motion: Option<Motion>) -> Self {
        let mut materials: Vec<Material> = dense.iter().flat_map(|d| d.parts.iter().map(|p| p.material)).collect();
        materials.sort_unstable();
        materials.dedup();
        let objects = dense
            .iter()
            .map(|d| {
                let (radius, w) = d.extent();
                let parts = d.parts.iter().map(|p| PreparedPart {
                    shape: p.shape,
                    material: materials.binary_search(&p.material).unwrap_or(0),
                    fill: p.fill,
                });
                Prepared { centre: d.centre, frame: Frame::of(d.axis), radius, w, parts: parts.collect() }
            })
            .collect();
        let water = water_per_mm();
        let excess = materials.iter().map(|m| std::array::from_fn(|e| m.per_mm()[e] - water[e])).collect();
        Self {
            scanner,
            detector,
            motion,
            objects,
            excess,
            sub_slices: scanner.sub_slices((SUB_SLICE.0 * scanner.thickness_mm).max(SUB_SLICE.1)),
            sub_rays: (detector.pitch_mm / SUB_RAY_MM).ceil() as usize,
            correction: WaterCorrection::new(),
            noise_open: 0.0,
        }
    }

    /// Sets the noise so that its standard deviation in the centre of the image is the scanner's, behind this background.
    ///
    /// A pixel is π/views times the sum of its filtered views; the noise of the measurements is independent.
    pub(crate) fn set_noise(&mut self, background: &Background, kernel: &[f32]) {
        let taps = kernel.len() / 2;
        let middle = self.detector.bins / 2;
        let water = f64::from(mean_water_per_mm());
        let mut variance = 0.0;
        for view in 0..self.scanner.views {
            for (n, &tap) in kernel.iter().enumerate() {
                // linear interpolation between two filtered elements, averaged over all places between them
                let next = kernel.get(n + 1).copied().unwrap_or(0.0);
                let power = f64::from(tap * tap) * 2.0 / 3.0 + f64::from(tap * next) / 3.0;
                if let Some(bin) = (middle + n).checked_sub(taps).filter(|&b| b < self.detector.bins) {
                    let path = background.path_mm(view, self.detector.position_mm(bin));
                    variance += power / signal_behind_water(path);
                }
            }
        }
        // HU of a standard deviation of 1 of the open beam's −ln I
        let hu = 1000.0 / water * std::f64::consts::PI / self.scanner.views as f64 * variance.sqrt();
        self.noise_open = if hu > 0.0 { self.scanner.noise_hu / hu } else { 0.0 };
    }

    /// The sub-slices of a view `u` (−½ to ½) of the half rotation.
    ///
    /// In a spiral scan with linear interpolation between opposite views, a view far from the middle is mixed of two positions of
    /// the couch (Crawford and King, Med. Phys. 17 (1990) 967): the slice's shape differs from view to view.
    fn sub_slices_of(&self, u: f64) -> Vec<(f64, f64)> {
        let feed = self.scanner.feed_mm;
        if feed == 0.0 {
            return self.sub_slices.clone();
        }
        let opposite = u - u.signum();
        let shifted = |by: f64, share: f64| self.sub_slices.iter().map(move |&(z, w)| (z + feed * by, w * share));
        shifted(u, 1.0 - u.abs()).chain(shifted(opposite, u.abs())).collect()
    }

    /// The sinogram of slice `k` at height `z`, as excess path of water, mm, with noise.
    pub(crate) fn slice(&self, background: &Background, k: usize, z: f64, seed: u64) -> Vec<f32> {
        let bins = self.detector.bins;
        let block = self.sub_rays * self.sub_slices_of(0.0).len() * self.excess.len();
        let mut paths = Paths {
            values: vec![0.0; bins * block],
            touched: vec![false; bins],
            block,
            ratio: vec![1.0; bins * self.sub_rays],
            sub_slices: Vec::new(),
        };
        let mut sinogram = vec![0.0_f32; self.scanner.views * bins];
        let reach = self
            .sub_slices
            .iter()
            .map(|s| s.0.abs())
            .fold(self.scanner.feed_mm, |a, b| a.max(b + self.scanner.feed_mm))
            + self.motion.map_or(0.0, |m| m.amplitude_mm[2].abs());
        let near: Vec<&Prepared> = self
            .objects
            .iter()
            .filter(|o| {
                let length = o.w[0].abs().max(o.w[1].abs());
                (o.centre[2] - z).abs() <= length * o.frame.w[2].abs() + o.radius + reach
            })
            .collect();
        // in a spiral scan the angle at which a slice begins depends on where it lies
        let feed = if self.scanner.feed_mm > 0.0 { self.scanner.feed_mm } else { 1.0 };
        let start = (unit(hash(&[seed, 9])) + z / feed).rem_euclid(1.0);
        for (view, row) in sinogram.chunks_exact_mut(bins).enumerate() {
            let part = view as f64 / self.scanner.views as f64;
            let shift = self.motion.map_or([0.0; 3], |m| m.offset(k, part));
            let (sin, cos) = (std::f64::consts::PI * part).sin_cos();
            paths.sub_slices = self.sub_slices_of((part + start).fract() - 0.5);
            for object in &near {
                self.trace(object, along(object.centre, shift, 1.0), [cos, sin], z, &mut paths);
            }
            self.measure(background, view, hash(&[seed, 7, k as u64, view as u64]), &mut paths, row);
        }
        sinogram
    }

    /// Adds an object's paths to the sub-rays of a view.
    fn trace(&self, object: &Prepared, centre: Point, [cos, sin]: [f64; 2], z: f64, paths: &mut Paths) {
        let across = [cos, sin, 0.0];
        let direction = object.frame.turn([-sin, cos, 0.0]);
        let tilt = dot(object.frame.w, across);
        let offset = sub(centre, self.scanner.centre);
        let middle = dot(offset, across);
        let (e0, e1) = (object.w[0] * tilt, object.w[1] * tilt);
        let low = middle + e0.min(e1) - object.radius;
        let high = middle + e0.max(e1) + object.radius;
        let pitch = self.detector.pitch_mm;
        let half = (self.detector.bins / 2) as f64;
        let first = (low / pitch + half + 0.5).floor();
        let last = (high / pitch + half + 0.5).floor();
        if last < 0.0 || first >= self.detector.bins as f64 {
            return;
        }
        let (first, last) = (first.max(0.0) as usize, (last as usize).min(self.detector.bins - 1));
        let (materials, slices) = (self.excess.len(), paths.sub_slices.len());
        let across_in_frame = object.frame.turn(across);
        let (w0, w1) = (object.w[0] * object.frame.w[2], object.w[1] * object.frame.w[2]);
        let (bottom, top) = (centre[2] + w0.min(w1) - object.radius, centre[2] + w0.max(w1) + object.radius);
        for sub_slice in 0..slices {
            let height = z + paths.sub_slices[sub_slice].0;
            if height < bottom || height > top {
                continue;
            }
            let base = object.frame.turn(sub([self.scanner.centre[0], self.scanner.centre[1], height], centre));
            for bin in first..=last {
                let mut hit = false;
                for ray in 0..self.sub_rays {
                    let within = (ray as f64 + 0.5) / self.sub_rays as f64 - 0.5;
                    let s = self.detector.position_mm(bin) + within * pitch;
                    if s < low || s > high {
                        continue;
                    }
                    let line = Line { origin: along(base, across_in_frame, s), direction };
                    let at = bin * paths.block + (ray * slices + sub_slice) * materials;
                    for part in &object.parts {
                        let path = path_mm(part.shape, line);
                        if path > 0.0 {
                            paths.values[at + part.material] += (path * part.fill) as f32;
                            hit = true;
                        }
                    }
                }
                paths.touched[bin] |= hit;
            }
        }
    }

    /// Turns the paths of a view into what the scanner makes of its measurement, and clears them.
    fn measure(&self, background: &Background, view: usize, key: u64, paths: &mut Paths, row: &mut [f32]) {
        let (weights, water) = (spectrum(), water_per_mm());
        let slope = f64::from(mean_water_per_mm());
        let span = self.transmit(background, view, paths);
        let mut noise = (0.0, 0.0);
        // the beam of an element may be wider than the elements' distance
        let half = (0.5 * self.scanner.aperture_mm / self.detector.pitch_mm * self.sub_rays as f64).round() as usize;
        let margin = half / self.sub_rays + 1;
        for (bin, out) in row.iter_mut().enumerate() {
            let behind = background.path_mm(view, self.detector.position_mm(bin));
            let mut extra = 0.0;
            let mut share = 1.0;
            if bin + margin >= span.start && bin < span.end + margin {
                let middle = bin * self.sub_rays + self.sub_rays / 2;
                let beam = &paths.ratio[middle.saturating_sub(half)..(middle + half).min(paths.ratio.len())];
                // a ray through much metal still gives a little signal: the detector's dark current
                share = (f64::from(beam.iter().sum::<f32>()) / beam.len() as f64).max(1e-4);
                if share != 1.0 {
                    extra = self.correction.path_mm(-(share * signal_behind_water(behind)).ln()) - behind;
                }
            }
            if self.noise_open > 0.0 {
                let signal = share * signal_behind_water_fast(behind, &weights, &water);
                noise = if bin % 2 == 0 { normal_pair(hash(&[key, bin as u64])) } else { (noise.1, 0.0) };
                extra += noise.0 * self.noise_open / (slope * signal.sqrt());
            }
            *out = extra as f32;
        }
        let rays = span.start * self.sub_rays..span.end * self.sub_rays;
        paths.ratio[rays].fill(1.0);
    }

    /// The signal of every touched sub-ray as a share of that without dense objects; gives the range of touched elements.
    fn transmit(&self, background: &Background, view: usize, paths: &mut Paths) -> std::ops::Range<usize> {
        let (weights, water) = (spectrum(), water_per_mm());
        let materials = self.excess.len();
        let slices = paths.sub_slices.len();
        let mut span = paths.touched.len()..0;
        for bin in 0..paths.touched.len() {
            if !paths.touched[bin] {
                continue;
            }
            span = span.start.min(bin)..bin + 1;
            let behind = background.path_mm(view, self.detector.position_mm(bin)) as f32;
            let open: [f32; BANDS] = std::array::from_fn(|e| weights[e] * (-water[e] * behind).exp());
            let whole: f32 = open.iter().sum();
            let open = open.map(|o| o / whole);
            let block = &mut paths.values[bin * paths.block..(bin + 1) * paths.block];
            for (ray, sub_ray) in block.chunks_exact(materials * slices).enumerate() {
                let mut signal = 0.0_f32;
                for (thicknesses, &(_, weight)) in sub_ray.chunks_exact(materials).zip(&paths.sub_slices) {
                    let mut here = 0.0_f32;
                    if thicknesses.iter().all(|&t| t == 0.0) {
                        here = 1.0;
                    } else {
                        for (e, share) in open.iter().enumerate() {
                            let depth: f32 = thicknesses.iter().zip(&self.excess).map(|(t, mu)| t * mu[e]).sum();
                            here += share * (-depth).exp();
                        }
                    }
                    signal += weight as f32 * here;
                }
                paths.ratio[bin * self.sub_rays + ray] = signal;
            }
            block.fill(0.0);
            paths.touched[bin] = false;
        }
        if span.is_empty() { 0..0 } else { span }
    }
}

/// [`signal_behind_water`] in single precision, for the noise only.
fn signal_behind_water_fast(path_mm: f64, weights: &[f32; BANDS], water: &[f32; BANDS]) -> f64 {
    let path = path_mm as f32;
    f64::from(weights.iter().zip(water).map(|(w, mu)| w * (-mu * path).exp()).sum::<f32>())
}

/// Attenuation of water behind a patient, 1/mm, that turns noise of −ln I into noise of the path.
fn mean_water_per_mm() -> f32 {
    spectrum().iter().zip(water_per_mm()).map(|(w, mu)| w * mu).sum()
}
