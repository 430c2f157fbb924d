//! A table before it is written: columns that say what they hold, and cells of it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use records::forms::Words;
use serde_json::Value;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// words, codes, identifiers, and lists joined by `;`
    Text,
    /// a day
    Date,
    /// a moment
    Moment,
    /// a whole number
    Whole,
    /// a number
    Number,
    /// true or false
    YesNo,
}

impl Kind {
    /// Its name in the dictionary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Date => "date",
            Self::Moment => "date_time",
            Self::Whole => "whole",
            Self::Number => "number",
            Self::YesNo => "yes_no",
        }
    }
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// nothing
    Empty,
    /// words
    Text(String),
    /// a day
    Date(Date),
    /// a moment, and the distance from UTC that it was written with
    Moment(Timestamp, Offset),
    /// a whole number
    Whole(i64),
    /// a number
    Number(f64),
    /// true or false
    YesNo(bool),
}

impl Cell {
    /// Words; empty ones are nothing.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// A moment of the program's own clock, which has no place: UTC.
    pub fn utc(at: Timestamp) -> Self {
        Self::Moment(at, Offset::UTC)
    }

    /// What a form's value is in a column of a kind. A value that is of another kind stays text, so that nothing is lost.
    pub fn of(kind: Kind, value: Option<&Value>) -> Self {
        let Some(value) = value else { return Self::Empty };
        match (kind, value) {
            (_, Value::Null) => Self::Empty,
            (Kind::YesNo, Value::Bool(yes)) => Self::YesNo(*yes),
            (Kind::Whole, Value::Number(number)) => number.as_i64().map_or_else(|| whole(number.as_f64()), Self::Whole),
            (Kind::Number, Value::Number(number)) => number.as_f64().map_or(Self::Empty, Self::Number),
            (Kind::Date | Kind::Moment, Value::String(text)) => Self::parse(kind, text),
            (_, Value::String(text)) => Self::text(text.as_str()),
            (_, Value::Array(items)) => Self::text(joined(items)),
            (_, other) => Self::text(other.to_string()),
        }
    }

    /// From plain text, as [`records::forms::table`] writes it. What cannot be read as the kind stays text.
    pub fn parse(kind: Kind, text: &str) -> Self {
        let read = match kind {
            _ if text.is_empty() => return Self::Empty,
            Kind::Text => None,
            Kind::Date => text.parse().ok().map(Self::Date),
            Kind::Moment => moment(text),
            Kind::Whole => text.parse().ok().map(Self::Whole),
            Kind::Number => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Number),
            Kind::YesNo => text.parse().ok().map(Self::YesNo),
        };
        read.unwrap_or_else(|| Self::text(text))
    }

    /// As plain text: days `2026-03-01`, moments with their distance from UTC, numbers with a point.
    pub fn plain(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Date(day) => day.to_string(),
            Self::Moment(at, offset) if *offset == Offset::UTC => at.to_string(),
            Self::Moment(at, offset) => at.display_with_offset(*offset).to_string(),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::YesNo(yes) => yes.to_string(),
        }
    }
}

fn whole(number: Option<f64>) -> Cell {
    match number {
        Some(number) if number.fract() == 0.0 && number.abs() < 9.0e15 => Cell::Whole(number as i64),
        Some(number) => Cell::Number(number),
        None => Cell::Empty,
    }
}

fn joined(items: &[Value]) -> String {
    let one = |item: &Value| match item {
        Value::String(text) => text.replace(';', "；"),
        other => other.to_string(),
    };
    items.iter().map(one).collect::<Vec<_>>().join(";")
}

/// A moment that says its distance from UTC.
fn moment(text: &str) -> Option<Cell> {
    let at: Timestamp = text.parse().ok()?;
    let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
    Some(Cell::Moment(at, pieces.to_numeric_offset().unwrap_or(Offset::UTC)))
}

/// A column, and what the dictionary says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// its name for machines
    pub name: String,
    /// its label
    pub label: Words,
    /// what it holds
    pub kind: Kind,
    /// entries joined by `;`
    pub list: bool,
    /// unit of the number; empty where it has none
    pub unit: String,
    /// never empty
    pub required: bool,
    /// codes with their labels, `code=中文/English` joined by `; `
    pub codes: String,
    /// where its definition comes from
    pub source: String,
}

impl Column {
    /// A column with a name, labels and a kind.
    pub fn new(name: &str, kind: Kind, zh: &str, en: &str) -> Self {
        Self {
            name: name.to_owned(),
            label: Words::new(zh, en),
            kind,
            list: false,
            unit: String::new(),
            required: false,
            codes: String::new(),
            source: String::new(),
        }
    }

    /// With a unit.
    #[must_use]
    pub fn unit(self, unit: &str) -> Self {
        Self { unit: unit.to_owned(), ..self }
    }

    /// Never empty.
    #[must_use]
    pub fn always(self) -> Self {
        Self { required: true, ..self }
    }

    /// With codes: code, Chinese, English.
    #[must_use]
    pub fn codes<'a>(self, codes: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> Self {
        let codes: Vec<_> = codes.into_iter().map(|(code, zh, en)| format!("{code}={zh}/{en}")).collect();
        Self { codes: codes.join("; "), ..self }
    }
}

/// A table's name and columns; its rows are written one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// its name for machines: a file or sheet is called so
    pub name: String,
    /// its title
    pub label: Words,
    /// its columns
    pub columns: Vec<Column>,
}

impl Table {
    /// The table that says what the columns of others mean.
    pub fn dictionary() -> Self {
        let text = |name, zh, en| Column::new(name, Kind::Text, zh, en);
        let columns = vec![
            text("table", "表", "table").always(),
            text("table_zh", "表名（中文）", "title of the table in Chinese"),
            text("table_en", "表名（英文）", "title of the table in English"),
            text("column", "列", "column").always(),
            text("zh", "中文", "label in Chinese"),
            text("en", "英文", "label in English"),
            text("type", "类型", "what it holds").always(),
            Column::new("list", Kind::YesNo, "多值", "entries joined by ;").always(),
            text("unit", "单位", "unit"),
            Column::new("required", Kind::YesNo, "必填", "never empty").always(),
            text("codes", "代码", "codes with their labels"),
            text("source", "来源", "where the definition comes from"),
        ];
        Self { name: "dictionary".to_owned(), label: Words::new("数据字典", "Dictionary"), columns }
    }

    /// Its rows in the dictionary.
    pub fn described(&self) -> impl Iterator<Item = Vec<Cell>> {
        self.columns.iter().map(|column| {
            vec![
                Cell::text(self.name.as_str()),
                Cell::text(self.label.zh.as_str()),
                Cell::text(self.label.en.as_str()),
                Cell::text(column.name.as_str()),
                Cell::text(column.label.zh.as_str()),
                Cell::text(column.label.en.as_str()),
                Cell::text(column.kind.name()),
                Cell::YesNo(column.list),
                Cell::text(column.unit.as_str()),
                Cell::YesNo(column.required),
                Cell::text(column.codes.as_str()),
                Cell::text(column.source.as_str()),
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_become_cells_of_their_column_and_never_vanish() {
        let moment = Cell::of(Kind::Moment, Some(&json!("2026-03-01T00:30:00+08:00")));
        assert_eq!(moment.plain(), "2026-03-01T00:30:00+08:00");
        assert_eq!(moment, Cell::Moment("2026-02-28T16:30:00Z".parse().unwrap(), Offset::constant(8)));
        assert_eq!(Cell::of(Kind::Whole, Some(&json!(3.0))), Cell::Whole(3));
        assert_eq!(Cell::of(Kind::Whole, Some(&json!(3.5))), Cell::Number(3.5));
        assert_eq!(Cell::of(Kind::Date, Some(&json!("unknown"))), Cell::Text("unknown".into()));
        assert_eq!(Cell::of(Kind::Text, Some(&json!(["a;b", "c"]))).plain(), "a；b;c");
        assert_eq!(Cell::of(Kind::Number, Some(&json!("1e400"))).plain(), "1e400");
        assert_eq!(Cell::of(Kind::YesNo, None), Cell::Empty);
        assert_eq!(Cell::parse(Kind::Number, "inf"), Cell::Text("inf".into()));
    }
}
