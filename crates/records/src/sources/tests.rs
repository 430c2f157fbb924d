//! The ledger of seeds as a whole: random lawful and unlawful sequences, back-dated entries, and the sentences.

use std::collections::BTreeMap;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::legal::TABLE;
use super::*;
use crate::{Case, Id};

pub(super) fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn case(number: u8) -> Id<Case> {
    Id::new(1, [number; 10])
}

pub(super) fn safe(name: &str) -> Place {
    Place::Stored(name.to_owned())
}

pub(super) fn lot(number: u8, count: u32) -> Lot {
    Lot {
        id: Id::new(2, [number; 10]),
        version: 1,
        hospital: Id::new(3, [0; 10]),
        number: format!("B{number:03}"),
        manufacturer: "maker".to_owned(),
        model: "STM1251".to_owned(),
        nuclide: "I-125".to_owned(),
        registration: String::new(),
        count,
        strength_u: 0.635,
        reference: moment("2026-03-01T04:00:00Z"),
        created: moment("2026-03-01T00:00:00Z"),
    }
}

/// A movement on a day of March 2026 at noon of a hospital in China.
pub(super) fn movement(lot: &Lot, number: u32, day: i64, step: Step, seeds: &str, from: Place, to: Place) -> Movement {
    Movement {
        id: Id::new(4, [number as u8; 10]),
        version: 1,
        lot: lot.id,
        number,
        at: moment("2026-03-01T04:00:00Z") + SignedDuration::from_hours(24 * (day - 1)),
        step,
        seeds: seeds.parse().unwrap(),
        from,
        to,
        evidence: None,
        by: Id::new(5, [0; 10]),
        note: "seen".to_owned(),
    }
}

pub(super) fn now() -> Timestamp {
    moment("2026-12-31T00:00:00Z")
}

/// The usual life of a lot of 40: 20 seeds issued, 18 implanted, 2 back in the safe.
pub(super) fn usual(lot: &Lot) -> Vec<Movement> {
    let (a, c) = (safe("A"), case(1));
    vec![
        movement(lot, 1, 2, Step::Receive, "1-40", Place::Ordered, Place::Received),
        movement(lot, 2, 3, Step::Assay, "1-3", Place::Received, Place::Assay),
        movement(lot, 3, 4, Step::Store, "4-40", Place::Received, a.clone()),
        movement(lot, 4, 4, Step::Store, "1-3", Place::Assay, a.clone()),
        movement(lot, 5, 6, Step::Issue, "1-20", a.clone(), Place::Issued(c)),
        movement(lot, 6, 7, Step::Implant, "1-18", Place::Issued(c), Place::Implanted(c)),
        movement(lot, 7, 7, Step::Store, "19,20", Place::Issued(c), a),
    ]
}

fn entered(lot: &Lot, movements: &[Movement]) -> Vec<Movement> {
    let mut ledger: Vec<Movement> = Vec::new();
    for movement in movements {
        admit(lot, &ledger, movement, now()).unwrap_or_else(|error| panic!("{}: {error}", movement.number));
        ledger.push(movement.clone());
    }
    ledger
}

#[test]
fn a_usual_lot_is_followed_to_the_last_seed() {
    let lot = lot(1, 40);
    let ledger = entered(&lot, &usual(&lot));
    let end = replay(&lot, &ledger).unwrap();
    assert_eq!(end.at(&Place::Implanted(case(1))).to_string(), "1-18");
    assert_eq!(end.at(&safe("A")).to_string(), "19-40");
    assert_eq!(end.place_of(19), Some(&safe("A")));
    assert_eq!(end.ever_issued(case(1)).to_string(), "1-20");
    assert_eq!(end.place_of(41), None);
    assert!(end.is_whole());
    assert_eq!(pick(&end, &safe("A"), 3).unwrap().to_string(), "19-21");
    assert_eq!(pick(&end, &safe("A"), 23), Err(SourceError::TooFew { place: safe("A"), there: 22, asked: 23 }));
    assert_eq!(pick(&end, &safe("A"), 0), Err(SourceError::NoSeeds));
    let then = replay_until(&lot, &ledger, moment("2026-03-06T23:00:00Z")).unwrap();
    assert_eq!(then.at(&Place::Issued(case(1))).len(), 20);
}

#[test]
fn conservation_holds_after_every_movement_and_stops_where_the_ledger_does() {
    let lot = lot(1, 40);
    let ledger = usual(&lot);
    let report = conservation(&lot, &ledger);
    assert!(report.holds());
    assert_eq!(report.lines.len(), 7);
    let last = &report.lines[6].counts;
    assert_eq!((last[&PlaceKind::Implanted], last[&PlaceKind::Stored], last[&PlaceKind::Issued]), (18, 22, 0));
    assert_eq!(last.values().sum::<i64>(), 40);
    let mut torn = ledger.clone();
    torn[5].seeds = "1-18,25".parse().unwrap();
    let report = conservation(&lot, &torn);
    assert!(!report.holds() && report.lines.len() == 5);
    assert!(matches!(report.broken, Some(SourceError::NotThere { .. })));
    torn.remove(2);
    assert_eq!(conservation(&lot, &torn).broken, Some(SourceError::Gap { number: 3 }));
}

/// What is wrong with entering `new` after a usual lot.
fn refused(change: impl Fn(&mut Movement)) -> SourceError {
    let lot = lot(1, 40);
    let ledger = usual(&lot);
    let mut new = movement(&lot, 8, 8, Step::Issue, "21-25", safe("A"), Place::Issued(case(2)));
    assert!(admit(&lot, &ledger, &new, now()).is_ok());
    change(&mut new);
    admit(&lot, &ledger, &new, now()).unwrap_err()
}

#[test]
fn everything_that_cannot_be_is_refused() {
    assert!(matches!(refused(|new| new.lot = Id::new(9, [9; 10])), SourceError::OtherLot { .. }));
    assert_eq!(refused(|new| new.number = 9), SourceError::Number { given: 9, next: 8 });
    assert_eq!(refused(|new| new.number = 7), SourceError::Number { given: 7, next: 8 });
    assert_eq!(refused(|new| new.seeds = SeedSet::NONE), SourceError::NoSeeds);
    let beyond = refused(|new| new.seeds = "40-41".parse().unwrap());
    assert_eq!(beyond, SourceError::Beyond { seeds: "41".parse().unwrap(), count: 40 });
    assert!(matches!(refused(|new| new.at = now() + SignedDuration::from_secs(1)), SourceError::Future { .. }));
    assert!(matches!(refused(|new| new.to = Place::Implanted(case(2))), SourceError::Illegal { .. }));
    assert_eq!(refused(|new| new.from = safe(" ")), SourceError::SafeName);
    assert!(matches!(refused(|new| new.from = safe("B")), SourceError::NotThere { .. }));
    let silent = refused(|new| {
        (new.step, new.to, new.note) = (Step::Lose, Place::Lost, " ".to_owned());
    });
    assert_eq!(silent, SourceError::NoReason { step: Step::Lose });
}

#[test]
fn sentences_say_where_the_seeds_are_and_what_to_do() {
    let name = |_| "2026-017".to_owned();
    let words = Words { case: &name, zone: Offset::constant(8) };
    let said = refused(|new| new.seeds = "17-21".parse().unwrap()).sentence(&words);
    // 19 and 20 are back in the safe
    let expected = "seeds 17-18 are not in safe A at 2026-03-08 12:00: 17-18 in implanted in case 2026-017 (movement 6, 'implant', at 2026-03-07 12:00); choose other seeds, or correct the movement that took them elsewhere first";
    assert_eq!(said.en, expected);
    assert!(said.zh.contains("17-18 号粒子不在保险柜“A”") && said.zh.contains("病例 2026-017"), "{}", said.zh);
    // on the fifth the seeds were still in the safe; taking them then would leave the issue of the sixth without them
    let breaks = refused(|new| (new.at, new.seeds) = (moment("2026-03-05T04:00:00Z"), "20".parse().unwrap()));
    let said = breaks.sentence(&words);
    assert!(said.en.contains("movement 5 ('issue' at 2026-03-06 12:00) without seeds 20"), "{}", said.en);
    // on the third they were not in the safe yet
    let early = refused(|new| new.at = moment("2026-03-03T04:00:00Z")).sentence(&words);
    assert!(early.en.contains("movement 3 brings them there only at 2026-03-04 12:00"), "{}", early.en);
    let illegal = refused(|new| new.to = Place::Returned).sentence(&words);
    assert!(illegal.en.contains("issue → issued for a case") && illegal.zh.contains("发放 → 已发放给病例"));
    assert!(refused(|new| new.from = safe("B")).to_string().contains("store"), "the advice names the step");
}

#[test]
fn mistakes_are_put_right_by_movements_the_other_way() {
    let (lot, a, c) = (lot(1, 40), safe("A"), case(1));
    let mut ledger = usual(&lot);
    let back = [
        // two of the eighteen were not implanted after all, and go back
        movement(&lot, 8, 8, Step::Recover, "17-18", Place::Implanted(c), Place::Issued(c)),
        movement(&lot, 9, 8, Step::Store, "17-18", Place::Issued(c), a.clone()),
        // one left the patient unseen, and was seen in the pelvis later
        movement(&lot, 10, 9, Step::Lose, "1", Place::Implanted(c), Place::Lost),
        movement(&lot, 11, 10, Step::Find, "1", Place::Lost, Place::Implanted(c)),
        // the supplier's box was counted wrong
        movement(&lot, 12, 11, Step::Dispose, "40", a.clone(), Place::Disposed),
        movement(&lot, 13, 12, Step::Quarantine, "40", Place::Disposed, Place::Quarantine),
        movement(&lot, 14, 12, Step::Store, "40", Place::Quarantine, a.clone()),
    ];
    for new in back {
        admit(&lot, &ledger, &new, now()).unwrap_or_else(|error| panic!("{}: {error}", new.number));
        ledger.push(new);
    }
    let end = replay(&lot, &ledger).unwrap();
    assert_eq!(end.at(&a).to_string(), "17-40");
    let new = movement(&lot, 15, 13, Step::Lose, "30", a, Place::Lost);
    ledger.push(new);
    let wrong = movement(&lot, 16, 14, Step::Find, "30", Place::Lost, Place::Implanted(c));
    let error = admit(&lot, &ledger, &wrong, now()).unwrap_err();
    assert_eq!(error, SourceError::NeverHad { seeds: "30".parse().unwrap(), case: c });
}

#[test]
fn a_seed_that_was_in_a_patient_is_never_used_again() {
    let (lot, a, c) = (lot(1, 40), safe("A"), case(1));
    let mut ledger = usual(&lot);
    ledger.push(movement(&lot, 8, 8, Step::Recover, "1,2", Place::Implanted(c), Place::Quarantine));
    ledger.push(movement(&lot, 9, 8, Step::Lose, "3", Place::Implanted(c), Place::Lost));
    ledger.push(movement(&lot, 10, 9, Step::Find, "3", Place::Lost, Place::Quarantine));
    assert_eq!(replay(&lot, &ledger).unwrap().left_patient(c).to_string(), "1-3");
    let store = movement(&lot, 11, 10, Step::Store, "1-3", Place::Quarantine, a);
    let used = admit(&lot, &ledger, &store, now()).unwrap_err();
    assert_eq!(used, SourceError::Used { seeds: "1-3".parse().unwrap(), case: c });
    assert!(
        admit(&lot, &ledger, &movement(&lot, 11, 10, Step::Dispose, "1-3", Place::Quarantine, Place::Disposed), now())
            .is_ok()
    );
    // the second was never out of the patient: taken back, and from there even to the case's own seeds
    let still = movement(&lot, 11, 10, Step::Implant, "2", Place::Quarantine, Place::Implanted(c));
    assert_eq!(admit(&lot, &ledger, &still, now()).unwrap().left_patient(c).to_string(), "1,3");
    let other = movement(&lot, 11, 10, Step::Implant, "2", Place::Quarantine, Place::Implanted(case(2)));
    assert!(matches!(admit(&lot, &ledger, &other, now()), Err(SourceError::NeverHad { .. })));
}

#[test]
fn a_back_dated_entry_is_taken_where_every_instant_stays_lawful() {
    let (lot, a) = (lot(1, 40), safe("A"));
    let ledger = usual(&lot);
    // forgotten on the fifth: seed 40, which nobody needed afterwards
    let forgotten = movement(&lot, 8, 5, Step::Quarantine, "40", a.clone(), Place::Quarantine);
    let end = admit(&lot, &ledger, &forgotten, now()).unwrap();
    assert_eq!(end.at(&Place::Quarantine).to_string(), "40");
    // seed 20 was issued on the sixth and stored again on the seventh: on the fifth it cannot have left the safe
    let impossible = movement(&lot, 8, 5, Step::Quarantine, "20,40", a, Place::Quarantine);
    let error = admit(&lot, &ledger, &impossible, now()).unwrap_err();
    let seeds: SeedSet = "20".parse().unwrap();
    assert!(matches!(error, SourceError::Breaks { by: (5, ..), seeds: broken, .. } if broken == seeds));
}

/// A model that knows nothing of sets: the place of every single seed.
type Plain = BTreeMap<u32, Place>;

fn places() -> Vec<Place> {
    let named = [safe("A"), safe("B"), Place::Issued(case(1)), Place::Issued(case(2))];
    let plain = [Place::Ordered, Place::Cancelled, Place::Received, Place::Assay, Place::Quarantine];
    let ends = [Place::Returned, Place::Disposed, Place::Lost, Place::Implanted(case(1)), Place::Implanted(case(2))];
    named.into_iter().chain(plain).chain(ends).collect()
}

/// A wish: which row of the table (or any step at all), between which of the named places, which seeds, on which day.
#[derive(Debug, Clone)]
struct Wish {
    row: usize,
    from: usize,
    to: usize,
    first: u32,
    more: u32,
    day: i64,
    honest: bool,
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let wish = (0..TABLE.len(), 0usize..14, 0usize..14, 1u32..13, 0u32..5, 1i64..25, proptest::bool::weighted(0.8));
    let wish =
        wish.prop_map(|(row, from, to, first, more, day, honest)| Wish { row, from, to, first, more, day, honest });
    proptest::collection::vec(wish, 1..60)
}

fn granted(lot: &Lot, number: u32, wish: &Wish, ledger: &[Movement]) -> Movement {
    let row = TABLE[wish.row];
    let all = places();
    let of = |kind: PlaceKind, at: usize| {
        let kinds: Vec<_> = all.iter().filter(|place| place.kind() == kind).collect();
        kinds[at % kinds.len()].clone()
    };
    let seeds = SeedSet::range(wish.first, wish.first + wish.more);
    let mut new = movement(lot, number, wish.day, row.step, "1", of(row.from, wish.from), of(row.to, wish.to));
    new.seeds = seeds;
    if wish.honest {
        // take what is there, so that sequences get somewhere
        let balance = replay(lot, ledger).unwrap();
        let from = balance.places().nth(wish.from % balance.places().count()).map(|(place, _)| place.clone()).unwrap();
        let rows: Vec<_> = TABLE.iter().filter(|row| row.from == from.kind()).collect();
        let row = rows[wish.row % rows.len()];
        new.seeds = balance.at(&from).lowest(balance.at(&from).len().min(wish.more + 1)).unwrap();
        (new.step, new.from, new.to) = (row.step, from, of(row.to, wish.to));
    }
    new
}

/// Moves seeds one by one in order of moment; `None` where a seed is not where it is taken from or the step is not in the table.
fn plainly(lot: &Lot, ledger: &[Movement]) -> Option<Plain> {
    let mut sorted: Vec<&Movement> = ledger.iter().collect();
    sorted.sort_by_key(|movement| (movement.at, movement.number));
    let mut plain: Plain = (1..=lot.count).map(|seed| (seed, Place::Ordered)).collect();
    let mut issued: Vec<(u32, Id<Case>)> = Vec::new();
    let mut left: BTreeMap<u32, Id<Case>> = BTreeMap::new();
    for one in sorted {
        let row = TABLE.iter().any(|row| (row.from, row.step, row.to) == (one.from.kind(), one.step, one.to.kind()));
        let cases = |place: &Place| match place {
            Place::Issued(case) | Place::Implanted(case) => Some(*case),
            _ => None,
        };
        let other = cases(&one.from).zip(cases(&one.to)).is_some_and(|(old, new)| old != new);
        if !row || other || one.from == one.to {
            return None;
        }
        for seed in one.seeds.ranges().iter().flat_map(|&(first, last)| first..=last) {
            if plain.get(&seed) != Some(&one.from) {
                return None;
            }
            let case = cases(&one.to);
            let was_in = left.get(&seed).copied();
            let bound_for_use = matches!(one.to, Place::Stored(_) | Place::Issued(_) | Place::Implanted(_));
            match (&one.from, &one.to) {
                (Place::Lost, Place::Issued(case) | Place::Implanted(case)) if !issued.contains(&(seed, *case)) => {
                    return None;
                }
                (Place::Quarantine, Place::Implanted(case)) if was_in != Some(*case) => return None,
                _ if bound_for_use && was_in.is_some() => {
                    // back into the same patient, or nowhere
                    if !matches!(one.to, Place::Implanted(_)) || case != was_in {
                        return None;
                    }
                    left.remove(&seed);
                }
                _ => {}
            }
            if let (Place::Implanted(case), Place::Quarantine | Place::Lost) = (&one.from, &one.to) {
                left.insert(seed, *case);
            }
            issued.extend(case.filter(|_| matches!(one.to, Place::Issued(_))).map(|case| (seed, case)));
            plain.insert(seed, one.to.clone());
        }
    }
    Some(plain)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Forward and back-dated, lawful and not: what is admitted is exactly what moving the seeds one by one in order of time
    /// allows, it keeps every seed in one place at every instant, and what is refused leaves the ledger as it was.
    #[test]
    fn admits_what_moving_seeds_one_by_one_allows(wishes in wishes()) {
        let lot = lot(1, 12);
        let mut ledger: Vec<Movement> = Vec::new();
        for wish in &wishes {
            let new = granted(&lot, ledger.len() as u32 + 1, wish, &ledger);
            let before = replay(&lot, &ledger).unwrap();
            let tried: Vec<Movement> = ledger.iter().cloned().chain([new.clone()]).collect();
            let plain = plainly(&lot, &tried);
            match admit(&lot, &ledger, &new, now()) {
                Ok(balance) => {
                    let plain = plain.expect("the plain model refuses what was admitted");
                    for (seed, place) in &plain {
                        prop_assert_eq!(balance.place_of(*seed), Some(place));
                    }
                    prop_assert!(balance.is_whole());
                    ledger = tried;
                    prop_assert_eq!(&replay(&lot, &ledger).unwrap(), &balance);
                }
                Err(error) => {
                    prop_assert!(plain.is_none(), "the plain model admits it: {error}");
                    prop_assert_eq!(replay(&lot, &ledger).unwrap(), before);
                    let said = error.sentence(&Words::default());
                    prop_assert!(!said.zh.is_empty() && !said.en.is_empty());
                }
            }
        }
        prop_assert!(conservation(&lot, &ledger).holds());
        // the order in which the movements are handed over does not matter
        let end = replay(&lot, &ledger).unwrap();
        let mut backwards = ledger.clone();
        backwards.reverse();
        prop_assert_eq!(replay(&lot, &backwards).unwrap(), end);
    }

    /// Two lots are two ledgers: entered alternately or one after the other, each ends where it would end alone.
    #[test]
    fn lots_do_not_know_of_one_another(wishes in wishes(), turns in proptest::collection::vec(any::<bool>(), 60)) {
        let lots = [lot(1, 12), lot(2, 9)];
        let mut mixed: [Vec<Movement>; 2] = [Vec::new(), Vec::new()];
        let mut alone: [Vec<Wish>; 2] = [Vec::new(), Vec::new()];
        for (wish, turn) in wishes.iter().zip(&turns) {
            let which = usize::from(*turn);
            alone[which].push(wish.clone());
            let new = granted(&lots[which], mixed[which].len() as u32 + 1, wish, &mixed[which]);
            if admit(&lots[which], &mixed[which], &new, now()).is_ok() {
                let other = admit(&lots[1 - which], &mixed[1 - which], &new, now());
                let refused = matches!(other, Err(SourceError::OtherLot { .. }));
                prop_assert!(refused);
                mixed[which].push(new);
            }
        }
        for which in 0..2 {
            let mut ledger = Vec::new();
            for wish in &alone[which] {
                let new = granted(&lots[which], ledger.len() as u32 + 1, wish, &ledger);
                if admit(&lots[which], &ledger, &new, now()).is_ok() {
                    ledger.push(new);
                }
            }
            prop_assert_eq!(&ledger, &mixed[which]);
        }
    }
}
