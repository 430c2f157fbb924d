//! Identity is not in the file, and the file is nothing without its key.

use dosewright_store::{Key, Keys, SqliteStore};
use records::store::CaseQuery;
use records::*;

use crate::suite::made::*;

fn found(search: &str) -> CaseQuery {
    CaseQuery { search: search.into(), limit: 10, ..CaseQuery::default() }
}

#[tokio::test]
async fn no_name_or_number_is_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite");
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    let by = people(&store).await.physicist;
    let (case, patient) = made_case(&store, &by, "2026-0001", "司马相如").await;
    assert_eq!(patient.number, "P2026-0001");
    for word in ["司马相如", "马相", "如", "P2026-0001", "p2026", "2026-0001"] {
        assert_eq!(store.cases(&found(word)).await.unwrap().total, 1, "{word}");
    }
    for word in ["司马迁", "相马", "P2026-0002"] {
        assert_eq!(store.cases(&found(word)).await.unwrap().total, 0, "{word}");
    }
    let copy = folder.path().join("copy.sqlite");
    store.backup(&copy).await.unwrap();
    store.close().await;
    for file in [path, copy] {
        let bytes = std::fs::read(&file).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        // what the index would spell them as, too
        for text in ["司马", "相如", "P2026-0001", "p2026", "53f8x", "1950-02-03"] {
            assert!(!holds(text), "{} holds {text}", file.display());
        }
        assert!(holds("2026-0001") && holds(&case.id.to_string()), "the case number is no identity");
    }
}

#[tokio::test]
async fn another_key_opens_nothing_and_a_new_one_seals_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite");
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    let by = people(&store).await.physicist;
    let (case, patient) = made_case(&store, &by, "1", "王芳").await;
    store.close().await;
    let other = Keys::new(Key::new("k1", [8; 32]).unwrap());
    let store = SqliteStore::open(&path, other).await.unwrap();
    assert!(matches!(store.case(case.id).await, Err(StoreError::Broken(_))));
    store.close().await;
    let unknown = Keys::new(Key::new("k9", [7; 32]).unwrap());
    let store = SqliteStore::open(&path, unknown).await.unwrap();
    let error = store.case(case.id).await.unwrap_err().to_string();
    assert!(error.contains("k1") && error.contains("key file"), "{error}");
    store.close().await;

    let rotated = keys().with(Key::new("k2", [9; 32]).unwrap()).unwrap();
    let store = SqliteStore::open(&path, rotated.clone()).await.unwrap();
    assert_eq!(store.case(case.id).await.unwrap().unwrap().patient, patient);
    assert_eq!(store.reseal().await.unwrap(), 1);
    assert_eq!(store.reseal().await.unwrap(), 0);
    assert_eq!(store.patient_by_number(&patient.number, None).await.unwrap(), Some(patient.clone()));
    assert_eq!(store.cases(&found("王芳")).await.unwrap().total, 1);
    store.close().await;
    // the old key is not needed any more, and the ledger is as it was
    let store = SqliteStore::open(&path, rotated.only_current()).await.unwrap();
    assert_eq!(store.case(case.id).await.unwrap().unwrap().patient, patient);
    audit::check(&store, None).await.unwrap();
}

#[tokio::test]
async fn a_row_opens_in_no_other_place() {
    use sqlx::ConnectOptions as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite");
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    let by = people(&store).await.physicist;
    let (first, one) = made_case(&store, &by, "1", "王芳").await;
    let (_, two) = made_case(&store, &by, "2", "李娜").await;
    store.close().await;
    let swap = format!(
        "UPDATE patients SET body = json_set(body, '$.sealed', (SELECT body ->> '$.sealed' FROM patients WHERE id = '{}')) WHERE id = '{}'",
        two.id, one.id
    );
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(swap)).execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    assert!(matches!(store.case(first.id).await, Err(StoreError::Broken(_))));
}
