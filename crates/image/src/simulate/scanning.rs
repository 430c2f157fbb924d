//! Scanning a scene.

use rayon::prelude::*;

use super::anatomy;
use super::background::Background;
use super::backproject::{Detector, backproject, filter, kernel};
use super::rng::hash;
use super::scanner::{HuRange, Scanner, SimulateError};
use super::scene::Scene;
use super::sinogram::Measurement;
use super::vector::unit;
use crate::{Point, Unit, Volume, Voxels};

/// A seed as it lies at rest.
#[derive(Debug, Clone, PartialEq)]
pub struct TrueSeed {
    /// centre of the capsule, mm
    pub centre: Point,
    /// unit vector along it
    pub axis: Point,
}

/// A dense object that is not a seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Distractor {
    /// what it is
    pub kind: &'static str,
    /// centres of its pieces, mm
    pub centres: Vec<Point>,
}

/// What the scan shows, as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// name of the seed model; empty without seeds
    pub model: String,
    /// the seeds, in the scene's order
    pub seeds: Vec<TrueSeed>,
    /// what may be mistaken for seeds
    pub distractors: Vec<Distractor>,
}

fn check(scene: &Scene) -> Result<(), SimulateError> {
    if scene.seed_solid.is_none() && !scene.seeds.is_empty() {
        return Err(SimulateError::NoSeedModel { count: scene.seeds.len() });
    }
    let finite = |p: Point| p.iter().all(|c| c.is_finite());
    if scene.dense().iter().any(|d| !finite(d.centre) || !finite(d.axis) || !d.extent().0.is_finite()) {
        return Err(SimulateError::NotFinite { what: "a dense object" });
    }
    let bad = |b: [Point; 2]| !finite(b[0]) || !finite(b[1]);
    if scene.solids.iter().any(|s| !s.hu.is_finite() || s.shape.bounds().is_some_and(bad)) {
        return Err(SimulateError::NotFinite { what: "a solid" });
    }
    Ok(())
}

/// Scans a scene. The same `seed` of the random numbers gives the same voxels, whatever the number of threads.
///
/// # Errors
/// [`SimulateError`] where the scanner or the scene makes no sense.
pub fn ct(scene: &Scene, scanner: &Scanner, seed: u64) -> Result<(Volume, Truth), SimulateError> {
    scanner.check()?;
    check(scene)?;
    let grid = scanner.grid();
    let detector = Detector::of(scanner);
    let taps = kernel(scanner, detector);
    let mut measurement = Measurement::new(scanner, detector, &scene.dense(), scene.motion);
    measurement.set_noise(&Background::new(scene, scanner, scanner.centre[2]), &taps);
    let slices: Vec<Vec<i16>> = (0..scanner.slices)
        .into_par_iter()
        .map(|k| {
            let z = grid.centre([0, 0, k])[2];
            let background = Background::new(scene, scanner, z);
            let sinogram = measurement.slice(&background, k, z, hash(&[seed, 3]));
            let extra = backproject(&filter(&sinogram, detector.bins, &taps), scanner, &grid, detector);
            let anatomy = anatomy::slice(scene, scanner, &grid, k, hash(&[seed, 5]));
            anatomy.iter().zip(&extra).enumerate().map(|(n, (a, e))| store(scanner, n, a + 1000.0 * e)).collect()
        })
        .collect();
    let truth = Truth {
        model: scene.seed_solid.as_ref().map_or_else(String::new, |s| s.model.clone()),
        seeds: scene.seeds.iter().map(|s| TrueSeed { centre: s.centre, axis: unit(s.axis) }).collect(),
        distractors: scene
            .others
            .iter()
            .map(|o| Distractor { kind: o.kind, centres: o.objects.iter().map(|d| d.centre).collect() })
            .collect(),
    };
    Ok((Volume { grid, voxels: Voxels::I16(slices.concat()), unit: Unit::Hounsfield }, truth))
}

/// A pixel as it is stored.
fn store(scanner: &Scanner, pixel: usize, hu: f32) -> i16 {
    if let Some(outside) = scanner.outside_hu {
        let [nx, ny] = scanner.size;
        let x = (pixel % nx) as f64 - (nx as f64 - 1.0) / 2.0;
        let y = (pixel / nx) as f64 - (ny as f64 - 1.0) / 2.0;
        if x.hypot(y) > 0.5 * nx.min(ny) as f64 {
            return outside;
        }
    }
    match scanner.range {
        HuRange::Bits12 => hu.round().clamp(-1024.0, 3071.0) as i16,
        HuRange::Extended => hu.round().clamp(-2048.0, 32767.0) as i16,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Material, SceneSeed, SeedSolid, Shape};
    use super::*;

    fn water(noise_hu: f64) -> (Scene, Scanner) {
        let mut scene = Scene::default();
        scene.paint(Shape::Trunk { centre: [0.0, 0.0], semi: [150.0, 100.0], z: [-90.0, 90.0] }, 0.0);
        scene.seed_solid = SeedSolid::named("6711").ok();
        let scanner = Scanner { noise_hu, ..Scanner::clinical([0.0; 3], [50.0, 50.0, 15.0], 2.5) };
        (scene, scanner)
    }

    fn seed(centre: Point, axis: Point) -> SceneSeed {
        SceneSeed { centre, axis }
    }

    /// The integral of the CT number above 0 and its centre of gravity.
    fn mass(volume: &Volume) -> (f64, Point) {
        let (mut sum, mut moment) = (0.0, [0.0; 3]);
        let [nx, ny, nz] = volume.grid.size;
        for (k, j, i) in (0..nz).flat_map(|k| (0..ny).flat_map(move |j| (0..nx).map(move |i| (k, j, i)))) {
            let value = f64::from(volume.at(volume.grid.offset([i, j, k])));
            let p = volume.grid.centre([i, j, k]);
            // the bright spot only: streaks far away carry noise into the moment
            if p[0].hypot(p[1]) < 6.0 {
                sum += value;
                moment = [0, 1, 2].map(|a| moment[a] + value * p[a]);
            }
        }
        (sum * volume.grid.voxel_mm3(), moment.map(|m| m / sum))
    }

    #[test]
    fn the_same_seed_gives_the_same_voxels_for_any_number_of_threads() {
        let (mut scene, scanner) = water(12.0);
        scene.seeds = vec![seed([3.0, 1.0, 0.5], [0.1, 0.2, 1.0]), seed([-4.0, 1.0, 0.0], [0.0, 0.0, 1.0])];
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| ct(&scene, &scanner, 4)).unwrap().0
        };
        assert_eq!(with(1), with(3));
        assert_ne!(with(1).voxels, ct(&scene, &scanner, 5).unwrap().0.voxels);
    }

    #[test]
    fn a_seed_is_where_it_lies_and_bright() {
        let (mut scene, scanner) = water(0.0);
        let centre = [0.35, -0.8, 0.6];
        scene.seeds = vec![seed(centre, [0.1, 0.2, 1.0])];
        let (volume, truth) = ct(&scene, &scanner, 1).unwrap();
        assert_eq!((truth.seeds.len(), truth.model.as_str()), (1, "6711"));
        let (sum, gravity) = mass(&volume);
        assert!((10_000.0..80_000.0).contains(&sum), "{sum}");
        for a in 0..3 {
            assert!((gravity[a] - centre[a]).abs() < 0.15, "{gravity:?}");
        }
        let peak = volume.to_f32().iter().copied().fold(f32::MIN, f32::max);
        assert!((2000.0..12_000.0).contains(&peak), "{peak}");
    }

    #[test]
    fn a_streak_is_dark_along_the_line_that_joins_two_seeds() {
        let (mut scene, mut scanner) = water(0.0);
        scanner.feed_mm = 0.0;
        scene.seeds = vec![seed([-10.0, 0.0, 0.0], [0.0, 0.0, 1.0]), seed([10.0, 0.0, 0.0], [0.0, 0.0, 1.0])];
        let (volume, _) = ct(&scene, &scanner, 1).unwrap();
        let between = volume.sample([0.0, 0.0, 0.0]).unwrap();
        let beside = volume.sample([0.0, 10.0, 0.0]).unwrap();
        assert!(between < -5.0 && between < beside - 5.0, "{between} {beside}");
    }

    #[test]
    fn the_noise_is_what_was_asked_for_in_the_centre() {
        let (scene, scanner) = water(15.0);
        let (volume, _) = ct(&scene, &scanner, 1).unwrap();
        let (mut sum, mut squares, mut n) = (0.0, 0.0, 0.0);
        for (at, value) in volume.to_f32().iter().enumerate() {
            let (i, j) = (at % 100, at / 100 % 100);
            if i.abs_diff(50) < 20 && j.abs_diff(50) < 20 {
                sum += f64::from(*value);
                squares += f64::from(value * value);
                n += 1.0;
            }
        }
        let deviation = (squares / n - (sum / n).powi(2)).sqrt();
        assert!((deviation / 15.0 - 1.0).abs() < 0.1, "{deviation}");
        assert!((sum / n).abs() < 1.0);
    }

    #[test]
    fn twelve_bits_clip_and_the_outside_is_padded() {
        let (mut scene, mut scanner) = water(0.0);
        let steel = Material::named("steel").unwrap();
        scene.place("needle", vec![super::super::Dense::rod([0.0, 0.0, -20.0], [0.0, 0.0, 20.0], 1.3, steel)]);
        (scanner.range, scanner.outside_hu) = (HuRange::Bits12, Some(-2000));
        let (volume, truth) = ct(&scene, &scanner, 1).unwrap();
        assert_eq!(volume.sample([0.25, 0.25, 0.0]), Some(3071.0));
        assert_eq!(volume.at(0), -2000.0);
        assert_eq!(truth.distractors[0].kind, "needle");
    }

    #[test]
    fn breathing_moves_slices_against_one_another() {
        let (mut scene, scanner) = water(0.0);
        scene.seeds = vec![seed([0.0; 3], [0.0, 0.0, 1.0])];
        scene.motion = Some(super::super::Motion {
            amplitude_mm: [3.0, 0.0, 0.0],
            period_s: 4.0,
            phase: std::f64::consts::FRAC_PI_2,
            exposure_s: 0.01,
            interval_s: 2.0,
        });
        // slices 2 and 3 lie at −1.25 and +1.25 mm, half a cycle apart
        let (volume, _) = ct(&scene, &scanner, 1).unwrap();
        let brightest = |k: usize| {
            let row = (0..100).map(|i| volume.at(volume.grid.offset([i, 50, k])));
            let best = row.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0;
            volume.grid.centre([best, 50, k])[0]
        };
        assert!((brightest(2) - 3.0).abs() < 0.5 && (brightest(3) + 3.0).abs() < 0.5);
    }

    #[test]
    fn scenes_that_make_no_sense_are_refused() {
        let (mut scene, scanner) = water(0.0);
        scene.seeds = vec![seed([f64::NAN, 0.0, 0.0], [0.0, 0.0, 1.0])];
        assert!(matches!(ct(&scene, &scanner, 1), Err(SimulateError::NotFinite { .. })));
        scene.seed_solid = None;
        assert!(matches!(ct(&scene, &scanner, 1), Err(SimulateError::NoSeedModel { count: 1 })));
    }
}
