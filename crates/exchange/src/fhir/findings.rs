//! Observation and AdverseEvent.

use records::{Record, Technique};
use serde_json::{Value, json};

use super::codes::{CODES, LOINC, OURS, codex, coding, concept, mcode, quantity};
use super::treatment::treated;
use super::who::practitioner;
use super::{Making, map};

/// Performance, laboratory, response, complications.
pub(super) fn all(making: &mut Making<'_>) {
    for record in making.of("diagnosis").into_iter().chain(making.of("follow_up")) {
        performance(making, record);
    }
    for record in making.of("laboratory") {
        laboratory(making, record);
    }
    for record in making.of("response") {
        response(making, record);
    }
    for record in making.of("complication") {
        adverse_event(making, record);
    }
}

fn category(code: &str, display: &str) -> Value {
    json!([concept("http://terminology.hl7.org/CodeSystem/observation-category", code, display)])
}

/// KPS and ECOG.
fn performance(making: &mut Making<'_>, record: &Record) {
    let scales = [
        ("kps", "89243-0", "Karnofsky Performance Status score", "mcode-karnofsky-performance-status"),
        ("ecog", "89247-1", "ECOG Performance Status score", "mcode-ecog-performance-status"),
    ];
    for (field, loinc, display, profile) in scales {
        let Some(score) = record.values.get(field).and_then(Value::as_i64) else { continue };
        let content = json!({
            "status": "final",
            "category": category("survey", "Survey"),
            "code": concept(LOINC, loinc, display),
            "subject": making.subject(),
            "effectiveDateTime": making.day(record.day),
            "valueInteger": score,
        });
        let uuid = making.id(field, &record.id.to_string());
        making.add("Observation", uuid, &[mcode(profile)], map(content));
    }
}

/// One observation a value.
fn laboratory(making: &mut Making<'_>, record: &Record) {
    for test in &CODES.laboratory {
        let Some(value) = record.number(&test.field) else { continue };
        let content = json!({
            "status": "final",
            "category": category("laboratory", "Laboratory"),
            "code": concept(LOINC, &test.loinc, &test.display),
            "subject": making.subject(),
            "effectiveDateTime": making.day(record.day),
            "valueQuantity": quantity(value, &test.ucum, &test.ucum),
        });
        let uuid = making.id(&test.field, &record.id.to_string());
        making.add("Observation", uuid, &[], map(content));
    }
}

/// The response: mCODE's trend of the disease, with RECIST's own result beside it.
fn response(making: &mut Making<'_>, record: &Record) {
    let Some(result) = record.text("result") else { return };
    let mut codings: Vec<Value> = CODES.response(result).into_iter().collect();
    codings.push(coding(&format!("{OURS}recist-1.1"), result, ""));
    let performer = practitioner(making, record.text("by"));
    let content = json!({
        "status": "final",
        "category": category("imaging", "Imaging"),
        "code": concept(LOINC, "97509-4", "Cancer Disease Progression"),
        "subject": making.subject(),
        "focus": making.disease().map_or(Value::Null, |disease| json!([disease])),
        "effectiveDateTime": making.day(record.day),
        "performer": performer.map_or(Value::Null, |performer| json!([performer])),
        "valueCodeableConcept": {"coding": codings, "text": format!("RECIST 1.1: {result}")},
        "method": {"text": "RECIST 1.1"},
    });
    let uuid = making.id("response", &record.id.to_string());
    making.add("Observation", uuid, &[mcode("mcode-cancer-disease-status")], map(content));
}

fn adverse_event(making: &mut Making<'_>, record: &Record) {
    let Some(kind) = record.text("kind") else { return };
    let coded = CODES.complication(kind);
    let mut codings: Vec<Value> = coded.iter().cloned().collect();
    codings.push(coding(&format!("{OURS}complication"), kind, ""));
    let words = making.words(record.text("term"));
    let event = json!({"coding": codings, "text": if words.is_null() { json!(kind.replace('_', " ")) } else { words }});
    let grade = record.values.get("grade").and_then(Value::as_i64).filter(|grade| (1..=5).contains(grade));
    let extension = grade.map(|grade| {
        let system = "http://hl7.org/fhir/us/codex-radiation-therapy/CodeSystem/codexrt-radiotheraphy-adverse-event-severity-or-gradeCS";
        json!([{
            "url": codex("codexrt-radiotheraphy-adverse-event-severity-or-grade"),
            "valueCodeableConcept": concept(system, &grade.to_string(), ""),
        }])
    });
    // R4's three degrees; grades 4 and 5 are severe too, and serious
    let severity = grade.map(|grade| match grade {
        1 => "mild",
        2 => "moderate",
        _ => "severe",
    });
    let serious = record.values.get("major").and_then(Value::as_bool).or(grade.map(|grade| grade >= 3));
    let outcome = record.text("outcome").map(|outcome| match outcome {
        "recovered" => "resolved",
        "recovering" => "recovering",
        "persisting" => "ongoing",
        "sequelae" => "resolvedWithSequelae",
        "died" => "fatal",
        _ => "unknown",
    });
    let system = |name: &str| format!("http://terminology.hl7.org/CodeSystem/{name}");
    let by_treatment = matches!(record.text("cause"), Some("puncture" | "radiation" | "ablation" | "drug"));
    let treatment = treated(making).filter(|_| by_treatment);
    let by_radiation = treatment.is_some() && making.input.case.technique != Technique::Ablation;
    let content = json!({
        "extension": extension,
        "actuality": "actual",
        "event": event,
        "subject": making.subject(),
        "date": making.day(record.day),
        "seriousness": serious.map(|serious| concept(&system("adverse-event-seriousness"), if serious { "serious" } else { "non-serious" }, "")),
        "severity": severity.map(|severity| concept(&system("adverse-event-severity"), severity, "")),
        "outcome": outcome.map(|outcome| concept(&system("adverse-event-outcome"), outcome, "")),
        "suspectEntity": treatment.map(|treatment| json!([{"instance": treatment}])),
    });
    // CodeX asks for a term of CTCAE, and its suspect is a course of radiotherapy
    let fits = coded.is_some() && by_radiation;
    let profiles = if fits { vec![codex("codexrt-radiotherapy-adverse-event")] } else { Vec::new() };
    let uuid = making.id("complication", &record.id.to_string());
    making.add("AdverseEvent", uuid, &profiles, map(content));
}
