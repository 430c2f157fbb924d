//! Planning: `cargo bench -p dosewright-plan`.
//!
//! Before the table of timings it prints wall and CPU seconds of the reference prostate, stage by stage, beside the anchors.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Instant;

use divan::Bencher;
use plan::inside::prepare;
use plan::{Effort, plan};

fn main() {
    report();
    divan::main();
}

fn cpu_seconds() -> f64 {
    // of all threads; clock ticks are hundredths of a second on Linux
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let done = work();
    println!("{what}: {:.2} s wall, {:.2} s CPU", wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    done
}

fn report() {
    let Some(problem) = common::prostate() else { return };
    println!("reference prostate on {} threads", rayon::current_num_threads());
    let effort = Effort::default();
    let Ok(ready) = timed("points, candidates, doses", || prepare(&problem, &effort)) else { return };
    let found = timed("search", || plan::inside::search(&problem, &ready, 1, &effort));
    let Ok(found) = found else { return };
    let Ok(_) = timed("dose and histograms of the plan", || plan::inside::make(&problem, &ready, &found)) else {
        return;
    };
    let Ok(done) = timed("all", || plan(&problem, 1, &effort)) else { return };
    println!("{} seeds in {} needles, objective {:.2}", done.seeds(), done.needles.len(), done.objective);
    for one in &done.aims {
        let value = one.index.value.unwrap_or(f64::NAN);
        println!("  {} {} {value:.2} (limit {:.2})", one.structure, one.index.name, one.aim.limit);
    }
    println!(
        "anchors: 10-20 s for commercial inverse planning; greedy and swap in Python 15-30 s (V100 98.7, V150 34.9, 24 needles);"
    );
    println!("         the implant as it was done: V100 92.6, V150 57, urethra D10 200");
}

#[divan::bench(sample_count = 3)]
fn reference_prostate(bencher: Bencher<'_, '_>) {
    let Some(problem) = common::prostate() else { return };
    bencher.bench(|| plan(&problem, 1, &Effort::default()).map(|done| done.seeds()));
}
