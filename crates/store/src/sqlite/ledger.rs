//! The ledger, and items beside what it says of them.

use records::ledger::{Entry, Head};
use records::store::{EntryQuery, Held};
use records::{Digest, Kind, StoreError};
use sqlx::{AssertSqlSafe, QueryBuilder, SqliteConnection};

use super::identity::Identity;
use super::rows::{digest, failed, table};

/// Entries at most in one answer.
const MOST: u32 = 10_000;

type EntryRow = (String, Vec<u8>, Vec<u8>);

fn entry((text, previous, hash): EntryRow) -> Result<Entry, StoreError> {
    let digest = |bytes: Vec<u8>| {
        let bytes =
            bytes.try_into().map_err(|_| StoreError::Failed("a digest of the ledger is cut short".to_owned()))?;
        Ok::<_, StoreError>(Digest::from_bytes(bytes))
    };
    Ok(Entry { previous: digest(previous)?, hash: digest(hash)?, text })
}

pub(super) async fn entries(connection: &mut SqliteConnection, query: &EntryQuery) -> Result<Vec<Entry>, StoreError> {
    let mut sql = QueryBuilder::new("SELECT text, previous, hash FROM ledger WHERE true");
    if let Some(case) = query.case {
        sql.push(" AND case_id = ").push_bind(case.to_string());
    }
    if let Some(subject) = &query.subject {
        sql.push(" AND subject = ").push_bind(subject.clone());
    }
    if let Some(before) = query.before {
        sql.push(" AND seq < ").push_bind(i64::try_from(before).unwrap_or(i64::MAX));
    }
    sql.push(" ORDER BY seq DESC LIMIT ").push_bind(query.limit.min(MOST));
    let rows: Vec<EntryRow> = sql.build_query_as().fetch_all(connection).await.map_err(failed)?;
    rows.into_iter().map(entry).collect()
}

pub(super) async fn entries_from(
    connection: &mut SqliteConnection,
    seq: u64,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<EntryRow> =
        sqlx::query_as("SELECT text, previous, hash FROM ledger WHERE seq >= ? ORDER BY seq LIMIT ?")
            .bind(i64::try_from(seq).unwrap_or(i64::MAX))
            .bind(limit.min(MOST))
            .fetch_all(connection)
            .await
            .map_err(failed)?;
    rows.into_iter().map(entry).collect()
}

pub(super) async fn head(connection: &mut SqliteConnection) -> Result<Head, StoreError> {
    let last: Option<(i64, Vec<u8>)> = sqlx::query_as("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1")
        .fetch_optional(connection)
        .await
        .map_err(failed)?;
    let Some((seq, hash)) = last else { return Ok(Head::EMPTY) };
    let hash = hash.try_into().map_err(|_| StoreError::Failed("a digest of the ledger is cut short".to_owned()))?;
    Ok(Head { seq: seq as u64, hash: Digest::from_bytes(hash) })
}

/// Writes the entry after `head`; gives the new head.
pub(super) async fn append(connection: &mut SqliteConnection, head: Head, entry: &Entry) -> Result<Head, StoreError> {
    let seq = head.seq + 1;
    sqlx::query("INSERT INTO ledger (seq, text, previous, hash) VALUES (?, ?, ?, ?)")
        .bind(seq as i64)
        .bind(&entry.text)
        .bind(entry.previous.as_bytes().as_slice())
        .bind(entry.hash.as_bytes().as_slice())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(Head { seq, hash: entry.hash })
}

/// The digest that the last entry with one about an item names.
pub(super) async fn told(
    connection: &mut SqliteConnection,
    kind: Kind,
    id: &str,
) -> Result<Option<Digest>, StoreError> {
    let digest: Option<String> = sqlx::query_scalar(
        "SELECT digest FROM ledger WHERE subject = ? AND kind = ? AND digest IS NOT NULL ORDER BY seq DESC LIMIT 1",
    )
    .bind(id)
    .bind(kind.name())
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    Ok(digest.and_then(|digest| digest.parse().ok()))
}

type HeldRow = (String, String, Option<String>, Option<i64>);

pub(super) async fn held(
    connection: &mut SqliteConnection,
    identity: &Identity,
    after: Option<(Kind, String)>,
    limit: u32,
) -> Result<Vec<Held>, StoreError> {
    let (first, mut id) = after.unwrap_or((Kind::Account, String::new()));
    let mut found: Vec<Held> = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| *kind >= first) {
        let left = i64::from(limit.min(MOST)) - found.len() as i64;
        // one statement, so that item and ledger are of the same moment
        let sql = format!(
            "SELECT id, body,
             (SELECT digest FROM ledger WHERE subject = item.id AND kind = ? AND digest IS NOT NULL
              ORDER BY seq DESC LIMIT 1),
             (SELECT min(seq) FROM ledger WHERE subject = item.id AND kind = ?)
             FROM {} AS item WHERE id > ? ORDER BY id LIMIT ?",
            table(kind)
        );
        let rows: Vec<HeldRow> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(kind.name())
            .bind(kind.name())
            .bind(std::mem::take(&mut id))
            .bind(left)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed)?;
        found.extend(rows.into_iter().map(|(id, body, told, since)| Held {
            kind,
            found: digest(identity, kind, &id, &body),
            id,
            told: told.and_then(|digest| digest.parse().ok()),
            since: since.map(|seq| seq as u64),
        }));
        if found.len() as i64 >= i64::from(limit.min(MOST)) {
            break;
        }
    }
    Ok(found)
}
