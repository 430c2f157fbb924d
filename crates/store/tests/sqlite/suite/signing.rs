//! Signatures bind to what was signed.

use records::verification::State;
use records::*;

use super::made::*;

async fn change(
    store: &dyn Store,
    by: &Account,
    before: &Verification,
    after: Verification,
) -> Result<Verification, StoreError> {
    let after = Verification { version: before.version + 1, ..after };
    let change =
        Change::Replace { before: Item::Verification(before.clone()), after: Item::Verification(after.clone()) };
    store.commit(commit(Some(by.id), vec![change])).await.map(|_| after)
}

fn refusal<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Refused(why)) => why,
        other => panic!("{other:?}"),
    }
}

pub async fn a_verification_is_signed_by_both_and_then_stays(store: &dyn Store) {
    let people = people(store).await;
    let by = &people.physicist;
    let (case, _, draft) = made_verification(store, by, "1").await;
    let sign = async |signature: Signature, also: Vec<Change>| {
        let changes = [vec![Change::Create(Item::Signature(signature))], also].concat();
        store.commit(commit(Some(by.id), changes)).await
    };
    let to = |state, one: &Verification| Verification { state, ..one.clone() };
    // not before there is a result
    let with_outcome = Verification { outcome: Some(outcome(b"report")), ..draft.clone() };
    let early = signature(&with_outcome, Role::Physicist, &people.physicist);
    assert!(refusal(sign(early, vec![]).await).contains("draft cannot be signed"));
    assert!(refusal(change(store, by, &draft, to(State::Computed, &draft)).await).contains("needs a result"));
    assert!(refusal(change(store, by, &draft, to(State::Signed, &with_outcome)).await).contains("only a computed"));

    let computed = change(store, by, &draft, to(State::Computed, &with_outcome)).await.unwrap();
    let signed = Verification { version: computed.version + 1, ..to(State::Signed, &computed) };
    let seal =
        Change::Replace { before: Item::Verification(computed.clone()), after: Item::Verification(signed.clone()) };
    let physicist = signature(&computed, Role::Physicist, &people.physicist);
    // not what was shown; not in a role that one lacks; not without the other
    let other = Signature { content: Digest::of(b"another report"), ..physicist.clone() };
    assert!(refusal(sign(other, vec![]).await).contains("read it again"));
    let usurped = signature(&computed, Role::Physician, &people.physicist);
    assert!(refusal(sign(usurped, vec![]).await).contains("chen cannot sign as physician"));
    let custodian = signature(&computed, Role::Custodian, &people.physicist);
    assert!(refusal(sign(custodian, vec![]).await).contains("not signed as custodian"));
    assert!(refusal(sign(physicist.clone(), vec![seal.clone()]).await).contains("physician's signature is missing"));
    assert_eq!(store.signatures(computed.id).await.unwrap(), []);

    let told = sign(physicist.clone(), vec![]).await.unwrap();
    assert_eq!(told[0].content().unwrap().case, Some(case.id), "a case's history shows its signatures");
    let twice = Signature { id: id(), ..physicist.clone() };
    assert!(refusal(sign(twice, vec![]).await).contains("signed by a physicist already"));
    let physician = Signature { signed: at(30), ..signature(&computed, Role::Physician, &people.physician) };
    sign(physician.clone(), vec![seal]).await.unwrap();
    assert_eq!(store.signatures(computed.id).await.unwrap(), [physicist.clone(), physician]);
    let stage = async || store.case(case.id).await.unwrap().unwrap().standing.stage;
    assert_eq!(stage().await, Stage::Signed);
    // a next version in work takes nothing away
    let next = Verification { id: id(), number: 2, follows: Some((signed.id, "finer".into())), ..draft.clone() };
    store.commit(commit(Some(by.id), vec![Change::Create(Item::Verification(next.clone()))])).await.unwrap();
    assert_eq!(stage().await, Stage::Signed);
    let running = change(store, by, &next, to(State::Running, &next)).await.unwrap();
    assert_eq!(stage().await, Stage::Signed);

    // from here on it only makes room
    for altered in [
        to(State::Draft, &signed),
        Verification { outcome: Some(outcome(b"other")), ..signed.clone() },
        Verification { outcome: Some(outcome(b"other")), ..to(State::Superseded, &signed) },
    ] {
        assert!(refusal(change(store, by, &signed, altered).await).contains("signed verification is not changed"));
    }
    let gone = change(store, by, &signed, to(State::Superseded, &signed)).await.unwrap();
    let computed = Verification { outcome: Some(outcome(b"finer")), ..to(State::Computed, &running) };
    change(store, by, &running, computed).await.unwrap();
    assert_eq!(stage().await, Stage::Verified);
    assert!(refusal(change(store, by, &gone, to(State::Signed, &gone)).await).contains("superseded"));
    let altered = Change::Replace {
        before: Item::Signature(physicist.clone()),
        after: Item::Signature(Signature { version: 2, name: "别人".into(), ..physicist }),
    };
    assert!(refusal(store.commit(commit(Some(by.id), vec![altered])).await).contains("never changed"));
}

pub async fn a_signature_does_not_carry_over_to_another_result(store: &dyn Store) {
    let people = people(store).await;
    let by = &people.physicist;
    let (_, _, draft) = made_verification(store, by, "1").await;
    let computed = |one: &Verification, report: &[u8]| Verification {
        outcome: Some(outcome(report)),
        state: State::Computed,
        ..one.clone()
    };
    let first = change(store, by, &draft, computed(&draft, b"one")).await.unwrap();
    let old = signature(&first, Role::Physicist, &people.physicist);
    store.commit(commit(Some(by.id), vec![Change::Create(Item::Signature(old))])).await.unwrap();
    let second = change(store, by, &first, computed(&first, b"two")).await.unwrap();
    let signed = Verification { version: second.version + 1, state: State::Signed, ..second.clone() };
    let changes = vec![
        Change::Create(Item::Signature(signature(&second, Role::Physician, &people.physician))),
        Change::Replace { before: Item::Verification(second), after: Item::Verification(signed) },
    ];
    let why = refusal(store.commit(commit(Some(by.id), changes)).await);
    assert!(why.contains("physicist's signature is missing"), "{why}");
}

pub async fn who_is_inactive_does_not_sign(store: &dyn Store) {
    let people = people(store).await;
    let by = &people.physician;
    let (_, _, draft) = made_verification(store, by, "1").await;
    let computed = Verification { outcome: Some(outcome(b"one")), state: State::Computed, ..draft.clone() };
    let computed = change(store, by, &draft, computed).await.unwrap();
    let left = Account { active: false, version: 2, ..people.physicist.clone() };
    let leave = Change::Replace { before: Item::Account(people.physicist), after: Item::Account(left.clone()) };
    let sign = Change::Create(Item::Signature(signature(&computed, Role::Physicist, &left)));
    let why = refusal(store.commit(commit(Some(by.id), vec![leave, sign])).await);
    assert!(why.contains("chen cannot sign"), "{why}");
}
