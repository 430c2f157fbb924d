//! Lots of seeds and their movements.

use jiff::Timestamp;
use records::sources::{Balance, Movement, Place};
use records::store::LotRow;
use records::{Case, Id};
use serde::Serialize;
use utoipa::ToSchema;

use super::Said;
use crate::server::views::{Named, Names};

/// Seeds in one place.
#[derive(Debug, Serialize, ToSchema)]
pub struct Held {
    /// `ordered`, `cancelled`, `received`, `assay`, `stored`, `quarantine`, `issued`, `implanted`, `returned`, `disposed`, `lost`
    kind: String,
    /// name of the safe, or identifier of the case
    of: String,
    /// how many
    count: u64,
    /// which, `1-20,35`; empty in lists
    seeds: String,
}

fn of(place: &Place) -> String {
    match place {
        Place::Stored(safe) => safe.clone(),
        Place::Issued(case) | Place::Implanted(case) => case.to_string(),
        _ => String::new(),
    }
}

fn held(place: &Place, count: u64, seeds: String) -> Held {
    Held { kind: place.kind().name().to_owned(), of: of(place), count, seeds }
}

/// A lot of seeds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lot)]
pub struct LotView {
    id: String,
    version: u32,
    hospital: String,
    number: String,
    manufacturer: String,
    model: String,
    nuclide: String,
    registration: String,
    count: u32,
    /// air-kerma strength of one seed at `reference`, U
    strength_u: f64,
    /// RFC 3339
    reference: String,
    /// air-kerma strength of one seed now, U; absent for a nuclide whose half-life is not known here
    strength_now_u: Option<f64>,
    /// where its seeds are
    places: Vec<Held>,
}

impl LotView {
    /// Of a row, decayed to a moment.
    pub fn new(row: &LotRow, now: Timestamp) -> Self {
        let lot = &row.lot;
        Self {
            id: lot.id.to_string(),
            version: lot.version,
            hospital: lot.hospital.to_string(),
            number: lot.number.clone(),
            manufacturer: lot.manufacturer.clone(),
            model: lot.model.clone(),
            nuclide: lot.nuclide.clone(),
            registration: lot.registration.clone(),
            count: lot.count,
            strength_u: lot.strength_u,
            reference: lot.reference.to_string(),
            strength_now_u: strength_now(row, now),
            places: row.places.iter().map(|(place, count)| held(place, u64::from(*count), String::new())).collect(),
        }
    }
}

fn strength_now(row: &LotRow, now: Timestamp) -> Option<f64> {
    records::sources::decay::worth(&row.lot, now).ok().map(|worth| worth.strength.value())
}

/// Lots of seeds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lots {
    /// part of the list
    pub rows: Vec<LotView>,
    /// length of the whole list
    pub total: u64,
}

/// A movement of seeds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Movement)]
pub struct MovementView {
    id: String,
    lot: String,
    number: u32,
    /// RFC 3339
    at: String,
    step: String,
    seeds: String,
    count: u32,
    from: Held,
    to: Held,
    /// number of the case it concerns
    case_number: String,
    evidence: Option<String>,
    /// who entered it
    by: Named,
    note: String,
}

impl MovementView {
    /// Of a movement.
    pub fn new(movement: &Movement, names: &Names, cases: &[(Id<Case>, String)]) -> Self {
        let count = movement.seeds.len();
        let number = |case: Id<Case>| cases.iter().find(|(id, _)| *id == case).map(|(_, number)| number.clone());
        Self {
            id: movement.id.to_string(),
            lot: movement.lot.to_string(),
            number: movement.number,
            at: movement.at.to_string(),
            step: movement.step.name().to_owned(),
            seeds: movement.seeds.to_string(),
            count,
            from: held(&movement.from, u64::from(count), String::new()),
            to: held(&movement.to, u64::from(count), String::new()),
            case_number: movement.case().and_then(number).unwrap_or_default(),
            evidence: movement.evidence.map(|id| id.to_string()),
            by: names.of(movement.by),
            note: movement.note.clone(),
        }
    }
}

/// A lot with its movements.
#[derive(Debug, Serialize, ToSchema)]
pub struct LotPage {
    /// the lot
    lot: LotView,
    /// where each of its seeds is
    places: Vec<Held>,
    /// all movements, the first first
    movements: Vec<MovementView>,
    /// what the norms say of the last step without refusing it
    warnings: Vec<Said>,
}

impl LotPage {
    /// Of a lot.
    pub fn new(
        row: &LotRow,
        balance: &Balance,
        movements: &[Movement],
        names: &Names,
        cases: &[(Id<Case>, String)],
        now: Timestamp,
    ) -> Self {
        Self {
            lot: LotView::new(row, now),
            places: balance
                .places()
                .map(|(place, seeds)| held(place, u64::from(seeds.len()), seeds.to_string()))
                .collect(),
            movements: movements.iter().map(|one| MovementView::new(one, names, cases)).collect(),
            warnings: Vec::new(),
        }
    }

    /// With what the norms say of the last step.
    #[must_use]
    pub fn with_warnings(self, warnings: Vec<Said>) -> Self {
        Self { warnings, ..self }
    }
}

/// Movements of a case's seeds, and the lots they are of.
#[derive(Debug, Serialize, ToSchema)]
pub struct Movements {
    /// the first first
    pub rows: Vec<MovementView>,
    /// lots
    pub lots: Vec<LotView>,
}

/// How many seeds are where.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stock {
    /// safes each by itself, cases together
    rows: Vec<Held>,
}

impl Stock {
    /// Of what the store counts.
    pub fn new(lines: &[records::store::Stock]) -> Self {
        let held = |line: &records::store::Stock| Held {
            kind: line.place.name().to_owned(),
            of: line.safe.clone(),
            count: line.seeds,
            seeds: String::new(),
        };
        Self { rows: lines.iter().map(held).collect() }
    }
}
