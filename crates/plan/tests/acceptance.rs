//! The reference prostate: what the planner must reach.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod common;

use plan::{Effort, plan};

#[test]
fn plans_the_reference_prostate_within_its_limits() {
    let Some(problem) = common::prostate() else { return };
    let done = plan(&problem, 1, &Effort::default()).unwrap();
    let index = |at: usize, name: &str| {
        dose::indices::named(&done.histograms[at], name, problem.prescription, None).unwrap().value.unwrap()
    };
    println!(
        "{} candidates, {} seeds, {} needles, objective {:.2}, target {:.1} cm³",
        done.candidates,
        done.seeds(),
        done.needles.len(),
        done.objective,
        problem.target.volume_cm3()
    );
    for (at, name) in
        [(0, "V100"), (0, "V150"), (0, "V200"), (0, "D90"), (1, "D10"), (1, "D30"), (2, "D2cc"), (2, "V100cc")]
    {
        println!("{} {name} {:.2}", done.histograms[at].name, index(at, name));
    }
    for one in &done.aims {
        println!("{} {} {:?} {}", one.structure, one.index.name, one.index.value, one.met);
    }
    assert!((problem.target.volume_cm3() - 41.4).abs() < 0.5);
    assert!(done.seeds() <= 54 && done.needles.len() <= 25);
    assert!(index(0, "V100") >= 98.5, "V100 {}", index(0, "V100"));
    assert!(index(0, "V150") <= 45.0, "V150 {}", index(0, "V150"));
    assert!(index(0, "D90") >= 155.0, "D90 {}", index(0, "D90"));
    assert!(index(1, "D10") <= 190.0, "urethra D10 {}", index(1, "D10"));
    assert!(index(2, "D2cc") <= 100.0, "rectum D2cc {}", index(2, "D2cc"));
}
