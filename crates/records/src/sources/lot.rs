//! A lot of seeds: what was bought together.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::SeedSet;
use crate::{Hospital, Id};

/// Seeds of one model and strength that came with one certificate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lot {
    /// which one
    pub id: Id<Lot>,
    /// counts the changes, from 1; every movement is one, so that two people cannot move the same seeds at once
    pub version: u32,
    /// who owns it
    pub hospital: Id<Hospital>,
    /// the manufacturer's lot number, unique with the manufacturer
    pub number: String,
    /// who made it
    pub manufacturer: String,
    /// seed model by name, for example STM1251
    pub model: String,
    /// nuclide, for example I-125
    pub nuclide: String,
    /// registration number of the seed with the NMPA; empty where unknown
    pub registration: String,
    /// number of seeds ordered
    pub count: u32,
    /// air-kerma strength of one seed at `reference`, U
    pub strength_u: f64,
    /// the moment that the strength was stated for
    pub reference: Timestamp,
    /// when it was entered
    pub created: Timestamp,
}

/// Why a lot cannot be as given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LotError {
    /// a text that must be there
    #[error("the lot's {0} is missing or longer than 60 characters")]
    Text(&'static str),
    /// number of seeds
    #[error("a lot has 1 to 100 000 seeds, not {0}")]
    Count(u32),
    /// strength
    #[error("a seed's strength of {0} U cannot be meant: it must be more than 0 and at most 100 U")]
    Strength(String),
}

impl Lot {
    /// Checks what can be checked without other records.
    pub fn check(&self) -> Result<(), LotError> {
        let texts = [
            (&self.number, "number"),
            (&self.manufacturer, "manufacturer"),
            (&self.model, "seed model"),
            (&self.nuclide, "nuclide"),
        ];
        for (text, what) in texts {
            if text.trim().is_empty() || text.chars().count() > 60 {
                return Err(LotError::Text(what));
            }
        }
        if !(1..=SeedSet::MOST).contains(&self.count) {
            return Err(LotError::Count(self.count));
        }
        if self.strength_u > 0.0 && self.strength_u <= 100.0 {
            Ok(())
        } else {
            Err(LotError::Strength(self.strength_u.to_string()))
        }
    }
}
