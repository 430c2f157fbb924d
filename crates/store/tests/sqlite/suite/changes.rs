//! Commits: versions, what must be unique, all or nothing.

use records::change::Work;
use records::job::Task;
use records::ledger::Head;
use records::*;

use super::made::*;

fn replace(before: &Case, after: Case) -> Change {
    Change::Replace { before: Item::Case(before.clone()), after: Item::Case(after) }
}

fn with_notes(case: &Case, notes: &str) -> Case {
    Case { version: case.version + 1, notes: notes.into(), ..case.clone() }
}

pub async fn a_stale_version_is_a_conflict(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (first, _) = made_case(store, &by, "1", "王芳").await;
    let second = with_notes(&first, "二");
    store.commit(commit(Some(by.id), vec![replace(&first, second.clone())])).await.unwrap();
    let stale = store.commit(commit(Some(by.id), vec![replace(&first, with_notes(&first, "三"))])).await;
    assert_eq!(stale.unwrap_err(), StoreError::Conflict { kind: Kind::Case, id: first.id.to_string() });
    assert_eq!(store.case(first.id).await.unwrap().unwrap().case, second);

    // the version is right, but the content was never that: the ledger would tell an untruth
    let untrue = Case { notes: "never".into(), ..second.clone() };
    let refused = store.commit(commit(Some(by.id), vec![replace(&untrue, with_notes(&untrue, "四"))])).await;
    assert!(matches!(refused.unwrap_err(), StoreError::Conflict { .. }));

    let skipped = Case { version: 4, ..second.clone() };
    let refused = store.commit(commit(Some(by.id), vec![replace(&second, skipped)])).await.unwrap_err();
    assert_eq!(refused, StoreError::Refused("version 4 of a case cannot follow version 2".into()));
    let nobody = case("9", first.patient);
    let missing = store.commit(commit(Some(by.id), vec![replace(&nobody, with_notes(&nobody, ""))])).await;
    assert_eq!(missing.unwrap_err(), StoreError::Missing { what: "case", id: nobody.id.to_string() });
    let born_old = Case { version: 2, ..nobody };
    let refused = store.commit(commit(Some(by.id), vec![Change::Create(Item::Case(born_old))])).await.unwrap_err();
    assert_eq!(refused, StoreError::Refused("a new case has version 1, not 2".into()));
}

pub async fn two_changes_of_one_item_in_one_commit_follow_each_other(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (first, _) = made_case(store, &by, "1", "王芳").await;
    let second = with_notes(&first, "二");
    let third = with_notes(&second, "三");
    let both = vec![replace(&first, second.clone()), replace(&second, third.clone())];
    store.commit(commit(Some(by.id), both)).await.unwrap();
    assert_eq!(store.case(first.id).await.unwrap().unwrap().case, third);
    let same = vec![replace(&third, with_notes(&third, "四")), replace(&third, with_notes(&third, "五"))];
    assert!(matches!(store.commit(commit(Some(by.id), same)).await, Err(StoreError::Conflict { .. })));
    assert_eq!(store.case(first.id).await.unwrap().unwrap().case, third);
}

pub async fn what_must_be_unique_is(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (first, study, draft) = made_verification(store, &by, "2026-0001").await;
    let (second, _) = made_case(store, &by, "2026-0002", "李明").await;
    let taken = async |change: Change| match store.commit(commit(Some(by.id), vec![change])).await {
        Err(StoreError::Taken { what, value }) => (what, value),
        other => panic!("{other:?}"),
    };
    let account = account("chen", &[Role::Quality]);
    assert_eq!(taken(Change::Create(Item::Account(account))).await, ("the login name", "chen".into()));
    let same = case("2026-0001", first.patient);
    assert_eq!(taken(Change::Create(Item::Case(same))).await, ("the case number", "2026-0001".into()));
    let renumbered = Case { version: 2, number: "2026-0001".into(), ..second.clone() };
    assert_eq!(taken(replace(&second, renumbered)).await, ("the case number", "2026-0001".into()));
    let twin = patient("P2026-0001", "另一个人");
    assert_eq!(taken(Change::Create(Item::Patient(twin))).await, ("the patient number", "P2026-0001".into()));
    let same = verification(&study, 1, by.id);
    assert_eq!(taken(Change::Create(Item::Verification(same))).await, ("the verification number", "1".into()));
    let again = Verification { number: 2, ..draft };
    assert_eq!(
        taken(Change::Create(Item::Verification(again.clone()))).await,
        ("the identifier", again.id.to_string())
    );
    // patients without a number are no twins
    let unknown =
        vec![Change::Create(Item::Patient(patient("", "甲"))), Change::Create(Item::Patient(patient("", "乙")))];
    store.commit(commit(Some(by.id), unknown)).await.unwrap();
}

pub async fn a_commit_whose_third_change_fails_leaves_nothing(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (old, _) = made_case(store, &by, "1", "王芳").await;
    let head = store.head().await.unwrap();
    let patient = patient("P2", "李明");
    let new = case("2", patient.id);
    let ordered = job(Task::Import, by.id, at(0));
    let sent = upload(old.id, by.id);
    let work = vec![Work::Job(Box::new(ordered.clone())), Work::Upload(sent.clone())];
    let nowhere = study(id(), by.id);
    for third in [
        Change::Create(Item::Study(nowhere.clone())),
        Change::Create(Item::Case(case("1", old.patient))),
        Change::SetPassword { account: id(), hash: "$argon2id$".into() },
    ] {
        let changes =
            vec![Change::Create(Item::Patient(patient.clone())), Change::Create(Item::Case(new.clone())), third];
        store.commit(Commit { work: work.clone(), ..commit(Some(by.id), changes) }).await.unwrap_err();
    }
    // and one whose work fails, after all its changes were written
    let changes = vec![Change::Create(Item::Patient(patient.clone())), Change::Create(Item::Case(new.clone()))];
    let lost = vec![Work::Job(Box::new(ordered.clone())), Work::Upload(Upload { case: id(), ..sent.clone() })];
    store.commit(Commit { work: lost, ..commit(Some(by.id), changes.clone()) }).await.unwrap_err();

    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(store.case(new.id).await.unwrap(), None);
    assert_eq!(store.patient_by_number("P2", None).await.unwrap(), None);
    assert_eq!(store.job(ordered.id).await.unwrap(), None);
    assert_eq!(store.upload(sent.id).await.unwrap(), None);
    assert_eq!(store.counts(jiff::civil::date(2026, 1, 1), &[]).await.unwrap().stages[0], (Stage::Planned, 1));
    let entries = store.commit(Commit { work, ..commit(Some(by.id), changes) }).await.unwrap();
    assert_eq!((entries.len(), store.head().await.unwrap().seq), (2, head.seq + 2));
    assert_eq!(store.job(ordered.id).await.unwrap(), Some(ordered));
    assert_eq!(store.upload(sent.id).await.unwrap(), Some(sent));
}

pub async fn what_an_item_refers_to_must_be_there(store: &dyn Store) {
    let people = people(store).await;
    let by = &people.physicist;
    let (case_a, study_a, draft_a) = made_verification(store, by, "A").await;
    let (_, study_b, draft_b) = made_verification(store, by, "B").await;
    let refused = async |item: Item| store.commit(commit(Some(by.id), vec![Change::Create(item)])).await.unwrap_err();
    let missing = |what, id: String| StoreError::Missing { what, id };
    let nobody = id::<Patient>();
    assert_eq!(refused(Item::Case(case("C", nobody))).await, missing("patient", nobody.to_string()));
    let doctor = id();
    let lost = Case { physician: Some(doctor), ..case("C", case_a.patient) };
    assert_eq!(refused(Item::Case(lost)).await, missing("account", doctor.to_string()));
    let nowhere = id();
    assert_eq!(refused(Item::Document(document(nowhere, by.id))).await, missing("case", nowhere.to_string()));
    let crossed = Verification { case: case_a.id, number: 2, ..verification(&study_b, 2, by.id) };
    let reason = "a verification rests on a study of its own case";
    assert_eq!(refused(Item::Verification(crossed)).await, StoreError::Refused(reason.into()));
    let crossed = Verification { follows: Some((draft_b.id, String::new())), ..verification(&study_a, 2, by.id) };
    let reason = "a verification takes the place of one of its own case";
    assert_eq!(refused(Item::Verification(crossed)).await, StoreError::Refused(reason.into()));
    let after = Verification { case: study_b.case, version: 2, ..draft_a.clone() };
    let moved = Change::Replace { before: Item::Verification(draft_a), after: Item::Verification(after) };
    let reason = "a verification keeps its case and its number";
    assert_eq!(store.commit(commit(Some(by.id), vec![moved])).await.unwrap_err(), StoreError::Refused(reason.into()));
}

pub async fn nobody_changes_nothing(store: &dyn Store) {
    assert_eq!(store.head().await.unwrap(), Head::EMPTY);
    let stranger = commit(Some(id()), vec![Change::Create(Item::Patient(patient("1", "王芳")))]);
    assert!(matches!(store.commit(stranger).await, Err(StoreError::Missing { what: "account", .. })));
    let nobody = commit(None, vec![Change::Create(Item::Patient(patient("1", "王芳")))]);
    assert!(matches!(store.commit(nobody).await, Err(StoreError::Refused(_))));
    people(store).await;
    let second = commit(None, vec![Change::Create(Item::Account(account("mallory", &[Role::Administrator])))]);
    let reason = "there are accounts already: log in to make another";
    assert_eq!(store.commit(second).await.unwrap_err(), StoreError::Refused(reason.into()));
    let seized = commit(None, vec![Change::SetPassword { account: id(), hash: "$".into() }]);
    assert_eq!(store.commit(seized).await.unwrap_err(), StoreError::Refused(reason.into()));
}

pub async fn what_cannot_be_kept_is_refused_in_words(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (first, _) = made_case(store, &by, "1", "王芳").await;
    let told = async |item: Item| {
        let refused = store.commit(commit(Some(by.id), vec![Change::Create(item)])).await.unwrap_err();
        assert!(matches!(refused, StoreError::Refused(_)), "{refused:?}");
        refused.to_string()
    };
    assert!(told(Item::Case(case(" ", first.patient))).await.contains("the case number is missing"));
    assert!(told(Item::Account(account("A B", &[Role::Quality]))).await.contains("login name 'A B'"));
    let mut study = study(first.id, by.id);
    study.summary.series = vec![records::study::SeriesSummary {
        uid: "1".into(),
        modality: "CT".into(),
        description: String::new(),
        size: Some([1, 1, 1]),
        spacing_mm: Some([1.0, 1.0, f64::NAN]),
        problem: None,
    }];
    assert!(told(Item::Study(study)).await.contains("not finite"));
}
