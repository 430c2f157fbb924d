//! Procedure, Device, Consent.

use std::collections::BTreeMap;

use records::sources::Place;
use records::{Record, Technique};
use serde_json::{Value, json};

use super::codes::{CODES, LOINC, OURS, SNOMED, codex, coding, concept, mcode, quantity};
use super::who::{hospital, practitioner};
use super::{Making, map};

/// Consents, devices, the treatment.
pub(super) fn all(making: &mut Making<'_>) {
    for record in making.of("consent") {
        consent(making, record);
    }
    let devices = devices(making);
    procedure(making, &devices);
}

/// A reference to the treatment, once it took place.
pub(super) fn treated(making: &Making<'_>) -> Option<Value> {
    making.input.facts.treated.map(|_| making.reference("procedure", &making.input.case.id.to_string()))
}

fn consent(making: &mut Making<'_>, record: &Record) {
    let told = [("purpose", "目的"), ("risk", "风险"), ("after_care", "术后注意事项"), ("complications", "并发症")];
    let told: Vec<_> = told.iter().filter(|(field, _)| record.yes(field)).map(|(_, words)| *words).collect();
    let performer = match (record.text("relation"), record.text("signed_by")) {
        (Some("self"), _) => json!([making.subject()]),
        (_, Some(name)) if making.identified() => json!([{"display": name}]),
        _ => Value::Null,
    };
    let content = json!({
        "status": "active",
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "treatment", "Treatment"),
        "category": [{"coding": [coding(LOINC, "59284-0", "Consent Document")], "text": told.join("、")}],
        "patient": making.subject(),
        "dateTime": record.text("signed_at").map_or(Value::Null, |at| making.moment(at)),
        "performer": performer,
        "organization": match hospital(making) { Value::Null => Value::Null, one => json!([one]) },
        "policyRule": concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN", "opt-in"),
    });
    let mut content = map(content);
    if told.is_empty() {
        content.insert("category".to_owned(), json!([concept(LOINC, "59284-0", "Consent Document")]));
    }
    let uuid = making.id("consent", &record.id.to_string());
    making.add("Consent", uuid, &[], content);
}

/// Seeds by lot; seeds without a lot, where only the procedure says how many; other devices.
fn devices(making: &mut Making<'_>) -> Vec<Value> {
    let case = making.input.case.id;
    let mut by_lot: BTreeMap<String, i64> = BTreeMap::new();
    for movement in making.input.movements {
        let seeds = i64::from(movement.seeds.len());
        if movement.to == Place::Implanted(case) {
            *by_lot.entry(movement.lot.to_string()).or_default() += seeds;
        }
        if movement.from == Place::Implanted(case) {
            *by_lot.entry(movement.lot.to_string()).or_default() -= seeds;
        }
    }
    let mut all = Vec::new();
    for (lot, seeds) in by_lot.into_iter().filter(|(_, seeds)| *seeds > 0) {
        let known = making.input.lots.iter().find(|one| one.id.to_string() == lot);
        let mut properties = vec![property("seeds", &quantity(seeds as f64, "{seed}", "{seed}"))];
        if let Some(lot) = known {
            // 1 U is 1 µGy·m²/h (AAPM TG-43)
            properties.push(property("air-kerma-strength", &quantity(lot.strength_u, "U", "uGy.m2/h")));
        }
        let content = json!({
            "status": "active",
            "manufacturer": known.map_or(Value::Null, |lot| making.words(Some(&lot.manufacturer))),
            "lotNumber": known.map_or(Value::Null, |lot| making.words(Some(&lot.number))),
            "modelNumber": known.map_or(Value::Null, |lot| json!(lot.model)),
            "type": concept(SNOMED, "1254766006", "Loose radioactive seed (physical object)"),
            "property": properties,
            "patient": making.subject(),
        });
        let uuid = making.id("seeds", &format!("{case} {lot}"));
        all.push(making.add("Device", uuid, &[codex("codexrt-radiotherapy-seed-device")], map(content)));
    }
    if all.is_empty() && making.input.facts.seeds > 0 {
        let seeds = quantity(f64::from(making.input.facts.seeds), "{seed}", "{seed}");
        let content = json!({
            "status": "active",
            "type": concept(SNOMED, "1254766006", "Loose radioactive seed (physical object)"),
            "property": [property("seeds", &seeds)],
            "patient": making.subject(),
        });
        let uuid = making.id("seeds", &case.to_string());
        all.push(making.add("Device", uuid, &[codex("codexrt-radiotherapy-seed-device")], map(content)));
    }
    // the identifiers of a device may lead to a patient
    let used = if making.identified() { making.of("device_use") } else { Vec::new() };
    for record in used {
        let content = json!({
            "udiCarrier": record.text("udi").map_or(Value::Null, |udi| json!([{"carrierHRF": udi}])),
            "status": "active",
            "serialNumber": record.text("serial").map_or(Value::Null, |serial| json!(serial)),
            "deviceName": record.text("name").map_or(Value::Null, |name| json!([{"name": name, "type": "user-friendly-name"}])),
            "patient": making.subject(),
        });
        let uuid = making.id("device", &record.id.to_string());
        all.push(making.add("Device", uuid, &[], map(content)));
    }
    all
}

fn property(name: &str, value: &Value) -> Value {
    json!({"type": {"coding": [coding(&format!("{OURS}device-property"), name, "")], "text": name}, "valueQuantity": [value]})
}

fn procedure(making: &mut Making<'_>, devices: &[Value]) {
    let Some(treated) = making.input.facts.treated else { return };
    let case = making.input.case;
    let record = making.of("procedure").into_iter().next();
    let given = making.of("administration").into_iter().next();
    let at = |making: &Making<'_>, text: Option<&str>| text.map_or(Value::Null, |at| making.moment(at));
    let started = at(making, record.and_then(|one| one.text("started_at")).or(given.and_then(|one| one.text("at"))));
    let start = if started.is_null() { making.day(treated) } else { started };
    let mut period = json!({"start": start});
    let ended = at(making, record.and_then(|one| one.text("ended_at")));
    if !ended.is_null() {
        period["end"] = ended;
    }
    let who = record.and_then(|one| one.text("operator")).or(given.and_then(|one| one.text("by"))).map(str::to_owned);
    let operator = practitioner(making, who.as_deref());
    let disease = making.disease();
    let region = making.latest("diagnosis").and_then(|diagnosis| CODES.region(diagnosis.text("region")?));
    let failed = record.is_some_and(|one| one.values.get("success").and_then(Value::as_bool) == Some(false));
    let mut content = json!({
        "identifier": if making.identified() { json!([{"system": "urn:dosewright:case-number", "value": case.number}]) } else { Value::Null },
        "status": if failed { "stopped" } else { "completed" },
        "subject": making.subject(),
        "performedPeriod": period,
        "performer": operator.map_or(Value::Null, |actor| json!([{"actor": actor}])),
        "reasonReference": disease.as_ref().map_or(Value::Null, |disease| json!([disease])),
        "bodySite": region.map_or(Value::Null, |region| json!([{"coding": [region]}])),
        "focalDevice": if devices.is_empty() { Value::Null } else {
            json!(devices.iter().map(|device| json!({
                "action": concept("http://hl7.org/fhir/device-action", "implanted", "Implanted"),
                "manipulated": device,
            })).collect::<Vec<_>>())
        },
    });
    let summary = mcode("mcode-radiotherapy-course-summary");
    // mCODE asks for the reason of a course
    let profiles = if disease.is_some() { vec![summary] } else { Vec::new() };
    let profiles = match case.technique {
        Technique::Ablation => {
            content["code"] = method("ablation", &case.method, "ablation");
            Vec::new()
        }
        technique => {
            content["category"] = concept(SNOMED, "108290001", "Radiation oncology AND/OR radiotherapy (procedure)");
            content["code"] = concept(SNOMED, "1217123003", "Radiotherapy course of treatment (regime/therapy)");
            content["extension"] = json!([modality(making, technique, given)]);
            profiles
        }
    };
    if case.technique == Technique::Ablation && content["bodySite"].is_null() {
        content["bodySite"] = match making.words(Some(&case.site).filter(|site| !site.is_empty()).map(String::as_str)) {
            Value::Null => Value::Null,
            site => json!([{"text": site}]),
        };
    }
    let uuid = making.id("procedure", &case.id.to_string());
    making.add("Procedure", uuid, &profiles, map(content));
}

fn method(system: &str, code: &str, text: &str) -> Value {
    if code.is_empty() {
        return json!({"text": text});
    }
    json!({"coding": [coding(&format!("{OURS}{system}-method"), code, "")], "text": format!("{text}: {code}")})
}

/// mCODE's modality and technique, with CodeX's isotope.
fn modality(making: &Making<'_>, technique: Technique, given: Option<&Record>) -> Value {
    let part = |name: &str, value: Value| json!({"url": mcode(name), "valueCodeableConcept": value});
    let mut parts = Vec::new();
    let nuclide = if technique == Technique::Radiopharmaceutical {
        let display = "Administration of radiopharmaceutical (procedure)";
        parts.push(part("mcode-radiotherapy-modality", concept(SNOMED, "440252007", display)));
        if given.is_some_and(|given| given.text("route") == Some("oral")) {
            let oral = concept(SNOMED, "16560241000119104", "Oral radionuclide therapy (procedure)");
            parts.push(part("mcode-radiotherapy-technique", oral));
        }
        given.and_then(|given| given.text("nuclide")).map(str::to_owned)
    } else {
        let display = "Internal radiotherapy - permanent seeds (procedure)";
        parts.push(part("mcode-radiotherapy-modality", concept(SNOMED, "169359004", display)));
        let inside = concept(SNOMED, "113120007", "Interstitial brachytherapy (procedure)");
        parts.push(part("mcode-radiotherapy-technique", inside));
        let by_method = match making.input.case.method.as_str() {
            "i125" => Some("I-125"),
            "pd103" => Some("Pd-103"),
            "cs131" => Some("Cs-131"),
            _ => None,
        };
        let by_lot = making.input.lots.first().map(|lot| lot.nuclide.clone());
        by_lot.or_else(|| by_method.map(str::to_owned))
    };
    if let Some(isotope) = nuclide.and_then(|name| CODES.nuclide(&name)) {
        let url = codex("codexrt-radiotherapy-energy-or-isotope");
        parts.push(json!({"url": url, "valueCodeableConcept": {"coding": [isotope]}}));
    }
    json!({"url": mcode("mcode-radiotherapy-modality-and-technique"), "extension": parts})
}
