//! The records of a form: [`records::forms::table`] with cells that know what they hold.

use records::Record;
use records::forms::Forms;
use records::forms::table;

use crate::table::{Cell, Column, Kind, Table};

/// The table of a form over all its editions.
#[derive(Debug, Clone)]
pub struct FormTable {
    inner: table::Table,
    table: Table,
}

impl FormTable {
    /// The table of a form; fields that identify people only where asked for. `None` where there is no such form.
    pub fn of(forms: &Forms, name: &str, identifying: bool) -> Option<Self> {
        let form = forms.get(name)?;
        let inner = table::Table::of(forms, name, identifying)?;
        let columns = inner.dictionary().into_iter().map(|row| column(forms, name, row)).collect();
        Some(Self { inner, table: Table { name: name.to_owned(), label: form.label.clone(), columns } })
    }

    /// Name and columns.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// A record as a row; `subject` is the number of what the record is about, or its pseudonym.
    pub fn row(&self, record: &Record, subject: &str) -> Vec<Cell> {
        let plain = self.inner.row(record, subject);
        plain.iter().zip(&self.table.columns).map(|(text, column)| Cell::parse(column.kind, text)).collect()
    }
}

fn column(forms: &Forms, form: &str, [name, zh, en, kind, list, unit, required, codes, source]: [String; 9]) -> Column {
    let list = list == "true";
    // a field that was something else in another edition is text: every value of every edition fits
    let newest = forms.get(form).map_or(0, |form| form.edition);
    let same = (1..=newest)
        .filter_map(|edition| forms.edition(form, edition)?.field(&name))
        .all(|field| field.kind.name() == kind && field.list == list);
    let kind = match kind.as_str() {
        _ if list || !same => Kind::Text,
        "date" => Kind::Date,
        "date_time" => Kind::Moment,
        "whole" => Kind::Whole,
        "number" => Kind::Number,
        "yes_no" => Kind::YesNo,
        _ => Kind::Text,
    };
    Column { unit, list, required: required == "true", codes, source, ..Column::new(&name, kind, &zh, &en) }
}
