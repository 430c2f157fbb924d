//! Accounts, passwords and sessions.

use records::store::{Credential, Session};
use records::*;

use super::made::*;

pub async fn a_password_is_kept_beside_the_account(store: &dyn Store) {
    let by = people(store).await.physician;
    assert_eq!(store.account_by_login("li.wei").await.unwrap(), None, "no password yet");
    for hash in ["$argon2id$1", "$argon2id$2"] {
        let set = vec![Change::SetPassword { account: by.id, hash: hash.into() }];
        store.commit(commit(Some(by.id), set)).await.unwrap();
        let kept = Credential { hash: hash.into() };
        assert_eq!(store.credential(by.id).await.unwrap(), Some(kept.clone()));
        assert_eq!(store.account_by_login("li.wei").await.unwrap(), Some((by.clone(), kept)));
    }
    assert_eq!(store.account_by_login("nobody").await.unwrap(), None);
    assert_eq!(store.credential(id()).await.unwrap(), None);
}

pub async fn sessions_are_opened_renewed_ended_and_forgotten(store: &dyn Store) {
    let people = people(store).await;
    let session = |token: &[u8], account, seconds| Session {
        token: Digest::of(token),
        account,
        begun: at(0),
        seen: at(1),
        ends: at(seconds),
    };
    let (doctor, other) = (people.physician.id, people.physicist.id);
    let mut first = session(b"1", doctor, 100);
    store.put_session(&first).await.unwrap();
    first = Session { seen: at(50), ends: at(150), ..first };
    store.put_session(&first).await.unwrap();
    for further in [session(b"2", doctor, 100), session(b"3", doctor, 100), session(b"4", other, 100)] {
        store.put_session(&further).await.unwrap();
    }
    assert_eq!(store.session(first.token).await.unwrap(), Some(first.clone()));
    let there = async || {
        let mut there = Vec::new();
        for token in [b"1", b"2", b"3", b"4"] {
            there.push(store.session(Digest::of(token)).await.unwrap().is_some());
        }
        there
    };
    store.end_session(Digest::of(b"2")).await.unwrap();
    store.end_session(Digest::of(b"2")).await.unwrap();
    assert_eq!(there().await, [true, false, true, true]);
    store.end_sessions_of(doctor, Some(first.token)).await.unwrap();
    assert_eq!(there().await, [true, false, false, true]);
    store.forget_sessions(at(100)).await.unwrap();
    assert_eq!(there().await, [true, false, false, true], "one that ends at this moment did not end before it");
    store.forget_sessions(at(101)).await.unwrap();
    assert_eq!(there().await, [true, false, false, false]);
    store.end_sessions_of(doctor, None).await.unwrap();
    assert_eq!(there().await, [false; 4]);
    let stranger = store.put_session(&session(b"5", id(), 100)).await;
    assert!(matches!(stranger, Err(StoreError::Missing { what: "account", .. })));
}
