//! Codes of `data/exchange/fhir.toml`, and how codes stand in resources.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const SNOMED: &str = "http://snomed.info/sct";
pub(super) const LOINC: &str = "http://loinc.org";
pub(super) const UCUM: &str = "http://unitsofmeasure.org";
pub(super) const ICD10: &str = "http://hl7.org/fhir/sid/icd-10";
pub(super) const ICD_O: &str = "http://terminology.hl7.org/CodeSystem/icd-o-3";
pub(super) const NCIT: &str = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl";
/// Code systems of our own: forms' codes as they are.
pub(super) const OURS: &str = "urn:dosewright:code:";

/// Extensions and profiles of mCODE.
pub(super) fn mcode(name: &str) -> String {
    format!("http://hl7.org/fhir/us/mcode/StructureDefinition/{name}")
}

/// Extensions and profiles of CodeX Radiation Therapy.
pub(super) fn codex(name: &str) -> String {
    format!("http://hl7.org/fhir/us/codex-radiation-therapy/StructureDefinition/{name}")
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Codes {
    #[serde(rename = "title")]
    _title: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "version")]
    _version: String,
    pub laboratory: Vec<Laboratory>,
    nuclide: Vec<Named>,
    region: Vec<Coded>,
    complication: Vec<Term>,
    response: Vec<Coded>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Laboratory {
    pub field: String,
    pub loinc: String,
    pub display: String,
    pub ucum: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    snomed: String,
    display: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Coded {
    code: String,
    snomed: String,
    display: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Term {
    code: String,
    ncit: String,
    display: String,
}

pub(super) static CODES: LazyLock<Codes> = LazyLock::new(|| {
    // a test reads it, and asks for every laboratory field
    toml::from_str(include_str!("../../../../data/exchange/fhir.toml")).unwrap_or_default()
});

impl Codes {
    pub(super) fn nuclide(&self, name: &str) -> Option<Value> {
        let one = self.nuclide.iter().find(|one| one.name == name)?;
        Some(coding(SNOMED, &one.snomed, &one.display))
    }

    pub(super) fn region(&self, code: &str) -> Option<Value> {
        let one = self.region.iter().find(|one| one.code == code)?;
        Some(coding(SNOMED, &one.snomed, &one.display))
    }

    pub(super) fn complication(&self, code: &str) -> Option<Value> {
        let one = self.complication.iter().find(|one| one.code == code)?;
        Some(coding(NCIT, &one.ncit, &one.display))
    }

    pub(super) fn response(&self, code: &str) -> Option<Value> {
        let one = self.response.iter().find(|one| one.code == code)?;
        Some(coding(SNOMED, &one.snomed, &one.display))
    }
}

/// A `Coding`.
pub(super) fn coding(system: &str, code: &str, display: &str) -> Value {
    let mut coding = json!({"system": system, "code": code});
    if !display.is_empty() {
        coding["display"] = json!(display);
    }
    coding
}

/// A `CodeableConcept` of one coding.
pub(super) fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({"coding": [coding(system, code, display)]})
}

/// A `Quantity` in UCUM.
pub(super) fn quantity(value: f64, unit: &str, ucum: &str) -> Value {
    json!({"value": value, "unit": unit, "system": UCUM, "code": ucum})
}

#[cfg(test)]
mod tests {
    use super::*;
    use records::forms::{FieldKind, Forms};

    #[test]
    fn every_laboratory_value_kind_and_result_has_a_code() {
        let forms = Forms::builtin();
        let laboratory = forms.get("laboratory").unwrap();
        for field in laboratory.fields.iter().filter(|field| field.kind == FieldKind::Number) {
            assert!(CODES.laboratory.iter().any(|one| one.field == field.name), "{}", field.name);
        }
        for one in &CODES.laboratory {
            assert!(laboratory.field(&one.field).is_some(), "{}", one.field);
        }
        for code in forms.get("response").unwrap().field("result").unwrap().codes() {
            assert!(CODES.response(&code.code).is_some(), "{}", code.code);
        }
        for code in forms.get("complication").unwrap().field("kind").unwrap().codes() {
            assert!(code.code == "other" || CODES.complication(&code.code).is_some(), "{}", code.code);
        }
        let regions = forms.get("diagnosis").unwrap().field("region").unwrap();
        assert!(CODES.region.iter().all(|one| regions.codes().iter().any(|code| code.code == one.code)));
    }
}
