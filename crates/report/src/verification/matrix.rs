//! Every index of every structure: indices down, structures across.

use super::Index;
use super::judged::figure;
use crate::number::{NOTHING, value};
use crate::pdf::sheet::{Look, Sheet};
use crate::pdf::style::{MUTED, SMALL, WIDTH};
use crate::pdf::table::{Cell, Column, Table};

/// Structures side by side; more go into another block.
const ACROSS: usize = 8;

/// Draws the table; nothing when no structure has a value.
pub(crate) fn draw(sheet: &mut Sheet<'_, '_>, indices: &[Index]) {
    let mut structures: Vec<&str> = Vec::new();
    let mut names: Vec<(&str, &str)> = Vec::new();
    for index in indices {
        if index.value.is_finite() && !structures.contains(&index.structure.as_str()) {
            structures.push(&index.structure);
        }
        if !names.contains(&(index.name.as_str(), index.unit.as_str())) {
            names.push((&index.name, &index.unit));
        }
    }
    names.sort_by_key(|(name, _)| order(name));
    let mut absent = false;
    // blocks of about the same width: nine are five and four, not eight and one
    let blocks = structures.len().div_ceil(ACROSS).max(1);
    for (block, across) in structures.chunks(structures.len().div_ceil(blocks).max(1)).enumerate() {
        let mut columns = vec![Column::left(sheet.term("index.name"), 2.0)];
        columns.extend(across.iter().map(|name| Column::right(*name, 1.6)));
        // few structures stay near the names of the indices
        let width = WIDTH * ((2.0 + 1.6 * across.len() as f32) / (2.0 + 1.6 * ACROSS as f32)).max(0.4);
        let rows: Vec<Vec<Cell>> = names
            .iter()
            .filter_map(|&(name, unit)| {
                let of = |structure: &str| {
                    indices.iter().filter(|i| i.structure == structure && i.name == name && i.unit == unit).collect()
                };
                let found: Vec<Vec<&Index>> = across.iter().map(|structure| of(structure)).collect();
                if found.iter().all(Vec::is_empty) {
                    return None;
                }
                let title = if unit.is_empty() { name.to_owned() } else { format!("{name} ({unit})") };
                let mut row = vec![Cell::text(title).look(Look::new(SMALL, MUTED))];
                row.extend(found.into_iter().map(|same| {
                    absent |= !same.first().is_some_and(|index| index.value.is_finite());
                    let cell = Cell::text(same.first().map_or(NOTHING.to_owned(), |i| value(i.value, unit)));
                    match figure(same.iter().map(|i| i.judgement), SMALL) {
                        Some(look) => cell.look(look),
                        None => cell,
                    }
                }));
                Some(row)
            })
            .collect();
        if block == 0 {
            sheet.heading("index.all", 120.0);
        }
        let table = Table::new(columns, SMALL, width);
        let height = table.height(sheet, &rows);
        if height < 600.0 {
            sheet.need(height + SMALL * 3.0);
        }
        table.draw(sheet, &rows);
    }
    if absent {
        sheet.paragraph(sheet.term("index.absent"), Look::new(SMALL, MUTED));
    }
}

/// Doses to a share of the volume, doses to a volume, volumes, extremes, the rest; within each as the number falls or rises.
fn order(name: &str) -> (u8, i64) {
    let digits: String = name.chars().skip(1).take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let number = digits.parse::<f64>().map_or(0, |n| (n * 1000.0) as i64);
    let absolute = name.ends_with("cc");
    match (name.chars().next(), number > 0, absolute) {
        (Some('D'), true, false) => (0, -number),
        (Some('D'), true, true) => (1, -number),
        (Some('V'), true, false) => (2, number),
        (Some('V'), true, true) => (3, number),
        (Some('D'), false, _) => (4, 0),
        _ => (5, 0),
    }
}
