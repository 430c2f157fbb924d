//! The table against the formulas, the wide versions against the plain one, and what any dose must obey.

use std::sync::Arc;

use image::{Grid, Point};
use physics::{AirKermaStrength, Seconds, SeedLibrary};

use super::{Delivery, DoseError, Formalism, Instructions, Options, dose, dose_rate_at, dose_with, naive};
use crate::{Implant, Source};

const FORMS: [Formalism; 3] = [Formalism::Line2D, Formalism::Line1D, Formalism::Point1D];

fn source(model: &str, centre: Point, axis: Option<Point>) -> Source {
    let model = Arc::clone(SeedLibrary::embedded().unwrap().find(model).unwrap());
    Source { axis, ..Source::new(model, AirKermaStrength::new(0.5), centre) }
}

/// A repeatable scatter of numbers in [-1, 1).
fn scatter(n: u64) -> f64 {
    let mut x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

fn cloud(model: &str, count: u64, half_mm: f64) -> Vec<Source> {
    (0..count)
        .map(|n| {
            let at = |c| scatter(n * 6 + c) * half_mm;
            let axis = [scatter(n * 6 + 3), scatter(n * 6 + 4), scatter(n * 6 + 5)];
            source(model, [at(0), at(1), at(2)], (n % 7 != 3).then_some(axis))
        })
        .collect()
}

fn values(implant: &Implant, grid: &Grid, options: Options) -> Vec<f32> {
    dose(implant, grid, options).unwrap().volume.to_f32().into_owned()
}

/// Share of voxels outside 1 mm of every seed that differ by more than `limit`, and the greatest difference.
fn disagreement(implant: &Implant, grid: &Grid, options: Options, limit: f64) -> (f64, f64) {
    let fast = values(implant, grid, options);
    let exact = naive::dose(implant, grid, options).unwrap().volume.to_f32().into_owned();
    let (mut compared, mut over, mut worst) = (0.0, 0.0, 0.0_f64);
    for (at, (a, b)) in fast.iter().zip(&exact).enumerate() {
        let [ni, nj, _] = grid.size;
        let p = grid.centre([at % ni, at / ni % nj, at / (ni * nj)]);
        let near = implant.sources().iter().any(|s| (0..3).map(|c| (p[c] - s.centre[c]).powi(2)).sum::<f64>() < 1.0);
        if !near {
            compared += 1.0;
            let off = f64::from((a / b - 1.0).abs());
            worst = worst.max(off);
            over += f64::from(u8::from(off > limit));
        }
    }
    (over / compared, worst)
}

#[test]
fn the_table_agrees_with_the_formulas_for_every_model() {
    let grid = Grid::axis_aligned([61, 37, 25], [-30.3, -18.1, -24.7], [1.0, 1.0, 2.0]);
    for model in SeedLibrary::embedded().unwrap().models() {
        for form in FORMS {
            let implant = Implant::new(vec![source(&model.id, [0.1, 0.2, 0.3], Some([0.3, -0.5, 0.8]))]).unwrap();
            let (share, worst) = disagreement(&implant, &grid, Options::permanent(form), 0.001);
            println!(
                "{} {form:?}: {:.4} % of voxels off by more than 0.1 %, worst {:.3} %",
                model.id,
                share * 100.0,
                worst * 100.0
            );
            assert!(share < 0.001 && worst < 0.02, "{} {form:?}: {share} {worst}", model.id);
        }
    }
}

#[test]
fn many_seeds_agree_with_the_formulas() {
    let grid = Grid::axis_aligned([50, 50, 20], [-50.0, -50.0, -40.0], [2.0, 2.0, 4.0]);
    let mut seeds = cloud("stm1251", 40, 20.0);
    seeds.extend(cloud("theraseed-200", 20, 25.0));
    let (share, worst) =
        disagreement(&Implant::new(seeds).unwrap(), &grid, Options::permanent(Formalism::Line2D), 0.001);
    println!("{share} {worst}");
    assert!(share < 0.001, "{share} {worst}");
}

#[test]
fn every_width_of_vector_gives_the_same_bits() {
    // 37 is no multiple of 8 or 16; an oblique grid; a voxel centre on a seed and on its axis
    let (sin, cos) = 0.3_f64.sin_cos();
    let grid = Grid {
        size: [37, 11, 9],
        origin: [-18.0, -5.0, -8.0],
        spacing: [1.0, 1.0, 2.0],
        axes: [[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]],
    };
    let mut seeds = cloud("6711", 9, 15.0);
    seeds.push(source("stm1251", grid.centre([16, 5, 4]), Some([0.0, 0.0, 1.0])));
    seeds.push(source("stm1251", grid.centre([20, 5, 4]), Some([cos, sin, 0.0])));
    let implant = Implant::new(seeds).unwrap();
    println!("this processor has {:?}", Instructions::available());
    for form in FORMS {
        let options = Options::permanent(form);
        let plain = dose_with(Instructions::Plain, &implant, &grid, options).unwrap();
        assert!(plain.volume.to_f32().iter().all(|v| v.is_finite() && *v > 0.0));
        for wide in Instructions::available() {
            let other = dose_with(wide, &implant, &grid, options).unwrap();
            assert!(plain == other, "{wide:?} differs from the plain version with {form:?}");
        }
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let grid = Grid::axis_aligned([30, 20, 13], [-15.0, -10.0, -13.0], [1.0, 1.0, 2.0]);
    let implant = Implant::new(cloud("best-2335", 30, 12.0)).unwrap();
    let options = Options::permanent(Formalism::Line2D);
    let with = |n| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        pool.install(|| values(&implant, &grid, options))
    };
    let one = with(1);
    for n in [2, 3, 8] {
        assert!(with(n).iter().zip(&one).all(|(a, b)| a.to_bits() == b.to_bits()), "{n} threads");
    }
}

#[test]
fn dose_is_symmetric_about_the_seed_and_turns_with_it() {
    let axis = [0.0, 0.0, 1.0];
    let implant = Implant::new(vec![source("6711", [0.0; 3], Some(axis))]).unwrap();
    let options = Options::permanent(Formalism::Line2D);
    for n in 0..50 {
        let (rho, z, turn) = (10.0 + 9.0 * scatter(n), 20.0 * scatter(n + 100), 3.0 * scatter(n + 200));
        let at = |p: Point| naive::at(&implant, p, options).unwrap();
        let here = at([rho, 0.0, z]);
        for other in [[rho * turn.cos(), rho * turn.sin(), z], [rho, 0.0, -z], [-rho, 0.0, z]] {
            assert!((at(other) / here - 1.0).abs() < 1e-9);
        }
        // seed and point turned together about x
        let (sin, cos) = turn.sin_cos();
        let rotate = |p: Point| [p[0], cos * p[1] - sin * p[2], sin * p[1] + cos * p[2]];
        let turned = Implant::new(vec![source("6711", [0.0; 3], Some(rotate(axis)))]).unwrap();
        let there = naive::at(&turned, rotate([rho, 0.0, z]), options).unwrap();
        assert!((there / here - 1.0).abs() < 1e-9, "{here} {there}");
    }
    // the same on grids: a seed along x in a grid whose rows run along y
    let plain = Grid::axis_aligned([21, 15, 9], [-10.0, -7.0, -4.0], [1.0; 3]);
    let turned = Grid {
        axes: [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]],
        origin: [-4.0, -10.0, -7.0],
        ..plain.clone()
    };
    let along_x = Implant::new(vec![source("6711", [0.1, 0.2, 0.3], Some([1.0, 0.0, 0.0]))]).unwrap();
    let along_y = Implant::new(vec![source("6711", [0.3, 0.1, 0.2], Some([0.0, 1.0, 0.0]))]).unwrap();
    for (a, b) in values(&along_x, &plain, options).iter().zip(values(&along_y, &turned, options)) {
        assert!((a / b - 1.0).abs() < 1e-4, "{a} {b}");
    }
}

#[test]
fn doses_of_seeds_add_up_and_scale_with_strength() {
    let grid = Grid::axis_aligned([20, 20, 10], [-20.0, -20.0, -15.0], [2.0, 2.0, 3.0]);
    let (a, b) = (source("6711", [3.0, 1.0, 0.0], Some([1.0, 1.0, 0.0])), source("med3633", [-4.0, 2.0, 1.0], None));
    let options = Options::permanent(Formalism::Line2D);
    let of = |seeds: Vec<Source>| values(&Implant::new(seeds).unwrap(), &grid, options);
    let both = of(vec![a.clone(), b.clone()]);
    let (first, second) = (of(vec![a.clone()]), of(vec![b]));
    let double = of(vec![Source { strength: a.strength * 2.0, ..a }]);
    for n in 0..both.len() {
        assert!((both[n] / (first[n] + second[n]) - 1.0).abs() < 1e-6);
        assert!((double[n] / first[n] - 2.0).abs() < 1e-6);
    }
}

#[test]
fn time_is_summed_as_it_passes() {
    let implant = Implant::new(vec![source("6711", [0.0; 3], None)]).unwrap();
    let p = [10.0, 0.0, 0.0];
    let at = |delivery| naive::at(&implant, p, Options { formalism: Formalism::Line1D, delivery }).unwrap();
    let days = Seconds::from_days;
    let forever = Seconds::new(f64::INFINITY);
    let rate = dose_rate_at(&implant, p, Formalism::Line1D, Seconds::ZERO).unwrap();
    // S_K Λ φ_an(1 cm) = 0.5 U × 0.965 cGy/(h U) × 0.944 or so
    assert!((rate.value() / (0.5 * 0.00965) - 0.944).abs() < 0.005, "{}", rate.value() / (0.5 * 0.00965));
    let all = at(Delivery::Permanent);
    // rate × mean life, 59.4 d / ln 2
    assert!((all / (rate.value() * 59.4 * 24.0 / std::f64::consts::LN_2) - 1.0).abs() < 1e-12);
    assert!((at(Delivery::Until(days(59.4))) / all - 0.5).abs() < 1e-12);
    assert!((at(Delivery::Between(days(59.4), forever)) / all - 0.5).abs() < 1e-12);
    assert!((at(Delivery::RateAt(days(118.8))) / rate.value() - 0.25).abs() < 1e-12);
    let two_days = at(Delivery::Between(Seconds::ZERO, days(2.0)));
    assert!(two_days < rate.value() * 48.0 && two_days > rate.value() * 47.0);
}

#[test]
fn says_what_it_did_and_where_it_left_the_tables() {
    let grid = Grid::axis_aligned([40, 40, 30], [-60.0, -60.0, -60.0], [3.0, 3.0, 4.0]);
    let seeds = vec![source("6711", [0.0; 3], None), source("6711", [5.0, 0.0, 0.0], Some([0.0, 0.0, 1.0]))];
    let implant = Implant::new(seeds).unwrap();
    let done = dose(&implant, &grid, Options::permanent(Formalism::Line2D)).unwrap();
    assert_eq!(done.sources_without_axis, 1);
    let [table] = done.extrapolation.as_slice() else { panic!("one model") };
    assert_eq!(table.pairs, 96_000);
    assert_eq!((table.g_range_mm, table.anisotropy_range_mm), ((1.0, 100.0), (5.0, 50.0)));
    assert!(table.beyond_anisotropy > 30_000 && table.inside_anisotropy > 10 && table.beyond_g > 0 && !table.is_none());
    let rate = Options { formalism: Formalism::Line1D, delivery: Delivery::RateAt(Seconds::ZERO) };
    let done = dose(&implant, &grid, rate).unwrap();
    assert_eq!((done.quantity, done.sources_without_axis), (super::Quantity::DoseRate, 0));
}

#[test]
fn refuses_what_cannot_be_computed() {
    let implant = Implant::new(vec![source("6711", [0.0; 3], None)]).unwrap();
    let good = Grid::axis_aligned([4, 4, 4], [0.0; 3], [1.0; 3]);
    let options = Options::permanent(Formalism::Line2D);
    let bad = [
        (Grid { spacing: [1.0, -1.0, 1.0], ..good.clone() }, "-1 mm"),
        (Grid { spacing: [f64::NAN, 1.0, 1.0], ..good.clone() }, "spacing"),
        (Grid { size: [4, 0, 4], ..good.clone() }, "nothing"),
        (Grid { size: [usize::MAX, 4, 4], ..good.clone() }, "too many"),
        (Grid { size: [2048, 2048, 2048], spacing: [0.1; 3], ..good.clone() }, "too many"),
        (Grid { origin: [f64::INFINITY, 0.0, 0.0], ..good.clone() }, "origin"),
        (Grid { axes: [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], ..good.clone() }, "axes"),
        (Grid { axes: [[f64::NAN; 3]; 3], ..good.clone() }, "axes"),
    ];
    for (grid, word) in bad {
        let message = dose(&implant, &grid, options).unwrap_err().to_string();
        assert!(message.contains(word), "{word} not in {message}");
    }
    let backwards = Options { delivery: Delivery::Between(Seconds::new(2.0), Seconds::new(1.0)), ..options };
    assert!(matches!(dose(&implant, &good, backwards), Err(DoseError::Time(_))));
    let never = Options { delivery: Delivery::Until(Seconds::new(f64::NAN)), ..options };
    assert!(matches!(dose(&implant, &good, never), Err(DoseError::Time(_))));
    assert!(naive::at(&implant, [f64::NAN, 0.0, 0.0], options).is_err());
}

#[test]
fn ten_thousand_seeds_are_computed() {
    let grid = Grid::axis_aligned([16, 16, 16], [-40.0; 3], [5.0; 3]);
    let implant = Implant::new(cloud("6711", 10_000, 30.0)).unwrap();
    let done = dose(&implant, &grid, Options::permanent(Formalism::Line2D)).unwrap();
    assert!(done.volume.to_f32().iter().all(|v| v.is_finite() && *v > 0.0));
}
