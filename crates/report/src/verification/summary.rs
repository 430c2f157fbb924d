//! The first page: what a physician must see, in the order in which it matters.

use super::indices::{index_columns, index_rows};
use super::judged::{outcome_key, severity};
use super::{SeedSource, Severity, Verification, plot};
use crate::Language;
use crate::number::{NOTHING, fixed, with_unit};
use crate::pdf::marks::{Mark, draw_mark};
use crate::pdf::page::{Area, Pen};
use crate::pdf::sheet::{Align, Look, Sheet};
use crate::pdf::style::{AMBER, BODY, Colour, FAINT, GAP, INK, LEAD, MARGIN, MUTED, RED, RULE, SMALL, TITLE, WIDTH};
use crate::pdf::table::Table;
use crate::terms::fill;

/// Warnings shown on the first page, notes never; all follow in the list of warnings.
const WARNINGS: usize = 5;
/// Lines of each.
const WARNING_LINES: usize = 2;
/// Room for the mark of a warning, pt.
const WARNING_INDENT: f32 = 16.0;
/// Indices shown on the first page.
const KEY_INDICES: usize = 14;
/// The DVH plot is never lower than this, pt.
const PLOT: f32 = 165.0;

/// Draws the first page; gives the height of its plot, pt.
pub(crate) fn draw(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) -> f32 {
    title(sheet, report);
    band(sheet, report);
    verdict(sheet, report);
    first_warnings(sheet, report);

    let keys: Vec<_> = report.indices.iter().filter(|index| index.key).collect();
    let chosen: Vec<_> = if keys.is_empty() { report.indices.iter().collect() } else { keys };
    let mut table = Table::new(index_columns(sheet, false), BODY, WIDTH);
    table.grouped = true;
    table.most_lines = 2;
    let mut count = chosen.len().min(KEY_INDICES);
    // the plot keeps its place: what does not fit is in the full table
    let room = sheet.room() - PLOT - GAP * 4.0;
    while count > 4 && table.height(sheet, &index_rows(sheet, &chosen, count, false)) > room {
        count -= 1;
    }
    if count > 0 {
        let rows = index_rows(sheet, &chosen, count, false);
        table.draw(sheet, &rows);
    }
    if count < report.indices.len() {
        sheet.y -= GAP * 0.5;
        let look = Look::new(SMALL, MUTED);
        let text = fill("summary.more_indices", sheet.language, &[("n", &(report.indices.len() - count).to_string())]);
        sheet.paragraph(&text, look);
    }
    sheet.skip(GAP);
    sheet.need(PLOT);
    let height = sheet.room().clamp(PLOT, 400.0);
    let area = Area::new(MARGIN, sheet.y, WIDTH, height);
    plot::draw(sheet, area, &report.curves, &[], report.prescription.value());
    sheet.y += height;
    height
}

fn title(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    let look = Look::strong(TITLE, INK);
    let y = sheet.y - 8.0;
    let width = sheet.text([MARGIN, y + look.drop()], Align::Left, sheet.term("report.title"), look);
    let small = Look::new(BODY, MUTED);
    let room = WIDTH - width - GAP * 3.0;
    let lines = sheet.wrap(&report.institution, room, small, 2);
    let count = lines.len() as f32;
    let top = y + look.leading() - count * small.leading() - 3.0;
    sheet.lines(MARGIN + WIDTH, top, Align::Right, lines, small);
    sheet.y = y + look.leading() + 2.0;
}

/// Patient and implant: labels above values, four to a row.
fn band(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    let implant = &report.implant;
    let or_none = |text: &str| if text.trim().is_empty() { NOTHING.to_owned() } else { text.to_owned() };
    let seeds = {
        let mut text = fill("summary.seed_count", sheet.language, &[("n", &report.seeds.len().to_string())]);
        if let Some(expected) = implant.expected_count.filter(|&n| n != report.seeds.len()) {
            text.push_str(space(sheet.language));
            text.push_str(&fill("summary.expected", sheet.language, &[("n", &expected.to_string())]));
        }
        text
    };
    let models: Vec<String> =
        implant.groups.iter().map(|g| format!("{} {}", g.nuclide, g.model).trim().to_owned()).collect();
    let strengths: Vec<String> = implant
        .groups
        .iter()
        .map(|g| {
            let strength = with_unit(g.strength.value(), None, "U");
            if g.strength_date.is_empty() { strength } else { format!("{strength} ({})", g.strength_date) }
        })
        .collect();
    let source = match implant.seeds_from {
        SeedSource::Plan => "seeds.from_plan",
        SeedSource::Found => "seeds.from_ct",
        SeedSource::Edited => "seeds.edited",
        SeedSource::EditedPlan => "seeds.edited_plan",
        SeedSource::Given => "seeds.given",
    };
    let scan = match report.study.days_after_implant.filter(|d| d.is_finite()) {
        Some(days) => {
            let after = fill("summary.days_after", sheet.language, &[("n", &fixed(days, 0))]);
            format!("{}{}{after}", or_none(&report.study.date), space(sheet.language))
        }
        None => or_none(&report.study.date),
    };
    let person = [report.patient.sex.as_str(), report.patient.birth.as_str()];
    let person: Vec<&str> = person.into_iter().filter(|text| !text.trim().is_empty()).collect();
    let formalism: Vec<&str> =
        [implant.formalism.as_str(), implant.dose_kind.as_str()].into_iter().filter(|t| !t.is_empty()).collect();
    let formalism = formalism.join(" · ");
    let cells: [(&str, String, bool); 12] = [
        ("patient.name", or_none(&report.patient.name), true),
        ("patient.id", or_none(&report.patient.id), true),
        ("patient.sex_birth", or_none(&person.join(" · ")), false),
        ("study.scan_date", scan, false),
        ("implant.site", or_none(&implant.site), false),
        ("implant.prescription", with_unit(report.prescription.value(), None, "Gy"), true),
        ("implant.seeds", seeds, true),
        ("implant.date", or_none(&implant.date), false),
        ("implant.model", or_none(&models.join("; ")), false),
        ("implant.strength", or_none(&strengths.join("; ")), false),
        ("implant.positions", sheet.term(source).to_owned(), false),
        ("implant.formalism", or_none(&formalism), false),
    ];
    let label = Look::new(SMALL, MUTED);
    let width = (WIDTH - GAP * 5.0) / 4.0;
    let mut rows = Vec::new();
    let mut height = GAP;
    for row in cells.chunks(4) {
        let lines: Vec<_> = row
            .iter()
            .map(|(_, value, strong)| {
                let look = if *strong { Look::strong(BODY, INK) } else { Look::new(BODY, INK) };
                (sheet.wrap(value, width, look, 3), look)
            })
            .collect();
        let tall = lines.iter().map(|(lines, _)| lines.len()).max().unwrap_or(1) as f32 * BODY * 1.4 + label.leading();
        height += tall + 3.0;
        rows.push((row, lines, tall));
    }
    let (left, top) = (MARGIN, sheet.y);
    sheet.page().fill(Area::new(left, top, WIDTH, height), FAINT);
    let mut y = top + GAP * 0.6;
    for (row, lines, tall) in rows {
        for (column, ((key, _, _), (lines, look))) in row.iter().zip(lines).enumerate() {
            let x = left + GAP + column as f32 * (width + GAP);
            sheet.text([x, y + label.drop()], Align::Left, sheet.term(key), label);
            sheet.lines(x, y + label.leading() - 1.5, Align::Left, lines, look);
        }
        y += tall + 3.0;
    }
    sheet.y = top + height + GAP;
}

/// What stands before a bracket: full-width brackets bring their own space.
const fn space(language: Language) -> &'static str {
    match language {
        Language::Chinese => "",
        Language::English => " ",
    }
}

fn verdict(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    let verdict = &report.verdict;
    let mark = Mark::from(verdict.outcome);
    let word = Look::strong(14.0, mark.colour());
    let text = Look::new(BODY, INK);
    let small = Look::new(SMALL, MUTED);
    let inner = WIDTH - 52.0;
    let lines = sheet.wrap(&verdict.sentence, inner, text, 4);
    let criteria = fill("summary.criteria", sheet.language, &[("name", &verdict.criteria)]);
    let criteria = if verdict.criteria.is_empty() { Vec::new() } else { sheet.wrap(&criteria, inner, small, 2) };
    let height =
        GAP * 1.6 + word.leading() + lines.len() as f32 * text.leading() + criteria.len() as f32 * small.leading();
    let top = sheet.y;
    sheet.page().frame(Area::new(MARGIN, top, WIDTH, height), Pen::new(RULE, 0.6));
    sheet.page().fill(Area::new(MARGIN, top, 4.0, height), mark.colour());
    draw_mark(sheet.page(), [MARGIN + 25.0, top + GAP * 0.8 + word.leading() / 2.0], 10.0, mark);
    let x = MARGIN + 44.0;
    let mut y = top + GAP * 0.8;
    sheet.text([x, y + word.drop()], Align::Left, sheet.term(outcome_key(verdict.outcome)), word);
    y += word.leading();
    y += sheet.lines(x, y, Align::Left, lines, text);
    sheet.lines(x, y, Align::Left, criteria, small);
    sheet.y = top + height + GAP;
}

/// The worst warnings, a few lines each.
fn first_warnings(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    let (notes, mut worst): (Vec<_>, Vec<_>) =
        report.warnings.iter().partition(|warning| warning.severity == Severity::Note);
    worst.sort_by_key(|warning| warning.severity);
    for warning in worst.iter().take(WARNINGS) {
        warning_line(sheet, warning.severity, &warning.text, WARNING_LINES);
    }
    if worst.len() > WARNINGS {
        let left = (worst.len() - WARNINGS).to_string();
        let blocking = worst.iter().skip(WARNINGS).filter(|w| w.severity == Severity::Blocking).count();
        let colour: Colour = if blocking > 0 { RED } else { AMBER };
        let text = fill("summary.more_warnings", sheet.language, &[("n", &left)]);
        sheet.paragraph(&text, Look::strong(SMALL, colour));
    }
    if !notes.is_empty() {
        let text = fill("summary.notes", sheet.language, &[("n", &notes.len().to_string())]);
        sheet.paragraph(&text, Look::new(SMALL, MUTED));
    }
    if !report.warnings.is_empty() {
        sheet.skip(GAP);
    }
}

/// A warning with its mark, the word for its severity, and its text.
pub(crate) fn warning_line(sheet: &mut Sheet<'_, '_>, level: Severity, text: &str, most: usize) {
    let (key, mark) = severity(level);
    let colour = if level == Severity::Note { INK } else { mark.colour() };
    let look = Look::new(BODY, colour);
    let word = Look::strong(BODY, colour);
    let label = sheet.term(key);
    let width = sheet.measure(label, word) + GAP;
    let lines = sheet.wrap(text, WIDTH - WARNING_INDENT - width, look, most);
    let height = lines.len() as f32 * look.leading();
    sheet.need(height);
    let top = sheet.y;
    draw_mark(sheet.page(), [MARGIN + 6.0, top + look.leading() / 2.0], 4.3, mark);
    sheet.text([MARGIN + WARNING_INDENT, top + word.drop()], Align::Left, label, word);
    sheet.lines(MARGIN + WARNING_INDENT + width, top, Align::Left, lines, look);
    sheet.y = top + height + 1.0;
}

/// The pages after the images: every warning and note, when the first page could not show all of them whole.
pub(crate) fn all_warnings(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    let whole = |text: &str| {
        sheet.wrap(text, WIDTH - WARNING_INDENT - 60.0, Look::new(BODY, INK), WARNING_LINES + 1).len() <= WARNING_LINES
    };
    let shown = |warning: &super::Warning| warning.severity != Severity::Note && whole(&warning.text);
    if report.warnings.len() <= WARNINGS && report.warnings.iter().all(shown) {
        return;
    }
    sheet.heading("warnings.title", LEAD * 4.0);
    let mut worst: Vec<_> = report.warnings.iter().collect();
    worst.sort_by_key(|warning| warning.severity);
    for warning in worst {
        warning_line(sheet, warning.severity, &warning.text, 12);
    }
}
