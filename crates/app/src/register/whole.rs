//! Cases with all that belongs to them.

use std::collections::HashSet;

use records::facts::{CaseFile, Facts};
use records::store::{CaseOrder, CaseQuery, CaseRow, Page, RecordQuery};
use records::{About, Case, Hospital, Id, Movement, Patient, Record, Store, StoreError};

/// Records at most that are read at once.
pub const RECORDS: u32 = 10_000;
/// Cases that are read at once.
const CASES: u32 = 200;

/// A case with all that belongs to it.
#[derive(Debug, Clone)]
pub struct Whole {
    /// the case
    pub case: Case,
    /// whose
    pub patient: Patient,
    /// the records about it that count
    pub records: Vec<Record>,
    /// movements of seeds to and from it
    pub movements: Vec<Movement>,
    /// what all of it amounts to
    pub facts: Facts,
}

/// Reads what belongs to a case.
///
/// # Errors
/// Those of the store.
pub async fn whole(store: &dyn Store, row: CaseRow) -> Result<Whole, StoreError> {
    let CaseRow { case, patient, .. } = row;
    let about = RecordQuery { about: Some(About::Case(case.id)), limit: RECORDS, ..RecordQuery::default() };
    let records = store.records(&about).await?.rows;
    let movements = store.movements_of(case.id).await?;
    let (studies, verifications) = (store.studies(case.id).await?, store.verifications(case.id).await?);
    let file = CaseFile {
        case: &case,
        records: &records,
        studies: &studies,
        verifications: &verifications,
        movements: &movements,
    };
    let facts = Facts::of(file);
    Ok(Whole { case, patient, records, movements, facts })
}

/// All cases of some hospitals (none named: of all), by number, page by page; withdrawn ones too.
pub struct Cases {
    hospitals: Vec<Id<Hospital>>,
    offset: u64,
    seen: HashSet<Id<Case>>,
}

impl Cases {
    /// From the first on.
    pub fn of(hospitals: &[Id<Hospital>]) -> Self {
        Self { hospitals: hospitals.to_vec(), offset: 0, seen: HashSet::new() }
    }

    /// The next of them; empty after the last. A case that is opened meanwhile may come or not, but none comes twice.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn next(&mut self, store: &dyn Store) -> Result<Vec<CaseRow>, StoreError> {
        loop {
            let query = CaseQuery {
                hospitals: self.hospitals.clone(),
                withdrawn: true,
                order: CaseOrder::Number,
                offset: self.offset,
                limit: CASES,
                ..CaseQuery::default()
            };
            let Page { rows, .. } = store.cases(&query).await?;
            if rows.is_empty() {
                return Ok(rows);
            }
            self.offset += rows.len() as u64;
            let new: Vec<CaseRow> = rows.into_iter().filter(|row| self.seen.insert(row.case.id)).collect();
            if !new.is_empty() {
                return Ok(new);
            }
        }
    }
}
