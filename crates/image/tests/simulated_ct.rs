//! Whether simulated scans look like a clinical one, in the numbers that matter to finding seeds.

#![allow(clippy::unwrap_used)] // helpers of a test

use std::path::{Path, PathBuf};

use dosewright_image as image;
use image::simulate::site::{Pelvis, pelvis};
use image::simulate::{Density, Rng, Scanner, SeedSolid, TemplateImplant, ct};
use image::{Point, Volume};

/// What is compared: medians over the seeds.
#[derive(Debug)]
struct Look {
    /// brightest voxel, HU
    peak: f64,
    /// full width at half maximum along x, mm
    width: f64,
    /// darkest and brightest percent of soft tissue 3 to 7 mm from a seed, HU
    dark: f64,
    bright: f64,
    /// standard deviation there, HU
    unrest: f64,
    /// darkest voxel at 1 to 2.2 mm, HU
    shadow: f64,
    /// sum of the peaks along z over the greatest peak, times the slice distance: how long a seed looks, mm
    length: f64,
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn look(ct: &Volume, seeds: &[Point]) -> Look {
    let at = |i: i64, j: i64, k: i64| f64::from(ct.at(ct.grid.offset([i as usize, j as usize, k as usize])));
    let (pixel, spacing) = (ct.grid.spacing[0], ct.grid.spacing[2]);
    let mut all: [Vec<f64>; 7] = Default::default();
    for seed in seeds {
        let [i0, j0, k0] = ct.grid.index(*seed).map(|x| x.round() as i64);
        let brightest = |k: i64| {
            let places = (-3..=3).flat_map(|b| (-3..=3).map(move |a| (i0 + a, j0 + b)));
            places.max_by(|p, q| at(p.0, p.1, k).total_cmp(&at(q.0, q.1, k))).unwrap()
        };
        let slice = (k0 - 2..=k0 + 2)
            .max_by(|a, b| {
                let value = |k: i64| at(brightest(k).0, brightest(k).1, k);
                value(*a).total_cmp(&value(*b))
            })
            .unwrap();
        let (i, j) = brightest(slice);
        let peak = at(i, j, slice);
        if peak < 1500.0 {
            continue; // a planned seed that is not in the image
        }
        let half = f64::midpoint(peak, 40.0);
        let side = |way: i64| {
            let n = (1..12).find(|n| at(i + way * n, j, slice) <= half).unwrap_or(12);
            let (near, far) = (at(i + way * (n - 1), j, slice), at(i + way * n, j, slice));
            (n - 1) as f64 + (near - half) / (near - far)
        };
        let (mut ring, mut close) = (Vec::new(), Vec::new());
        for (b, a) in (-15..=15).flat_map(|b| (-15..=15).map(move |a| (b, a))) {
            let r = (a as f64).hypot(b as f64) * pixel;
            let value = at(i0 + a, j0 + b, k0);
            if r > 3.0 && r < 7.0 && value < 300.0 {
                ring.push(value);
            }
            if r > 1.0 && r < 2.2 {
                close.push(value);
            }
        }
        ring.sort_by(f64::total_cmp);
        let mean = ring.iter().sum::<f64>() / ring.len() as f64;
        let deviation = (ring.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / ring.len() as f64).sqrt();
        all[0].push(peak);
        all[1].push((side(1) + side(-1)) * pixel);
        all[2].push(ring[ring.len() / 50]);
        all[3].push(ring[ring.len() - 1 - ring.len() / 50]);
        all[4].push(deviation);
        all[5].push(close.into_iter().fold(f64::INFINITY, f64::min));
        let free = seeds
            .iter()
            .filter(|s| (s[0] - seed[0]).hypot(s[1] - seed[1]) < 4.5 && (s[2] - seed[2]).abs() < 11.0)
            .count();
        if free == 1 {
            let peaks = (k0 - 3..=k0 + 3).map(|k| at(brightest(k).0, brightest(k).1, k) - 60.0).filter(|p| *p > 200.0);
            all[6].push(peaks.sum::<f64>() * spacing / (peak - 60.0));
        }
    }
    let [peak, width, dark, bright, unrest, shadow, length] = all.map(median);
    Look { peak, width, dark, bright, unrest, shadow, length }
}

#[test]
fn a_simulated_implant_looks_like_a_clinical_one() {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/seed-implant-ct");
    if !folder.exists() {
        println!("skipped: ../shared/data/seed-implant-ct is missing");
        return;
    }
    let study = image::study::import(&folder, &|_, _| {}).unwrap();
    let clinical = study.ct().unwrap().volume.as_ref().unwrap();
    let positions: Vec<Point> = study.implant_plan().unwrap().seeds.iter().map(|s| s.position).collect();
    let real = look(clinical, &positions);

    let centre = [0.0; 3];
    let semi = [23.0, 18.0, 20.0];
    let mut rng = Rng::new(17, 0);
    // the gland reaches beyond the seeds, so that the fat around it does not count as a streak
    let gland = semi.map(|a| a + 9.0);
    let wanted = Pelvis { centre, semi: gland, calcifications: 0, gold_markers: 0, catheter: false, gas: true };
    let mut site = pelvis(&wanted, &mut rng);
    let solid = SeedSolid::named("STM1251").unwrap();
    site.scene.seeds = TemplateImplant::clinical(centre, semi, Density::Clinical).draw(&solid, &mut rng).1;
    site.scene.seed_solid = Some(solid);
    let mut scanner = Scanner::clinical(centre, [90.0, 90.0, 85.0], 2.5);
    scanner.pixel_mm = 0.488_281;
    let (volume, truth) = ct(&site.scene, &scanner, 17).unwrap();
    let seeds: Vec<Point> = truth.seeds.iter().map(|s| s.centre).collect();
    let simulated = look(&volume, &seeds);
    println!("clinical  {real:.2?}\nsimulated {simulated:.2?}");

    let ratio = |a: f64, b: f64, low: f64, high: f64, what: &str| {
        assert!((low..=high).contains(&(a / b)), "{what}: simulated {a:.2}, clinical {b:.2}");
    };
    // the tube voltage of the clinical scan and the size of this seed's gold core are not known: its brightness only roughly
    ratio(simulated.peak, real.peak, 0.7, 1.7, "peak");
    ratio(simulated.width, real.width, 0.85, 1.15, "width");
    ratio(simulated.length, real.length, 0.85, 1.15, "length");
    ratio(simulated.unrest, real.unrest, 0.75, 1.33, "unrest near seeds");
    ratio(simulated.shadow, real.shadow, 0.4, 2.0, "shadow beside seeds");
    assert!((simulated.dark - real.dark).abs() < 25.0, "{} {}", simulated.dark, real.dark);
    assert!((simulated.bright - real.bright).abs() < 25.0, "{} {}", simulated.bright, real.bright);
}
