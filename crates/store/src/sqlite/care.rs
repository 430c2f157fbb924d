//! Looking after a database: which files its items name, whether its pages are sound, whether what is derived is what it should be.

use records::{Digest, Item, Kind, StoreError};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::identity::Identity;
use super::rows::{failed, parse_item, table};
use super::worklist;

/// Items read at a time.
const PAGE: i64 = 2000;

/// A file that an item names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// its content
    pub content: Digest,
    /// its size
    pub bytes: u64,
    /// the kind of the item, or `upload`
    pub kind: &'static str,
    /// which item
    pub id: String,
}

/// A derived table that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// which table
    pub table: &'static str,
    /// rows that should be there and are not
    pub missing: u64,
    /// rows that are there and should not
    pub extra: u64,
}

pub(super) async fn contents(connection: &mut SqliteConnection) -> Result<Vec<Named>, StoreError> {
    let mut found = Vec::new();
    for kind in [Kind::Study, Kind::Document, Kind::Verification, Kind::Record] {
        let mut after = String::new();
        // most records have no papers: only those with some are read
        let with_papers = if kind == Kind::Record { " AND body ->> '$.files' <> '[]'" } else { "" };
        let sql = format!("SELECT id, body FROM {} WHERE id > ?{with_papers} ORDER BY id LIMIT {PAGE}", table(kind));
        loop {
            let page = sqlx::query_as::<_, (String, String)>(AssertSqlSafe(sql.clone())).bind(&after);
            let page = page.fetch_all(&mut *connection).await.map_err(failed)?;
            let Some((last, _)) = page.last() else { break };
            after.clone_from(last);
            for (id, body) in page {
                let item: Item = parse_item(kind, &id, &body)?;
                let named = |(content, bytes)| Named { content, bytes, kind: kind.name(), id: id.clone() };
                found.extend(item.contents().into_iter().map(named));
            }
        }
    }
    let uploads: Vec<(String, Vec<u8>, i64)> = sqlx::query_as("SELECT upload, content, bytes FROM upload_files")
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    for (id, content, bytes) in uploads {
        let content = content.try_into().map_err(|_| StoreError::Failed("a digest is cut short".to_owned()))?;
        found.push(Named { content: Digest::from_bytes(content), bytes: bytes as u64, kind: "upload", id });
    }
    found.sort();
    Ok(found)
}

pub(super) async fn integrity(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let mut wrong: Vec<String> =
        sqlx::query_scalar("PRAGMA integrity_check(20)").fetch_all(&mut *connection).await.map_err(failed)?;
    wrong.retain(|line| line != "ok");
    let strays: Vec<(String, Option<i64>, String, i64)> =
        sqlx::query_as("PRAGMA foreign_key_check").fetch_all(connection).await.map_err(failed)?;
    let strays = strays.into_iter().take(20);
    wrong.extend(strays.map(|(from, row, to, _)| {
        format!("row {} of {from} refers to a row of {to} that is not there", row.unwrap_or_default())
    }));
    Ok(wrong)
}

/// Derived tables, with the columns that say something: a place in the list is a number that means nothing by itself.
const DERIVED: [(&str, &str); 6] = [
    ("worklist", "case_id, hospital, withdrawn, stage, due, opened, number"),
    ("worklist_tally", "withdrawn, stage, due, hospital, cases"),
    (
        "facts",
        "case_id, patient, hospital, operator, treated, discharged, died, due, lived_months, bits, lesions_planned, lesions_done, seeds",
    ),
    ("record_hospitals", "place, hospital, form, about_kind, withdrawn, day"),
    ("seed_places", "lot, place, of, seeds"),
    ("case_lots", "case_id, lot"),
];

/// The grams of the search: how often each stands in how many cases.
const SEARCH: (&str, &str) = ("search_grams", "term, col, doc, cnt");

/// The caller gives the transaction up.
pub(super) async fn stale(connection: &mut SqliteConnection, identity: &Identity) -> Result<Vec<Stale>, StoreError> {
    let run = async |connection: &mut SqliteConnection, sql: String| {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map_err(failed).map(drop)
    };
    run(connection, "CREATE VIRTUAL TABLE temp.search_grams USING fts5vocab('main', 'case_search', 'col')".to_owned())
        .await?;
    for (table, columns) in DERIVED.into_iter().chain([SEARCH]) {
        run(connection, format!("CREATE TEMP TABLE before_{table} AS SELECT {columns} FROM {table}")).await?;
    }
    worklist::rebuild(connection, identity).await?;
    let mut found = Vec::new();
    for (table, columns) in DERIVED.into_iter().chain([SEARCH]) {
        let (now, before) =
            (format!("SELECT {columns} FROM {table}"), format!("SELECT {columns} FROM temp.before_{table}"));
        let rows = async |connection: &mut SqliteConnection, one: &str, other: &str| {
            let sql = format!("SELECT count(*) FROM ({one} EXCEPT {other})");
            let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.map_err(failed)?;
            Ok::<_, StoreError>(count as u64)
        };
        let (missing, extra) = (rows(connection, &now, &before).await?, rows(connection, &before, &now).await?);
        if missing + extra > 0 {
            found.push(Stale { table: if table == SEARCH.0 { "case_search" } else { table }, missing, extra });
        }
    }
    Ok(found)
}
