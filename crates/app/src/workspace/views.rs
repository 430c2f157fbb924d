//! What one sees of a study: layers of the CT, dose on the same planes, outlines of the structures.

use image::section::structure::{bounds_of, outlines as outlines_on};
use image::section::{Cut, Frame, Plane, View, cut};
use image::{Grid, Point, Structure, Volume};

/// An image to draw: rows from top to bottom.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture<T> {
    /// columns and rows
    pub size: [usize; 2],
    /// distance between pixels, mm
    pub pixel_mm: [f64; 2],
    /// patient position of the centre of the first pixel
    pub origin: Point,
    /// unit vectors to the right and downwards
    pub axes: [Point; 2],
    /// the pixels
    pub values: Vec<T>,
}

/// Layer `at` of a CT in whole HU; with `most` pixels per side, only every n-th pixel for a first glance.
pub fn layer(ct: &Volume, view: View, at: usize, most: Option<usize>) -> Option<Picture<i16>> {
    let cut: Cut = cut(&ct.grid, view, at)?;
    let longest = cut.size[0].max(cut.size[1]);
    let step = most.map_or(1, |most| longest.div_ceil(most.max(1)));
    let values = cut.every(ct, step).iter().map(|&v| v.round().clamp(-32768.0, 32767.0) as i16).collect();
    Some(Picture {
        size: cut.size.map(|n| n.div_ceil(step)),
        pixel_mm: cut.pixel_mm.map(|mm| mm * step as f64),
        origin: cut.origin,
        axes: cut.axes,
        values,
    })
}

/// The coordinate along a view's normal of layer `at` of a grid, in the grid's own frame (left, back, head), mm.
pub fn height(grid: &Grid, view: View, at: usize) -> Option<f64> {
    let cut = cut(grid, view, at)?;
    let plane = Plane { view, at: 0.0, low: [0.0; 2], extent: [0.0; 2] };
    Some(plane.project(Frame::of(grid).coordinates(cut.origin))[2])
}

/// Dose on a plane of the CT's frame at `at_mm` along the view's normal, on the dose grid's own pitch, 0 outside the grid; `None`
/// when the plane misses the dose grid.
pub fn dose_on(dose: &Volume, ct: &Grid, view: View, at_mm: f64) -> Option<Picture<f32>> {
    let frame = Frame::of(ct);
    let last = dose.grid.size.map(|n| n.saturating_sub(1) as f64);
    let corners = (0..8_usize).map(|corner| {
        let pick = |a: usize| if (corner >> a) & 1 == 1 { last[a] } else { 0.0 };
        frame.coordinates(dose.grid.position([pick(0), pick(1), pick(2)]))
    });
    let (low, high) = bounds_of(corners)?;
    let plane = Plane::around(view, at_mm, low, high);
    let normal = match view {
        View::Axial => 2,
        View::Sagittal => 0,
        View::Coronal => 1,
    };
    if !at_mm.is_finite() || at_mm < low[normal] || at_mm > high[normal] {
        return None;
    }
    let pitch = dose.grid.spacing.iter().copied().fold(f64::INFINITY, f64::min);
    let size = plane.extent.map(|extent| (extent / pitch).round() as usize + 1);
    let mut values = plane.sample(dose, &frame, size);
    for value in &mut values {
        if value.is_nan() {
            *value = 0.0;
        }
    }
    let step = |n: usize| plane.extent[n] / (size[n].max(2) - 1) as f64;
    let origin = frame.position(plane.lift(plane.low));
    let towards = |spot: [f64; 2]| -> Point {
        let to = frame.position(plane.lift([plane.low[0] + spot[0], plane.low[1] + spot[1]]));
        std::array::from_fn(|c| to[c] - origin[c])
    };
    Some(Picture {
        size,
        pixel_mm: [step(0), step(1)],
        origin,
        axes: [towards([1.0, 0.0]), towards([0.0, 1.0])],
        values,
    })
}

/// Outlines of the structures on layer `at` of a CT: ROI number and closed lines in mm from the layer's first pixel, to the right and
/// downwards.
pub fn outlines(structures: &[Structure], ct: &Grid, view: View, at: usize) -> Vec<(i32, Vec<Vec<[f64; 2]>>)> {
    let (Some(cut), Some(at_mm)) = (cut(ct, view, at), height(ct, view, at)) else { return Vec::new() };
    let frame = Frame::of(ct);
    let plane_at = Plane { view, at: at_mm, low: [0.0; 2], extent: [0.0; 2] };
    let first = plane_at.project(frame.coordinates(cut.origin));
    let extent = std::array::from_fn(|n| cut.size[n].saturating_sub(1) as f64 * cut.pixel_mm[n]);
    let plane = Plane { view, at: at_mm, low: [first[0], first[1]], extent };
    structures
        .iter()
        .map(|structure| {
            let lines = outlines_on(structure, &frame, &plane)
                .into_iter()
                .map(|line| line.points.iter().map(|p| [p[0] - first[0], p[1] - first[1]]).collect())
                .collect();
            (structure.number, lines)
        })
        .filter(|(_, lines): &(i32, Vec<Vec<[f64; 2]>>)| !lines.is_empty())
        .collect()
}
