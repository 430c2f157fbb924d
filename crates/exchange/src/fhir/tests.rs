use records::facts::CaseFile;
use records::{Case, Facts, Record, Technique};
use serde_json::{Value, json};

use super::checker::check;
use super::*;
use crate::deidentified::{Key, Policies};
use crate::fixture;

fn key() -> Key {
    Key::new(b"thirty-two bytes of a test's key").unwrap()
}

fn policy(id: &str) -> Policy {
    Policies::builtin().unwrap().get(id).unwrap().clone()
}

fn case_of(technique: Technique) -> (Case, Vec<Record>) {
    let method = match technique {
        Technique::SeedImplant => "i125",
        Technique::Ablation => "microwave",
        Technique::Radiopharmaceutical => "i131_dtc",
    };
    let case = Case { technique, method: method.into(), ..fixture::case(1) };
    let mut records = fixture::records_of(&case);
    if technique == Technique::Radiopharmaceutical {
        // a course has no procedure, and the fixture's forms are of every technique
        records.retain(|record| record.form != "procedure");
    }
    // the operator of the examples is somebody who is known
    for record in &mut records {
        for name in ["operator", "by"] {
            if let Some(value) = record.values.get_mut(name) {
                *value = json!(fixture::person().id.to_string());
            }
        }
    }
    (case, records)
}

fn made(technique: Technique, identity: Identity<'_>, purpose: Purpose) -> Value {
    let (case, mut records) = case_of(technique);
    // without a death a next visit stays due
    records.retain(|record| record.form != "death");
    made_of(&case, &records, identity, purpose)
}

fn made_of(case: &Case, records: &[Record], identity: Identity<'_>, purpose: Purpose) -> Value {
    let movement = fixture::movement();
    let movements = if case.technique == Technique::SeedImplant { vec![movement] } else { Vec::new() };
    let file = CaseFile { case, records, studies: &[], verifications: &[], movements: &movements };
    let facts = Facts::of(file);
    let (patient, hospital, people, lots) =
        (fixture::patient(1), fixture::hospital(), [fixture::person()], [fixture::lot()]);
    let input = CaseInput {
        case,
        patient: &patient,
        hospital: Some(&hospital),
        records,
        facts: &facts,
        people: &people,
        lots: &lots,
        movements: &movements,
    };
    bundle(&input, identity, purpose, fixture::made()).unwrap()
}

fn of<'a>(bundle: &'a Value, kind: &str) -> Vec<&'a Value> {
    let all = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
    all.filter(|resource| resource["resourceType"] == kind).collect()
}

#[test]
fn bundles_of_every_technique_keep_the_rules_of_r4() {
    for technique in Technique::ALL {
        for purpose in [Purpose::Collection, Purpose::Transaction] {
            for identity in [Identity::Identified, Identity::Pseudonym(&key(), &policy("shifted"))] {
                let bundle = made(technique, identity, purpose);
                assert_eq!(check(&bundle), Vec::<String>::new(), "{technique:?} {purpose:?}");
                assert_eq!(bundle, made(technique, identity, purpose), "the same case gives the same bundle");
            }
        }
    }
    // an empty case is a bundle too
    let bundle = made_of(&fixture::case(1), &[], Identity::Identified, Purpose::Collection);
    assert_eq!(check(&bundle), Vec::<String>::new());
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let good = made(Technique::SeedImplant, Identity::Identified, Purpose::Transaction);
    let at = |kind: &str| {
        good["entry"].as_array().unwrap().iter().position(|e| e["resource"]["resourceType"] == kind).unwrap()
    };
    let spoilt = |kind: &str, change: &dyn Fn(&mut Value)| {
        let mut bad = good.clone();
        change(&mut bad["entry"][at(kind)]);
        check(&bad)
    };
    type Spoil<'a> = (&'a str, &'a str, &'a dyn Fn(&mut Value));
    let cases: [Spoil<'_>; 10] = [
        ("Patient", "Patient.gender", &|e| e["resource"]["gender"] = json!("M")),
        ("Procedure", "Procedure.status: is missing", &|e| {
            drop(e["resource"].as_object_mut().unwrap().remove("status"));
        }),
        ("Procedure", "Procedure.subject", &|e| e["resource"]["subject"] = json!({"reference": "urn:uuid:x"})),
        ("Condition", "con-3", &|e| drop(e["resource"].as_object_mut().unwrap().remove("clinicalStatus"))),
        ("Condition", "Condition.colour: is no element", &|e| e["resource"]["colour"] = json!("red")),
        ("Consent", "Consent.category", &|e| e["resource"]["category"] = json!([])),
        ("Observation", "one value", &|e| {
            e["resource"]["valueQuantity"] = json!({"value": 1, "system": "s", "code": "c"});
        }),
        ("Device", "claims codexrt-radiotherapy-seed-device without type", &|e| {
            drop(e["resource"].as_object_mut().unwrap().remove("type"));
        }),
        ("AdverseEvent", "is no extension", &|e| e["resource"]["extension"][0]["extension"] = json!([])),
        ("Appointment", "request", &|e| drop(e.as_object_mut().unwrap().remove("request"))),
    ];
    for (kind, expected, change) in cases {
        let wrong = spoilt(kind, change);
        assert!(wrong.iter().any(|one| one.contains(expected)), "{expected}: {wrong:?}");
    }
}

#[test]
fn a_seed_implant_is_what_mcode_and_codex_call_it() {
    let bundle = made(Technique::SeedImplant, Identity::Identified, Purpose::Collection);
    let procedure = of(&bundle, "Procedure")[0];
    assert_eq!(procedure["code"]["coding"][0]["code"], "1217123003");
    assert_eq!(procedure["category"]["coding"][0]["code"], "108290001");
    let parts = procedure["extension"][0]["extension"].as_array().unwrap();
    let codes: Vec<_> =
        parts.iter().map(|part| part["valueCodeableConcept"]["coding"][0]["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["169359004", "113120007", "68630002"], "permanent seeds, interstitial, iodine-125");
    assert_eq!(of(&bundle, "Practitioner").len(), 1);
    let seeds =
        of(&bundle, "Device").into_iter().find(|device| device["type"]["coding"][0]["code"] == "1254766006").unwrap();
    assert_eq!(seeds["lotNumber"], "L-2026-01");
    assert_eq!(seeds["property"][0]["valueQuantity"][0]["value"], 60.0);
    assert_eq!(seeds["property"][1]["valueQuantity"][0]["code"], "uGy.m2/h");
    assert_eq!(of(&bundle, "Appointment").len(), 1);
    let of_code = |code: &str| {
        of(&bundle, "Observation").into_iter().find(|one| one["code"]["coding"][0]["code"] == code).unwrap().clone()
    };
    let psa = fixture::example("laboratory")["psa_ng_ml"].as_f64();
    assert_eq!(of_code("2857-1")["valueQuantity"]["value"].as_f64(), psa);
    assert_eq!(of_code("89243-0")["valueInteger"], fixture::example("diagnosis")["kps"]);
    let response = of_code("97509-4");
    let result = fixture::example("response")["result"].as_str().unwrap().to_owned();
    assert_eq!(response["valueCodeableConcept"]["text"], format!("RECIST 1.1: {result}"));
    let event = of(&bundle, "AdverseEvent")[0];
    let grade = fixture::example("complication")["grade"].as_i64().unwrap().to_string();
    assert_eq!(event["extension"][0]["valueCodeableConcept"]["coding"][0]["code"], grade);
}

#[test]
fn a_bundle_under_a_pseudonym_says_nothing_of_the_patient() {
    let (key, policy) = (key(), policy("shifted"));
    let bundle = made(Technique::SeedImplant, Identity::Pseudonym(&key, &policy), Purpose::Collection);
    let text = bundle.to_string();
    for secret in
        ["王小明", "HX-000001", "ZL-2026", "虚构", "欧阳", "S-77", "L-2026-01", "13912345678", "PDY00001", "1931"]
    {
        assert!(!text.contains(secret), "{secret}");
    }
    for id in [fixture::case(1).id.to_string(), fixture::patient(1).id.to_string(), fixture::person().id.to_string()] {
        assert!(!text.contains(&id), "{id}");
    }
    let identified = made(Technique::SeedImplant, Identity::Identified, Purpose::Collection).to_string();
    for there in ["王小明1", "HX-000001", "ZL-2026-0001", "欧阳医师"] {
        assert!(identified.contains(there), "{there}");
    }
    let start = of(&bundle, "Procedure")[0]["performedPeriod"]["start"].as_str().unwrap().to_owned();
    let real = fixture::example("procedure")["started_at"].as_str().unwrap().to_owned();
    let days = key.shift_days(&fixture::patient(1).id.to_string(), policy.largest_shift_days);
    let day = |text: &str| text[..10].parse::<jiff::civil::Date>().unwrap();
    assert_eq!(day(&real).until(day(&start)).unwrap().get_days() as i64, days);
    assert_eq!(start[10..], real[10..], "the time of day stays");
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let (case, records) = case_of(Technique::SeedImplant);
    let file = CaseFile { case: &case, records: &records, studies: &[], verifications: &[], movements: &[] };
    let facts = Facts::of(file);
    let other = fixture::patient(2);
    let input = CaseInput {
        case: &case,
        patient: &other,
        hospital: None,
        records: &records,
        facts: &facts,
        people: &[],
        lots: &[],
        movements: &[],
    };
    let made = |identity| bundle(&input, identity, Purpose::Collection, fixture::made());
    assert_eq!(made(Identity::Identified), Err(FhirError::Mixed));
    let patient = fixture::patient(1);
    let input = CaseInput { patient: &patient, ..input };
    let numbered =
        bundle(&input, Identity::Pseudonym(&key(), &policy("day-numbers")), Purpose::Collection, fixture::made());
    assert_eq!(numbered, Err(FhirError::Dates));
}

/// Writes the bundles for a validator from elsewhere: `FHIR_OUT=folder cargo test -p dosewright-exchange write_bundles -- --ignored`.
#[test]
#[ignore = "writes files"]
fn write_bundles() {
    let folder = std::env::var("FHIR_OUT").unwrap();
    for technique in Technique::ALL {
        for (name, identity) in
            [("identified", Identity::Identified), ("pseudonym", Identity::Pseudonym(&key(), &policy("shifted")))]
        {
            let bundle = made(technique, identity, Purpose::Transaction);
            let path = format!("{folder}/{}-{name}.json", technique.name());
            std::fs::write(path, serde_json::to_string_pretty(&bundle).unwrap()).unwrap();
        }
    }
}
