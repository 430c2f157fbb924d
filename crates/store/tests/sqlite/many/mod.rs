//! How much work lists and indicators are with many cases, in processor time; run by hand:
//! `cargo test -p dosewright-store --test sqlite many -- --ignored --nocapture`. `DOSEWRIGHT_CASES` sets how many. The figures are in
//! `docs/validation/register.md`.

mod fill;

use std::time::Instant;

use dosewright_store::SqliteStore;
use jiff::civil::{Date, date};
use records::facts::{By, Count, FactQuery, Group};
use records::indicators::{Inquiry, Pack, Period, Scope};
use records::store::{CaseOrder, CaseQuery, LotQuery, RecordQuery};
use records::*;

use crate::suite::made::*;

/// Longest that a page may keep a processor busy, ms, and that a question of an indicator may.
const PAGE_MS: f64 = 100.0;
const QUESTION_MS: f64 = 1000.0;
/// Cases entered by commits; more are copies of these.
const ENTERED: usize = 4000;
/// Times that each question is asked: the system counts in hundredths of a second.
const TIMES: u32 = 20;

/// Time that this process kept processors busy, ms: does not depend on what else the machine does.
fn busy_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    // user and system time, in hundredths of a second, are the 14th and 15th field; the name is the second
    after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap() * 10.0).sum()
}

/// Most memory that this process had at a time, MB.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1e3
}

/// What took how long, and what took too long.
#[derive(Default)]
struct Clock {
    slow: Vec<String>,
}

impl Clock {
    /// Asks a question many times; it gives the length of its list.
    async fn ask(&mut self, what: &str, most_ms: f64, question: impl AsyncFn() -> u64) {
        let mut total = 0;
        let (begun, wall) = (busy_ms(), Instant::now());
        for _ in 0..TIMES {
            total = question().await;
        }
        let took = (busy_ms() - begun) / f64::from(TIMES);
        let wall = wall.elapsed().as_secs_f64() * 1e3 / f64::from(TIMES);
        println!("{what:52} {took:8.1} ms busy {wall:8.1} ms  of {total}");
        if took > most_ms {
            self.slow.push(format!("{what}: {took:.0} ms"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; measures"]
async fn lists_take_a_tenth_of_a_second_and_indicators_one() {
    let count: usize = std::env::var("DOSEWRIGHT_CASES").map_or(100_000, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite");
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    let by = people(&store).await.physicist;
    let entered = count.min(ENTERED);
    let (begun, wall) = (busy_ms(), Instant::now());
    let mut filled = fill::province(&store, &by, entered).await;
    let (busy, wall) = ((busy_ms() - begun) / 1e3, wall.elapsed().as_secs_f64());
    let (records, lots, movements) = (filled.records, filled.lots, filled.movements);
    println!(
        "{entered} cases, {records} records, {lots} lots, {movements} movements entered in {busy:.0} s busy, {wall:.0} s"
    );
    let begun = busy_ms();
    let sound = audit::check(&store, None).await.unwrap();
    println!("check of {} entries and {} items {:.0} ms", sound.head.seq, sound.items, busy_ms() - begun);
    let (single, wall) = (busy_ms(), Instant::now());
    for number in 0..50 {
        made_case(&store, &by, &format!("single {number}"), "王芳").await;
    }
    let (busy, wall) = ((busy_ms() - single) / 50.0, wall.elapsed().as_secs_f64() * 20.0);
    println!("a commit of one case {busy:.1} ms, {wall:.1} ms with waiting for the disk");
    store.close().await;
    let times = count / entered.max(1);
    let (begun, wall) = (busy_ms(), Instant::now());
    fill::multiply(&path, times).await;
    // the copying has a cache of its own; what counts is what asking needs
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    filled.multiplied(times);
    let count = entered * times;
    let (busy, wall) = ((busy_ms() - begun) / 1e3, wall.elapsed().as_secs_f64());
    let (records, lots, movements) = (filled.records, filled.lots, filled.movements);
    println!(
        "multiplied to {count} cases, {records} records, {lots} lots, {movements} movements in {busy:.0} s busy, {wall:.0} s"
    );
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    println!("file {:.0} MB, peak {:.0} MB", path.metadata().unwrap().len() as f64 / 1e6, peak_mb());
    let mut clock = Clock::default();
    cases(&mut clock, &store, &filled, count).await;
    register(&mut clock, &store, &filled).await;
    indicators(&mut clock, &store, &filled).await;
    let begun = busy_ms();
    store.backup(&folder.path().join("copy.sqlite")).await.unwrap();
    println!("backup {:.0} ms; peak {:.0} MB", busy_ms() - begun, peak_mb());
    assert!(clock.slow.is_empty(), "too slow: {:#?}", clock.slow);
}

async fn cases(clock: &mut Clock, store: &SqliteStore, filled: &fill::Province, count: usize) {
    let all = CaseQuery { limit: 50, ..CaseQuery::default() };
    let by_order = |order| CaseQuery { order, ..all.clone() };
    let search = |words: &str| CaseQuery { search: words.into(), ..all.clone() };
    let rare = fill::name(7);
    let asked = [
        ("first page by due day", all.clone(), true),
        ("first page, newest", by_order(CaseOrder::Newest), true),
        ("first page by number", by_order(CaseOrder::Number), true),
        ("with withdrawn ones", CaseQuery { withdrawn: true, ..all.clone() }, true),
        ("one stage", CaseQuery { stages: vec![Stage::Planned], ..all.clone() }, true),
        ("overdue", CaseQuery { overdue_on: Some(date(2025, 1, 1)), ..all.clone() }, true),
        ("page 200", CaseQuery { offset: 10_000, ..all.clone() }, true),
        ("last page", CaseQuery { offset: count as u64 * 95 / 100, ..all.clone() }, false),
        ("search: a number", search("0000123"), true),
        ("search: a name", search(&rare), true),
        ("search: a name and a site", search(&format!("{rare} prostate")), false),
        ("search: a family name alone", search("王"), false),
        ("search: what every fourth has", search("鼻咽癌"), false),
        ("search: what all have", search("prostate"), false),
    ];
    let one = vec![filled.hospitals[3].id];
    let three: Vec<Id<Hospital>> = filled.hospitals.iter().take(3).map(|hospital| hospital.id).collect();
    for (what, query, must) in asked {
        let most = if must { PAGE_MS } else { f64::INFINITY };
        clock.ask(&format!("cases, {what}"), most, async || store.cases(&query).await.unwrap().total).await;
        for (scope, hospitals) in [("one hospital", &one), ("three hospitals", &three)] {
            let query = CaseQuery { hospitals: hospitals.clone(), ..query.clone() };
            clock
                .ask(&format!("cases, {what}, {scope}"), most, async || store.cases(&query).await.unwrap().total)
                .await;
        }
    }
    let today = date(2026, 11, 25);
    clock.ask("counts by stage", PAGE_MS, async || store.counts(today, &[]).await.unwrap().overdue).await;
    clock
        .ask("counts by stage, one hospital", PAGE_MS, async || store.counts(today, &one).await.unwrap().overdue)
        .await;
}

async fn register(clock: &mut Clock, store: &SqliteStore, filled: &fill::Province) {
    let one = vec![filled.hospitals[3].id];
    let usual = RecordQuery { limit: 50, ..RecordQuery::default() };
    let form = |name: &str| RecordQuery { forms: vec![name.to_owned()], ..usual.clone() };
    let asked = [
        ("newest of all", usual.clone()),
        ("of one form", form("consent")),
        ("of a rare form", form("complication")),
        ("of one form, page 100", RecordQuery { offset: 5000, ..form("follow_up") }),
        (
            "of one form of a month",
            RecordQuery { from: Some(date(2025, 3, 1)), to: Some(date(2025, 3, 31)), ..form("procedure") },
        ),
        ("about people", RecordQuery { kinds: vec![Kind::Person], ..usual.clone() }),
        ("that lapse soon", RecordQuery { until: Some(date(2026, 3, 1)), ..usual.clone() }),
    ];
    for (what, query) in asked {
        clock.ask(&format!("records {what}"), PAGE_MS, async || store.records(&query).await.unwrap().total).await;
        let scoped = RecordQuery { hospitals: one.clone(), ..query };
        let what = format!("records {what}, one hospital");
        clock.ask(&what, PAGE_MS, async || store.records(&scoped).await.unwrap().total).await;
    }
    let lots = LotQuery { limit: 50, ..LotQuery::default() };
    let asked = [
        ("newest", lots.clone()),
        ("by number", LotQuery { number: "L00001".into(), ..lots.clone() }),
        ("with seeds in the safe", LotQuery { with_seeds: Some("stored"), ..lots.clone() }),
        ("with seeds lost", LotQuery { with_seeds: Some("lost"), ..lots.clone() }),
    ];
    for (what, query) in asked {
        clock.ask(&format!("lots, {what}"), PAGE_MS, async || store.lots(&query).await.unwrap().total).await;
        let scoped = LotQuery { hospitals: one.clone(), ..query };
        clock
            .ask(&format!("lots, {what}, one hospital"), PAGE_MS, async || store.lots(&scoped).await.unwrap().total)
            .await;
    }
    let seeds =
        async |hospitals: &[Id<Hospital>]| store.stock(hospitals).await.unwrap().iter().map(|line| line.seeds).sum();
    clock.ask("stock", PAGE_MS, async || seeds(&[]).await).await;
    clock.ask("stock, one hospital", PAGE_MS, async || seeds(&one).await).await;
}

async fn indicators(clock: &mut Clock, store: &SqliteStore, filled: &fill::Province) {
    let one = vec![filled.hospitals[3].id];
    let (year, ever) = (
        Period { from: date(2025, 1, 1), to: date(2025, 12, 31) },
        Period { from: date(2020, 1, 1), to: date(2027, 12, 31) },
    );
    let bad = FactQuery {
        from: Some(year.from),
        to: Some(year.to),
        all: [Fact::SeedImplant, Fact::Treated].into_iter().collect(),
        none: [Fact::ConsentBefore].into_iter().collect(),
        ..FactQuery::default()
    };
    let all = FactQuery { none: FactSet::NONE, by: By::Treated, ..bad.clone() };
    for (what, query, offset) in [("few", &bad, 0), ("many", &all, 0), ("many, page 40", &all, 2000)] {
        let ask = async || store.counted(query, offset, 50).await.unwrap().total;
        clock.ask(&format!("counted, {what}"), PAGE_MS, ask).await;
        let scoped = FactQuery { hospitals: one.clone(), ..query.clone() };
        let ask = async || store.counted(&scoped, offset, 50).await.unwrap().total;
        clock.ask(&format!("counted, {what}, one hospital"), PAGE_MS, ask).await;
    }
    let on: Date = date(2026, 11, 25);
    for pack in Pack::all().iter().filter(|pack| pack.technique.is_some()) {
        for (when, period) in [("a year", year), ("ever", ever)] {
            for (parts, group) in [
                ("whole", Group::Whole),
                ("month", Group::Month),
                ("operator", Group::Operator),
                ("hospital", Group::Hospital),
            ] {
                for hospitals in [Vec::new(), one.clone()] {
                    let whose = if hospitals.is_empty() { "all" } else { "one hospital" };
                    let inquiry = Inquiry::of(pack, period, Scope { hospitals, operator: None, group, on });
                    slowest(clock, store, &inquiry, &format!("{}, {when}, {parts}, {whose}", pack.id)).await;
                }
            }
        }
    }
    let lives = FactQuery { lived_months: Some(12), ..all };
    let patients =
        async || store.tally(&lives, Count::Patients, Group::Whole).await.unwrap().iter().map(|part| part.count).sum();
    clock.ask("patients who lived a year", QUESTION_MS, patients).await;
}

/// All questions of an inquiry one after the other; what counts is the slowest.
async fn slowest(clock: &mut Clock, store: &SqliteStore, inquiry: &Inquiry<'_>, what: &str) {
    let (mut slowest, mut total) = (0.0_f64, 0.0);
    for question in inquiry.questions() {
        let begun = busy_ms();
        for _ in 0..5 {
            store.tally(&question.query, question.count, question.group).await.unwrap();
        }
        let took = (busy_ms() - begun) / 5.0;
        (slowest, total) = (slowest.max(took), total + took);
    }
    println!("{what:52} {total:8.1} ms busy for {} questions, the slowest {slowest:.1} ms", inquiry.questions().len());
    if slowest > QUESTION_MS {
        clock.slow.push(format!("{what}: {slowest:.0} ms"));
    }
}
