//! XLSX (ECMA-376 part 1, SpreadsheetML): shared strings, number formats, sheets.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::unzip::Parts;
use super::xml::{attribute, damaged, entity};
use super::{Meter, Raw, ReadError, Row, Sheet, serial};

/// All sheets, in the order of the workbook; charts and the like are passed over.
pub(super) fn sheets(parts: &mut Parts<'_>, meter: &mut Meter) -> Result<Vec<Sheet>, ReadError> {
    let workbook = ["xl/workbook.xml", "xl/workbook2.xml"].into_iter().find(|name| parts.has(name));
    let Some(workbook) = workbook else {
        return Err(ReadError::Unknown("an Office file without sheets".to_owned()));
    };
    let (listed, from_1904) = parts.with(workbook, |xml| listed(xml))?;
    let relations = workbook.replacen("xl/", "xl/_rels/", 1) + ".rels";
    let targets = if parts.has(&relations) { parts.with(&relations, |xml| targets(xml))? } else { BTreeMap::new() };
    let strings = match "xl/sharedStrings.xml" {
        name if parts.has(name) => parts.with(name, |xml| strings(xml, meter))?,
        _ => Vec::new(),
    };
    let dates = match "xl/styles.xml" {
        name if parts.has(name) => parts.with(name, |xml| date_styles(xml))?,
        _ => BTreeSet::new(),
    };
    let book = Book { strings, dates, from_1904 };
    let mut sheets = Vec::new();
    for (name, relation) in listed {
        let Some((kind, target)) = targets.get(&relation) else { continue };
        let path = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
        if !kind.ends_with("/worksheet") || !parts.has(&path) {
            continue;
        }
        if sheets.len() >= meter.limits.sheets {
            return Err(ReadError::TooMany { most: meter.limits.sheets, what: "sheets" });
        }
        let rows = parts.with(&path, |xml| rows(xml, &book, meter))?;
        sheets.push(Sheet { name, rows });
    }
    Ok(sheets)
}

struct Book {
    strings: Vec<String>,
    /// numbers of the cell formats that are dates
    dates: BTreeSet<usize>,
    from_1904: bool,
}

/// Names of the sheets with their relations, and whether days count from 1904.
fn listed(xml: &mut impl BufRead) -> Result<(Vec<(String, String)>, bool), ReadError> {
    let mut reader = Reader::from_reader(xml);
    let (mut buffer, mut sheets, mut from_1904) = (Vec::new(), Vec::new(), false);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(of) | Event::Empty(of) => match of.local_name().as_ref() {
                "sheet" => {
                    let relation = of
                        .attributes()
                        .with_checks(false)
                        .flatten()
                        .find(|one| one.key.as_ref().ends_with(":id"))
                        .map(|one| one.value.into_owned());
                    if let (Some(name), Some(relation)) = (attribute(&of, "name")?, relation) {
                        sheets.push((name, relation));
                    }
                }
                "workbookPr" => from_1904 = attribute(&of, "date1904")?.is_some_and(|yes| yes == "1" || yes == "true"),
                _ => {}
            },
            Event::Eof => return Ok((sheets, from_1904)),
            _ => {}
        }
    }
}

/// Kind and target of each relation.
fn targets(xml: &mut impl BufRead) -> Result<BTreeMap<String, (String, String)>, ReadError> {
    let mut reader = Reader::from_reader(xml);
    let (mut buffer, mut all) = (Vec::new(), BTreeMap::new());
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(of) | Event::Empty(of) if of.local_name().as_ref() == "Relationship" => {
                let (id, kind) = (attribute(&of, "Id")?, attribute(&of, "Type")?);
                if let (Some(id), Some(kind), Some(target)) = (id, kind, attribute(&of, "Target")?) {
                    all.insert(id, (kind, target));
                }
            }
            Event::Eof => return Ok(all),
            _ => {}
        }
    }
}

/// The shared strings.
fn strings(xml: &mut impl BufRead, meter: &mut Meter) -> Result<Vec<String>, ReadError> {
    let mut reader = Reader::from_reader(xml);
    let (mut buffer, mut all) = (Vec::new(), Vec::new());
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(of) if of.local_name().as_ref() == "si" => {
                let text = words(&mut reader, "si")?;
                // a text counts at least as much as its place
                meter.text(&text)?;
                meter.text("        ")?;
                all.push(text);
            }
            Event::Empty(of) if of.local_name().as_ref() == "si" => {
                meter.text("        ")?;
                all.push(String::new());
            }
            Event::Eof => return Ok(all),
            _ => {}
        }
    }
}

/// The texts within an element, without how they are pronounced.
fn words(reader: &mut Reader<impl BufRead>, end: &str) -> Result<String, ReadError> {
    let (mut buffer, mut text, mut aside) = (Vec::new(), String::new(), 0_usize);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(of) if of.local_name().as_ref() == "rPh" => aside += 1,
            Event::End(of) if of.local_name().as_ref() == "rPh" => aside = aside.saturating_sub(1),
            Event::Text(words) if aside == 0 => text.push_str(&words.xml10_content()),
            Event::CData(words) if aside == 0 => text.push_str(&words.xml10_content()),
            Event::GeneralRef(of) if aside == 0 => text.push_str(&entity(&of)?),
            Event::End(of) if of.local_name().as_ref() == end => return Ok(text),
            Event::Eof => return Err(ReadError::Damaged("a text has no end".to_owned())),
            _ => {}
        }
    }
}

/// Which cell formats are dates.
fn date_styles(xml: &mut impl BufRead) -> Result<BTreeSet<usize>, ReadError> {
    let mut reader = Reader::from_reader(xml);
    let (mut buffer, mut own, mut dates) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let (mut within, mut at) = (false, 0);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(of) | Event::Empty(of) => match of.local_name().as_ref() {
                "numFmt" => {
                    let number = attribute(&of, "numFmtId")?.and_then(|text| text.parse::<u32>().ok());
                    if let (Some(number), Some(code)) = (number, attribute(&of, "formatCode")?)
                        && is_date_format(&code)
                    {
                        own.insert(number);
                    }
                }
                "cellXfs" => (within, at) = (true, 0),
                "xf" if within => {
                    let number = attribute(&of, "numFmtId")?.and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
                    if is_builtin_date(number) || own.contains(&number) {
                        dates.insert(at);
                    }
                    at += 1;
                }
                _ => {}
            },
            Event::End(of) if of.local_name().as_ref() == "cellXfs" => within = false,
            Event::Eof => return Ok(dates),
            _ => {}
        }
    }
}

/// Numbers of formats that are dates or times in every program (ECMA-376 part 1, 18.8.30), those of Chinese and Japanese included.
pub(super) fn is_builtin_date(number: u32) -> bool {
    matches!(number, 14..=22 | 27..=36 | 45..=47 | 50..=58)
}

/// Whether a format's code writes a date: it has a letter of one outside quotes, brackets and escapes.
pub(super) fn is_date_format(code: &str) -> bool {
    let mut characters = code.chars();
    let (mut quoted, mut bracket) = (false, false);
    while let Some(character) = characters.next() {
        match character {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '\\' | '_' | '*' => drop(characters.next()),
            '[' => bracket = true,
            ']' => bracket = false,
            _ if bracket => {}
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => return true,
            _ => {}
        }
    }
    false
}

/// The rows of a sheet.
fn rows(xml: &mut impl BufRead, book: &Book, meter: &mut Meter) -> Result<Vec<Row>, ReadError> {
    let mut reader = Reader::from_reader(xml);
    let (mut buffer, mut rows) = (Vec::new(), Vec::new());
    let (mut number, mut column, mut cells) = (0_u32, 0_u32, BTreeMap::new());
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(of) if of.local_name().as_ref() == "row" => {
                let stated = attribute(&of, "r")?.and_then(|text| text.parse().ok());
                number = stated.unwrap_or_else(|| number.saturating_add(1));
                column = 0;
            }
            Event::End(of) if of.local_name().as_ref() == "row" => {
                meter.row(&mut rows, number, std::mem::take(&mut cells))?;
            }
            Event::Start(of) if of.local_name().as_ref() == "c" => {
                column = attribute(&of, "r")?.as_deref().and_then(column_of).unwrap_or(column);
                let style = attribute(&of, "s")?.and_then(|text| text.parse().ok());
                let kind = attribute(&of, "t")?.unwrap_or_default();
                let text = value(&mut reader)?;
                if let Some(value) = text.and_then(|text| book.raw(&kind, style, text)) {
                    meter.put(&mut cells, column, value)?;
                }
                column = column.saturating_add(1);
            }
            Event::Empty(of) if of.local_name().as_ref() == "c" => {
                column = attribute(&of, "r")?.as_deref().and_then(column_of).unwrap_or(column).saturating_add(1);
            }
            Event::End(of) if of.local_name().as_ref() == "sheetData" => break,
            Event::Eof => break,
            _ => {}
        }
    }
    rows.sort_by_key(|row: &Row| row.number);
    Ok(rows)
}

/// The text of a cell: its `v`, or its `is`; a formula's own text is passed over.
fn value(reader: &mut Reader<impl BufRead>) -> Result<Option<String>, ReadError> {
    let (mut buffer, mut found) = (Vec::new(), None);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(of) if of.local_name().as_ref() == "v" => found = Some(words(reader, "v")?),
            Event::Start(of) if of.local_name().as_ref() == "is" => found = Some(words(reader, "is")?),
            Event::End(of) if of.local_name().as_ref() == "c" => return Ok(found),
            Event::Eof => return Err(ReadError::Damaged("a cell has no end".to_owned())),
            _ => {}
        }
    }
}

impl Book {
    fn raw(&self, kind: &str, style: Option<usize>, text: String) -> Option<Raw> {
        match kind {
            "s" => self.strings.get(text.trim().parse::<usize>().ok()?).cloned().map(Raw::Text),
            "b" => Some(Raw::Bool(text.trim() == "1" || text.trim().eq_ignore_ascii_case("true"))),
            "str" | "inlineStr" | "e" => Some(Raw::Text(text)),
            "d" => Some(text.trim().parse().map_or(Raw::Text(text), Raw::Date)),
            _ => match text.trim().parse::<f64>() {
                Ok(number) if style.is_some_and(|style| self.dates.contains(&style)) => {
                    Some(serial(number, self.from_1904).map_or(Raw::Number(number), Raw::Date))
                }
                Ok(number) if number.is_finite() => Some(Raw::Number(number)),
                _ => Some(Raw::Text(text)),
            },
        }
    }
}

/// The column of a cell's name: `AB12` is 27.
fn column_of(name: &str) -> Option<u32> {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic);
    let number =
        letters.take(4).fold(0_u32, |sum, letter| sum * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
    number.checked_sub(1)
}
