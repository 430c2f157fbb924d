//! What becomes of days, of a record's values, of identifiers.

use jiff::Span;
use jiff::civil::Date;
use jiff::tz::Offset;
use records::forms::{Field, FieldKind, Form};
use records::{Patient, Record};
use serde_json::Value;

use super::policy::{Dates, Treatment};
use super::{Key, Policy};
use crate::table::{Cell, Column, Kind};

/// How one patient's days are told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    dates: Dates,
    shift: i64,
    zero: Option<Date>,
}

impl Clock {
    /// Of a patient, for a case whose procedure was on a day. The shift is the patient's, so that days of several cases keep their
    /// intervals; the zero is the case's.
    pub(super) fn of(policy: &Policy, key: &Key, patient: &Patient, procedure: Option<Date>) -> Self {
        let shift = key.shift_days(&patient.id.to_string(), policy.largest_shift_days);
        Self { dates: policy.dates, shift, zero: procedure }
    }

    /// A day as it is told; nothing where it cannot be (no procedure to count from, a calendar's end).
    pub(super) fn day(&self, day: Date) -> Cell {
        match self.dates {
            Dates::Shift => day.checked_add(Span::new().days(self.shift)).map_or(Cell::Empty, Cell::Date),
            Dates::Number => {
                let since = self.zero.and_then(|zero| zero.until(day).ok());
                since.map_or(Cell::Empty, |span| Cell::Whole(i64::from(span.get_days())))
            }
        }
    }

    /// A moment as it is told: shifted, with the time of day kept; or the number of its day.
    pub(super) fn moment(&self, text: &str) -> Cell {
        match (self.dates, Cell::parse(Kind::Moment, text)) {
            (Dates::Shift, Cell::Moment(at, offset)) => {
                let moved = at.checked_add(Span::new().hours(24 * self.shift));
                moved.map_or(Cell::Empty, |at| Cell::Moment(at, offset))
            }
            (Dates::Number, Cell::Moment(at, offset)) => self.day(local(at, offset)),
            _ => Cell::Empty,
        }
    }
}

fn local(at: jiff::Timestamp, offset: Offset) -> Date {
    offset.to_datetime(at).date()
}

/// The column of a day.
pub(super) fn day_column(policy: &Policy, name: &str, zh: &str, en: &str) -> Column {
    match policy.dates {
        Dates::Shift => Column::new(name, Kind::Date, zh, en),
        Dates::Number => Column::new(name, Kind::Whole, zh, en).unit("d"),
    }
}

/// A field that is exported, and how.
#[derive(Debug, Clone)]
pub(super) struct Told {
    field: Field,
    how: How,
}

#[derive(Debug, Clone)]
enum How {
    Plain(Kind),
    Text(regex::Regex, Option<usize>),
    Day,
    Moment,
    Pseudonym,
}

/// Which fields of a form are exported.
pub(super) fn told(policy: &Policy, form: &Form) -> Vec<Told> {
    form.fields.iter().filter_map(|field| Some(Told { field: field.clone(), how: how(policy, form, field)? })).collect()
}

fn how(policy: &Policy, form: &Form, field: &Field) -> Option<How> {
    if field.identifies {
        return None;
    }
    let listed = policy.texts.iter().find(|(of, name, _)| *of == form.name && *name == field.name);
    if let (Some((.., pattern)), FieldKind::Text { .. }) = (listed, &field.kind) {
        let cut = (field.name == "icd10").then_some(policy.icd10_characters);
        return Some(How::Text(pattern.clone(), cut));
    }
    // a type that the policy does not know is left out
    match policy.types.get(field.kind.name())? {
        Treatment::Drop => None,
        Treatment::Pseudonym => Some(How::Pseudonym),
        // lists of days have no column that could hold them as days
        Treatment::Date if field.list => None,
        Treatment::Date if matches!(field.kind, FieldKind::Date) => Some(How::Day),
        Treatment::Date => Some(How::Moment),
        Treatment::Keep => Some(How::Plain(match field.kind {
            _ if field.list => Kind::Text,
            FieldKind::Whole => Kind::Whole,
            FieldKind::Number => Kind::Number,
            FieldKind::YesNo => Kind::YesNo,
            _ => Kind::Text,
        })),
    }
}

impl Told {
    /// Whether it is the field of a name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.field.name == name
    }

    /// Its column.
    pub(super) fn column(&self, policy: &Policy) -> Column {
        let (zh, en) = (&self.field.label.zh, &self.field.label.en);
        let column = match &self.how {
            How::Plain(kind) => Column::new(&self.field.name, *kind, zh, en),
            How::Text(..) | How::Pseudonym => Column::new(&self.field.name, Kind::Text, zh, en),
            How::Moment if policy.dates == Dates::Shift => Column::new(&self.field.name, Kind::Moment, zh, en),
            How::Day | How::Moment => day_column(policy, &self.field.name, zh, en),
        };
        let codes = self.field.codes().iter().map(|c| (c.code.as_str(), c.label.zh.as_str(), c.label.en.as_str()));
        let column = if self.field.codes().is_empty() { column } else { column.codes(codes) };
        let unit = if column.unit.is_empty() { self.field.unit.clone() } else { column.unit.clone() };
        Column { unit, list: self.field.list, source: self.field.source.clone(), ..column }
    }

    /// What is told of a record's value; a value that is not of its field's type is left out.
    pub(super) fn cell(&self, key: &Key, clock: &Clock, record: &Record) -> Cell {
        let Some(value) = record.values.get(&self.field.name) else { return Cell::Empty };
        match (&self.how, value) {
            (How::Day, Value::String(text)) => text.parse().map_or(Cell::Empty, |day| clock.day(day)),
            (How::Moment, Value::String(text)) => clock.moment(text),
            (How::Pseudonym, _) => joined(value, |text| Some(key.pseudonym(self.field.kind.name(), text))),
            (How::Text(pattern, cut), _) => joined(value, |text| {
                let text: String = text.chars().take(cut.unwrap_or(usize::MAX)).collect();
                pattern.is_match(&text).then_some(text)
            }),
            (How::Plain(Kind::Text), _) => {
                joined(value, |text| self.field.codes().iter().any(|c| c.code == text).then(|| text.to_owned()))
            }
            (How::Plain(kind), Value::Number(_) | Value::Bool(_)) => match (kind, Cell::of(*kind, Some(value))) {
                (Kind::Whole, cell @ Cell::Whole(_))
                | (Kind::Number, cell @ Cell::Number(_))
                | (Kind::YesNo, cell @ Cell::YesNo(_)) => cell,
                _ => Cell::Empty,
            },
            _ => Cell::Empty,
        }
    }
}

/// The entries of a value that a function lets through, joined.
fn joined(value: &Value, one: impl Fn(&str) -> Option<String>) -> Cell {
    let parts: Vec<String> = match value {
        Value::String(text) => one(text).into_iter().collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).filter_map(one).collect(),
        _ => Vec::new(),
    };
    Cell::text(parts.join(";"))
}
