//! What will fail within the look-ahead, and on which day.

use jiff::civil::date;
use serde_json::json;

use super::world::{ASSOCIATE, CHIEF_1, CHIEF_2, EXEMPT, NURSE, World, form, of, with};
use crate::norms::finding::State;

#[test]
fn a_licence_that_ends_in_the_look_ahead_lapses_the_day_after() {
    let until = |day: &str| {
        let mut world = World::perfect();
        world.set(with("licence", "kind", "radiation_safety"), "until", &json!(day));
        world.finding("G07-1.3b")
    };
    let lapse = until("2027-02-20").lapses.unwrap();
    assert_eq!((lapse.day, lapse.says.zh.as_str()), (date(2027, 2, 21), "已于 2027-02-20 到期"));
    // 90 days from 25 November 2026 end on 23 February 2027
    assert_eq!(until("2027-02-22").lapses.unwrap().day, date(2027, 2, 23));
    assert_eq!(until("2027-02-23").lapses, None);
    assert_eq!(until("2026-11-25").lapses.unwrap().day, date(2026, 11, 26));
    let gone = until("2026-11-24");
    assert_eq!((gone.state, gone.lapses), (State::NotMet, None));
}

#[test]
fn a_successor_that_follows_without_a_gap_prevents_the_lapse() {
    let successor = |from: &str| {
        let mut world = World::perfect();
        world.set(with("licence", "kind", "radiation_safety"), "until", &json!("2027-01-31"));
        let next = json!({"kind": "radiation_safety", "number": "N2", "from": from, "until": "2032-01-31"});
        world.about_hospital("licence", &next);
        world.finding("G07-1.3b").lapses.map(|lapse| lapse.day)
    };
    assert_eq!(successor("2027-02-01"), None);
    assert_eq!(successor("2027-02-02"), Some(date(2027, 2, 1)));
}

#[test]
fn what_becomes_too_old_lapses() {
    let mut world = World::perfect();
    world.set(form("drill"), "day", &json!("2025-12-31"));
    assert_eq!(world.finding("G07-3.6b").lapses.unwrap().day, date(2027, 1, 1));
    world.set(with("document", "rule", "G07-1.1"), "from", &json!("2026-02-01"));
    assert_eq!(world.finding("G07-1.1").lapses.unwrap().day, date(2027, 2, 2));
}

#[test]
fn the_rule_lapses_when_too_few_are_left_and_not_before() {
    let mut world = World::perfect();
    let end = |world: &mut World, person, day: &str| world.set(of(person, "practice_licence"), "until", &json!(day));
    end(&mut world, CHIEF_1, "2026-12-10");
    end(&mut world, CHIEF_2, "2026-12-20");
    assert_eq!(world.finding("G08-1.7a").lapses, None, "two of four are left");
    end(&mut world, ASSOCIATE, "2027-01-05");
    let lapse = world.finding("G08-1.7a").lapses.unwrap();
    assert_eq!(lapse.day, date(2027, 1, 6));
    assert!(lapse.says.zh.contains("张三：执业证书已于 2027-01-05 到期"), "{}", lapse.says.zh);
    assert_eq!(world.finding("G07-1.6a").lapses, None, "one is enough");
    // everybody who operates, on the other hand, must meet it
    assert_eq!(world.finding("G08-2.1.1").lapses.unwrap().day, date(2026, 12, 11));
}

#[test]
fn a_course_and_an_examination_lapse_for_the_whole_staff() {
    let mut world = World::perfect();
    world.set(
        |r| of(NURSE, "training")(r) && r.text("kind") == Some("radiation_protection"),
        "valid_until",
        &json!("2026-12-01"),
    );
    world.set(of(NURSE, "medical_exam"), "next_due", &json!("2026-12-02"));
    let (course, exam) = (world.finding("G07-3.7b").lapses.unwrap(), world.finding("G07-3.7c").lapses.unwrap());
    assert_eq!((course.day, exam.day), (date(2026, 12, 2), date(2026, 12, 3)));
    assert_eq!(course.says.zh, "周七：放射防护培训已于 2026-12-01 到期");
}

#[test]
fn an_exemption_ends_when_the_logbook_of_the_year_before_is_overdue() {
    let mut world = World::perfect();
    // 2021 alone carries it: when 2026 is due the years are 2022 to 2026
    world.set(|r| of(EXEMPT, "logbook")(r) && r.number("year") != Some(2021.0), "independent", &json!(0));
    let mut on = |day| {
        world.today = day;
        let finding = world.finding("G07-4.1.3");
        (finding.state, finding.lapses.map(|lapse| lapse.day))
    };
    assert_eq!(on(date(2026, 12, 20)), (State::Met, None));
    assert_eq!(on(date(2027, 2, 1)), (State::Met, Some(date(2027, 4, 1))));
    assert_eq!(on(date(2027, 3, 31)), (State::Met, Some(date(2027, 4, 1))));
    assert_eq!(on(date(2027, 4, 1)).0, State::NotMet);
}
