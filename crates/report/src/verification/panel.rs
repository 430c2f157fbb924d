//! One slice image: grey CT, isodose lines, structure outlines and seeds to scale.

use std::sync::Arc;

use image::Volume;

use super::{Seed, Verification};
use crate::pdf::page::{Area, Op, Pen, Picture, Spot, Stroke};
use crate::pdf::sheet::{Align, Look, Sheet};
use crate::pdf::style::{Colour, RULE, SMALL, WHITE, on_image};
use image::section::isoline::{Isoline, isolines};
use image::section::structure::outlines;
use image::section::{Frame, Plane, View};

/// Colours of isodose lines below, at and above the prescription.
const BELOW: [Colour; 3] = [[0x58, 0xa6, 0xff], [0x7f, 0xd4, 0xff], [0x9d, 0x8c, 0xff]];
const AT: Colour = [0x3d, 0xe8, 0x6a];
const ABOVE: [Colour; 4] = [[0xff, 0xd4, 0x2e], [0xff, 0x6b, 0x4a], [0xff, 0x4d, 0xb8], [0xff, 0xff, 0xff]];
/// Colours of structures without one of their own.
const PALETTE: [Colour; 6] = [
    [0xff, 0x8a, 0x65],
    [0x4d, 0xd0, 0xe1],
    [0xff, 0xd5, 0x4f],
    [0xba, 0x68, 0xc8],
    [0xae, 0xd5, 0x81],
    [0xf0, 0x62, 0x92],
];
/// Outline of a seed.
pub(crate) const SEED: Colour = [0xff, 0x59, 0xf0];
/// Structure outlines are dashed, isodose lines are not.
pub(crate) const OUTLINE: &[f32] = &[2.4, 1.1];
/// Background where there is no image.
const NIGHT: Colour = [0x10, 0x12, 0x14];

/// Colour of the structure at `index`.
pub(crate) fn structure_colour(colour: Option<Colour>, index: usize) -> Colour {
    on_image(colour.unwrap_or(PALETTE[index % PALETTE.len()]))
}

/// The isodose levels to draw (% of the prescription) with their colours.
pub(crate) fn levels(percent: &[f64]) -> Vec<(f64, Colour)> {
    let mut sorted: Vec<f64> = percent.iter().copied().filter(|p| p.is_finite() && *p > 0.0).collect();
    sorted.sort_by(f64::total_cmp);
    let below = sorted.iter().filter(|p| **p < 100.0).count();
    let mut above = 0;
    sorted
        .into_iter()
        .enumerate()
        .map(|(index, percent)| {
            let colour = if percent < 100.0 {
                BELOW[(below - 1 - index) % BELOW.len()]
            } else if percent == 100.0 {
                AT
            } else {
                above += 1;
                ABOVE[(above - 1) % ABOVE.len()]
            };
            (percent, colour)
        })
        .collect()
}

/// A panel computed and ready to be drawn.
pub(crate) struct Panel {
    pub plane: Plane,
    picture: Option<Picture>,
    /// lines of each level, in `u`, `v` mm
    isodoses: Vec<Vec<Isoline>>,
    /// outlines of each structure, in `u`, `v` mm
    pub outlines: Vec<Vec<Isoline>>,
}

impl Panel {
    /// Whether part of a structure's outline lies within the panel.
    pub fn shows(&self, structure: usize) -> bool {
        let within = |p: &[f64; 2]| (0..2).all(|a| (0.0..=self.plane.extent[a]).contains(&(p[a] - self.plane.low[a])));
        self.outlines.get(structure).is_some_and(|lines| lines.iter().any(|line| line.points.iter().any(within)))
    }
}

/// Pixels and dose samples along the longer side of a panel.
const PIXELS: f64 = 360.0;
const DOSES: f64 = 150.0;

fn raster(plane: &Plane, longest: f64) -> [usize; 2] {
    let most = plane.extent[0].max(plane.extent[1]);
    plane.extent.map(|mm| ((longest * mm / most).round() as usize).max(2))
}

/// Samples CT and dose on a plane and cuts the structures.
pub(crate) fn compute(report: &Verification<'_>, frame: &Frame, plane: Plane) -> Panel {
    let picture = report.ct.map(|ct| grey(ct, frame, &plane, report));
    let size = raster(&plane, DOSES);
    let dose = plane.sample(report.dose, frame, size);
    let step: [f64; 2] = std::array::from_fn(|a| plane.extent[a] / (size[a] - 1) as f64);
    let isodoses = levels(&report.display.isodose_percent)
        .iter()
        .map(|(percent, _)| {
            let level = (report.prescription.value() * percent / 100.0) as f32;
            let mut lines = isolines(&dose, size, level);
            for line in &mut lines {
                for point in &mut line.points {
                    *point = std::array::from_fn(|a| plane.low[a] + point[a] * step[a]);
                }
            }
            lines
        })
        .collect();
    let outlines = report.structures.iter().map(|structure| outlines(structure, frame, &plane)).collect();
    Panel { plane, picture, isodoses, outlines }
}

fn grey(ct: &Volume, frame: &Frame, plane: &Plane, report: &Verification<'_>) -> Picture {
    let size = raster(plane, PIXELS);
    let display = &report.display;
    let black = display.window_level - display.window_width / 2.0;
    let width = if display.window_width > 0.0 { display.window_width } else { 1.0 };
    let pixels = plane
        .sample(ct, frame, size)
        .into_iter()
        // outside the image NaN becomes black
        .map(|value| ((f64::from(value) - black) / width * 255.0).clamp(0.0, 255.0) as u8)
        .collect();
    Picture { grey: Arc::new(pixels), size: size.map(|n| n as u32) }
}

/// Draws a panel into `area`, whose proportions are those of the plane. Seeds within `slab_mm` of the plane are shown.
pub(crate) fn draw(
    sheet: &mut Sheet<'_, '_>,
    area: Area,
    panel: &Panel,
    report: &Verification<'_>,
    frame: &Frame,
    slab_mm: f64,
) {
    let plane = &panel.plane;
    let scale = f64::from(area.w) / plane.extent[0];
    let spot = |p: [f64; 2]| -> Spot {
        [area.x + ((p[0] - plane.low[0]) * scale) as f32, area.y + ((p[1] - plane.low[1]) * scale) as f32]
    };
    sheet.page().fill(area, NIGHT);
    sheet.page().ops.push(Op::Clip(area));
    if let Some(picture) = &panel.picture {
        sheet.page().ops.push(Op::Picture { area, picture: picture.clone() });
    }
    let strokes = |lines: &[Isoline]| -> Vec<Stroke> {
        lines
            .iter()
            .map(|line| Stroke { spots: line.points.iter().map(|&p| spot(p)).collect(), closed: line.closed })
            .collect()
    };
    for (index, (structure, lines)) in report.structures.iter().zip(&panel.outlines).enumerate() {
        let colour = structure_colour(structure.colour, index);
        let width = if Some(structure.number) == report.target { 1.2 } else { 0.95 };
        sheet.page().lines(strokes(lines), Pen::new(colour, width).dashed(OUTLINE));
    }
    let levels = levels(&report.display.isodose_percent);
    for ((percent, colour), lines) in levels.iter().zip(&panel.isodoses) {
        let width = if *percent == 100.0 { 0.9 } else { 0.6 };
        sheet.page().lines(strokes(lines), Pen::new(*colour, width));
    }
    for seed in &report.seeds {
        let outline = seed_outline(seed, report, frame, plane, slab_mm);
        if outline.len() > 2 {
            let stroke = Stroke { spots: outline.into_iter().map(spot).collect(), closed: true };
            let pen = Pen::new(SEED, 0.7);
            sheet.page().lines(vec![stroke], if seed.note.is_empty() { pen } else { pen.dashed(&[0.9, 0.7]) });
        }
    }
    let mut taken = Vec::new();
    for (index, ((percent, colour), lines)) in levels.iter().zip(&panel.isodoses).enumerate() {
        let name = (format!("{percent:.0}"), *colour);
        label(sheet, area, lines, &name, -50.0 + 75.0 * index as f64, spot, &mut taken);
    }
    sheet.page().ops.push(Op::Unclip);
    sheet.page().frame(area, Pen::new(RULE, 0.4));
    letters(sheet, area, plane.view);
    scale_bar(sheet, area, scale);
}

/// The level written on its longest line, each level at another place around it, beside the labels that are there already.
fn label(
    sheet: &mut Sheet<'_, '_>,
    area: Area,
    lines: &[Isoline],
    (text, colour): &(String, Colour),
    from_deg: f64,
    spot: impl Fn([f64; 2]) -> Spot,
    taken: &mut Vec<Area>,
) {
    let Some(longest) = lines.iter().max_by_key(|line| line.points.len()) else { return };
    if longest.points.len() < 24 {
        return;
    }
    let look = Look::strong(5.4, *colour);
    let width = sheet.measure(text, look) + 1.6;
    let height = 6.4;
    let inside = |p: &&[f64; 2]| {
        let [x, y] = spot(**p);
        x > area.x + 14.0 && x < area.right() - 14.0 && y > area.y + 12.0 && y < area.bottom() - 14.0
    };
    let place = |turn: i32| -> Option<Area> {
        let angle = (from_deg + f64::from(turn) * 30.0).to_radians();
        let toward = |p: &[f64; 2]| p[0] * angle.cos() + p[1] * angle.sin();
        let best = longest.points.iter().filter(inside).max_by(|a, b| toward(a).total_cmp(&toward(b)))?;
        let [x, y] = spot(*best);
        Some(Area::new(x - width / 2.0, y - height / 2.0, width, height))
    };
    let free = |place: &Area| {
        !taken.iter().any(|other| {
            place.x < other.right() && other.x < place.right() && place.y < other.bottom() && other.y < place.bottom()
        })
    };
    let Some(place) = (0..12).filter_map(place).find(free) else { return };
    sheet.page().fill(place, NIGHT);
    sheet.text([place.x + width / 2.0, place.y + height / 2.0 + 1.95], Align::Centre, text, look);
    taken.push(place);
}

/// The seed's outline projected on a plane, in `u`, `v` mm; empty when it does not come near the plane.
fn seed_outline(seed: &Seed, report: &Verification<'_>, frame: &Frame, plane: &Plane, slab_mm: f64) -> Vec<[f64; 2]> {
    let group = report.implant.groups.get(seed.group);
    let finite = |mm: f64, or: f64| if mm.is_finite() && mm > 0.0 && mm < 50.0 { mm } else { or };
    let radius = finite(group.map_or(0.0, |g| g.diameter_mm), 0.8) / 2.0;
    let centre = plane.project(frame.coordinates(seed.centre));
    let length = finite(group.map_or(0.0, |g| g.length_mm), 4.5) / 2.0 - radius;
    // a seed of unknown orientation is a disc, on every plane that it may reach
    let (half, reach) = match seed.axis {
        Some(axis) if axis.iter().all(|v| v.is_finite()) => {
            let there = plane.project(frame.coordinates(axis));
            ([there[0] * length, there[1] * length], ((there[2] + plane.at) * length).abs())
        }
        _ => ([0.0; 2], length),
    };
    if !centre.iter().all(|v| v.is_finite()) || centre[2].abs() > slab_mm + reach {
        return Vec::new();
    }
    let direction = half[1].atan2(half[0]);
    let steps = 8;
    let cap = |sign: f64| {
        (0..=steps).map(move |i| {
            let angle = direction
                + std::f64::consts::PI * (f64::from(i) / f64::from(steps) - 0.5)
                + if sign < 0.0 { std::f64::consts::PI } else { 0.0 };
            [centre[0] + sign * half[0] + radius * angle.cos(), centre[1] + sign * half[1] + radius * angle.sin()]
        })
    };
    cap(1.0).chain(cap(-1.0)).collect()
}

/// Term keys of the letters at the left, right, top and bottom edge.
const fn edges(view: View) -> [&'static str; 4] {
    match view {
        View::Axial => ["side.right", "side.left", "side.anterior", "side.posterior"],
        View::Sagittal => ["side.anterior", "side.posterior", "side.head", "side.feet"],
        View::Coronal => ["side.right", "side.left", "side.head", "side.feet"],
    }
}

fn letters(sheet: &mut Sheet<'_, '_>, area: Area, view: View) {
    let [left, right, top, bottom] = edges(view).map(|key| sheet.term(key));
    let middle = [area.x + area.w / 2.0, area.y + area.h / 2.0];
    let drop = SMALL * 0.36;
    let look = Look::strong(SMALL, WHITE);
    backed(sheet, [area.x + 3.0, middle[1] + drop], Align::Left, left, look);
    backed(sheet, [area.right() - 3.0, middle[1] + drop], Align::Right, right, look);
    backed(sheet, [middle[0], area.y + SMALL + 1.5], Align::Centre, top, look);
    backed(sheet, [middle[0], area.bottom() - 3.5], Align::Centre, bottom, look);
}

/// White text on a dark ground of its own: bone and metal are white too.
fn backed(sheet: &mut Sheet<'_, '_>, [x, y]: Spot, align: Align, text: &str, look: Look) {
    let width = sheet.measure(text, look);
    let left = match align {
        Align::Left => x,
        Align::Centre => x - width / 2.0,
        Align::Right => x - width,
    };
    sheet.page().fill(Area::new(left - 1.2, y - look.size * 0.88, width + 2.4, look.size * 1.08), NIGHT);
    sheet.text([x, y], align, text, look);
}

fn scale_bar(sheet: &mut Sheet<'_, '_>, area: Area, scale: f64) {
    let mm = if 10.0 * scale > 60.0 {
        5.0
    } else if 10.0 * scale < 8.0 {
        50.0
    } else {
        10.0
    };
    let length = (mm * scale) as f32;
    let (x, y) = (area.x + 5.0, area.bottom() - 5.0);
    sheet.page().fill(Area::new(x - 2.0, y - 11.0, length + 4.0, 14.0), NIGHT);
    let strokes =
        [[[x, y], [x + length, y]], [[x, y - 2.0], [x, y + 2.0]], [[x + length, y - 2.0], [x + length, y + 2.0]]];
    let strokes = strokes.map(|spots| Stroke { spots: spots.to_vec(), closed: false }).to_vec();
    sheet.page().lines(strokes, Pen::new(WHITE, 0.7));
    sheet.text([x, y - 4.0], Align::Left, &format!("{mm:.0}\u{a0}mm"), Look::new(5.5, WHITE));
}
