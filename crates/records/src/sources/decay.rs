//! What a lot is worth at a moment: strength and apparent activity after decay, and when it is too weak or gone.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use physics::{AirKermaStrength, Becquerel, DecayError, Nuclide, NuclideError, Seconds};

use super::Sentence;
use crate::Lot;

/// Becquerel per millicurie, exact by definition of the curie.
const MCI: f64 = 3.7e7;

/// Why nothing can be said about a lot's decay.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WorthError {
    /// nuclide that no data file knows
    #[error("{0}: correct the lot's nuclide, or add the nuclide's data file")]
    Nuclide(#[from] NuclideError),
    /// a time or half-life that cannot be
    #[error("{0}")]
    Decay(#[from] DecayError),
    /// a strength that a decaying source never falls to
    #[error("a strength of {0} is never reached by decay: give one above 0 U")]
    Strength(AirKermaStrength),
    /// beyond what a calendar holds
    #[error("the moment lies outside the calendar (years -9999 to 9999): check strength and reference moment")]
    Calendar,
}

impl WorthError {
    /// What is wrong, and what to do.
    pub fn sentence(&self) -> Sentence {
        let zh = match self {
            Self::Nuclide(_) => "没有该核素的数据：请改正批次的核素名称，或补充核素数据文件".to_owned(),
            Self::Decay(_) => "无法计算衰变：请核对批次的参考时间".to_owned(),
            Self::Strength(given) => format!("强度 {given} 永远不会衰变到：请填写大于 0 的强度"),
            Self::Calendar => "时间超出历法范围：请核对强度和参考时间".to_owned(),
        };
        Sentence::new(zh, self.to_string())
    }
}

/// One seed at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// air-kerma strength
    pub strength: AirKermaStrength,
    /// apparent activity: the strength in the terms of the certificate, not what the capsule contains
    pub activity: Becquerel,
}

/// What one seed of a lot is worth at a moment; before the reference moment it was stronger.
///
/// # Errors
/// When the nuclide is not known.
pub fn worth(lot: &Lot, at: Timestamp) -> Result<Worth, WorthError> {
    let nuclide = Nuclide::find(&lot.nuclide)?;
    let factor = nuclide.decay()?.factor(physics::decay::elapsed(lot.reference, at))?;
    let strength = AirKermaStrength::new(lot.strength_u) * factor;
    Ok(Worth { strength, activity: nuclide.apparent_activity(strength) })
}

/// The apparent activity of a number of a lot's seeds at a moment.
///
/// # Errors
/// When the nuclide is not known.
pub fn activity(lot: &Lot, seeds: u32, at: Timestamp) -> Result<Becquerel, WorthError> {
    Ok(worth(lot, at)?.activity * f64::from(seeds))
}

/// In megabecquerel.
pub fn mbq(activity: Becquerel) -> f64 {
    activity.value() / 1e6
}

/// In millicurie.
pub fn mci(activity: Becquerel) -> f64 {
    activity.value() / MCI
}

/// When a seed of the lot falls to a strength; before the reference moment where it is the greater.
///
/// # Errors
/// When the strength is not above nought, the nuclide not known, or the moment in no calendar.
pub fn falls_to(lot: &Lot, usable: AirKermaStrength) -> Result<Timestamp, WorthError> {
    if !(usable.is_finite() && usable.value() > 0.0 && lot.strength_u > 0.0) {
        return Err(WorthError::Strength(usable));
    }
    let half_lives = (lot.strength_u / usable.value()).log2();
    after(lot, half_lives)
}

/// When a lot counts as decayed, a number of half-lives after its reference moment.
///
/// # Errors
/// When the nuclide is not known or the moment in no calendar.
pub fn decayed(lot: &Lot, half_lives: f64) -> Result<Timestamp, WorthError> {
    after(lot, half_lives)
}

fn after(lot: &Lot, half_lives: f64) -> Result<Timestamp, WorthError> {
    let time: Seconds = Nuclide::find(&lot.nuclide)?.half_life.value * half_lives;
    // whole seconds: the certificate's moment is no better
    let time = time.value().round();
    if time.is_nan() || time.abs() > 1e12 {
        return Err(WorthError::Calendar);
    }
    lot.reference.checked_add(SignedDuration::from_secs(time as i64)).map_err(|_| WorthError::Calendar)
}

/// The day of a moment by the hospital's clock.
pub fn day(at: Timestamp, zone: Offset) -> Date {
    zone.to_datetime(at).date()
}

/// Noon of a day by the hospital's clock: the moment that stands for a day; `None` at the calendar's ends.
pub fn noon(day: Date, zone: Offset) -> Option<Timestamp> {
    zone.to_timestamp(day.at(12, 0, 0, 0)).ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{lot, moment};
    use super::*;

    #[test]
    fn halves_in_a_half_life_and_speaks_both_units() {
        // 0.635 U are 0.5 mCi or 18.5 MBq of I-125 by the factor 1.270 U/mCi of TG-43
        let lot = lot(1, 40);
        let now = worth(&lot, lot.reference).unwrap();
        assert!((mci(now.activity) - 0.5).abs() < 1e-12 && (mbq(now.activity) - 18.5).abs() < 1e-10);
        let later = worth(&lot, lot.reference + SignedDuration::from_secs(5_132_160)).unwrap();
        assert!((later.strength.value() - 0.3175).abs() < 1e-12, "59.40 days are 5 132 160 s");
        let before = worth(&lot, lot.reference - SignedDuration::from_hours(24)).unwrap();
        // one day is 1.17 %
        assert!((before.strength.value() / 0.635 - 1.011_738).abs() < 1e-6);
        assert!((mci(activity(&lot, 40, lot.reference).unwrap()) - 20.0).abs() < 1e-10);
    }

    #[test]
    fn says_when_a_lot_is_too_weak_and_when_it_is_gone() {
        let lot = lot(1, 40);
        assert_eq!(falls_to(&lot, AirKermaStrength::new(0.635)).unwrap(), lot.reference);
        let weak = falls_to(&lot, AirKermaStrength::new(0.5)).unwrap();
        assert!((worth(&lot, weak).unwrap().strength.value() - 0.5).abs() < 1e-7);
        assert!(falls_to(&lot, AirKermaStrength::new(0.7)).unwrap() < lot.reference);
        let gone = decayed(&lot, 10.0).unwrap();
        assert_eq!(gone, lot.reference + SignedDuration::from_hours(594 * 24));
        // noon in China on 1 March 2026 and 594 days
        assert_eq!(day(gone, Offset::constant(8)).to_string(), "2027-10-16");
        assert_eq!(day(moment("2026-03-01T17:00:00Z"), Offset::constant(8)).to_string(), "2026-03-02");
        assert_eq!(noon("2026-03-01".parse().unwrap(), Offset::constant(8)), Some(lot.reference));
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        let lot = lot(1, 40);
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(falls_to(&lot, AirKermaStrength::new(wrong)), Err(WorthError::Strength(_))));
        }
        assert_eq!(decayed(&lot, 1e9), Err(WorthError::Calendar));
        assert_eq!(decayed(&lot, 1e5), Err(WorthError::Calendar));
        assert_eq!(decayed(&lot, f64::NAN), Err(WorthError::Calendar));
        let other = Lot { nuclide: "Co-60".to_owned(), ..lot };
        let error = worth(&other, other.reference).unwrap_err();
        assert!(error.to_string().contains("I-125") && !error.sentence().zh.is_empty());
    }
}
