//! Records of a workbook: strings, formats, cells.

use std::collections::{BTreeMap, BTreeSet};

use super::super::xlsx::{is_builtin_date, is_date_format};
use super::super::{Meter, Raw, ReadError, Row, Sheet, serial};
use super::{f64_at, u16_at, u32_at};

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000a;
const CONTINUE: u16 = 0x003c;

/// The records of a stream from a place on; a record that reaches beyond its end is the last.
struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, length) = (u16_at(self.rest, 0)?, usize::from(u16_at(self.rest, 2)?));
        let data = self.rest.get(4..4 + length)?;
        self.rest = &self.rest[4 + length..];
        Some((kind, data))
    }
}

#[derive(Default)]
struct Book {
    strings: Vec<String>,
    /// number format of each cell format
    formats: Vec<u16>,
    dates: BTreeSet<u16>,
    from_1904: bool,
}

fn damaged(what: &str) -> ReadError {
    ReadError::Damaged(what.to_owned())
}

/// All worksheets.
pub(super) fn sheets(stream: &[u8], meter: &mut Meter) -> Result<Vec<Sheet>, ReadError> {
    let mut records = Records { rest: stream };
    match records.next() {
        Some((BOF, data)) if u16_at(data, 0) == Some(0x0600) => {}
        _ => return Err(ReadError::Unknown("a workbook older than Excel 97: save it as XLSX".to_owned())),
    }
    let (mut book, mut listed) = (Book::default(), Vec::new());
    let mut pending: Option<Vec<&[u8]>> = None;
    for (kind, data) in records {
        if kind == CONTINUE {
            if let Some(parts) = &mut pending {
                parts.push(data);
            }
            continue;
        }
        if let Some(parts) = pending.take() {
            book.strings = strings(&parts, meter)?;
        }
        match kind {
            0x002f => return Err(ReadError::Encrypted),
            0x0085 if data.get(5) == Some(&0) => {
                let at = u32_at(data, 0).ok_or_else(|| damaged("a sheet has no place"))? as usize;
                let length = usize::from(*data.get(6).unwrap_or(&0));
                listed.push((at, characters(data.get(7..).unwrap_or_default(), length)));
            }
            0x00fc => pending = Some(vec![data]),
            0x041e => {
                let length = usize::from(u16_at(data, 2).unwrap_or(0));
                let code = characters(data.get(4..).unwrap_or_default(), length);
                if let Some(number) = u16_at(data, 0).filter(|_| is_date_format(&code)) {
                    book.dates.insert(number);
                }
            }
            0x00e0 => book.formats.push(u16_at(data, 2).unwrap_or(0)),
            0x0022 => book.from_1904 = u16_at(data, 0) == Some(1),
            EOF => break,
            _ => {}
        }
    }
    let mut sheets = Vec::new();
    for (at, name) in listed {
        if sheets.len() >= meter.limits.sheets {
            return Err(ReadError::TooMany { most: meter.limits.sheets, what: "sheets" });
        }
        let rest = stream.get(at..).ok_or_else(|| damaged("a sheet lies beyond its end"))?;
        sheets.push(Sheet { name, rows: rows(Records { rest }, &book, meter)? });
    }
    Ok(sheets)
}

/// A text of so many characters that begins with its flags.
fn characters(data: &[u8], length: usize) -> String {
    let Some((flags, rest)) = data.split_first() else { return String::new() };
    if flags & 1 == 0 {
        rest.iter().take(length).map(|byte| char::from(*byte)).collect()
    } else {
        let units: Vec<u16> = rest.chunks_exact(2).take(length).filter_map(|two| u16_at(two, 0)).collect();
        String::from_utf16_lossy(&units)
    }
}

/// Bytes that go on in the next record.
struct Split<'a, 'b> {
    parts: &'b [&'a [u8]],
    at: usize,
}

impl Split<'_, '_> {
    fn byte(&mut self) -> Option<u8> {
        while self.at >= self.parts.first()?.len() {
            (self.parts, self.at) = (&self.parts[1..], 0);
        }
        self.at += 1;
        self.parts.first()?.get(self.at - 1).copied()
    }

    fn number(&mut self, bytes: u32) -> Option<u32> {
        (0..bytes).try_fold(0, |sum, at| Some(sum | u32::from(self.byte()?) << (8 * at)))
    }

    fn skip(&mut self, mut bytes: usize) -> Option<()> {
        while bytes > 0 {
            let here = self.parts.first()?.len().saturating_sub(self.at);
            if here >= bytes {
                self.at += bytes;
                return Some(());
            }
            bytes -= here;
            (self.parts, self.at) = (&self.parts[1..], 0);
        }
        Some(())
    }

    /// The characters of a string: where they go on in the next record, that begins with flags of its own.
    fn characters(&mut self, length: usize, mut wide: bool) -> Option<String> {
        let mut units: Vec<u16> = Vec::new();
        while units.len() < length {
            if self.at >= self.parts.first()?.len() {
                (self.parts, self.at) = (&self.parts[1..], 0);
                wide = self.byte()? & 1 == 1;
                continue;
            }
            units.push(if wide { self.number(2)? as u16 } else { u16::from(self.byte()?) });
        }
        Some(String::from_utf16_lossy(&units))
    }
}

/// The shared strings.
fn strings(parts: &[&[u8]], meter: &mut Meter) -> Result<Vec<String>, ReadError> {
    let mut data = Split { parts, at: 4 };
    let count = data.number(4).unwrap_or(0);
    let mut all = Vec::new();
    for _ in 0..count {
        let mut one = || {
            let (length, flags) = (data.number(2)? as usize, data.byte()?);
            let runs = if flags & 8 == 0 { 0 } else { data.number(2)? as usize };
            let aside = if flags & 4 == 0 { 0 } else { data.number(4)? as usize };
            let text = data.characters(length, flags & 1 == 1)?;
            data.skip(4 * runs)?;
            data.skip(aside)?;
            Some(text)
        };
        let text = one().ok_or_else(|| damaged("a text has no end"))?;
        meter.text(&text)?;
        meter.text("        ")?;
        all.push(text);
    }
    Ok(all)
}

fn rows(records: Records<'_>, book: &Book, meter: &mut Meter) -> Result<Vec<Row>, ReadError> {
    let mut table: BTreeMap<u16, BTreeMap<u32, Raw>> = BTreeMap::new();
    let (mut depth, mut formula) = (0_usize, None);
    for (kind, data) in records {
        match kind {
            BOF => depth += 1,
            EOF if depth <= 1 => break,
            EOF => depth -= 1,
            // charts within a sheet have cells of their own
            _ if depth > 1 => {}
            _ => {
                for (row, column, value) in cells(kind, data, book, &mut formula) {
                    meter.put(table.entry(row).or_default(), u32::from(column), value)?;
                }
            }
        }
    }
    let mut rows = Vec::new();
    for (row, cells) in table {
        meter.row(&mut rows, u32::from(row) + 1, cells)?;
    }
    Ok(rows)
}

/// The cells of a record; `formula` is where the text of a formula belongs, which comes in a record of its own.
fn cells(kind: u16, data: &[u8], book: &Book, formula: &mut Option<(u16, u16)>) -> Vec<(u16, u16, Raw)> {
    let place = || Some((u16_at(data, 0)?, u16_at(data, 2)?));
    let text = |from: usize| {
        let length = usize::from(u16_at(data, from)?);
        Some(Raw::Text(characters(data.get(from + 2..)?, length)))
    };
    let number = |value: Option<f64>| Some(book.number(u16_at(data, 4)?, value?));
    let value = match kind {
        0x0203 => number(f64_at(data, 6)),
        0x027e => number(u32_at(data, 6).map(short)),
        0x00fd => u32_at(data, 6).and_then(|at| book.strings.get(at as usize)).cloned().map(Raw::Text),
        0x0204 | 0x00d6 => text(6),
        0x0205 if data.get(7) == Some(&0) => data.get(6).map(|yes| Raw::Bool(*yes != 0)),
        0x0006 => match (u16_at(data, 12), data.get(6), data.get(8)) {
            (Some(0xffff), Some(0), _) => {
                *formula = place();
                None
            }
            (Some(0xffff), Some(1), Some(yes)) => Some(Raw::Bool(*yes != 0)),
            (Some(0xffff), ..) => None,
            _ => number(f64_at(data, 6)),
        },
        0x0207 => {
            return formula.take().zip(text(0)).map(|((row, column), text)| (row, column, text)).into_iter().collect();
        }
        0x00bd => return many(data, book),
        _ => None,
    };
    place().zip(value).map(|((row, column), value)| (row, column, value)).into_iter().collect()
}

/// Several numbers side by side.
fn many(data: &[u8], book: &Book) -> Vec<(u16, u16, Raw)> {
    let Some((row, first)) = u16_at(data, 0).zip(u16_at(data, 2)) else { return Vec::new() };
    let values = data.get(4..data.len().saturating_sub(2)).unwrap_or_default().chunks_exact(6);
    values
        .zip(first..)
        .filter_map(|(six, column)| Some((row, column, book.number(u16_at(six, 0)?, short(u32_at(six, 2)?)))))
        .collect()
}

/// A number in four bytes: the upper half of a float or a whole number, either perhaps in hundredths.
fn short(bits: u32) -> f64 {
    let whole =
        if bits & 2 == 0 { f64::from_bits(u64::from(bits & 0xffff_fffc) << 32) } else { f64::from(bits as i32 >> 2) };
    if bits & 1 == 0 { whole } else { whole / 100.0 }
}

impl Book {
    fn number(&self, format: u16, value: f64) -> Raw {
        let number = self.formats.get(usize::from(format)).copied().unwrap_or(0);
        if is_builtin_date(u32::from(number)) || self.dates.contains(&number) {
            return serial(value, self.from_1904).map_or(Raw::Number(value), Raw::Date);
        }
        Raw::Number(value)
    }
}
