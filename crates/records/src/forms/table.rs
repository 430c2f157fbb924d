//! Records of one form as a tidy table: a row a record, a column a field, and a second table that says what each column means.
//!
//! Cells are plain text for a CSV or a workbook: days and moments as they are kept, `true` and `false`, numbers with a point, codes
//! of choices. The entries of a list stand in one cell joined by `;` (a `;` within an entry becomes `；`): lists here are short lists of
//! codes, people and numbers, and one cell a record keeps the table one row a record.

use serde_json::Value;

use super::Forms;
use super::field::{Field, FieldKind};
use crate::Record;

/// The columns that every table begins with: name, Chinese, English. No field may be called so.
pub const FIXED: [(&str, &str, &str); 6] = [
    ("record_subject", "编号", "number or pseudonym of what the record is about"),
    ("record_id", "记录标识", "identifier of the record"),
    ("record_edition", "表单版次", "edition of the form"),
    ("record_day", "记录日期", "day that the record speaks of"),
    ("record_until", "有效期至", "last day on which it holds"),
    ("record_withdrawn", "已撤销", "entered in error"),
];

/// The columns of the dictionary.
pub const DICTIONARY: [&str; 9] = ["column", "zh", "en", "type", "list", "unit", "required", "codes", "source"];

/// The table of one form.
#[derive(Debug, Clone)]
pub struct Table {
    fields: Vec<Field>,
}

impl Table {
    /// The table of a form over all its editions: the newest edition's fields, then those that only older ones have. Fields that
    /// identify people are left out unless asked for. `None` where there is no such form.
    pub fn of(forms: &Forms, name: &str, identifying: bool) -> Option<Self> {
        let mut fields: Vec<Field> = Vec::new();
        for form in forms.editions.get(name)?.iter().rev() {
            for field in &form.fields {
                if (identifying || !field.identifies) && fields.iter().all(|there| there.name != field.name) {
                    fields.push(field.clone());
                }
            }
        }
        Some(Self { fields })
    }

    /// The names of the columns.
    pub fn header(&self) -> Vec<&str> {
        FIXED.iter().map(|(name, _, _)| *name).chain(self.fields.iter().map(|field| field.name.as_str())).collect()
    }

    /// A record as a row; `subject` is the case's number or pseudonym, the lot's number, and so on.
    pub fn row(&self, record: &Record, subject: &str) -> Vec<String> {
        let fixed = [
            subject.to_owned(),
            record.id.to_string(),
            record.edition.to_string(),
            record.day.to_string(),
            record.until.map(|until| until.to_string()).unwrap_or_default(),
            record.withdrawn.to_string(),
        ];
        let values = self.fields.iter().map(|field| record.values.get(&field.name).map(cell).unwrap_or_default());
        fixed.into_iter().chain(values).collect()
    }

    /// What the columns mean: a row a column, in the order of the table, with the columns of [`DICTIONARY`].
    pub fn dictionary(&self) -> Vec<[String; 9]> {
        let fixed = FIXED.iter().map(|(name, zh, en)| {
            let kind = match *name {
                "record_day" | "record_until" => "date",
                "record_edition" => "whole",
                "record_withdrawn" => "yes_no",
                _ => "text",
            };
            [name, zh, en, kind, "false", "", "true", "", ""].map(str::to_owned)
        });
        fixed.chain(self.fields.iter().map(described)).collect()
    }
}

fn described(field: &Field) -> [String; 9] {
    let codes = match &field.kind {
        FieldKind::Choice(codes) => {
            codes.iter().map(|code| format!("{}={}/{}", code.code, code.label.zh, code.label.en)).collect::<Vec<_>>()
        }
        FieldKind::Parts(parts) => {
            let unit = |unit: &str| if unit.is_empty() { String::new() } else { format!(" [{unit}]") };
            vec![parts.iter().map(|part| format!("{}{}", part.name, unit(&part.unit))).collect::<Vec<_>>().join(":")]
        }
        _ => Vec::new(),
    };
    [
        field.name.clone(),
        field.label.zh.clone(),
        field.label.en.clone(),
        field.kind.name().to_owned(),
        field.list.to_string(),
        field.unit.clone(),
        field.required.to_string(),
        codes.join("; "),
        field.source.clone(),
    ]
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(|item| cell(item).replace(';', "；")).collect::<Vec<_>>().join(";"),
        other => other.to_string(),
    }
}
