//! Studies whose files were damaged at random: read in part, refused, listed, but never a panic.

#![allow(clippy::unwrap_used)]

mod common;

use common::folder;
use dosewright_image as image;
use image::study::import;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// What is done to the bytes of one file.
#[derive(Debug, Clone)]
enum Damage {
    Flip {
        at: prop::sample::Index,
        to: u8,
    },
    Cut {
        at: prop::sample::Index,
    },
    Repeat {
        at: prop::sample::Index,
        length: u8,
    },
    /// a digit of a text value becomes another character: values that parse, but mean nonsense
    Digit {
        nth: prop::sample::Index,
        to: u8,
    },
}

fn damage() -> impl Strategy<Value = Vec<(prop::sample::Index, Damage)>> {
    let index = any::<prop::sample::Index>;
    let one = prop_oneof![
        3 => (index(), any::<u8>()).prop_map(|(at, to)| Damage::Flip { at, to }),
        1 => index().prop_map(|at| Damage::Cut { at }),
        1 => (index(), any::<u8>()).prop_map(|(at, length)| Damage::Repeat { at, length }),
        4 => (index(), prop::sample::select(b"0123456789-.eE\\ ".to_vec())).prop_map(|(nth, to)| Damage::Digit { nth, to }),
    ];
    prop::collection::vec((index(), one), 1..12)
}

fn files() -> Vec<(String, Vec<u8>)> {
    common::everything().into_iter().enumerate().map(|(i, (name, w))| (format!("{i}-{name}"), w.bytes)).collect()
}

/// Damages a copy of the study and imports it.
fn try_one(files: &[(String, Vec<u8>)], damages: &[(prop::sample::Index, Damage)]) {
    let mut files = files.to_vec();
    for (which, damage) in damages {
        let bytes = &mut which.get_mut(&mut files).1;
        if bytes.is_empty() {
            continue;
        }
        match damage {
            Damage::Flip { at, to } => *at.get_mut(bytes) = *to,
            Damage::Cut { at } => bytes.truncate(at.index(bytes.len())),
            Damage::Repeat { at, length } => {
                let at = at.index(bytes.len());
                let piece: Vec<u8> = bytes[at..].iter().take(usize::from(*length)).copied().collect();
                bytes.splice(at..at, piece);
            }
            Damage::Digit { nth, to } => {
                let digits: Vec<usize> = (0..bytes.len()).filter(|&i| bytes[i].is_ascii_digit()).collect();
                if !digits.is_empty() {
                    bytes[*nth.get(&digits)] = *to;
                }
            }
        }
    }
    let Ok(study) = import(folder(&files).path(), &|_, _| ()) else { return };
    for series in &study.series {
        if let Ok(volume) = &series.volume {
            assert_eq!(volume.to_f32().len(), volume.grid.len());
            assert!(volume.grid.spacing.iter().all(|s| s.is_finite() && *s > 0.0));
            let _ = study.structure_set(series);
            let _ = study.implant_plan_on(series);
        }
    }
    assert!(study.doses.iter().all(|d| d.volume.to_f32().len() == d.volume.grid.len()));
    assert!(study.plans.iter().flat_map(|p| &p.seeds).all(|s| s.position.iter().all(|c| c.is_finite())));
    let _ = (study.ct(), study.inventory());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn damaged_studies_never_panic(damages in damage()) {
        try_one(&files(), &damages);
    }
}

/// The same for longer: `cargo test -p dosewright-image --test study_mutated -- --ignored`.
#[test]
#[ignore = "takes a minute"]
fn damage_for_a_minute() {
    let (files, mut runner, mut count) = (files(), TestRunner::default(), 0_usize);
    let started = std::time::Instant::now();
    while started.elapsed().as_secs() < 60 {
        try_one(&files, &damage().new_tree(&mut runner).unwrap().current());
        count += 1;
    }
    println!("{count} damaged studies");
}
