//! What is usual at a site: aims, distances and costs as data with their sources (`data/plan/*.toml`).

use dose::criteria::{Comparison, StructureRule};
use dose::indices::{IndexUnit, Request};
use image::Region;
use physics::Gray;
use serde::Deserialize;

use crate::problem::{Aim, Clearance, Costs, Part, Placing, Problem, SeedKind};
use crate::template::Template;

/// What is usual at a site.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// key
    pub id: String,
    /// version; a preset is not changed once used
    pub version: String,
    /// title, English
    pub title: String,
    /// title, Chinese
    pub title_zh: String,
    /// where its figures come from, as a whole
    pub source: String,
    /// nuclide they are for, such as `I-125`
    pub nuclide: String,
    /// usual prescription, Gy
    pub prescription_gy: Option<f64>,
    /// distance of template holes, mm
    pub pitch_mm: f64,
    /// where seeds may lie
    pub placing: PresetPlacing,
    /// what material costs
    pub costs: PresetCosts,
    /// structures; the first is the target
    #[serde(rename = "structure")]
    pub structures: Vec<StructureRule>,
    /// distances to organs
    #[serde(rename = "clearance", default)]
    pub clearances: Vec<PresetClearance>,
    /// aims
    #[serde(rename = "aim")]
    pub aims: Vec<PresetAim>,
}

/// [`Placing`] as written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetPlacing {
    /// distance of places along a needle, mm
    pub step_mm: f64,
    /// least distance of seeds, mm
    pub spacing_mm: f64,
    /// how far outside the target, mm
    pub margin_mm: f64,
    /// most seeds
    pub most_seeds: usize,
    /// most needles
    pub most_needles: usize,
    /// most seeds on one needle
    pub most_per_needle: usize,
    /// where these are from
    pub source: String,
}

/// [`Costs`] as written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetCosts {
    /// a needle, percentage points
    pub needle: f64,
    /// a seed, percentage points
    pub seed: f64,
    /// where these are from
    pub source: String,
}

/// [`Clearance`] as written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetClearance {
    /// key of the structure
    pub structure: String,
    /// distance, mm
    pub mm: f64,
    /// where it is from
    pub source: String,
    /// how it was compared with its source; `None`: unverified
    pub checked: Option<String>,
}

/// [`Aim`] as written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetAim {
    /// key of the structure
    pub structure: String,
    /// index, as `dose::indices` reads it
    pub index: String,
    /// limit below which the value should not be
    pub at_least: Option<f64>,
    /// limit above which it should not be
    pub at_most: Option<f64>,
    /// `%Rx`, `Gy`, `%` or `cc`
    pub unit: String,
    /// cost of a percentage point beyond the limit
    pub weight: f64,
    /// cost of a percentage point on the wrong side
    #[serde(default)]
    pub pull: f64,
    /// where the limit is from
    pub source: String,
    /// how it was compared with its source; `None`: unverified
    pub checked: Option<String>,
}

/// A preset that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PresetError {
    /// not the expected TOML
    #[error("the preset cannot be read: {0}")]
    Format(String),
    /// an entry that makes no sense
    #[error("preset '{preset}', {entry}: {problem}")]
    Entry {
        /// which preset
        preset: String,
        /// which aim or clearance
        entry: String,
        /// what is wrong with it
        problem: String,
    },
}

impl PresetError {
    /// The same in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::Format(fault) => format!("计划预设无法读取：{fault}"),
            Self::Entry { preset, entry, problem } => format!("计划预设“{preset}”的 {entry} 有误：{problem}"),
        }
    }
}

impl Preset {
    /// Reads a preset.
    ///
    /// # Errors
    /// When the text is not of the expected form, or an entry makes no sense.
    pub fn load(text: &str) -> Result<Self, PresetError> {
        let preset: Self = toml::from_str(text).map_err(|error| PresetError::Format(error.to_string()))?;
        for aim in &preset.aims {
            preset.aim(aim, Part::Target, Gray::new(1.0))?;
            preset.known(&aim.structure, &aim.index)?;
        }
        for clearance in &preset.clearances {
            preset.known(&clearance.structure, "clearance")?;
        }
        Ok(preset)
    }

    /// The presets that come with Dosewright.
    ///
    /// # Errors
    /// When one of the files is damaged.
    pub fn embedded() -> Result<Vec<Self>, PresetError> {
        [include_str!("../../../data/plan/prostate-i125.toml")].into_iter().map(Self::load).collect()
    }

    /// A problem with the aims of this preset. Structures are recognised by name; an aim or clearance on one that is not there
    /// is left out. The access is a template given by `access`; places lie in the plane `first_mm` deep, and every step.
    ///
    /// # Errors
    /// When an entry makes no sense.
    pub fn problem(
        &self,
        target: Region,
        organs: Vec<Region>,
        access: Template,
        seed: SeedKind,
        prescription: Gray,
    ) -> Result<Problem, PresetError> {
        let part = |key: &str| -> Option<Part> {
            let at = self.structures.iter().position(|rule| rule.key == key)?;
            let rule = self.structures.get(at)?;
            if at == 0 {
                return Some(Part::Target);
            }
            rule.find(organs.iter().map(|organ| organ.name.as_str())).map(Part::Organ)
        };
        let mut aims = Vec::new();
        for aim in &self.aims {
            if let Some(part) = part(&aim.structure) {
                aims.push(self.aim(aim, part, prescription)?);
            }
        }
        let clearances = self
            .clearances
            .iter()
            .filter_map(|clearance| match part(&clearance.structure) {
                Some(Part::Organ(organ)) => Some(Clearance { organ, mm: clearance.mm }),
                _ => None,
            })
            .collect();
        let placing = Placing {
            step_mm: self.placing.step_mm,
            first_mm: 0.5 * self.placing.step_mm,
            spacing_mm: self.placing.spacing_mm,
            margin_mm: self.placing.margin_mm,
            clearances,
            most_seeds: self.placing.most_seeds,
            most_needles: self.placing.most_needles,
            most_per_needle: self.placing.most_per_needle,
        };
        let costs = Costs { needle: self.costs.needle, seed: self.costs.seed };
        Ok(Problem { target, organs, access, seed, prescription, placing, aims, costs })
    }

    fn wrong(&self, entry: &str, problem: impl Into<String>) -> PresetError {
        PresetError::Entry { preset: self.id.clone(), entry: entry.to_owned(), problem: problem.into() }
    }

    fn known(&self, key: &str, entry: &str) -> Result<(), PresetError> {
        let known = self.structures.iter().any(|rule| rule.key == key);
        known.then_some(()).ok_or_else(|| self.wrong(entry, format!("there is no structure '{key}'")))
    }

    fn aim(&self, written: &PresetAim, part: Part, prescription: Gray) -> Result<Aim, PresetError> {
        let wrong = |problem: String| self.wrong(&written.index, problem);
        let index: Request =
            written.index.parse().map_err(|error: dose::indices::UnknownIndex| wrong(error.to_string()))?;
        let (comparison, limit) = match (written.at_least, written.at_most) {
            (Some(limit), None) => (Comparison::AtLeast, limit),
            (None, Some(limit)) => (Comparison::AtMost, limit),
            _ => return Err(wrong("give either at_least or at_most".to_owned())),
        };
        let limit = match (written.unit.as_str(), index.unit()) {
            ("%Rx", IndexUnit::Gray) => limit / 100.0 * prescription.value(),
            ("Gy", IndexUnit::Gray) | ("%", IndexUnit::Percent) | ("cc", IndexUnit::Cm3) => limit,
            (unit, _) => return Err(wrong(format!("'{unit}' is not a unit for it"))),
        };
        Ok(Aim { part, index, comparison, limit, weight: written.weight, pull: written.pull })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_presets_are_sound_and_damaged_ones_say_why() {
        let presets = Preset::embedded().unwrap();
        assert_eq!(presets[0].id, "prostate-i125");
        let text = include_str!("../../../data/plan/prostate-i125.toml");
        for (from, to, word) in [
            ("index = \"V150\"", "index = \"W150\"", "W150"),
            ("structure = \"rectum\"", "structure = \"colon\"", "colon"),
            ("unit = \"%Rx\"", "unit = \"cm\"", "'cm'"),
            ("at_most", "at_best", "at_best"),
        ] {
            let message = Preset::load(&text.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        }
    }
}
