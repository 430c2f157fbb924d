//! Hospitals: where people work, where cases are treated and sources are kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Id;

/// A hospital. A service has one; a province's centre has many, and people see those they belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hospital {
    /// which one
    pub id: Id<Hospital>,
    /// counts the changes, from 1
    pub version: u32,
    /// the code it is registered under (医疗机构登记号), unique
    pub code: String,
    /// its name
    pub name: String,
    /// takes part; hospitals are never deleted
    pub active: bool,
    /// when it was entered
    pub created: Timestamp,
}

/// Why a hospital cannot be as given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HospitalError {
    /// no code
    #[error("the hospital's code is missing or longer than 40 characters")]
    Code,
    /// no name
    #[error("the hospital's name is missing or longer than 80 characters")]
    Name,
}

impl Hospital {
    /// Checks code and name.
    pub fn check(&self) -> Result<(), HospitalError> {
        let fits = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
        if !fits(&self.code, 40) {
            return Err(HospitalError::Code);
        }
        if fits(&self.name, 80) { Ok(()) } else { Err(HospitalError::Name) }
    }
}
