//! The ledger tells everything, and nobody's name.

use records::ledger::{Checker, Head};
use records::store::EntryQuery;
use records::study::{Remark, SeriesSummary, StudySummary};
use records::verification::{DraftSeed, SeedOrigin, Settings, State};
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

/// Stands for a patient's name wherever a file may bear one.
const NAME: &str = "司马相如";

pub async fn words_that_came_with_files_are_in_the_item_alone(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (case, _) = made_case(store, &by, "1", NAME).await;
    let named = |what: &str| format!("{what} {NAME}");
    let series = SeriesSummary {
        uid: named("1.2"),
        modality: named("CT"),
        description: named("series"),
        size: Some([4, 5, 6]),
        spacing_mm: Some([0.5, 0.5, 1.0]),
        problem: Some(named("problem")),
    };
    let remark = Remark {
        severity: "warning".into(),
        path: named("file"),
        tag: Some(named("tag")),
        zh: named("提示"),
        en: named("remark"),
    };
    let study = StoredStudy {
        summary: StudySummary {
            uid: named("1.2.3"),
            description: named("study"),
            series: vec![series],
            structure_sets: vec![(named("set"), vec![named("CTV"), named("Rectum")])],
            plans: vec![(named("plan"), 57)],
            ..study(case.id, by.id).summary
        },
        files: vec![file(&named("folder/ct.dcm"), b"one")],
        remarks: vec![remark],
        ..study(case.id, by.id)
    };
    let paper = Document { title: named("title"), file_name: named("name"), ..document(case.id, by.id) };
    let draft = verification(&study, 1, by.id);
    let seed = DraftSeed {
        number: 1,
        centre_mm: [1.5, 2.5, 3.5],
        axis: None,
        origin: SeedOrigin::Plan,
        confidence: None,
        needle: named("needle"),
    };
    let mut outcome = outcome(b"report");
    outcome.summary = json!({ "target": { "name": NAME, "volume_cm3": 30.5, "indices": { "D90": { "value": 151.25 } } },
        "structures": [{ "name": NAME }], "notices": [{ "zh": NAME }, { "zh": NAME }], "findings": [{ "structure": NAME }] });
    let computed = Verification {
        version: 2,
        state: State::Computed,
        settings: Settings { target: Some(named("CTV")), ..draft.settings.clone() },
        seeds: vec![seed],
        failure: Some(named("failure")),
        failure_zh: Some(named("失败")),
        outcome: Some(outcome),
        ..draft.clone()
    };
    let other = Verification { version: 3, failure: Some(named("another")), ..computed.clone() };
    let changes = vec![
        Change::Create(Item::Study(study.clone())),
        Change::Create(Item::Document(paper)),
        Change::Create(Item::Verification(draft.clone())),
        Change::Replace { before: Item::Verification(draft), after: Item::Verification(computed.clone()) },
        Change::Replace { before: Item::Verification(computed.clone()), after: Item::Verification(other.clone()) },
    ];
    let told = store.commit(commit(Some(by.id), changes)).await.unwrap();
    for entry in &told {
        for secret in [NAME, study.salt.as_str(), computed.salt.as_str()] {
            assert!(!entry.text.contains(secret), "{}", entry.text);
        }
    }
    // what cannot tell a name is told, and a change of words shows
    let told: Vec<_> = told.iter().map(|entry| entry.content().unwrap()).collect();
    assert_eq!(told[0].after["files"]["count"], json!(1));
    assert_eq!(told[0].after["remarks"], json!({ "error": 0, "warning": 1, "note": 0 }));
    assert_eq!(told[0].after["summary"]["structures"], json!([2]));
    assert_eq!(told[3].after["outcome"]["summary"]["target"]["indices"]["D90"]["value"], json!(151.25));
    assert_eq!(told[3].after["seeds"][0]["centre_mm"], json!([1.5, 2.5, 3.5]));
    assert!(told[4].before["failure"].is_string() && told[4].before["failure"] != told[4].after["failure"]);
    assert_eq!(told[4].before.as_object().unwrap().len(), 2, "only what changed: {}", told[4].before);
    // the item has them
    assert_eq!(store.verification(other.id).await.unwrap(), Some(other));
    assert_eq!(store.study(study.id).await.unwrap(), Some(study));
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
