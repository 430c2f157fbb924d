//! From rows to items, and from the database's errors to ours.

use records::ledger::Break;
use records::{Digest, Hospital, Id, Item, Kind, Patient, StoreError};
use serde::de::DeserializeOwned;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::identity::Identity;

/// The table of a kind.
pub(super) fn table(kind: Kind) -> &'static str {
    match kind {
        Kind::Account => "accounts",
        Kind::Patient => "patients",
        Kind::Case => "cases",
        Kind::Study => "studies",
        Kind::Document => "documents",
        Kind::Verification => "verifications",
        Kind::Signature => "signatures",
        Kind::Hospital => "hospitals",
        Kind::Person => "people",
        Kind::Record => "records",
        Kind::Lot => "lots",
        Kind::Movement => "movements",
        Kind::Figure => "figures",
    }
}

/// What the database said went wrong, for people.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn failed(error: sqlx::Error) -> StoreError {
    StoreError::Failed(error.to_string())
}

/// The item that a body holds.
pub(super) fn parse<T: DeserializeOwned>(kind: Kind, id: &str, body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|_| Break::Item { kind: kind.name().to_owned(), id: id.to_owned() }.into())
}

/// The item of a kind that a body holds.
pub(super) fn parse_item(kind: Kind, id: &str, body: &str) -> Result<Item, StoreError> {
    Item::parse(kind, body).map_err(|_| Break::Item { kind: kind.name().to_owned(), id: id.to_owned() }.into())
}

/// The one item of a kind whose `column` has a value. Column names are ours, never a caller's.
pub(super) async fn one<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    kind: Kind,
    column: &'static str,
    value: &str,
) -> Result<Option<T>, StoreError> {
    Ok(many(connection, kind, column, value).await?.pop())
}

/// All items of a kind whose `column` has a value.
pub(super) async fn many<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    kind: Kind,
    column: &'static str,
    value: &str,
) -> Result<Vec<T>, StoreError> {
    let sql = format!("SELECT id, body FROM {} WHERE {column} = ?", table(kind));
    let rows: Vec<(String, String)> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(value).fetch_all(connection).await.map_err(failed)?;
    rows.iter().map(|(id, body)| parse(kind, id, body)).collect()
}

/// The patient whose `column` has a value.
pub(super) async fn patient(
    connection: &mut SqliteConnection,
    identity: &Identity,
    column: &'static str,
    value: &str,
) -> Result<Option<Patient>, StoreError> {
    let sql = format!("SELECT id, body FROM patients WHERE {column} = ?");
    let row: Option<(String, String)> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(value).fetch_optional(connection).await.map_err(failed)?;
    row.map(|(id, body)| identity.open(&id, &body)).transpose()
}

/// The patient of a number among those whom a hospital has cases of; without one, among those of cases without one, or of none.
pub(super) async fn patient_by_number(
    connection: &mut SqliteConnection,
    identity: &Identity,
    number: &str,
    hospital: Option<Id<Hospital>>,
) -> Result<Option<Patient>, StoreError> {
    let row: Option<(String, String)> = sqlx::query_as(
        "SELECT patients.id, patients.body FROM patients LEFT JOIN cases ON cases.patient = patients.id
         WHERE patients.number = ? AND patients.number <> '' AND cases.body ->> '$.hospital' IS ? LIMIT 1",
    )
    .bind(identity.blind(number))
    .bind(hospital.map(|id| id.to_string()))
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    row.map(|(id, body)| identity.open(&id, &body)).transpose()
}

/// What is kept of an item.
pub(super) fn body(identity: &Identity, item: &Item) -> Result<String, StoreError> {
    match item {
        Item::Patient(patient) => identity.seal(patient),
        other => Ok(other.body()),
    }
}

/// The digest of a kept body, as the ledger should name it; `None` when it cannot be read.
pub(super) fn digest(identity: &Identity, kind: Kind, id: &str, body: &str) -> Option<Digest> {
    if kind == Kind::Patient { identity.digest(id, body) } else { Some(Digest::of(body.as_bytes())) }
}

/// A moment in microseconds since 1970, to compare and sort by.
pub(super) fn micros(moment: jiff::Timestamp) -> i64 {
    moment.as_microsecond()
}
