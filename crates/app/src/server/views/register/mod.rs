//! The register.

pub mod emergency;
pub mod form;
pub mod lot;
pub mod stock_take;

use records::{About, Hospital, Person, Record};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::norms::Both;
use super::{Named, Names};

/// A hospital.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hospital)]
pub struct HospitalView {
    id: String,
    version: u32,
    code: String,
    name: String,
    active: bool,
}

impl From<&Hospital> for HospitalView {
    fn from(hospital: &Hospital) -> Self {
        Self {
            id: hospital.id.to_string(),
            version: hospital.version,
            code: hospital.code.clone(),
            name: hospital.name.clone(),
            active: hospital.active,
        }
    }
}

/// Hospitals, by code.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hospitals {
    /// those the person belongs to; all where none is named
    pub rows: Vec<HospitalView>,
}

/// A member of staff.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
pub struct PersonView {
    id: String,
    version: u32,
    hospital: String,
    number: String,
    name: String,
    /// `physician`, `physicist`, `nurse`, `technician`, `custodian`
    profession: String,
    account: Option<String>,
    active: bool,
}

impl From<&Person> for PersonView {
    fn from(person: &Person) -> Self {
        Self {
            id: person.id.to_string(),
            version: person.version,
            hospital: person.hospital.to_string(),
            number: person.number.clone(),
            name: person.name.clone(),
            profession: person.profession.name().to_owned(),
            account: person.account.map(|id| id.to_string()),
            active: person.active,
        }
    }
}

/// People, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct People {
    /// of the hospitals that the asking person belongs to
    pub rows: Vec<PersonView>,
}

/// What something is about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = About)]
pub struct AboutView {
    /// `case`, `person`, `hospital`, `lot`
    kind: String,
    id: String,
}

impl From<About> for AboutView {
    fn from(about: About) -> Self {
        Self { kind: about.kind().name().to_owned(), id: about.id() }
    }
}

/// A paper of a filled-in form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordFile)]
pub struct FileView {
    file_name: String,
    media_type: String,
    /// what it is fetched by
    content: String,
    bytes: u64,
}

/// Something to know in both languages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Said {
    /// the clause or the source it comes from; empty where it comes from none
    pub clause: Both,
    /// Chinese
    pub zh: String,
    /// English
    pub en: String,
}

/// A filled-in form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Record)]
pub struct RecordView {
    id: String,
    version: u32,
    form: String,
    edition: u32,
    about: AboutView,
    day: String,
    until: Option<String>,
    #[schema(value_type = Object)]
    values: Map<String, Value>,
    files: Vec<FileView>,
    withdrawn: bool,
    /// who entered it
    created_by: Named,
    /// RFC 3339
    created: String,
    /// what the norms say of it without refusing it
    warnings: Vec<Said>,
}

impl RecordView {
    /// Of a record.
    pub fn new(record: &Record, names: &Names) -> Self {
        let file = |file: &records::record::Attachment| FileView {
            file_name: file.file_name.clone(),
            media_type: file.media_type.clone(),
            content: file.content.to_string(),
            bytes: file.bytes,
        };
        Self {
            id: record.id.to_string(),
            version: record.version,
            form: record.form.clone(),
            edition: record.edition,
            about: record.about.into(),
            day: record.day.to_string(),
            until: record.until.map(|day| day.to_string()),
            values: record.values.clone(),
            files: record.files.iter().map(file).collect(),
            withdrawn: record.withdrawn,
            created_by: names.of(record.created_by),
            created: record.created.to_string(),
            warnings: Vec::new(),
        }
    }

    /// With what the norms say of it.
    #[must_use]
    pub fn with_warnings(self, warnings: Vec<Said>) -> Self {
        Self { warnings, ..self }
    }
}

/// Filled-in forms.
#[derive(Debug, Serialize, ToSchema)]
pub struct Records {
    /// part of the list
    pub rows: Vec<RecordView>,
    /// length of the whole list
    pub total: u64,
}
