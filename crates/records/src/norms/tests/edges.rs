//! Both sides of every edge in the wording of the norms.

use jiff::civil::date;
use serde_json::json;

use super::world::{ASSOCIATE, CHIEF_1, CHIEF_2, EXEMPT, TODAY, World, form, of, with};
use crate::Fact;
use crate::facts::FactSet;
use crate::norms::evidence::Period;
use crate::norms::finding::{Proof, State};

/// A world with so many implants discharged within the period, and so many of them verified.
fn implants(total: usize, verified: usize) -> World {
    let mut world = World::perfect();
    world.only_cases(Fact::SeedImplant, &[(2026, total)]);
    world.take_any(Fact::SeedImplant, Fact::DoseVerified, total - verified);
    world
}

impl World {
    fn take_any(&mut self, technique: Fact, fact: Fact, count: usize) {
        let without = |set: FactSet| set.facts().filter(|one| *one != fact).collect();
        let rows = self.rows.iter_mut().filter(|row| row.set.has(technique));
        rows.take(count).for_each(|row| row.set = without(row.set));
    }
}

#[test]
fn verification_is_more_than_80_percent_and_80_is_not() {
    for (total, verified, state) in [
        (100, 80, State::NotMet),
        (1000, 800, State::NotMet),
        (1000, 801, State::Met),
        (5000, 4001, State::Met),
        (5, 4, State::NotMet),
        (6, 5, State::Met),
        (43, 34, State::NotMet),
        (43, 35, State::Met),
        (1, 1, State::Met),
    ] {
        let finding = implants(total, verified).finding("G07-3.2c");
        assert_eq!(finding.state, state, "{verified} of {total}: {}", finding.says.zh);
        assert_eq!((finding.counts[0].count, finding.counts[1].count), (verified as u64, total as u64));
    }
    let finding = implants(43, 35).finding("G07-3.2c");
    assert_eq!(finding.says.zh, "2025-11-26 至 2026-11-25 出院 43 例，验证 35 例，81.4 %，要求大于 80 %");
    assert_eq!(
        finding.says.en,
        "2025-11-26 to 2026-11-25: 43 discharged, 35 verified, 81.4 %; more than 80 % is needed"
    );
    // a figure that would be rounded to the limit shows on which side it is
    assert!(implants(5000, 4001).finding("G07-3.2c").says.zh.contains("80.02 %"));
    assert!(implants(100, 80).finding("G07-3.2c").says.zh.contains("80.0 %"));
}

#[test]
fn the_cases_still_to_verify_are_those_the_finding_lists() {
    let world = implants(10, 7);
    let finding = world.finding("G07-3.2c");
    let Some(Proof::Cases(query)) = finding.proofs.first() else { panic!("no list of cases") };
    assert!(query.none.has(Fact::DoseVerified) && query.all.has(Fact::SeedImplant));
    let listed =
        world.rows.iter().filter(|row| row.set.has(Fact::SeedImplant) && !row.set.has(Fact::DoseVerified)).count();
    assert_eq!(listed, 3);
}

#[test]
fn only_cases_discharged_in_the_period_count_both_days_included() {
    let mut world = implants(4, 4);
    let period = Period { from: date(2026, 6, 1), to: date(2026, 6, 1) };
    world.period = period;
    assert_eq!(world.finding("G07-3.2c").counts[1].count, 4);
    world.period = Period { from: date(2026, 6, 2), to: date(2026, 6, 30) };
    assert_eq!(world.finding("G07-3.2c").state, State::NotApplicable);
    let year = Period::year_to(TODAY);
    assert_eq!((year.from, year.to), (date(2025, 11, 26), TODAY));
}

#[test]
fn a_case_too_young_to_be_uploaded_is_not_late() {
    let mut world = World::perfect();
    world.only_cases(Fact::SeedImplant, &[(2026, 1)]);
    world.take_any(Fact::SeedImplant, Fact::Uploaded, 1);
    let mut on = |day| {
        world.today = day;
        world.period = Period::year_to(day);
        world.finding("G07-3.8").state
    };
    // discharged on 1 June
    assert_eq!(on(date(2026, 6, 15)), State::NotApplicable);
    assert_eq!(on(date(2026, 6, 16)), State::NotMet);
}

#[test]
fn one_hundred_cases_in_total_for_g07_in_each_year_for_g08() {
    let spread = |counts: [u64; 5]| {
        let mut world = World::perfect();
        for (year, count) in (2021..=2025).zip(counts) {
            world.set(
                |r| of(EXEMPT, "logbook")(r) && r.number("year") == Some(f64::from(year)),
                "independent",
                &json!(count),
            );
        }
        (world.finding("G07-4.1.3").state, world.finding("G08-4.1.3").state)
    };
    assert_eq!(spread([0, 0, 0, 0, 100]), (State::Met, State::NotMet));
    assert_eq!(spread([0, 0, 0, 0, 99]), (State::NotMet, State::NotMet));
    assert_eq!(spread([20, 20, 20, 20, 20]), (State::Met, State::NotMet));
    assert_eq!(spread([100; 5]), (State::Met, State::Met));
    assert_eq!(spread([500, 99, 100, 100, 100]), (State::Met, State::NotMet));
}

#[test]
fn a_logbook_counts_in_the_last_complete_years_or_with_the_running_one() {
    let mut world = World::perfect();
    world.withdraw(|r| of(EXEMPT, "logbook")(r) && r.number("year") == Some(2021.0));
    assert_eq!(world.finding("G08-4.1.3").state, State::NotMet);
    for technique in ["ablation", "seed_implant"] {
        let book = json!({"technique": technique, "year": 2026, "independent": 100, "serious_events": 0});
        world.about_person(EXEMPT, "logbook", &book);
    }
    assert_eq!(world.finding("G08-4.1.3").state, State::Met);
    // what was not stated is not nothing
    world.set(|r| of(EXEMPT, "logbook")(r) && r.number("year") == Some(2026.0), "serious_events", &json!(null));
    assert_eq!(world.finding("G08-4.1.3").state, State::NotMet);
}

#[test]
fn one_physician_is_enough_for_g07_two_are_needed_for_g08() {
    let mut world = World::perfect();
    for person in [CHIEF_2, ASSOCIATE, EXEMPT] {
        world.withdraw(of(person, "practice_licence"));
    }
    assert_eq!((world.finding("G07-1.6a").state, world.finding("G08-1.7a").state), (State::Met, State::NotMet));
    world.withdraw(of(CHIEF_1, "practice_licence"));
    assert_eq!(world.finding("G07-1.6a").state, State::NotMet);
    let mut two = World::perfect();
    for person in [ASSOCIATE, EXEMPT] {
        two.withdraw(of(person, "practice_licence"));
    }
    let finding = two.finding("G08-1.7a");
    assert_eq!(finding.state, State::Met);
    assert_eq!(finding.says.zh, "具备资质的实施医师 2 名，要求至少 2 名：王一、李二");
}

#[test]
fn instructors_four_of_whom_two_or_one_are_chief() {
    let mut world = World::perfect();
    world.set(|r| of(CHIEF_2, "title")(r) && r.text("title") == Some("chief"), "title", &json!("associate_chief"));
    // one chief is left
    assert_eq!((world.finding("G07-4.2.1.4").state, world.finding("G08-4.2.1.5").state), (State::NotMet, State::Met));
    world.set(|r| of(CHIEF_1, "title")(r) && r.text("title") == Some("chief"), "title", &json!("associate_chief"));
    assert_eq!(world.finding("G08-4.2.1.5").state, State::NotMet);
    // an instructor who is not qualified is none
    let mut three = World::perfect();
    three.people.iter_mut().filter(|one| one.name == "张三").for_each(|one| one.active = false);
    assert_eq!(
        (three.finding("G07-4.2.1.4").state, three.finding("G08-4.2.1.5").state),
        (State::NotMet, State::NotMet)
    );
}

#[test]
fn a_base_does_200_in_each_of_three_years() {
    let mut world = World::perfect();
    world.only_cases(Fact::SeedImplant, &[(2023, 200), (2024, 200), (2025, 200)]);
    assert_eq!(world.finding("G07-4.2.1.3").state, State::Met);
    world.only_cases(Fact::SeedImplant, &[(2022, 900), (2023, 199), (2024, 900), (2025, 900), (2026, 900)]);
    assert_eq!(world.finding("G07-4.2.1.3").state, State::NotMet);
}

#[test]
fn a_base_ablated_1500_and_500_in_a_year_or_200_by_one_method() {
    let mut world = World::perfect();
    world.only_cases(Fact::Ablation, &[(2015, 1300), (2026, 200)]);
    // 200 by microwave in the last year
    assert_eq!((world.finding("G08-4.2.1.4b").state, world.finding("G08-4.2.1.4c").state), (State::Met, State::Met));
    // 300 by two methods, neither 200: not enough; 500 by two methods are
    let two_methods = |count: usize| {
        let mut world = World::perfect();
        world.only_cases(Fact::Ablation, &[(2015, 1500), (2026, count)]);
        let rows = world.rows.iter_mut().filter(|row| row.set.has(Fact::Ablation) && row.treated.year() == 2026);
        rows.enumerate().filter(|(n, _)| n % 3 > 0).for_each(|(n, row)| {
            let other = if n % 3 == 1 { Fact::Cryo } else { Fact::Laser };
            row.set = row.set.facts().filter(|one| *one != Fact::Microwave).chain([other]).collect();
        });
        world.finding("G08-4.2.1.4c").state
    };
    assert_eq!(two_methods(499), State::NotMet);
    assert_eq!(two_methods(500), State::Met);
    let mut world = World::perfect();
    world.only_cases(Fact::Ablation, &[(2015, 1299), (2026, 200)]);
    assert_eq!(world.finding("G08-4.2.1.4b").state, State::NotMet);
}

#[test]
fn limits_include_the_number_itself() {
    let at = |rule: &str, field: &str, value: serde_json::Value| {
        let mut world = World::perfect();
        world.set(form("profile"), field, &value);
        world.finding(rule).state
    };
    for (rule, field, enough, short) in [
        ("G08-1.3", "beds_oncology", json!(30), json!(29)),
        ("G07-4.2.1.2b", "beds_technique", json!(30), json!(29)),
        ("G08-4.2.1.3", "beds_technique", json!(50), json!(49)),
        ("G07-4.2.1.2a", "started_technique", json!("2018-11-25"), json!("2018-11-26")),
        ("G08-4.2.1.4a", "started_technique", json!("2021-11-25"), json!("2021-11-26")),
    ] {
        assert_eq!((at(rule, field, enough), at(rule, field, short)), (State::Met, State::NotMet), "{rule}");
    }
    let licence = |gbq: f64| {
        let mut world = World::perfect();
        world.used[0].gbq = gbq;
        world.finding("G07-1.3c").state
    };
    assert_eq!((licence(370.0), licence(370.5)), (State::Met, State::NotMet));
    let mut world = World::perfect();
    world.used[0].nuclide = "Pd-103".into();
    assert!(world.finding("G07-1.3c").says.zh.contains("Pd-103 不在许可范围"));
}

#[test]
fn the_last_day_still_counts() {
    let licence = |until: &str| {
        let mut world = World::perfect();
        world.set(with("licence", "kind", "radiation_safety"), "until", &json!(until));
        world.finding("G07-1.3b")
    };
    assert_eq!(licence("2026-11-25").state, State::Met);
    let lapsed = licence("2026-11-24");
    assert_eq!((lapsed.state, lapsed.says.zh.as_str()), (State::NotMet, "已于 2026-11-24 到期"));
    // a record's own last day counts where it is earlier than the field's
    let mut world = World::perfect();
    for record in world.records.iter_mut().filter(|record| record.form == "licence") {
        record.until = Some(date(2026, 11, 24));
    }
    assert_eq!(world.finding("G07-1.3b").state, State::NotMet);
    let drill = |day: &str| {
        let mut world = World::perfect();
        world.set(form("drill"), "day", &json!(day));
        world.finding("G07-3.6b").state
    };
    assert_eq!((drill("2025-11-25"), drill("2025-11-24")), (State::Met, State::NotMet));
}

#[test]
fn of_a_profile_the_newest_counts_and_of_another_technique_none() {
    let mut world = World::perfect();
    let before = json!({"technique": "ablation", "day": "2024-01-01", "beds_oncology": 99});
    world.about_hospital("profile", &before);
    world.set(|r| r.form == "profile" && r.day.year() == 2026, "beds_oncology", &json!(10));
    assert_eq!(world.finding("G08-1.3").state, State::NotMet);
    let other = json!({"technique": "seed_implant", "day": "2026-11-01", "beds_oncology": 99});
    world.about_hospital("profile", &other);
    assert_eq!(world.finding("G08-1.3").state, State::NotMet);
}

#[test]
fn an_operator_was_qualified_on_the_day_or_not() {
    let mut world = World::perfect();
    // one procedure, on 1 June 2026, by CHIEF_1
    world.only_cases(Fact::SeedImplant, &[(2026, 1)]);
    world.rows.iter_mut().for_each(|row| row.operator = Some(super::world::id(CHIEF_1)));
    let on = |world: &mut World, field: &str, day: &str| {
        world.set(of(CHIEF_1, "practice_licence"), field, &json!(day));
        world.finding("G07-2.1.4").state
    };
    assert_eq!(on(&mut world, "from", "2026-06-01"), State::Met);
    assert_eq!(on(&mut world, "from", "2026-06-02"), State::NotMet);
    assert_eq!(on(&mut world, "from", "2010-01-01"), State::Met);
    assert_eq!(on(&mut world, "until", "2026-06-01"), State::Met);
    assert_eq!(on(&mut world, "until", "2026-05-31"), State::NotMet);
    // a licence that came back later does not heal the day in between
    world.about_person(CHIEF_1, "practice_licence", &json!({"scope": "外科", "from": "2026-06-02"}));
    let finding = world.finding("G07-2.1.4");
    assert_eq!(finding.state, State::NotMet);
    assert_eq!(finding.says.zh, "王一 在 2026-06-01 至 2026-06-01 资质不全，期间手术 1 例");
    // who has left since was qualified all the same
    world.withdraw(|r| of(CHIEF_1, "practice_licence")(r) && r.date("until").is_some());
    world.set(of(CHIEF_1, "practice_licence"), "from", &json!("2010-01-01"));
    world.people.iter_mut().filter(|one| one.name == "王一").for_each(|one| one.active = false);
    assert_eq!(world.finding("G07-2.1.4").state, State::Met);
    world.rows.iter_mut().for_each(|row| row.operator = None);
    assert_eq!(world.finding("G07-2.1.4").state, State::NotMet);
}

#[test]
fn years_that_complete_within_a_period_qualify_from_their_day() {
    let mut world = World::perfect();
    world.only_cases(Fact::Ablation, &[(2026, 1)]);
    world.rows.iter_mut().for_each(|row| row.operator = Some(super::world::id(CHIEF_1)));
    let mut since = |day: &str| {
        world.set(of(CHIEF_1, "experience"), "from", &json!(day));
        world.finding("G08-2.1.4").state
    };
    // five years before 1 June 2026
    assert_eq!(since("2021-06-01"), State::Met);
    assert_eq!(since("2021-06-02"), State::NotMet);
}
