//! What needs the connections themselves.

use jiff::Timestamp;
use records::{Change, Commit, Kind, Store, StoreError, audit};
use serde_json::json;
use sqlx::AssertSqlSafe;

use super::SqliteStore;
use crate::keys::{Key, Keys};

fn keys() -> Keys {
    Keys::new(Key::new("k1", [7; 32]).unwrap())
}

fn note(letters: usize) -> Commit {
    let note = Change::Event {
        kind: Kind::Account,
        subject: "somebody".into(),
        case: None,
        what: "note".into(),
        detail: json!({ "text": "x".repeat(letters) }),
    };
    Commit { who: None, at: Timestamp::UNIX_EPOCH, why: String::new(), changes: vec![note], work: vec![] }
}

async fn limit_pages(store: &SqliteStore, pages: u32) {
    let limit = AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::raw_sql(limit).execute(&store.connections.writer).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("records.sqlite"), keys()).await.unwrap();
    limit_pages(&store, 120).await;
    let mut written = 0;
    let full = loop {
        match store.commit(note(5000)).await {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 1000);
    };
    assert!(written > 10 && matches!(&full, StoreError::Failed(why) if why.contains("full")), "{written} {full}");
    assert_eq!(store.head().await.unwrap().seq, written);
    limit_pages(&store, 1_000_000).await;
    store.commit(note(5000)).await.unwrap();
    assert_eq!(audit::check(&store, None).await.unwrap().head.seq, written + 1);
}

#[tokio::test]
async fn a_connection_that_lost_count_of_its_transactions_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("records.sqlite"), keys()).await.unwrap();
    store.commit(note(1)).await.unwrap();
    {
        // as SQLite does by itself on some failures of the disk
        let mut transaction = store.write().await.unwrap();
        sqlx::raw_sql("ROLLBACK").execute(&mut *transaction).await.unwrap();
    }
    store.commit(note(1)).await.unwrap();
    assert_eq!(audit::check(&store, None).await.unwrap().head.seq, 2);
}

#[tokio::test]
async fn the_writer_waits_for_the_disk_and_readers_do_not_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("records.sqlite"), keys()).await.unwrap();
    let ask = async |pool: &sqlx::SqlitePool, what: &'static str| {
        sqlx::query_scalar::<_, i64>(what).fetch_one(pool).await.unwrap()
    };
    assert_eq!(ask(&store.connections.writer, "PRAGMA synchronous").await, 2, "FULL");
    assert_eq!(ask(&store.connections.writer, "PRAGMA foreign_keys").await, 1);
    assert_eq!(ask(&store.connections.readers, "PRAGMA query_only").await, 1);
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&store.connections.writer).await.unwrap();
    assert_eq!(mode, "wal");
}

/// Lists must not walk through all cases: every order has an index that gives it.
#[tokio::test]
async fn every_order_of_the_list_comes_from_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("records.sqlite"), keys()).await.unwrap();
    for (column, order) in [("due, ", "due, "), ("", ""), ("number, ", "number, ")] {
        let part =
            |stage| format!("SELECT place, {column}opened FROM worklist WHERE withdrawn = 0 AND stage = '{stage}'");
        let sql = format!(
            "EXPLAIN QUERY PLAN {} UNION ALL {} ORDER BY {order}opened DESC, place DESC LIMIT 50",
            part("planned"),
            part("signed")
        );
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&store.connections.readers).await.unwrap();
        let plan: Vec<String> = plan.into_iter().map(|step| step.3).collect();
        assert!(plan.iter().all(|step| !step.contains("SCAN") && !step.contains("TEMP B-TREE")), "{plan:#?}");
    }
}
