//! The DVH, what was read from it, every index with its criterion, and the indices of all structures side by side.

use super::judged::{figure, judgement_key};
use super::{Index, Judgement, Verification, matrix, plot};
use crate::number::{value, with_unit};
use crate::pdf::marks::Mark;
use crate::pdf::page::Area;
use crate::pdf::sheet::{Look, Sheet};
use crate::pdf::style::{BODY, GAP, INK, MARGIN, MUTED, SMALL, WIDTH, on_paper};
use crate::pdf::table::{Cell, Column, Table};

/// Columns of the index table; `full` adds the source of each criterion.
pub(crate) fn index_columns(sheet: &Sheet<'_, '_>, full: bool) -> Vec<Column> {
    // the sources take the room that they can get: each line more is a line less on the page
    let [structure, name, figure, limit, judgement] =
        if full { [1.8, 1.0, 1.5, 1.5, 2.3] } else { [2.2, 1.1, 1.7, 1.6, 2.1] };
    let mut columns = vec![
        Column::left(sheet.term("index.structure"), structure),
        Column::left(sheet.term("index.name"), name),
        Column::right(sheet.term("index.value"), figure),
        Column::right(sheet.term("index.limit"), limit),
        Column::left(sheet.term("index.judgement"), judgement),
    ];
    columns.push(if full {
        Column::left(sheet.term("index.source"), 6.0)
    } else {
        Column::left(sheet.term("index.remark"), 2.6)
    });
    columns
}

/// Rows of the first `count` indices; a structure's name stands at its first index only, an index and its value at the
/// first of its limits.
pub(crate) fn index_rows(sheet: &Sheet<'_, '_>, indices: &[&Index], count: usize, full: bool) -> Vec<Vec<Cell>> {
    let mut before: Option<&Index> = None;
    indices
        .iter()
        .take(count)
        .map(|index| {
            let same = before.filter(|before| before.structure == index.structure);
            let repeated = same.is_some_and(|before| before.name == index.name && before.unit == index.unit);
            before = Some(index);
            let name = if same.is_some() { "" } else { index.structure.as_str() };
            let alike = |other: &&&Index| {
                other.structure == index.structure && other.name == index.name && other.unit == index.unit
            };
            // the figure stands once for all its limits and bears the colour of the worst
            let size = if full { SMALL + 0.5 } else { BODY };
            let look = figure(indices.iter().filter(alike).map(|other| other.judgement), size);
            index_row(sheet, index, name, (repeated, look.unwrap_or(Look::strong(size, INK))), full)
        })
        .collect()
}

fn index_row(
    sheet: &Sheet<'_, '_>,
    index: &Index,
    structure: &str,
    (repeated, figure): (bool, Look),
    full: bool,
) -> Vec<Cell> {
    let size = if full { SMALL + 0.5 } else { BODY };
    let mark = Mark::from(index.judgement);
    let judged = Look::new(size, mark.colour());
    let remark = match (full, index.reason.is_empty(), index.source.is_empty()) {
        (true, false, false) => format!("{} · {}", index.reason, index.source),
        (true, true, _) => index.source.clone(),
        _ => index.reason.clone(),
    };
    vec![
        Cell::text(structure),
        Cell::text(if repeated { "" } else { index.name.as_str() }),
        Cell::text(if repeated { String::new() } else { with_unit(index.value, index.uncertainty, &index.unit) })
            .look(figure),
        Cell::text(index.limit.as_str()).look(Look::new(size, MUTED)),
        Cell::text(sheet.term(judgement_key(index.judgement))).look(judged).mark(mark),
        Cell::text(remark).look(Look::new(SMALL, MUTED)),
    ]
}

/// A plot of this height on the first page needs no larger twin, pt.
const LARGE_ENOUGH: f32 = 230.0;

/// Draws the section; `shown` is the height of the plot on the first page.
pub(crate) fn draw(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>, shown: f32) {
    if shown < LARGE_ENOUGH {
        let height = 300.0;
        sheet.heading("dvh.title", height);
        let area = Area::new(MARGIN, sheet.y, WIDTH, height);
        plot::draw(sheet, area, &report.curves, &[], report.prescription.value());
        sheet.y += height + GAP;
    } else if !report.curves.is_empty() {
        sheet.heading("dvh.numbers", 60.0);
    }

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
        sheet.paragraph(sheet.term("dvh.max_note"), Look::new(SMALL, MUTED));
    }

    let judged: Vec<&Index> = report.indices.iter().filter(|index| index.judgement != Judgement::NotJudged).collect();
    if !judged.is_empty() {
        sheet.heading("index.title", 80.0);
        let mut table = Table::new(index_columns(sheet, true), SMALL + 0.5, WIDTH);
        table.grouped = true;
        let rows = index_rows(sheet, &judged, judged.len(), true);
        table.draw(sheet, &rows);
    }
    matrix::draw(sheet, &report.indices);
}
