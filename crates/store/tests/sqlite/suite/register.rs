//! The register: hospitals, people, filled-in forms, seeds, facts, figures.

use jiff::civil::date;
use records::facts::{By, Count, FactQuery, Group, Tally};
use records::sources::{Place, SeedSet, Step};
use records::store::{CaseQuery, LotQuery, RecordQuery};
use records::*;
use serde_json::json;

use super::made::*;

async fn hospitals(store: &dyn Store, by: &Account) -> (Hospital, Hospital) {
    let (first, second) = (hospital("1"), hospital("2"));
    create(store, by, vec![Item::Hospital(second.clone()), Item::Hospital(first.clone())]).await;
    (first, second)
}

pub async fn what_the_register_keeps_comes_back(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (first, second) = hospitals(store, &by).await;
    let one = Person { account: Some(by.id), ..person(first.id, "7", "陈明") };
    let two = person(second.id, "7", "李伟");
    let lot = lot(first.id, "L1", 30);
    let paper =
        record("licence", About::Hospital(first.id), date(2026, 1, 1), by.id, &json!({ "kind": "radiation_safety" }));
    let figure = Figure {
        id: id(),
        version: 1,
        hospitals: vec![first.id],
        pack: "seeds-2022".into(),
        edition: 1,
        definitions: Digest::of(b"definitions"),
        on: date(2026, 4, 1),
        from: date(2026, 1, 1),
        to: date(2026, 3, 31),
        values: vec![records::figure::Value { code: "5.1.7.1".into(), numerator: Some(9), denominator: None }],
        by: by.id,
        at: at(0),
    };
    let items = vec![
        Item::Person(one.clone()),
        Item::Person(two.clone()),
        Item::Lot(lot.clone()),
        Item::Record(paper.clone()),
        Item::Figure(figure.clone()),
    ];
    create(store, &by, items).await;
    assert_eq!(store.hospitals().await.unwrap(), [first.clone(), second]);
    assert_eq!(store.people(&[]).await.unwrap().len(), 2);
    assert_eq!(store.people(&[first.id]).await.unwrap(), std::slice::from_ref(&one));
    assert_eq!(store.person(two.id).await.unwrap(), Some(two));
    assert_eq!(store.record(paper.id).await.unwrap(), Some(paper));
    let row = store.lot(lot.id).await.unwrap().unwrap();
    assert_eq!((row.lot, row.places), (lot, vec![(Place::Ordered, 30)]));
    assert_eq!(store.figures("seeds-2022").await.unwrap(), std::slice::from_ref(&figure));
    let later = Figure { version: 2, edition: 2, ..figure.clone() };
    let change = Change::Replace { before: Item::Figure(figure), after: Item::Figure(later) };
    assert!(matches!(store.commit(commit(Some(by.id), vec![change])).await, Err(StoreError::Refused(_))));
}

pub async fn each_hospital_numbers_its_own_patients(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (first, second) = hospitals(store, &by).await;
    let enter = async |number: &str, hospital: &Hospital, patient: &Patient| {
        let case = Case { hospital: Some(hospital.id), ..case(number, patient.id) };
        let changes = vec![Change::Create(Item::Patient(patient.clone())), Change::Create(Item::Case(case.clone()))];
        store.commit(commit(Some(by.id), changes)).await.map(|_| case)
    };
    let (wang, li, zhao) = (patient("0001", "王芳"), patient("0001", "李明"), patient("0001", "赵云"));
    let case_of_wang = enter("1", &first, &wang).await.unwrap();
    enter("2", &second, &li).await.unwrap();
    let taken = StoreError::Taken { what: "the patient number", value: "0001".into() };
    assert_eq!(enter("3", &second, &zhao).await.unwrap_err(), taken);
    for (hospital, whom) in [(Some(first.id), Some(&wang)), (Some(second.id), Some(&li)), (None, None)] {
        assert_eq!(store.patient_by_number("0001", hospital).await.unwrap().as_ref(), whom);
    }
    // neither by another number later, nor by a case that comes to the other hospital
    let other = Patient { number: "0002".into(), ..zhao };
    enter("3", &second, &other).await.unwrap();
    let renumbered = Patient { version: 2, number: "0001".into(), ..other.clone() };
    let change = Change::Replace { before: Item::Patient(other), after: Item::Patient(renumbered) };
    assert_eq!(store.commit(commit(Some(by.id), vec![change])).await.unwrap_err(), taken);
    let moved = Case { version: 2, hospital: Some(second.id), ..case_of_wang.clone() };
    let change = Change::Replace { before: Item::Case(case_of_wang.clone()), after: Item::Case(moved) };
    assert_eq!(store.commit(commit(Some(by.id), vec![change])).await.unwrap_err(), taken);
    assert_eq!(store.cases_of(wang.id).await.unwrap(), [case_of_wang]);
    // whoever sees one hospital finds one of them
    let found = CaseQuery { search: "0001".into(), hospitals: vec![second.id], limit: 9, ..CaseQuery::default() };
    let found = store.cases(&found).await.unwrap();
    assert_eq!((found.total, &found.rows[0].patient.name), (1, &li.name));
}

pub async fn records_are_listed_by_what_is_asked(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (first, second) = hospitals(store, &by).await;
    let one = person(first.id, "1", "陈明");
    let (case, _) = made_case(store, &by, "1", "王芳").await;
    let there = Case { version: 2, hospital: Some(second.id), ..case.clone() };
    create(store, &by, vec![Item::Person(one.clone())]).await;
    let change = Change::Replace { before: Item::Case(case), after: Item::Case(there.clone()) };
    store.commit(commit(Some(by.id), vec![change])).await.unwrap();
    let of = |form: &str, about, day, until| Record { until, ..record(form, about, day, by.id, &json!({})) };
    let licence = of("licence", About::Hospital(first.id), date(2024, 1, 1), Some(date(2026, 2, 1)));
    let title = of("title", About::Person(one.id), date(2020, 1, 1), None);
    let training = of("training", About::Person(one.id), date(2023, 1, 1), Some(date(2026, 1, 31)));
    let consent = of("consent", About::Case(there.id), date(2026, 1, 5), None);
    let gone = Record { withdrawn: true, ..of("consent", About::Case(there.id), date(2026, 1, 6), None) };
    let all = [&licence, &title, &training, &consent, &gone].map(|one| Item::Record(one.clone()));
    create(store, &by, all.into()).await;
    let listed = async |query: RecordQuery| {
        let page = store.records(&RecordQuery { limit: 100, ..query }).await.unwrap();
        assert_eq!(page.total, page.rows.len() as u64);
        page.rows.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    let usual = RecordQuery::default;
    assert_eq!(listed(usual()).await, [consent.id, licence.id, training.id, title.id]);
    assert_eq!(listed(RecordQuery { withdrawn: true, ..usual() }).await.len(), 5);
    assert_eq!(listed(RecordQuery { about: Some(About::Person(one.id)), ..usual() }).await, [training.id, title.id]);
    assert_eq!(listed(RecordQuery { hospitals: vec![first.id], ..usual() }).await, [licence.id, training.id, title.id]);
    assert_eq!(listed(RecordQuery { hospitals: vec![second.id], ..usual() }).await, [consent.id]);
    assert_eq!(
        listed(RecordQuery { forms: vec!["consent".into(), "title".into()], ..usual() }).await,
        [consent.id, title.id]
    );
    // the first to lapse first; what does not lapse is not among them
    assert_eq!(listed(RecordQuery { until: Some(date(2026, 2, 1)), ..usual() }).await, [training.id, licence.id]);
    assert_eq!(listed(RecordQuery { until: Some(date(2026, 1, 31)), ..usual() }).await, [training.id]);
    let days = RecordQuery { from: Some(date(2024, 1, 1)), to: Some(date(2024, 12, 31)), ..usual() };
    assert_eq!(listed(days).await, [licence.id]);
    // several forms, several hospitals, and withdrawn ones among them
    let both = RecordQuery {
        hospitals: vec![first.id, second.id],
        forms: vec!["consent".into(), "licence".into()],
        ..usual()
    };
    assert_eq!(listed(both.clone()).await, [consent.id, licence.id]);
    assert_eq!(listed(RecordQuery { withdrawn: true, ..both.clone() }).await, [gone.id, consent.id, licence.id]);
    assert_eq!(listed(RecordQuery { kinds: vec![Kind::Hospital], ..both.clone() }).await, [licence.id]);
    assert_eq!(listed(RecordQuery { until: Some(date(2026, 2, 1)), ..both.clone() }).await, [licence.id]);
    assert_eq!(listed(RecordQuery { about: Some(About::Case(there.id)), ..both.clone() }).await, [consent.id]);
    let none = RecordQuery { hospitals: vec![first.id], about: Some(About::Case(there.id)), ..usual() };
    assert_eq!(listed(none).await, []);
    // a record goes with the case, the person or the lot that comes to another hospital
    let back = Case { version: 3, hospital: Some(first.id), ..there.clone() };
    let gone_over = Person { version: 2, hospital: second.id, ..one.clone() };
    let changes = vec![
        Change::Replace { before: Item::Case(there), after: Item::Case(back) },
        Change::Replace { before: Item::Person(one), after: Item::Person(gone_over) },
    ];
    store.commit(commit(Some(by.id), changes)).await.unwrap();
    assert_eq!(listed(RecordQuery { hospitals: vec![first.id], ..usual() }).await, [consent.id, licence.id]);
    assert_eq!(listed(RecordQuery { hospitals: vec![second.id], ..usual() }).await, [training.id, title.id]);
    let moved = Record { version: 2, about: About::Hospital(second.id), ..licence.clone() };
    let change = Change::Replace { before: Item::Record(licence), after: Item::Record(moved) };
    assert!(matches!(store.commit(commit(Some(by.id), vec![change])).await, Err(StoreError::Refused(_))));
}

pub async fn what_may_be_there_once_is(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (first, second) = hospitals(store, &by).await;
    let taken = |error: StoreError| match error {
        StoreError::Taken { what, value } => format!("{what} {value}"),
        other => panic!("{other}"),
    };
    let try_to = async |item: Item| store.commit(commit(Some(by.id), vec![Change::Create(item)])).await;
    assert_eq!(taken(try_to(Item::Hospital(hospital("1"))).await.unwrap_err()), "the hospital's code 1");
    create(store, &by, vec![Item::Person(person(first.id, "7", "甲")), Item::Person(person(second.id, "7", "乙"))])
        .await;
    assert_eq!(taken(try_to(Item::Person(person(first.id, "7", "丙"))).await.unwrap_err()), "the staff number 7");
    // without a number there may be many
    create(store, &by, vec![Item::Person(person(first.id, "", "丁")), Item::Person(person(first.id, "", "戊"))]).await;
    create(store, &by, vec![Item::Lot(lot(first.id, "L1", 5)), Item::Lot(lot(second.id, "L1", 5))]).await;
    assert_eq!(taken(try_to(Item::Lot(lot(first.id, "L1", 5))).await.unwrap_err()), "the lot number L1");
    let (case, _) = made_case(store, &by, "1", "王芳").await;
    let used = |withdrawn| Record {
        unique: Some("(01)0694(21)A1".into()),
        withdrawn,
        ..record("device_use", About::Case(case.id), date(2026, 1, 1), by.id, &json!({}))
    };
    let first_use = used(false);
    create(store, &by, vec![Item::Record(first_use.clone())]).await;
    let again = taken(try_to(Item::Record(used(false))).await.unwrap_err());
    assert_eq!(again, "what may be used once (01)0694(21)A1");
    // entered in error and withdrawn, it is free again
    let change = Change::Replace {
        before: Item::Record(first_use.clone()),
        after: Item::Record(Record { version: 2, withdrawn: true, ..first_use }),
    };
    store.commit(commit(Some(by.id), vec![change])).await.unwrap();
    try_to(Item::Record(used(false))).await.unwrap();
}

pub fn movement(
    lot: &Lot,
    number: u32,
    step: Step,
    seeds: SeedSet,
    from: Place,
    to: Place,
    by: Id<Account>,
) -> Movement {
    Movement {
        id: id(),
        version: 1,
        lot: lot.id,
        number,
        at: at(-1000 + i64::from(number)),
        step,
        seeds,
        from,
        to,
        evidence: None,
        by,
        note: String::new(),
    }
}

pub async fn seeds_move_lawfully_or_not_at_all(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (first, second) = hospitals(store, &by).await;
    let (case, _) = made_case(store, &by, "1", "王芳").await;
    let lot = lot(first.id, "L1", 30);
    create(store, &by, vec![Item::Lot(lot.clone())]).await;
    let try_to = async |movement: Movement| {
        store.commit(commit(Some(by.id), vec![Change::Create(Item::Movement(movement))])).await
    };
    let safe = Place::Stored("保险柜甲".into());
    let step = |number, step, seeds: (u32, u32), from: Place, to: Place| {
        movement(&lot, number, step, SeedSet::range(seeds.0, seeds.1), from, to, by.id)
    };
    let issued = Place::Issued(case.id);
    try_to(step(1, Step::Receive, (1, 30), Place::Ordered, Place::Received)).await.unwrap();
    try_to(step(2, Step::Store, (1, 30), Place::Received, safe.clone())).await.unwrap();
    try_to(step(3, Step::Issue, (1, 20), safe.clone(), issued.clone())).await.unwrap();
    let head = store.head().await.unwrap();
    // seeds that are not there, a number that is taken, a step that is none: refused, and nothing is left of it
    for wrong in [
        step(4, Step::Issue, (20, 25), safe.clone(), issued.clone()),
        step(3, Step::Issue, (21, 25), safe.clone(), issued.clone()),
        step(4, Step::Implant, (21, 25), safe.clone(), Place::Implanted(case.id)),
    ] {
        let refused = try_to(wrong).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    }
    assert_eq!(store.head().await.unwrap(), head);
    try_to(step(4, Step::Implant, (1, 18), issued.clone(), Place::Implanted(case.id))).await.unwrap();
    try_to(step(5, Step::Store, (19, 20), issued, safe.clone())).await.unwrap();
    let places = vec![(Place::Implanted(case.id), 18), (safe.clone(), 12)];
    let row = store.lot(lot.id).await.unwrap().unwrap();
    assert_eq!(row.places, places);
    assert_eq!(store.movements(lot.id).await.unwrap().len(), 5);
    assert_eq!(store.movements_of(case.id).await.unwrap().iter().map(|one| one.number).collect::<Vec<_>>(), [3, 4, 5]);
    assert_eq!(store.stock(&[first.id]).await.unwrap().iter().map(|line| line.seeds).sum::<u64>(), 30);
    assert_eq!(store.stock(&[second.id]).await.unwrap(), []);
    let found = async |query: LotQuery| store.lots(&LotQuery { limit: 10, ..query }).await.unwrap().total;
    assert_eq!(found(LotQuery::default()).await, 1);
    assert_eq!(found(LotQuery { hospitals: vec![second.id], ..LotQuery::default() }).await, 0);
    assert_eq!(found(LotQuery { with_seeds: Some("stored"), ..LotQuery::default() }).await, 1);
    assert_eq!(found(LotQuery { with_seeds: Some("lost"), ..LotQuery::default() }).await, 0);
    assert_eq!(found(LotQuery { number: "L".into(), ..LotQuery::default() }).await, 1);
    // the case knows its seeds
    let seeds = store.tally(&FactQuery::default(), Count::Seeds, Group::Whole).await.unwrap();
    assert_eq!(seeds, [Tally { part: String::new(), count: 18 }]);
}

pub async fn cases_are_counted_by_their_facts(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (first, second) = hospitals(store, &by).await;
    let mut cases = Vec::new();
    for (number, hospital) in [("1", &first), ("2", &first), ("3", &second), ("4", &second)] {
        let (case, _) = made_case(store, &by, number, "王芳").await;
        let treated = Case {
            version: 2,
            hospital: Some(hospital.id),
            implanted_on: Some(date(2026, 1, number.parse().unwrap())),
            withdrawn: number == "4",
            ..case.clone()
        };
        let change = Change::Replace { before: Item::Case(case), after: Item::Case(treated.clone()) };
        store.commit(commit(Some(by.id), vec![change])).await.unwrap();
        cases.push(treated);
    }
    let stated =
        record("indication", About::Case(cases[0].id), date(2025, 12, 31), by.id, &json!({ "decision": "implant" }));
    let home = record("discharge", About::Case(cases[1].id), date(2026, 1, 9), by.id, &json!({ "day": "2026-01-09" }));
    create(store, &by, vec![Item::Record(stated), Item::Record(home)]).await;
    let asked =
        |facts: &[Fact]| FactQuery { by: By::Treated, all: facts.iter().copied().collect(), ..FactQuery::default() };
    let count = async |query: &FactQuery| {
        store.tally(query, Count::Cases, Group::Whole).await.unwrap().first().map_or(0, |one| one.count)
    };
    assert_eq!(count(&asked(&[Fact::SeedImplant, Fact::Treated])).await, 3);
    assert_eq!(count(&asked(&[Fact::IndicationStated])).await, 1);
    assert_eq!(count(&FactQuery { hospitals: vec![second.id], ..asked(&[Fact::Treated]) }).await, 1);
    assert_eq!(count(&FactQuery { from: Some(date(2026, 1, 2)), ..asked(&[]) }).await, 2);
    let by_hospital = store.tally(&asked(&[]), Count::Cases, Group::Hospital).await.unwrap();
    assert_eq!(by_hospital.iter().map(|one| one.count).collect::<Vec<_>>(), [2, 1]);
    let list = store.counted(&asked(&[Fact::Treated]), 1, 10).await.unwrap();
    assert_eq!(
        (list.total, list.rows.iter().map(|row| row.case.number.as_str()).collect::<Vec<_>>()),
        (3, vec!["2", "3"])
    );
    assert!(list.rows.iter().all(|row| row.patient.name == "王芳"));
    // whom the list names was discharged on that day, wherever the row is read
    let discharged: Vec<_> = list.rows.iter().map(|row| row.discharged).collect();
    assert_eq!(discharged, [Some(date(2026, 1, 9)), None]);
    assert_eq!(store.case(cases[1].id).await.unwrap().unwrap().discharged, discharged[0]);
}

pub async fn who_belongs_to_a_hospital_lists_its_cases(store: &dyn Store) {
    let by = people(store).await.physicist;
    let (first, second) = hospitals(store, &by).await;
    for number in 1..=6 {
        let (case, _) = made_case(store, &by, &number.to_string(), "王芳").await;
        let hospital = match number % 3 {
            0 => None,
            1 => Some(first.id),
            _ => Some(second.id),
        };
        let there = Case { version: 2, hospital, ..case.clone() };
        let change = Change::Replace { before: Item::Case(case), after: Item::Case(there) };
        store.commit(commit(Some(by.id), vec![change])).await.unwrap();
    }
    let listed = async |hospitals: Vec<Id<Hospital>>, search: &str| {
        let query =
            CaseQuery { hospitals: hospitals.clone(), search: search.into(), limit: 10, ..CaseQuery::default() };
        let page = store.cases(&query).await.unwrap();
        let counted: u64 =
            store.counts(date(2026, 1, 1), &hospitals).await.unwrap().stages.iter().map(|one| one.1).sum();
        assert_eq!((page.total, counted), (page.rows.len() as u64, page.total));
        page.total
    };
    assert_eq!(listed(vec![], "").await, 6);
    assert_eq!(listed(vec![first.id], "").await, 2);
    assert_eq!(listed(vec![first.id, second.id], "王芳").await, 4);
    // more than are merged
    let many = (0..60).map(|_| id()).chain([second.id]).collect();
    assert_eq!(listed(many, "").await, 2);
}
