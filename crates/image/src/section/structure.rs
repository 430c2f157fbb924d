//! Where a structure cuts a plane.

use crate::{ContourKind, Structure};

use super::isoline::{Isoline, isolines};
use super::{Frame, Plane, View};

/// Contours on one plane across the head direction.
struct Layer {
    height: f64,
    /// (left, back) coordinates
    rings: Vec<Vec<[f64; 2]>>,
}

/// Outlines of a structure on a plane, in `u`, `v` (mm).
///
/// On an axial plane these are the drawn contours of the nearest layer (none when it is further than half the distance
/// between layers). Across the layers the outline is interpolated between them by signed distance along each row, and
/// ends half a layer beyond the last, as the volume does.
pub fn outlines(structure: &Structure, frame: &Frame, plane: &Plane) -> Vec<Isoline> {
    let layers = layers(structure, frame);
    let gap = gap(&layers);
    match plane.view {
        View::Axial => {
            let nearest =
                layers.iter().min_by(|a, b| (a.height - plane.at).abs().total_cmp(&(b.height - plane.at).abs()));
            nearest
                .filter(|layer| (layer.height - plane.at).abs() <= gap / 2.0 + 1e-3)
                .map(|layer| layer.rings.iter().map(|ring| Isoline { points: ring.clone(), closed: true }).collect())
                .unwrap_or_default()
        }
        View::Sagittal | View::Coronal => across(&layers, gap, plane),
    }
}

/// Lowest and highest frame coordinates of a structure's closed contours.
pub fn bounds(structure: &Structure, frame: &Frame) -> Option<([f64; 3], [f64; 3])> {
    let points = structure.contours.iter().filter(|c| c.kind == ContourKind::ClosedPlanar).flat_map(|c| &c.points);
    bounds_of(points.map(|&p| frame.coordinates(p)))
}

/// Lowest and highest of finite points.
pub fn bounds_of(points: impl Iterator<Item = [f64; 3]>) -> Option<([f64; 3], [f64; 3])> {
    points.filter(|p| p.iter().all(|v| v.is_finite())).fold(None, |bounds, p| {
        let (low, high) = bounds.unwrap_or((p, p));
        Some((std::array::from_fn(|a| f64::min(low[a], p[a])), std::array::from_fn(|a| f64::max(high[a], p[a]))))
    })
}

fn layers(structure: &Structure, frame: &Frame) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    let mut rings: Vec<(f64, Vec<[f64; 2]>)> = Vec::new();
    for contour in structure.contours.iter().filter(|c| c.kind == ContourKind::ClosedPlanar && c.points.len() > 2) {
        let points: Vec<[f64; 3]> = contour.points.iter().map(|&p| frame.coordinates(p)).collect();
        let Some((low, high)) = bounds_of(points.iter().copied()) else { continue };
        // contours drawn across the slices have no outline of their own on them
        if high[2] - low[2] > 0.5 || points.iter().any(|p| p.iter().any(|v| !v.is_finite())) {
            continue;
        }
        rings.push((f64::midpoint(low[2], high[2]), points.iter().map(|p| [p[0], p[1]]).collect()));
    }
    rings.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (height, ring) in rings {
        match layers.last_mut() {
            Some(layer) if height - layer.height < 0.05 => layer.rings.push(ring),
            _ => layers.push(Layer { height, rings: vec![ring] }),
        }
    }
    layers
}

/// The usual distance between layers, mm.
fn gap(layers: &[Layer]) -> f64 {
    let mut gaps: Vec<f64> = layers.windows(2).map(|pair| pair[1].height - pair[0].height).collect();
    gaps.sort_by(f64::total_cmp);
    gaps.get(gaps.len() / 2).copied().unwrap_or(3.0)
}

/// Samples along each row for interpolation across the layers.
const ACROSS: usize = 240;

fn across(layers: &[Layer], gap: f64, plane: &Plane) -> Vec<Isoline> {
    let mut lines = Vec::new();
    let step = plane.extent[0] / (ACROSS - 1) as f64;
    // a structure may have several stacks, one above the other
    let mut begin = 0;
    for end in 1..=layers.len() {
        let (Some(stack), ended) = (
            layers.get(begin..end),
            layers
                .get(end)
                .is_none_or(|next| layers.get(end - 1).is_none_or(|last| next.height - last.height > 1.6 * gap)),
        ) else {
            continue;
        };
        if !ended {
            continue;
        }
        begin = end;
        let mut rows: Vec<(f64, Vec<f32>)> =
            stack.iter().map(|layer| (layer.height, distances(layer, plane, step))).collect();
        if let (Some(first), Some(last)) = (rows.first().cloned(), rows.last().cloned()) {
            let beyond =
                |(height, row): (f64, Vec<f32>), by: f64| (height + by, row.iter().map(|d| -d.abs()).collect());
            rows.insert(0, beyond(first, -gap));
            rows.push(beyond(last, gap));
        }
        let values: Vec<f32> = rows.iter().flat_map(|(_, row)| row.iter().copied()).collect();
        for line in isolines(&values, [ACROSS, rows.len()], 0.0) {
            let place = |[column, row]: [f64; 2]| {
                let low = (row.floor() as usize).min(rows.len().saturating_sub(2));
                let (a, b) = (rows[low].0, rows[low + 1].0);
                let height = a + (b - a) * (row - low as f64);
                // heights grow towards the head, v towards the feet
                [plane.low[0] + column * step, -height]
            };
            lines.push(Isoline { points: line.points.into_iter().map(place).collect(), closed: line.closed });
        }
    }
    lines
}

/// Signed distance along the row to the nearest crossing, positive inside (even-odd), mm.
fn distances(layer: &Layer, plane: &Plane, step: f64) -> Vec<f32> {
    // the row runs along `along` at a fixed coordinate of the other axis, the plane's normal
    let (along, fixed) = if plane.view == View::Coronal { (0, 1) } else { (1, 0) };
    let mut crossings: Vec<f64> = Vec::new();
    for ring in &layer.rings {
        for (i, a) in ring.iter().enumerate() {
            let b = &ring[(i + 1) % ring.len()];
            if (a[fixed] <= plane.at) != (b[fixed] <= plane.at) {
                let part = (plane.at - a[fixed]) / (b[fixed] - a[fixed]);
                crossings.push(a[along] + part * (b[along] - a[along]));
            }
        }
    }
    crossings.sort_by(f64::total_cmp);
    (0..ACROSS)
        .map(|i| {
            let u = plane.low[0] + i as f64 * step;
            let inside = crossings.iter().filter(|&&c| c < u).count() % 2 == 1;
            let near = crossings.iter().map(|c| (c - u).abs()).fold(1e3, f64::min);
            (if inside { near } else { -near }) as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Contour, Grid};

    fn cylinder() -> Structure {
        let ring = |z: f64| Contour {
            kind: ContourKind::ClosedPlanar,
            points: (0..180)
                .map(|i| (f64::from(i) * 2.0).to_radians())
                .map(|t| [10.0 * t.cos(), 20.0 * t.sin(), z])
                .collect(),
            image: None,
        };
        Structure {
            number: 1,
            name: "cylinder".to_owned(),
            kind: String::new(),
            colour: None,
            frame_of_reference: String::new(),
            contours: (0..5).map(|k| ring(f64::from(k) * 3.0)).collect(),
        }
    }

    #[test]
    fn a_cylinder_is_a_ring_across_and_a_box_along() {
        let frame = Frame::of(&Grid::axis_aligned([2, 2, 2], [0.0; 3], [1.0; 3]));
        let (low, high) = ([-30.0, -30.0, -10.0], [30.0, 30.0, 25.0]);
        let axial = outlines(&cylinder(), &frame, &Plane::around(View::Axial, 6.9, low, high));
        assert_eq!(axial.len(), 1);
        assert!(outlines(&cylinder(), &frame, &Plane::around(View::Axial, 14.0, low, high)).is_empty());
        for (view, half) in [(View::Coronal, 10.0), (View::Sagittal, 20.0)] {
            let lines = outlines(&cylinder(), &frame, &Plane::around(view, 0.0, low, high));
            assert_eq!(lines.len(), 1);
            let (least, most) = bounds_of(lines[0].points.iter().map(|p| [p[0], p[1], 0.0])).expect("points");
            assert!((least[0] + half).abs() < 0.3 && (most[0] - half).abs() < 0.3, "{view:?} {least:?} {most:?}");
            // from half a layer below the first to half a layer above the last; v is minus the height
            assert!((least[1] + 13.5).abs() < 0.05 && (most[1] - 1.5).abs() < 0.05, "{view:?} {least:?} {most:?}");
        }
    }
}
