//! Every rule of both packs: met in the perfect hospital, not met after one change.

use std::collections::BTreeSet;

use serde_json::json;

use super::world::{CHIEF_1, EXEMPT, NURSE, PHYSICIST, TRAINEE, World, form, id, of, with};
use crate::norms::evidence::{DeviceTwice, SourceProblem};
use crate::norms::finding::State;
use crate::norms::{Pack, Sentence};
use crate::{Fact, Technique};

type Change = fn(&mut World);

/// What is done to the perfect hospital, and the rules that are then not met.
const CHANGES: &[(&[&str], Change)] = &[
    // papers and rooms
    (&["G07-1.1"], |w| w.set(with("document", "rule", "G07-1.1"), "from", &json!("2025-11-24"))),
    (&["G08-1.1"], |w| w.set(with("document", "rule", "G08-1.1"), "from", &json!("2025-11-24"))),
    (&["G07-3.1c"], |w| w.set(with("document", "rule", "G07-3.1c"), "until", &json!("2026-11-24"))),
    (&["G08-3.1c"], |w| w.set(with("document", "rule", "G08-3.1c"), "until", &json!("2026-11-24"))),
    (&["G07-1.2a", "G08-1.2"], |w| w.set(form("profile"), "departments", &json!([]))),
    (&["G07-1.2b"], |w| w.set(form("asset"), "calibrated_until", &json!("2026-11-24"))),
    (&["G08-1.6.2a", "G08-1.6.2b"], |w| w.set(form("asset"), "calibrated_until", &json!("2026-11-24"))),
    (&["G07-1.2c"], |w| w.set(with("asset", "kind", "tps"), "version", &json!(""))),
    (&["G07-1.3a"], |w| w.set(with("licence", "kind", "radiation_treatment"), "until", &json!("2026-11-24"))),
    (&["G07-1.3b"], |w| w.set(with("licence", "kind", "radiation_safety"), "until", &json!("2026-11-24"))),
    (&["G07-1.3c"], |w| w.used[0].gbq = 370.1),
    (&["G07-1.4.1", "G08-1.4"], |w| w.set(form("profile"), "sterile_room", &json!(false))),
    (&["G07-1.4.2"], |w| w.set(with("asset", "kind", "us"), "pacs_connected", &json!(false))),
    (&["G07-1.4.3"], |w| w.set(with("asset", "kind", "rescue_kit"), "calibrated_until", &json!("2026-11-24"))),
    (&["G07-1.4.4a", "G07-1.4.4b"], |w| {
        w.people.iter_mut().filter(|one| one.name == "郑九").for_each(|one| one.active = false);
    }),
    (&["G07-1.5"], |w| w.set(with("document", "kind", "protection_measures"), "until", &json!("2026-11-24"))),
    (&["G08-1.3"], |w| w.set(form("profile"), "beds_oncology", &json!(29))),
    (&["G08-1.5"], |w| w.set(form("profile"), "pacu", &json!(false))),
    (&["G08-1.6.1"], |w| w.set(form("profile"), "angiography", &json!(null))),
    (&["G07-3.4a", "G08-3.3a"], |w| w.set(with("document", "kind", "follow_up_rules"), "until", &json!("2026-11-24"))),
    (&["G07-3.5a"], |w| w.set(with("document", "kind", "source_rules"), "until", &json!("2026-11-24"))),
    (&["G07-3.6a"], |w| w.set(with("document", "kind", "emergency_plan"), "until", &json!("2026-11-24"))),
    (&["G07-3.6b"], |w| w.set(form("drill"), "day", &json!("2025-11-24"))),
    (&["G07-3.6c"], |w| {
        w.about_hospital(
            "incident",
            &json!({"kind": "lost", "day": "2026-11-01", "discovered_at": "2026-11-01T10:00:00+08:00"}),
        );
    }),
    (&["G07-3.7a"], |w| w.set(with("document", "kind", "environment_inspection"), "from", &json!("2025-11-24"))),
    (&["G08-3.6.2a"], |w| w.set(with("document", "kind", "device_register_rules"), "until", &json!("2026-11-24"))),
    // people
    (&["G07-1.6a", "G08-1.7a", "G07-2.1.1", "G08-2.1.1", "G07-2.1.4", "G08-2.1.4"], |w| {
        w.set(form("practice_licence"), "scope", &json!("眼科专业"));
    }),
    (&["G07-1.6b", "G07-2.3", "G08-1.7b", "G08-2.2", "G07-4.1.2"], |w| {
        w.withdraw(with("training", "kind", "short_course"));
    }),
    (&["G07-2.1.2", "G08-2.1.2"], |w| w.set(of(CHIEF_1, "experience"), "from", &json!("2021-11-26"))),
    (&["G07-2.1.3", "G08-2.1.3"], |w| w.set(with("training", "kind", "base_training"), "exam_passed", &json!(false))),
    (&["G07-2.2"], |w| w.withdraw(of(PHYSICIST, "medical_exam"))),
    (&["G07-3.7b"], |w| w.set(of(NURSE, "training"), "valid_until", &json!("2026-11-24"))),
    (&["G07-3.7c"], |w| w.set(of(NURSE, "medical_exam"), "fit", &json!(false))),
    (&["G07-3.9a", "G08-3.5a", "G07-3.9b", "G08-3.5b"], |w| w.set(form("evaluation"), "record_quality", &json!(null))),
    (&["G07-4.1.1"], |w| w.set(of(TRAINEE, "title"), "title", &json!("resident"))),
    (&["G08-4.1.1"], |w| w.set(of(TRAINEE, "experience"), "from", &json!("2023-11-26"))),
    (&["G07-4.1.3", "G08-4.1.3"], |w| w.set(of(EXEMPT, "logbook"), "serious_events", &json!(1))),
    // cases
    (&["G07-0.1"], |w| w.take(Fact::SeedImplant, Fact::WithinScope, 1)),
    (&["G08-0.1"], |w| w.take(Fact::Ablation, Fact::WithinScope, 1)),
    (&["G07-3.1a"], |w| w.take(Fact::SeedImplant, Fact::IndicationStated, 1)),
    (&["G08-3.1a"], |w| w.take(Fact::Ablation, Fact::IndicationStated, 1)),
    (&["G07-3.1b"], |w| w.take(Fact::SeedImplant, Fact::IndicationRight, 1)),
    (&["G08-3.1b"], |w| w.take(Fact::Ablation, Fact::IndicationRight, 1)),
    (&["G07-3.2a"], |w| w.take(Fact::SeedImplant, Fact::PlanBefore, 1)),
    (&["G07-3.2b"], |w| w.take(Fact::SeedImplant, Fact::Monitored, 1)),
    (&["G07-3.2c"], |w| w.take(Fact::SeedImplant, Fact::DoseVerified, 160)),
    (&["G07-3.2d"], |w| w.take(Fact::SeedImplant, Fact::ResponseJudged, 1)),
    (&["G07-3.3"], |w| w.take(Fact::SeedImplant, Fact::ConsentBefore, 1)),
    (&["G08-3.2"], |w| w.take(Fact::Ablation, Fact::ConsentBefore, 1)),
    (&["G07-3.4b"], |w| w.take(Fact::SeedImplant, Fact::FollowUpPlanned, 1)),
    (&["G08-3.3b"], |w| w.take(Fact::Ablation, Fact::FollowUpPlanned, 1)),
    (&["G07-3.4c", "G08-3.3c"], |w| {
        w.rows.iter_mut().rev().skip(100).take(2).for_each(|row| row.due = Some(jiff::civil::date(2020, 1, 1)));
    }),
    (&["G07-3.8"], |w| w.take(Fact::SeedImplant, Fact::Uploaded, 1)),
    (&["G08-3.4"], |w| w.take(Fact::Ablation, Fact::Uploaded, 1)),
    (&["G07-3.10b"], |w| w.take(Fact::SeedImplant, Fact::DevicesApproved, 1)),
    (&["G08-3.6.1a"], |w| w.take(Fact::Ablation, Fact::DevicesApproved, 1)),
    (&["G07-3.10d"], |w| w.take(Fact::SeedImplant, Fact::CertificateFiled, 1)),
    (&["G08-3.6.2b"], |w| w.take(Fact::Ablation, Fact::CertificateFiled, 1)),
    // seeds and devices
    (&["G07-3.5b"], |w| {
        w.problems
            .push(SourceProblem { lot: id(1), seeds: 2, says: Sentence::new("少 2 粒", "2 seeds are missing") });
    }),
    (&["G07-3.10a"], |w| w.lots[0].registration = " ".into()),
    (&["G07-3.10c", "G08-3.6.1b"], |w| {
        w.devices.push(DeviceTwice { unique: "UDI-1".into(), cases: vec![id(1), id(2)], records: vec![id(9)] });
    }),
    // training base
    (&["G07-4.2.1.1a", "G08-4.2.1.1a"], |w| w.set(form("profile"), "level", &json!("3b"))),
    (&["G07-4.2.1.1b", "G08-4.2.1.1b"], |w| {
        w.set(with("document", "kind", "base_registration"), "until", &json!("2026-11-24"));
    }),
    (&["G07-4.2.1.2a"], |w| w.set(form("profile"), "started_technique", &json!("2018-11-26"))),
    (&["G08-4.2.1.4a"], |w| w.set(form("profile"), "started_technique", &json!("2021-11-26"))),
    (&["G07-4.2.1.2b"], |w| w.set(form("profile"), "beds_technique", &json!(29))),
    (&["G08-4.2.1.2"], |w| w.set(form("profile"), "own_ablation_room", &json!(false))),
    (&["G08-4.2.1.3"], |w| w.set(form("profile"), "beds_technique", &json!(49))),
    (&["G07-4.2.1.3"], |w| w.only_cases(Fact::SeedImplant, &[(2023, 200), (2024, 199), (2025, 900)])),
    (&["G08-4.2.1.4b"], |w| w.only_cases(Fact::Ablation, &[(2015, 899), (2026, 600)])),
    (&["G08-4.2.1.4c"], |w| w.only_cases(Fact::Ablation, &[(2015, 2000), (2026, 199)])),
    (&["G07-4.2.1.4", "G08-4.2.1.5"], |w| w.set(of(EXEMPT, "experience"), "from", &json!("2025-01-01"))),
    (&["G07-4.2.1.5"], |w| w.set(with("document", "rule", "G07-4.2.1.5"), "from", &json!("2025-11-24"))),
    (&["G08-4.2.1.6"], |w| w.set(with("document", "rule", "G08-4.2.1.6"), "from", &json!("2025-11-24"))),
    (&["G07-4.2.2.2"], |w| w.set(with("document", "rule", "G07-4.2.2.2"), "from", &json!("2025-11-24"))),
    (&["G08-4.2.2.2"], |w| w.set(with("document", "rule", "G08-4.2.2.2"), "from", &json!("2025-11-24"))),
    (&["G07-4.2.2.1", "G08-4.2.2.1"], |w| {
        w.set(with("document", "kind", "training_syllabus"), "until", &json!("2026-11-24"));
    }),
    (&["G07-4.2.2.3", "G08-4.2.2.3"], |w| {
        w.set(with("document", "kind", "training_examinations"), "until", &json!("2026-11-24"));
    }),
    (&["G07-4.2.2.4", "G08-4.2.2.4"], |w| {
        w.set(with("document", "kind", "training_files"), "until", &json!("2026-11-24"));
    }),
];

#[test]
fn the_perfect_hospital_meets_every_rule() {
    let world = World::perfect();
    for technique in [Technique::SeedImplant, Technique::Ablation] {
        for finding in world.judge(technique) {
            assert_eq!(finding.state, State::Met, "{}: {}", finding.rule, finding.says.zh);
            assert!(!finding.says.zh.is_empty() && !finding.says.en.is_empty());
        }
    }
}

#[test]
fn every_rule_can_fail_and_one_change_fails_it() {
    let perfect = World::perfect();
    for (rules, change) in CHANGES {
        let mut world = perfect.clone();
        change(&mut world);
        let of = |norm: &str| rules.iter().any(|rule| rule.starts_with(norm));
        let judged = [("G07", Technique::SeedImplant), ("G08", Technique::Ablation)].into_iter();
        let findings: Vec<_> =
            judged.filter(|(norm, _)| of(norm)).flat_map(|(_, technique)| world.judge(technique)).collect();
        for rule in *rules {
            let finding = findings.iter().find(|finding| finding.rule == *rule).unwrap();
            assert_eq!(finding.state, State::NotMet, "{rule}: {}", finding.says.zh);
            assert!(finding.lapses.is_none());
        }
    }
    let tried: BTreeSet<&str> = CHANGES.iter().flat_map(|(rules, _)| *rules).copied().collect();
    let packs = Pack::builtin().unwrap();
    let all: BTreeSet<&str> = packs.iter().flat_map(|pack| &pack.rules).map(|rule| rule.id.as_str()).collect();
    assert_eq!(tried, all);
}

#[test]
fn one_bad_case_spoils_no_other_rule_of_cases() {
    let mut world = World::perfect();
    world.take(Fact::SeedImplant, Fact::ConsentBefore, 3);
    let not_met: Vec<String> = world
        .judge(Technique::SeedImplant)
        .into_iter()
        .filter(|finding| finding.state != State::Met)
        .map(|finding| format!("{} {}", finding.rule, finding.says.zh))
        .collect();
    assert_eq!(not_met, ["G07-3.3 2025-11-26 至 2026-11-25 手术 599 例，其中 3 例术前没有四项齐全的知情同意"]);
}

#[test]
fn an_empty_register_shows_no_evidence_and_nothing_is_met_by_chance() {
    let mut world = World::perfect();
    world.records.retain(|record| record.form == "profile");
    world.set(form("profile"), "training_base", &json!(false));
    world.rows.clear();
    world.people.clear();
    world.lots.clear();
    world.used.clear();
    for finding in [world.judge(Technique::SeedImplant), world.judge(Technique::Ablation)].concat() {
        let by_profile = ["G07-1.2a", "G07-1.4.1", "G08-1.2", "G08-1.3", "G08-1.4", "G08-1.5", "G08-1.6.1"];
        // no incident on record is what 'every incident is closed' asks
        let met = by_profile.contains(&finding.rule.as_str()) || finding.rule == "G07-3.6c";
        assert_eq!(finding.state == State::Met, met, "{}: {}", finding.rule, finding.says.zh);
        assert_ne!(finding.state, State::NotMet, "{}: {}", finding.rule, finding.says.zh);
    }
    world.records.clear();
    let findings = world.judge(Technique::Ablation);
    assert!(findings.iter().all(|finding| finding.state == State::NotApplicable), "the technique is not done here");
}

#[test]
fn who_is_no_base_is_not_asked_for_one() {
    let mut world = World::perfect();
    world.set(with("profile", "technique", "seed_implant"), "training_base", &json!(false));
    for (technique, state) in [(Technique::SeedImplant, State::NotApplicable), (Technique::Ablation, State::Met)] {
        let findings = world.judge(technique);
        let of_base: Vec<_> = findings.iter().filter(|finding| finding.clause.starts_with("四(二)")).collect();
        assert!(of_base.len() > 8 && of_base.iter().all(|finding| finding.state == state));
    }
}
