//! How long patients live: the Kaplan–Meier estimate.
//!
//! Kaplan and Meier, JASA 53:457 (1958), doi:10.1080/01621459.1958.10501452; variance by Greenwood; the interval on the scale log(−log S), as
//! Kalbfleisch and Prentice give it, which keeps it within 0 and 1.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::facts::Facts;
use crate::indicators::Z_95;

/// One time at which somebody died.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Step {
    /// days since the procedure
    pub day: u32,
    /// patients at risk just before
    pub at_risk: u64,
    /// of whom died
    pub deaths: u64,
    /// estimate from this day on, with its error
    pub estimate: Estimate,
}

/// A survival probability with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// probability to be alive, 0 to 1
    pub survival: f64,
    /// its standard error (Greenwood); `None` where nobody is left, as the formula then divides by nothing
    pub error: Option<f64>,
    /// 95 % interval on the log-log scale; `None` where survival is 0 or 1
    pub interval: Option<[f64; 2]>,
}

/// A survival curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// patients
    pub patients: u64,
    /// of whom died
    pub deaths: u64,
    /// times of death in their order
    pub steps: Vec<Step>,
    /// last day of anybody, dead or alive
    pub last: u32,
}

/// Days in `years`, 365.25 each.
pub fn days_of_years(years: f64) -> f64 {
    years * 365.25
}

impl Curve {
    /// From lives: days, and whether they ended in death. Who is censored on the day of a death was at risk on it. `None` of nobody.
    pub fn of(lives: impl IntoIterator<Item = (u32, bool)>) -> Option<Self> {
        let mut days: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for (day, died) in lives {
            let (deaths, ends) = days.entry(day).or_default();
            *deaths += u64::from(died);
            *ends += 1;
        }
        let last = *days.keys().next_back()?;
        let patients = days.values().map(|(_, ends)| ends).sum();
        let mut at_risk = patients;
        let (mut survival, mut greenwood) = (1.0, 0.0);
        let mut steps = Vec::new();
        for (day, (deaths, ends)) in days {
            if deaths > 0 {
                let (n, d) = (at_risk as f64, deaths as f64);
                survival *= (n - d) / n;
                greenwood += d / (n * (n - d));
                steps.push(Step { day, at_risk, deaths, estimate: Estimate::of(survival, greenwood) });
            }
            at_risk -= ends;
        }
        Some(Self { patients, deaths: steps.iter().map(|step| step.deaths).sum(), steps, last })
    }

    /// Of patients: one life each, from the first procedure among the rows to death or the last day known alive in any of them.
    pub fn of_patients(rows: &[Facts]) -> Option<Self> {
        let mut patients: BTreeMap<_, Vec<&Facts>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.treated.is_some()) {
            patients.entry(row.patient).or_default().push(row);
        }
        Self::of(patients.values().filter_map(|rows| {
            let first = rows.iter().min_by_key(|row| row.treated)?;
            let died = rows.iter().filter_map(|row| row.died).min();
            let alive = rows.iter().filter_map(|row| row.alive).max();
            Facts { died, alive, ..(*first).clone() }.lifetime()
        }))
    }

    /// Survival at a time. `None` beyond the last patient, unless he died: nobody was there to be seen.
    pub fn at(&self, days: f64) -> Option<Estimate> {
        let before = self.steps.iter().take_while(|step| f64::from(step.day) <= days).last();
        let estimate = before.map_or_else(|| Estimate::of(1.0, 0.0), |step| step.estimate);
        (days <= f64::from(self.last) || estimate.survival == 0.0).then_some(estimate)
    }

    /// The first day from which survival is at most one half (where it is exactly one half until the next death, the middle of the two); `None`
    /// where it stays above.
    pub fn median(&self) -> Option<f64> {
        // products of fractions that make one half exactly may miss it by their rounding
        const ROUNDING: f64 = 1e-12;
        let at = self.steps.iter().position(|step| step.estimate.survival <= 0.5 + ROUNDING)?;
        let step = self.steps.get(at)?;
        let flat = (step.estimate.survival - 0.5).abs() <= ROUNDING;
        let next = if flat { self.steps.get(at + 1).map_or(step.day, |next| next.day) } else { step.day };
        Some(f64::midpoint(f64::from(step.day), f64::from(next)))
    }
}

impl Estimate {
    fn of(survival: f64, greenwood: f64) -> Self {
        let error = (survival > 0.0).then(|| survival * greenwood.sqrt());
        let interval = (survival > 0.0 && survival < 1.0).then(|| {
            let spread = Z_95 * greenwood.sqrt() / survival.ln().abs();
            [survival.powf(spread.exp()), survival.powf((-spread).exp())]
        });
        Self { survival, error, interval }
    }
}
