//! The DVH, what was read from it, and every index with its criterion.

use super::judged::judgement_key;
use super::{Index, Judgement, Verification, plot};
use crate::number::{value, with_unit};
use crate::pdf::marks::Mark;
use crate::pdf::page::Area;
use crate::pdf::sheet::{Look, Sheet};
use crate::pdf::style::{BODY, GAP, INK, MARGIN, MUTED, SMALL, WIDTH, on_paper};
use crate::pdf::table::{Cell, Column, Table};

/// Columns of the index table; `full` adds the source of each criterion.
pub(crate) fn index_columns(sheet: &Sheet<'_, '_>, full: bool) -> Vec<Column> {
    let mut columns = vec![
        Column::left(sheet.term("index.structure"), 2.2),
        Column::left(sheet.term("index.name"), 1.3),
        Column::right(sheet.term("index.value"), 1.9),
        Column::right(sheet.term("index.limit"), 1.5),
        Column::left(sheet.term("index.judgement"), 1.5),
    ];
    columns.push(if full {
        Column::left(sheet.term("index.source"), 3.4)
    } else {
        Column::left(sheet.term("index.remark"), 2.6)
    });
    columns
}

/// Rows of the first `count` indices; a structure's name stands at its first index only.
pub(crate) fn index_rows(sheet: &Sheet<'_, '_>, indices: &[&Index], count: usize, full: bool) -> Vec<Vec<Cell>> {
    let mut before = None;
    indices
        .iter()
        .take(count)
        .map(|index| {
            let name = if before == Some(&index.structure) { "" } else { index.structure.as_str() };
            before = Some(&index.structure);
            index_row(sheet, index, name, full)
        })
        .collect()
}

fn index_row(sheet: &Sheet<'_, '_>, index: &Index, structure: &str, full: bool) -> Vec<Cell> {
    let size = if full { SMALL + 0.5 } else { BODY };
    let mark = Mark::from(index.judgement);
    let failed = index.judgement == Judgement::NotMet;
    let figure = if failed { Look::strong(size, mark.colour()) } else { Look::strong(size, INK) };
    let judged = Look::new(size, mark.colour());
    let remark = match (full, index.reason.is_empty(), index.source.is_empty()) {
        (true, false, false) => format!("{}\n{}", index.source, index.reason),
        (true, true, _) => index.source.clone(),
        _ => index.reason.clone(),
    };
    vec![
        Cell::text(structure),
        Cell::text(index.name.as_str()),
        Cell::text(with_unit(index.value, index.uncertainty, &index.unit)).look(figure),
        Cell::text(index.limit.as_str()).look(Look::new(size, MUTED)),
        Cell::text(sheet.term(judgement_key(index.judgement))).look(judged).mark(mark),
        Cell::text(remark).look(Look::new(SMALL, MUTED)),
    ]
}

/// Draws the section.
pub(crate) fn draw(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    let height = 300.0;
    sheet.heading("dvh.title", height);
    let area = Area::new(MARGIN, sheet.y, WIDTH, height);
    plot::draw(sheet, area, &report.curves, &[], report.prescription.value());
    sheet.y += height + GAP;

    let columns = vec![
        Column::left(sheet.term("index.structure"), 3.4),
        Column::right(sheet.term("dvh.volume"), 1.6),
        Column::right(sheet.term("dvh.min"), 1.4),
        Column::right(sheet.term("dvh.mean"), 1.4),
        Column::right(sheet.term("dvh.max"), 1.4),
    ];
    let rows: Vec<Vec<Cell>> = plot::ordered(&report.curves)
        .into_iter()
        .map(|(curve, _)| {
            let doses = curve.min_mean_max_gy.map(|gy| Cell::text(value(gy, "Gy")));
            let mut row = vec![
                Cell::text(curve.structure.as_str()).swatch(on_paper(curve.colour)),
                Cell::text(value(curve.volume_cm3, "cm³")),
            ];
            row.extend(doses);
            row
        })
        .collect();
    if !rows.is_empty() {
        Table::new(columns, BODY, WIDTH).draw(sheet, &rows);
    }

    if !report.indices.is_empty() {
        sheet.heading("index.title", 80.0);
        let mut table = Table::new(index_columns(sheet, true), SMALL + 0.5, WIDTH);
        table.grouped = true;
        let all: Vec<&Index> = report.indices.iter().collect();
        let rows = index_rows(sheet, &all, all.len(), true);
        table.draw(sheet, &rows);
    }
}
