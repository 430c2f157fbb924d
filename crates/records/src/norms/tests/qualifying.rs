//! Who is qualified, on both sides of each edge.

use jiff::civil::{Date, date};
use serde_json::{Value, json};

use super::world::{CHIEF_1, EXEMPT, NURSE, PHYSICIST, TODAY, World, of, pack};
use crate::Technique;
use crate::norms::qualified::{Aspect, Qualification, qualify};

use Technique::{Ablation, SeedImplant};

impl World {
    fn qualified(&self, technique: Technique, role: &str, person: u64, day: Date) -> Qualification {
        let pack = pack(technique);
        let person = self.people.iter().find(|one| one.id == super::world::id(person)).unwrap();
        let records: Vec<_> =
            self.records.iter().filter(|record| record.about == crate::About::Person(person.id)).collect();
        qualify(&pack, pack.role(role).unwrap(), person, &records, day)
    }

    fn operator(&self, technique: Technique) -> Qualification {
        self.qualified(technique, "operator", CHIEF_1, TODAY)
    }
}

/// A chief physician with one field of some records changed.
fn changed(form: &'static str, field: &str, value: &Value) -> World {
    let mut world = World::perfect();
    world.set(of(CHIEF_1, form), field, value);
    world
}

fn base(field: &str, value: &Value) -> World {
    let mut world = World::perfect();
    world.set(|r| of(CHIEF_1, "training")(r) && r.text("kind") == Some("base_training"), field, value);
    world
}

#[test]
fn an_operator_has_every_aspect_with_its_clause() {
    let world = World::perfect();
    let clauses = |technique| {
        let one = world.operator(technique);
        assert!(one.qualified());
        one.reasons.iter().map(|reason| (reason.aspect, reason.clause.clone())).collect::<Vec<_>>()
    };
    let of = |aspect, clause: &str| (aspect, clause.to_owned());
    let both = vec![
        of(Aspect::Active, ""),
        of(Aspect::Licence, "二(一)1"),
        of(Aspect::Title, "二(一)2"),
        of(Aspect::Experience, "二(一)2"),
        of(Aspect::Training, "二(一)3"),
    ];
    assert_eq!(clauses(Ablation), both);
    let seeds = [both, vec![of(Aspect::RadiationProtection, "三(七)"), of(Aspect::MedicalExam, "三(七)")]].concat();
    assert_eq!(clauses(SeedImplant), seeds);
}

#[test]
fn base_training_numbers_have_their_edges() {
    for (field, enough, short, seeds, ablation) in [
        ("months", json!(6), json!(5.9), true, true),
        ("participated", json!(30), json!(29), true, false),
        ("full_process", json!(30), json!(29), true, false),
        ("full_process", json!(25), json!(24), false, true),
        ("independent", json!(25), json!(24), false, true),
        ("exam_passed", json!(true), json!(false), true, true),
        ("base_registered", json!(true), json!(null), true, true),
        ("until", json!("2026-11-25"), json!("2026-11-26"), true, true),
        ("valid_until", json!("2026-11-25"), json!("2026-11-24"), true, true),
    ] {
        for (technique, asked) in [(SeedImplant, seeds), (Ablation, ablation)] {
            if asked {
                assert!(base(field, &enough).operator(technique).qualified(), "{field}");
                let one = base(field, &short).operator(technique);
                let missing: Vec<Aspect> = one.missing(&[]).map(|reason| reason.aspect).collect();
                assert_eq!(missing, [Aspect::Training], "{field}");
            }
        }
    }
    // participation is not independence, and training in one technique is none in the other
    assert!(base("independent", &json!(0)).operator(SeedImplant).qualified());
    assert!(!base("independent", &json!(0)).operator(Ablation).qualified());
    let mut world = World::perfect();
    world.withdraw(|r| of(CHIEF_1, "training")(r) && r.text("technique") == Some("ablation"));
    assert!(world.operator(SeedImplant).qualified() && !world.operator(Ablation).qualified());
}

#[test]
fn g07_asks_for_a_rank_g08_for_five_years_in_a_rank() {
    let titles = |list: &[(&str, &str)]| {
        let mut world = World::perfect();
        world.withdraw(of(CHIEF_1, "title"));
        for (title, from) in list {
            world.about_person(CHIEF_1, "title", &json!({"title": title, "from": from}));
        }
        (world.operator(SeedImplant).qualified(), world.operator(Ablation).qualified())
    };
    assert_eq!(titles(&[("attending", "2010-01-01")]), (false, true));
    assert_eq!(titles(&[("attending", "2021-11-25")]), (false, true));
    assert_eq!(titles(&[("attending", "2021-11-26")]), (false, false));
    // time in a higher rank counts, and the rank is enough from its first day
    assert_eq!(titles(&[("attending", "2020-01-01"), ("associate_chief", "2026-11-25")]), (true, true));
    assert_eq!(titles(&[("attending", "2020-01-01"), ("associate_chief", "2026-11-26")]), (false, true));
    assert_eq!(titles(&[("associate_chief", "2023-01-01")]), (true, false));
    assert_eq!(titles(&[("chief", "2015-01-01")]), (true, true));
    assert_eq!(titles(&[("resident", "2010-01-01")]), (false, false));
    assert_eq!(titles(&[]), (false, false));
}

#[test]
fn years_of_work_leave_out_gaps_and_count_two_posts_at_once_once() {
    let posts = |list: &[(&str, &str, Option<&str>)]| {
        let mut world = World::perfect();
        world.withdraw(of(CHIEF_1, "experience"));
        for (specialty, from, until) in list {
            world.about_person(CHIEF_1, "experience", &json!({"specialty": specialty, "from": from, "until": until}));
        }
        world.operator(SeedImplant).missing(&[Aspect::Experience]).next().is_none()
    };
    assert!(posts(&[("肿瘤科", "2021-11-25", None)]));
    assert!(!posts(&[("肿瘤科", "2021-11-26", None)]));
    assert!(!posts(&[("眼科", "2001-01-01", None)]));
    assert!(posts(&[("Medical Oncology", "2001-01-01", None)]));
    // three years and two years, with a gap; then one day less
    assert!(posts(&[("肿瘤科", "2015-01-01", Some("2017-12-31")), ("肿瘤内科", "2024-11-25", None)]));
    assert!(!posts(&[("肿瘤科", "2015-01-01", Some("2017-12-30")), ("肿瘤内科", "2024-11-26", None)]));
    assert!(!posts(&[("肿瘤科", "2023-01-01", None), ("肿瘤介入", "2023-01-01", None)]));
    // what is to come does not count
    assert!(!posts(&[("肿瘤科", "2026-11-26", None)]));
}

#[test]
fn the_exemption_asks_for_all_its_parts() {
    let exempt = |change: &dyn Fn(&mut World)| {
        let mut world = World::perfect();
        change(&mut world);
        let one = |technique| world.qualified(technique, "operator", EXEMPT, TODAY);
        (one(SeedImplant).qualified(), one(Ablation).qualified())
    };
    assert_eq!(exempt(&|_| {}), (true, true));
    let reason = World::perfect().qualified(SeedImplant, "operator", EXEMPT, TODAY);
    let training = reason.reasons.iter().find(|reason| reason.aspect == Aspect::Training).unwrap();
    assert!(training.exempt && training.met && training.says.zh == "符合四(一)3，可免于培训");
    // ten years of practice
    assert_eq!(exempt(&|w| w.set(of(EXEMPT, "experience"), "from", &json!("2016-11-25"))), (true, true));
    assert_eq!(exempt(&|w| w.set(of(EXEMPT, "experience"), "from", &json!("2016-11-26"))), (false, false));
    assert_eq!(exempt(&|w| w.set(of(EXEMPT, "logbook"), "serious_events", &json!(1))), (false, false));
    // logbooks of the other technique do not count
    assert_eq!(
        exempt(&|w| w.withdraw(|r| of(EXEMPT, "logbook")(r) && r.text("technique") == Some("ablation"))),
        (true, false)
    );
    // of two logbooks of a year the one entered later counts, they are not added up
    let doubled = |w: &mut World| {
        w.set(of(EXEMPT, "logbook"), "independent", &json!(15));
        for year in 2021..=2025 {
            let n = w.about_person(
                EXEMPT,
                "logbook",
                &json!({"technique": "seed_implant", "year": year, "independent": 15, "serious_events": 0}),
            );
            w.records
                .iter_mut()
                .filter(|r| r.id == n)
                .for_each(|r| r.created = jiff::Timestamp::from_second(9).unwrap());
        }
    };
    assert_eq!(exempt(&doubled), (false, false));
}

#[test]
fn a_practice_licence_must_fit_and_hold() {
    for (scope, fits) in
        [("外科专业", true), ("医学影像和放射治疗专业", true), ("Oncology", true), ("眼科专业", false), ("", false)]
    {
        assert_eq!(
            changed("practice_licence", "scope", &json!(scope)).operator(SeedImplant).qualified(),
            fits,
            "{scope}"
        );
    }
    assert!(changed("practice_licence", "until", &json!("2026-11-25")).operator(SeedImplant).qualified());
    let lapsed = changed("practice_licence", "until", &json!("2026-11-24")).operator(SeedImplant);
    assert_eq!(lapsed.missing(&[]).next().unwrap().says.zh, "执业证书已于 2026-11-24 到期");
    assert!(!changed("practice_licence", "from", &json!("2026-11-26")).operator(SeedImplant).qualified());
}

#[test]
fn protection_course_and_examination_are_current_for_seeds_and_not_asked_for_ablation() {
    let mut world = World::perfect();
    world.withdraw(of(CHIEF_1, "medical_exam"));
    assert!(!world.operator(SeedImplant).qualified() && world.operator(Ablation).qualified());
    // without a last day of its own an examination counts for 24 months
    let exam = |day: &str| {
        let mut world = World::perfect();
        world.set(of(CHIEF_1, "medical_exam"), "next_due", &json!(null));
        world.set(of(CHIEF_1, "medical_exam"), "day", &json!(day));
        world.operator(SeedImplant).qualified()
    };
    assert!(exam("2024-11-25") && !exam("2024-11-24"));
    // the newest finding counts, even when an older one has not lapsed
    let mut unfit = World::perfect();
    unfit.about_person(CHIEF_1, "medical_exam", &json!({"day": "2026-11-01", "fit": false}));
    assert!(!unfit.operator(SeedImplant).qualified());
}

#[test]
fn planner_and_support_have_their_own_needs() {
    let world = World::perfect();
    assert!(world.qualified(SeedImplant, "planner", PHYSICIST, TODAY).qualified());
    assert!(!world.qualified(SeedImplant, "planner", CHIEF_1, TODAY).qualified(), "no training on the planning system");
    assert!(world.qualified(SeedImplant, "support", NURSE, TODAY).qualified());
    assert!(!world.qualified(SeedImplant, "support", NURSE, date(2022, 4, 2)).qualified(), "the course is not over");
    let physicist = world.qualified(SeedImplant, "operator", PHYSICIST, TODAY);
    assert!(physicist.missing(&[Aspect::Active]).next().is_some(), "a physicist does not operate");
    let mut left = World::perfect();
    left.people.iter_mut().for_each(|one| one.active = false);
    assert!(!left.operator(Ablation).qualified());
}
