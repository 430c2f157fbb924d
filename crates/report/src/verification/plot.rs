//! The DVH plot.

use crate::number::{NOTHING, value};
use crate::pdf::page::{Area, Op, Pen, Spot, Stroke};
use crate::pdf::sheet::{Align, Look, Sheet};
use crate::pdf::style::{BODY, Colour, FAINT, GAP, INK, MUTED, RULE, SMALL, TINY, on_paper};
use crate::verification::{Curve, Role};

/// Dash patterns, so that curves differ without their colours.
const DASHES: [&[f32]; 5] = [&[], &[5.0, 2.0], &[1.5, 1.5], &[7.0, 1.8, 1.5, 1.8], &[3.0, 1.2]];
/// The planned curve beside the implanted one.
const PLANNED: &[f32] = &[2.5, 2.0];
/// Width of the legend, pt.
const LEGEND: f32 = 112.0;
/// Most curves drawn; the rest are in the table and in the CSV.
const MOST_CURVES: usize = 14;

/// Curves in the order of their importance, with their dash pattern.
pub(crate) fn ordered<'c, 'a>(curves: &'c [Curve<'a>]) -> Vec<(&'c Curve<'a>, &'static [f32])> {
    let mut order: Vec<&Curve<'_>> = curves.iter().collect();
    order.sort_by_key(|curve| curve.role);
    let mut others = 0;
    order
        .into_iter()
        .map(|curve| {
            let dash = if curve.role == Role::Target {
                DASHES[0]
            } else {
                others += 1;
                DASHES[others % DASHES.len()]
            };
            (curve, dash)
        })
        .collect()
}

/// Draws curves (volume in % against dose) and a legend into `area`.
pub(crate) fn draw(
    sheet: &mut Sheet<'_, '_>,
    area: Area,
    curves: &[Curve<'_>],
    planned: &[Curve<'_>],
    prescription: f64,
) {
    let plot = Area::new(area.x + 30.0, area.y + 14.0, area.w - 30.0 - LEGEND - GAP, area.h - 14.0 - 30.0);
    let (top, tick) = dose_axis(curves, prescription);
    let to_x = |dose: f64| plot.x + plot.w * (dose / top) as f32;
    let to_y = |percent: f64| plot.bottom() - plot.h * (percent / 100.0) as f32;
    axes(sheet, plot, top, tick, prescription);

    sheet.page().ops.push(Op::Clip(Area::new(plot.x, plot.y - 1.0, plot.w, plot.h + 2.0)));
    // beside a plan, dashes tell plan from implant instead of one structure from another
    let solid = |dash: &'static [f32]| if planned.is_empty() { dash } else { &[] };
    let drawn: Vec<_> =
        ordered(curves).into_iter().take(MOST_CURVES).map(|(curve, dash)| (curve, solid(dash))).collect();
    for &(curve, dash) in drawn.iter().rev() {
        let width = if curve.role == Role::Target { 1.5 } else { 0.9 };
        let pen = Pen::new(on_paper(curve.colour), width).dashed(dash);
        let stroke = line(curve, top, to_x, to_y);
        sheet.page().lines(vec![stroke], pen);
    }
    for curve in planned {
        let stroke = line(curve, top, to_x, to_y);
        sheet.page().lines(vec![stroke], Pen::new(on_paper(curve.colour), 0.9).dashed(PLANNED));
    }
    sheet.page().ops.push(Op::Unclip);
    sheet.page().frame(plot, Pen::new(MUTED, 0.5));
    let mut named = drawn;
    let beside = |curve: &&Curve<'_>| !curves.iter().any(|other| other.structure == curve.structure);
    let all = curves.len() + planned.iter().filter(beside).count();
    named.extend(planned.iter().filter(beside).map(|curve| (curve, PLANNED)));
    legend(
        sheet,
        Area::new(plot.right() + GAP * 1.5, plot.y, LEGEND - GAP * 0.5, plot.h),
        &named,
        all,
        !planned.is_empty(),
    );
}

/// End of the dose axis and distance between its ticks, Gy.
fn dose_axis(curves: &[Curve<'_>], prescription: f64) -> (f64, f64) {
    let reach = if prescription.is_finite() && prescription > 0.0 {
        2.5 * prescription
    } else {
        // no prescription: to where the last curve falls under 2 %
        let ends = curves.iter().map(|curve| {
            let least = 0.02 * curve.volume_cm3;
            curve.points.iter().filter(|p| p.1 > least && p.0.is_finite()).map(|p| p.0).fold(0.0, f64::max)
        });
        ends.fold(1.0, f64::max)
    };
    let rough = reach / 8.0;
    let power = 10.0_f64.powf(rough.log10().floor());
    let tick = [1.0, 2.0, 5.0, 10.0].iter().map(|m| m * power).find(|&t| t >= rough * 0.999).unwrap_or(10.0 * power);
    ((reach / tick).ceil() * tick, tick)
}

fn axes(sheet: &mut Sheet<'_, '_>, plot: Area, top: f64, tick: f64, prescription: f64) {
    let label = Look::new(SMALL, MUTED);
    let grid = Pen::new(RULE, 0.35);
    for step in 0..=5 {
        let percent = f64::from(step) * 20.0;
        let y = plot.bottom() - plot.h * (percent / 100.0) as f32;
        sheet.page().line([plot.x, y], [plot.right(), y], grid);
        sheet.text([plot.x - 4.0, y + SMALL * 0.36], Align::Right, &format!("{percent:.0}"), label);
    }
    let count = (top / tick).round() as usize;
    for step in 0..=count {
        let dose = step as f64 * tick;
        let x = plot.x + plot.w * (dose / top) as f32;
        sheet.page().line([x, plot.y], [x, plot.bottom()], grid);
        let digits = usize::from(tick < 1.0);
        sheet.text([x, plot.bottom() + SMALL * 1.25], Align::Centre, &format!("{dose:.digits$}"), label);
    }
    let title = Look::new(SMALL, INK);
    sheet.text([plot.x + plot.w / 2.0, plot.bottom() + SMALL * 2.8], Align::Centre, sheet.term("dvh.dose_axis"), title);
    sheet.text([plot.x - 26.0, plot.y - 6.0], Align::Left, sheet.term("dvh.volume_axis"), title);
    if prescription.is_finite() && prescription > 0.0 {
        for percent in [100.0, 150.0, 200.0] {
            let dose = prescription * percent / 100.0;
            if dose < top {
                let x = plot.x + plot.w * (dose / top) as f32;
                sheet.page().line([x, plot.y], [x, plot.bottom()], Pen::new(MUTED, 0.6).dashed(&[1.5, 2.0]));
                sheet.text([x, plot.y - 3.0], Align::Centre, &format!("{percent:.0}%"), Look::new(TINY, MUTED));
            }
        }
    }
}

fn line(curve: &Curve<'_>, top: f64, to_x: impl Fn(f64) -> f32, to_y: impl Fn(f64) -> f32) -> Stroke {
    let mut spots: Vec<Spot> = Vec::new();
    for &(dose, volume) in curve.points {
        let percent = 100.0 * volume / curve.volume_cm3;
        if !(dose.is_finite() && percent.is_finite()) {
            continue;
        }
        // what lies far outside the axes would only be clipped
        let spot = [to_x(dose.clamp(-top, 2.0 * top)), to_y(percent.clamp(-20.0, 120.0))];
        let near = spots.last().is_some_and(|last| (last[0] - spot[0]).abs() < 0.4 && (last[1] - spot[1]).abs() < 0.15);
        if !near {
            spots.push(spot);
        }
        if dose > top {
            break;
        }
    }
    Stroke { spots, closed: false }
}

fn legend(sheet: &mut Sheet<'_, '_>, area: Area, drawn: &[(&Curve<'_>, &'static [f32])], all: usize, compared: bool) {
    let look = Look::new(SMALL, INK);
    let mut y = area.y;
    if compared {
        for (key, dash) in [("comparison.implanted", DASHES[0]), ("comparison.planned", PLANNED)] {
            sheet.page().line([area.x, y + 6.0], [area.x + 18.0, y + 6.0], Pen::new(INK, 1.0).dashed(dash));
            sheet.text([area.x + 23.0, y + look.drop()], Align::Left, sheet.term(key), look);
            y += look.leading();
        }
        y += GAP;
    }
    let room = area.bottom() - look.leading();
    let mut shown = 0;
    for &(curve, dash) in drawn {
        let lines = sheet.wrap(&curve.structure, area.w - 23.0, look, 2);
        // beside a plan the names alone: the volumes stand in the table, and each curve must be named
        let volume = if compared { String::new() } else { value(curve.volume_cm3, "cm³") };
        let height = (lines.len() + usize::from(!compared)) as f32 * look.leading();
        if y + height > room {
            break;
        }
        let colour: Colour = on_paper(curve.colour);
        let width = if curve.role == Role::Target { 1.5 } else { 0.9 };
        let middle = y + look.leading() / 2.0;
        sheet.page().line([area.x, middle], [area.x + 18.0, middle], Pen::new(colour, width).dashed(dash));
        y += sheet.lines(area.x + 23.0, y, Align::Left, lines, look);
        if !compared {
            let volume = if volume == NOTHING { volume } else { format!("{volume}\u{a0}cm³") };
            let small = Look::new(TINY, MUTED);
            sheet.text([area.x + 23.0, y + small.drop() - 1.0], Align::Left, &volume, small);
            y += look.leading();
        }
        shown += 1;
    }
    if shown < all {
        let more = crate::terms::fill("dvh.more", sheet.language, &[("n", &(all - shown).to_string())]);
        sheet.text([area.x, y + look.drop()], Align::Left, &more, Look::new(TINY, MUTED));
    }
    if all == 0 {
        sheet.page().fill(Area::new(area.x, area.y, area.w, BODY * 2.0), FAINT);
        sheet.text([area.x + 4.0, area.y + BODY * 1.4], Align::Left, sheet.term("dvh.none"), Look::new(SMALL, MUTED));
    }
}
