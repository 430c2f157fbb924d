//! The pack of an inspection.

use jiff::civil::date;
use serde_json::json;

use super::world::{CHIEF_1, NURSE, World, form, id, of, with};
use crate::norms::finding::State;
use crate::norms::qualified::Title;
use crate::{Fact, Technique};

#[test]
fn every_rule_stands_under_its_clause_with_what_shows_it() {
    let world = World::perfect();
    for technique in [Technique::SeedImplant, Technique::Ablation] {
        let pack = super::world::pack(technique);
        let pages = world.inspect(technique);
        assert_eq!(pages.clauses.iter().map(|clause| clause.path.clone()).collect::<Vec<_>>(), pack.clauses);
        let lines: usize = pages.clauses.iter().map(|clause| clause.lines.len()).sum();
        assert_eq!((lines, pages.summary.met as usize), (pack.rules.len(), pack.rules.len()));
        assert_eq!(pages.stamp, pack.stamp());
        let shown =
            pages.clauses.iter().flat_map(|clause| &clause.lines).filter(|line| !line.finding.proofs.is_empty());
        assert!(shown.count() > pack.rules.len() * 9 / 10);
        assert!(pages.clauses.iter().flat_map(|clause| &clause.lines).all(|line| line.how.is_none()));
    }
    let pages = world.inspect(Technique::SeedImplant);
    let licence = pages.clauses.iter().find(|clause| clause.path == "一(三)").unwrap();
    let shown = &licence.lines[1].shown[0];
    assert_eq!((shown.form.as_str(), shown.name.as_str(), shown.until), ("licence", "N", Some(date(2028, 12, 31))));
}

#[test]
fn what_lapses_is_listed_by_day_with_the_rules_that_fail() {
    let mut world = World::perfect();
    world.set(of(CHIEF_1, "practice_licence"), "until", &json!("2027-01-10"));
    world.set(with("licence", "kind", "radiation_safety"), "until", &json!("2026-12-31"));
    world.set(form("drill"), "day", &json!("2025-12-01"));
    world.set(
        |record| form("asset")(record) && record.text("kind") == Some("us"),
        "calibrated_until",
        &json!("2027-02-01"),
    );
    world.set(|record| form("asset")(record) && record.text("kind") == Some("us"), "name", &json!("超声仪"));
    world.set(|record| form("asset")(record) && record.text("kind") == Some("us"), "serial", &json!("SN-7"));
    world.set(of(CHIEF_1, "medical_exam"), "next_due", &json!("2027-02-10"));
    let pages = world.inspect(Technique::SeedImplant);
    let rules: Vec<(String, Option<&str>)> =
        pages.lapsing.iter().map(|one| (one.day.to_string(), one.rule.as_deref())).collect();
    let of = |day: &str, rule| (day.to_owned(), rule);
    assert_eq!(
        rules,
        [
            of("2026-12-02", Some("G07-3.6b")),
            of("2027-01-01", None),
            of("2027-01-01", Some("G07-1.3b")),
            of("2027-01-01", Some("G07-1.3c")),
            of("2027-01-11", None),
            of("2027-01-11", Some("G07-2.1.1")),
            of("2027-01-11", Some("G07-4.2.1.4")),
            of("2027-02-02", None),
            of("2027-02-11", None),
            of("2027-02-11", Some("G07-3.7c")),
        ]
    );
    // every row says what, and whose, it speaks of
    let says: Vec<&str> = pages.lapsing.iter().map(|one| one.says.zh.as_str()).collect();
    assert!(says[0].starts_with("应急演练（2025-12-01）："), "a drill has no name: {}", says[0]);
    assert!(says[1].starts_with("辐射安全许可证（N）") && says[2].starts_with("辐射安全许可证（N）："), "{says:?}");
    assert_eq!(says[7], "设备检定或校准（超声仪 SN-7）2027-02-01 到期");
    assert_eq!(pages.lapsing[7].says.en, "calibration (超声仪 SN-7) ends on 2027-02-01");
    assert_eq!(says[8], "职业健康检查（王一）2027-02-10 到期");
    assert_eq!(says[9].matches("王一").count(), 1, "a person is named once: {}", says[9]);
    assert_eq!(pages.lapsing[4].says.zh, "执业证书（王一 L）2027-01-10 到期");
    // renewed in time, it is listed no more
    world.about_person(CHIEF_1, "practice_licence", &json!({"scope": "外科", "number": "L", "from": "2027-01-11"}));
    let pages = world.inspect(Technique::SeedImplant);
    assert!(pages.lapsing.iter().all(|one| one.day != date(2027, 1, 11)));
}

#[test]
fn people_and_years_are_counted() {
    let mut world = World::perfect();
    world.only_cases(Fact::SeedImplant, &[(2024, 3), (2026, 2)]);
    world.withdraw(of(NURSE, "medical_exam"));
    let pages = world.inspect(Technique::SeedImplant);
    let years: Vec<(&str, u64)> = pages.years.iter().map(|year| (year.year.as_str(), year.cases)).collect();
    assert_eq!(years, [("2024", 3), ("2026", 2)]);
    let chief = pages.people.iter().find(|one| one.person == id(CHIEF_1)).unwrap();
    assert_eq!((chief.title, chief.cases), (Some(Title::Chief), 2));
    assert!(chief.roles.iter().any(|role| role.role == "operator" && role.qualified()));
    let nurse = pages.people.iter().find(|one| one.person == id(NURSE)).unwrap();
    let support = nurse.roles.iter().find(|role| role.role == "support").unwrap();
    assert!(!support.qualified() && nurse.cases == 0);
    let line = |rule: &str| {
        pages.clauses.iter().flat_map(|clause| &clause.lines).find(|line| line.finding.rule == rule).unwrap().clone()
    };
    let exams = line("G07-3.7c");
    assert_eq!(exams.finding.state, State::NotMet);
    assert!(exams.how.is_some() && exams.ours.is_some() && exams.finding.says.zh == "周七：没有职业健康检查记录");
    assert_eq!(pages.summary.not_met, 2, "the examination, and that no three years had 200 implants");
}
