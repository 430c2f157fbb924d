//! Organization, Patient, Practitioner.

use records::person::Profession;
use serde_json::{Value, json};

use super::codes::{OURS, coding, mcode};
use super::{Identity, Making, map};

/// The hospital.
pub(super) fn organization(making: &mut Making<'_>) {
    let Some(hospital) = making.input.hospital else { return };
    let id = hospital.id.to_string();
    let content = match making.identity {
        Identity::Identified => json!({
            "identifier": [{"system": "urn:dosewright:hospital", "value": hospital.code}],
            "active": hospital.active,
            "name": hospital.name,
        }),
        Identity::Pseudonym(key, _) => {
            json!({"identifier": [{"system": "urn:dosewright:pseudonym", "value": key.pseudonym("hospital", &id)}]})
        }
    };
    let uuid = making.id("hospital", &id);
    making.add("Organization", uuid, &[], map(content));
}

/// A reference to the hospital.
pub(super) fn hospital(making: &Making<'_>) -> Value {
    making.input.hospital.map_or(Value::Null, |hospital| making.reference("hospital", &hospital.id.to_string()))
}

/// The patient.
pub(super) fn patient(making: &mut Making<'_>) {
    let patient = making.input.patient;
    let id = patient.id.to_string();
    let gender = match patient.sex.as_str() {
        "M" => json!("male"),
        "F" => json!("female"),
        "O" => json!("other"),
        _ => json!("unknown"),
    };
    let mut content = match making.identity {
        Identity::Identified => {
            let number = json!([{
                "use": "usual",
                "type": {"coding": [coding("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "Medical record number")]},
                "system": "urn:dosewright:patient-number",
                "value": patient.number,
            }]);
            json!({
                "identifier": if patient.number.is_empty() { Value::Null } else { number },
                "name": if patient.name.is_empty() { Value::Null } else { json!([{"use": "official", "text": patient.name}]) },
                "birthDate": patient.birth_date.map_or(Value::Null, |day| json!(day)),
            })
        }
        Identity::Pseudonym(key, _) => {
            json!({"identifier": [{"system": "urn:dosewright:pseudonym", "value": key.pseudonym("patient", &id)}]})
        }
    };
    content["gender"] = gender;
    content["managingOrganization"] = hospital(making);
    if let Some(died) = making.input.facts.died {
        content["deceasedDateTime"] = making.day(died);
    }
    let named = content["identifier"].is_array() && content["name"].is_array();
    let malignant = making.latest("diagnosis").is_some_and(|diagnosis| diagnosis.yes("malignant"));
    let profiles = if named && malignant { vec![mcode("mcode-cancer-patient")] } else { Vec::new() };
    let uuid = making.id("patient", &id);
    making.add("Patient", uuid, &profiles, map(content));
}

/// A reference to a person whom a record names; the person is added when first named, and left out where unknown.
pub(super) fn practitioner(making: &mut Making<'_>, id: Option<&str>) -> Option<Value> {
    let person = making.input.people.iter().find(|person| Some(person.id.to_string().as_str()) == id)?;
    let id = person.id.to_string();
    if let Some(uuid) = making.people.get(&id) {
        return Some(json!({"reference": format!("urn:uuid:{uuid}")}));
    }
    let uuid = making.id("person", &id);
    let content = match making.identity {
        Identity::Identified => json!({
            "identifier": if person.number.is_empty() { Value::Null } else {
                json!([{"system": "urn:dosewright:staff-number", "value": person.number}])
            },
            "active": person.active,
            "name": [{"text": person.name}],
            "qualification": [{"code": {"coding": [coding(&format!("{OURS}profession"), person.profession.name(), "")], "text": profession(person.profession)}}],
        }),
        Identity::Pseudonym(key, _) => {
            json!({"identifier": [{"system": "urn:dosewright:pseudonym", "value": key.pseudonym("person", &id)}]})
        }
    };
    making.people.insert(id, uuid);
    Some(making.add("Practitioner", uuid, &[], map(content)))
}

fn profession(of: Profession) -> &'static str {
    match of {
        Profession::Physician => "医师",
        Profession::Physicist => "物理师",
        Profession::Nurse => "护士",
        Profession::Technician => "技术人员",
        Profession::Custodian => "源库管理员",
    }
}
