//! The made-up year itself: the same from the same seed, entered as people could have entered it, and with something of everything.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use dosewright_records as records;
use jiff::civil::{Date, date};
use records::forms::Forms;
use records::madeup::{Year, year};
use records::record::About;
use records::sources::{Place, PlaceKind, Step, conservation, replay};
use records::{Case, Change, Id, Item, Kind, Lot, Movement, Record, Technique, rules};

const LAST: Date = date(2026, 11, 25);

/// Every item as it stands at the end.
fn items(year: &Year) -> BTreeMap<(Kind, String), Item> {
    let mut there = BTreeMap::new();
    for change in year.commits.iter().flat_map(|commit| &commit.changes) {
        let (Change::Create(item) | Change::Replace { after: item, .. }) = change else { continue };
        there.insert((item.kind(), item.id()), item.clone());
    }
    there
}

#[test]
fn the_same_seed_gives_the_same_year_and_another_seed_another() {
    let (one, same, other) = (year(1, LAST), year(1, LAST), year(2, LAST));
    assert_eq!(one.commits, same.commits);
    assert_eq!(one.objects, same.objects);
    assert_ne!(one.commits, other.commits);
    assert!(one.commits.is_sorted_by_key(|commit| commit.at));
    assert!(
        one.commits.iter().all(|commit| commit.at.to_string().as_str() < "2026-11-25T16:00"),
        "nothing after the last day"
    );
}

#[test]
fn everything_can_be_entered() {
    let year = year(3, LAST);
    let forms = Forms::builtin();
    let mut there: BTreeMap<(Kind, String), Item> = BTreeMap::new();
    let mut used_once = BTreeSet::new();
    for commit in &year.commits {
        rules::check(commit).unwrap();
        for change in &commit.changes {
            let item = match change {
                Change::Create(item) => {
                    assert!(!there.contains_key(&(item.kind(), item.id())), "{} twice", item.id());
                    item
                }
                Change::Replace { before, after } => {
                    assert_eq!(there.get(&(before.kind(), before.id())), Some(before));
                    after
                }
                Change::SetPassword { .. } | Change::Event { .. } => panic!("{change:?}"),
            };
            for (kind, id) in item.refers_to() {
                assert!(there.contains_key(&(kind, id.clone())), "{} refers to {kind:?} {id}", item.id());
            }
            for (content, bytes) in item.contents() {
                assert_eq!(year.objects[&content].len() as u64, bytes);
            }
            if let Item::Record(record) = item {
                fits(record, &forms, &there);
                let once = record.unique.clone().filter(|_| !record.withdrawn && record.version == 1);
                assert!(once.is_none_or(|once| used_once.insert(once)), "{:?} is used twice", record.unique);
            }
            there.insert((item.kind(), item.id()), item.clone());
        }
    }
}

/// Whether a record could have been filled in on its page.
fn fits(record: &Record, forms: &Forms, there: &BTreeMap<(Kind, String), Item>) {
    let form = forms.edition(&record.form, record.edition).unwrap();
    let wrong = form.check(&record.values);
    assert_eq!(wrong, Ok(()), "{} {:?}", record.form, record.values);
    assert!(form.about.contains(&record.about.kind()));
    assert_eq!(record.day, form.record_day(&record.values).unwrap_or(record.day));
    // the lapse of the licence is entered with the version that says so
    assert_eq!(record.until, form.record_until(&record.values));
    assert_eq!(record.unique, form.record_unique(&record.values));
    if let About::Case(case) = record.about {
        let Some(Item::Case(case)) = there.get(&(Kind::Case, case.to_string())) else { panic!("no case") };
        assert!(form.fits(case.technique), "{} of {:?}", record.form, case.technique);
    }
    if let About::Lot(lot) = record.about {
        let Some(Item::Lot(lot)) = there.get(&(Kind::Lot, lot.to_string())) else { panic!("no lot") };
        assert_eq!(form.check_with_lot(&record.values, lot), Ok(()));
    }
}

#[test]
fn no_seed_vanishes() {
    let year = year(4, LAST);
    let all = items(&year);
    let lots: Vec<&Lot> =
        all.values().filter_map(|item| if let Item::Lot(lot) = item { Some(lot) } else { None }).collect();
    let mut by_lot: BTreeMap<Id<Lot>, Vec<Movement>> = BTreeMap::new();
    for item in all.values() {
        if let Item::Movement(movement) = item {
            by_lot.entry(movement.lot).or_default().push(movement.clone());
        }
    }
    let mut kinds = BTreeSet::new();
    let mut steps = BTreeSet::new();
    for lot in &lots {
        let movements = by_lot.remove(&lot.id).unwrap_or_default();
        let proof = conservation(lot, &movements);
        assert!(proof.holds(), "{}: {:?}", lot.number, proof.broken);
        let balance = replay(lot, &movements).unwrap();
        kinds.extend(balance.places().map(|(place, _)| place.kind()));
        steps.extend(movements.iter().map(|movement| movement.step));
        assert_eq!(balance.at(&Place::Lost).len(), 0, "what was lost was found");
    }
    assert!(lots.len() > 40, "{}", lots.len());
    assert_eq!(steps.len(), Step::ALL.len(), "every step occurs: {steps:?}");
    for kind in
        [PlaceKind::Stored, PlaceKind::Implanted, PlaceKind::Returned, PlaceKind::Disposed, PlaceKind::Cancelled]
    {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
}

#[test]
fn there_is_something_of_everything() {
    let year = year(5, LAST);
    let all = items(&year);
    let cases: Vec<&Case> =
        all.values().filter_map(|item| if let Item::Case(case) = item { Some(case) } else { None }).collect();
    let treated_in = |technique, from: Date| {
        let of = cases.iter().filter(|case| case.technique == technique);
        of.filter(|case| case.implanted_on.is_some_and(|day| day >= from)).count()
    };
    let from = date(2025, 11, 26);
    assert!((220..=240).contains(&treated_in(Technique::SeedImplant, from)));
    assert!((112..=126).contains(&treated_in(Technique::Ablation, from)));
    let records: Vec<&Record> =
        all.values().filter_map(|item| if let Item::Record(record) = item { Some(record) } else { None }).collect();
    let forms: BTreeSet<&str> = records.iter().map(|record| record.form.as_str()).collect();
    for form in Forms::builtin().all() {
        assert!(forms.contains(form.name.as_str()), "no {}", form.name);
    }
    assert!(records.iter().any(|record| record.withdrawn));
    let patients: BTreeSet<_> = cases.iter().map(|case| case.patient).collect();
    assert!(patients.len() + 10 < cases.len(), "some patients come again");
    assert!(cases.iter().any(|case| case.implanted_on.is_none()), "some are still to be treated");
    println!("{} commits, {} items, {} cases, {} records", year.commits.len(), all.len(), cases.len(), records.len());
}
