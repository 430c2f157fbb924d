//! Whatever moves are made, the running dose is that of the seeds, and the hard limits hold.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod common;

use image::simulate::Rng;
use plan::inside::{Ready, State, prepare};
use plan::{Effort, Problem};
use proptest::prelude::*;

fn check(problem: &Problem, ready: &Ready, random_seed: u64, steps: usize, bearable: f64) {
    let (fields, field) = (&ready.fields, &ready.fields.full);
    let mut state = State::new(fields, field, &ready.objective, &problem.placing, &[]);
    let mut rng = Rng::new(random_seed, 0);
    let (mut made, mut before) = (0, state.cost());
    for _ in 0..steps {
        if state.step(&mut rng, bearable) {
            made += 1;
            assert!(state.cost() <= before + bearable + 1e-9);
            before = state.cost();
        } else {
            assert_eq!(state.cost(), before);
        }
    }
    assert!(steps < 50 || made > 0);
    assert_eq!(state.doses(), state.fresh());
    let again = State::new(fields, field, &ready.objective, &problem.placing, state.chosen());
    assert_eq!(again.chosen().len(), state.chosen().len(), "a hard limit is broken");
    assert_eq!((again.doses(), again.cost(), again.needles()), (state.doses(), state.cost(), state.needles()));
    let places: Vec<_> = state.chosen().iter().map(|&one| fields.candidates.places[one as usize]).collect();
    assert!(places.len() <= problem.placing.most_seeds && state.needles() <= problem.placing.most_needles);
    for (n, a) in places.iter().enumerate() {
        assert!(places.iter().filter(|b| b.needle == a.needle).count() <= problem.placing.most_per_needle);
        for b in &places[..n] {
            let apart: f64 = (0..3).map(|c| (a.centre[c] - b.centre[c]).powi(2)).sum::<f64>().sqrt();
            assert!(apart >= problem.placing.spacing_mm - 1e-6, "{apart}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn running_dose_is_fresh_dose(
        random_seed in any::<u64>(),
        steps in 0_usize..600,
        bearable in prop_oneof![Just(0.0), 0.0..5.0, Just(1e9)],
        step_mm in 2.0..6.0,
        spacing_mm in 3.0..8.0,
        most_seeds in 1_usize..9,
        most_needles in 1_usize..6,
        most_per_needle in 1_usize..4,
    ) {
        let mut problem = common::small();
        let placing = &mut problem.placing;
        (placing.step_mm, placing.spacing_mm, placing.most_seeds) = (step_mm, spacing_mm, most_seeds);
        (placing.most_needles, placing.most_per_needle) = (most_needles, most_per_needle);
        // only the moves are tried: aims that no seed at all could meet are no matter
        problem.aims[0].limit = 1.0;
        problem.aims[0].index = "V5".parse().unwrap();
        problem.aims[1].limit = 99.0;
        problem.aims[2].limit = 900.0;
        let effort = Effort { target_points: 900, organ_points: 300, ..Effort::default() };
        let ready = prepare(&problem, &effort).unwrap();
        check(&problem, &ready, random_seed, steps, bearable);
    }
}
