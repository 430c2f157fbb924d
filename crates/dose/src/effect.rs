//! Biologically effective dose (BED) of decaying sources with repair and repopulation.
//!
//! Linear-quadratic model with mono-exponential repair: R. G. Dale, Br J Radiol 58:515 (1985) and 62:241 (1989);
//! permanent prostate implants: AAPM TG-137, Nath et al., Med Phys 36:5310 (2009). Formulas in `docs/methods/dvh.md`.

mod histogram;
#[cfg(test)]
mod tests;
mod tissue;

use std::f64::consts::LN_2;
use std::fmt;

use physics::{Gray, GrayPerHour, Seconds};

pub use histogram::{BedBin, BedHistogram};
pub use tissue::{Tissue, TissueError, Tissues};

/// Biologically effective dose, in Gy of infinitely protracted radiation. Not an absorbed dose.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Bed(f64);

impl Bed {
    /// From a number in Gy.
    pub const fn new(gray: f64) -> Self {
        Self(gray)
    }

    /// The number in Gy.
    pub const fn value(self) -> f64 {
        self.0
    }

    /// The dose in fractions of 2 Gy with the same effect: BED / (1 + 2 Gy/(α/β)).
    #[must_use]
    pub fn eqd2(self, tissue: &Tissue) -> Self {
        Self(self.0 / (1.0 + 2.0 / tissue.alpha_beta_gy))
    }
}

impl fmt::Display for Bed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.*} Gy (BED)", f.precision().unwrap_or(1), self.0)
    }
}

/// A dose rate that decays with a half-life: R(t) = R₀ e^(−λt).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decaying {
    /// dose rate at the start
    pub initial: GrayPerHour,
    /// half-life of the source
    pub half_life: Seconds,
}

/// The effect of a permanent implant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Permanent {
    /// BED at the effective treatment time
    pub bed: Bed,
    /// time after which repopulation outruns the kill; `None` without repopulation
    pub effective_time: Option<Seconds>,
    /// the same by the usual closed form ln(R₀ α T_p / ln 2)/λ, which leaves out the quadratic term; zero when R₀ is too low
    pub effective_time_linear: Option<Seconds>,
    /// dose given by then
    pub dose: Gray,
}

impl Decaying {
    /// With a total dose to full decay.
    pub fn from_total(total: Gray, half_life: Seconds) -> Self {
        Self { initial: GrayPerHour::new(total.value() * LN_2 / half_life.hours()), half_life }
    }

    /// Decay constant, per hour.
    fn decay_per_h(&self) -> f64 {
        LN_2 / self.half_life.hours()
    }

    /// Dose to full decay.
    pub fn total(&self) -> Gray {
        Gray::new(self.initial.value() / self.decay_per_h())
    }

    /// Dose up to a time.
    pub fn dose(&self, until: Seconds) -> Gray {
        Gray::new(-self.initial.value() * (-self.decay_per_h() * until.hours()).exp_m1() / self.decay_per_h())
    }

    /// BED up to a time after the implant, repopulation since the kick-off time subtracted (Dale 1985, 1989). Can be negative.
    pub fn bed(&self, tissue: &Tissue, until: Seconds) -> Bed {
        let lost = tissue.repopulation_gy_per_h() * (until.hours() - tissue.kick_off.hours()).max(0.0);
        Bed(self.dose(until).value() + self.quadratic(tissue, until.hours()) - lost)
    }

    /// BED to full decay, without repopulation: D (1 + R₀ / ((μ+λ) α/β)) (Dale 1985).
    pub fn bed_full_decay(&self, tissue: &Tissue) -> Bed {
        let rate = (tissue.repair_per_h() + self.decay_per_h()) * tissue.alpha_beta_gy;
        Bed(self.total().value() * (1.0 + self.initial.value() / rate))
    }

    /// BED of a permanent implant: up to the effective treatment time, when repopulation outruns the kill.
    pub fn permanent(&self, tissue: &Tissue) -> Permanent {
        let lost = tissue.repopulation_gy_per_h();
        if lost <= 0.0 {
            return Permanent {
                bed: self.bed_full_decay(tissue),
                effective_time: None,
                effective_time_linear: None,
                dose: self.total(),
            };
        }
        let linear = (self.initial.value() / lost).ln().max(0.0) / self.decay_per_h();
        let end = Seconds::from_hours(self.outrun_h(tissue, lost));
        let bed = self.bed(tissue, end);
        // A dose rate that never keeps up kills nothing in the long run.
        let bed = if bed.0 > 0.0 { bed } else { Bed(0.0) };
        Permanent {
            bed,
            effective_time: Some(end),
            effective_time_linear: Some(Seconds::from_hours(linear)),
            dose: self.dose(end),
        }
    }

    /// The last time, in hours, at which the kill per hour still equals what grows back; the kick-off time if it never does.
    fn outrun_h(&self, tissue: &Tissue, lost: f64) -> f64 {
        let start = tissue.kick_off.hours();
        let gain = |t: f64| self.rate(t) * (1.0 + 2.0 * self.unrepaired(tissue, t) / tissue.alpha_beta_gy) - lost;
        // Damage waiting for repair never exceeds R₀/μ, nor R₀/λ·… for slow repair: bounded by the total dose.
        let most = 1.0 + 2.0 * self.total().value() / tissue.alpha_beta_gy;
        let mut late = ((self.initial.value() * most / lost).ln() / self.decay_per_h()).max(start);
        // Once the unrepaired damage is past its peak, the gain only falls; the closed form without it is too early an end.
        let linear = (self.initial.value() / lost).ln() / self.decay_per_h();
        let mut early = linear.max(start).max(self.peak_h(tissue));
        if gain(early) <= 0.0 {
            const STEPS: u32 = 512;
            let step = (early - start) / f64::from(STEPS);
            let Some(last) = (0..STEPS).rev().map(|n| start + f64::from(n) * step).find(|&t| gain(t) > 0.0) else {
                return start;
            };
            early = last;
            late = last + step;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(early, late);
            if gain(middle) > 0.0 { early = middle } else { late = middle }
        }
        early
    }

    /// When the unrepaired damage is highest, hours: ln(μ/λ)/(μ−λ).
    fn peak_h(&self, tissue: &Tissue) -> f64 {
        let (mu, lambda) = (tissue.repair_per_h(), self.decay_per_h());
        if (mu - lambda).abs() < 1e-6 * lambda { 1.0 / lambda } else { (mu / lambda).ln() / (mu - lambda) }
    }

    /// Dose rate at a time in hours, Gy/h.
    fn rate(&self, t: f64) -> f64 {
        self.initial.value() * (-self.decay_per_h() * t).exp()
    }

    /// Dose whose sublethal damage is not repaired at time t: ∫₀ᵗ R(s) e^(−μ(t−s)) ds, Gy.
    fn unrepaired(&self, tissue: &Tissue, t: f64) -> f64 {
        let (mu, lambda) = (tissue.repair_per_h(), self.decay_per_h());
        let (slow, fast) = (mu.min(lambda), mu.max(lambda));
        let x = (fast - slow) * t;
        let part = if x < 1e-8 { t * (1.0 - x / 2.0) } else { -(-x).exp_m1() / (fast - slow) };
        self.initial.value() * (-slow * t).exp() * part
    }

    /// The quadratic term: (β/α) · 2 ∫₀ᵀ R(t) ∫₀ᵗ R(s) e^(−μ(t−s)) ds dt, Gy (Lea and Catcheside).
    fn quadratic(&self, tissue: &Tissue, t: f64) -> f64 {
        let (mu, lambda) = (tissue.repair_per_h(), self.decay_per_h());
        // (1 − e^(−st))/s at s = 2λ and at s = μ+λ; their difference quotient, or at μ = λ its limit
        let g = |s: f64| -(-s * t).exp_m1() / s;
        let difference = mu - lambda;
        let bracket = if difference.abs() < 1e-5 * lambda {
            let s = f64::midpoint(2.0 * lambda, mu + lambda);
            (1.0 - (-s * t).exp() * (1.0 + s * t)) / (s * s)
        } else {
            (g(2.0 * lambda) - g(mu + lambda)) / difference
        };
        2.0 * self.initial.value().powi(2) * bracket / tissue.alpha_beta_gy
    }
}
