//! A case: one patient, one treatment, from plan to follow-up.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Account, Hospital, Id, Patient};

/// What kind of treatment a case is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Technique {
    /// permanent implant of radioactive seeds (G07)
    #[default]
    SeedImplant,
    /// ablation of a tumour (G08)
    Ablation,
    /// course of a radiopharmaceutical
    Radiopharmaceutical,
}

impl Technique {
    /// All techniques.
    pub const ALL: [Self; 3] = [Self::SeedImplant, Self::Ablation, Self::Radiopharmaceutical];

    /// Its name for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::SeedImplant => "seed_implant",
            Self::Ablation => "ablation",
            Self::Radiopharmaceutical => "radiopharmaceutical",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "for serde")]
    fn is_usual(&self) -> bool {
        *self == Self::SeedImplant
    }
}

/// One treatment of one patient, as the service's register knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// which one
    pub id: Id<Case>,
    /// counts the changes, from 1
    pub version: u32,
    /// the service's own number, unique
    pub number: String,
    /// whom
    pub patient: Id<Patient>,
    /// where it is treated
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hospital: Option<Id<Hospital>>,
    /// what kind of treatment
    #[serde(default, skip_serializing_if = "Technique::is_usual")]
    pub technique: Technique,
    /// by which way: a code of `data/forms/techniques.toml` such as `percutaneous`; empty where not stated
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub route: String,
    /// by what: a code of `data/forms/techniques.toml` such as `microwave` or `i131_dtc`; empty where not stated
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// where in the body, for example prostate
    pub site: String,
    /// diagnosis in words; may be empty
    pub diagnosis: String,
    /// the day of the implant or other procedure, once it took place
    pub implanted_on: Option<Date>,
    /// what was or will be implanted
    pub intent: Intent,
    /// who is responsible for the patient
    pub physician: Option<Id<Account>>,
    /// who is responsible for the dose
    pub physicist: Option<Id<Account>>,
    /// when the post-implant scan should be there
    pub imaging_due: Option<Date>,
    /// when the patient should be seen next
    pub follow_up_due: Option<Date>,
    /// set aside: the case was opened in error; nothing is deleted
    pub withdrawn: bool,
    /// anything else worth knowing
    pub notes: String,
    /// when it was opened
    pub created: Timestamp,
}

/// What is meant to be implanted, as far as it is known; the usual values of a new verification.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// prescribed dose, Gy
    pub prescription_gy: Option<f64>,
    /// seed model by name
    pub model: Option<String>,
    /// air-kerma strength of one seed, U
    pub strength_u: Option<f64>,
    /// number of seeds
    pub count: Option<u32>,
}

/// Why a case cannot be as given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// no number
    #[error("the case number is missing or longer than 40 characters")]
    Number,
    /// a value that cannot be meant
    #[error("{field} {value} cannot be meant: it must be {must}")]
    Value {
        /// which field
        field: &'static str,
        /// what was given
        value: String,
        /// what it must be
        must: &'static str,
    },
}

impl Case {
    /// Checks what can be checked without other records.
    pub fn check(&self) -> Result<(), CaseError> {
        if self.number.trim().is_empty() || self.number.chars().count() > 40 {
            return Err(CaseError::Number);
        }
        let positive = |field, value: Option<f64>, most: f64, must| match value {
            Some(given) if !(given > 0.0 && given <= most) => {
                Err(CaseError::Value { field, value: given.to_string(), must })
            }
            _ => Ok(()),
        };
        positive("the prescription", self.intent.prescription_gy, 1000.0, "more than 0 and at most 1000 Gy")?;
        positive("the strength", self.intent.strength_u, 100.0, "more than 0 and at most 100 U")?;
        positive("the number of seeds", self.intent.count.map(f64::from), 2000.0, "between 1 and 2000")
    }
}
