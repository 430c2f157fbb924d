//! Dose-volume histograms: `cargo bench -p dosewright-dose --bench dvh`.
//!
//! On ../shared/data/dvh-breast (ten structures, one without contours, dose grid 194 × 129 × 98) when it is there, and on a
//! made-up prostate. Before the table of timings it prints CPU seconds for the whole case beside those of dicompyler-core and
//! plastimatch, which `python xtask/dvh/time_others.py` measures on the same machine: pass them in DICOMPYLER_S and PLASTIMATCH_S.
#![allow(missing_docs)]

use std::path::PathBuf;

use divan::Bencher;
use dosewright_dose::dvh::{Dvh, DvhOptions, Outside};
use image::{Contour, ContourKind, Grid, Region, RegionOptions, Structure, Unit, Volume, Voxels};

fn main() {
    report();
    divan::main();
}

fn breast() -> Option<(Volume, Vec<Structure>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/dvh-breast");
    if !folder.is_dir() {
        return None;
    }
    let dose = image::rtdose::read(&image::dicom::open(&folder.join("rtdose.dcm")).ok()?).ok()?.volume;
    let structures = image::rtstruct::read(&image::dicom::open(&folder.join("rtss.dcm")).ok()?).ok()?.structures;
    Some((dose, structures))
}

fn all(dose: &Volume, structures: &[Structure]) -> usize {
    let options = DvhOptions { outside: Outside::Exclude, ..DvhOptions::default() };
    structures
        .iter()
        .filter_map(|structure| Region::from_structure(structure, &RegionOptions::default()).ok())
        .filter_map(|region| Dvh::compute(dose, &region, &options).ok())
        .count()
}

/// CPU seconds of the process, all its threads: the machine may be shared.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).map_or(f64::NAN, |ns| ns * 1e-9)
}

fn report() {
    let Some((dose, structures)) = breast() else {
        println!("skipped: ../shared/data/dvh-breast is missing");
        return;
    };
    // one thread, so that the CPU time of this thread is all of it
    let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build() else { return };
    pool.install(|| {
        let count = all(&dose, &structures);
        let ours = (0..10)
            .map(|_| {
                let start = cpu_seconds();
                divan::black_box(all(&dose, &structures));
                cpu_seconds() - start
            })
            .fold(f64::INFINITY, f64::min);
        println!("breast case, {count} structures with contours: {:.1} ms CPU on one thread", 1e3 * ours);
        for (name, variable) in [("dicompyler-core", "DICOMPYLER_S"), ("plastimatch", "PLASTIMATCH_S")] {
            if let Some(theirs) = std::env::var(variable).ok().and_then(|text| text.parse::<f64>().ok()) {
                println!("{name}: {:.0} ms CPU, {:.0} times as long", 1e3 * theirs, theirs / ours);
            }
        }
    });
}

#[divan::bench]
fn breast_ten_structures(bencher: Bencher<'_, '_>) {
    let Some((dose, structures)) = breast() else { return };
    bencher.bench(|| all(&dose, &structures));
}

/// A ball of 40 cm³ on slices of 2.5 mm in a dose grid of 1 mm.
fn prostate() -> (Volume, Structure) {
    let grid = Grid::axis_aligned([100; 3], [-49.5; 3], [1.0; 3]);
    let at = |n: usize| (n % 100) as f64 - 49.5;
    let values = (0..grid.len()).map(|n| (4e4 / (at(n).powi(2) + at(n / 100).powi(2) + 20.0)) as f32).collect();
    let ring = |h: f64| {
        let r = (21.2_f64 * 21.2 - h * h).sqrt();
        let points = (0..72).map(|a| f64::from(5 * a).to_radians().sin_cos()).map(|(s, c)| [r * c, r * s, h]);
        Contour { kind: ContourKind::ClosedPlanar, points: points.collect(), image: None }
    };
    let contours = (-8..=8).map(|k| ring(f64::from(k) * 2.5)).collect();
    let structure = Structure {
        number: 1,
        name: "prostate".into(),
        kind: String::new(),
        colour: None,
        frame_of_reference: String::new(),
        contours,
    };
    (Volume { grid, voxels: Voxels::F32(values), unit: Unit::Gray }, structure)
}

#[divan::bench]
fn one_prostate(bencher: Bencher<'_, '_>) {
    let (dose, structure) = prostate();
    bencher.bench(|| all(&dose, std::slice::from_ref(&structure)));
}

#[divan::bench]
fn whole_grid_of_a_million_voxels(bencher: Bencher<'_, '_>) {
    let (dose, _) = prostate();
    bencher.bench(|| Dvh::of_grid(&dose).map(|dvh| dvh.cells));
}

#[divan::bench]
fn coverage_on_a_ct_of_512_by_512_by_36(bencher: Bencher<'_, '_>) {
    let (_, structure) = prostate();
    let region = Region::from_structure(&structure, &RegionOptions::default()).expect("closed contours");
    let ct = Grid::axis_aligned([512, 512, 36], [-125.0, -125.0, -45.0], [0.488, 0.488, 2.5]);
    bencher.bench(|| region.coverage(&ct).coverage.len());
}
