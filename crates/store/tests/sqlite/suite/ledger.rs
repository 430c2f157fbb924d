//! The ledger tells everything, and nobody's name.

use records::ledger::{Checker, Head};
use records::store::EntryQuery;
use records::*;
use serde_json::json;

use super::made::*;

pub async fn every_change_has_its_entry(store: &dyn Store) {
    let people = people(store).await;
    let by = &people.physicist;
    let (case, patient) = made_case(store, by, "2026-0001", "司马相如").await;
    let after = Case { version: 2, notes: "复查".into(), ..case.clone() };
    let changes = vec![
        Change::Replace { before: Item::Case(case.clone()), after: Item::Case(after.clone()) },
        Change::SetPassword { account: by.id, hash: "$argon2id$secret".into() },
        Change::Event {
            kind: Kind::Case,
            subject: case.id.to_string(),
            case: Some(case.id),
            what: "fetched".into(),
            detail: json!({ "file": "report.zh.pdf" }),
        },
    ];
    let given = store.commit(commit(Some(by.id), changes)).await.unwrap();
    let all = store.entries_from(1, 1000).await.unwrap();
    assert_eq!((all.len(), &all[4..]), (7, given.as_slice()));
    let mut checker = Checker::default();
    let told: Vec<_> = all.iter().map(|entry| checker.take(entry).unwrap()).collect();
    assert_eq!(checker.head(), store.head().await.unwrap());
    let actions: Vec<&str> = told.iter().map(|content| content.action.as_str()).collect();
    let expected = [
        "account.create",
        "account.create",
        "patient.create",
        "case.create",
        "case.replace",
        "account.password",
        "case.fetched",
    ];
    assert_eq!(actions, expected);
    assert_eq!(told[0].who, None);
    assert_eq!((told[4].who, told[4].at, told[4].why.as_str()), (Some(by.id), at(0), "因为需要"));
    assert_eq!(told[4].before, json!({ "notes": "", "version": 1 }));
    assert_eq!(told[4].after, json!({ "notes": "复查", "version": 2 }));
    assert_eq!(told[4].digest, Some(Item::Case(after).digest()));
    assert_eq!(told[2].after["seal"], json!(patient.seal()));
    for entry in &all {
        let secrets = ["司马相如", "P2026-0001", "1950-02-03", "secret", patient.salt.as_str()];
        assert!(secrets.iter().all(|secret| !entry.text.contains(secret)), "{}", entry.text);
    }
}

pub async fn entries_are_found_by_case_and_subject(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (first, patient) = made_case(store, &by, "1", "王芳").await;
    let (second, study, _) = made_verification(store, &by, "2").await;
    let seqs = async |query: EntryQuery| {
        let entries = store.entries(&query).await.unwrap();
        entries.iter().map(|entry| entry.content().unwrap().seq).collect::<Vec<_>>()
    };
    let query = EntryQuery { limit: 100, ..EntryQuery::default() };
    assert_eq!(seqs(query.clone()).await, [8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(seqs(EntryQuery { limit: 2, before: Some(6), ..query.clone() }).await, [5, 4]);
    assert_eq!(seqs(EntryQuery { case: Some(first.id), ..query.clone() }).await, [4]);
    assert_eq!(seqs(EntryQuery { case: Some(second.id), ..query.clone() }).await, [8, 7, 6]);
    let of_study = EntryQuery { case: Some(second.id), subject: Some(study.id.to_string()), ..query.clone() };
    assert_eq!(seqs(of_study).await, [7]);
    assert_eq!(seqs(EntryQuery { subject: Some(patient.id.to_string()), ..query.clone() }).await, [3]);
    assert_eq!(seqs(EntryQuery { before: Some(u64::MAX), limit: 1, ..query }).await, [8]);
    assert_eq!(store.entries_from(u64::MAX, 5).await.unwrap(), []);
    assert_eq!(store.entries_from(3, 2).await.unwrap().len(), 2);
}

pub async fn a_check_counts_what_is_there(store: &dyn Store) {
    let empty = audit::check(store, None).await.unwrap();
    assert_eq!((empty.head, empty.items), (Head::EMPTY, 0));
    let by = people(store).await.physicist;
    made_verification(store, &by, "2").await;
    let sound = audit::check(store, Some(store.head().await.unwrap())).await.unwrap();
    assert_eq!((sound.head.seq, sound.items), (6, 6));
    let cut = audit::check(store, Some(Head { seq: 9, hash: Digest::ZERO })).await.unwrap_err();
    assert_eq!(cut, StoreError::Broken(records::ledger::Break::Cut { found: 6, expected: 9 }));
    let other = audit::check(store, Some(Head { seq: 3, hash: Digest::ZERO })).await.unwrap_err();
    assert_eq!(other, StoreError::Broken(records::ledger::Break::Other { seq: 3 }));
    // page by page the same items, each once
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = store.held(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.kind, last.id.clone()));
        paged.extend(page);
    }
    assert_eq!(paged, store.held(None, 100).await.unwrap());
}
