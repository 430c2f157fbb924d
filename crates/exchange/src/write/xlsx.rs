//! XLSX: one sheet a table, real dates, texts that are never formulas. Rows go to a temporary file at once, so that memory stays flat.

use std::io::Write;

use jiff::Timestamp;
use jiff::civil::DateTime;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::WriteError;
use super::csv::guarded;
use crate::table::{Cell, Kind, Table};

/// Most rows of a sheet, the header included.
const MOST_ROWS: u32 = 1_048_576;
/// Longest text of a cell, UTF-16 units.
const LONGEST: usize = 32_767;
/// Longest name of a sheet, characters.
const LONGEST_NAME: usize = 31;

/// A workbook while it is written.
pub(super) struct Book {
    workbook: Workbook,
    names: Vec<String>,
    table: Table,
    row: u32,
    date: Format,
    moment: Format,
    literal: Format,
    header: Format,
}

impl Book {
    /// An empty one; `made` is what its properties call the time of its making.
    pub(super) fn new(made: Timestamp) -> Result<Self, WriteError> {
        let mut workbook = Workbook::new();
        let clock = jiff::tz::Offset::UTC.to_datetime(made);
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&excel(clock)?));
        Ok(Self {
            workbook,
            names: Vec::new(),
            table: Table::dictionary(),
            row: 0,
            date: Format::new().set_num_format("yyyy-mm-dd"),
            moment: Format::new().set_num_format("yyyy-mm-dd hh:mm"),
            literal: Format::new().set_quote_prefix(),
            header: Format::new().set_bold(),
        })
    }

    /// Begins a sheet.
    pub(super) fn begin(&mut self, table: &Table) -> Result<(), WriteError> {
        let name = self.free_name(&table.name);
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(&name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (at, column) in table.columns.iter().enumerate() {
            let width = match column.kind {
                Kind::Moment => 17,
                Kind::YesNo | Kind::Whole | Kind::Number => 10,
                Kind::Date => 12,
                Kind::Text => 18,
            };
            sheet.set_column_width(at as u16, width)?;
            sheet.write_string_with_format(0, at as u16, column.name.as_str(), &self.header)?;
        }
        self.names.push(name);
        self.table = table.clone();
        self.row = 1;
        Ok(())
    }

    /// Writes a row.
    pub(super) fn row(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        if self.row >= MOST_ROWS {
            return Err(WriteError::Rows(self.table.name.clone()));
        }
        let at = self.names.len().checked_sub(1).ok_or(WriteError::Order)?;
        let sheet = self.workbook.worksheet_from_index(at)?;
        for (number, (cell, column)) in cells.iter().zip(&self.table.columns).enumerate() {
            let (row, to) = (self.row, number as u16);
            let mut text = |text: &str| match text {
                _ if text.encode_utf16().count() > LONGEST => {
                    Err(WriteError::Long { table: self.table.name.clone(), column: column.name.clone() })
                }
                // shown as it is, and it stays text when somebody edits the cell
                _ if guarded(text) != text => {
                    Ok(sheet.write_string_with_format(row, to, text, &self.literal).map(|_| ())?)
                }
                _ => Ok(sheet.write_string(row, to, text).map(|_| ())?),
            };
            match cell {
                Cell::Empty => {}
                Cell::Text(words) => text(words)?,
                Cell::Date(day) => match excel(day.at(0, 0, 0, 0)) {
                    Ok(day) => sheet.write_datetime_with_format(row, to, &day, &self.date).map(|_| ())?,
                    // before 1900 Excel has no days
                    Err(_) => text(&day.to_string())?,
                },
                // on the clock of the place where it was written down
                Cell::Moment(at, offset) => match excel(offset.to_datetime(*at)) {
                    Ok(at) => sheet.write_datetime_with_format(row, to, &at, &self.moment).map(|_| ())?,
                    Err(_) => text(&cell.plain())?,
                },
                // Excel keeps 15 digits
                Cell::Whole(number) if number.unsigned_abs() >= 1_000_000_000_000_000 => text(&number.to_string())?,
                Cell::Whole(number) => sheet.write_number(row, to, *number as f64).map(|_| ())?,
                Cell::Number(number) if number.is_finite() => sheet.write_number(row, to, *number).map(|_| ())?,
                Cell::Number(number) => text(&number.to_string())?,
                Cell::YesNo(yes) => sheet.write_boolean(row, to, *yes).map(|_| ())?,
            }
        }
        self.row += 1;
        Ok(())
    }

    /// Writes the workbook.
    pub(super) fn finish<W: Write + Send>(mut self, out: W) -> Result<(), WriteError> {
        Ok(self.workbook.save_to_writer(out)?)
    }

    /// A sheet's name: short enough, and not taken.
    fn free_name(&self, name: &str) -> String {
        let short: String = name.chars().take(LONGEST_NAME).collect();
        let taken = |name: &String| self.names.iter().any(|other| other.eq_ignore_ascii_case(name));
        let numbered = (2..).map(|number| {
            let tail = format!("_{number}");
            let head: String = name.chars().take(LONGEST_NAME - tail.len()).collect();
            head + &tail
        });
        std::iter::once(short.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(short)
    }
}

fn excel(clock: DateTime) -> Result<ExcelDateTime, XlsxError> {
    let (year, month, day) = (clock.year(), clock.month(), clock.day());
    let date = ExcelDateTime::from_ymd(u16::try_from(year).unwrap_or(0), month.unsigned_abs(), day.unsigned_abs())?;
    date.and_hms(u16::from(clock.hour().unsigned_abs()), clock.minute().unsigned_abs(), f64::from(clock.second()))
}
