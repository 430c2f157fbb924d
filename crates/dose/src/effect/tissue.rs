//! Radiobiological parameters, kept as data.

use std::f64::consts::LN_2;

use physics::Seconds;
use serde::Deserialize;

/// How a tissue answers to dose.
#[derive(Debug, Clone, PartialEq)]
pub struct Tissue {
    /// key in the data file
    pub id: String,
    /// name, English
    pub name: String,
    /// name, Chinese
    pub name_zh: String,
    /// linear coefficient α, per Gy
    pub alpha_per_gy: f64,
    /// α/β, Gy
    pub alpha_beta_gy: f64,
    /// half-time of sublethal damage repair
    pub repair: Seconds,
    /// doubling time of the clonogens (T_p); `None` for tissue that does not repopulate within the treatment
    pub doubling: Option<Seconds>,
    /// when repopulation begins after the implant (T_k)
    pub kick_off: Seconds,
    /// where the values come from
    pub source: String,
    /// whether they were compared with that source
    pub verified: bool,
}

impl Tissue {
    /// Rate of repair μ = ln 2 / T_rep, per hour.
    pub(super) fn repair_per_h(&self) -> f64 {
        LN_2 / self.repair.hours()
    }

    /// What repopulation undoes: ln 2 / (α T_p), Gy per hour.
    pub(super) fn repopulation_gy_per_h(&self) -> f64 {
        self.doubling.map_or(0.0, |doubling| LN_2 / (self.alpha_per_gy * doubling.hours()))
    }
}

/// A parameter file that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TissueError {
    /// not the expected TOML
    #[error("the tissue parameters cannot be read: {0}")]
    Format(String),
    /// a value without sense
    #[error("tissue '{id}': {field} must be a positive number")]
    Value {
        /// which tissue
        id: String,
        /// which value
        field: &'static str,
    },
    /// no such tissue
    #[error("there is no tissue '{id}'; there are {known}")]
    Unknown {
        /// what was asked for
        id: String,
        /// what there is
        known: String,
    },
}

/// A set of tissues with its version.
#[derive(Debug, Clone, PartialEq)]
pub struct Tissues {
    /// version of the data file
    pub version: String,
    /// the tissues
    pub tissues: Vec<Tissue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "title")]
    _title: String,
    #[serde(rename = "source")]
    _source: String,
    version: String,
    #[serde(rename = "note", default)]
    _note: String,
    tissue: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    name_zh: String,
    alpha_per_gy: f64,
    alpha_beta_gy: f64,
    repair_half_time_h: f64,
    doubling_time_d: Option<f64>,
    #[serde(default)]
    kick_off_d: f64,
    source: String,
    verified: bool,
    #[serde(rename = "note", default)]
    _note: String,
}

impl Tissues {
    /// Those that come with Dosewright (`data/effect/tissues.toml`).
    ///
    /// # Errors
    /// When that file is damaged.
    pub fn embedded() -> Result<Self, TissueError> {
        Self::load(include_str!("../../../../data/effect/tissues.toml"))
    }

    /// From the text of a parameter file.
    ///
    /// # Errors
    /// When it is not of the expected form or holds values that are not positive.
    pub fn load(text: &str) -> Result<Self, TissueError> {
        let file: File = toml::from_str(text).map_err(|e| TissueError::Format(e.to_string()))?;
        let tissues = file.tissue.into_iter().map(tissue).collect::<Result<_, _>>()?;
        Ok(Self { version: file.version, tissues })
    }

    /// The tissue with a key.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, id: &str) -> Result<&Tissue, TissueError> {
        self.tissues.iter().find(|tissue| tissue.id == id).ok_or_else(|| TissueError::Unknown {
            id: id.to_owned(),
            known: self.tissues.iter().map(|tissue| tissue.id.as_str()).collect::<Vec<_>>().join(", "),
        })
    }
}

fn tissue(entry: Entry) -> Result<Tissue, TissueError> {
    let checks = [
        ("alpha_per_gy", entry.alpha_per_gy),
        ("alpha_beta_gy", entry.alpha_beta_gy),
        ("repair_half_time_h", entry.repair_half_time_h),
        ("doubling_time_d", entry.doubling_time_d.unwrap_or(1.0)),
    ];
    for (field, value) in checks {
        if !(value.is_finite() && value > 0.0) {
            return Err(TissueError::Value { id: entry.id, field });
        }
    }
    if !(entry.kick_off_d.is_finite() && entry.kick_off_d >= 0.0) {
        return Err(TissueError::Value { id: entry.id, field: "kick_off_d" });
    }
    Ok(Tissue {
        id: entry.id,
        name: entry.name,
        name_zh: entry.name_zh,
        alpha_per_gy: entry.alpha_per_gy,
        alpha_beta_gy: entry.alpha_beta_gy,
        repair: Seconds::from_hours(entry.repair_half_time_h),
        doubling: entry.doubling_time_d.map(Seconds::from_days),
        kick_off: Seconds::from_days(entry.kick_off_d),
        source: entry.source,
        verified: entry.verified,
    })
}
