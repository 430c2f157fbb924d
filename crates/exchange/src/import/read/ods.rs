//! ODS (OpenDocument 1.3 part 3): rows and cells with their repetitions, which are counted before they are made.

use std::collections::BTreeMap;
use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::unzip::Parts;
use super::xml::{attribute, damaged, entity};
use super::{Meter, Raw, ReadError, Row, Sheet};

/// All sheets.
pub(super) fn sheets(parts: &mut Parts<'_>, meter: &mut Meter) -> Result<Vec<Sheet>, ReadError> {
    parts.with("content.xml", |xml| content(xml, meter))
}

fn content(xml: &mut impl BufRead, meter: &mut Meter) -> Result<Vec<Sheet>, ReadError> {
    let mut reader = Reader::from_reader(xml);
    let (mut buffer, mut sheets) = (Vec::new(), Vec::new());
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(of) if of.name().as_ref() == "table:table" => {
                if sheets.len() >= meter.limits.sheets {
                    return Err(ReadError::TooMany { most: meter.limits.sheets, what: "sheets" });
                }
                let name = attribute(&of, "table:name")?.unwrap_or_default();
                let rows = rows(&mut reader, meter)?;
                sheets.push(Sheet { name, rows });
            }
            Event::Eof => return Ok(sheets),
            _ => {}
        }
    }
}

fn repeats(of: &BytesStart<'_>, name: &str) -> Result<u32, ReadError> {
    Ok(attribute(of, name)?.and_then(|text| text.parse().ok()).unwrap_or(1))
}

fn rows(reader: &mut Reader<impl BufRead>, meter: &mut Meter) -> Result<Vec<Row>, ReadError> {
    let (mut buffer, mut rows) = (Vec::new(), Vec::new());
    let mut number = 0_u32;
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(of) if of.name().as_ref() == "table:table-row" => {
                let times = repeats(&of, "table:number-rows-repeated")?;
                let cells = cells(reader, meter)?;
                if cells.is_empty() {
                    // a sheet ends with a million empty rows
                    number = number.saturating_add(times);
                    continue;
                }
                for _ in 0..times {
                    number = number.saturating_add(1);
                    let mut copy = BTreeMap::new();
                    for (column, value) in &cells {
                        meter.put(&mut copy, *column, value.clone())?;
                    }
                    meter.row(&mut rows, number, copy)?;
                }
            }
            Event::Empty(of) if of.name().as_ref() == "table:table-row" => {
                number = number.saturating_add(repeats(&of, "table:number-rows-repeated")?);
            }
            Event::End(of) if of.name().as_ref() == "table:table" => return Ok(rows),
            Event::Eof => return Err(ReadError::Damaged("a sheet has no end".to_owned())),
            _ => {}
        }
    }
}

fn cells(reader: &mut Reader<impl BufRead>, meter: &Meter) -> Result<BTreeMap<u32, Raw>, ReadError> {
    let (mut buffer, mut cells, mut column) = (Vec::new(), BTreeMap::new(), 0_u32);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(of) if is_cell(&of) => {
                let times = repeats(&of, "table:number-columns-repeated")?;
                let (kind, stated) = stated(&of)?;
                let end = of.name().as_ref().to_owned();
                let text = words(reader, &end)?;
                if let Some(value) = raw(&kind, stated, text) {
                    for at in 0..times {
                        let at = column.saturating_add(at);
                        if at >= meter.limits.columns {
                            return Err(ReadError::TooMany { most: meter.limits.columns as usize, what: "columns" });
                        }
                        cells.insert(at, value.clone());
                    }
                }
                column = column.saturating_add(times);
            }
            Event::Empty(of) if is_cell(&of) => {
                let times = repeats(&of, "table:number-columns-repeated")?;
                let (kind, stated) = stated(&of)?;
                if let Some(value) = raw(&kind, stated, String::new()).filter(|_| column < meter.limits.columns) {
                    cells.insert(column, value);
                }
                column = column.saturating_add(times);
            }
            Event::End(of) if of.name().as_ref() == "table:table-row" => return Ok(cells),
            Event::Eof => return Err(ReadError::Damaged("a row has no end".to_owned())),
            _ => {}
        }
    }
}

fn is_cell(of: &BytesStart<'_>) -> bool {
    matches!(of.name().as_ref(), "table:table-cell" | "table:covered-table-cell")
}

/// The type of a cell, and its value as the attribute of that type has it.
fn stated(of: &BytesStart<'_>) -> Result<(String, Option<String>), ReadError> {
    let kind = attribute(of, "office:value-type")?.unwrap_or_default();
    let name = match kind.as_str() {
        "float" | "percentage" | "currency" => "office:value",
        "date" => "office:date-value",
        "boolean" => "office:boolean-value",
        _ => "office:string-value",
    };
    let value = attribute(of, name)?;
    Ok((kind, value))
}

fn raw(kind: &str, stated: Option<String>, text: String) -> Option<Raw> {
    let words = |text: String| if text.is_empty() { None } else { Some(Raw::Text(text)) };
    match (kind, stated) {
        ("float" | "percentage" | "currency", Some(value)) => match value.parse::<f64>() {
            Ok(number) if number.is_finite() => Some(Raw::Number(number)),
            _ => words(text),
        },
        ("date", Some(value)) => {
            let at = value.parse().or_else(|_| value.parse::<jiff::civil::Date>().map(|day| day.at(0, 0, 0, 0)));
            at.map_or_else(|_| words(value), |at| Some(Raw::Date(at)))
        }
        ("boolean", Some(value)) => Some(Raw::Bool(value == "true")),
        (_, Some(value)) if text.is_empty() => words(value),
        _ => words(text),
    }
}

/// The paragraphs of a cell; notes to it are passed over.
fn words(reader: &mut Reader<impl BufRead>, end: &str) -> Result<String, ReadError> {
    let (mut buffer, mut text, mut aside, mut paragraphs) = (Vec::new(), String::new(), 0_usize, 0_usize);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(of) if of.name().as_ref() == "office:annotation" => aside += 1,
            Event::End(of) if of.name().as_ref() == "office:annotation" => aside = aside.saturating_sub(1),
            Event::Start(of) if aside == 0 && of.name().as_ref() == "text:p" => {
                if paragraphs > 0 {
                    text.push('\n');
                }
                paragraphs += 1;
            }
            Event::Empty(of) if aside == 0 => match of.name().as_ref() {
                "text:s" => text.push(' '),
                "text:tab" => text.push('\t'),
                "text:line-break" => text.push('\n'),
                _ => {}
            },
            Event::Text(words) if aside == 0 && paragraphs > 0 => text.push_str(&words.xml10_content()),
            Event::GeneralRef(of) if aside == 0 && paragraphs > 0 => text.push_str(&entity(&of)?),
            Event::End(of) if aside == 0 && of.name().as_ref() == end => return Ok(text),
            Event::Eof => return Err(ReadError::Damaged("a cell has no end".to_owned())),
            _ => {}
        }
    }
}
