//! Kaplan–Meier against R `survival` on the leukaemia trial, and against lifelines on random samples.

#![allow(clippy::unwrap_used)]

use dosewright_records as records;
use records::survival::{Curve, days_of_years};

/// Maintenance chemotherapy in acute myelogenous leukaemia, weeks to relapse: Embury et al., West J Med 126:267 (1977); Miller, Survival
/// Analysis (1981), p. 49; the set `aml` of R `survival`. Censored weeks are negative here.
const MAINTAINED: [i32; 11] = [9, 13, -13, 18, 23, -28, 31, 34, -45, 48, -161];
const NOT_MAINTAINED: [i32; 12] = [5, 5, 8, 8, 12, -16, 23, 27, 30, 33, 43, 45];

fn curve(weeks: &[i32]) -> Curve {
    Curve::of(weeks.iter().map(|week| (week.unsigned_abs(), *week > 0))).unwrap()
}

fn close(one: f64, other: f64, within: f64) -> bool {
    (one - other).abs() <= within
}

/// Values printed by R `survival` (`summary(survfit(Surv(time, status) ~ x, aml))`), to the digits printed.
#[test]
fn leukaemia_as_r_prints_it() {
    let maintained = curve(&MAINTAINED);
    let expected = [(9, 0.9091), (13, 0.8182), (18, 0.7159), (23, 0.6136), (31, 0.4909), (34, 0.3682), (48, 0.1841)];
    let days: Vec<u32> = maintained.steps.iter().map(|step| step.day).collect();
    assert_eq!(days, expected.map(|(day, _)| day));
    for (week, survival) in expected {
        let got = maintained.at(f64::from(week)).unwrap().survival;
        assert!(close(got, survival, 5e-5), "week {week}: {got}");
    }
    assert!(close(maintained.at(9.0).unwrap().error.unwrap(), 0.08668, 5e-6));
    let [low, high] = maintained.at(24.0).unwrap().interval.unwrap();
    assert!(close(low, 0.2658, 5e-5) && close(high, 0.8353, 5e-5), "{low} {high}");
    assert_eq!(maintained.median(), Some(31.0));

    let other = curve(&NOT_MAINTAINED);
    let expected = [
        (5, 0.83333),
        (8, 0.66667),
        (12, 0.58333),
        (23, 0.48611),
        (27, 0.38889),
        (30, 0.29167),
        (33, 0.19444),
        (43, 0.09722),
    ];
    for (week, survival) in expected {
        let got = other.at(f64::from(week)).unwrap().survival;
        assert!(close(got, survival, 5e-6), "week {week}: {got}");
    }
    let end = other.at(45.0).unwrap();
    assert_eq!((end.survival, end.error, end.interval), (0.0, None, None));
    assert_eq!(other.median(), Some(23.0));
}

#[test]
fn random_samples_as_lifelines_gives_them() {
    let mut now = None;
    let mut compared = 0;
    for line in include_str!("reference/survival.csv").lines().filter(|line| !line.starts_with('#')) {
        if let Some(lives) = line.strip_prefix("lives ") {
            now = Curve::of(lives.split(' ').map(|life| {
                let (day, end) = life.split_at(life.len() - 1);
                (day.parse().unwrap(), end == "d")
            }));
            continue;
        }
        let values: Vec<f64> = line.split(',').map(|value| value.parse().unwrap()).collect();
        let got = now.as_ref().unwrap().at(values[0]).unwrap();
        assert!(close(got.survival, values[1], 1e-10), "{line}: {got:?}");
        // where survival is 0 or 1 the log-log scale says nothing
        if let Some([low, high]) = got.interval {
            assert!(close(low, values[2], 1e-9) && close(high, values[3], 1e-9), "{line}: {got:?}");
            compared += 1;
        }
    }
    assert!(compared > 30, "{compared} intervals were compared");
}

#[test]
fn nothing_is_said_beyond_the_last_patient() {
    let curve = Curve::of([(100, true), (400, false)]).unwrap();
    assert_eq!(curve.at(days_of_years(1.0)).unwrap().survival, 0.5);
    assert_eq!(curve.at(400.0).unwrap().survival, 0.5);
    assert!(curve.at(400.5).is_none());
    assert!(Curve::of([]).is_none());
    let all_dead = Curve::of([(100, true), (200, true)]).unwrap();
    assert_eq!(all_dead.at(1e4).unwrap().survival, 0.0);
    assert_eq!(all_dead.median(), Some(150.0), "one half from day 100 to day 200");
    assert_eq!(Curve::of([(100, true), (200, false)]).unwrap().median(), Some(100.0));
    let at_once = Curve::of([(50, true), (50, false)]).unwrap();
    assert_eq!(
        (at_once.steps[0].at_risk, at_once.steps[0].deaths),
        (2, 1),
        "censored on the day of a death: at risk on it"
    );
}
