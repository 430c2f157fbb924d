//! The worklist: stages, order, pages, search, counts.

use jiff::civil::{Date, date};
use records::store::{CaseOrder, CaseQuery, Page};
use records::*;

use super::made::*;

fn all() -> CaseQuery {
    CaseQuery { limit: 200, ..CaseQuery::default() }
}

async fn numbers(store: &dyn Store, query: &CaseQuery) -> Vec<String> {
    let Page { rows, total } = store.cases(query).await.unwrap();
    if query.offset == 0 && (rows.len() as u32) < query.limit.min(200) {
        assert_eq!(rows.len() as u64, total, "{query:?}");
    }
    rows.into_iter().map(|row| row.case.number).collect()
}

async fn replace(store: &dyn Store, by: &Account, before: &Case, after: Case) -> Case {
    let after = Case { version: before.version + 1, ..after };
    let change = Change::Replace { before: Item::Case(before.clone()), after: Item::Case(after.clone()) };
    store.commit(commit(Some(by.id), vec![change])).await.unwrap();
    after
}

pub async fn a_case_moves_through_its_stages(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (case, _) = made_case(store, &by, "1", "王芳").await;
    let today = date(2026, 3, 1);
    let standing = async || {
        let row = store.case(case.id).await.unwrap().unwrap();
        let listed = store.cases(&CaseQuery { withdrawn: true, ..all() }).await.unwrap().rows;
        assert_eq!(listed, std::slice::from_ref(&row));
        (row.standing.stage, row.standing.due)
    };
    let counted = async || {
        let counts = store.counts(today, &[]).await.unwrap();
        let there: Vec<Stage> = counts.stages.iter().filter(|(_, cases)| *cases > 0).map(|(stage, _)| *stage).collect();
        assert_eq!(counts.stages.iter().map(|(stage, _)| *stage).collect::<Vec<_>>(), Stage::ALL);
        (there, counts.overdue)
    };
    assert_eq!((standing().await, counted().await), ((Stage::Planned, None), (vec![Stage::Planned], 0)));
    let due = Some(date(2026, 2, 28));
    let implanted = Case { implanted_on: Some(date(2026, 1, 29)), imaging_due: due, ..case.clone() };
    let implanted = replace(store, &by, &case, implanted).await;
    assert_eq!((standing().await, counted().await), ((Stage::Implanted, due), (vec![Stage::Implanted], 1)));
    let first = study(case.id, by.id);
    store.commit(commit(Some(by.id), vec![Change::Create(Item::Study(first.clone()))])).await.unwrap();
    assert_eq!(standing().await, (Stage::Imaged, due));
    let gone = StoredStudy { version: 2, withdrawn: true, ..first.clone() };
    let withdraw = Change::Replace { before: Item::Study(first), after: Item::Study(gone) };
    store.commit(commit(Some(by.id), vec![withdraw])).await.unwrap();
    assert_eq!(standing().await, (Stage::Implanted, due));
    replace(store, &by, &implanted, Case { withdrawn: true, ..implanted.clone() }).await;
    assert_eq!((standing().await, counted().await), ((Stage::Implanted, None), (vec![], 0)));
    assert!(numbers(store, &all()).await.is_empty());
}

/// Made cases: number, name, days until due, withdrawn.
const CASES: [(&str, &str, Option<i8>, bool); 7] = [
    ("2026-0003", "张伟", Some(3), false),
    ("2026-0001", "李娜", None, false),
    ("2026-0002", "王芳", Some(1), false),
    ("2026-0005", "王芳明", Some(3), false),
    ("2026-0004", "Zhang San", None, true),
    ("2026-0006", "𬭎", Some(2), false),
    ("2026-0007", "欧阳王芳", None, false),
];

async fn made(store: &dyn Store) -> Account {
    let by = people(store).await.physicist;
    for (at_second, (number, name, due, withdrawn)) in CASES.into_iter().enumerate() {
        let patient = patient(&format!("ZY{number}/9"), name);
        let implanted = due.map(|_| date(2026, 1, 1));
        let case = Case {
            created: at(at_second as i64),
            imaging_due: due.map(|day| date(2026, 2, day)),
            implanted_on: implanted,
            diagnosis: "前列腺癌 100%_T2".into(),
            withdrawn,
            ..case(number, patient.id)
        };
        let changes = vec![Change::Create(Item::Patient(patient)), Change::Create(Item::Case(case))];
        store.commit(commit(Some(by.id), changes)).await.unwrap();
    }
    by
}

pub async fn lists_are_ordered_filtered_and_paged(store: &dyn Store) {
    made(store).await;
    let listed = async |query: CaseQuery| {
        let short: Vec<String> = numbers(store, &query).await.iter().map(|number| number[8..].to_owned()).collect();
        short.concat()
    };
    // due first, then newest; without a day last
    assert_eq!(listed(all()).await, "265371");
    assert_eq!(listed(CaseQuery { order: CaseOrder::Newest, ..all() }).await, "765213");
    assert_eq!(listed(CaseQuery { order: CaseOrder::Number, ..all() }).await, "123567");
    assert_eq!(listed(CaseQuery { order: CaseOrder::Number, withdrawn: true, ..all() }).await, "1234567");
    assert_eq!(listed(CaseQuery { overdue_on: Some(date(2026, 2, 3)), ..all() }).await, "26");
    assert_eq!(listed(CaseQuery { stages: vec![Stage::Planned], ..all() }).await, "71");
    assert_eq!(listed(CaseQuery { stages: vec![Stage::Implanted, Stage::Imaged], ..all() }).await, "2653");
    assert_eq!(listed(CaseQuery { stages: vec![Stage::Signed], ..all() }).await, "");
    for order in [CaseOrder::Due, CaseOrder::Newest, CaseOrder::Number] {
        for search in ["", "2026"] {
            let query = CaseQuery { order, search: search.into(), withdrawn: true, ..all() };
            let whole = numbers(store, &query).await;
            let mut paged = Vec::new();
            for offset in (0..8).step_by(2) {
                let page = store.cases(&CaseQuery { offset, limit: 2, ..query.clone() }).await.unwrap();
                assert_eq!(page.total, 7);
                paged.extend(page.rows.into_iter().map(|row| row.case.number));
            }
            assert_eq!((paged, whole.len()), (whole, 7), "{order:?} '{search}'");
        }
    }
    let far = store.cases(&CaseQuery { offset: u64::MAX, ..all() }).await.unwrap();
    assert_eq!((far.rows, far.total), (vec![], 6));
    assert_eq!(store.cases(&CaseQuery::default()).await.unwrap().rows, []);
    let counts = store.counts(date(2026, 2, 3), &[]).await.unwrap();
    assert_eq!((counts.stages[0].1, counts.stages[1].1, counts.overdue), (2, 4, 2));
}

pub async fn cases_are_found_by_any_part_of_names_and_numbers(store: &dyn Store) {
    let by = made(store).await;
    let found = async |search: &str| {
        let query = CaseQuery { search: search.into(), order: CaseOrder::Number, withdrawn: true, ..all() };
        numbers(store, &query).await.iter().map(|number| number[8..].to_owned()).collect::<String>()
    };
    for (search, expected) in [
        ("王芳", "257"),
        ("芳", "257"),
        ("王芳明", "5"),
        ("阳王", "7"),
        ("芳王", ""),
        ("𬭎", "6"),
        ("zhang san", "4"),
        ("SAN", "4"),
        ("0002", "2"),
        ("2026-0002", "2"),
        ("２０２６－０００２", "2"),
        ("zy2026-0003/9", "3"),
        ("王芳 0005", "5"),
        ("王芳 0003", ""),
        ("prost", "1234567"),
        ("前列腺癌", "1234567"),
        ("100%_t", "1234567"),
        ("%", "1234567"),
        ("'; DROP TABLE cases --", ""),
        ("\"", "1234567"),
        ("NOT", ""),
    ] {
        assert_eq!(found(search).await, expected, "{search}");
    }
    assert_eq!(numbers(store, &CaseQuery { search: "san".into(), ..all() }).await, [""; 0], "withdrawn");
    let early = CaseQuery { search: "王芳".into(), overdue_on: Some(date(2026, 2, 2)), ..all() };
    assert_eq!(numbers(store, &early).await, ["2026-0002"]);

    // a new name is found, the old one no longer
    let patient = store.patient_by_number("ZY2026-0002/9", None).await.unwrap().unwrap();
    let married = Patient { version: 2, name: "刘芳".into(), ..patient.clone() };
    let change = Change::Replace { before: Item::Patient(patient), after: Item::Patient(married) };
    store.commit(commit(Some(by.id), vec![change])).await.unwrap();
    assert_eq!((found("王芳").await, found("刘芳").await), ("57".into(), "2".into()));
    assert_eq!(today_overdue(store, date(2026, 2, 2)).await, 1);
}

async fn today_overdue(store: &dyn Store, today: Date) -> u64 {
    store.counts(today, &[]).await.unwrap().overdue
}
