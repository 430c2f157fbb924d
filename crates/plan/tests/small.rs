//! Problems whose best plan is known.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod common;

use common::{aim, ellipsoid, seed, small};
use dose::criteria::Comparison;
use plan::inside::{State, prepare, search};
use plan::{Effort, Part, PlanError, Problem, Template, plan};

fn effort() -> Effort {
    Effort { starts: 3, steps: 6000, finalists: 3, polish: 1500, target_points: 2000, organ_points: 700 }
}

/// The least cost over all subsets that keep the hard limits, found without the code of the search.
fn least(problem: &Problem) -> (f64, Vec<u32>, usize) {
    let ready = prepare(problem, &effort()).unwrap();
    let (fields, field) = (&ready.fields, &ready.fields.full);
    let places = &fields.candidates.places;
    let allowed = |set: &[u32]| {
        let all: Vec<_> = set.iter().map(|&one| &places[one as usize]).collect();
        let apart = |a: [f64; 3], b: [f64; 3]| (0..3).map(|c| (a[c] - b[c]).powi(2)).sum::<f64>().sqrt();
        let spaced = all
            .iter()
            .enumerate()
            .all(|(n, a)| all[..n].iter().all(|b| apart(a.centre, b.centre) >= problem.placing.spacing_mm - 1e-6));
        let mut needles: Vec<usize> = all.iter().map(|one| one.needle).collect();
        needles.sort_unstable();
        let most = needles.chunk_by(|a, b| a == b).map(<[usize]>::len).max().unwrap_or(0);
        needles.dedup();
        (spaced && needles.len() <= problem.placing.most_needles && most <= problem.placing.most_per_needle)
            .then_some(needles.len())
    };
    let mut best = (f64::INFINITY, Vec::new());
    let mut tried = 0;
    let mut open: Vec<(Vec<u32>, Vec<i32>)> = vec![(Vec::new(), vec![0; field.points.len()])];
    while let Some((set, doses)) = open.pop() {
        if let Some(needles) = allowed(&set) {
            tried += 1;
            let cost = ready.objective.cost(field, &doses, needles, set.len());
            if cost < best.0 && !set.is_empty() {
                best = (cost, set.clone());
            }
            if set.len() < problem.placing.most_seeds {
                for next in set.last().map_or(0, |last| last + 1)..places.len() as u32 {
                    let mut more = set.clone();
                    more.push(next);
                    let row = fields.row(field, next as usize);
                    open.push((more, doses.iter().zip(row).map(|(a, b)| a + b).collect()));
                }
            }
        }
    }
    (best.0, best.1, tried)
}

#[test]
fn finds_the_best_of_all_subsets() {
    let base = small();
    let harder = {
        let mut problem = small();
        problem.placing.most_seeds = 4;
        problem.placing.most_per_needle = 1;
        problem.aims[2].limit = 45.0;
        problem
    };
    for (name, problem) in [("base", base), ("few seeds", harder)] {
        let (cost, set, tried) = least(&problem);
        let ready = prepare(&problem, &effort()).unwrap();
        // all on the full points: mirror images differ by the sampling alone, and the coarse points may prefer the other one
        let on_full = Effort { starts: 24, finalists: 24, steps: 0, polish: 6000, ..effort() };
        let found = search(&problem, &ready, 7, &on_full).unwrap();
        let by_default = search(&problem, &ready, 7, &effort()).unwrap();
        let usual = State::new(&ready.fields, &ready.fields.full, &ready.objective, &problem.placing, &by_default);
        assert!(usual.cost() <= 1.02 * cost, "{name}: from the coarse points {}, best {cost}", usual.cost());
        let state = State::new(&ready.fields, &ready.fields.full, &ready.objective, &problem.placing, &found);
        println!("{name}: {tried} subsets of {}, best {cost:.3} {set:?}", ready.fields.candidates.places.len());
        assert!(tried > 1000, "only {tried} subsets");
        assert!((state.cost() - cost).abs() < 1e-6, "{name}: found {} {found:?}, best {cost} {set:?}", state.cost());
    }
}

#[test]
fn puts_one_seed_into_the_middle_of_a_ball() {
    let mut problem = small();
    problem.organs.clear();
    problem.placing.most_seeds = 1;
    problem.aims = vec![aim(Part::Target, "V40", Comparison::AtLeast, 60.0, 1.0, 1.0)];
    let done = plan(&problem, 3, &effort()).unwrap();
    assert_eq!(done.seeds(), 1);
    let centre = done.needles[0].seeds[0].centre;
    assert!(centre.iter().all(|c| c.abs() < 1e-9), "{centre:?}");
    assert_eq!((done.needles[0].label.as_str(), done.seeds_used_up), ("B2", true));
}

#[test]
fn is_the_same_on_any_number_of_threads() {
    let problem = small();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| plan(&problem, 11, &effort()).unwrap())
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(5));
}

#[test]
fn a_turned_template_gives_the_same_seeds_turned_with_it() {
    // the whole problem turned by 90 degrees about z is the same problem
    let mut problem = small();
    problem.organs.clear();
    problem.aims.truncate(2);
    let upright = plan(&problem, 5, &effort()).unwrap();
    let turned = Template { axes: [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], ..problem.access.clone() };
    problem.access = Template { origin: [turned.origin[0], -turned.origin[1], turned.origin[2]], ..turned };
    // outlines of 60 points are symmetric under this turn
    let again = plan(&problem, 5, &effort()).unwrap();
    assert!((upright.objective - again.objective).abs() < 0.5, "{} {}", upright.objective, again.objective);
    // needles through an oblique template still end in the target
    let (s, c) = 0.35_f64.sin_cos();
    let axes = [[1.0, 0.0, 0.0], [0.0, -c, s], [0.0, s, c]];
    problem.access = Template::covering(&problem.target, axes, 6.0, [0.0; 3]).unwrap();
    problem.placing.first_mm = -(0..3).map(|a| axes[2][a] * problem.access.origin[a]).sum::<f64>();
    let oblique = plan(&problem, 5, &effort()).unwrap();
    for needle in &oblique.needles {
        for seed in &needle.seeds {
            assert!(problem.target.contains(seed.centre));
            let off: [f64; 3] = std::array::from_fn(|a| seed.centre[a] - needle.entry[a] - seed.depth_mm * axes[2][a]);
            assert!(off.iter().all(|d| d.abs() < 1e-9), "{off:?}");
        }
    }
}

fn refusal(change: impl Fn(&mut Problem)) -> PlanError {
    let mut problem = small();
    change(&mut problem);
    let error = plan(&problem, 1, &effort()).unwrap_err();
    println!("{error}\n{}", error.chinese());
    error
}

#[test]
fn says_what_makes_a_request_impossible() {
    let weak = refusal(|problem| problem.seed.strength = physics::AirKermaStrength::new(0.02));
    assert!(matches!(&weak, PlanError::TooLittle { structure, seeds: 6, .. } if structure == "target"), "{weak:?}");
    let strong = refusal(|problem| problem.seed.strength = physics::AirKermaStrength::new(20.0));
    assert!(matches!(strong, PlanError::TooMuch { .. }), "{strong:?}");
    let inside = refusal(|problem| {
        problem.organs[0] = ellipsoid("urethra", [0.0; 3], [4.0, 4.0, 8.0]);
        problem.aims[2] = aim(Part::Organ(0), "D10", Comparison::AtMost, 100.0, 1.0, 0.0);
    });
    assert!(matches!(&inside, PlanError::Contradiction { organ, .. } if organ == "urethra"), "{inside:?}");
    let blocked = refusal(|problem| {
        problem.organs[0] = ellipsoid("urethra", [0.0; 3], [5.0, 5.0, 8.0]);
        problem.aims.truncate(2);
        problem.placing.clearances.push(plan::Clearance { organ: 0, mm: 9.0 });
    });
    let PlanError::NoCandidate { in_target, taken, .. } = &blocked else { panic!("{blocked:?}") };
    assert_eq!(taken[0], ("urethra".to_owned(), 9.0, *in_target));
    assert!(blocked.to_string().contains("9 mm to 'urethra'") && blocked.chinese().contains("“urethra”不足 9 mm"));
    let aside = refusal(|problem| problem.access.origin[0] += 100.0);
    assert!(matches!(aside, PlanError::NoNeedle { .. }), "{aside:?}");
    let number = refusal(|problem| problem.placing.spacing_mm = f64::NAN);
    assert!(matches!(number, PlanError::Setting { .. }), "{number:?}");
    let mean = refusal(|problem| problem.aims[0].index = "Dmean".parse().unwrap());
    assert!(matches!(mean, PlanError::Aim { .. }), "{mean:?}");
    let organ = refusal(|problem| problem.aims[0].part = Part::Organ(4));
    assert_eq!(organ, PlanError::NoSuchOrgan { number: 5, of: 1 });
    for error in [weak, strong, inside, blocked, aside, number, mean, organ] {
        assert!(error.chinese().chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)));
    }
}

#[test]
fn displaced_by_nothing_a_plan_stays_as_it_is() {
    let problem = small();
    let done = plan(&problem, 2, &effort()).unwrap();
    let band = |mm: f64| {
        let displacement = plan::Displacement { along_mm: mm, across_mm: mm, scenarios: 40, random_seed: 4 };
        plan::robustness(&problem, &done, &displacement, [4000, 1000]).unwrap()
    };
    let (still, moved) = (band(0.0), band(2.0));
    assert_eq!((still.d90.low, still.v100.low), (still.d90.high, still.v100.high));
    let by_histogram = done.aims[0].index.value.unwrap();
    assert!((still.v100.median - by_histogram).abs() < 1.0, "{} {by_histogram}", still.v100.median);
    assert_eq!(still.aims[0], Some(still.v100));
    assert!(moved.v100.low < moved.v100.high && moved.d90.median < still.d90.median + 2.0, "{moved:?}");
    let wrong = plan::Displacement { along_mm: f64::NAN, across_mm: 1.0, scenarios: 3, random_seed: 1 };
    assert!(plan::robustness(&problem, &done, &wrong, [400, 100]).is_err());
    assert!(seed(1.0).half_life.value() > 0.0);
}
