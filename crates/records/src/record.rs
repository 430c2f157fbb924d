//! A filled-in form: what was found, done or shown about a case, a person, a hospital or a lot of seeds.
//!
//! Most of a register is of this one kind. Which fields a form has is data (`data/forms`), so that a study or a hospital adds
//! fields without code; what rules and indicators need of it they read by name through [`crate::forms`].

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Account, Case, Digest, Hospital, Id, Lot, Person};

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum About {
    /// a patient's treatment
    Case(Id<Case>),
    /// a member of staff
    Person(Id<Person>),
    /// a hospital
    Hospital(Id<Hospital>),
    /// a lot of seeds
    Lot(Id<Lot>),
}

impl About {
    /// What kind of thing.
    pub fn kind(self) -> crate::Kind {
        match self {
            Self::Case(_) => crate::Kind::Case,
            Self::Person(_) => crate::Kind::Person,
            Self::Hospital(_) => crate::Kind::Hospital,
            Self::Lot(_) => crate::Kind::Lot,
        }
    }

    /// Which one, as text.
    pub fn id(self) -> String {
        match self {
            Self::Case(id) => id.to_string(),
            Self::Person(id) => id.to_string(),
            Self::Hospital(id) => id.to_string(),
            Self::Lot(id) => id.to_string(),
        }
    }
}

/// A paper that belongs to a record: a certificate, a licence, a signed consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// name of the file as it was given
    pub file_name: String,
    /// media type
    pub media_type: String,
    /// its content
    pub content: Digest,
    /// its size
    pub bytes: u64,
}

/// A filled-in form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// which one
    pub id: Id<Record>,
    /// counts the changes, from 1
    pub version: u32,
    /// which form, for example `consent`
    pub form: String,
    /// the form's edition it was filled in with
    pub edition: u32,
    /// what it is about
    pub about: About,
    /// the day that it speaks of: of the procedure, of the visit, of the certificate
    pub day: Date,
    /// the last day on which it holds, where it lapses: what expiry warnings are made from
    pub until: Option<Date>,
    /// what was filled in, by field name
    pub values: Map<String, Value>,
    /// what no other record may hold again, such as a device's UDI with its serial number; `None` where nothing is
    pub unique: Option<String>,
    /// papers
    pub files: Vec<Attachment>,
    /// entered in error; nothing is deleted
    pub withdrawn: bool,
    /// who entered it
    pub created_by: Id<Account>,
    /// when
    pub created: Timestamp,
}

impl Record {
    /// A field's text, where it is there and not empty.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.values.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A field's number.
    pub fn number(&self, field: &str) -> Option<f64> {
        self.values.get(field).and_then(Value::as_f64)
    }

    /// Whether a field says yes; absent is no.
    pub fn yes(&self, field: &str) -> bool {
        self.values.get(field).and_then(Value::as_bool) == Some(true)
    }

    /// A field's day.
    pub fn date(&self, field: &str) -> Option<Date> {
        self.text(field).and_then(|text| text.parse().ok())
    }

    /// A field's list of texts; a single text counts as a list of one.
    pub fn texts(&self, field: &str) -> Vec<&str> {
        match self.values.get(field) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) if !text.is_empty() => vec![text],
            _ => Vec::new(),
        }
    }

    /// Whether it counts on a day: not withdrawn, and not lapsed.
    pub fn holds_on(&self, day: Date) -> bool {
        !self.withdrawn && self.day <= day && self.until.is_none_or(|until| day <= until)
    }
}
