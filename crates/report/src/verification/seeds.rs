//! The list of seeds.

use super::{Origin, Verification};
use crate::number::{NOTHING, fixed, with_unit};
use crate::pdf::sheet::{Look, Sheet};
use crate::pdf::style::{INK, MUTED, SMALL, WIDTH};
use crate::pdf::table::{Cell, Column, Table, draw_in_blocks};
use crate::terms::fill;

/// Draws the section.
pub(crate) fn draw(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    // the heading stays with its notes and the first ten rows
    sheet.heading("seeds.title", 60.0 + 15.0 * report.implant.groups.len().min(6) as f32 + 12.0 * (SMALL * 1.5 + 2.0));
    groups(sheet, report);
    sheet.paragraph(sheet.term("seeds.coordinates"), Look::new(SMALL, MUTED));
    let mixed = report.implant.groups.len() > 1;
    let noted = report.seeds.iter().any(|seed| !seed.note.is_empty());
    let by_hand = report.seeds.iter().any(|seed| matches!(seed.origin, Origin::Added | Origin::Moved));
    let mut columns = vec![
        Column::right(sheet.term("seeds.number"), 0.8),
        Column::right("x (mm)", 1.1),
        Column::right("y (mm)", 1.1),
        Column::right("z (mm)", 1.1),
    ];
    // a plan often knows neither
    let directed = report.seeds.iter().any(|seed| seed.axis.is_some());
    let found = report.seeds.iter().any(|seed| seed.confidence.is_some());
    if directed {
        for axis in ["x", "y", "z"] {
            columns.push(Column::right(fill("seeds.direction", sheet.language, &[("axis", axis)]), 0.9));
        }
    }
    if found {
        columns.push(Column::right(sheet.term("seeds.confidence"), 1.1));
    }
    if by_hand {
        columns.push(Column::left(sheet.term("seeds.origin"), 1.8));
    }
    if mixed {
        columns.push(Column::left(sheet.term("seeds.model"), 1.8));
    }
    if noted {
        columns.push(Column::left(sheet.term("seeds.note"), 4.2));
    }
    let rows: Vec<Vec<Cell>> = report
        .seeds
        .iter()
        .map(|seed| {
            let axis = seed.axis.filter(|axis| axis.iter().all(|v| v.is_finite()));
            let mut row = vec![Cell::text(seed.number.to_string())];
            row.extend(seed.centre.map(|mm| Cell::text(fixed(mm, 1))));
            let axis =
                axis.map_or_else(|| [NOTHING, NOTHING, NOTHING].map(str::to_owned), |axis| axis.map(|v| fixed(v, 2)));
            let confidence = Cell::text(seed.confidence.map_or_else(|| NOTHING.to_owned(), |c| fixed(c, 2)));
            row.extend(axis.map(Cell::text).into_iter().filter(|_| directed));
            row.extend(found.then_some(confidence));
            row.extend(by_hand.then(|| {
                let cell = Cell::text(sheet.term(origin(seed.origin)));
                let edited = matches!(seed.origin, Origin::Added | Origin::Moved);
                if edited { cell.look(Look::strong(SMALL, INK)) } else { cell.look(Look::new(SMALL, MUTED)) }
            }));
            if mixed {
                let model = report.implant.groups.get(seed.group).map_or(NOTHING, |group| group.model.as_str());
                row.push(Cell::text(model));
            }
            if noted {
                row.push(Cell::text(seed.note.as_str()));
            }
            row
        })
        .collect();
    if rows.is_empty() {
        sheet.paragraph(sheet.term("seeds.none"), Look::new(SMALL, MUTED));
    } else {
        let wide = noted || mixed || (by_hand && directed);
        let blocks = match (wide, directed || found || by_hand) {
            (true, _) => 1,
            (false, true) => 2,
            (false, false) => 4,
        };
        draw_in_blocks(sheet, &columns, &rows, blocks, SMALL, 2);
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Plan => "origin.plan",
        Origin::Found => "origin.found",
        Origin::Added => "origin.added",
        Origin::Moved => "origin.moved",
    }
}

fn groups(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    if report.implant.groups.is_empty() {
        return;
    }
    let columns = vec![
        Column::left(sheet.term("seeds.model"), 2.0),
        Column::left(sheet.term("seeds.nuclide"), 1.0),
        Column::right(sheet.term("seeds.half_life"), 1.2),
        Column::right(sheet.term("seeds.strength"), 1.4),
        Column::left(sheet.term("seeds.reference"), 2.2),
        Column::right(sheet.term("seeds.count"), 0.8),
        Column::right(sheet.term("seeds.total"), 1.4),
        Column::right(sheet.term("seeds.size"), 1.6),
    ];
    let rows: Vec<Vec<Cell>> = report
        .implant
        .groups
        .iter()
        .map(|group| {
            let size = format!("{} × {}", fixed(group.length_mm, 1), fixed(group.diameter_mm, 1));
            vec![
                Cell::text(group.model.as_str()),
                Cell::text(group.nuclide.as_str()),
                Cell::text(group.half_life.as_str()),
                Cell::text(with_unit(group.strength.value(), None, "U")),
                Cell::text(if group.strength_date.is_empty() { NOTHING } else { group.strength_date.as_str() }),
                Cell::text(group.count.to_string()),
                Cell::text(with_unit(group.strength.value() * group.count as f64, None, "U")),
                Cell::text(size),
            ]
        })
        .collect();
    Table::new(columns, SMALL, WIDTH).draw(sheet, &rows);
}
