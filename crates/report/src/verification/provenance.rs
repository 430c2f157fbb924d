//! How the result came about, what it was made from, and who answers for it.

use super::Verification;
use crate::number::{NOTHING, short_hash};
use crate::pdf::page::{Area, Pen};
use crate::pdf::sheet::{Align, Look, Sheet};
use crate::pdf::style::{BODY, GAP, INK, MARGIN, MUTED, RULE, SMALL, TINY, WIDTH};
use crate::pdf::table::{Cell, Column, Table, draw_in_blocks};
use crate::terms::fill;

/// Most input files listed; all are in the machine-readable result.
const MOST_INPUTS: usize = 240;
/// Characters of each input's hash that are printed.
const HASH: usize = 16;

/// Draws methods, data versions and inputs.
pub(crate) fn draw(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    if !report.methods.is_empty() {
        sheet.heading("methods.title", 80.0);
        let columns = vec![
            Column::left(sheet.term("methods.step"), 1.5),
            Column::left(sheet.term("methods.description"), 6.2),
            Column::left(sheet.term("methods.version"), 1.0),
        ];
        let rows: Vec<Vec<Cell>> = report
            .methods
            .iter()
            .map(|method| {
                vec![
                    Cell::text(method.step.as_str()),
                    Cell::text(method.description.as_str()),
                    Cell::text(method.version.as_str()).look(Look::new(SMALL, MUTED)),
                ]
            })
            .collect();
        Table::new(columns, SMALL + 0.5, WIDTH).draw(sheet, &rows);
    }
    if !report.data.is_empty() {
        sheet.heading("data.title", 60.0);
        let mut columns =
            vec![Column::left(sheet.term("data.file"), 3.4), Column::left(sheet.term("data.version"), 2.0)];
        // data that are compiled in have a version and no file of their own
        let hashed = report.data.iter().any(|file| !file.sha256.is_empty());
        columns.extend(hashed.then(|| Column::left("SHA-256", 3.0)));
        let width = if hashed { WIDTH } else { WIDTH * 0.6 };
        let rows: Vec<Vec<Cell>> = report
            .data
            .iter()
            .map(|file| {
                let hash = Cell::text(short_hash(&file.sha256, 32)).look(Look::new(TINY, MUTED));
                let row = [Cell::text(file.name.as_str()), Cell::text(file.version.as_str())];
                row.into_iter().chain(hashed.then_some(hash)).collect()
            })
            .collect();
        Table::new(columns, SMALL, width).draw(sheet, &rows);
    }
    inputs(sheet, report);
}

/// Three files to a row.
fn inputs(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    if report.inputs.is_empty() {
        return;
    }
    sheet.heading("inputs.title", 60.0);
    let shown = report.inputs.len().min(MOST_INPUTS);
    // one list has room for the names of many files in a row
    let (kind, file, digest) = if shown <= 12 { (1.0, 3.6, 1.5) } else { (1.2, 2.2, 2.7) };
    let columns = [
        Column::left(sheet.term("inputs.kind"), kind),
        Column::left(sheet.term("inputs.file"), file),
        Column::left("SHA-256", digest),
    ];
    let dim = Look::new(if shown <= 12 { TINY } else { TINY - 0.5 }, MUTED);
    let rows: Vec<Vec<Cell>> = report
        .inputs
        .iter()
        .take(shown)
        .map(|file| {
            let hash = Cell::text(short_hash(&file.sha256, HASH)).look(dim);
            let path = match file.count {
                0 | 1 => file.path.clone(),
                many => format!("{} {}", file.path, fill("inputs.count", sheet.language, &[("n", &many.to_string())])),
            };
            vec![Cell::text(file.kind.as_str()), Cell::text(path), hash]
        })
        .collect();
    // a dozen rows and fewer read best as one list
    let blocks = if shown <= 12 { 1 } else { 3 };
    draw_in_blocks(sheet, &columns, &rows, blocks, if blocks == 1 { SMALL } else { TINY }, 2);
    let mut note = fill("inputs.note", sheet.language, &[("n", &HASH.to_string())]);
    if report.inputs.iter().any(|file| file.count > 1) {
        note = format!("{note} {}", sheet.term("inputs.combined"));
    }
    if shown < report.inputs.len() {
        let left = (report.inputs.len() - shown).to_string();
        note = format!("{note} {}", fill("inputs.more", sheet.language, &[("n", &left)]));
    }
    sheet.paragraph(&note, Look::new(SMALL, MUTED));
}

/// Draws the lines to sign on, with what is signed.
pub(crate) fn signatures(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    let look = Look::new(SMALL, MUTED);
    sheet.heading("sign.title", 150.0);
    let statement = fill(
        "sign.statement",
        sheet.language,
        &[("hash", &short_hash(&report.result_hash, 64)), ("ledger", &report.ledger_head)],
    );
    let statement = if report.ledger_head.is_empty() {
        fill("sign.statement_no_ledger", sheet.language, &[("hash", &short_hash(&report.result_hash, 64))])
    } else {
        statement
    };
    sheet.paragraph(&statement, look);
    sheet.skip(GAP);
    let width = (WIDTH - GAP * 2.0) / 2.0;
    let height = 98.0;
    sheet.need(height);
    let y = sheet.y;
    for (column, key) in ["sign.physicist", "sign.physician"].into_iter().enumerate() {
        let x = MARGIN + column as f32 * (width + GAP * 2.0);
        sheet.page().frame(Area::new(x, y, width, height), Pen::new(RULE, 0.6));
        let role = Look::strong(BODY, INK);
        sheet.text([x + GAP * 1.5, y + GAP * 0.8 + role.drop()], Align::Left, sheet.term(key), role);
        for (line, key) in ["sign.name", "sign.signature", "sign.date"].into_iter().enumerate() {
            let base = y + 40.0 + line as f32 * 23.0;
            sheet.text([x + GAP * 1.5, base], Align::Left, sheet.term(key), look);
            let from = x + 62.0;
            sheet.page().line([from, base + 3.0], [x + width - GAP * 1.5, base + 3.0], Pen::new(MUTED, 0.5));
        }
    }
    sheet.y = y + height + GAP;
    let made = report.generated.to_string();
    let text = fill("sign.made", sheet.language, &[("when", &made), ("software", or_none(&report.software))]);
    sheet.paragraph(&text, look);
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { NOTHING } else { text }
}
