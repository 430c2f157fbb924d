//! How much work a list is with many cases, in processor time; run by hand:
//! `cargo test -p dosewright-store --test sqlite many -- --ignored --nocapture`. `DOSEWRIGHT_CASES` sets how many.

use std::time::Instant;

use dosewright_store::SqliteStore;
use jiff::civil::date;
use records::store::{CaseOrder, CaseQuery};
use records::*;

use crate::suite::made::*;

/// Longest that a page may keep a processor busy, ms (the aim is for a million cases).
const MOST_MS: f64 = 100.0;
/// Times that each question is asked: the system counts in hundredths of a second.
const TIMES: u32 = 20;

/// Time that this process kept processors busy, ms: does not depend on what else the machine does.
fn busy_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    // user and system time, in hundredths of a second, are the 14th and 15th field; the name is the second
    after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap() * 10.0).sum()
}

const FAMILY: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹";
const GIVEN: &str = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂兰文华建国志红玉春梅海燕";

fn name(number: usize) -> String {
    let pick = |from: &str, at: usize| from.chars().nth(at % from.chars().count()).unwrap();
    let mixed = number.wrapping_mul(2_654_435_761);
    let second = (mixed >> 20).is_multiple_of(3).then(|| pick(GIVEN, mixed >> 9));
    [Some(pick(FAMILY, mixed)), Some(pick(GIVEN, mixed >> 5)), second].into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; measures"]
async fn a_page_of_the_list_takes_less_than_a_tenth_of_a_second() {
    let count: usize = std::env::var("DOSEWRIGHT_CASES").map_or(200_000, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite");
    let store = SqliteStore::open(&path, keys()).await.unwrap();
    let by = people(&store).await.physicist;
    let begun = busy_ms();
    for first in (0..count).step_by(1000) {
        let changes = (first..(first + 1000).min(count)).flat_map(|number| {
            let patient = patient(&format!("ZY{number:08}"), &name(number));
            let due = date(2024, 1, 1).checked_add(jiff::Span::new().days((number % 700) as i64)).unwrap();
            let case = Case {
                created: at(number as i64 * 60),
                implanted_on: (!number.is_multiple_of(10)).then_some(due),
                imaging_due: Some(due),
                diagnosis: ["前列腺癌", "肺癌", "胰腺癌", "复发性鼻咽癌"][number % 4].into(),
                withdrawn: number.is_multiple_of(100),
                ..case(&format!("2024-{number:07}"), patient.id)
            };
            [Change::Create(Item::Patient(patient)), Change::Create(Item::Case(case))]
        });
        store.commit(commit(Some(by.id), changes.collect())).await.unwrap();
    }
    println!("{count} cases made in {:.0} ms", busy_ms() - begun);
    let (single, wall) = (busy_ms(), Instant::now());
    for number in 0..50 {
        made_case(&store, &by, &format!("single {number}"), "王芳").await;
    }
    let (busy, wall) = ((busy_ms() - single) / 50.0, wall.elapsed().as_secs_f64() * 20.0);
    println!("a commit of one case {busy:.1} ms, {wall:.1} ms with waiting for the disk");
    let all = CaseQuery { limit: 50, ..CaseQuery::default() };
    let by_order = |order| CaseQuery { order, ..all.clone() };
    let search = |words: &str| CaseQuery { search: words.into(), ..all.clone() };
    let rare = name(7);
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
    let mut slow = Vec::new();
    for (what, query, must) in asked {
        let mut total = 0;
        let begun = busy_ms();
        for _ in 0..TIMES {
            total = store.cases(&query).await.unwrap().total;
        }
        let took = (busy_ms() - begun) / f64::from(TIMES);
        println!("{what:32} {took:7.1} ms of {total}");
        if must && took > MOST_MS {
            slow.push(what);
        }
    }
    let begun = busy_ms();
    let sound = audit::check(&store, None).await.unwrap();
    println!("check of {} entries and {} items {:.0} ms", sound.head.seq, sound.items, busy_ms() - begun);
    let begun = busy_ms();
    store.backup(&folder.path().join("copy.sqlite")).await.unwrap();
    println!("backup {:.0} ms", busy_ms() - begun);
    println!("file {:.0} MB", path.metadata().unwrap().len() as f64 / 1e6);
    assert!(slow.is_empty(), "{slow:?} took longer than {MOST_MS} ms");
}
