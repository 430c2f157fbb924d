//! One line of the ledger of seeds: which seeds went from where to where.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Lot, SeedSet};
use crate::{Account, Case, Id, Record};

/// Where a seed is. Each is an account of the double-entry ledger of its lot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum Place {
    /// ordered, still with the supplier: where every seed begins
    Ordered,
    /// never came: the order was cut
    Cancelled,
    /// received, not yet released for use
    Received,
    /// taken for assay or leak test
    Assay,
    /// in a named safe
    Stored(String),
    /// set aside: failed a test, leaking, or doubtful
    Quarantine,
    /// handed out for a case
    Issued(Id<Case>),
    /// in the patient
    Implanted(Id<Case>),
    /// back with the supplier or another licensed holder
    Returned,
    /// decayed or handed over as waste
    Disposed,
    /// missing
    Lost,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// a delivery came in
    Receive,
    /// part of the order will not come
    Cancel,
    /// taken for measurement
    Assay,
    /// put into a safe, from receipt, measurement, another safe, quarantine or a case that did not need them
    Store,
    /// set aside
    Quarantine,
    /// handed out for a case
    Issue,
    /// implanted
    Implant,
    /// came out of the patient again (expelled, removed)
    Recover,
    /// sent back
    Return,
    /// decayed or handed over as waste
    Dispose,
    /// found missing
    Lose,
    /// a missing seed was found
    Find,
}

/// One line of the ledger of seeds; never changed. A mistake is put right by another line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// which one
    pub id: Id<Movement>,
    /// always 1
    pub version: u32,
    /// seeds of which lot
    pub lot: Id<Lot>,
    /// place among the lot's movements, from 1
    pub number: u32,
    /// when it happened
    pub at: Timestamp,
    /// what was done
    pub step: Step,
    /// which seeds
    pub seeds: SeedSet,
    /// from where
    pub from: Place,
    /// to where
    pub to: Place,
    /// what shows it: a certificate, an assay, a transfer note
    pub evidence: Option<Id<Record>>,
    /// who entered it
    pub by: Id<Account>,
    /// anything else worth knowing
    pub note: String,
}

impl Movement {
    /// The case it concerns.
    pub fn case(&self) -> Option<Id<Case>> {
        [&self.to, &self.from].into_iter().find_map(|place| match place {
            Place::Issued(case) | Place::Implanted(case) => Some(*case),
            _ => None,
        })
    }
}
