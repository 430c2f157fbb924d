//! A case as a FHIR bundle.

use exchange::fhir::{CaseInput, Identity, Purpose, bundle};
use jiff::Timestamp;
use records::store::CaseRow;
use records::{Hospital, Person, Store};
use serde_json::Value;

use super::trouble::Trouble;
use super::whole::whole;

/// Makes the bundle of a case.
///
/// # Errors
/// Those of the store.
pub async fn of_case(
    store: &dyn Store,
    row: CaseRow,
    identity: Identity<'_>,
    purpose: Purpose,
    made: Timestamp,
) -> Result<Value, Trouble> {
    let one = whole(store, row).await?;
    let hospital: Option<Hospital> = match one.case.hospital {
        Some(id) => store.hospitals().await?.into_iter().find(|hospital| hospital.id == id),
        None => None,
    };
    // a record may name somebody of another hospital: a visiting physician
    let people: Vec<Person> = store.people(&[]).await?;
    let mut lots = Vec::new();
    for movement in &one.movements {
        if lots.iter().all(|lot: &records::Lot| lot.id != movement.lot)
            && let Some(found) = store.lot(movement.lot).await?
        {
            lots.push(found.lot);
        }
    }
    let input = CaseInput {
        case: &one.case,
        patient: &one.patient,
        hospital: hospital.as_ref(),
        records: &one.records,
        facts: &one.facts,
        people: &people,
        lots: &lots,
        movements: &one.movements,
    };
    bundle(&input, identity, purpose, made).map_err(Trouble::failed)
}
