//! Uploads and drafts.

use records::change::Work;
use records::verification::{Draft, DraftSeed, SeedOrigin};
use records::*;

use super::made::*;

pub async fn an_upload_gathers_files_until_it_is_a_study(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (case, _) = made_case(store, &by, "1", "王芳").await;
    let mut upload = upload(case.id, by.id);
    let put = async |upload: &Upload| {
        let work = vec![Work::Upload(upload.clone())];
        store.commit(Commit { work, ..commit(Some(by.id), vec![]) }).await.unwrap();
    };
    put(&upload).await;
    let head = store.head().await.unwrap();
    assert_eq!(store.upload(upload.id).await.unwrap(), Some(upload.clone()));
    for sent in [file("b/2.dcm", b"two"), file("a/1.dcm", b"cut"), file("a/1.dcm", b"one")] {
        store.receive(upload.id, &sent).await.unwrap();
    }
    upload.files = vec![file("a/1.dcm", b"one"), file("b/2.dcm", b"two")];
    assert_eq!(store.upload(upload.id).await.unwrap(), Some(upload.clone()));
    upload.job = Some(id());
    put(&upload).await;
    assert_eq!(store.upload(upload.id).await.unwrap(), Some(upload.clone()), "its files stay");
    upload.study = Some(id());
    put(&upload).await;
    let late = store.receive(upload.id, &file("c", b"late")).await;
    assert!(matches!(late, Err(StoreError::Refused(_))), "{late:?}");
    let nowhere = store.receive(id(), &file("c", b"")).await;
    assert!(matches!(nowhere, Err(StoreError::Missing { what: "upload", .. })));
    assert_eq!(store.upload(id()).await.unwrap(), None);
    assert_eq!(store.head().await.unwrap(), head, "work in progress is not in the ledger");
}

pub async fn a_draft_follows_its_revision(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (_, _, verification) = made_verification(store, &by, "1").await;
    let seed = |number| DraftSeed {
        number,
        centre_mm: [0.1 + 0.2, -1e-300, 12.345678901234567],
        axis: Some([0.0, 0.6, 0.8]),
        origin: SeedOrigin::Found,
        confidence: Some(0.97),
        needle: String::new(),
    };
    let draft = |revision: u64| Draft { revision, seeds: (0..revision as u32).map(seed).collect() };
    assert_eq!(store.draft(verification.id).await.unwrap(), None);
    store.put_draft(verification.id, &draft(1)).await.unwrap();
    store.put_draft(verification.id, &draft(2)).await.unwrap();
    for stale in [0, 1, 2, 4, u64::MAX] {
        let mut stale = draft(stale.min(9));
        stale.revision = stale.revision.max(if stale.revision == 9 { u64::MAX } else { 0 });
        let refused = store.put_draft(verification.id, &stale).await.unwrap_err();
        assert_eq!(refused, StoreError::Conflict { kind: Kind::Verification, id: verification.id.to_string() });
    }
    assert_eq!(store.draft(verification.id).await.unwrap(), Some(draft(2)));
    let work = vec![Work::Draft(verification.id, draft(7))];
    store.commit(Commit { work, ..commit(Some(by.id), vec![]) }).await.unwrap();
    assert_eq!(store.draft(verification.id).await.unwrap(), Some(draft(7)));
    let nowhere = store.put_draft(id(), &draft(1)).await;
    assert!(matches!(nowhere, Err(StoreError::Missing { what: "verification", .. })));
    let mut infinite = draft(8);
    infinite.seeds[0].centre_mm[0] = f64::INFINITY;
    assert!(matches!(store.put_draft(verification.id, &infinite).await, Err(StoreError::Refused(_))));
}
