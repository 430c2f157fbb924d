//! From contours to planes and slabs.

use super::outline::{self, Lattice};
use super::{Plane, Region, RegionError, RegionNote, RegionOptions, RegionProblem, dot, frame};
use crate::{Contour, ContourKind, Point, Structure};

/// Contours whose planes are closer than this share one plane, mm.
const SAME_PLANE_MM: f64 = 0.1;
/// A contour may leave its plane by this much (rounded coordinates, resampled drawings), mm.
const FLATNESS_MM: f64 = 0.5;
/// Ends of an open contour this close are taken as meeting, mm.
const CLOSING_MM: f64 = 1.0;
/// Coordinates beyond this are not positions in a patient, mm.
const FARTHEST_MM: f64 = 1e5;

impl Region {
    /// The region that a structure's contours stand for.
    ///
    /// # Errors
    /// When contours are open, not flat, not parallel, tangled, hold coordinates that are no numbers, or enclose nothing.
    pub fn from_structure(structure: &Structure, options: &RegionOptions) -> Result<Self, RegionError> {
        build(structure, options).map_err(|problem| RegionError { name: structure.name.clone(), problem })
    }
}

fn build(structure: &Structure, options: &RegionOptions) -> Result<Region, RegionProblem> {
    if !(options.bridge.is_finite() && options.bridge > 0.0) {
        return Err(RegionProblem::Option { what: "bridge" });
    }
    if options.slice_mm.is_some_and(|mm| !(mm.is_finite() && mm > 0.0)) {
        return Err(RegionProblem::Option { what: "the slice spacing" });
    }
    let mut notes = Vec::new();
    let mut usable: Vec<(usize, &[Point])> = Vec::new();
    for (at, contour) in structure.contours.iter().enumerate() {
        let number = at + 1;
        if let Some(point) = contour.points.iter().position(|p| !p.iter().all(|x| x.abs() < FARTHEST_MM)) {
            return Err(RegionProblem::NotAPosition { contour: number, point: point + 1 });
        }
        match contour.kind {
            ContourKind::ClosedPlanar => usable.push((number, &contour.points)),
            ContourKind::OpenPlanar => {
                let gap_mm = closing_gap(contour);
                if gap_mm > closing_tolerance(contour) {
                    return Err(RegionProblem::NotClosed { contour: number, gap_mm });
                }
                notes.push(RegionNote::Closed { contour: number, gap_mm });
                usable.push((number, &contour.points));
            }
            ContourKind::OpenNonplanar | ContourKind::Point => notes.push(RegionNote::NotAnOutline { contour: number }),
        }
    }

    let areas: Vec<Point> = usable.iter().map(|(_, points)| frame::vector_area(points)).collect();
    // A structure of figures of eight only can have a vanishing vector area; the best single triangle then gives the plane.
    let axes = frame::axes(&areas).or_else(|| frame::axes(&triangles(&usable))).ok_or(RegionProblem::Empty)?;

    let mut loops: Vec<(f64, usize, Vec<Lattice>)> = Vec::new();
    for (number, points) in usable {
        let outline = outline::clean(points.iter().map(|p| [dot(axes[0], *p), dot(axes[1], *p)]));
        if outline.is_empty() {
            notes.push(RegionNote::NoArea { contour: number });
            continue;
        }
        let mean = points.iter().map(|p| dot(axes[2], *p)).sum::<f64>() / points.len() as f64;
        let deviation_mm = points.iter().map(|p| (dot(axes[2], *p) - mean).abs()).fold(0.0, f64::max);
        if deviation_mm > FLATNESS_MM {
            return Err(RegionProblem::NotFlat { contour: number, deviation_mm });
        }
        loops.push((mean, number, outline));
    }
    loops.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));

    let mut planes = Vec::new();
    let mut rest = loops.as_slice();
    while let Some(first) = rest.first() {
        let count = rest.partition_point(|one| one.0 - first.0 < SAME_PLANE_MM);
        let (here, after) = rest.split_at(count);
        rest = after;
        let position_mm = here.iter().map(|one| one.0).sum::<f64>() / count as f64;
        let kept = outline::without_repeats(here, &mut notes);
        let drawn =
            outline::resolve(&kept).map_err(|outline::Tangled| RegionProblem::Tangled { plane_mm: position_mm })?;
        if drawn.crossings > 0 {
            notes.push(RegionNote::Crossing { plane_mm: position_mm, count: drawn.crossings });
        }
        if !drawn.exact {
            notes.push(RegionNote::Unresolved { plane_mm: position_mm });
        }
        let area_mm2 = area(&drawn.edges);
        if area_mm2 <= 0.0 {
            continue;
        }
        planes.push(Plane { position_mm, low_mm: position_mm, high_mm: position_mm, edges: drawn.edges, area_mm2 });
    }
    slabs(&mut planes, options, &mut notes)?;
    Ok(Region { name: structure.name.clone(), axes, planes, notes })
}

/// Gives every plane its slab; see "Slabs" in `docs/methods/dvh.md`.
fn slabs(planes: &mut [Plane], options: &RegionOptions, notes: &mut Vec<RegionNote>) -> Result<(), RegionProblem> {
    let positions: Vec<f64> = planes.iter().map(|plane| plane.position_mm).collect();
    let gaps: Vec<f64> = positions.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut sorted = gaps.clone();
    sorted.sort_by(f64::total_cmp);
    let nominal = match (sorted.get(sorted.len().saturating_sub(1) / 2), &mut *planes) {
        (Some(&median), _) => median,
        (None, []) => return Err(RegionProblem::Empty),
        (None, [only, ..]) => {
            let thickness_mm = options.slice_mm.ok_or(RegionProblem::NoThickness)?;
            only.low_mm -= thickness_mm / 2.0;
            only.high_mm += thickness_mm / 2.0;
            notes.push(RegionNote::OnePlane { thickness_mm });
            return Ok(());
        }
    };
    // half the distance to the neighbour on that side, where the two belong together
    let half: Vec<Option<f64>> =
        gaps.iter().map(|&gap| (gap <= options.bridge * nominal).then_some(gap / 2.0)).collect();
    for (at, &gap) in gaps.iter().enumerate() {
        let (from_mm, to_mm) = (positions[at], positions[at + 1]);
        if half[at].is_none() {
            notes.push(RegionNote::Gap { from_mm, to_mm });
        } else if gap > 1.5 * nominal {
            notes.push(RegionNote::Bridged { from_mm, to_mm });
        }
    }
    for (at, plane) in planes.iter_mut().enumerate() {
        let below = at.checked_sub(1).and_then(|i| half[i]);
        let above = half.get(at).copied().flatten();
        // An end reaches as far out as in, but not into a bridged gap's width.
        let end = below.or(above).map_or(nominal / 2.0, |inner| inner.min(0.75 * nominal));
        plane.low_mm -= below.unwrap_or(end);
        plane.high_mm += above.unwrap_or(end);
    }
    Ok(())
}

/// Area inside directed edges, mm².
fn area(edges: &[[f64; 4]]) -> f64 {
    let about = edges.first().map_or(0.0, |e| e[0]);
    edges.iter().map(|e| (f64::midpoint(e[0], e[2]) - about) * (e[3] - e[1])).sum()
}

fn closing_gap(contour: &Contour) -> f64 {
    match (contour.points.first(), contour.points.last()) {
        (Some(a), Some(b)) => distance(*a, *b),
        _ => 0.0,
    }
}

/// How far the ends of an open contour may be apart, mm.
fn closing_tolerance(contour: &Contour) -> f64 {
    let mut steps: Vec<f64> = contour.points.windows(2).map(|pair| distance(pair[0], pair[1])).collect();
    let length: f64 = steps.iter().sum();
    steps.sort_by(f64::total_cmp);
    let median = steps.get(steps.len() / 2).copied().unwrap_or(0.0);
    CLOSING_MM.max(2.0 * median).min(0.05 * length)
}

fn distance(a: Point, b: Point) -> f64 {
    let d = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    dot(d, d).sqrt()
}

fn triangles(contours: &[(usize, &[Point])]) -> Vec<Point> {
    let of =
        |points: &[Point]| points.windows(3).map(frame::vector_area).max_by(|a, b| dot(*a, *a).total_cmp(&dot(*b, *b)));
    contours.iter().filter_map(|(_, points)| of(points)).collect()
}
