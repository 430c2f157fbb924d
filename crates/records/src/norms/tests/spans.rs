//! The days on which somebody was not qualified, found by bisection, are those found by asking every day.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::json;

use super::world::{id, pack, record};
use crate::norms::case::operator_qualified;
use crate::norms::evidence::Period;
use crate::norms::judge::unqualified;
use crate::person::Profession;
use crate::{About, Person, Record, Technique};

const PERIOD: Period = Period { from: date(2025, 7, 1), to: date(2026, 6, 30) };

/// A day around the period, so that most of what is drawn matters within it.
fn around() -> impl Strategy<Value = Date> {
    (-500_i64..500).prop_map(|days| date(2025, 12, 31).saturating_add(days.days()))
}

fn long_ago() -> impl Strategy<Value = Date> {
    (0_i64..800).prop_map(|days| date(2019, 12, 1).saturating_add(days.days()))
}

fn papers() -> impl Strategy<Value = Vec<Record>> {
    let licences = (prop::bool::weighted(0.7), proptest::collection::vec((around(), around()), 1..3));
    let posts = proptest::collection::vec((long_ago(), proptest::option::of(around())), 1..4);
    // most papers are in order most of the time, so that what years bring shows
    let exams = proptest::collection::vec((around(), prop::bool::weighted(0.9), proptest::option::of(around())), 0..2);
    let training = (around(), proptest::option::weighted(0.2, around()), prop::bool::weighted(0.8));
    let books = proptest::collection::vec((2019_i16..2027, 90_u32..130, 0_u32..8), 0..8);
    (licences, posts, exams, training, long_ago(), books).prop_map(|(licences, posts, exams, training, title, books)| {
        let about = About::Person(id(1));
        let mut list = Vec::new();
        let mut add = |form: &str, values: serde_json::Value| {
            list.push(record(list.len() as u64, about, form, &values));
        };
        let (lasting, licences) = licences;
        let until = if lasting { date(2030, 1, 1) } else { licences[0].0 };
        add("practice_licence", json!({"scope": "外科", "from": "2010-01-01", "until": until}));
        add("medical_exam", json!({"day": "2024-01-01", "fit": true, "next_due": "2028-01-01"}));
        for (one, other) in licences {
            add("practice_licence", json!({"scope": "外科", "from": one.min(other), "until": one.max(other)}));
        }
        add("experience", json!({"specialty": "内科", "from": "2012-03-01"}));
        for (from, until) in posts {
            add("experience", json!({"specialty": "肿瘤科", "from": from, "until": until}));
        }
        for (day, fit, next_due) in exams {
            add("medical_exam", json!({"day": day, "fit": fit, "next_due": next_due}));
        }
        add("training", json!({"kind": "radiation_protection", "from": "2023-01-01", "valid_until": "2027-01-01"}));
        for technique in ["seed_implant", "ablation"] {
            add(
                "training",
                json!({"kind": "base_training", "technique": technique, "from": "2024-01-01", "until": training.0.saturating_sub(300.days()), "months": 6,
                    "participated": 30, "full_process": 30, "independent": 25, "exam_passed": training.2, "base_registered": true,
                    "valid_until": training.1}),
            );
            for (year, count, events) in &books {
                add(
                    "logbook",
                    json!({"technique": technique, "year": year, "independent": count, "serious_events": events / 7}),
                );
            }
        }
        add("title", json!({"title": "attending", "from": title}));
        add("title", json!({"title": "associate_chief", "from": title.saturating_add(5.years())}));
        list
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn spans_are_the_days_asked_one_by_one(papers in papers(), seeds: bool) {
        let pack = pack(if seeds { Technique::SeedImplant } else { Technique::Ablation });
        let role = pack.role("operator").unwrap();
        let person = Person {
            id: id(1),
            version: 1,
            hospital: id(1),
            number: String::new(),
            name: "甲".into(),
            profession: Profession::Physician,
            account: None,
            active: true,
            created: jiff::Timestamp::UNIX_EPOCH,
        };
        let records: Vec<&Record> = papers.iter().collect();
        let spans = unqualified(&pack, role, &person, &records, PERIOD);
        let mut day = PERIOD.from;
        while day <= PERIOD.to {
            let not = spans.iter().filter(|span| span.has(day)).count();
            let qualified = operator_qualified(&pack, role, &person, &records, day);
            prop_assert_eq!(not, usize::from(!qualified), "{}", day);
            day = day.tomorrow().unwrap();
        }
    }
}
