//! What a check of the file itself finds: files that items name, pages, and derived tables that are not what they should be.

use std::path::Path;

use dosewright_store::SqliteStore;
use jiff::civil::date;
use records::record::Attachment;
use records::sources::{Place, SeedSet, Step};
use records::*;
use serde_json::json;
use sqlx::ConnectOptions as _;

use crate::suite::made::*;
use crate::suite::register::movement;

/// Runs SQL from outside the program.
async fn sql(path: &Path, text: &str) {
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned())).execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
}

/// A hospital with a lot that is in use, a case with papers, and an upload in progress.
async fn filled(path: &Path) -> (SqliteStore, Case) {
    let store = SqliteStore::open(path, keys()).await.unwrap();
    let by = people(&store).await.physicist;
    let place = hospital("1");
    let (case, study, verification) = made_verification(&store, &by, "1").await;
    let there = Case { version: 2, hospital: Some(place.id), ..case.clone() };
    let done = Verification {
        version: 2,
        state: records::verification::State::Computed,
        outcome: Some(outcome(b"report")),
        ..verification.clone()
    };
    let lot = lot(place.id, "L1", 30);
    let (received, stored) = (Place::Received, Place::Stored("甲".into()));
    let issued = Place::Issued(case.id);
    let paper = Attachment {
        file_name: "a.pdf".into(),
        media_type: "application/pdf".into(),
        content: Digest::of(b"paper"),
        bytes: 5,
    };
    let consent = record("consent", About::Case(case.id), date(2026, 1, 5), by.id, &json!({}));
    let changes = vec![
        Change::Create(Item::Hospital(place)),
        Change::Replace { before: Item::Case(case), after: Item::Case(there.clone()) },
        Change::Replace { before: Item::Verification(verification), after: Item::Verification(done) },
        Change::Create(Item::Lot(lot.clone())),
        Change::Create(Item::Movement(movement(
            &lot,
            1,
            Step::Receive,
            SeedSet::range(1, 30),
            Place::Ordered,
            received.clone(),
            by.id,
        ))),
        Change::Create(Item::Movement(movement(
            &lot,
            2,
            Step::Store,
            SeedSet::range(1, 30),
            received,
            stored.clone(),
            by.id,
        ))),
        Change::Create(Item::Movement(movement(&lot, 3, Step::Issue, SeedSet::range(1, 20), stored, issued, by.id))),
        Change::Create(Item::Record(Record { files: vec![paper], ..consent.clone() })),
        Change::Create(Item::Record(Record { id: id(), ..consent })),
        Change::Create(Item::Document(document(study.case, by.id))),
    ];
    let sent = upload(study.case, by.id);
    let work = vec![records::change::Work::Upload(sent.clone())];
    store.commit(Commit { work, ..commit(Some(by.id), changes) }).await.unwrap();
    store.receive(sent.id, &file("ct/2.dcm", b"two")).await.unwrap();
    (store, there)
}

#[tokio::test]
async fn every_file_that_anything_names_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = filled(&folder.path().join("records.sqlite")).await;
    let named: Vec<(Digest, u64, &str)> =
        store.contents().await.unwrap().into_iter().map(|one| (one.content, one.bytes, one.kind)).collect();
    let mut expected = vec![
        (Digest::of(b"one"), 3, "study"),
        (Digest::of(b"pdf"), 3, "document"),
        (Digest::of(b"report"), 6, "verification"),
        (Digest::of(b"paper"), 5, "record"),
        (Digest::of(b"two"), 3, "upload"),
    ];
    expected.sort();
    assert_eq!(named, expected);
}

#[tokio::test]
async fn what_is_derived_is_compared_with_what_it_should_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite");
    let (store, case) = filled(&path).await;
    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.stale().await.unwrap(), []);
    // looking changes nothing
    assert_eq!(store.stale().await.unwrap(), []);
    store.close().await;
    let id = case.id;
    for (table, spoiled) in [
        ("facts", format!("UPDATE facts SET bits = 0 WHERE case_id = '{id}'")),
        ("facts", format!("DELETE FROM facts WHERE case_id = '{id}'")),
        ("worklist", format!("UPDATE worklist SET number = 'x' WHERE case_id = '{id}'")),
        ("worklist_tally", "UPDATE worklist_tally SET cases = cases + 1".to_owned()),
        ("record_hospitals", "UPDATE record_hospitals SET hospital = ''".to_owned()),
        ("seed_places", "UPDATE seed_places SET seeds = seeds + 1 WHERE place = 'stored'".to_owned()),
        ("case_lots", "DELETE FROM case_lots".to_owned()),
        ("case_search", "DELETE FROM case_search".to_owned()),
    ] {
        sql(&path, &spoiled).await;
        let store = SqliteStore::open(&path, keys()).await.unwrap();
        let found = store.stale().await.unwrap();
        assert!(found.iter().any(|one| one.table == table && one.missing + one.extra > 0), "{spoiled}: {found:?}");
        store.rebuild().await.unwrap();
        assert_eq!(store.stale().await.unwrap(), [], "{spoiled}");
        audit::check(&store, None).await.unwrap();
        store.close().await;
    }
    // an index that lacks a row, and a row that refers to nothing
    sql(&path, "PRAGMA foreign_keys = OFF; UPDATE facts SET case_id = 'nobody'").await;
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    let wrong = store.integrity().await.unwrap();
    assert!(wrong.iter().any(|line| line.contains("facts") && line.contains("cases")), "{wrong:?}");
}
