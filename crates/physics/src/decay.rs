//! Radioactive decay: how a strength falls, and how much of the total is given by a time.
//!
//! With half-life `T` the decay constant is `λ = ln 2 / T`; a rate `R` at time zero is `R exp(-λ t)` at `t` and its
//! integral from `a` to `b` is `R (exp(-λ a) - exp(-λ b)) / λ` (AAPM TG-43U1, Med. Phys. 31 (2004) 633, section V).
//! The functions use `libm`, so that the same bits come out on every machine.

use jiff::civil::DateTime;
use jiff::{Timestamp, Unit};

use crate::Seconds;

/// A decay calculation that has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DecayError {
    /// The half-life is not a positive, finite time.
    #[error("half-life of {days} d: it must be positive and finite")]
    HalfLife {
        /// what was given, days
        days: f64,
    },
    /// A time is infinite or not a number.
    #[error("{what} of {seconds} s is not a finite time")]
    Time {
        /// which time
        what: &'static str,
        /// what was given, s
        seconds: f64,
    },
    /// An interval ends before it starts.
    #[error("the interval ends at {end} s, before its start at {start} s")]
    Backwards {
        /// start, s
        start: f64,
        /// end, s
        end: f64,
    },
    /// Two dates could not be subtracted.
    #[error("the time from {from} to {to} cannot be computed: {reason}")]
    Dates {
        /// earlier date as text
        from: String,
        /// later date as text
        to: String,
        /// why
        reason: String,
    },
}

/// The exponential decay of one nuclide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decay {
    half_life: Seconds,
    per_second: f64,
}

impl Decay {
    /// From a half-life; an error unless it is positive and finite.
    pub fn from_half_life(half_life: Seconds) -> Result<Self, DecayError> {
        if half_life.is_finite() && half_life > Seconds::ZERO {
            Ok(Self { half_life, per_second: std::f64::consts::LN_2 / half_life.value() })
        } else {
            Err(DecayError::HalfLife { days: half_life.days() })
        }
    }

    /// The half-life.
    pub fn half_life(self) -> Seconds {
        self.half_life
    }

    /// The mean life, half-life / ln 2: a rate times this is its integral over all time.
    pub fn mean_life(self) -> Seconds {
        Seconds::new(1.0 / self.per_second)
    }

    /// What is left after `elapsed`, as a fraction; more than one for a negative time (before the reference).
    pub fn factor(self, elapsed: Seconds) -> Result<f64, DecayError> {
        finite("elapsed time", elapsed)?;
        Ok(libm::exp(-self.per_second * elapsed.value()))
    }

    /// The time at the reference rate that delivers as much as the decaying rate does from `start` to `end`.
    ///
    /// `end` may be infinite (`Seconds::new(f64::INFINITY)`): a permanent implant.
    pub fn equivalent_time(self, start: Seconds, end: Seconds) -> Result<Seconds, DecayError> {
        finite("start", start)?;
        if end.value().is_nan() {
            return Err(DecayError::Time { what: "end", seconds: end.value() });
        }
        if end < start {
            return Err(DecayError::Backwards { start: start.value(), end: end.value() });
        }
        // 1 - exp(-λ Δ) by expm1, so that a short stay keeps its digits
        let from_start =
            if end.value().is_infinite() { 1.0 } else { -libm::expm1(-self.per_second * (end - start).value()) };
        Ok(Seconds::new(self.factor(start)? * from_start / self.per_second))
    }
}

fn finite(what: &'static str, time: Seconds) -> Result<(), DecayError> {
    if time.is_finite() { Ok(()) } else { Err(DecayError::Time { what, seconds: time.value() }) }
}

/// The time from one instant to another; negative when `to` is the earlier.
pub fn elapsed(from: Timestamp, to: Timestamp) -> Seconds {
    Seconds::new(to.duration_since(from).as_secs_f64())
}

/// The time between two civil dates of one unnamed zone, as in DICOM, with days of 24 h.
///
/// A change to or from summer time in between is not seen: at most one hour, 0.05 % of the strength of ¹²⁵I and
/// 0.3 % of that of ¹³¹Cs. Where the zone is known use [`elapsed`].
pub fn civil_elapsed(from: DateTime, to: DateTime) -> Result<Seconds, DecayError> {
    let span = from.until((Unit::Day, to));
    span.and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()))
        .map(|duration| Seconds::new(duration.as_secs_f64()))
        .map_err(|error| DecayError::Dates { from: from.to_string(), to: to.to_string(), reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iodine() -> Decay {
        Decay::from_half_life(Seconds::from_days(59.4)).unwrap()
    }

    #[test]
    fn halves_in_a_half_life_and_sums_to_the_mean_life() {
        let decay = iodine();
        assert!((decay.factor(Seconds::from_days(59.4)).unwrap() - 0.5).abs() < 1e-15);
        assert!((decay.factor(Seconds::from_days(-59.4)).unwrap() - 2.0).abs() < 1e-14);
        let all = decay.equivalent_time(Seconds::ZERO, Seconds::new(f64::INFINITY)).unwrap();
        assert_eq!(all, decay.mean_life());
        // 59.4 d / ln 2 = 85.696 d
        assert!((all.days() - 85.696_085).abs() < 1e-5);
        let first = decay.equivalent_time(Seconds::ZERO, Seconds::from_days(30.0)).unwrap();
        let rest = decay.equivalent_time(Seconds::from_days(30.0), Seconds::new(f64::INFINITY)).unwrap();
        assert!(((first + rest) / all - 1.0).abs() < 1e-14);
        // a minute is short against 59 days: hardly any decay, all digits kept
        let minute = decay.equivalent_time(Seconds::ZERO, Seconds::new(60.0)).unwrap();
        assert!((minute.value() / 60.0 - 1.0).abs() < 1e-5 && minute.value() < 60.0);
    }

    #[test]
    fn refuses_times_that_mean_nothing() {
        assert!(matches!(Decay::from_half_life(Seconds::ZERO), Err(DecayError::HalfLife { .. })));
        assert!(matches!(Decay::from_half_life(Seconds::new(f64::NAN)), Err(DecayError::HalfLife { .. })));
        assert!(matches!(iodine().factor(Seconds::new(f64::INFINITY)), Err(DecayError::Time { .. })));
        let backwards = iodine().equivalent_time(Seconds::new(2.0), Seconds::new(1.0));
        assert!(matches!(backwards, Err(DecayError::Backwards { .. })));
    }

    #[test]
    fn counts_days_between_dates() {
        let from: DateTime = "2020-01-01T12:00".parse().unwrap();
        let to: DateTime = "2020-03-01T12:00".parse().unwrap();
        assert_eq!(civil_elapsed(from, to).unwrap().days(), 60.0);
        assert_eq!(civil_elapsed(to, from).unwrap().days(), -60.0);
        let a: Timestamp = "2024-07-01T08:00:00+08:00".parse().unwrap();
        let b: Timestamp = "2024-07-01T08:00:00+00:00".parse().unwrap();
        assert_eq!(elapsed(a, b).hours(), 8.0);
    }
}
