//! Rule packs and how they are read.

use serde::Deserialize;

use crate::indices::{IndexUnit, Request};

/// A rule pack of one site.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    /// key
    pub id: String,
    /// version of this pack; a pack is not changed once used, a new edition is a new version
    pub version: String,
    /// title, English
    pub title: String,
    /// title, Chinese
    pub title_zh: String,
    /// where its limits come from, as a whole
    pub source: String,
    /// nuclide its limits are for, such as `I-125`
    pub nuclide: String,
    /// tissue of the target in `data/effect/tissues.toml`, for its BED
    pub tissue: Option<String>,
    /// words by which a site is recognised
    pub sites: Vec<String>,
    /// usual prescription, Gy, where there is one
    pub prescription_gy: Option<f64>,
    /// remarks on the pack as a whole
    pub note: String,
    /// the structures its clauses speak of
    pub structures: Vec<StructureRule>,
    /// what should hold
    pub clauses: Vec<Clause>,
}

/// How a structure is recognised by its name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StructureRule {
    /// key used by the clauses
    pub key: String,
    /// name, English
    pub name: String,
    /// name, Chinese
    pub name_zh: String,
    /// words a name contains; case and accents do not matter
    pub patterns: Vec<String>,
    /// words that rule a name out
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// Which side of the limit is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// the value should not be below the limit
    AtLeast,
    /// the value should not be above the limit
    AtMost,
}

/// How much weight a clause has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// must hold
    Required,
    /// should hold
    Advised,
}

/// Unit of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitUnit {
    /// percent of the prescription (for doses)
    PercentOfPrescription,
    /// gray
    Gray,
    /// percent of the structure's volume
    Percent,
    /// cubic centimetre
    Cm3,
    /// a ratio
    One,
}

impl LimitUnit {
    /// As written in packs and reports.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::PercentOfPrescription => "%Rx",
            Self::Gray => "Gy",
            Self::Percent => "%",
            Self::Cm3 => "cm³",
            Self::One => "",
        }
    }
}

/// One thing that should hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// key within the pack
    pub id: String,
    /// key of the structure it speaks of
    pub structure: String,
    /// the index it limits
    pub index: Request,
    /// which side of the limit is right
    pub comparison: Comparison,
    /// the limit
    pub limit: f64,
    /// its unit
    pub unit: LimitUnit,
    /// how much weight it has
    pub severity: Severity,
    /// wording, English
    pub text: String,
    /// wording, Chinese
    pub text_zh: String,
    /// where the limit comes from, English
    pub source: String,
    /// the same in Chinese; a pack of a hospital's own may leave it out
    pub source_zh: Option<String>,
    /// how it was compared with its source; `None`: unverified
    pub checked: Option<String>,
}

/// A rule pack that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CriteriaError {
    /// not the expected TOML
    #[error("the rule pack cannot be read: {0}")]
    Format(String),
    /// a clause that makes no sense
    #[error("rule pack '{pack}', clause '{clause}': {problem}")]
    Clause {
        /// which pack
        pack: String,
        /// which clause
        clause: String,
        /// what is wrong with it
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    version: String,
    title: String,
    title_zh: String,
    source: String,
    nuclide: String,
    tissue: Option<String>,
    #[serde(default)]
    sites: Vec<String>,
    prescription_gy: Option<f64>,
    #[serde(default)]
    note: String,
    structure: Vec<StructureRule>,
    clause: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    structure: String,
    index: String,
    at_least: Option<f64>,
    at_most: Option<f64>,
    unit: String,
    severity: Severity,
    text: String,
    text_zh: String,
    source: String,
    source_zh: Option<String>,
    checked: Option<String>,
}

/// Reads a rule pack.
///
/// # Errors
/// When the text is not of the expected form, or a clause names an unknown structure, index or unit, or no single limit.
pub fn load(text: &str) -> Result<Pack, CriteriaError> {
    let file: File = toml::from_str(text).map_err(|e| CriteriaError::Format(e.to_string()))?;
    let mut clauses: Vec<Clause> = Vec::with_capacity(file.clause.len());
    for entry in file.clause {
        let name = entry.id.clone();
        let wrong = |problem: String| CriteriaError::Clause { pack: file.id.clone(), clause: name.clone(), problem };
        if clauses.iter().any(|clause| clause.id == entry.id) {
            return Err(wrong("this id is used twice".into()));
        }
        let clause = clause(entry, &file.structure).map_err(wrong)?;
        clauses.push(clause);
    }
    Ok(Pack {
        id: file.id,
        version: file.version,
        title: file.title,
        title_zh: file.title_zh,
        source: file.source,
        nuclide: file.nuclide,
        tissue: file.tissue,
        sites: file.sites,
        prescription_gy: file.prescription_gy,
        note: file.note,
        structures: file.structure,
        clauses,
    })
}

fn clause(entry: Entry, structures: &[StructureRule]) -> Result<Clause, String> {
    if !structures.iter().any(|rule| rule.key == entry.structure) {
        return Err(format!("the pack has no structure '{}'", entry.structure));
    }
    let index: Request = entry.index.parse().map_err(|e: crate::indices::UnknownIndex| e.to_string())?;
    let (comparison, limit) = match (entry.at_least, entry.at_most) {
        (Some(limit), None) => (Comparison::AtLeast, limit),
        (None, Some(limit)) => (Comparison::AtMost, limit),
        _ => return Err("give either at_least or at_most".into()),
    };
    if !(limit.is_finite() && limit >= 0.0) {
        return Err("the limit must be a number that is not negative".into());
    }
    let unit = match (entry.unit.as_str(), index.unit()) {
        ("%Rx", IndexUnit::Gray) => LimitUnit::PercentOfPrescription,
        ("Gy", IndexUnit::Gray) => LimitUnit::Gray,
        ("%", IndexUnit::Percent) => LimitUnit::Percent,
        ("cc" | "cm3" | "cm³", IndexUnit::Cm3) => LimitUnit::Cm3,
        ("", IndexUnit::One) => LimitUnit::One,
        (unit, wanted) => return Err(format!("'{unit}' is not a unit for {index}, which is in {wanted:?}")),
    };
    Ok(Clause {
        id: entry.id,
        structure: entry.structure,
        index,
        comparison,
        limit,
        unit,
        severity: entry.severity,
        text: entry.text,
        text_zh: entry.text_zh,
        source: entry.source,
        source_zh: entry.source_zh,
        checked: entry.checked,
    })
}

/// The packs that come with Dosewright (`data/criteria/*.toml`).
///
/// # Errors
/// When one of those files is damaged.
pub fn embedded() -> Result<Vec<Pack>, CriteriaError> {
    [
        include_str!("../../../../data/criteria/prostate-i125.toml"),
        include_str!("../../../../data/criteria/solid-tumour-i125.toml"),
        include_str!("../../../../data/criteria/lumen-stent-i125.toml"),
    ]
    .into_iter()
    .map(load)
    .collect()
}
