//! Nuclides of sealed sources: half-life and the meaning of their apparent activity.

use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

use crate::decay::{Decay, DecayError};
use crate::fields::{Fields, Problems};
use crate::{AirKermaStrength, Becquerel, Seconds};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../data/nuclides");

/// A half-life as one evaluation gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct HalfLife {
    /// the half-life
    pub value: Seconds,
    /// its standard uncertainty, where given
    pub uncertainty: Option<Seconds>,
    /// who says so
    pub source: String,
}

/// A nuclide of sealed sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Nuclide {
    /// symbol and mass number, "I-125"
    pub id: String,
    /// other spellings
    pub names: Vec<String>,
    /// version of the data file
    pub version: i64,
    /// the half-life that dosimetry protocols and plans use
    pub half_life: HalfLife,
    /// what decay-data evaluations give
    pub evaluated: Vec<HalfLife>,
    /// air-kerma strength per apparent activity, U/mCi: a defined factor, not a yield
    pub u_per_mci: f64,
    /// where that factor comes from
    pub u_per_mci_source: String,
}

/// A nuclide that is not known, or a data file that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NuclideError {
    /// No nuclide of that name.
    #[error("nuclide '{name}' is not known; known are {known}")]
    Unknown {
        /// what was asked for
        name: String,
        /// what there is
        known: String,
    },
    /// A data file is wrong.
    #[error("nuclide file {file}: {}", problems.join("; "))]
    File {
        /// its name
        file: String,
        /// all that is wrong
        problems: Vec<String>,
    },
}

impl Nuclide {
    /// The nuclide of that name (`I-125`, `125I`, `i125`…), from the embedded data.
    pub fn find(name: &str) -> Result<&'static Self, NuclideError> {
        static ALL: LazyLock<Result<Vec<Nuclide>, NuclideError>> = LazyLock::new(read_all);
        let all = ALL.as_ref().map_err(Clone::clone)?;
        let wanted = key(name);
        all.iter().find(|nuclide| nuclide.answers_to(&wanted)).ok_or_else(|| NuclideError::Unknown {
            name: name.to_owned(),
            known: all.iter().map(|nuclide| nuclide.id.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    fn answers_to(&self, wanted: &str) -> bool {
        key(&self.id) == wanted || self.names.iter().any(|name| key(name) == wanted)
    }

    /// Decay with the protocol's half-life.
    pub fn decay(&self) -> Result<Decay, DecayError> {
        Decay::from_half_life(self.half_life.value)
    }

    /// The air-kerma strength of a source sold by its apparent activity.
    pub fn strength(&self, apparent: Becquerel) -> AirKermaStrength {
        AirKermaStrength::new(apparent.value() / MCI * self.u_per_mci)
    }

    /// The apparent activity of a source of that air-kerma strength.
    pub fn apparent_activity(&self, strength: AirKermaStrength) -> Becquerel {
        Becquerel::new(strength.value() / self.u_per_mci * MCI)
    }
}

/// Becquerel per millicurie, exact by definition of the curie.
const MCI: f64 = 3.7e7;

fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn read_all() -> Result<Vec<Nuclide>, NuclideError> {
    let mut all: Vec<Nuclide> = Vec::new();
    for file in FILES.files().filter(|file| file.path().extension().is_some_and(|e| e == "toml")) {
        let name = file.path().display().to_string();
        let text = file.contents_utf8().unwrap_or_default();
        all.push(read(&name, text)?);
    }
    all.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(all)
}

fn read(file: &str, text: &str) -> Result<Nuclide, NuclideError> {
    let fail = |problems| NuclideError::File { file: file.to_owned(), problems };
    let table = text.parse::<toml::Table>().map_err(|error| fail(vec![error.to_string()]))?;
    let root = Fields::root(&table);
    let mut problems = Problems::new();
    let id = root.text("id", "symbol and mass number, as I-125", &mut problems);
    let version = root.number("version", "whole number of this file's edition", &mut problems);
    let names = root.texts("names", &mut problems);
    let section = root.section("half_life", "the protocol's half-life", &mut problems);
    let half_life = read_half_life(&section, &mut problems);
    let evaluated = section.list("evaluated", &mut problems);
    let evaluated = evaluated.iter().filter_map(|item| read_half_life(item, &mut problems)).collect();
    let apparent = root.section("apparent_activity", "strength per apparent activity", &mut problems);
    let u_per_mci = apparent.positive("u_per_mci", "air-kerma strength per apparent activity, U/mCi", &mut problems);
    let source = apparent.text("source", "where the factor comes from", &mut problems);
    if let (Some(id), Some(version), Some(half_life), Some(u_per_mci), Some(u_per_mci_source)) =
        (id, version, half_life, u_per_mci, source)
        && problems.is_empty()
    {
        return Ok(Nuclide { id, names, version: version as i64, half_life, evaluated, u_per_mci, u_per_mci_source });
    }
    Err(fail(problems))
}

fn read_half_life(fields: &Fields<'_>, problems: &mut Problems) -> Option<HalfLife> {
    let days = fields.positive("days", "half-life, days", problems);
    let source = fields.text("source", "who evaluated it", problems);
    let uncertainty = if fields.has("uncertainty_days") {
        fields.positive("uncertainty_days", "standard uncertainty, days", problems).map(Seconds::from_days)
    } else {
        None
    };
    Some(HalfLife { value: Seconds::from_days(days?), uncertainty, source: source? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_finds_the_nuclide() {
        for name in ["I-125", "125I", "i125", "I 125", "碘-125"] {
            assert_eq!(Nuclide::find(name).unwrap().id, "I-125", "{name}");
        }
        assert_eq!(Nuclide::find("Pd-103").unwrap().half_life.value.days(), 16.991);
        assert_eq!(Nuclide::find("Cs-131").unwrap().half_life.value.days(), 9.689);
        let unknown = Nuclide::find("Co-60").unwrap_err().to_string();
        assert!(unknown.contains("Co-60") && unknown.contains("I-125"), "{unknown}");
    }

    #[test]
    fn evaluations_agree_with_the_protocol_within_their_uncertainty() {
        for id in ["I-125", "Pd-103", "Cs-131"] {
            let nuclide = Nuclide::find(id).unwrap();
            assert!(!nuclide.evaluated.is_empty());
            for other in &nuclide.evaluated {
                let uncertainty = other.uncertainty.unwrap().value() + nuclide.half_life.uncertainty.unwrap().value();
                assert!((other.value - nuclide.half_life.value).value().abs() <= uncertainty, "{id} {}", other.source);
            }
        }
    }

    #[test]
    fn strength_and_apparent_activity_are_two_ways_to_say_one_thing() {
        let iodine = Nuclide::find("I-125").unwrap();
        let half_mci: Becquerel = "0.5mCi".parse().unwrap();
        assert!((iodine.strength(half_mci).value() - 0.635).abs() < 1e-12);
        assert!((iodine.strength("18.5MBq".parse().unwrap()).value() - 0.635).abs() < 1e-12);
        assert!((iodine.apparent_activity(iodine.strength(half_mci)) / half_mci - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_broken_file_lists_all_that_is_wrong() {
        let error = read("x.toml", "id = 3\n[half_life]\ndays = -1\n").unwrap_err().to_string();
        for part in ["x.toml", "'id'", "version", "half_life.days", "half_life.source", "apparent_activity"] {
            assert!(error.contains(part), "{part} not in {error}");
        }
    }
}
