//! From rows to items, and from the database's errors to ours.

use records::ledger::Break;
use records::{Kind, StoreError};
use serde::de::DeserializeOwned;
use sqlx::{AssertSqlSafe, SqliteConnection};

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

/// A moment in microseconds since 1970, to compare and sort by.
pub(super) fn micros(moment: jiff::Timestamp) -> i64 {
    moment.as_microsecond()
}
