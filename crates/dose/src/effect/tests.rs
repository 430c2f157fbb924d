use physics::{Gray, Seconds};

use super::*;

fn prostate() -> Tissue {
    Tissues::embedded().unwrap().find("prostate-tg137").unwrap().clone()
}

fn iodine(total: f64) -> Decaying {
    Decaying::from_total(Gray::new(total), Seconds::from_days(59.4))
}

/// The Lea–Catcheside double integral and the dose by stepping through time; nothing of the closed form is used.
fn integrated(source: &Decaying, tissue: &Tissue, until_h: f64) -> f64 {
    let lambda = 2_f64.ln() / source.half_life.hours();
    let mu = 2_f64.ln() / tissue.repair.hours();
    let steps = 400_000;
    let h = until_h / f64::from(steps);
    let rate = |t: f64| source.initial.value() * (-lambda * t).exp();
    // waiting damage: dS/dt = R − μS, by the classical Runge–Kutta method; dose and pairs by Simpson's rule
    let slope = |t: f64, s: f64| rate(t) - mu * s;
    let (mut waiting, mut dose, mut pairs) = (0.0, 0.0, 0.0);
    for n in 0..steps {
        let t = f64::from(n) * h;
        let half_step = |s: f64, h: f64, t: f64| {
            let a = slope(t, s);
            let b = slope(t + h / 2.0, s + h / 2.0 * a);
            let c = slope(t + h / 2.0, s + h / 2.0 * b);
            let d = slope(t + h, s + h * c);
            s + h / 6.0 * (a + 2.0 * b + 2.0 * c + d)
        };
        let middle = half_step(waiting, h / 2.0, t);
        let end = half_step(middle, h / 2.0, t + h / 2.0);
        dose += h / 6.0 * (rate(t) + 4.0 * rate(t + h / 2.0) + rate(t + h));
        pairs += h / 6.0 * (rate(t) * waiting + 4.0 * rate(t + h / 2.0) * middle + rate(t + h) * end);
        waiting = end;
    }
    let grown = tissue.doubling.map_or(0.0, |d| 2_f64.ln() / (tissue.alpha_per_gy * d.hours()));
    dose + 2.0 * pairs / tissue.alpha_beta_gy - grown * (until_h - tissue.kick_off.hours()).max(0.0)
}

fn near(got: f64, want: f64, part: f64) {
    assert!((got / want - 1.0).abs() < part, "got {got}, want {want}");
}

#[test]
fn closed_form_is_the_lea_catcheside_integral() {
    for (total, half_life_d, repair_h, until_h) in [
        (145.0, 59.4, 0.27, 5600.0),
        (125.0, 16.99, 0.27, 2000.0),
        (60.0, 2.7, 1.5, 300.0),
        (30.0, 0.1, 4.0, 30.0),
        (30.0, 1.0, 24.0, 100.0),
    ] {
        let tissue = Tissue { repair: Seconds::from_hours(repair_h), kick_off: Seconds::from_days(2.0), ..prostate() };
        let source = Decaying::from_total(Gray::new(total), Seconds::from_days(half_life_d));
        near(source.bed(&tissue, Seconds::from_hours(until_h)).value(), integrated(&source, &tissue, until_h), 1e-6);
    }
}

#[test]
fn equal_rates_of_repair_and_decay_are_no_gap() {
    let source = Decaying::from_total(Gray::new(40.0), Seconds::from_hours(10.0));
    let with = |hours: f64| {
        source.bed(&Tissue { repair: Seconds::from_hours(hours), ..prostate() }, Seconds::from_hours(25.0)).value()
    };
    for off in [1e-9, 1e-7, 3e-6, 9.9e-6, 1.01e-5, 1e-4] {
        near(with(10.0 * (1.0 + off)), with(10.0), off + 1e-9);
        near(with(10.0 * (1.0 - off)), with(10.0), off + 1e-9);
    }
    let tissue = Tissue { repair: Seconds::from_hours(10.0), ..prostate() };
    near(with(10.0), integrated(&source, &tissue, 25.0), 1e-6);
}

#[test]
fn full_decay_is_the_limit_of_a_long_time() {
    let tissue = Tissue { doubling: None, ..prostate() };
    let source = iodine(145.0);
    near(source.bed(&tissue, Seconds::from_days(4000.0)).value(), source.bed_full_decay(&tissue).value(), 1e-9);
    assert_eq!(source.permanent(&tissue).bed, source.bed_full_decay(&tissue));
}

#[test]
fn effective_time_is_where_bed_is_highest() {
    let tissue = prostate();
    for total in [40.0, 110.0, 145.0, 300.0] {
        let source = iodine(total);
        let permanent = source.permanent(&tissue);
        let at = permanent.effective_time.unwrap();
        for days in [0.5, 5.0, 50.0] {
            for other in [at + Seconds::from_days(days), Seconds::from_days((at.days() - days).max(0.0))] {
                assert!(source.bed(&tissue, other).value() < permanent.bed.value());
            }
        }
        // the quadratic term moves it little at such low dose rates
        near(permanent.effective_time_linear.unwrap().days(), at.days(), 0.05);
    }
    // 1 Gy over a year never keeps up
    assert_eq!(iodine(1.0).permanent(&tissue).bed, Bed::new(0.0));
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    let good = include_str!("../../../../data/effect/tissues.toml");
    assert!(Tissues::load(good).is_ok());
    assert!(matches!(
        Tissues::load(&good.replace("alpha_per_gy = 0.15", "alpha_per_gy = -1")),
        Err(TissueError::Value { .. })
    ));
    assert!(matches!(Tissues::load("tissue = 3"), Err(TissueError::Format(_))));
    assert!(matches!(Tissues::embedded().unwrap().find("liver"), Err(TissueError::Unknown { .. })));
}

#[test]
fn equivalent_dose_of_two_gray_fractions() {
    // α/β = 3: 2 Gy fractions have BED = 5/3 D
    near(Bed::new(125.0).eqd2(&prostate()).value(), 75.0, 1e-12);
}
