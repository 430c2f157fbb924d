//! The planned implant beside the real one.

use super::{Comparison, Displacement, SystemDose, Verification, plot};
use crate::number::{NOTHING, fixed, value};
use crate::pdf::page::Area;
use crate::pdf::sheet::{Look, Sheet};
use crate::pdf::style::{BODY, GAP, INK, MARGIN, MUTED, SMALL, WIDTH};
use crate::pdf::table::{Cell, Column, Table, draw_in_blocks};
use crate::terms::fill;

/// The plot is drawn lower than usual, down to this height in pt, where it then fits the page.
const LOWEST_PLOT: f32 = 180.0;
/// A table lower than this is not cut by the end of a page, pt.
const WHOLE_TABLE: f32 = 320.0;

/// Draws the section.
pub(crate) fn draw(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>, comparison: &Comparison<'_>) {
    sheet.heading("comparison.title", 120.0);
    let distances: Vec<f64> = comparison.displacements.iter().filter_map(distance).collect();
    let mean = distances.iter().sum::<f64>() / distances.len() as f64;
    let most = distances.iter().copied().fold(f64::NAN, f64::max);
    let text = fill(
        "comparison.sentence",
        sheet.language,
        &[
            ("planned", &comparison.planned.to_string()),
            ("implanted", &comparison.implanted.to_string()),
            ("paired", &distances.len().to_string()),
            ("mean", &value(mean, "mm")),
            ("max", &value(most, "mm")),
        ],
    );
    sheet.paragraph(&text, Look::new(BODY, INK));
    if !comparison.registration.is_empty() {
        let text = fill("comparison.registration", sheet.language, &[("how", &comparison.registration)]);
        sheet.paragraph(&text, Look::new(SMALL, MUTED));
    }
    sheet.skip(GAP);
    indices(sheet, comparison);
    if !comparison.planned_curves.is_empty() {
        sheet.need(LOWEST_PLOT);
        let height = sheet.room().clamp(LOWEST_PLOT, 240.0);
        let named = |name: &str| comparison.planned_curves.iter().any(|planned| planned.structure == name);
        let both: Vec<_> = report.curves.iter().filter(|curve| named(&curve.structure)).cloned().collect();
        let area = Area::new(MARGIN, sheet.y, WIDTH, height);
        plot::draw(sheet, area, &both, &comparison.planned_curves, report.prescription.value());
        sheet.y += height + GAP;
    }
    displacements(sheet, comparison);
}

fn indices(sheet: &mut Sheet<'_, '_>, comparison: &Comparison<'_>) {
    if comparison.indices.is_empty() {
        return;
    }
    let columns = vec![
        Column::left(sheet.term("index.structure"), 2.6),
        Column::left(sheet.term("index.name"), 1.6),
        Column::right(sheet.term("comparison.planned"), 1.4),
        Column::right(sheet.term("comparison.implanted"), 1.4),
        Column::right(sheet.term("comparison.difference"), 1.4),
        Column::left(sheet.term("comparison.unit"), 0.8),
    ];
    let mut before = None;
    let rows: Vec<Vec<Cell>> = comparison
        .indices
        .iter()
        .map(|index| {
            let name = if before == Some(&index.structure) { "" } else { index.structure.as_str() };
            before = Some(&index.structure);
            let text = signed(index.implanted - index.planned, &index.unit);
            vec![
                Cell::text(name),
                Cell::text(index.name.as_str()),
                Cell::text(value(index.planned, &index.unit)),
                Cell::text(value(index.implanted, &index.unit)),
                Cell::text(text),
                Cell::text(index.unit.as_str()).look(Look::new(BODY, MUTED)),
            ]
        })
        .collect();
    let mut table = Table::new(columns, BODY, WIDTH);
    table.grouped = true;
    let height = table.height(sheet, &rows);
    if height < WHOLE_TABLE {
        sheet.need(height);
    }
    table.draw(sheet, &rows);
}

/// A difference with its sign.
fn signed(difference: f64, unit: &str) -> String {
    let text = value(difference, unit);
    let zero = text.chars().all(|c| matches!(c, '0' | '.'));
    if difference.is_finite() && difference > 0.0 && !zero { format!("+{text}") } else { text }
}

/// Draws our dose beside the planning system's own.
pub(crate) fn draw_system(sheet: &mut Sheet<'_, '_>, system: &SystemDose) {
    sheet.heading("system.title", 90.0);
    let mut parts = Vec::new();
    if !system.name.trim().is_empty() {
        parts.push(fill("system.name", sheet.language, &[("name", system.name.trim())]));
    }
    if !system.remark.is_empty() {
        parts.push(system.remark.clone());
    }
    if !parts.is_empty() {
        sheet.paragraph(&parts.join(" "), Look::new(SMALL, MUTED));
    }
    let columns = vec![
        Column::left(sheet.term("index.structure"), 2.6),
        Column::left(sheet.term("index.name"), 1.6),
        Column::right(sheet.term("system.ours"), 1.4),
        Column::right(sheet.term("system.theirs"), 1.4),
        Column::right(sheet.term("comparison.difference"), 1.4),
        Column::left(sheet.term("comparison.unit"), 0.8),
    ];
    let mut before = None;
    let rows: Vec<Vec<Cell>> = system
        .indices
        .iter()
        .map(|index| {
            let name = if before == Some(&index.structure) { "" } else { index.structure.as_str() };
            before = Some(&index.structure);
            vec![
                Cell::text(name),
                Cell::text(index.name.as_str()),
                Cell::text(value(index.ours, &index.unit)),
                Cell::text(value(index.theirs, &index.unit)),
                Cell::text(signed(index.ours - index.theirs, &index.unit)),
                Cell::text(index.unit.as_str()).look(Look::new(BODY, MUTED)),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let mut table = Table::new(columns, BODY, WIDTH);
        table.grouped = true;
        table.draw(sheet, &rows);
    }
    if let Some(ratio) = &system.ratio {
        let [low, median, high] = ratio.percentiles.map(|r| fixed(r, 3));
        let places = [
            ("n", ratio.points.to_string()),
            ("mm", fixed(ratio.clear_mm, 0)),
            ("median", median),
            ("low", low),
            ("high", high),
        ];
        let places: Vec<(&str, &str)> = places.iter().map(|(name, text)| (*name, text.as_str())).collect();
        sheet.paragraph(&fill("system.ratio", sheet.language, &places), Look::new(BODY, INK));
    }
}

fn distance(displacement: &Displacement) -> Option<f64> {
    displacement.vector_mm.map(|v| v.iter().map(|c| c * c).sum::<f64>().sqrt()).filter(|d| d.is_finite())
}

/// Seed by seed, three to a row: sixty seeds take a third of a page.
fn displacements(sheet: &mut Sheet<'_, '_>, comparison: &Comparison<'_>) {
    if comparison.displacements.is_empty() {
        return;
    }
    let blocks = 3;
    sheet.heading("comparison.displacements", 150.0);
    sheet.paragraph(sheet.term("comparison.directions"), Look::new(SMALL, MUTED));
    let columns = [
        Column::right(sheet.term("comparison.plan_number"), 1.0),
        Column::right(sheet.term("comparison.implant_number"), 1.0),
        Column::right(sheet.term("comparison.vector"), 3.2),
        Column::right(sheet.term("comparison.distance"), 1.2),
    ];
    let number = |n: Option<usize>| Cell::text(n.map_or_else(|| NOTHING.to_owned(), |n| n.to_string()));
    let rows: Vec<Vec<Cell>> = comparison
        .displacements
        .iter()
        .map(|displacement| {
            let vector = displacement
                .vector_mm
                .map_or_else(|| NOTHING.to_owned(), |v| v.map(|c| fixed(c, 1)).join("\u{a0}/\u{a0}"));
            let length = distance(displacement).map_or_else(|| NOTHING.to_owned(), |d| value(d, "mm"));
            vec![number(displacement.planned), number(displacement.implanted), Cell::text(vector), Cell::text(length)]
        })
        .collect();
    draw_in_blocks(sheet, &columns, &rows, blocks, SMALL, 1);
}
