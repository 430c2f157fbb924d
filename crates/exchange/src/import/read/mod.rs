//! Tables of other programs as rows of plain values: XLSX, ODS, XLS, CSV.
//!
//! The readers are our own, because files come from outside: what is unpacked is counted while it is unpacked, nothing is allocated
//! because a file claims a length, and cells are kept sparsely, so that one value in the last cell of a sheet costs one value.

mod csv;
mod ods;
mod unzip;
mod xls;
mod xlsx;
mod xml;

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};

/// What is refused before it costs memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// size of the file, bytes
    pub file: usize,
    /// size of all parts of it that are unpacked, bytes
    pub unpacked: u64,
    /// sheets
    pub sheets: usize,
    /// rows of a sheet that hold something
    pub rows: usize,
    /// columns
    pub columns: u32,
    /// cells of the file that hold something
    pub cells: usize,
    /// characters of all texts of the file
    pub characters: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file: 32 << 20,
            unpacked: 128 << 20,
            sheets: 64,
            rows: 100_000,
            columns: 512,
            cells: 2_000_000,
            characters: 64 << 20,
        }
    }
}

/// One value of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    /// words
    Text(String),
    /// a number
    Number(f64),
    /// a day, or a moment without a place
    Date(DateTime),
    /// true or false
    Bool(bool),
}

impl std::fmt::Display for Raw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Date(at) if at.time() == jiff::civil::Time::midnight() => write!(f, "{}", at.date()),
            Self::Date(at) => write!(f, "{at}"),
            Self::Bool(yes) => write!(f, "{yes}"),
        }
    }
}

/// A row: its number as the program shows it (from 1), and the values by column (from 0).
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// number, from 1
    pub number: u32,
    /// values
    pub cells: BTreeMap<u32, Raw>,
}

/// A sheet; rows without a value are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// its name
    pub name: String,
    /// its rows, in order
    pub rows: Vec<Row>,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// larger than is taken
    #[error("the file is larger than {0} MB: split it, or delete sheets that are not needed (文件过大，请拆分)")]
    File(usize),
    /// unpacks to far more than it holds
    #[error("the file unpacks to more than {0} MB: delete what is not needed, pictures for example (文件解压后过大)")]
    Unpacked(u64),
    /// too much of something
    #[error("the file has more than {most} {what}: split it (表格内容过多，请拆分)")]
    TooMany {
        /// most that are taken
        most: usize,
        /// of what
        what: &'static str,
    },
    /// an encrypted workbook
    #[error("the workbook is protected by a password: save it without one (工作簿已加密，请取消密码后再导入)")]
    Encrypted,
    /// a kind that is not read
    #[error("the file is neither XLSX, ODS, XLS nor CSV: {0} (不是可识别的表格文件)")]
    Unknown(String),
    /// damaged
    #[error("the file is damaged: {0}; open it in the program that made it and save it again (文件已损坏，请重新保存)")]
    Damaged(String),
}

/// Counts what is read, and says when it is too much.
struct Meter {
    limits: Limits,
    cells: usize,
    characters: usize,
}

impl Meter {
    fn new(limits: Limits) -> Self {
        Self { limits, cells: 0, characters: 0 }
    }

    /// Counts characters.
    fn text(&mut self, text: &str) -> Result<(), ReadError> {
        self.characters = self.characters.saturating_add(text.len());
        if self.characters > self.limits.characters {
            return Err(ReadError::TooMany { most: self.limits.characters, what: "characters" });
        }
        Ok(())
    }

    /// Puts a value into a row, if its column is one that is read and it is not empty.
    fn put(&mut self, row: &mut BTreeMap<u32, Raw>, column: u32, value: Raw) -> Result<(), ReadError> {
        if let Raw::Text(text) = &value {
            if text.trim().is_empty() {
                return Ok(());
            }
            self.text(text)?;
        }
        if column >= self.limits.columns {
            return Err(ReadError::TooMany { most: self.limits.columns as usize, what: "columns" });
        }
        self.cells += 1;
        if self.cells > self.limits.cells {
            return Err(ReadError::TooMany { most: self.limits.cells, what: "cells" });
        }
        row.insert(column, value);
        Ok(())
    }

    /// Ends a row.
    fn row(&self, rows: &mut Vec<Row>, number: u32, cells: BTreeMap<u32, Raw>) -> Result<(), ReadError> {
        if cells.is_empty() {
            return Ok(());
        }
        if rows.len() >= self.limits.rows {
            return Err(ReadError::TooMany { most: self.limits.rows, what: "rows" });
        }
        rows.push(Row { number, cells });
        Ok(())
    }
}

/// Reads a file; what it is, its first bytes say.
pub fn read(bytes: &[u8], limits: Limits) -> Result<Vec<Sheet>, ReadError> {
    if bytes.len() > limits.file {
        return Err(ReadError::File(limits.file >> 20));
    }
    let mut meter = Meter::new(limits);
    let sheets = match bytes {
        [b'P', b'K', 3, 4, ..] => {
            let mut parts = unzip::Parts::open(bytes, &limits)?;
            if parts.has("content.xml") {
                ods::sheets(&mut parts, &mut meter)?
            } else if parts.has("[Content_Types].xml") {
                xlsx::sheets(&mut parts, &mut meter)?
            } else {
                return Err(ReadError::Unknown("a ZIP of something else".to_owned()));
            }
        }
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => xls::sheets(bytes, &mut meter)?,
        _ => vec![csv::sheet(bytes, &mut meter)?],
    };
    Ok(sheets)
}

/// The moment of a serial number of a spreadsheet: days since the end of 1899, or since the first day of 1904. Its 29 February 1900,
/// which never was, has none.
pub(super) fn serial(number: f64, from_1904: bool) -> Option<DateTime> {
    if !number.is_finite() || !(0.0..2_958_466.0).contains(&number) {
        return None;
    }
    let mut days = number.floor() as i64;
    let mut seconds = ((number - number.floor()) * 86_400.0).round() as i64;
    if seconds == 86_400 {
        (days, seconds) = (days + 1, 0);
    }
    let first = match (from_1904, days) {
        (true, _) => Date::constant(1904, 1, 1),
        (false, 60) => return None,
        (false, ..60) => Date::constant(1899, 12, 31),
        (false, _) => Date::constant(1899, 12, 30),
    };
    let day = first.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    day.at(0, 0, 0, 0).checked_add(jiff::Span::new().try_seconds(seconds).ok()?).ok()
}

#[cfg(test)]
mod tests;
