//! What is written is read again, to the bit.

use records::*;

use super::made::*;

pub async fn items_come_back_as_they_went_in(store: &dyn Store) {
    let people = people(store).await;
    let by = &people.physicist;
    let (case, patient) = made_case(store, by, "2026-0001", "欧阳娜娜").await;
    let row = store.case(case.id).await.unwrap().unwrap();
    assert_eq!((row.case, row.patient), (case.clone(), patient.clone()));
    assert_eq!(store.patient_by_number("P2026-0001", None).await.unwrap(), Some(patient));
    assert_eq!(store.patient_by_number("", None).await.unwrap(), None);
    assert_eq!(store.patient_by_number("P", None).await.unwrap(), None);

    let first = study(case.id, by.id);
    let second = StoredStudy { received: at(1), ..study(case.id, by.id) };
    let draft = verification(&first, 1, by.id);
    let later = Verification { follows: Some((draft.id, "针移位".into())), ..verification(&second, 2, by.id) };
    let paper = document(case.id, by.id);
    let changes = vec![
        Change::Create(Item::Study(second.clone())),
        Change::Create(Item::Study(first.clone())),
        Change::Create(Item::Document(paper.clone())),
        Change::Create(Item::Verification(draft.clone())),
        Change::Create(Item::Verification(later.clone())),
    ];
    store.commit(commit(Some(by.id), changes)).await.unwrap();
    assert_eq!(store.studies(case.id).await.unwrap(), [second.clone(), first]);
    assert_eq!(store.study(second.id).await.unwrap(), Some(second));
    assert_eq!(store.documents(case.id).await.unwrap(), std::slice::from_ref(&paper));
    assert_eq!(store.document(paper.id).await.unwrap(), Some(paper));
    assert_eq!(store.verifications(case.id).await.unwrap(), [later, draft.clone()]);
    assert_eq!(store.verification(draft.id).await.unwrap(), Some(draft.clone()));
    assert_eq!(store.signatures(draft.id).await.unwrap(), []);

    assert_eq!(store.account(by.id).await.unwrap().as_ref(), Some(by));
    assert_eq!(store.accounts().await.unwrap(), [people.physicist, people.physician]);
    for missing in [store.case(id()).await.unwrap().is_none(), store.study(id()).await.unwrap().is_none()] {
        assert!(missing);
    }
}
