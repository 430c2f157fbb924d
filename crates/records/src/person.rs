//! People who treat patients or keep sources: what the norms ask of them stands in [`crate::Record`]s about them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Account, Hospital, Id};

/// What a person does by profession.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profession {
    /// 医师
    Physician,
    /// 物理师
    Physicist,
    /// 护士
    Nurse,
    /// 技术人员
    Technician,
    /// keeps sources or looks after radiation protection without being one of the others
    Custodian,
}

impl Profession {
    /// All professions.
    pub const ALL: [Self; 5] = [Self::Physician, Self::Physicist, Self::Nurse, Self::Technician, Self::Custodian];

    /// Its name for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Physician => "physician",
            Self::Physicist => "physicist",
            Self::Nurse => "nurse",
            Self::Technician => "technician",
            Self::Custodian => "custodian",
        }
    }
}

/// A member of staff. Not everybody logs in, and not everybody who logs in treats: an account is somebody's way in, a person is somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// which one
    pub id: Id<Person>,
    /// counts the changes, from 1
    pub version: u32,
    /// where
    pub hospital: Id<Hospital>,
    /// the hospital's staff number, unique within it where not empty
    pub number: String,
    /// name
    pub name: String,
    /// profession
    pub profession: Profession,
    /// how the person logs in, if at all
    pub account: Option<Id<Account>>,
    /// works here; people are never deleted
    pub active: bool,
    /// when the person was entered
    pub created: Timestamp,
}

/// Why a person cannot be as given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PersonError {
    /// no name
    #[error("the person's name is missing or longer than 80 characters")]
    Name,
    /// number
    #[error("the staff number is longer than 40 characters")]
    Number,
}

impl Person {
    /// Checks name and number.
    pub fn check(&self) -> Result<(), PersonError> {
        if self.name.trim().is_empty() || self.name.chars().count() > 80 {
            return Err(PersonError::Name);
        }
        if self.number.chars().count() > 40 { Err(PersonError::Number) } else { Ok(()) }
    }
}
