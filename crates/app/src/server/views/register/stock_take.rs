//! The stock take of a safe: what should be there, and what was scanned there.

use records::sources::code::CodeError;
use records::sources::stock::{Holding, StockTake};
use records::sources::{Place, Sentence};
use records::{Hospital, Id};
use serde::Serialize;
use utoipa::ToSchema;

use crate::server::views::norms::Both;

/// A safe with seeds by the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct Safe {
    /// its name
    pub name: String,
    /// how many seeds
    pub seeds: u64,
}

/// Seeds of a lot that should be in a safe.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExpectedLot {
    lot: String,
    number: String,
    manufacturer: String,
    model: String,
    /// how many
    count: u32,
    /// which, `1-20,35`
    seeds: String,
}

/// What should be in a safe now, by the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockExpected {
    hospital: String,
    /// empty where none is chosen yet
    safe: String,
    /// those to choose from
    safes: Vec<Safe>,
    lots: Vec<ExpectedLot>,
    /// seeds in it
    expected: u64,
}

impl StockExpected {
    /// Of a safe's lots; those without seeds in it are left out.
    pub fn new(hospital: Id<Hospital>, safe: &str, safes: Vec<Safe>, holdings: &[Holding<'_>]) -> Self {
        let place = Place::Stored(safe.to_owned());
        let here = holdings.iter().filter(|holding| !holding.balance.at(&place).is_empty());
        let lots: Vec<ExpectedLot> = here
            .map(|Holding { lot, balance }| ExpectedLot {
                lot: lot.id.to_string(),
                number: lot.number.clone(),
                manufacturer: lot.manufacturer.clone(),
                model: lot.model.clone(),
                count: balance.at(&place).len(),
                seeds: balance.at(&place).to_string(),
            })
            .collect();
        let expected = lots.iter().map(|lot| u64::from(lot.count)).sum();
        Self { hospital: hospital.to_string(), safe: safe.to_owned(), safes, lots, expected }
    }
}

/// A lot in a stock take.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountedLot {
    lot: String,
    number: String,
    manufacturer: String,
    model: String,
    /// how many the ledger has in the safe
    expected: u32,
    /// which those are, `1-20,35`
    expected_seeds: String,
    /// how many were counted
    counted: u32,
    /// which of them by their numbers
    counted_seeds: String,
    /// how many of them without numbers
    unnumbered: u32,
    /// which are missing; empty where some were counted without numbers
    missing: String,
    /// which are here and elsewhere by the ledger
    extra: String,
    /// counted less expected
    difference: i64,
    /// each difference and what to do about it
    findings: Vec<Both>,
}

/// A line that is no code.
#[derive(Debug, Serialize, ToSchema)]
pub struct Unreadable {
    /// its number, from 1
    line: usize,
    /// what is wrong with it
    says: Both,
}

/// What was counted in a safe against the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockCounted {
    hospital: String,
    safe: String,
    /// every lot that should be there or was scanned
    lots: Vec<CountedLot>,
    /// codes that belong to no lot
    unknown: Vec<Both>,
    unreadable: Vec<Unreadable>,
    /// seeds in the safe by the ledger; what saving gives back
    pub expected: u64,
    /// seeds counted
    counted: u64,
    /// counted less expected
    pub difference: i64,
    /// everything was there and nothing else
    pub agrees: bool,
}

fn both(said: &Sentence) -> Both {
    Both { zh: said.zh.clone(), en: said.en.clone() }
}

impl StockCounted {
    /// Of a stock take.
    pub fn new(
        hospital: Id<Hospital>,
        take: &StockTake,
        holdings: &[Holding<'_>],
        unreadable: &[(usize, CodeError)],
    ) -> Self {
        let lots: Vec<CountedLot> = take
            .lots
            .iter()
            .map(|line| {
                let lot = holdings.iter().map(|holding| holding.lot).find(|lot| lot.id == line.lot);
                CountedLot {
                    lot: line.lot.to_string(),
                    number: line.number.clone(),
                    manufacturer: lot.map(|lot| lot.manufacturer.clone()).unwrap_or_default(),
                    model: lot.map(|lot| lot.model.clone()).unwrap_or_default(),
                    expected: line.expected.len(),
                    expected_seeds: line.expected.to_string(),
                    counted: line.counted(),
                    counted_seeds: line.named.to_string(),
                    unnumbered: line.unnamed,
                    missing: line.missing.to_string(),
                    extra: line.extra.to_string(),
                    difference: line.difference,
                    findings: line.findings.iter().map(both).collect(),
                }
            })
            .collect();
        Self {
            hospital: hospital.to_string(),
            safe: take.safe.clone(),
            expected: lots.iter().map(|lot| u64::from(lot.expected)).sum(),
            counted: lots.iter().map(|lot| u64::from(lot.counted)).sum(),
            difference: lots.iter().map(|lot| lot.difference).sum(),
            lots,
            unknown: take.unknown.iter().map(both).collect(),
            unreadable: unreadable
                .iter()
                .map(|(line, error)| Unreadable { line: *line, says: both(&error.sentence()) })
                .collect(),
            agrees: take.agrees() && unreadable.is_empty(),
        }
    }
}
