//! Which column of a table goes where, and how its values are read: a table of its own, which a person checks before anything is taken.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use records::Technique;
use records::forms::{FieldKind, Forms};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A property of a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OfPatient {
    /// the hospital's number
    Number,
    /// name
    Name,
    /// date of birth
    BirthDate,
    /// sex
    Sex,
}

/// A property of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OfCase {
    /// the service's number
    Number,
    /// technique
    Technique,
    /// route
    Route,
    /// method
    Method,
    /// site
    Site,
    /// diagnosis in words
    Diagnosis,
    /// day of the procedure
    TreatedOn,
    /// prescribed dose, Gy
    PrescriptionGy,
    /// strength of one seed, U
    StrengthU,
    /// seed model
    Model,
    /// seeds to be implanted
    Seeds,
    /// notes
    Notes,
}

/// Where a column goes; as text `patient.name`, `case.treated_on`, `plan.prescription_gy`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// to the patient
    Patient(OfPatient),
    /// to the case
    Case(OfCase),
    /// to a field of a form of the case
    Form(String, String),
}

const PATIENT: [(OfPatient, &str); 4] = [
    (OfPatient::Number, "number"),
    (OfPatient::Name, "name"),
    (OfPatient::BirthDate, "birth_date"),
    (OfPatient::Sex, "sex"),
];

const CASE: [(OfCase, &str); 12] = [
    (OfCase::Number, "number"),
    (OfCase::Technique, "technique"),
    (OfCase::Route, "route"),
    (OfCase::Method, "method"),
    (OfCase::Site, "site"),
    (OfCase::Diagnosis, "diagnosis"),
    (OfCase::TreatedOn, "treated_on"),
    (OfCase::PrescriptionGy, "prescription_gy"),
    (OfCase::StrengthU, "strength_u"),
    (OfCase::Model, "model"),
    (OfCase::Seeds, "seeds"),
    (OfCase::Notes, "notes"),
];

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Patient(of) => {
                write!(f, "patient.{}", PATIENT.iter().find(|(one, _)| one == of).map_or("", |(_, name)| name))
            }
            Self::Case(of) => write!(f, "case.{}", CASE.iter().find(|(one, _)| one == of).map_or("", |(_, name)| name)),
            Self::Form(form, field) => write!(f, "{form}.{field}"),
        }
    }
}

/// A text that names no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no field '{0}' to import into; write patient.FIELD, case.FIELD or FORM.FIELD (没有这个字段)")]
pub struct NotATarget(String);

impl FromStr for Target {
    type Err = NotATarget;

    fn from_str(text: &str) -> Result<Self, NotATarget> {
        let wrong = || NotATarget(text.chars().take(80).collect());
        let (of, field) = text.split_once('.').ok_or_else(wrong)?;
        let found = match of {
            "patient" => PATIENT.iter().find(|(_, name)| *name == field).map(|(one, _)| Self::Patient(*one)),
            "case" => CASE.iter().find(|(_, name)| *name == field).map(|(one, _)| Self::Case(*one)),
            form if !form.is_empty() && !field.is_empty() => Some(Self::Form(form.to_owned(), field.to_owned())),
            _ => None,
        };
        found.ok_or_else(wrong)
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// In which order a date is written. Year first is always read, in every way of writing it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// year first only: `3/4/2026` is refused, for it could be two days
    #[default]
    YearFirst,
    /// `31/12/2026`
    DayFirst,
    /// `12/31/2026`
    MonthFirst,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assigned {
    /// which column, from 0
    pub column: u32,
    /// what its header says
    pub header: String,
    /// where it goes
    pub to: Target,
    /// how its dates are written
    #[serde(default)]
    pub dates: DateOrder,
    /// its numbers times this are in our unit
    #[serde(default = "one")]
    pub factor: f64,
    /// their words for our codes, and for `true` and `false`
    #[serde(default)]
    pub codes: BTreeMap<String, String>,
    /// how alike header and label are, 0 to 1, where it was proposed
    #[serde(default)]
    pub likeness: f64,
    /// what a person should look at before it is taken; empty where nothing
    #[serde(default)]
    pub remark: String,
}

fn one() -> f64 {
    1.0
}

/// How a sheet is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// which sheet
    pub sheet: String,
    /// number of the row that holds the headers
    pub header_row: u32,
    /// technique of cases whose row does not say
    pub technique: Technique,
    /// distance from UTC of moments that do not say it, such as `+08:00`
    pub offset: String,
    /// what to take as the time of a moment of which only the day is known, such as `12:00`; without it such a value is an error
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_if_missing: Option<String>,
    /// the columns that are taken
    pub columns: Vec<Assigned>,
}

/// Why a mapping cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// no such sheet or header row
    #[error("the file has no sheet '{0}' with a row {1} of headers (没有该工作表或标题行)")]
    NoSheet(String, u32),
    /// no such field
    #[error(transparent)]
    Target(#[from] NotATarget),
    /// two columns for one field
    #[error("columns '{0}' and '{1}' go into the same field: choose one (两列对应同一字段)")]
    Twice(String, String),
    /// what every row needs
    #[error("no column is assigned to {0}: without it patients and treatments cannot be told apart (缺少必要的列)")]
    Missing(&'static str),
    /// offset or time
    #[error("'{0}' is not a distance from UTC such as +08:00, or not a time such as 12:00 (时区或时间有误)")]
    Time(String),
    /// factor
    #[error("the factor of column '{0}' must be a number above 0 (换算系数有误)")]
    Factor(String),
}

impl Mapping {
    /// Checks everything but the values.
    pub fn check(&self, forms: &Forms) -> Result<(), MappingError> {
        let moment = format!("2026-01-01T{}:00{}", self.time_if_missing.as_deref().unwrap_or("12:00"), self.offset);
        if self.offset.len() != 6 || moment.len() != 25 || moment.parse::<jiff::Timestamp>().is_err() {
            return Err(MappingError::Time(format!(
                "{} {}",
                self.offset,
                self.time_if_missing.as_deref().unwrap_or_default()
            )));
        }
        let mut taken: BTreeMap<&Target, &str> = BTreeMap::new();
        for column in &self.columns {
            if let Target::Form(form, field) = &column.to {
                let found = forms.get(form).filter(|form| form.about.contains(&records::Kind::Case));
                if found.and_then(|form| form.field(field)).is_none() {
                    return Err(NotATarget(column.to.to_string()).into());
                }
            }
            if !(column.factor.is_finite() && column.factor > 0.0) {
                return Err(MappingError::Factor(column.header.clone()));
            }
            if let Some(other) = taken.insert(&column.to, &column.header) {
                return Err(MappingError::Twice(other.to_owned(), column.header.clone()));
            }
        }
        for (target, name) in [
            (Target::Patient(OfPatient::Number), "patient.number"),
            (Target::Case(OfCase::TreatedOn), "case.treated_on"),
        ] {
            if !taken.contains_key(&target) {
                return Err(MappingError::Missing(name));
            }
        }
        Ok(())
    }
}

impl Target {
    /// What a column of it holds, its label in both languages, and its unit.
    pub fn described(&self, forms: &Forms) -> Option<(FieldKind, records::forms::Words, String)> {
        let words = |zh: &str, en: &str| records::forms::Words::new(zh, en);
        let text = || FieldKind::Text { long: false };
        Some(match self {
            Self::Patient(of) => match of {
                OfPatient::Number => (text(), words("患者编号", "Patient number"), String::new()),
                OfPatient::Name => (text(), words("姓名", "Name"), String::new()),
                OfPatient::BirthDate => (FieldKind::Date, words("出生日期", "Date of birth"), String::new()),
                OfPatient::Sex => (FieldKind::Choice(super::value::sexes()), words("性别", "Sex"), String::new()),
            },
            Self::Case(of) => match of {
                OfCase::Number => (text(), words("病例编号", "Case number"), String::new()),
                OfCase::Technique => {
                    (FieldKind::Choice(super::value::techniques()), words("技术", "Technique"), String::new())
                }
                OfCase::Route => (FieldKind::Choice(super::value::routes()), words("途径", "Route"), String::new()),
                OfCase::Method => (FieldKind::Choice(super::value::methods()), words("方法", "Method"), String::new()),
                OfCase::Site => (text(), words("部位", "Site"), String::new()),
                OfCase::Diagnosis => (text(), words("诊断", "Diagnosis"), String::new()),
                OfCase::TreatedOn => (FieldKind::Date, words("治疗日期", "Day of the procedure"), String::new()),
                OfCase::PrescriptionGy => (FieldKind::Number, words("处方剂量", "Prescription"), "Gy".to_owned()),
                OfCase::StrengthU => {
                    (FieldKind::Number, words("单粒空气比释动能强度", "Strength of one seed"), "U".to_owned())
                }
                OfCase::Model => (text(), words("粒子型号", "Seed model"), String::new()),
                OfCase::Seeds => (FieldKind::Whole, words("计划粒子数", "Seeds planned"), String::new()),
                OfCase::Notes => (text(), words("备注", "Notes"), String::new()),
            },
            Self::Form(form, field) => {
                let field = forms.get(form)?.field(field)?;
                (field.kind.clone(), field.label.clone(), field.unit.clone())
            }
        })
    }
}
