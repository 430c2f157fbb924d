//! The package: hospital, period, and each case with what the official indicators ask.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jsonschema::Validator;
use records::indicators::Pack;
use records::{Case, Digest, Fact, Facts, Hospital, Patient, Person, Record};
use serde_json::{Map, Value, json};

/// The package's JSON Schema.
pub const SCHEMA: &str = include_str!("../../../../docs/province/package.schema.json");

static VALIDATOR: LazyLock<Option<Validator>> = LazyLock::new(|| super::validator(SCHEMA));
static FIELDS: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(SCHEMA).unwrap_or_default());

/// Forms of which the latest record is sent.
const LATEST: [&str; 5] = ["diagnosis", "indication", "plan", "discharge", "death"];
/// Forms of which every record is sent.
const ALL: [&str; 6] = ["procedure", "administration", "complication", "response", "follow_up", "quality_of_life"];

/// A case, and what belongs to it.
#[derive(Debug, Clone, Copy)]
pub struct CaseInput<'a> {
    /// the case
    pub case: &'a Case,
    /// whose
    pub patient: &'a Patient,
    /// the records about it
    pub records: &'a [Record],
    /// what they amount to
    pub facts: &'a Facts,
    /// who did the procedure
    pub operator: Option<&'a Person>,
    /// which attempt this is, from 1 ([`super::Upload::next_attempt`])
    pub attempt: u32,
}

/// A package as it is sent.
#[derive(Debug, Clone)]
pub struct Package {
    /// what it holds
    pub content: Value,
    /// the JSON file
    pub json: Vec<u8>,
    /// SHA-256 of the JSON file: what a receipt calls the package by
    pub digest: Digest,
}

/// Why a case cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// number of the case
    pub case: String,
    /// in Chinese
    pub zh: String,
    /// in English
    pub en: String,
}

/// Why there is no package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// nothing to send
    #[error("no case to report between {from} and {until}: choose another period (所选期间内没有可上报的病例)")]
    Empty {
        /// first day
        from: Date,
        /// last day
        until: Date,
    },
    /// cases that cannot be sent; nothing is sent until they are put right or left out
    #[error("{} of the cases cannot be reported: {}", .0.len(), .0.iter().map(|one| format!("{}: {}", one.case, one.en)).collect::<Vec<_>>().join("; "))]
    Cases(Vec<Reason>),
    /// what was put together is not what the schema asks
    #[error("the package does not fit its schema: {}", .0.join("; "))]
    Schema(Vec<String>),
}

/// Puts a package together. All that is wrong is listed; `made` is the time of its making.
pub fn package(
    hospital: &Hospital,
    (from, until): (Date, Date),
    cases: &[CaseInput<'_>],
    packs: &[Pack],
    made: Timestamp,
) -> Result<Package, PackageError> {
    if cases.is_empty() {
        return Err(PackageError::Empty { from, until });
    }
    let wrong: Vec<Reason> = cases.iter().filter_map(|input| refusal(hospital, (from, until), input)).collect();
    if !wrong.is_empty() {
        return Err(PackageError::Cases(wrong));
    }
    let definitions: Vec<_> = packs
        .iter()
        .map(|pack| json!({"pack": pack.id, "edition": pack.edition, "sha256": pack.digest.to_string()}))
        .collect();
    let content = json!({
        "schema": "dosewright-province-package",
        "schema_version": 1,
        "hospital": {"code": hospital.code, "name": hospital.name},
        "period": {"from": from, "until": until},
        "made": made,
        "definitions": definitions,
        "cases": cases.iter().map(case).collect::<Vec<_>>(),
    });
    let faults = super::faults(VALIDATOR.as_ref(), &content);
    if !faults.is_empty() {
        return Err(PackageError::Schema(faults));
    }
    let json = content.to_string().into_bytes();
    Ok(Package { digest: Digest::of(&json), content, json })
}

/// Why a case cannot be in a package, if so.
fn refusal(hospital: &Hospital, (from, until): (Date, Date), input: &CaseInput<'_>) -> Option<Reason> {
    let case = input.case;
    let say = |zh: &str, en: &str| Some(Reason { case: case.number.clone(), zh: zh.to_owned(), en: en.to_owned() });
    if case.withdrawn {
        return say("病例已撤销，不上报", "the case is withdrawn: leave it out");
    }
    if case.hospital.is_some_and(|of| of != hospital.id) {
        return say("病例属于其他医院", "the case belongs to another hospital: leave it out");
    }
    if input.facts.case != case.id || case.patient != input.patient.id {
        return say("病例与患者或事实不符", "facts or patient are another case's");
    }
    if input.patient.number.trim().is_empty() {
        return say("患者编号为空，请先填写", "the patient has no number: enter it");
    }
    let Some(day) = input.facts.discharged.or(input.facts.treated) else {
        return say("尚未治疗，不能上报", "the procedure has not taken place: report it afterwards");
    };
    if day < from || day > until {
        return say(
            &format!("出院（或治疗）日期 {day} 不在上报期间内"),
            &format!("its day of discharge (or procedure), {day}, is outside the period"),
        );
    }
    None
}

fn case(input: &CaseInput<'_>) -> Value {
    let (case, facts) = (input.case, input.facts);
    let mut of = Map::new();
    let mut put = |name: &str, value: Value| {
        let empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        if !empty {
            of.insert(name.to_owned(), value);
        }
    };
    put("case_number", json!(case.number));
    put("attempt", json!(input.attempt));
    put("patient", patient(input));
    put("technique", json!(case.technique));
    put("route", json!(case.route));
    put("method", json!(case.method));
    put("site", json!(case.site));
    put("treated_on", json!(facts.treated));
    put("discharged_on", json!(facts.discharged));
    put("died_on", json!(facts.died));
    put("alive_on", json!(facts.alive));
    if facts.seeds > 0 {
        put("seeds_in_patient", json!(facts.seeds));
    }
    if let Some(operator) = input.operator {
        let mut who = Map::from_iter([("name".to_owned(), json!(operator.name))]);
        if !operator.number.is_empty() {
            who.insert("staff_number".to_owned(), json!(operator.number));
        }
        put("operator", Value::Object(who));
    }
    for form in LATEST {
        let latest = of_form(input.records, form).max_by_key(|record| (record.day, record.created, record.id));
        put(form, latest.map_or(Value::Null, chosen));
    }
    for form in ALL {
        let mut all: Vec<_> = of_form(input.records, form).collect();
        all.sort_by_key(|record| (record.day, record.created, record.id));
        let all: Vec<_> = all.into_iter().map(chosen).collect();
        put(form, if all.is_empty() { Value::Null } else { Value::Array(all) });
    }
    put(
        "facts",
        Value::Object(Fact::ALL.iter().map(|fact| (fact.name().to_owned(), json!(facts.set.has(*fact)))).collect()),
    );
    Value::Object(of)
}

fn patient(input: &CaseInput<'_>) -> Value {
    let mut of = Map::from_iter([("number".to_owned(), json!(input.patient.number))]);
    if !input.patient.sex.is_empty() {
        of.insert("sex".to_owned(), json!(input.patient.sex));
    }
    let age = input.patient.birth_date.zip(input.facts.treated).and_then(|(born, day)| crate::age(born, day));
    if let Some(age) = age {
        of.insert("age_years".to_owned(), json!(age));
    }
    Value::Object(of)
}

fn of_form<'a>(records: &'a [Record], form: &'a str) -> impl Iterator<Item = &'a Record> {
    records.iter().filter(move |record| !record.withdrawn && record.form == form)
}

/// Of a record's values those that the schema names.
fn chosen(record: &Record) -> Value {
    let named = FIELDS.pointer(&format!("/$defs/{}/properties", record.form)).and_then(Value::as_object);
    let wanted = |name: &String| named.is_some_and(|fields| fields.contains_key(name));
    Value::Object(record.values.iter().filter(|(name, _)| wanted(name)).map(|(n, v)| (n.clone(), v.clone())).collect())
}
