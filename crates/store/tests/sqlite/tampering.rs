//! What was altered in the file outside the program shows.

use std::path::Path;

use dosewright_store::SqliteStore;
use records::ledger::{Break, Head};
use records::*;
use sqlx::{AssertSqlSafe, ConnectOptions};

use crate::suite::made::*;

/// Alters a store of a few records with SQL, triggers out of the way, and gives what the check says of it.
async fn after(alter: impl FnOnce(&Made) -> String) -> Result<(), Break> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite");
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    let by = people(&store).await.physicist;
    let (case, study, verification) = made_verification(&store, &by, "2026-0001").await;
    let edited = Case { version: 2, notes: "145 Gy".into(), ..case.clone() };
    let change = Change::Replace { before: Item::Case(case), after: Item::Case(edited.clone()) };
    store.commit(commit(Some(by.id), vec![change])).await.unwrap();
    let made = Made { case: edited, study, verification, by, head: store.head().await.unwrap() };
    store.close().await;
    sql(&path, &alter(&made)).await.unwrap();
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    match audit::check(&store, Some(made.head)).await {
        Ok(_) => Ok(()),
        Err(StoreError::Broken(why)) => Err(why),
        Err(other) => panic!("{other}"),
    }
}

struct Made {
    case: Case,
    study: StoredStudy,
    verification: Verification,
    by: Account,
    head: Head,
}

/// Runs SQL as somebody with the file and any SQLite program would.
async fn sql(path: &Path, text: &str) -> Result<(), sqlx::Error> {
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(path).foreign_keys(false).connect().await?;
    sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(&mut connection).await?;
    sqlx::Connection::close(connection).await
}

const FREE: &str = "DROP TRIGGER ledger_no_update; DROP TRIGGER ledger_no_delete; DROP TRIGGER ledger_at_end;
    DROP TRIGGER cases_stay; DROP TRIGGER studies_stay; PRAGMA ignore_check_constraints = ON;";

fn item(kind: &str, id: String) -> Result<(), Break> {
    Err(Break::Item { kind: kind.into(), id })
}

#[tokio::test]
async fn nothing_altered_is_sound() {
    assert_eq!(after(|_| "SELECT 1".into()).await, Ok(()));
}

#[tokio::test]
async fn an_altered_body_shows() {
    let mut id = String::new();
    let found = after(|made| {
        id = made.case.id.to_string();
        format!("UPDATE cases SET body = replace(body, '145 Gy', '154 Gy') WHERE id = '{id}'")
    });
    assert_eq!(found.await, item("case", id));
    // put back to an earlier version, which was sound once
    let mut id = String::new();
    let found = after(|made| {
        id = made.case.id.to_string();
        let earlier = Item::Case(Case { version: 1, notes: String::new(), ..made.case.clone() }).body();
        format!("UPDATE cases SET body = '{earlier}' WHERE id = '{id}'")
    });
    assert_eq!(found.await, item("case", id));
    let mut id = String::new();
    let found = after(|made| {
        id = made.by.id.to_string();
        format!("UPDATE accounts SET body = replace(body, 'physicist', 'physician') WHERE id = '{id}'")
    });
    assert_eq!(found.await, item("account", id));
    // identity is sealed, though the ledger does not hold it
    let found = after(|_| "UPDATE patients SET body = replace(body, '0a', '0b')".into()).await;
    assert!(matches!(found, Err(Break::Item { kind, .. }) if kind == "patient"));
    let found = after(|_| {
        "UPDATE patients SET body = '{\"id\":' || json_quote(id) || ',\"version\":1,\"number\":\"\"}'".into()
    });
    assert!(matches!(found.await, Err(Break::Item { kind, .. }) if kind == "patient"));
}

#[tokio::test]
async fn a_dropped_or_smuggled_row_shows() {
    let mut id = String::new();
    let found = after(|made| {
        id = made.study.id.to_string();
        format!("{FREE} DELETE FROM studies WHERE id = '{id}'")
    });
    assert_eq!(found.await, Err(Break::Gone { kind: "study".into(), id }));
    // also where another takes its place
    let mut id = String::new();
    let found = after(|made| {
        let other = StoredStudy { id: crate::suite::made::id(), ..made.study.clone() };
        id = other.id.to_string();
        let body = Item::Study(other).body();
        format!("{FREE} DELETE FROM studies; INSERT INTO studies (id, body) VALUES ('{id}', '{body}')")
    });
    assert_eq!(found.await, item("study", id));
    let mut id = String::new();
    let found = after(|made| {
        let other = Verification { id: crate::suite::made::id(), number: 2, ..made.verification.clone() };
        id = other.id.to_string();
        format!("INSERT INTO verifications (id, body) VALUES ('{id}', '{}')", Item::Verification(other).body())
    });
    assert_eq!(found.await, item("verification", id));
}

#[tokio::test]
async fn an_altered_ledger_shows() {
    let altered = |what: &'static str| after(move |_| format!("{FREE} {what}"));
    let text = "UPDATE ledger SET text = replace(text, '因为需要', '另有原因') WHERE seq = 4";
    assert_eq!(altered(text).await, Err(Break::Hash { seq: 4 }));
    // even with its own hash made right; then the next does not follow
    let found = after(|_| {
        let hash = Digest::of(b"anything");
        format!("{FREE} UPDATE ledger SET hash = x'{hash}' WHERE seq = 4")
    });
    assert_eq!(found.await, Err(Break::Hash { seq: 4 }));
    assert_eq!(altered("DELETE FROM ledger WHERE seq = 4").await, Err(Break::Gap { after: 3, found: 5 }));
    assert_eq!(altered("DELETE FROM ledger WHERE seq = 1").await, Err(Break::Gap { after: 0, found: 2 }));
    assert_eq!(altered("DELETE FROM ledger WHERE seq = 7").await, Err(Break::Cut { found: 6, expected: 7 }));
    assert_eq!(altered("DELETE FROM ledger").await, Err(Break::Cut { found: 0, expected: 7 }));
    let cut = "UPDATE ledger SET hash = zeroblob(32) WHERE seq = 7";
    assert_eq!(altered(cut).await, Err(Break::Hash { seq: 7 }));
}

#[tokio::test]
async fn the_last_entry_rewritten_whole_shows_by_the_known_head() {
    let found = after(|made| {
        // an entry that is sound in itself, in the place of the last
        let told = Change::Event {
            kind: Kind::Case,
            subject: made.case.id.to_string(),
            case: Some(made.case.id),
            what: "fetched".into(),
            detail: serde_json::Value::Null,
        };
        let entry = ledger::Entry::after(Head { seq: 6, hash: Digest::ZERO }, at(0), None, "", told.told());
        format!(
            "{FREE} UPDATE ledger SET text = '{}', hash = x'{}', previous = (SELECT hash FROM ledger WHERE seq = 6)
             WHERE seq = 7",
            entry.text, entry.hash
        )
    });
    // its hash rests on another predecessor; one that knew the right one is found by the head that was printed
    assert_eq!(found.await, Err(Break::Hash { seq: 7 }));
}

#[tokio::test]
async fn an_altered_item_is_not_made_sound_by_an_edit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite");
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    let by = people(&store).await.physicist;
    let (case, _) = made_case(&store, &by, "1", "王芳").await;
    sql(&path, "UPDATE cases SET body = replace(body, 'prostate', 'lung')").await.unwrap();
    let before = store.case(case.id).await.unwrap().unwrap().case;
    assert_eq!(before.site, "lung");
    let after = Case { version: 2, notes: "随访".into(), ..before.clone() };
    let change = Change::Replace { before: Item::Case(before), after: Item::Case(after) };
    let refused = store.commit(commit(Some(by.id), vec![change])).await.unwrap_err();
    let broken = Break::Item { kind: "case".into(), id: case.id.to_string() };
    assert_eq!(refused, StoreError::Broken(broken));
}

#[tokio::test]
async fn the_database_itself_refuses_to_rewrite_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite");
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    let by = people(&store).await.physicist;
    made_case(&store, &by, "1", "王芳").await;
    for text in [
        "UPDATE ledger SET text = '{}'",
        "DELETE FROM ledger",
        "DELETE FROM ledger WHERE seq = 4",
        "INSERT OR REPLACE INTO ledger (seq, text, previous, hash) SELECT seq, text, previous, hash FROM ledger WHERE seq = 2",
        "INSERT INTO ledger (seq, text, previous, hash) SELECT 9, json_set(text, '$.seq', 9), hash, hash FROM ledger LIMIT 1",
        "DELETE FROM cases",
        "DELETE FROM patients",
        "DELETE FROM accounts",
        "UPDATE cases SET id = 'another'",
    ] {
        let refused = sql(&path, text).await;
        assert!(refused.is_err(), "{text}");
    }
    assert_eq!(audit::check(&store, None).await.unwrap().head.seq, 4);
}
