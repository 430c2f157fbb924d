//! Seed strength as hospitals state it: air-kerma strength in U, or apparent activity in mCi or MBq.

use std::str::FromStr;

use physics::nuclide::Nuclide;
use physics::{AirKermaStrength, Becquerel, QuantityError};
use serde::{Deserialize, Serialize};

/// The strength of one seed as it was given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// air-kerma strength
    AirKerma(AirKermaStrength),
    /// apparent activity: the activity of an unfiltered point source of the same air-kerma rate
    Apparent(Becquerel),
}

impl Strength {
    /// As air-kerma strength, by the nuclide's conventional factor (U/mCi).
    pub fn air_kerma(self, nuclide: &Nuclide) -> AirKermaStrength {
        match self {
            Self::AirKerma(strength) => strength,
            Self::Apparent(activity) => nuclide.strength(activity),
        }
    }

    /// The bare number, in whatever unit, to check its sign.
    pub fn number(self) -> f64 {
        match self {
            Self::AirKerma(strength) => strength.value(),
            Self::Apparent(activity) => activity.value(),
        }
    }
}

impl FromStr for Strength {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        match text.parse::<AirKermaStrength>() {
            Ok(strength) => Ok(Self::AirKerma(strength)),
            Err(QuantityError::WrongUnit { unit, .. }) => {
                text.parse().map(Self::Apparent).map_err(|_| QuantityError::WrongUnit {
                    unit,
                    quantity: "seed strength",
                    accepted: "U (air-kerma strength) or mCi, MBq (apparent activity)",
                    example: "0.621U or 0.5mCi",
                })
            }
            Err(other) => Err(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_air_kerma_strength_and_apparent_activity_and_nothing_else() {
        assert_eq!("0.621U".parse(), Ok(Strength::AirKerma(AirKermaStrength::new(0.621))));
        assert_eq!("18.5MBq".parse(), Ok(Strength::Apparent(Becquerel::new(18.5e6))));
        let refused = "0.621Gy".parse::<Strength>().unwrap_err().to_string();
        assert!(refused.contains("'Gy'") && refused.contains("0.5mCi"), "{refused}");
        assert!(matches!("0.621".parse::<Strength>(), Err(QuantityError::NoUnit { .. })));
    }

    #[test]
    fn one_millicurie_of_iodine_125_is_1_27_u() {
        let iodine = Nuclide::find("I-125").unwrap();
        let strength = "1mCi".parse::<Strength>().unwrap().air_kerma(iodine);
        assert!((strength.value() - 1.27).abs() < 1e-12);
    }
}
