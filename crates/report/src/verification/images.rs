//! The image pages: axial slices through the implant, and a sagittal and a coronal one through its centre.

use image::{Grid, Point};
use rayon::prelude::*;

use super::panel::{self, OUTLINE, Panel, SEED, levels, structure_colour};
use super::{Seed, Verification};
use crate::number::{fixed, value};
use crate::pdf::page::{Area, Pen};
use crate::pdf::sheet::{Align, Look, Sheet};
use crate::pdf::style::{BODY, GAP, INK, MARGIN, MUTED, SMALL, WIDTH};
use crate::terms::fill;
use image::section::structure::{bounds, bounds_of};
use image::section::{Frame, Plane, View};

/// Tissue shown around the target, mm.
const AROUND_MM: f64 = 12.0;
/// Seeds this near to a sagittal or coronal plane are shown on it, mm.
const SLAB_MM: f64 = 2.5;
/// Widest field shown, mm.
const WIDEST_MM: f64 = 400.0;

/// Draws the image pages.
pub(crate) fn draw(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    let grid = report.ct.map_or(&report.dose.grid, |ct| &ct.grid);
    let frame = Frame::of(grid);
    sheet.new_page();
    sheet.heading("images.title", 100.0);
    let Some((low, high)) = field(report, &frame) else {
        sheet.paragraph(sheet.term("images.nothing"), Look::new(BODY, MUTED));
        return;
    };
    let slices = axial_slices(report, grid, &frame, low[2], high[2]);
    let half_slice = grid.spacing[frame.from_axis[2]] / 2.0;
    let (near, far) = margin(low, high);
    let centre: Point = std::array::from_fn(|a| f64::midpoint(low[a], high[a]));
    let mut planes: Vec<Plane> = slices.iter().map(|&(at, _)| Plane::around(View::Axial, at, near, far)).collect();
    planes.push(Plane::around(View::Sagittal, centre[0], near, far));
    planes.push(Plane::around(View::Coronal, centre[1], near, far));
    let panels: Vec<Panel> = planes.into_par_iter().map(|plane| panel::compute(report, &frame, plane)).collect();
    let (axial, along) = panels.split_at(slices.len());

    note(sheet, report);
    let columns = if axial.len() == 4 || axial.len() < 3 { 2 } else { 3 };
    let caption = Look::new(SMALL, MUTED);
    let width = (WIDTH - GAP * (columns - 1) as f32) / columns as f32;
    for row in axial.chunks(columns).zip(slices.chunks(columns)) {
        let height = row.0.iter().map(|panel| width * proportion(panel)).fold(0.0, f32::max);
        sheet.need(height + caption.leading());
        let y = sheet.y;
        for (column, (panel, (at, slice))) in row.0.iter().zip(row.1).enumerate() {
            let x = MARGIN + column as f32 * (width + GAP);
            panel::draw(sheet, Area::new(x, y, width, width * proportion(panel)), panel, report, &frame, half_slice);
            let mut text = format!("{}\u{a0}{}\u{a0}mm", sheet.term("images.height"), fixed(*at, 1));
            if let Some((number, of)) = slice {
                let slice = fill("images.slice", sheet.language, &[("n", &number.to_string()), ("m", &of.to_string())]);
                text = format!("{slice} · {text}");
            }
            sheet.text([x, y + width * proportion(panel) + caption.drop() + 1.0], Align::Left, &text, caption);
        }
        sheet.y += height + caption.leading() + 4.0;
    }
    legend(sheet, report, &panels);

    let width = (WIDTH - GAP) / 2.0;
    let height = along.iter().map(|panel| width * proportion(panel)).fold(0.0, f32::max).min(330.0);
    sheet.heading("images.along", height + caption.leading());
    let y = sheet.y;
    for (column, panel) in along.iter().enumerate() {
        let tall = height.min(width * proportion(panel));
        let wide = tall / proportion(panel);
        let x = MARGIN + column as f32 * (width + GAP);
        panel::draw(sheet, Area::new(x, y, wide, tall), panel, report, &frame, SLAB_MM);
        let (view, axis) =
            if panel.plane.view == View::Sagittal { ("images.sagittal", "x") } else { ("images.coronal", "y") };
        let text = format!("{} · {axis} = {}\u{a0}mm", sheet.term(view), fixed(panel.plane.at, 1));
        sheet.text([x, y + height + caption.drop() + 1.0], Align::Left, &text, caption);
    }
    sheet.y += height + caption.leading() + 4.0;
    let slab = fill("images.slab", sheet.language, &[("slab", &fixed(SLAB_MM, 1)), ("half", &fixed(half_slice, 2))]);
    sheet.paragraph(&slab, caption);
}

fn proportion(panel: &Panel) -> f32 {
    (panel.plane.extent[1] / panel.plane.extent[0]).clamp(0.2, 3.0) as f32
}

/// The box around the target, or around the seeds when there is none, in frame coordinates.
fn field(report: &Verification<'_>, frame: &Frame) -> Option<(Point, Point)> {
    let target = report.structures.iter().find(|structure| Some(structure.number) == report.target);
    target.and_then(|structure| bounds(structure, frame)).or_else(|| seed_field(&report.seeds, frame))
}

/// The box that holds all but the most distant 2 % of the seeds on each side: one stray seed must not shrink the rest.
fn seed_field(seeds: &[Seed], frame: &Frame) -> Option<(Point, Point)> {
    let points: Vec<Point> =
        seeds.iter().map(|s| frame.coordinates(s.centre)).filter(|p| p.iter().all(|v| v.is_finite())).collect();
    let edge = |a: usize, part: f64| {
        let mut values: Vec<f64> = points.iter().map(|p| p[a]).collect();
        values.sort_by(f64::total_cmp);
        let at = (part * values.len().saturating_sub(1) as f64).round() as usize;
        values.get(at).copied()
    };
    let corner = |part: f64| Some([edge(0, part)?, edge(1, part)?, edge(2, part)?]);
    bounds_of([corner(0.02)?, corner(0.98)?].into_iter())
}

/// The box with tissue around it, kept within the widest field, and square across the patient.
fn margin(low: Point, high: Point) -> (Point, Point) {
    let centre: Point = std::array::from_fn(|a| f64::midpoint(low[a], high[a]));
    let mut half: Point = std::array::from_fn(|a| ((high[a] - low[a]) / 2.0 + AROUND_MM).min(WIDEST_MM / 2.0));
    let across = half[0].max(half[1]);
    half[0] = across;
    half[1] = across;
    (std::array::from_fn(|a| centre[a] - half[a]), std::array::from_fn(|a| centre[a] + half[a]))
}

/// A slice: its height (mm) and its number among the slices of the CT.
type Slice = (f64, Option<(usize, usize)>);

/// Evenly chosen slices from the lower to the upper end of the field, each a real slice of the CT where there is one.
fn axial_slices(report: &Verification<'_>, grid: &Grid, frame: &Frame, low: f64, high: f64) -> Vec<Slice> {
    let wanted = report.display.axial_slices.clamp(1, 24);
    let axis = frame.from_axis[2];
    let count = grid.size[axis];
    let height = |k: usize| {
        let mut index = [0; 3];
        index[axis] = k;
        frame.coordinates(grid.centre(index))[2]
    };
    let slack = grid.spacing[axis] * 0.51;
    let mut slices: Vec<Slice> = (0..count)
        .map(|k| (height(k), report.ct.map(|_| (k + 1, count))))
        .filter(|(at, _)| *at >= low - slack && *at <= high + slack)
        .collect();
    slices.sort_by(|a, b| b.0.total_cmp(&a.0));
    let last = slices.len().saturating_sub(1);
    if slices.len() <= wanted {
        return slices;
    }
    (0..wanted)
        .filter_map(|i| {
            let at =
                if wanted == 1 { last / 2 } else { (i as f64 * last as f64 / (wanted - 1) as f64).round() as usize };
            slices.get(at).copied()
        })
        .collect()
}

fn note(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>) {
    let look = Look::new(SMALL, MUTED);
    let mut text = sheet.term("images.convention").to_owned();
    if report.ct.is_some() {
        let (level, width) = (fixed(report.display.window_level, 0), fixed(report.display.window_width, 0));
        text = format!("{text} {}", fill("images.window", sheet.language, &[("level", &level), ("width", &width)]));
    } else {
        text = format!("{text} {}", sheet.term("images.no_ct"));
    }
    if !report.study.description.is_empty() {
        text = format!("{text} {}", fill("images.scan", sheet.language, &[("scan", &report.study.description)]));
    }
    sheet.paragraph(&text, look);
    sheet.skip(GAP * 0.5);
}

/// What the lines mean: isodoses in Gy, structures, seeds.
fn legend(sheet: &mut Sheet<'_, '_>, report: &Verification<'_>, panels: &[Panel]) {
    let look = Look::new(SMALL, INK);
    let mut entries: Vec<(String, Pen)> = Vec::new();
    for (percent, colour) in levels(&report.display.isodose_percent) {
        let dose = value(report.prescription.value() * percent / 100.0, "Gy");
        entries.push((
            format!("{percent:.0}% = {dose}\u{a0}Gy"),
            Pen::new(colour, if percent == 100.0 { 1.6 } else { 1.1 }),
        ));
    }
    for (index, structure) in report.structures.iter().enumerate() {
        let seen = panels.iter().any(|panel| panel.shows(index));
        if seen {
            let colour = structure_colour(structure.colour, index);
            entries.push((structure.name.clone(), Pen::new(colour, 1.3).dashed(OUTLINE)));
        }
    }
    entries.push((sheet.term("images.seed").to_owned(), Pen::new(SEED, 1.1)));
    let sample = 20.0;
    let mut x = MARGIN;
    sheet.need(look.leading() * 2.0);
    for (text, pen) in entries {
        let line = sheet.wrap(&text, 180.0, look, 1).remove(0);
        let width = sample + 4.0 + line.width * look.size + GAP * 2.0;
        if x + width > MARGIN + WIDTH + GAP * 2.0 {
            x = MARGIN;
            sheet.y += look.leading() + 1.5;
            sheet.need(look.leading());
        }
        let y = sheet.y;
        // on a dark ground, as in the images: display colours are too light for paper
        sheet.page().fill(Area::new(x, y + 1.0, sample, look.leading() - 2.0), [0x30, 0x34, 0x38]);
        let middle = y + look.leading() / 2.0;
        sheet.page().line([x + 2.0, middle], [x + sample - 2.0, middle], pen);
        sheet.line([x + sample + 4.0, y + look.drop()], Align::Left, line, look);
        x += width;
    }
    sheet.y += look.leading() + GAP;
}
