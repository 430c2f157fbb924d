//! Dose and volume indices of a histogram, asked for by name: `D90`, `D2cc`, `V150`, `V145Gy`, `Dmean`, `CI`, …
//!
//! Definitions and their sources are in `docs/methods/dvh.md`.

use std::fmt;
use std::str::FromStr;

use image::Volume;
use physics::Gray;

use crate::dvh::{Dvh, DvhError, Isodose, Natural};

/// The indices of a permanent implant that [`table`] lists for every structure.
pub const USUAL: [&str; 20] = [
    "volume", "D100", "D95", "D90", "D50", "D30", "D10", "D5", "D2cc", "D1cc", "D0.1cc", "V90", "V100", "V150", "V200",
    "V100cc", "V150cc", "Dmin", "Dmean", "Dmax",
];

/// Unit of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexUnit {
    /// gray
    Gray,
    /// percent of the structure's volume
    Percent,
    /// cubic centimetre
    Cm3,
    /// a ratio
    One,
}

impl fmt::Display for IndexUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gray => "Gy",
            Self::Percent => "%",
            Self::Cm3 => "cm³",
            Self::One => "",
        })
    }
}

/// One index of one structure.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// its name in the usual spelling, such as `D90` or `D2cc`
    pub name: String,
    /// its value; `None` when the structure has none, such as D2cc of a structure of 1 cm³
    pub value: Option<f64>,
    /// unit of the value
    pub unit: IndexUnit,
}

/// An index as asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Request {
    /// volume of the structure, cm³
    Volume,
    /// dose that so many percent of the volume receive at least
    DosePercent(f64),
    /// dose that so many cm³ receive at least
    DoseCm3(f64),
    /// lowest dose
    Min,
    /// mean dose
    Mean,
    /// highest dose
    Max,
    /// volume that receives at least a dose
    VolumeAt {
        /// the dose
        dose: Level,
        /// in cm³, else in % of the structure
        cm3: bool,
    },
    /// dose homogeneity index (V100 − V150) / V100
    Homogeneity,
    /// dose non-uniformity ratio V150 / V100
    NonUniformity,
    /// Paddick's conformity index; needs the [`WholeDose`]
    Conformity,
    /// natural prescription dose; needs the [`WholeDose`]
    NaturalPrescription,
    /// natural prescription dose over prescription; needs the [`WholeDose`]
    NaturalRatio,
}

/// A dose level as written in an index's name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Level {
    /// percent of the prescription
    Percent(f64),
    /// absolute
    Gray(f64),
}

/// A name that is no index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{name}' is not an index; write one like D90, D2cc, V150, V150cc, V145Gy, Dmean, Dmax, Dmin, CI, DHI, DNR, NPD, NDR or volume"
)]
pub struct UnknownIndex {
    /// what was asked for
    pub name: String,
}

impl FromStr for Request {
    type Err = UnknownIndex;

    /// Reads a name as physicists write it: case, spaces, brackets, `cm3`/`cm³`/`ml` for `cc` and a decimal comma do not matter.
    fn from_str(name: &str) -> Result<Self, UnknownIndex> {
        let text: String = name
            .chars()
            .filter(|c| !(c.is_whitespace() || matches!(c, '_' | '(' | ')' | '[' | ']' | '{' | '}')))
            .flat_map(char::to_lowercase)
            .map(|c| match c {
                ',' => '.',
                '％' => '%',
                other => other,
            })
            .collect::<String>()
            .replace("cm³", "cc")
            .replace("cm3", "cc")
            .replace("ml", "cc");
        parse(&text).ok_or_else(|| UnknownIndex { name: name.to_owned() })
    }
}

fn parse(text: &str) -> Option<Request> {
    match text {
        "volume" | "v" => return Some(Request::Volume),
        "dmin" => return Some(Request::Min),
        "dmean" => return Some(Request::Mean),
        "dmax" => return Some(Request::Max),
        "ci" | "pci" => return Some(Request::Conformity),
        "dhi" | "hi" => return Some(Request::Homogeneity),
        "dnr" => return Some(Request::NonUniformity),
        "npd" => return Some(Request::NaturalPrescription),
        "ndr" => return Some(Request::NaturalRatio),
        _ => {}
    }
    let mut rest = text.chars();
    let kind = rest.next()?;
    let (number, unit) = number(rest.as_str())?;
    match (kind, unit) {
        ('d', "" | "%") if number <= 100.0 => Some(Request::DosePercent(number)),
        ('d', "cc") => Some(Request::DoseCm3(number)),
        ('v', "" | "%" | "%%") => Some(Request::VolumeAt { dose: Level::Percent(number), cm3: false }),
        ('v', "cc" | "%cc") => Some(Request::VolumeAt { dose: Level::Percent(number), cm3: true }),
        ('v', "gy" | "gy%") => Some(Request::VolumeAt { dose: Level::Gray(number), cm3: false }),
        ('v', "gycc") => Some(Request::VolumeAt { dose: Level::Gray(number), cm3: true }),
        _ => None,
    }
}

/// The leading digits and point, and what follows.
fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end)?;
    let value: f64 = digits.parse().ok()?;
    value.is_finite().then_some((value, unit))
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Volume => f.write_str("volume"),
            Self::DosePercent(percent) => write!(f, "D{percent}"),
            Self::DoseCm3(cm3) => write!(f, "D{cm3}cc"),
            Self::Min => f.write_str("Dmin"),
            Self::Mean => f.write_str("Dmean"),
            Self::Max => f.write_str("Dmax"),
            Self::VolumeAt { dose, cm3 } => {
                match dose {
                    Level::Percent(percent) => write!(f, "V{percent}"),
                    Level::Gray(gray) => write!(f, "V{gray}Gy"),
                }?;
                f.write_str(if *cm3 { "cc" } else { "" })
            }
            Self::Homogeneity => f.write_str("DHI"),
            Self::NonUniformity => f.write_str("DNR"),
            Self::Conformity => f.write_str("CI"),
            Self::NaturalPrescription => f.write_str("NPD"),
            Self::NaturalRatio => f.write_str("NDR"),
        }
    }
}

impl Request {
    /// Whether it needs the [`WholeDose`], which takes longer than all structures together.
    pub fn needs_whole_dose(&self) -> bool {
        matches!(self, Self::Conformity | Self::NaturalPrescription | Self::NaturalRatio)
    }

    /// The unit of its value.
    pub fn unit(&self) -> IndexUnit {
        match self {
            Self::DosePercent(_)
            | Self::DoseCm3(_)
            | Self::Min
            | Self::Mean
            | Self::Max
            | Self::NaturalPrescription => IndexUnit::Gray,
            Self::Volume | Self::VolumeAt { cm3: true, .. } => IndexUnit::Cm3,
            Self::VolumeAt { cm3: false, .. } => IndexUnit::Percent,
            Self::Homogeneity | Self::NonUniformity | Self::Conformity | Self::NaturalRatio => IndexUnit::One,
        }
    }
}

/// What the whole dose grid says of an implant, beyond any structure.
#[derive(Debug, Clone, PartialEq)]
pub struct WholeDose {
    /// volume of the prescription isodose
    pub prescription_isodose: Isodose,
    /// natural prescription dose, where the natural histogram has a peak
    pub natural_prescription: Option<Gray>,
}

impl WholeDose {
    /// Evaluates the dose grid of an implant with its prescription.
    ///
    /// # Errors
    /// When the dose grid is empty or holds values that are no numbers.
    pub fn of(dose: &Volume, prescription: Gray) -> Result<Self, DvhError> {
        let whole = Dvh::of_grid(dose)?;
        // Down to a quarter of the prescription: the peak of an implant lies near the prescription.
        let natural = Natural::of(&whole, prescription * 0.25, 160);
        Ok(Self {
            prescription_isodose: Isodose::of(dose, &whole, prescription),
            natural_prescription: natural.prescription_dose(),
        })
    }
}

/// One index of a histogram. Without an [`WholeDose`], the indices that need one have no value.
pub fn index(dvh: &Dvh, request: Request, prescription: Gray, whole: Option<&WholeDose>) -> Index {
    let at = |percent: f64| dvh.at_least_cm3(prescription * (percent / 100.0));
    let ratio = |over: f64, under: f64| (under > 0.0).then(|| over / under);
    let value = match request {
        Request::Volume => Some(dvh.volume_cm3),
        Request::DosePercent(percent) => dvh.hottest_percent(percent).map(Gray::value),
        Request::DoseCm3(cm3) => dvh.hottest_cm3(cm3).map(Gray::value),
        Request::Min => Some(dvh.min.value()),
        Request::Mean => Some(dvh.mean.value()),
        Request::Max => Some(dvh.max.value()),
        Request::VolumeAt { dose, cm3 } => {
            let level = match dose {
                Level::Percent(percent) => prescription * (percent / 100.0),
                Level::Gray(gray) => Gray::new(gray),
            };
            Some(if cm3 { dvh.at_least_cm3(level) } else { dvh.at_least_percent(level) })
        }
        Request::Homogeneity => ratio(at(100.0) - at(150.0), at(100.0)),
        Request::NonUniformity => ratio(at(150.0), at(100.0)),
        Request::Conformity => whole
            .filter(|whole| !whole.prescription_isodose.cut_off)
            .and_then(|whole| ratio(at(100.0).powi(2), dvh.volume_cm3 * whole.prescription_isodose.cm3)),
        Request::NaturalPrescription => whole.and_then(|whole| whole.natural_prescription).map(Gray::value),
        Request::NaturalRatio => {
            whole.and_then(|whole| whole.natural_prescription).and_then(|npd| ratio(npd.value(), prescription.value()))
        }
    };
    Index { name: request.to_string(), value, unit: request.unit() }
}

/// One index by name; see [`Request::from_str`].
///
/// # Errors
/// When the name is no index.
pub fn named(dvh: &Dvh, name: &str, prescription: Gray, whole: Option<&WholeDose>) -> Result<Index, UnknownIndex> {
    Ok(index(dvh, name.parse()?, prescription, whole))
}

/// The [`USUAL`] indices of a structure.
pub fn table(dvh: &Dvh, prescription: Gray) -> Vec<Index> {
    USUAL.iter().filter_map(|name| named(dvh, name, prescription, None).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_as_they_are_written() {
        let of = |name: &str| name.parse::<Request>();
        assert_eq!(of("D90"), Ok(Request::DosePercent(90.0)));
        assert_eq!(of(" d 90 % "), Ok(Request::DosePercent(90.0)));
        assert_eq!(of("D0.1cc"), Ok(Request::DoseCm3(0.1)));
        assert_eq!(of("D0,1 cm³"), Ok(Request::DoseCm3(0.1)));
        assert_eq!(of("D_{2cm3}"), Ok(Request::DoseCm3(2.0)));
        assert_eq!(of("D2ml"), Ok(Request::DoseCm3(2.0)));
        assert_eq!(of("V150"), Ok(Request::VolumeAt { dose: Level::Percent(150.0), cm3: false }));
        assert_eq!(of("V100%(cc)"), Ok(Request::VolumeAt { dose: Level::Percent(100.0), cm3: true }));
        assert_eq!(of("V145Gy"), Ok(Request::VolumeAt { dose: Level::Gray(145.0), cm3: false }));
        assert_eq!(of("V145 Gy [cc]"), Ok(Request::VolumeAt { dose: Level::Gray(145.0), cm3: true }));
        assert_eq!(of("Dmean"), Ok(Request::Mean));
        for wrong in ["", "D", "D-5", "D101", "Dcc", "V", "Vx", "D90Gy", "D1e400cc", "X90", "V90mm", "前列腺", "D9.0.1"]
        {
            let result = of(wrong);
            assert!(result.is_err() || wrong == "V", "{wrong}: {result:?}");
        }
    }

    #[test]
    fn writes_back_what_it_reads() {
        for name in USUAL.iter().chain(&["V145Gy", "V145Gycc", "CI", "DHI", "DNR", "NPD", "NDR"]) {
            assert_eq!(name.parse::<Request>().map(|r| r.to_string()).as_deref(), Ok(*name));
        }
    }
}
