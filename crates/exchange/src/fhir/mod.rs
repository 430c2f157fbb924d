//! A case as a FHIR R4 bundle: patient, condition, treatment, seeds, findings, adverse events, consent, what comes next.
//!
//! Resources follow mCODE and CodeX Radiation Therapy where these have a profile, and say so in `meta.profile` only where they have what
//! the profile asks for. A bundle under a pseudonym has neither names nor numbers nor free text, and its days are shifted as
//! [`crate::deidentified`] shifts them.

mod checker;
mod codes;
mod disease;
mod findings;
mod future;
mod treatment;
mod who;

pub use checker::check;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use records::{Case, Facts, Hospital, Lot, Movement, Patient, Person, Record};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::deidentified::{Key, Policy};
use crate::table::{Cell, Kind};

/// What a bundle is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// to be read
    Collection,
    /// to be put into a server: every resource under its own identifier, so that doing it twice changes nothing
    Transaction,
}

/// Whether the bundle says who the patient is.
#[derive(Debug, Clone, Copy)]
pub enum Identity<'a> {
    /// it does
    Identified,
    /// under a pseudonym, with shifted days and without free text
    Pseudonym(&'a Key, &'a Policy),
}

/// A case, and what belongs to it.
#[derive(Debug, Clone, Copy)]
pub struct CaseInput<'a> {
    /// the case
    pub case: &'a Case,
    /// whose
    pub patient: &'a Patient,
    /// where
    pub hospital: Option<&'a Hospital>,
    /// the records about it
    pub records: &'a [Record],
    /// what they amount to
    pub facts: &'a Facts,
    /// people whom the records name
    pub people: &'a [Person],
    /// lots whose seeds were implanted
    pub lots: &'a [Lot],
    /// movements that concern the case
    pub movements: &'a [Movement],
}

/// Why there is no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FhirError {
    /// put together wrongly
    #[error("the patient or the facts are another case's")]
    Mixed,
    /// a policy that does not shift days
    #[error("FHIR has days, not day numbers: use a policy that shifts them")]
    Dates,
}

/// Makes the bundle of a case; `made` is its time.
pub fn bundle(
    input: &CaseInput<'_>,
    identity: Identity<'_>,
    purpose: Purpose,
    made: Timestamp,
) -> Result<Value, FhirError> {
    if input.case.patient != input.patient.id || input.facts.case != input.case.id {
        return Err(FhirError::Mixed);
    }
    if matches!(identity, Identity::Pseudonym(_, policy) if policy.dates != crate::deidentified::Dates::Shift) {
        return Err(FhirError::Dates);
    }
    let mut making = Making { input: *input, identity, resources: Vec::new(), people: BTreeMap::new() };
    who::organization(&mut making);
    who::patient(&mut making);
    disease::condition(&mut making);
    treatment::all(&mut making);
    findings::all(&mut making);
    future::all(&mut making);
    let entries: Vec<Value> = making
        .resources
        .into_iter()
        .map(|resource| {
            let (kind, id) = (text(&resource["resourceType"]), text(&resource["id"]));
            let mut entry = json!({"fullUrl": format!("urn:uuid:{id}"), "resource": resource});
            if purpose == Purpose::Transaction {
                entry["request"] = json!({"method": "PUT", "url": format!("{kind}/{id}")});
            }
            entry
        })
        .collect();
    let kind = match purpose {
        Purpose::Collection => "collection",
        Purpose::Transaction => "transaction",
    };
    let id = match identity {
        Identity::Identified => input.case.id.uuid(),
        Identity::Pseudonym(key, _) => key.uuid("bundle", &input.case.id.to_string()),
    };
    Ok(json!({"resourceType": "Bundle", "id": id, "type": kind, "timestamp": made, "entry": entries}))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A bundle while it is made.
struct Making<'a> {
    input: CaseInput<'a>,
    identity: Identity<'a>,
    resources: Vec<Value>,
    people: BTreeMap<String, Uuid>,
}

impl<'a> Making<'a> {
    fn identified(&self) -> bool {
        matches!(self.identity, Identity::Identified)
    }

    /// The identifier of a resource: one for each thing and part of it, always the same.
    fn id(&self, what: &str, of: &str) -> Uuid {
        match self.identity {
            Identity::Identified => {
                let digest = records::Digest::of_all([what.as_bytes(), b"\0", of.as_bytes()]);
                let mut bytes = [0; 16];
                bytes.copy_from_slice(&digest.as_bytes()[..16]);
                uuid::Builder::from_custom_bytes(bytes).into_uuid()
            }
            Identity::Pseudonym(key, _) => key.uuid(what, of),
        }
    }

    /// Adds a resource and gives a reference to it.
    fn add(&mut self, kind: &str, id: Uuid, profiles: &[String], mut content: Map<String, Value>) -> Value {
        content.retain(|_, value| !value.is_null());
        content.insert("resourceType".to_owned(), json!(kind));
        content.insert("id".to_owned(), json!(id));
        if !profiles.is_empty() {
            content.insert("meta".to_owned(), json!({"profile": profiles}));
        }
        self.resources.push(Value::Object(content));
        json!({"reference": format!("urn:uuid:{id}")})
    }

    fn reference(&self, what: &str, of: &str) -> Value {
        json!({"reference": format!("urn:uuid:{}", self.id(what, of))})
    }

    /// The patient, whom nearly everything is about.
    fn subject(&self) -> Value {
        self.reference("patient", &self.input.patient.id.to_string())
    }

    /// The condition, where a diagnosis is recorded.
    fn disease(&self) -> Option<Value> {
        self.latest("diagnosis").map(|_| self.reference("condition", &self.input.case.id.to_string()))
    }

    fn shift(&self) -> i64 {
        match self.identity {
            Identity::Identified => 0,
            Identity::Pseudonym(key, policy) => {
                key.shift_days(&self.input.patient.id.to_string(), policy.largest_shift_days)
            }
        }
    }

    /// A day as the bundle tells it.
    fn day(&self, day: Date) -> Value {
        day.checked_add(jiff::Span::new().days(self.shift())).map_or(Value::Null, |day| json!(day))
    }

    /// A moment as the bundle tells it.
    fn moment(&self, text: &str) -> Value {
        let Cell::Moment(at, offset) = Cell::parse(Kind::Moment, text) else { return Value::Null };
        let moved = at.checked_add(jiff::Span::new().hours(24 * self.shift()));
        moved.map_or(Value::Null, |at| json!(Cell::Moment(at, offset).plain()))
    }

    /// Words, which only an identified bundle has.
    fn words(&self, text: Option<&str>) -> Value {
        match text {
            Some(text) if self.identified() => json!(text),
            _ => Value::Null,
        }
    }

    /// The records of a form that count, in order.
    fn of(&self, form: &str) -> Vec<&'a Record> {
        let mut all: Vec<_> =
            self.input.records.iter().filter(|record| !record.withdrawn && record.form == form).collect();
        all.sort_by_key(|record| (record.day, record.created, record.id));
        all
    }

    fn latest(&self, form: &str) -> Option<&'a Record> {
        self.of(form).pop()
    }
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
