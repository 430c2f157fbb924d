use proptest::prelude::*;
use serde_json::json;

use super::*;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn seeds() -> &'static Schedule {
    Schedule::builtin(Technique::SeedImplant).unwrap()
}

fn record(form: &str, day: &str, values: &serde_json::Value) -> Record {
    Record {
        id: crate::Id::new(1, [0; 10]),
        version: 1,
        form: form.to_owned(),
        edition: 1,
        about: crate::About::Case(crate::Id::new(2, [0; 10])),
        day: date(day),
        until: None,
        values: values.as_object().cloned().unwrap(),
        unique: None,
        files: Vec::new(),
        withdrawn: false,
        created_by: crate::Id::new(3, [0; 10]),
        created: jiff::Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn every_technique_has_a_schedule_and_bad_ones_are_refused() {
    let text = include_str!("../../../../data/forms/follow_up.toml");
    assert_eq!(read(text).unwrap().len(), Technique::ALL.len());
    assert!(Technique::ALL.iter().all(|technique| Schedule::builtin(*technique).is_some()));
    for (from, to) in [
        ("[1, 3, 6, 12,", "[3, 1, 6, 12,"),
        ("every_months = 12", "every_months = 0"),
        ("tolerance_days = 21", "tolerance_days = 400"),
        ("technique = \"ablation\"", "technique = \"surgery\""),
    ] {
        let changed = text.replace(from, to);
        assert_ne!(changed, text);
        assert!(read(&changed).is_err(), "{to}");
    }
}

#[test]
fn visits_fall_on_the_months_and_go_on_for_ever() {
    // the end of January has no counterpart in February
    let days: Vec<Date> = seeds().visits(date("2026-01-31")).map(|due| due.day).take(17).collect();
    assert_eq!(days[..3], [date("2026-02-28"), date("2026-04-30"), date("2026-07-31")]);
    assert_eq!(days[14..], [date("2031-01-31"), date("2032-01-31"), date("2033-01-31")]);
    assert_eq!(seeds().due_until(date("2026-01-31"), date("2026-04-30")).len(), 2);
    assert!(seeds().visits(date("9990-01-01")).count() < 30);
}

#[test]
fn a_visit_counts_from_the_tolerance_on_and_for_all_before() {
    let procedure = date("2026-03-01");
    let next = |seen: &[&str]| {
        let seen: Vec<Date> = seen.iter().map(|day| date(day)).collect();
        seeds().next(procedure, &seen).unwrap().months
    };
    assert_eq!(next(&[]), 1);
    assert_eq!(next(&["2026-03-17"]), 1); // 15 days before 1 April
    assert_eq!(next(&["2026-03-18"]), 3); // 14 days before
    assert_eq!(next(&["2026-09-02"]), 9); // month 6; month 3 is not asked any more
    assert_eq!(next(&["2026-09-02", "2026-04-01"]), 9);
    assert_eq!(next(&["2031-03-01"]), 72);
}

#[test]
fn standing_is_due_overdue_lost_or_ended() {
    let procedure = date("2026-03-01");
    let stands = |contacts: &Contacts, today: &str| standing(seeds(), procedure, contacts, date(today));
    let none = Contacts::default();
    let due = Standing::Due { day: date("2026-04-01") };
    assert_eq!(stands(&none, "2026-03-02"), due);
    assert_eq!(stands(&none, "2026-04-15"), due);
    assert_eq!(stands(&none, "2026-04-16"), Standing::Overdue { day: date("2026-04-01"), days: 1 });
    assert_eq!(stands(&none, "2026-08-15"), Standing::Overdue { day: date("2026-04-01"), days: 122 });
    assert!(matches!(stands(&none, "2027-06-01"), Standing::Overdue { .. }));
    assert_eq!(stands(&none, "2027-06-02"), Standing::Lost { since: procedure, declared: false });

    let seen = Contacts { reached: vec![date("2026-04-01")], ..Contacts::default() };
    assert_eq!(stands(&seen, "2026-04-16"), Standing::Due { day: date("2026-06-01") });
    let agreed = Contacts { agreed: Some(date("2026-05-01")), ..seen.clone() };
    assert_eq!(stands(&agreed, "2026-05-16"), Standing::Overdue { day: date("2026-05-01"), days: 1 });
    // a day agreed before the contact took place says nothing about the next
    let old = Contacts { agreed: Some(date("2026-04-01")), ..seen.clone() };
    assert_eq!(stands(&old, "2026-05-16"), Standing::Due { day: date("2026-06-01") });

    let lost = Contacts { declared_lost: Some(date("2026-07-01")), ..seen.clone() };
    assert!(matches!(stands(&lost, "2026-06-30"), Standing::Overdue { .. }));
    assert_eq!(stands(&lost, "2026-07-01"), Standing::Lost { since: date("2026-04-01"), declared: true });
    let found = Contacts { reached: vec![date("2026-04-01"), date("2026-08-01")], ..lost };
    assert_eq!(stands(&found, "2026-08-02"), Standing::Due { day: date("2026-09-01") });
    assert_eq!(stands(&Contacts { died: true, ..none }, "2030-01-01"), Standing::Ended);
}

#[test]
fn contacts_come_from_the_records_of_a_case() {
    let mut withdrawn = record("death", "2026-06-05", &json!({}));
    withdrawn.withdrawn = true;
    let records = [
        record("follow_up", "2026-06-02", &json!({"reached": false})),
        record("follow_up", "2026-04-01", &json!({"reached": true, "alive": true, "next_due": "2026-06-01"})),
        record("follow_up", "2026-06-20", &json!({"reached": false, "lost": true})),
        record("laboratory", "2026-06-25", &json!({"psa_ng_ml": 1})),
        withdrawn,
    ];
    let contacts = Contacts::of(&records);
    let must = Contacts {
        reached: vec![date("2026-04-01")],
        agreed: None,
        declared_lost: Some(date("2026-06-20")),
        died: false,
    };
    assert_eq!(contacts, must);
    assert_eq!(Contacts::of(&records[1..2]).agreed, Some(date("2026-06-01")));
    assert!(Contacts::of(&[record("death", "2026-06-05", &json!({}))]).died);
    assert!(Contacts::of(&[record("follow_up", "2026-06-05", &json!({"reached": true, "alive": false}))]).died);
}

proptest! {
    #[test]
    fn the_next_day_never_goes_backwards_when_a_visit_is_added(
        which in 0..3_usize,
        procedure in 0..20_000_i64,
        seen in prop::collection::vec(-100..5_000_i64, 0..12),
        added in -100..5_000_i64,
    ) {
        let schedule = Schedule::builtin(Technique::ALL[which]).unwrap();
        let procedure = date("1990-01-01").saturating_add(procedure.days());
        let mut seen: Vec<Date> = seen.into_iter().map(|days| procedure.saturating_add(days.days())).collect();
        let before = schedule.next(procedure, &seen).unwrap();
        let added = procedure.saturating_add(added.days());
        seen.insert(seen.len() / 2, added);
        let after = schedule.next(procedure, &seen).unwrap();
        prop_assert!(after.day >= before.day);
        // what comes next always lies after what was
        prop_assert!(seen.iter().all(|day| *day < after.from));
        prop_assert!(after.from <= after.day && after.day <= after.until);
    }
}
