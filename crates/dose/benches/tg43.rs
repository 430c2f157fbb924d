//! TG-43 dose on a grid: `cargo bench -p dosewright-dose --bench tg43`.
//!
//! Before the table of timings it prints, for 100 seeds on 128³ voxels in 2D on one thread: CPU seconds, pairs a second,
//! the direct evaluation beside it, and how far the time is from what the processor can do at best.
#![allow(missing_docs)]

mod limits;

use std::sync::Arc;

use divan::Bencher;
use dosewright_dose as dose;

use dose::tg43::{Editor, Formalism, Instructions, Options, dose_with, naive};
use dose::{Implant, Source};
use image::Grid;
use limits::cpu_seconds;
use physics::{AirKermaStrength, SeedLibrary};

/// Floating-point operations on a vector that the 2D row does for one voxel, the root and the division counted as one
/// each (9 + 11 + 8 in the three passes of row.rs); shifts and masks of whole numbers run beside them.
const ARITHMETIC: f64 = 28.0;

fn main() {
    report();
    divan::main();
}

fn grid(n: usize) -> Grid {
    let half = (n as f64 - 1.0) / 2.0;
    Grid::axis_aligned([n; 3], [-half; 3], [1.0; 3])
}

/// Seeds as in a prostate: strands 10 mm apart, seeds 10 mm apart along them, a little tilted.
fn implant(count: usize) -> Implant {
    let model = SeedLibrary::embedded().and_then(|library| library.find("6711").map(Arc::clone)).expect("6711");
    let sources =
        (0..count)
            .map(|n| {
                let at =
                    |c: usize, width: usize| (n / c % width) as f64 * 10.0 - width as f64 * 5.0 + (n % 7) as f64 * 0.3;
                let tilt = (n % 11) as f64 * 0.03;
                Source::new(Arc::clone(&model), AirKermaStrength::new(0.5), [at(1, 5), at(5, 4), at(20, 5)])
                    .with_axis([tilt, 0.1 - tilt, 1.0])
            })
            .collect();
    Implant::new(sources).expect("good seeds")
}

fn timed(runs: usize, mut run: impl FnMut()) -> f64 {
    (0..runs)
        .map(|_| {
            let start = cpu_seconds();
            run();
            cpu_seconds() - start
        })
        .fold(f64::INFINITY, f64::min)
}

fn one_thread<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread").install(run)
}

fn report() {
    one_thread(|| {
        let (implant, grid, options) = (implant(100), grid(128), Options::permanent(Formalism::Line2D));
        let pairs = 100.0 * 128.0_f64.powi(3);
        println!("100 seeds × 128³ voxels, 2D, one thread, CPU time (best of several)");
        let mut best = f64::NAN;
        for instructions in Instructions::available() {
            // the shared machine disturbs most runs; the plain version is slow and not what is asked about
            let runs = if instructions == Instructions::Plain { 1 } else { 15 };
            best = timed(runs, || drop(divan::black_box(dose_with(instructions, &implant, &grid, options))));
            println!(
                "  {instructions:?}: {best:.3} s, {:.0} million pairs/s, {:.2} ns a pair",
                pairs / best / 1e6,
                best * 1e9 / pairs
            );
        }
        // an eighth of the voxels each way: the direct evaluation is slow
        let (coarse, share) = (Grid { size: [32; 3], spacing: [4.0; 3], ..grid }, 64.0);
        let direct = timed(1, || drop(divan::black_box(naive::dose(&implant, &coarse, options)))) * share;
        println!("  direct evaluation: {direct:.1} s (from 32³ voxels), {:.1} million pairs/s", pairs / direct / 1e6);
        println!("  the table is {:.0} times as fast", direct / best);

        // places as the row loop reads them: half a megabyte, drifting over rows and columns
        let table: Vec<f32> = (0..620 * 256).map(|n| n as f32).collect();
        let at: Vec<i32> = (0..1 << 17).map(|n: i32| (150 + (n / 128 * 3 + n % 128) % 300) * 256 + n % 180).collect();
        let (Some(gather), Some(fma)) = (limits::gather_pair_ns(&table, &at), limits::fma_ns()) else { return };
        let (reads, sums) = (gather, ARITHMETIC * fma);
        println!(
            "  reading alone {reads:.2} ns a pair (64 bits each), arithmetic alone {sums:.2} ns ({ARITHMETIC} operations)"
        );
        println!(
            "  time is {:.2} of the longer, {:.2} of their sum",
            best * 1e9 / pairs / reads.max(sums),
            best * 1e9 / pairs / (reads + sums)
        );
    });
}

#[divan::bench(args = [64, 128], sample_count = 5)]
fn hundred_seeds_2d(bencher: Bencher<'_, '_>, n: usize) {
    let (implant, grid) = (implant(100), grid(n));
    bencher.bench(|| dose_with(Instructions::best(), &implant, &grid, Options::permanent(Formalism::Line2D)));
}

#[divan::bench(sample_count = 5)]
fn hundred_seeds_1d(bencher: Bencher<'_, '_>) {
    let (implant, grid) = (implant(100), grid(128));
    bencher.bench(|| dose_with(Instructions::best(), &implant, &grid, Options::permanent(Formalism::Line1D)));
}

/// The tables alone: one seed on one voxel far away.
#[divan::bench(sample_count = 20)]
fn one_table(bencher: Bencher<'_, '_>) {
    let (implant, grid) = (implant(1), Grid::axis_aligned([1; 3], [110.0; 3], [1.0; 3]));
    bencher.bench(|| dose_with(Instructions::best(), &implant, &grid, Options::permanent(Formalism::Line2D)));
}

/// A seed is moved while planning: taken away and added again, 128³ voxels of 1 mm.
#[divan::bench(sample_count = 20)]
fn move_one_seed(bencher: Bencher<'_, '_>) {
    let implant = implant(100);
    let mut editor = Editor::new(grid(128), Options::permanent(Formalism::Line2D)).expect("a grid");
    editor.add_implant(&implant).expect("good seeds");
    let seed = implant.sources()[0].clone();
    bencher.bench_local(|| {
        editor.remove(&seed).expect("removed");
        editor.add(&seed).expect("added");
    });
}

#[divan::bench(sample_count = 3)]
fn hundred_seeds_directly(bencher: Bencher<'_, '_>) {
    let (implant, grid) = (implant(100), grid(32));
    bencher.bench(|| naive::dose(&implant, &grid, Options::permanent(Formalism::Line2D)));
}
