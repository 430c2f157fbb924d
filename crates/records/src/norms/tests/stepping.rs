//! What stands in the way of a step of a case.

use jiff::Timestamp;
use jiff::civil::datetime;
use serde_json::{Value, json};

use super::world::{ASSOCIATE, CHIEF_1, NURSE, PHYSICIST, TODAY, World, id, of, record, with};
use crate::case::Intent;
use crate::facts::FactSet;
use crate::norms::evidence::{DeviceTwice, SourceProblem, Sources};
use crate::norms::step::{Block, Step, StepEvidence, before};
use crate::norms::{Pack, Sentence};
use crate::{About, Case, Fact, Person, Record, Technique};

/// A case on the morning of its procedure, nine o'clock in Beijing.
struct Morning {
    world: World,
    case: Case,
    own: Vec<Record>,
    facts: FactSet,
    clock: &'static str,
}

fn person(n: u64) -> String {
    id::<Person>(n).to_string()
}

impl Morning {
    fn of(technique: Technique) -> Self {
        let case = Case {
            id: id(77),
            version: 1,
            number: "C-77".into(),
            patient: id(1),
            hospital: Some(id(1)),
            technique,
            route: "percutaneous".into(),
            method: if technique == Technique::Ablation { "microwave".into() } else { "i125".into() },
            site: String::new(),
            diagnosis: String::new(),
            implanted_on: None,
            intent: Intent::default(),
            physician: None,
            physicist: None,
            imaging_due: None,
            follow_up_due: None,
            withdrawn: false,
            notes: String::new(),
            created: Timestamp::UNIX_EPOCH,
        };
        let mut morning = Self {
            world: World::perfect(),
            case,
            own: Vec::new(),
            facts: [Fact::IndicationStated, Fact::IndicationRight, Fact::CertificateFiled].into_iter().collect(),
            clock: "2026-11-25T09:00:00",
        };
        morning.add("diagnosis", &json!({"day": "2026-11-01", "words": "肺癌", "malignant": true}));
        morning.add(
            "consent",
            &json!({"signed_at": "2026-11-24T15:00:00+08:00", "signed_by": "本人", "relation": "self",
                "purpose": true, "risk": true, "after_care": true, "complications": true}),
        );
        morning.add(
            "plan",
            &json!({"completed_at": "2026-11-24T16:00:00+08:00", "attending": person(CHIEF_1), "operator": person(ASSOCIATE),
                "physicist": person(PHYSICIST)}),
        );
        morning
    }

    fn add(&mut self, form: &str, values: &Value) -> &mut Record {
        let n = 5000 + self.own.len() as u64;
        self.own.push(record(n, About::Case(id(77)), form, values));
        self.own.last_mut().unwrap()
    }

    fn set(&mut self, form: &str, field: &str, value: &Value) {
        let one = self.own.iter_mut().find(|record| record.form == form).unwrap();
        one.values.insert(field.to_owned(), value.clone());
    }

    fn before(&self, step: Step) -> Vec<Block> {
        let records: Vec<Record> = self.own.iter().chain(&self.world.records).cloned().collect();
        let clock: jiff::civil::DateTime = self.clock.parse().unwrap();
        let evidence = StepEvidence {
            case: &self.case,
            hospital: self.case.hospital.map(|_| &self.world.hospital),
            records: &records,
            people: &self.world.people,
            facts: self.facts,
            sources: Sources { lots: &self.world.lots, problems: &self.world.problems, used: &[] },
            devices: &self.world.devices,
            at: jiff::tz::Offset::constant(8).to_timestamp(clock).unwrap(),
            clock,
        };
        before(&Pack::builtin().unwrap(), step, &evidence)
    }

    /// Rules that block the step, and rules that only say something.
    fn split(&self, step: Step) -> (Vec<String>, Vec<String>) {
        let (blocks, says): (Vec<Block>, Vec<Block>) = self.before(step).into_iter().partition(|block| block.blocks);
        let rules = |list: Vec<Block>| list.into_iter().map(|block| block.rule).collect();
        (rules(blocks), rules(says))
    }
}

fn nothing() -> (Vec<String>, Vec<String>) {
    (Vec::new(), Vec::new())
}

#[test]
fn nothing_stands_in_the_way_of_a_case_that_is_ready() {
    assert_eq!(datetime(2026, 11, 25, 9, 0, 0, 0).date(), TODAY);
    for technique in [Technique::SeedImplant, Technique::Ablation] {
        let morning = Morning::of(technique);
        for step in [Step::IssueSeeds, Step::Procedure, Step::Upload] {
            assert_eq!(morning.split(step), nothing(), "{technique:?} {step:?}");
        }
    }
}

#[test]
fn a_training_certificate_that_ended_yesterday_blocks_and_says_so() {
    let mut morning = Morning::of(Technique::SeedImplant);
    let mine = |r: &Record| of(ASSOCIATE, "training")(r) && r.text("technique") == Some("seed_implant");
    morning.world.set(mine, "valid_until", &json!("2026-11-25"));
    assert_eq!(morning.split(Step::Procedure), nothing(), "the last day counts");
    morning.world.set(mine, "valid_until", &json!("2026-11-24"));
    let blocks = morning.before(Step::Procedure);
    assert_eq!(blocks.len(), 1);
    let block = &blocks[0];
    assert!(block.blocks);
    assert_eq!((block.pack.as_str(), block.rule.as_str(), block.clause.as_str()), ("G07-2022", "G07-2.1.3", "二(一)3"));
    assert!(block.says.zh.starts_with("实施医师张三：基地培训：培训证书已于 2026-11-24 到期"), "{}", block.says.zh);
    assert!(block.says.en.contains("2026-11-24") && block.what_to_do.zh.contains("基地培训"));
}

#[test]
fn consent_is_signed_before_the_procedure_begins() {
    let signed = |at: &str| {
        let mut morning = Morning::of(Technique::Ablation);
        morning.set("consent", "signed_at", &json!(at));
        morning.split(Step::Procedure).0
    };
    // nine o'clock in Beijing is one o'clock in Greenwich
    assert!(signed("2026-11-25T08:59:59+08:00").is_empty() && signed("2026-11-25T00:59:59Z").is_empty());
    assert!(signed("2026-11-25T08:59").is_empty(), "on the hospital's clock");
    for late in ["2026-11-25T09:00:00+08:00", "2026-11-25T08:00:00Z", "2026-11-25T09:10", "2026-11-25", "昨天"] {
        assert_eq!(signed(late), ["G08-3.2"], "{late}");
    }
    for part in ["purpose", "risk", "after_care", "complications"] {
        let mut morning = Morning::of(Technique::SeedImplant);
        morning.set("consent", part, &json!(false));
        assert_eq!(morning.split(Step::Procedure).0, ["G07-3.3"], "{part}");
    }
    let mut none = Morning::of(Technique::SeedImplant);
    none.own.retain(|record| record.form != "consent");
    assert_eq!(none.before(Step::Procedure)[0].says.zh, "没有知情同意");
}

#[test]
fn a_plan_is_complete_and_names_all_three_for_seeds() {
    for (field, value) in [
        ("attending", json!(null)),
        ("operator", json!(null)),
        ("physicist", json!("")),
        ("completed_at", json!("2026-11-25T09:30:00+08:00")),
        ("completed_at", json!(null)),
    ] {
        let mut morning = Morning::of(Technique::SeedImplant);
        morning.add("procedure", &json!({"operator": person(ASSOCIATE), "ecg": true, "respiration": true, "blood_pressure": true, "pulse": true, "spo2": true}));
        morning.set("plan", field, &value);
        assert_eq!(morning.split(Step::Procedure).0, ["G07-3.2a"], "{field} {value}");
    }
    // G08 asks for no plan
    let mut ablation = Morning::of(Technique::Ablation);
    ablation.set("plan", "completed_at", &json!(null));
    assert_eq!(ablation.split(Step::Procedure), nothing());
}

#[test]
fn whoever_operates_must_be_named_known_and_qualified() {
    let mut morning = Morning::of(Technique::Ablation);
    morning.own.retain(|record| record.form != "plan");
    let blocks = morning.before(Step::Procedure);
    assert_eq!(blocks.iter().map(|block| block.says.zh.as_str()).collect::<Vec<_>>(), ["未写明术者"]);
    morning.add("procedure", &json!({"operator": person(99)}));
    assert!(morning.before(Step::Procedure).iter().all(|block| block.says.zh == "实施医师不在人员名册中"));
    // who really operated counts, not who was planned
    let mut other = Morning::of(Technique::Ablation);
    other.add("procedure", &json!({"operator": person(NURSE)}));
    let (blocks, _) = other.split(Step::Procedure);
    assert!(blocks.contains(&"G08-2.1.1".to_owned()) && blocks.contains(&"G08-2.1.3".to_owned()));
}

#[test]
fn a_licence_that_lapsed_blocks_one_that_was_never_recorded_is_shown() {
    let licence = with("licence", "kind", "radiation_safety");
    let mut morning = Morning::of(Technique::SeedImplant);
    morning.world.set(&licence, "until", &json!("2026-11-24"));
    for step in [Step::Procedure, Step::IssueSeeds] {
        assert_eq!(morning.split(step), (vec!["G07-1.3b".to_owned()], Vec::new()));
    }
    morning.world.withdraw(&licence);
    assert_eq!(morning.split(Step::IssueSeeds), (Vec::new(), vec!["G07-1.3b".to_owned()]));
    // a case without a hospital cannot be checked for it, which is said and does not block
    let mut nowhere = Morning::of(Technique::SeedImplant);
    nowhere.case.hospital = None;
    let (blocks, says) = nowhere.split(Step::Procedure);
    assert!(blocks.is_empty() && says == ["G07-1.3a", "G07-1.3b"]);
}

#[test]
fn monitoring_is_judged_once_the_procedure_is_recorded() {
    for field in ["ecg", "respiration", "blood_pressure", "pulse", "spo2"] {
        let mut morning = Morning::of(Technique::SeedImplant);
        let all = json!({"operator": person(ASSOCIATE), "ecg": true, "respiration": true, "blood_pressure": true, "pulse": true, "spo2": true});
        morning.add("procedure", &all);
        assert_eq!(morning.split(Step::Procedure), nothing());
        morning.set("procedure", field, &json!(false));
        assert_eq!(morning.split(Step::Procedure).0, ["G07-3.2b"]);
        assert_eq!(morning.split(Step::Upload).0, ["G07-3.2b"]);
    }
}

#[test]
fn a_device_used_in_another_case_blocks() {
    let mut morning = Morning::of(Technique::Ablation);
    let device = json!({"udi": "UDI-1", "registration": "R", "indication_covers": true, "single_use": true});
    morning.add("device_use", &device).unique = Some("UDI-1 7".into());
    morning.world.devices = vec![DeviceTwice { unique: "UDI-2 7".into(), cases: vec![id(77), id(3)], records: vec![] }];
    assert_eq!(morning.split(Step::Procedure), nothing(), "that is another device");
    morning.world.devices[0].unique = "UDI-1 7".into();
    assert_eq!(morning.split(Step::Procedure).0, ["G08-3.6.1b"]);
    morning.world.devices[0].cases = vec![id(77)];
    assert_eq!(morning.split(Step::Procedure), nothing(), "twice in this case is no other case");
    morning.set("device_use", "indication_covers", &json!(false));
    assert_eq!(morning.split(Step::Procedure).0, ["G08-3.6.1a"]);
    let mut seeds = Morning::of(Technique::SeedImplant);
    seeds.add("device_use", &json!({"udi": "UDI-1", "single_use": true}));
    assert_eq!(seeds.split(Step::Procedure).0, ["G07-3.10b"]);
}

#[test]
fn scope_indication_and_certificates() {
    let mut benign = Morning::of(Technique::SeedImplant);
    benign.set("diagnosis", "malignant", &json!(false));
    assert_eq!(benign.split(Step::Procedure).0, ["G07-0.1"]);
    assert_eq!(benign.split(Step::IssueSeeds).0, ["G07-0.1"]);
    let mut ablation = Morning::of(Technique::Ablation);
    ablation.set("diagnosis", "malignant", &json!(false));
    assert_eq!(ablation.split(Step::Procedure), nothing(), "benign tumours are ablated, too");
    ablation.case.method = "leeches".into();
    assert_eq!(ablation.split(Step::Procedure).0, ["G08-0.1"]);
    let mut bare = Morning::of(Technique::SeedImplant);
    bare.facts = FactSet::NONE;
    assert_eq!(bare.split(Step::Procedure), (vec!["G07-3.1a".to_owned()], vec!["G07-3.1b".to_owned()]));
    assert_eq!(bare.split(Step::Upload).0, ["G07-3.10d"]);
}

#[test]
fn seeds_that_do_not_balance_or_are_not_registered_are_not_issued() {
    let mut morning = Morning::of(Technique::SeedImplant);
    morning.world.problems =
        vec![SourceProblem { lot: id(1), seeds: 1, says: Sentence::new("少 1 粒", "1 seed is missing") }];
    let blocks = morning.before(Step::IssueSeeds);
    assert_eq!(blocks.len(), 1);
    assert_eq!((blocks[0].rule.as_str(), blocks[0].says.zh.as_str()), ("G07-3.5b", "B-2026-07：少 1 粒"));
    morning.world.problems.clear();
    morning.world.lots[0].registration.clear();
    assert_eq!(morning.split(Step::IssueSeeds).0, ["G07-3.10a"]);
}

#[test]
fn planner_nurse_and_protection_are_looked_at_too() {
    let mut morning = Morning::of(Technique::SeedImplant);
    morning.world.withdraw(|r| of(PHYSICIST, "training")(r) && r.text("kind") == Some("tps"));
    assert_eq!(morning.split(Step::Procedure).0, ["G07-2.2"]);
    let mut nurse = Morning::of(Technique::SeedImplant);
    nurse.add("procedure", &json!({"operator": person(ASSOCIATE), "nurse": person(NURSE), "ecg": true, "respiration": true, "blood_pressure": true, "pulse": true, "spo2": true}));
    nurse.world.withdraw(|r| of(NURSE, "training")(r) && r.text("kind") == Some("short_course"));
    assert_eq!(nurse.split(Step::Procedure), (Vec::new(), vec!["G07-2.3".to_owned()]));
    let mut exam = Morning::of(Technique::SeedImplant);
    exam.world.set(of(ASSOCIATE, "medical_exam"), "next_due", &json!("2026-11-24"));
    assert_eq!(exam.split(Step::Procedure).0, ["G07-3.7c"]);
    exam.world.withdraw(of(ASSOCIATE, "medical_exam"));
    assert_eq!(exam.split(Step::Procedure), (Vec::new(), vec!["G07-3.7c".to_owned()]));
}
