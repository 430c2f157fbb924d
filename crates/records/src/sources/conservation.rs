//! The proof that no seed vanished: what was ordered is the sum of all places, after every movement.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::balance::{follow, in_order};
use super::{Movement, PlaceKind, SourceError};
use crate::Lot;

/// The lot after one movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// number of the movement
    pub number: u32,
    /// when it happened
    pub at: Timestamp,
    /// how many seeds are in each kind of place, by the amounts of the movements alone
    pub counts: BTreeMap<PlaceKind, i64>,
    /// whether they sum to what was ordered, none is below nought, and each is the number of seeds known by number to be there
    pub holds: bool,
}

/// A lot's conservation report.
#[derive(Debug, Clone, PartialEq)]
pub struct Conservation {
    /// how many seeds were ordered
    pub ordered: u32,
    /// after every movement, in order of moment, as far as the ledger could be followed
    pub lines: Vec<Line>,
    /// why it could not be followed further
    pub broken: Option<SourceError>,
}

impl Conservation {
    /// Whether ordered = cancelled + received + … held at every instant.
    pub fn holds(&self) -> bool {
        self.broken.is_none() && self.lines.iter().all(|line| line.holds)
    }
}

/// Adds the amounts up as an accountant does (each movement is a debit of one place and a credit of another) and compares them, after
/// every movement, with the seeds that are there by number: two ways to the same figures.
pub fn conservation(lot: &Lot, movements: &[Movement]) -> Conservation {
    let mut counts = BTreeMap::from([(PlaceKind::Ordered, i64::from(lot.count))]);
    let mut lines = Vec::new();
    let followed = in_order(lot, movements).and_then(|sorted| {
        let end = follow(lot, &sorted, |movement, balance| {
            let amount = i64::from(movement.seeds.len());
            *counts.entry(movement.from.kind()).or_default() -= amount;
            *counts.entry(movement.to.kind()).or_default() += amount;
            let mut known: BTreeMap<PlaceKind, i64> = counts.keys().map(|kind| (*kind, 0)).collect();
            for (place, seeds) in balance.places() {
                *known.entry(place.kind()).or_default() += i64::from(seeds.len());
            }
            let total = counts.values().sum::<i64>() == i64::from(lot.count);
            let holds = total && counts.values().all(|count| *count >= 0) && known == counts && balance.is_whole();
            lines.push(Line { number: movement.number, at: movement.at, counts: counts.clone(), holds });
        });
        end.map_err(|stop| *stop.error)
    });
    Conservation { ordered: lot.count, lines, broken: followed.err() }
}
