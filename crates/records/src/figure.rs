//! Indicators as they were reported: frozen with the definitions they were computed by.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Account, Digest, Hospital, Id};

/// One indicator's figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// code of the indicator
    pub code: String,
    /// cases (or what it counts) that meet it; `None` where nothing is known
    pub numerator: Option<u64>,
    /// all that count; `None` where nothing is known
    pub denominator: Option<u64>,
}

/// A set of indicators of a period, as reported. Never changed: later knowledge makes another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// which one
    pub id: Id<Figure>,
    /// always 1
    pub version: u32,
    /// of these hospitals; empty means all
    pub hospitals: Vec<Id<Hospital>>,
    /// which set of definitions, for example `seeds-2022`
    pub pack: String,
    /// its edition
    pub edition: u32,
    /// SHA-256 of the definitions' text
    pub definitions: Digest,
    /// first day
    pub from: Date,
    /// last day
    pub to: Date,
    /// the day of the question: survival counts those treated long enough before it
    pub on: Date,
    /// the figures
    pub values: Vec<Value>,
    /// who reported them
    pub by: Id<Account>,
    /// when
    pub at: Timestamp,
}
