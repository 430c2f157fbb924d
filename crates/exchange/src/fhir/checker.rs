//! A small checker of FHIR R4 (4.0.1): the elements that our resources use, with cardinality, type, reference targets and required value
//! sets as hl7.org/fhir/R4 has them on each resource's page, and the invariants that concern them.

use std::collections::BTreeMap;

use serde_json::Value;

/// Element, cardinality, type; `code:` and `concept:` list a required value set, `ref:` the targets.
const R4: &str = "
Organization.identifier 0..* Identifier
Organization.active 0..1 boolean
Organization.name 0..1 string
Patient.identifier 0..* Identifier
Patient.name 0..* HumanName
Patient.gender 0..1 code:male|female|other|unknown
Patient.birthDate 0..1 date
Patient.deceasedDateTime 0..1 dateTime
Patient.managingOrganization 0..1 ref:Organization
Practitioner.identifier 0..* Identifier
Practitioner.active 0..1 boolean
Practitioner.name 0..* HumanName
Practitioner.qualification 0..* Backbone
Practitioner.qualification.code 1..1 CodeableConcept
Condition.extension 0..* Extension
Condition.clinicalStatus 0..1 concept:active|recurrence|relapse|inactive|remission|resolved
Condition.verificationStatus 0..1 concept:unconfirmed|provisional|differential|confirmed|refuted|entered-in-error
Condition.category 0..* CodeableConcept
Condition.code 0..1 CodeableConcept
Condition.bodySite 0..* CodeableConcept
Condition.subject 1..1 ref:Patient|Group
Condition.recordedDate 0..1 dateTime
Condition.stage 0..* Backbone
Condition.stage.summary 0..1 CodeableConcept
Procedure.extension 0..* Extension
Procedure.identifier 0..* Identifier
Procedure.status 1..1 code:preparation|in-progress|not-done|on-hold|stopped|completed|entered-in-error|unknown
Procedure.category 0..1 CodeableConcept
Procedure.code 0..1 CodeableConcept
Procedure.subject 1..1 ref:Patient|Group
Procedure.performedPeriod 0..1 Period
Procedure.performer 0..* Backbone
Procedure.performer.actor 1..1 ref:Practitioner|PractitionerRole|Organization|Patient|RelatedPerson|Device
Procedure.reasonReference 0..* ref:Condition|Observation|Procedure|DiagnosticReport|DocumentReference
Procedure.bodySite 0..* CodeableConcept
Procedure.focalDevice 0..* Backbone
Procedure.focalDevice.action 0..1 CodeableConcept
Procedure.focalDevice.manipulated 1..1 ref:Device
Device.udiCarrier 0..* Backbone
Device.udiCarrier.carrierHRF 0..1 string
Device.status 0..1 code:active|inactive|entered-in-error|unknown
Device.manufacturer 0..1 string
Device.lotNumber 0..1 string
Device.serialNumber 0..1 string
Device.deviceName 0..* Backbone
Device.deviceName.name 1..1 string
Device.deviceName.type 1..1 code:udi-label-name|user-friendly-name|patient-reported-name|manufacturer-name|model-name|other
Device.modelNumber 0..1 string
Device.type 0..1 CodeableConcept
Device.property 0..* Backbone
Device.property.type 1..1 CodeableConcept
Device.property.valueQuantity 0..* Quantity
Device.patient 0..1 ref:Patient
Observation.status 1..1 code:registered|preliminary|final|amended|corrected|cancelled|entered-in-error|unknown
Observation.category 0..* CodeableConcept
Observation.code 1..1 CodeableConcept
Observation.subject 0..1 ref:Patient|Group|Device|Location
Observation.focus 0..* ref:Condition
Observation.effectiveDateTime 0..1 dateTime
Observation.performer 0..* ref:Practitioner|PractitionerRole|Organization|CareTeam|Patient|RelatedPerson
Observation.valueQuantity 0..1 Quantity
Observation.valueCodeableConcept 0..1 CodeableConcept
Observation.valueInteger 0..1 integer
Observation.method 0..1 CodeableConcept
AdverseEvent.extension 0..* Extension
AdverseEvent.actuality 1..1 code:actual|potential
AdverseEvent.event 0..1 CodeableConcept
AdverseEvent.subject 1..1 ref:Patient|Group|Practitioner|RelatedPerson
AdverseEvent.date 0..1 dateTime
AdverseEvent.seriousness 0..1 CodeableConcept
AdverseEvent.severity 0..1 concept:mild|moderate|severe
AdverseEvent.outcome 0..1 concept:resolved|recovering|ongoing|resolvedWithSequelae|fatal|unknown
AdverseEvent.suspectEntity 0..* Backbone
AdverseEvent.suspectEntity.instance 1..1 ref:Immunization|Procedure|Substance|Medication|MedicationAdministration|MedicationStatement|Device
Consent.status 1..1 code:draft|proposed|active|rejected|inactive|entered-in-error
Consent.scope 1..1 CodeableConcept
Consent.category 1..* CodeableConcept
Consent.patient 0..1 ref:Patient
Consent.dateTime 0..1 dateTime
Consent.performer 0..* ref:Organization|Patient|Practitioner|RelatedPerson|PractitionerRole
Consent.organization 0..* ref:Organization
Consent.policyRule 0..1 CodeableConcept
CarePlan.status 1..1 code:draft|active|on-hold|revoked|completed|entered-in-error|unknown
CarePlan.intent 1..1 code:proposal|plan|order|option
CarePlan.title 0..1 string
CarePlan.subject 1..1 ref:Patient|Group
CarePlan.addresses 0..* ref:Condition
CarePlan.activity 0..* Backbone
CarePlan.activity.reference 0..1 ref:Appointment|CommunicationRequest|DeviceRequest|MedicationRequest|NutritionOrder|Task|ServiceRequest|VisionPrescription|RequestGroup
Appointment.status 1..1 code:proposed|pending|booked|arrived|fulfilled|cancelled|noshow|entered-in-error|checked-in|waitlist
Appointment.description 0..1 string
Appointment.requestedPeriod 0..* Period
Appointment.reasonReference 0..* ref:Condition|Procedure|Observation|ImmunizationRecommendation
Appointment.participant 1..* Backbone
Appointment.participant.actor 0..1 ref:Patient|Practitioner|PractitionerRole|RelatedPerson|Device|HealthcareService|Location
Appointment.participant.required 0..1 code:required|optional|information-only
Appointment.participant.status 1..1 code:accepted|declined|tentative|needs-action
";

struct Rules<'a> {
    elements: BTreeMap<&'a str, (bool, bool, &'a str)>,
    /// type of each resource by full URL
    there: BTreeMap<String, String>,
    wrong: Vec<String>,
}

/// All that is wrong with a bundle, as far as the elements that [`super::bundle`] uses go: empty where nothing is.
pub fn check(bundle: &Value) -> Vec<String> {
    let mut elements = BTreeMap::new();
    for line in R4.lines().filter(|line| !line.is_empty()) {
        let mut parts = line.splitn(3, ' ');
        let (Some(path), Some(count), Some(kind)) = (parts.next(), parts.next(), parts.next()) else { continue };
        elements.insert(path, (count.starts_with('1'), count.ends_with('*'), kind));
    }
    let mut rules = Rules { elements, there: BTreeMap::new(), wrong: Vec::new() };
    let kind = bundle["type"].as_str().unwrap_or_default();
    if bundle["resourceType"] != "Bundle" || !matches!(kind, "collection" | "transaction") {
        rules.say("Bundle", "is not one");
    }
    if bundle["timestamp"].as_str().is_none_or(|at| at.parse::<jiff::Timestamp>().is_err()) {
        rules.say("Bundle.timestamp", "is no instant");
    }
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    for entry in &entries {
        let url = entry["fullUrl"].as_str().unwrap_or_default().to_owned();
        let of = entry["resource"]["resourceType"].as_str().unwrap_or_default().to_owned();
        let id = entry["resource"]["id"].as_str().unwrap_or_default();
        if url != format!("urn:uuid:{id}") || id.parse::<uuid::Uuid>().is_err() {
            rules.say(&of, "has no UUID as id and fullUrl");
        }
        // bdl-7
        if rules.there.insert(url.clone(), of.clone()).is_some() {
            rules.say(&url, "is there twice");
        }
        // bdl-3
        let asked = entry.get("request").is_some();
        if asked != (kind == "transaction") {
            rules.say(&of, "request belongs to transactions, and to all of them");
        }
        if asked && (entry["request"]["method"] != "PUT" || entry["request"]["url"] != format!("{of}/{id}")) {
            rules.say(&of, "request does not put the resource under its id");
        }
    }
    for entry in &entries {
        rules.resource(&entry["resource"]);
    }
    rules.wrong
}

impl Rules<'_> {
    fn say(&mut self, path: &str, what: &str) {
        self.wrong.push(format!("{path}: {what}"));
    }

    fn resource(&mut self, resource: &Value) {
        let kind = resource["resourceType"].as_str().unwrap_or_default().to_owned();
        if !self.elements.keys().any(|path| path.starts_with(&format!("{kind}."))) {
            self.say(&kind, "is no resource that is known");
            return;
        }
        let mut rest = resource.clone();
        if let Some(rest) = rest.as_object_mut() {
            rest.retain(|name, _| !["resourceType", "id", "meta"].contains(&name.as_str()));
        }
        if let Some(profiles) = resource.get("meta") {
            let all = profiles["profile"].as_array().cloned().unwrap_or_default();
            if all.is_empty()
                || all.iter().any(|one| !one.as_str().unwrap_or_default().starts_with("http://hl7.org/fhir/us/"))
            {
                self.say(&kind, "meta.profile is no list of profiles");
            }
        }
        self.element(&kind, &rest);
        self.invariants(&kind, resource);
    }

    fn element(&mut self, path: &str, value: &Value) {
        let Some(object) = value.as_object() else { return self.say(path, "is no object") };
        if object.is_empty() {
            self.say(path, "is empty");
        }
        for (name, value) in object {
            let below = format!("{path}.{name}");
            let Some((_, many, kind)) = self.elements.get(below.as_str()).copied() else {
                self.say(&below, "is no element");
                continue;
            };
            match (many, value) {
                (true, Value::Array(items)) if !items.is_empty() => {
                    for item in items {
                        self.typed(&below, kind, item);
                    }
                }
                (false, one) if !one.is_array() => self.typed(&below, kind, one),
                _ => self.say(&below, "has not as many values as it may"),
            }
        }
        let depth = path.matches('.').count() + 1;
        let missing: Vec<String> = self
            .elements
            .iter()
            .filter(|(name, (least, ..))| {
                let direct = name.starts_with(&format!("{path}.")) && name.matches('.').count() == depth;
                *least && direct && !object.contains_key(name.rsplit('.').next().unwrap_or_default())
            })
            .map(|(name, _)| (*name).to_owned())
            .collect();
        for name in &missing {
            self.say(name, "is missing");
        }
    }

    fn typed(&mut self, path: &str, kind: &str, value: &Value) {
        let text = value.as_str();
        let keys = |allowed: &[&str]| {
            value
                .as_object()
                .is_some_and(|object| !object.is_empty() && object.keys().all(|key| allowed.contains(&key.as_str())))
        };
        let fits = match kind {
            "Backbone" => return self.element(path, value),
            "Extension" => return self.extension(path, value),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64(),
            "string" => text.is_some_and(|text| !text.trim().is_empty()),
            "date" => text.is_some_and(|text| text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()),
            "dateTime" => text.is_some_and(is_date_time),
            "Period" => {
                let part = |name: &str| value.get(name).is_none_or(|at| at.as_str().is_some_and(is_date_time));
                let order = match (value["start"].as_str(), value["end"].as_str()) {
                    // per-1
                    (Some(start), Some(end)) if start.len() == end.len() => start <= end,
                    _ => true,
                };
                keys(&["start", "end"]) && part("start") && part("end") && order
            }
            "Identifier" => {
                keys(&["use", "type", "system", "value"]) && value["value"].is_string() && value["system"].is_string()
            }
            "HumanName" => keys(&["use", "text"]) && value["text"].is_string(),
            "Quantity" => {
                keys(&["value", "unit", "system", "code"]) && value["value"].is_number() && value["system"].is_string()
            }
            "CodeableConcept" => concept(value),
            other => match other.split_once(':') {
                Some(("code", codes)) => text.is_some_and(|text| codes.split('|').any(|code| code == text)),
                Some(("concept", codes)) => {
                    let given = value["coding"].as_array().into_iter().flatten().filter_map(|one| one["code"].as_str());
                    concept(value)
                        && given.clone().count() == 1
                        && given.clone().all(|code| codes.split('|').any(|one| one == code))
                }
                Some(("ref", targets)) => match value["reference"].as_str() {
                    Some(to) => {
                        keys(&["reference"])
                            && self.there.get(to).is_some_and(|kind| targets.split('|').any(|one| one == kind))
                    }
                    None => keys(&["display"]),
                },
                _ => false,
            },
        };
        if !fits {
            self.say(path, &format!("is no {kind}: {value}"));
        }
    }

    /// An extension has a URL, and a value or extensions of its own, never both (ext-1).
    fn extension(&mut self, path: &str, value: &Value) {
        let values = value.as_object().into_iter().flatten().filter(|(name, _)| name.starts_with("value")).count();
        let inner = value["extension"].as_array();
        let url = value["url"].as_str().is_some_and(|url| url.starts_with("http://hl7.org/fhir/"));
        if !url || (values == 1) == inner.is_some() || values > 1 {
            self.say(path, &format!("is no extension: {value}"));
        }
        for one in inner.into_iter().flatten() {
            self.extension(path, one);
        }
        if let Some(one) = value.get("valueCodeableConcept").filter(|one| !concept(one)) {
            self.say(path, &format!("is no concept: {one}"));
        }
        if value.get("valueDateTime").is_some_and(|at| at.as_str().is_none_or(|at| !is_date_time(at))) {
            self.say(path, "is no dateTime");
        }
    }

    fn invariants(&mut self, kind: &str, resource: &Value) {
        let has = |name: &str| resource.get(name).is_some();
        let broken = match kind {
            "Organization" if !has("name") && !has("identifier") => Some("org-1"),
            "Condition" if !has("clinicalStatus") => Some("con-3"),
            "Consent" if !has("policy") && !has("policyRule") => Some("ppc-1"),
            "Appointment"
                if !has("start")
                    && !matches!(resource["status"].as_str(), Some("proposed" | "cancelled" | "waitlist")) =>
            {
                Some("app-3")
            }
            "Observation" => {
                let values =
                    resource.as_object().into_iter().flatten().filter(|(name, _)| name.starts_with("value")).count();
                (values != 1).then_some("one value")
            }
            "CarePlan" => {
                let both = |one: &Value| one.get("detail").is_some() == one.get("reference").is_some();
                resource["activity"].as_array().into_iter().flatten().any(both).then_some("cpl-3")
            }
            _ => None,
        };
        if let Some(broken) = broken {
            self.say(kind, broken);
        }
        self.profiles(kind, resource);
    }

    /// What the profiles that a resource claims ask beyond R4.
    fn profiles(&mut self, kind: &str, resource: &Value) {
        let claimed: Vec<String> = resource["meta"]["profile"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| Some(one.as_str()?.rsplit('/').next()?.to_owned()))
            .collect();
        for profile in claimed {
            let wanted: &[&str] = match profile.as_str() {
                "mcode-cancer-patient" => &["identifier", "name", "gender"],
                "mcode-primary-cancer-condition" => {
                    &["code", "category", "clinicalStatus", "verificationStatus", "subject"]
                }
                "mcode-radiotherapy-course-summary" => {
                    &["category", "code", "performedPeriod", "reasonReference", "extension"]
                }
                "mcode-karnofsky-performance-status" | "mcode-ecog-performance-status" => {
                    &["category", "code", "subject", "valueInteger"]
                }
                "mcode-cancer-disease-status" => &["code", "subject", "effectiveDateTime", "valueCodeableConcept"],
                "codexrt-radiotherapy-seed-device" => &["type", "patient"],
                "codexrt-radiotherapy-adverse-event" => &["event", "actuality", "suspectEntity"],
                other => return self.say(kind, &format!("claims {other}, which is not known here")),
            };
            for element in wanted.iter().filter(|element| resource.get(**element).is_none()) {
                self.say(kind, &format!("claims {profile} without {element}"));
            }
        }
    }
}

fn concept(value: &Value) -> bool {
    let coding = |one: &Value| {
        one["system"].is_string()
            && one["code"].as_str().is_some_and(|code| !code.is_empty() && code.trim() == code)
            && one
                .as_object()
                .is_some_and(|one| one.keys().all(|key| matches!(key.as_str(), "system" | "code" | "display")))
    };
    let codings =
        value.get("coding").map(|all| all.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(coding)));
    let text = value.get("text").map(|text| text.as_str().is_some_and(|text| !text.is_empty()));
    let keys =
        value.as_object().is_some_and(|object| object.keys().all(|key| matches!(key.as_str(), "coding" | "text")));
    keys && codings != Some(false) && text != Some(false) && (codings.is_some() || text.is_some())
}

/// A day, or a moment with its distance from UTC.
fn is_date_time(text: &str) -> bool {
    if text.len() == 10 {
        return text.parse::<jiff::civil::Date>().is_ok();
    }
    text.len() >= 20 && text.parse::<jiff::Timestamp>().is_ok()
}
