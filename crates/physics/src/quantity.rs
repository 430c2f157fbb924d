//! Physical quantities as newtypes: a dose never travels between rooms as a bare float.
//!
//! Only lawful arithmetic is defined: like adds to like, anything scales by a number, a rate times a time is a dose.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};
use std::str::FromStr;

/// A quantity that could not be read from text.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QuantityError {
    /// The text has no leading number.
    #[error("'{text}' does not start with a number; write a number and its unit, for example {example}")]
    NoNumber {
        /// what was given
        text: String,
        /// how it should look
        example: &'static str,
    },
    /// The number has no unit; units are never guessed.
    #[error("'{text}' has no unit; write the unit too, for example {example}")]
    NoUnit {
        /// what was given
        text: String,
        /// how it should look
        example: &'static str,
    },
    /// The unit is not one of this quantity.
    #[error("'{unit}' is not a unit of {quantity}; use one of {accepted}, for example {example}")]
    WrongUnit {
        /// the unit that was given
        unit: String,
        /// the quantity that was wanted
        quantity: &'static str,
        /// what would be accepted
        accepted: &'static str,
        /// how it should look
        example: &'static str,
    },
    /// The number is infinite or not a number.
    #[error("'{text}' is not a finite number")]
    NotFinite {
        /// what was given
        text: String,
    },
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $what:literal, $example:literal, [$(($unit:literal, $factor:expr)),+]) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(f64);

        impl $name {
            /// The units this quantity can be read in, the base unit first.
            pub const UNITS: &'static [(&'static str, f64)] = &[$(($unit, $factor)),+];
            /// Nothing of it.
            pub const ZERO: Self = Self(0.0);

            /// From a number in the base unit (see the type's description).
            pub const fn new(value: f64) -> Self {
                Self(value)
            }

            /// The number in the base unit.
            pub const fn value(self) -> f64 {
                self.0
            }

            /// Neither infinite nor not-a-number.
            pub fn is_finite(self) -> bool {
                self.0.is_finite()
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
        impl Mul<f64> for $name {
            type Output = Self;
            fn mul(self, factor: f64) -> Self {
                Self(self.0 * factor)
            }
        }
        impl Mul<$name> for f64 {
            type Output = $name;
            fn mul(self, quantity: $name) -> $name {
                $name(self * quantity.0)
            }
        }
        impl Div<f64> for $name {
            type Output = Self;
            fn div(self, divisor: f64) -> Self {
                Self(self.0 / divisor)
            }
        }
        impl Div for $name {
            type Output = f64;
            fn div(self, other: Self) -> f64 {
                self.0 / other.0
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                Self(items.map(|item| item.0).sum())
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if let Some(precision) = f.precision() {
                    write!(f, "{:.*} {}", precision, self.0, Self::UNITS[0].0)
                } else {
                    write!(f, "{} {}", self.0, Self::UNITS[0].0)
                }
            }
        }
        impl FromStr for $name {
            type Err = QuantityError;
            fn from_str(text: &str) -> Result<Self, QuantityError> {
                let (number, unit) = split_number(text).ok_or_else(|| QuantityError::NoNumber {
                    text: text.to_owned(),
                    example: $example,
                })?;
                if !number.is_finite() {
                    return Err(QuantityError::NotFinite { text: text.to_owned() });
                }
                if unit.is_empty() {
                    return Err(QuantityError::NoUnit { text: text.to_owned(), example: $example });
                }
                Self::UNITS
                    .iter()
                    .find(|(name, _)| *name == unit)
                    .map(|(_, factor)| Self(number * factor))
                    .ok_or_else(|| QuantityError::WrongUnit {
                        unit: unit.to_owned(),
                        quantity: $what,
                        accepted: concat!($($unit, " "),+),
                        example: $example,
                    })
            }
        }
    };
}

quantity!(
    /// Absorbed dose, in gray.
    Gray, "absorbed dose", "145Gy", [("Gy", 1.0), ("cGy", 0.01), ("mGy", 0.001)]
);
quantity!(
    /// Absorbed dose rate, in gray per hour.
    GrayPerHour, "dose rate", "0.07Gy/h", [("Gy/h", 1.0), ("cGy/h", 0.01)]
);
quantity!(
    /// Activity, in becquerel.
    Becquerel, "activity", "18.5MBq",
    [("Bq", 1.0), ("kBq", 1e3), ("MBq", 1e6), ("GBq", 1e9), ("mCi", 3.7e7), ("Ci", 3.7e10), ("uCi", 3.7e4)]
);
quantity!(
    /// Air-kerma strength, in U (1 U = 1 µGy m²/h = 1 cGy cm²/h; AAPM TG-43U1).
    AirKermaStrength, "air-kerma strength", "0.621U",
    [("U", 1.0), ("cGycm2/h", 1.0), ("uGym2/h", 1.0), ("µGym²/h", 1.0)]
);
quantity!(
    /// Length, in millimetre.
    Millimetre, "length", "2.5mm", [("mm", 1.0), ("cm", 10.0)]
);
quantity!(
    /// Time, in seconds.
    Seconds, "time", "59.4d", [("s", 1.0), ("min", 60.0), ("h", 3600.0), ("d", 86400.0)]
);

impl Mul<Seconds> for GrayPerHour {
    type Output = Gray;
    fn mul(self, time: Seconds) -> Gray {
        Gray(self.0 * time.0 / 3600.0)
    }
}

impl Seconds {
    /// A number of hours.
    pub const fn from_hours(hours: f64) -> Self {
        Self(hours * 3600.0)
    }
    /// A number of days of 86 400 s.
    pub const fn from_days(days: f64) -> Self {
        Self(days * 86400.0)
    }
    /// In hours.
    pub const fn hours(self) -> f64 {
        self.0 / 3600.0
    }
    /// In days of 86 400 s.
    pub const fn days(self) -> f64 {
        self.0 / 86400.0
    }
}

/// The longest leading number of `text` and what follows it, trimmed.
fn split_number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(1).collect();
    ends.push(text.len());
    ends.iter().rev().find_map(|&end| {
        let head = text.get(..end)?;
        // Rust reads "inf" and "nan" as numbers; a quantity starts with a digit, a sign or a point.
        if !head.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
            return None;
        }
        Some((head.parse().ok()?, text.get(end..)?.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_number_and_unit() {
        assert_eq!("145Gy".parse(), Ok(Gray::new(145.0)));
        assert_eq!(" 14500 cGy ".parse(), Ok(Gray::new(145.0)));
        assert_eq!("0.621U".parse(), Ok(AirKermaStrength::new(0.621)));
        assert_eq!("0.5mCi".parse(), Ok(Becquerel::new(1.85e7)));
        assert_eq!("1e-3Gy".parse(), Ok(Gray::new(0.001)));
        assert_eq!("59.4d".parse::<Seconds>().map(Seconds::days), Ok(59.4));
    }

    #[test]
    fn refuses_what_it_would_have_to_guess() {
        assert!(matches!("145".parse::<Gray>(), Err(QuantityError::NoUnit { .. })));
        assert!(matches!("Gy".parse::<Gray>(), Err(QuantityError::NoNumber { .. })));
        assert!(matches!("infGy".parse::<Gray>(), Err(QuantityError::NoNumber { .. })));
        assert!(matches!("1e999Gy".parse::<Gray>(), Err(QuantityError::NotFinite { .. })));
        assert!(matches!("0.6Gy".parse::<AirKermaStrength>(), Err(QuantityError::WrongUnit { .. })));
        assert!(matches!("".parse::<Gray>(), Err(QuantityError::NoNumber { .. })));
    }

    #[test]
    fn a_rate_times_a_time_is_a_dose() {
        assert_eq!(GrayPerHour::new(0.5) * Seconds::from_hours(2.0), Gray::new(1.0));
    }
}
