//! Definitions of indicators and how they are read.

use serde::{Deserialize, Serialize};

use crate::facts::{By, Count};
use crate::{Digest, FactSet, Technique};

/// Which way a figure should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// the higher the better
    Increase,
    /// the lower the better
    Decrease,
    /// neither: it is watched
    Monitor,
}

/// Facts that must hold, and that must not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Condition {
    /// all of these
    pub all: FactSet,
    /// at least one of these; empty asks nothing
    pub any: FactSet,
    /// none of these
    pub none: FactSet,
}

/// One indicator.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// its code, unique within the pack
    pub code: String,
    /// name, Chinese; empty where unknown
    pub name_zh: String,
    /// name, English
    pub name_en: String,
    /// what is divided by what, Chinese
    pub definition_zh: String,
    /// the same, English
    pub definition_en: String,
    /// which way it should go
    pub direction: Direction,
    /// where the definition comes from, Chinese
    pub source_zh: String,
    /// the same, English
    pub source_en: String,
    /// what the numerator asks besides the denominator
    #[serde(default)]
    pub numerator: Condition,
    /// what the denominator asks besides the technique, the procedure and the period
    #[serde(default)]
    pub denominator: Condition,
    /// what is counted; the pack's where absent
    pub count: Option<Count>,
    /// what the numerator counts; as `count` where absent
    pub numerator_count: Option<Count>,
    /// survival: alive so many months after the procedure, among those whose procedure is so long ago
    pub after_months: Option<u32>,
    /// form whose records hold numerator and denominator, for cases kept elsewhere
    pub counts_from: Option<String>,
    /// what is left out, and why, Chinese
    #[serde(default)]
    pub exclusions_zh: String,
    /// the same, English
    #[serde(default)]
    pub exclusions_en: String,
    /// a remark, Chinese
    #[serde(default)]
    pub note_zh: String,
    /// a remark, English
    #[serde(default)]
    pub note_en: String,
    /// what in it is from memory, inferred or our own reading, Chinese; empty where it was read
    #[serde(default)]
    pub unverified_zh: String,
    /// the same, English
    #[serde(default)]
    pub unverified_en: String,
    /// the definition could not be read: nothing is computed
    #[serde(default)]
    pub unknown: bool,
    /// what is missing of it, Chinese
    #[serde(default)]
    pub missing_zh: String,
    /// the same, English
    #[serde(default)]
    pub missing_en: String,
}

/// A set of definitions. A pack is not changed once figures were reported by it: a correction is a new edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// key, for example `seeds-2022`
    pub id: String,
    /// edition, counts from 1
    pub edition: u32,
    /// title, Chinese
    pub title_zh: String,
    /// title, English
    pub title: String,
    /// where it comes from, English
    pub source: String,
    /// the same, Chinese
    pub source_zh: String,
    /// of which technique's cases; absent where it counts no cases
    pub technique: Option<Technique>,
    /// what is counted
    pub count: Count,
    /// which day makes a case belong to a period
    pub by: By,
    /// unit in which figures are shown
    pub unit: String,
    /// the indicators in their order
    pub indicators: Vec<Indicator>,
    /// SHA-256 of the text it was read from
    pub digest: Digest,
}

/// Why a pack cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("indicator pack: {0}")]
pub struct PackError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    edition: u32,
    #[serde(rename = "version")]
    _version: String,
    title: String,
    title_zh: String,
    source: String,
    source_zh: String,
    technique: Option<Technique>,
    count: Count,
    by: By,
    unit: String,
    indicator: Vec<Indicator>,
}

impl Pack {
    /// The packs that come with Dosewright (`data/indicators`).
    ///
    /// # Errors
    /// When one of those files is damaged.
    pub fn builtin() -> Result<Vec<Self>, PackError> {
        [
            include_str!("../../../../data/indicators/seeds-2022.toml"),
            include_str!("../../../../data/indicators/ablation-2022.toml"),
            include_str!("../../../../data/indicators/nuclear-2025.toml"),
        ]
        .into_iter()
        .map(Self::load)
        .collect()
    }

    /// The packs that come with the program, read once.
    pub fn all() -> &'static [Self] {
        // a test reads them, so that none can be missing here
        static READ: std::sync::LazyLock<Vec<Pack>> = std::sync::LazyLock::new(|| Pack::builtin().unwrap_or_default());
        &READ
    }

    /// Reads a pack and checks that each of its indicators can be computed or says why not.
    ///
    /// # Errors
    /// Names the indicator and what is wrong with it.
    pub fn load(text: &str) -> Result<Self, PackError> {
        let written: Written = toml::from_str(text).map_err(|error| PackError(error.to_string()))?;
        let mut codes = std::collections::BTreeSet::new();
        for indicator in &written.indicator {
            let wrong = |what: &str| Err(PackError(format!("{}: indicator '{}' {what}", written.id, indicator.code)));
            if indicator.code.is_empty() || !codes.insert(&indicator.code) {
                return wrong("has no code or one that is there already: give each its own");
            }
            if let Some(what) = indicator.wrong(written.count, written.technique) {
                return wrong(what);
            }
        }
        if written.unit != "%" {
            return Err(PackError(format!("{}: unit '{}' is not known, only %", written.id, written.unit)));
        }
        Ok(Self {
            id: written.id,
            edition: written.edition,
            title_zh: written.title_zh,
            title: written.title,
            source: written.source,
            source_zh: written.source_zh,
            technique: written.technique,
            count: written.count,
            by: written.by,
            unit: written.unit,
            indicators: written.indicator,
            digest: Digest::of(text.as_bytes()),
        })
    }

    /// An indicator by code.
    pub fn indicator(&self, code: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.code == code)
    }
}

impl Indicator {
    /// Whether a patient counts only when every one of his cases meets it: patients, and the figure should go up.
    pub(super) fn asks_every_case(&self, pack: Count) -> bool {
        self.count.unwrap_or(pack) == Count::Patients
            && self.direction == Direction::Increase
            && self.after_months.is_none()
    }

    fn wrong(&self, count: Count, technique: Option<Technique>) -> Option<&'static str> {
        let pairs = [
            (&self.source_zh, &self.source_en),
            (&self.note_zh, &self.note_en),
            (&self.exclusions_zh, &self.exclusions_en),
            (&self.unverified_zh, &self.unverified_en),
            (&self.missing_zh, &self.missing_en),
        ];
        if pairs.iter().any(|(zh, en)| zh.is_empty() != en.is_empty()) {
            return Some("says something in one language only: write both, such as missing_zh and missing_en");
        }
        if self.unknown {
            let said = !self.missing_en.is_empty();
            return (!said).then_some("is unknown: say in 'missing_zh' and 'missing_en' what is missing of it");
        }
        if [&self.name_zh, &self.name_en, &self.definition_zh, &self.definition_en, &self.source_en]
            .iter()
            .any(|t| t.is_empty())
        {
            return Some("needs name, definition (both languages) and source, or unknown = true");
        }
        let asks = self.numerator != Condition::default();
        if let Some(form) = &self.counts_from {
            let computes = asks || self.denominator != Condition::default() || self.after_months.is_some();
            return match form.as_str() {
                "indicator_count" if computes => Some("takes its counts from records: it cannot have conditions too"),
                "indicator_count" => None,
                _ => Some("names a form in counts_from that holds no counts: write indicator_count"),
            };
        }
        if technique.is_none() {
            return Some("counts cases: the pack must name their technique");
        }
        let ways = [asks, self.after_months.is_some(), self.numerator_count.is_some()];
        if ways.iter().filter(|way| **way).count() != 1 {
            return Some("needs exactly one of numerator, after_months and numerator_count");
        }
        if !self.numerator.any.is_empty() && !self.denominator.any.is_empty() {
            return Some("has 'any' in numerator and denominator: one question cannot ask both");
        }
        let one_fact =
            self.numerator.all.facts().count() == 1 && self.numerator.any.is_empty() && self.numerator.none.is_empty();
        if self.asks_every_case(count) && asks && !one_fact {
            return Some("counts patients all of whose cases meet it: its numerator must be one fact under 'all'");
        }
        None
    }
}
