//! The file itself: whose it is, its version, copies of it, and callers that go away.

use std::path::Path;
use std::sync::Arc;

use dosewright_store::{OpenError, SqliteStore};
use records::*;
use sqlx::{AssertSqlSafe, ConnectOptions};

use crate::suite::made::*;

async fn sql(path: &Path, text: &str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
}

#[tokio::test]
async fn what_was_closed_or_only_dropped_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite");
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    let by = people(&store).await.physicist;
    let head = store.head().await.unwrap();
    store.close().await;
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    assert_eq!(store.head().await.unwrap(), head);
    made_case(&store, &by, "1", "王芳").await;
    let head = store.head().await.unwrap();
    drop(store);
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    assert_eq!(store.head().await.unwrap(), head);
    store.ping().await.unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(store.ping().await.unwrap_err().to_string().contains("is gone"));
}

#[tokio::test]
async fn files_of_others_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    SqliteStore::open(path("newer"), keys()).await.unwrap().close().await;
    sql(&path("newer"), "PRAGMA user_version = 7").await;
    sql(&path("foreign"), "CREATE TABLE notes (text)").await;
    std::fs::write(path("text"), "not a database, but longer than a header of one hundred bytes: ".repeat(9)).unwrap();
    type Fits = fn(&OpenError) -> bool;
    let expected: [(&str, Fits); 4] = [
        ("newer", |error| matches!(error, OpenError::Newer { found: 7, .. })),
        ("foreign", |error| matches!(error, OpenError::Foreign(_))),
        ("text", |error| matches!(error, OpenError::Failed { .. })),
        ("no/such/folder", |error| matches!(error, OpenError::Failed { .. })),
    ];
    for (name, fits) in expected {
        let before = std::fs::read(path(name)).ok();
        let error = SqliteStore::open(path(name), keys()).await.unwrap_err();
        assert!(fits(&error) && error.to_string().contains(name), "{error}");
        assert_eq!(std::fs::read(path(name)).ok(), before, "{name} was touched");
    }
    // an empty file is a new database
    std::fs::write(path("empty"), "").unwrap();
    SqliteStore::open(path("empty"), keys()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_whole_while_people_work() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path().join("records.sqlite"), keys()).await.unwrap());
    let by = people(&*store).await.physicist;
    let working = {
        let (store, by) = (store.clone(), by.clone());
        tokio::spawn(async move {
            for number in 0..200 {
                made_case(&*store, &by, &number.to_string(), "王芳").await;
            }
        })
    };
    let mut heads = Vec::new();
    for number in 0..3 {
        let to = folder.path().join(format!("copy {number}.sqlite"));
        let before = store.head().await.unwrap();
        store.backup(&to).await.unwrap();
        let after = store.head().await.unwrap();
        let copy = SqliteStore::open(&to, keys()).await.unwrap();
        let sound = audit::check(&copy, Some(before)).await.unwrap();
        assert!(before.seq <= sound.head.seq && sound.head.seq <= after.seq);
        // its lists and its search came along
        let query = records::store::CaseQuery { search: "王芳".into(), limit: 1, ..Default::default() };
        assert_eq!(copy.cases(&query).await.unwrap().total * 2 + 2, sound.head.seq);
        // every copy is of the chain that is in use
        audit::check(&*store, Some(sound.head)).await.unwrap();
        heads.push(sound.head.seq);
        copy.close().await;
    }
    working.await.unwrap();
    assert!(heads.is_sorted());
    let there = store.backup(&folder.path().join("copy 0.sqlite")).await.unwrap_err();
    assert!(matches!(&there, StoreError::Refused(why) if why.contains("is there already")), "{there}");
    assert!(store.backup(&folder.path().join("no/folder/copy")).await.is_err());
    // what an interrupted copy left is not in the way
    std::fs::write(folder.path().join("later.sqlite.part"), "half").unwrap();
    store.backup(&folder.path().join("later.sqlite")).await.unwrap();
    assert!(!folder.path().join("later.sqlite.part").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path().join("records.sqlite"), keys()).await.unwrap());
    let by = people(&*store).await.physicist;
    let mut cut_short = 0;
    for number in 0..60_u32 {
        let store_of_call = store.clone();
        let by = by.clone();
        let call = tokio::spawn(async move { made_case(&*store_of_call, &by, &number.to_string(), "王芳").await });
        tokio::time::sleep(std::time::Duration::from_micros(u64::from(number) * 60)).await;
        call.abort();
        cut_short += u32::from(call.await.is_err());
        // the next writer is not held up
        let note = Change::Event {
            kind: Kind::Account,
            subject: by_id(&*store).await,
            case: None,
            what: "login".into(),
            detail: serde_json::Value::Null,
        };
        store.commit(commit(None, vec![note])).await.unwrap();
        let query = records::store::CaseQuery { withdrawn: true, limit: 1, ..Default::default() };
        let cases = store.cases(&query).await.unwrap().total;
        assert_eq!(store.head().await.unwrap().seq, 2 + u64::from(number) + 1 + 2 * cases);
    }
    assert!(cut_short > 5, "{cut_short}");
    audit::check(&*store, None).await.unwrap();
}

async fn by_id(store: &dyn Store) -> String {
    store.accounts().await.unwrap()[0].id.to_string()
}
