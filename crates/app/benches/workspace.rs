//! Editing a verification: `cargo bench -p dosewright --bench workspace`.
//!
//! One drop of a seed in an implant of 100 seeds on voxels of 1 mm: dose, every histogram, every finding. The limit that a hand feels
//! is 100 ms. Beside it what the pipeline would need to do the same from the beginning.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use dosewright_app::verify::{GivenSeed, Request, SeedOrigin, SeedTag, read, verify};
use dosewright_app::watch::Terminal;
use dosewright_app::workspace::{Edit, Workspace, edited, views};
use image::section::View;
use records::verification::{Draft, DraftSeed};

fn watch() -> Terminal {
    Terminal::new(true, Arc::new(AtomicBool::new(false)))
}

/// Median of a dozen runs, ms.
fn median_ms(mut run: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..12)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    for file in image::simulate::case_files(&image::simulate::case("prostate").unwrap()).unwrap() {
        let path = case.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.bytes).unwrap();
    }
    let request = Request { prescription: Some(physics::Gray::new(145.0)), ..Request::of(&case) };
    let study = Arc::new(read(&request, &watch()).unwrap());
    let mut workspace = Workspace::open(&request, Arc::clone(&study), Draft::default()).unwrap();
    let mut seeds: Vec<DraftSeed> = workspace.planned().to_vec();
    // up to a hundred: the planned ones again, a little beside
    for number in seeds.len() as u32 + 1..=100 {
        let mut seed = seeds[number as usize % workspace.planned().len()].clone();
        seed.number = number;
        seed.centre_mm[0] += 2.5;
        seeds.push(seed);
    }
    workspace.set(Draft { revision: 1, seeds: seeds.clone() }).unwrap();
    let grid = workspace.dose().unwrap().grid.size;
    println!(
        "implant of {} seeds, dose grid {grid:?} of 1 mm, {} structures",
        seeds.len(),
        workspace.structures().len()
    );
    let mut step = 0.0;
    let mut drop = || {
        step += 0.1;
        let centre_mm = [seeds[7].centre_mm[0] + step, seeds[7].centre_mm[1], seeds[7].centre_mm[2]];
        let list = edited(&workspace.draft().seeds, &[Edit::Move { number: 8, centre_mm }]).unwrap();
        let revision = workspace.draft().revision + 1;
        workspace.set(Draft { revision, seeds: list }).unwrap();
    };
    let dose_ms = median_ms(&mut drop);
    let results_ms = median_ms(|| {
        black_box(workspace.results().unwrap());
    });
    println!(
        "one drop: dose {dose_ms:.1} ms, histograms and findings {results_ms:.1} ms, together {:.1} ms (limit 100 ms)",
        dose_ms + results_ms
    );
    let ct = workspace.ct().unwrap();
    let middle = ct.grid.size.map(|n| n / 2);
    for (view, at) in [(View::Axial, middle[2]), (View::Sagittal, middle[0]), (View::Coronal, middle[1])] {
        let layer_ms = median_ms(|| {
            black_box(views::layer(ct, view, at, None));
        });
        let at_mm = views::height(&ct.grid, view, at).unwrap();
        let plane_ms = median_ms(|| {
            black_box(views::dose_on(workspace.dose().unwrap(), &ct.grid, view, at_mm));
        });
        let outline_ms = median_ms(|| {
            black_box(views::outlines(workspace.structures(), &ct.grid, view, at));
        });
        println!("{view:?}: image {layer_ms:.2} ms, dose {plane_ms:.2} ms, outlines {outline_ms:.2} ms");
    }
    let given = seeds.iter().map(|seed| GivenSeed { axis: seed.axis, ..GivenSeed::at(seed.centre_mm, SeedTag::Plan) });
    let whole = Request { seeds: SeedOrigin::Given(given.collect()), ..request };
    let again_ms = median_ms(|| {
        black_box(verify(&whole, &study, &jiff::Zoned::now(), &watch()).unwrap());
    });
    println!("the pipeline from the beginning: {again_ms:.1} ms");
}
