//! The facts of a case against a second derivation that shares nothing with the first: plain JSON, strings, and a calendar of its own.

#![allow(clippy::unwrap_used)]

mod naive;

use dosewright_records as records;
use proptest::prelude::*;
use records::facts::{By, CaseFile, Count, FactQuery, Facts, Group, whole_months};
use records::{Case, Fact, Movement, Record, StoredStudy, Verification};
use serde_json::{Value, json};

fn id(n: u32) -> String {
    format!("01890a5d-ac96-774b-bcce-{n:012x}")
}

/// A case file as JSON: one object a thing, as the store keeps them.
#[derive(Debug, Clone)]
struct Bodies {
    case: Value,
    records: Vec<Value>,
    studies: Vec<Value>,
    verifications: Vec<Value>,
    movements: Vec<Value>,
}

fn read<T: serde::de::DeserializeOwned>(values: &[Value]) -> Vec<T> {
    values.iter().map(|value| serde_json::from_value(value.clone()).unwrap()).collect()
}

fn facts(bodies: &Bodies) -> Facts {
    let case: Case = serde_json::from_value(bodies.case.clone()).unwrap();
    let records: Vec<Record> = read(&bodies.records);
    let studies: Vec<StoredStudy> = read(&bodies.studies);
    let verifications: Vec<Verification> = read(&bodies.verifications);
    let movements: Vec<Movement> = read(&bodies.movements);
    Facts::of(CaseFile {
        case: &case,
        records: &records,
        studies: &studies,
        verifications: &verifications,
        movements: &movements,
    })
}

fn case(technique: &str, implanted_on: &Value, follow_up_due: &Value) -> Value {
    json!({
        "id": id(1), "version": 1, "number": "C1", "patient": id(2), "hospital": id(3), "technique": technique, "site": "",
        "diagnosis": "", "implanted_on": implanted_on, "intent": {}, "physician": null, "physicist": null, "imaging_due": null,
        "follow_up_due": follow_up_due, "withdrawn": false, "notes": "", "created": "2026-01-01T00:00:00Z"
    })
}

fn record(n: u32, form: &str, day: &str, withdrawn: bool, values: &Value, files: usize) -> Value {
    let file = json!({"file_name": "a.pdf", "media_type": "application/pdf", "content": "0".repeat(64), "bytes": 1});
    json!({
        "id": id(1000 + n), "version": 1, "form": form, "edition": 1, "about": {"kind": "case", "id": id(1)}, "day": day,
        "until": null, "values": values, "unique": null, "files": vec![file; files], "withdrawn": withdrawn,
        "created_by": id(4), "created": "2026-01-01T00:00:00Z"
    })
}

fn study(n: u32, date: &str, withdrawn: bool) -> Value {
    json!({
        "id": id(2000 + n), "version": 1, "case": id(1), "files": [], "remarks": [], "received_by": id(4),
        "received": "2026-01-01T00:00:00Z", "withdrawn": withdrawn,
        "summary": {"uid": "1", "description": "", "date": date, "series": [], "structure_sets": [], "plans": [], "doses": 0,
                    "can_be_verified": true}
    })
}

fn verification(n: u32, study: u32, state: &str) -> Value {
    json!({
        "id": id(3000 + n), "version": 1, "case": id(1), "number": n + 1, "study": id(2000 + study), "follows": null, "state": state,
        "settings": {}, "seeds": [], "job": null, "failure": null, "outcome": null, "created_by": id(4),
        "created": "2026-01-01T00:00:00Z"
    })
}

fn movement(n: u32, step: &str, seeds: &str, from: &Value, to: &Value) -> Value {
    json!({
        "id": id(4000 + n), "version": 1, "lot": id(5), "number": n + 1, "at": "2026-01-01T00:00:00Z", "step": step, "seeds": seeds,
        "from": from, "to": to, "evidence": null, "by": id(4), "note": ""
    })
}

/// Days around one procedure, with ends of months, a leap day, and years later.
const DAYS: [&str; 14] = [
    "2023-12-31",
    "2024-01-29",
    "2024-01-30",
    "2024-01-31",
    "2024-02-01",
    "2024-02-28",
    "2024-02-29",
    "2024-03-01",
    "2024-03-02",
    "2024-03-31",
    "2025-01-30",
    "2025-01-31",
    "2025-02-28",
    "2027-06-15",
];

fn day() -> impl Strategy<Value = String> {
    proptest::sample::select(DAYS.to_vec()).prop_map(str::to_owned)
}

fn moment() -> impl Strategy<Value = Value> {
    let time = proptest::sample::select(vec![
        "T08:00",
        "T08:30:00",
        "T09:00:00+08:00",
        "T08:00:00+08:00",
        "T00:30:00Z",
        "T08:29:59+08:00",
        "",
        " nonsense",
    ]);
    (day(), time).prop_map(|(day, time)| json!(format!("{day}{time}")))
}

fn yes() -> impl Strategy<Value = Value> {
    prop_oneof![6 => Just(json!(true)), 1 => Just(json!(false)), 1 => Just(Value::Null), 1 => Just(json!("true"))]
}

fn any_of(values: &[Value]) -> impl Strategy<Value = Value> + use<> {
    proptest::sample::select(values.to_vec())
}

fn words(values: &[&str]) -> impl Strategy<Value = Value> + use<> {
    proptest::sample::select(
        values.iter().map(|word| json!(word)).chain([Value::Null, json!(""), json!(7)]).collect::<Vec<_>>(),
    )
}

/// A value for a field: mostly what its form allows, now and then something else.
fn value(field: &'static str) -> BoxedStrategy<Value> {
    match field {
        "started_at" | "completed_at" | "signed_at" | "at" => moment().boxed(),
        "next_due" | "pathology_day" => prop_oneof![3 => day().prop_map(Value::from), 1 => Just(Value::Null)].boxed(),
        "operator" | "attending" | "physicist" | "by" => {
            any_of(&[json!(id(7)), json!(id(8)), json!("x"), json!("")]).boxed()
        }
        "kind" => words(&[
            "infection",
            "bleeding",
            "pneumothorax",
            "nerve_injury",
            "skin_ulcer",
            "pneumonitis",
            "myelopathy",
            "cystitis",
            "enteritis",
            "brain_necrosis",
            "oesophageal_perforation",
            "other",
            "seed_certificate",
            "device_barcode",
        ])
        .boxed(),
        "cause" => words(&["puncture", "radiation", "ablation", "unknown"]).boxed(),
        "grade" => any_of(&[json!(1), json!(2), json!(3), json!(5), Value::Null, json!("3")]).boxed(),
        "region" => prop_oneof![
            words(&[
                "brain",
                "head_neck",
                "oesophagus",
                "thorax",
                "spine",
                "abdomen",
                "pelvis",
                "prostate",
                "thyroid",
                "other"
            ]),
            Just(json!(["thorax", "pelvis"])),
        ]
        .boxed(),
        "largest_diameter_cm" => any_of(&[json!(1.9), json!(2), json!(2.5), Value::Null]).boxed(),
        "method" => words(&["recist_1.1", "recist_1.1", "recist_1.1"]).boxed(),
        "result" => words(&["CR", "PR", "SD", "PD", "NE", "accepted", "refused", "sent"]).boxed(),
        "decision" => words(&["treat", "defer"]).boxed(),
        "contraindications" => {
            any_of(&[json!([]), Value::Null, json!(["bleeding"]), json!("bleeding"), json!([""])]).boxed()
        }
        "condition" => words(&["improved", "stable", "worse", "stable", "died"]).boxed(),
        "signed_by" | "number" => words(&["Li", "Wang"]).boxed(),
        "seeds_implanted" | "lesions_planned" | "lesions_done" => {
            any_of(&[json!(3), json!(40), json!(-1), json!(2.5), Value::Null]).boxed()
        }
        _ => yes().boxed(),
    }
}

const FORMS: [(&str, &[&str]); 16] = [
    ("diagnosis", &["region", "malignant", "largest_diameter_cm", "pathology_day"]),
    (
        "indication",
        &[
            "no_surgery_any_more",
            "diameter_at_most_7cm",
            "recurrent_or_metastatic",
            "kps_at_least_70",
            "has_needle_path",
            "luminal_obstruction",
            "no_contraindication",
            "survival_at_least_3_months",
            "refused_other",
            "prostate",
            "contraindications",
            "decision",
        ],
    ),
    ("consent", &["signed_at", "signed_by", "purpose", "risk", "after_care", "complications"]),
    ("plan", &["completed_at", "attending", "operator", "physicist"]),
    (
        "procedure",
        &[
            "started_at",
            "operator",
            "ecg",
            "respiration",
            "blood_pressure",
            "pulse",
            "spo2",
            "seeds_implanted",
            "lesions_planned",
            "lesions_done",
        ],
    ),
    ("administration", &["at", "by"]),
    ("certificate", &["kind", "number"]),
    ("discharge", &["condition"]),
    ("complication", &["kind", "cause", "grade", "major"]),
    ("response", &["method", "result", "completely_ablated", "enhanced_imaging"]),
    ("laboratory", &["psa_ng_ml"]),
    ("follow_up", &["reached", "alive", "next_due", "lost"]),
    ("quality_of_life", &["score"]),
    ("death", &["related"]),
    ("province_upload", &["result"]),
    ("mdt", &["conclusion"]),
];

fn records() -> impl Strategy<Value = Vec<(String, String, bool, Value, usize)>> {
    let one = proptest::sample::select(FORMS.to_vec()).prop_flat_map(|(form, fields)| {
        let values: Vec<_> =
            fields.iter().map(|field| value(field).prop_map(|value| ((*field).to_owned(), value))).collect();
        (Just(form.to_owned()), day(), proptest::bool::weighted(0.1), values, 0usize..2).prop_map(
            |(form, day, withdrawn, values, files)| {
                let values = Value::Object(values.into_iter().filter(|(_, value)| !value.is_null()).collect());
                (form, day, withdrawn, values, files)
            },
        )
    });
    proptest::collection::vec(one, 0..24)
}

fn bodies() -> impl Strategy<Value = Bodies> {
    let states = ["draft", "running", "computed", "signed", "superseded"];
    let dates = ["", "2024-01-30T10:00:00", "2024-02-29", "2024-01-29T23:59:59", "x", "2025-01-31T00:00:00"];
    let own = json!({"kind": "implanted", "of": id(1)});
    let other = json!({"kind": "implanted", "of": id(9)});
    let places = [own.clone(), other, json!({"kind": "issued", "of": id(1)}), json!({"kind": "quarantine"}), own];
    let optional_day = || prop_oneof![day().prop_map(Value::from), Just(Value::Null)];
    (
        (
            proptest::sample::select(vec!["seed_implant", "ablation", "radiopharmaceutical"]),
            optional_day(),
            optional_day(),
        ),
        records(),
        proptest::collection::vec((proptest::sample::select(dates.to_vec()), proptest::bool::weighted(0.2)), 0..3),
        proptest::collection::vec((0u32..3, proptest::sample::select(states.to_vec())), 0..3),
        proptest::collection::vec(
            (any_of(&places), any_of(&places), proptest::sample::select(vec!["1-20,35", "7", ""])),
            0..4,
        ),
    )
        .prop_map(|((technique, implanted, due), records, studies, verifications, movements)| Bodies {
            case: case(technique, &implanted, &due),
            records: (0..)
                .zip(records)
                .map(|(n, (form, day, withdrawn, values, files))| record(n, &form, &day, withdrawn, &values, files))
                .collect(),
            studies: (0..).zip(studies).map(|(n, (date, withdrawn))| study(n, date, withdrawn)).collect(),
            verifications: (0..).zip(verifications).map(|(n, (of, state))| verification(n, of, state)).collect(),
            movements: (0..)
                .zip(movements)
                .map(|(n, (from, to, seeds))| movement(n, "implant", seeds, &from, &to))
                .collect(),
        })
}

/// Facts that the packs of the norms tell; they have tests of their own beside the norms.
const OF_NORMS: [Fact; 8] = [
    Fact::WithinScope,
    Fact::DevicesApproved,
    Fact::Radiofrequency,
    Fact::Microwave,
    Fact::Cryo,
    Fact::FocusedUltrasound,
    Fact::Laser,
    Fact::Electroporation,
];

/// Facts as the naive derivation writes them.
fn plain(facts: &Facts) -> Value {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
    let mut names: Vec<&str> = facts.set.facts().filter(|fact| !OF_NORMS.contains(fact)).map(Fact::name).collect();
    names.sort_unstable();
    json!({
        "operator": facts.operator.map(|id| id.to_string()), "treated": day(facts.treated), "discharged": day(facts.discharged),
        "died": day(facts.died), "alive": day(facts.alive), "due": day(facts.due), "set": names,
        "lesions": [facts.lesions_planned, facts.lesions_done], "seeds": facts.seeds,
        "lived_months": facts.lived_months(), "lifetime": facts.lifetime()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn two_derivations_agree(bodies in bodies()) {
        let expected = naive::facts(&bodies.case, &bodies.records, &bodies.studies, &bodies.verifications, &bodies.movements);
        prop_assert_eq!(plain(&facts(&bodies)), expected);
    }

    #[test]
    fn order_does_not_matter(bodies in bodies()) {
        let mut turned = bodies.clone();
        turned.records.reverse();
        turned.studies.reverse();
        turned.verifications.reverse();
        turned.movements.reverse();
        prop_assert_eq!(facts(&turned), facts(&bodies));
    }

    /// `passed` goes back from a day by months, `whole_months` goes forward by its own rule: they must draw the same line.
    #[test]
    fn passed_is_whole_months(from in 0i32..3000, on in 0i32..3000, months in 0u32..70) {
        let date = |n: i32| jiff::civil::date(2020, 1, 1).saturating_add(jiff::Span::new().days(n));
        let (from, on) = (date(from), date(on));
        let until = FactQuery::default().passed(months, on).treated_until.unwrap();
        prop_assert_eq!(from <= until, from <= on && whole_months(from, on) >= months);
    }
}

#[test]
fn the_random_files_reach_every_fact() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let all = (0..3000).map(|_| facts(&bodies().new_tree(&mut runner).unwrap().current()).set);
    let reached = all.fold(records::facts::FactSet::NONE, records::facts::FactSet::and);
    let missed: Vec<&str> = Fact::ALL
        .iter()
        .filter(|fact| !OF_NORMS.contains(fact) && !reached.has(**fact))
        .map(|fact| fact.name())
        .collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");
}

fn seen(records: &[(&str, &str, Value)]) -> Facts {
    let records = (0..).zip(records).map(|(n, (form, day, values))| record(n, form, day, false, values, 0)).collect();
    facts(&Bodies {
        case: case("seed_implant", &Value::Null, &Value::Null),
        records,
        studies: Vec::new(),
        verifications: Vec::new(),
        movements: Vec::new(),
    })
}

#[test]
fn the_thirtieth_day_counts_and_the_next_does_not() {
    let with = |day| {
        seen(&[
            ("procedure", "2026-03-01", json!({"started_at": "2026-03-01T09:00:00+08:00"})),
            ("complication", day, json!({"kind": "pneumothorax", "cause": "puncture", "grade": 3})),
        ])
        .set
        .has(Fact::PunctureComplication)
    };
    assert_eq!(["2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01"].map(with), [false, true, true, false]);
}

#[test]
fn two_of_three_and_three_of_six() {
    let right = |fields: &[&str]| {
        let values: Value =
            fields.iter().map(|field| ((*field).to_owned(), json!(true))).collect::<serde_json::Map<_, _>>().into();
        seen(&[("indication", "2026-03-01", values)]).set.has(Fact::IndicationRight)
    };
    let three = ["kps_at_least_70", "no_contraindication", "survival_at_least_3_months"];
    assert!(right(&[["no_surgery_any_more", "diameter_at_most_7cm"].as_slice(), &three].concat()));
    assert!(right(&[["prostate", "diameter_at_most_7cm"].as_slice(), &three].concat()), "① excepts the prostate");
    assert!(!right(&[["diameter_at_most_7cm"].as_slice(), &three].concat()));
    assert!(!right(&[["no_surgery_any_more", "diameter_at_most_7cm"].as_slice(), &three[1..]].concat()));
}

#[test]
fn consent_is_compared_as_instants_where_offsets_are_stated() {
    let before = |signed: &str, started: Option<&str>| {
        let consent = json!({"signed_at": signed, "signed_by": "Li", "purpose": true, "risk": true, "after_care": true, "complications": true});
        let procedure = started.map_or(json!({}), |started| json!({"started_at": started}));
        let facts = seen(&[("consent", "2026-03-01", consent), ("procedure", "2026-03-01", procedure)]);
        facts.set.has(Fact::ConsentBefore)
    };
    assert!(before("2026-03-01T00:59:00Z", Some("2026-03-01T09:00:00+08:00")));
    assert!(
        !before("2026-03-01T09:00:00+08:00", Some("2026-03-01T09:00:00+08:00")),
        "at the same moment is not before"
    );
    assert!(!before("2026-03-01T08:00", None), "the same day, start unknown");
    assert!(before("2026-02-28T23:00", None));
}

#[test]
fn days_are_asked_for_with_the_day_of_the_question() {
    let facts = seen(&[
        ("procedure", "2024-02-29", json!({"started_at": "2024-02-29T09:00:00+08:00", "operator": id(7)})),
        ("discharge", "2024-03-02", json!({"condition": "stable"})),
        ("follow_up", "2025-03-01", json!({"reached": true, "alive": true, "next_due": "2025-09-01"})),
    ]);
    let holds = |query: FactQuery| query.holds(&facts);
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(facts.lived_months(), Some(12));
    assert!(holds(FactQuery { overdue_on: Some(day("2025-09-02")), ..FactQuery::default() }));
    assert!(
        !holds(FactQuery { overdue_on: Some(day("2025-09-01")), ..FactQuery::default() }),
        "on the day it is due, not overdue"
    );
    assert!(!holds(FactQuery::default().passed(12, day("2025-02-28"))), "29 February is not yet 12 months ago");
    assert!(holds(FactQuery::default().passed(12, day("2025-03-01"))));
    assert!(holds(FactQuery { lived_months: Some(12), fate_known_months: Some(12), ..FactQuery::default() }));
    assert!(!holds(FactQuery { fate_known_months: Some(13), ..FactQuery::default() }));
    let by_quarter = FactQuery { by: By::Treated, ..FactQuery::default() }.tally(
        &[facts.clone(), facts.clone()],
        Count::Patients,
        Group::Quarter,
    );
    assert_eq!((by_quarter[0].part.as_str(), by_quarter[0].count), ("2024-Q1", 1));
}
