//! Condition: the diagnosis, as mCODE's primary cancer condition where it is a cancer.

use records::Record;
use serde_json::{Value, json};

use super::codes::{CODES, ICD_O, ICD10, OURS, coding, concept, mcode};
use super::{Making, map};

/// The condition of the latest diagnosis.
pub(super) fn condition(making: &mut Making<'_>) {
    let Some(diagnosis) = making.latest("diagnosis") else { return };
    let codings = icd10(diagnosis);
    let clinical = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    let verified = if diagnosis.text("pathology_day").is_some() { "confirmed" } else { "provisional" };
    let mut code = serde_json::Map::new();
    if !codings.is_empty() {
        code.insert("coding".to_owned(), json!(codings));
    }
    if let Some(words) = making.words(diagnosis.text("words")).as_str() {
        code.insert("text".to_owned(), json!(words));
    }
    if code.is_empty() {
        // a condition says what it is: that it is a tumour at least is known
        code.insert("text".to_owned(), json!(if diagnosis.yes("malignant") { "malignant tumour" } else { "tumour" }));
    }
    let mut extensions = vec![json!({
        "url": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate",
        "valueDateTime": making.day(diagnosis.day),
    })];
    if let Some(morphology) = diagnosis.text("icd_o_morphology").filter(|code| is_morphology(code)) {
        extensions.push(json!({
            "url": mcode("mcode-histology-morphology-behavior"),
            "valueCodeableConcept": concept(ICD_O, morphology, ""),
        }));
    }
    let content = json!({
        "extension": extensions,
        "clinicalStatus": concept(clinical, "active", "Active"),
        "verificationStatus": concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", verified, ""),
        "category": [concept("http://terminology.hl7.org/CodeSystem/condition-category", "encounter-diagnosis", "Encounter Diagnosis")],
        "code": code,
        "bodySite": sites(diagnosis),
        "subject": making.subject(),
        "recordedDate": making.day(diagnosis.day),
        "stage": stage(making, diagnosis),
    });
    let coded = !codings.is_empty() && diagnosis.yes("malignant");
    let profiles = if coded { vec![mcode("mcode-primary-cancer-condition")] } else { Vec::new() };
    let uuid = making.id("condition", &making.input.case.id.to_string());
    making.add("Condition", uuid, &profiles, map(content));
}

/// The code of the international ICD-10, and the longer national one where there is one.
fn icd10(diagnosis: &Record) -> Vec<Value> {
    let Some(code) = diagnosis.text("icd10") else { return Vec::new() };
    let bytes = code.as_bytes();
    let category = bytes.len() >= 3 && bytes[0].is_ascii_uppercase() && bytes[1..3].iter().all(u8::is_ascii_digit);
    if !category {
        return Vec::new();
    }
    let international = match code.get(3..5) {
        Some(sub) if sub.starts_with('.') && sub.ends_with(|c: char| c.is_ascii_digit()) => &code[..5],
        _ => &code[..3],
    };
    let mut all = vec![coding(ICD10, international, "")];
    if international != code {
        all.push(coding(&format!("{OURS}icd-10-extended"), code, ""));
    }
    all
}

fn is_morphology(code: &str) -> bool {
    code.len() == 6
        && code.as_bytes()[4] == b'/'
        && code.bytes().enumerate().all(|(at, byte)| at == 4 || byte.is_ascii_digit())
}

/// Where it is: topography of ICD-O, and the region.
fn sites(diagnosis: &Record) -> Value {
    let mut all = Vec::new();
    let topography = diagnosis.text("icd_o_topography").filter(|code| code.starts_with('C') && code.len() <= 5);
    if let Some(code) = topography.filter(|code| code[1..].bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')) {
        all.push(concept(ICD_O, code, ""));
    }
    if let Some(region) = diagnosis.text("region") {
        let mut codings = vec![coding(&format!("{OURS}region"), region, "")];
        codings.extend(CODES.region(region));
        all.push(json!({"coding": codings}));
    }
    if all.is_empty() { Value::Null } else { json!(all) }
}

fn stage(making: &Making<'_>, diagnosis: &Record) -> Value {
    match making.words(diagnosis.text("stage")) {
        Value::Null => Value::Null,
        stage => json!([{"summary": {"text": stage}}]),
    }
}
