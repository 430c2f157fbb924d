//! A form, and what a record takes from the values filled in.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::field::{Field, Words};
use crate::{Kind, Role, Technique};

/// A heading on the page; fields name it as their group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// what fields call it
    pub code: String,
    /// what is shown
    pub label: Words,
}

/// Two fields that must be in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compare {
    /// the field that is at fault where they are not
    pub field: String,
    /// how they must stand
    pub order: Order,
    /// the field it is compared with
    pub with: String,
}

/// How two fields must stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// a day or moment not before the other's
    NotBefore,
    /// a number not above the other
    AtMost,
}

/// A rule of the schema that joins fields, with what to say where it is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Because {
    pub field: String,
    pub words: Words,
}

/// A form: which fields a record of this name and edition has.
#[derive(Debug)]
pub struct Form {
    /// its name: what records call it
    pub name: String,
    /// its edition, from 1
    pub edition: u32,
    /// its title
    pub label: Words,
    /// where it comes from; empty where nothing was said
    pub source: String,
    /// what records of it may be about: cases, people, hospitals, lots
    pub about: Vec<Kind>,
    /// for which techniques a case has it; empty means for all
    pub techniques: Vec<Technique>,
    /// whether there may be several about the same thing
    pub repeats: bool,
    /// who may fill it in
    pub writes: Vec<Role>,
    /// headings, in the order of the page
    pub steps: Vec<Step>,
    /// fields, in the order of the page
    pub fields: Vec<Field>,
    /// pairs of fields that must be in order
    pub compare: Vec<Compare>,
    /// which field is the record's day
    pub day: Option<String>,
    /// which field says until when it holds
    pub until: Option<String>,
    /// which fields together must be unique among all records
    pub unique: Vec<String>,
    /// only where this field says yes
    pub unique_if: Option<String>,
    pub(super) because: Vec<Because>,
    pub(super) schema: Value,
    pub(super) order: Vec<String>,
    pub(super) validator: jsonschema::Validator,
}

impl Form {
    /// A field by name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The JSON Schema it is made from, added fields included. The order of its properties is lost; [`Self::fields`] has it.
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// Whether cases of a technique have it.
    pub fn fits(&self, technique: Technique) -> bool {
        self.techniques.is_empty() || self.techniques.contains(&technique)
    }

    /// Whether somebody with these roles may fill it in, as far as the form is concerned.
    pub fn may_write(&self, roles: &[Role]) -> bool {
        self.writes.iter().any(|role| roles.contains(role))
    }

    /// The values as they should be kept: texts trimmed, and what is empty left out, so that a field is either there or not.
    #[must_use]
    pub fn clean(values: &Map<String, Value>) -> Map<String, Value> {
        let kept = values.iter().filter_map(|(name, value)| Some((name.clone(), cleaned(value)?)));
        kept.collect()
    }

    /// The day that the values speak of; of a moment, the day in the place where it was written down. `None` where the form has no
    /// such field or it is empty: then the day of entry counts.
    pub fn record_day(&self, values: &Map<String, Value>) -> Option<Date> {
        self.day.as_ref().and_then(|field| day(values.get(field)?))
    }

    /// The last day on which the values hold; `None` where they do not lapse.
    pub fn record_until(&self, values: &Map<String, Value>) -> Option<Date> {
        self.until.as_ref().and_then(|field| day(values.get(field)?))
    }

    /// What no other record may hold again: form and values as one text, small letters and spaces evened out. `None` where the form
    /// asks for nothing of the kind, or one of the fields is empty.
    pub fn record_unique(&self, values: &Map<String, Value>) -> Option<String> {
        let asked =
            self.unique_if.as_ref().is_none_or(|field| values.get(field).and_then(Value::as_bool) == Some(true));
        if self.unique.is_empty() || !asked {
            return None;
        }
        let part = |field: &String| {
            let text = match values.get(field)? {
                Value::String(text) => text.split_whitespace().collect::<String>().to_uppercase(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            if text.is_empty() { None } else { Some(Value::String(text)) }
        };
        let parts = self.unique.iter().map(part).collect::<Option<Vec<_>>>()?;
        Some(format!("{} {}", self.name, Value::Array(parts)))
    }
}

/// The day of a date, or of a moment as it was written: `2026-03-01T00:30:00+08:00` is 1 March.
fn day(value: &Value) -> Option<Date> {
    value.as_str()?.get(..10)?.parse().ok()
}

fn cleaned(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(Value::String(text.trim().to_owned())),
        Value::Array(items) => {
            let items: Vec<Value> = items.iter().filter_map(cleaned).collect();
            if items.is_empty() { None } else { Some(Value::Array(items)) }
        }
        other => Some(other.clone()),
    }
}
