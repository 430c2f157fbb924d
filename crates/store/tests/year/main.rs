//! The register as a whole: the year of a made-up hospital goes through a real file, and everything that is computed from it is computed
//! a second time, from the plain JSON of what was entered.

#![allow(clippy::unwrap_used)]

#[path = "../../../records/tests/naive/mod.rs"]
mod naive;
mod norms;
mod plain;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use dosewright_store::{Key, Keys, SqliteStore};
use jiff::civil::{Date, date};
use plain::Plain;
use records::facts::{By, CaseFile, Count, FactQuery, Facts, Group};
use records::indicators::{Computed, Inquiry, Pack, Period, Scope};
use records::madeup::{Year, year};
use records::sources::{conservation, replay};
use records::store::{LotQuery, RecordQuery};
use records::{Case, Change, Fact, Id, Item, Kind, Lot, Movement, Record, Store, StoredStudy, Verification, audit};
use sqlx::ConnectOptions as _;

const LAST: Date = date(2026, 11, 25);

fn keys() -> Keys {
    Keys::new(Key::new("k1", [7; 32]).unwrap())
}

/// Everything as it stands at the end, by kind.
struct World {
    cases: Vec<Case>,
    records: BTreeMap<String, Vec<Record>>,
    studies: BTreeMap<Id<Case>, Vec<StoredStudy>>,
    verifications: BTreeMap<Id<Case>, Vec<Verification>>,
    movements: BTreeMap<Id<Lot>, Vec<Movement>>,
    lots: Vec<Lot>,
}

impl World {
    fn of(year: &Year) -> Self {
        let mut there: BTreeMap<(Kind, String), &Item> = BTreeMap::new();
        for change in year.commits.iter().flat_map(|commit| &commit.changes) {
            let (Change::Create(item) | Change::Replace { after: item, .. }) = change else { continue };
            there.insert((item.kind(), item.id()), item);
        }
        let mut world = Self {
            cases: Vec::new(),
            records: BTreeMap::new(),
            studies: BTreeMap::new(),
            verifications: BTreeMap::new(),
            movements: BTreeMap::new(),
            lots: Vec::new(),
        };
        for item in there.into_values() {
            match item.clone() {
                Item::Case(case) => world.cases.push(case),
                Item::Record(record) => world.records.entry(record.about.id()).or_default().push(record),
                Item::Study(study) => world.studies.entry(study.case).or_default().push(study),
                Item::Verification(one) => world.verifications.entry(one.case).or_default().push(one),
                Item::Movement(movement) => world.movements.entry(movement.lot).or_default().push(movement),
                Item::Lot(lot) => world.lots.push(lot),
                _ => {}
            }
        }
        world
    }

    /// The facts of every case, computed anew.
    fn facts(&self) -> Vec<Facts> {
        let mut of_case: BTreeMap<Id<Case>, Vec<Movement>> = BTreeMap::new();
        for movement in self.movements.values().flatten() {
            if let Some(case) = movement.case() {
                of_case.entry(case).or_default().push(movement.clone());
            }
        }
        let facts = self.cases.iter().map(|case| {
            Facts::of(CaseFile {
                case,
                records: self.records.get(&case.id.to_string()).map_or(&[], Vec::as_slice),
                studies: self.studies.get(&case.id).map_or(&[], Vec::as_slice),
                verifications: self.verifications.get(&case.id).map_or(&[], Vec::as_slice),
                movements: of_case.get(&case.id).map_or(&[], Vec::as_slice),
            })
        });
        facts.collect()
    }
}

async fn figures(store: &dyn Store, pack: &Pack, period: Period, group: Group, on: Date) -> Vec<Computed> {
    let inquiry = Inquiry::of(pack, period, Scope { hospitals: Vec::new(), operator: None, group, on });
    let mut answers = Vec::new();
    for question in inquiry.questions() {
        answers.push(store.tally(&question.query, question.count, question.group).await.unwrap());
    }
    let query = RecordQuery { forms: vec!["indicator_count".to_owned()], limit: 10_000, ..RecordQuery::default() };
    inquiry.figures(&answers, &store.records(&query).await.unwrap().rows)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_goes_through() {
    let begun = Instant::now();
    let year = year(20_261_125, LAST);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite");
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    for (number, commit) in year.commits.iter().enumerate() {
        let entered = store.commit(commit.clone()).await;
        assert!(entered.is_ok(), "commit {number} of {}: {:?}\n{:?}", commit.at, entered, commit.changes);
    }
    println!("{} commits entered after {:.1} s", year.commits.len(), begun.elapsed().as_secs_f64());

    let world = World::of(&year);
    let facts = world.facts();
    stored_facts(&path, &facts).await;
    let plain = Plain::of(&year);
    plain.agrees_with(&facts);
    tallies(&store, &facts).await;
    println!("facts and counts compared after {:.1} s", begun.elapsed().as_secs_f64());

    // every indicator, of the whole and by month, on the last day and a year later
    let period = Period { from: date(2025, 11, 26), to: LAST };
    let wide = Period { from: date(2025, 1, 1), to: LAST };
    let mut computed = 0;
    for pack in Pack::all() {
        for (period, on) in [(period, LAST), (wide, LAST), (wide, date(2027, 8, 1))] {
            let found = figures(&store, pack, period, Group::Whole, on).await;
            computed += plain.whole(
                pack.id.as_str(),
                &period.from.to_string(),
                &period.to.to_string(),
                &on.to_string(),
                &found,
            );
        }
        plain.months(pack.id.as_str(), &figures(&store, pack, wide, Group::Month, LAST).await);
    }
    assert!(computed > 60, "{computed}");
    println!("{computed} figures compared after {:.1} s", begun.elapsed().as_secs_f64());

    norms::judged(&store, &year, &plain).await;
    lots(&store, &world).await;
    println!("norms and lots after {:.1} s", begun.elapsed().as_secs_f64());

    // a copy is as good as the file
    let head = store.head().await.unwrap();
    let copy = folder.path().join("copy.sqlite");
    store.backup(&copy).await.unwrap();
    let copy = SqliteStore::open(&copy, keys()).await.unwrap();
    let sound = audit::check(&copy, Some(head)).await.unwrap();
    assert_eq!(sound.head, head);
    for pack in Pack::all() {
        let of = [&store as &dyn Store, &copy];
        let [here, there] = [
            figures(of[0], pack, wide, Group::Month, LAST).await,
            figures(of[1], pack, wide, Group::Month, LAST).await,
        ];
        assert_eq!(here, there);
    }
    println!("{} items checked in the copy after {:.1} s", sound.items, begun.elapsed().as_secs_f64());
}

/// The rows of the table of facts are what the facts are when computed anew.
async fn stored_facts(path: &Path, facts: &[Facts]) {
    type Row = (String, String, String, String, Option<String>, Option<String>, Option<String>, Option<String>);
    type Rest = (Option<i64>, i64, i64, i64, i64);
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    let days: Vec<Row> = sqlx::query_as(
        "SELECT case_id, patient, hospital, operator, treated, discharged, died, due FROM facts ORDER BY case_id",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let rest: Vec<Rest> =
        sqlx::query_as("SELECT lived_months, bits, lesions_planned, lesions_done, seeds FROM facts ORDER BY case_id")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    let mut expected: Vec<(Row, Rest)> = facts
        .iter()
        .map(|one| {
            let operator = one.operator.map(|id| id.to_string()).unwrap_or_default();
            let hospital = one.hospital.map(|id| id.to_string()).unwrap_or_default();
            let row = (one.case.to_string(), one.patient.to_string(), hospital, operator);
            let row = (row.0, row.1, row.2, row.3, day(one.treated), day(one.discharged), day(one.died), day(one.due));
            let lesions = (i64::from(one.lesions_planned), i64::from(one.lesions_done));
            (row, (one.lived_months().map(i64::from), one.set.bits(), lesions.0, lesions.1, i64::from(one.seeds)))
        })
        .collect();
    expected.sort();
    assert_eq!(days.into_iter().zip(rest).collect::<Vec<_>>(), expected);
    assert!(expected.len() > 400, "{}", expected.len());
}

/// Pseudorandom numbers, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        // Knuth's MMIX generator
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn maybe<T>(&mut self, per_ten: u64, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.below(10) < per_ten { Some(value(self)) } else { None }
    }

    fn day(&mut self) -> Date {
        date(2025, 3, 1).saturating_add(jiff::Span::new().days(self.below(800) as i64))
    }
}

/// Many questions, answered by the database and by a loop over rows in memory.
async fn tallies(store: &SqliteStore, facts: &[Facts]) {
    let mut random = Random(11);
    let hospitals: Vec<_> = facts.iter().filter_map(|one| one.hospital).take(1).collect();
    let operators: BTreeSet<_> = facts.iter().filter_map(|one| one.operator).collect();
    let operators: Vec<_> = operators.into_iter().collect();
    let mut counted = 0;
    for _ in 0..400 {
        let mut some =
            |per_ten| Fact::ALL.iter().copied().filter(|_| random.below(48) < per_ten).collect::<records::FactSet>();
        let (all, any, none) = (some(1), some(2), some(1));
        let query = FactQuery {
            hospitals: random.maybe(3, |_| hospitals.clone()).unwrap_or_default(),
            operator: random.maybe(2, |random| operators[random.below(operators.len() as u64) as usize]),
            by: if random.below(2) == 0 { By::Treated } else { By::Discharged },
            from: random.maybe(4, Random::day),
            to: random.maybe(4, Random::day),
            all,
            any,
            none,
            treated_until: random.maybe(2, Random::day),
            lived_months: random.maybe(2, |random| random.below(14) as u32),
            fate_known_months: random.maybe(2, |random| random.below(14) as u32),
            overdue_on: random.maybe(2, Random::day),
            due_from: random.maybe(2, Random::day),
        };
        let counts = [Count::Cases, Count::Patients, Count::LesionsPlanned, Count::LesionsDone, Count::Seeds];
        let groups = [Group::Whole, Group::Month, Group::Quarter, Group::Year, Group::Operator, Group::Hospital];
        let (count, group) = (counts[random.below(5) as usize], groups[random.below(6) as usize]);
        let expected = query.tally(facts, count, group);
        assert_eq!(store.tally(&query, count, group).await.unwrap(), expected, "{query:?} {count:?} {group:?}");
        counted += expected.iter().map(|part| part.count).sum::<u64>();
    }
    assert!(counted > 10_000, "the questions count too little to say anything: {counted}");
}

/// Every lot: ordered is the sum of all places after every movement, and the store knows them.
async fn lots(store: &SqliteStore, world: &World) {
    let mut seen = 0;
    loop {
        let page = store.lots(&LotQuery { offset: seen, limit: 200, ..LotQuery::default() }).await.unwrap();
        for row in &page.rows {
            let movements = store.movements(row.lot.id).await.unwrap();
            assert_eq!(&movements, world.movements.get(&row.lot.id).unwrap_or(&Vec::new()));
            let proof = conservation(&row.lot, &movements);
            assert!(proof.holds(), "{}: {:?}", row.lot.number, proof.broken);
            let balance = replay(&row.lot, &movements).unwrap();
            let places: BTreeMap<_, _> = row.places.iter().cloned().collect();
            let expected =
                balance.places().map(|(place, seeds)| (place.clone(), seeds.len())).collect::<BTreeMap<_, _>>();
            assert_eq!(places, expected, "{}", row.lot.number);
            assert_eq!(places.values().sum::<u32>(), row.lot.count);
        }
        seen += page.rows.len() as u64;
        if page.rows.is_empty() || seen >= page.total {
            break;
        }
    }
    assert_eq!(seen, world.lots.len() as u64);
}
