//! A plane to look at, and sampling a volume on it.

use crate::{Point, Volume};

use super::Frame;

/// Which way one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// from the feet: the patient's right is on the left
    Axial,
    /// from the patient's left: the front is on the left
    Sagittal,
    /// from the front: the patient's right is on the left
    Coronal,
}

impl View {
    /// The frame directions that run to the right and downwards on paper, with their signs; the third is the normal.
    pub(super) const fn directions(self) -> ([usize; 3], [f64; 2]) {
        match self {
            Self::Axial => ([0, 1, 2], [1.0, 1.0]),
            Self::Sagittal => ([1, 2, 0], [1.0, -1.0]),
            Self::Coronal => ([0, 2, 1], [1.0, -1.0]),
        }
    }
}

/// A rectangle cut out of a plane; `u` runs to the right on paper, `v` downwards.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// which way one looks
    pub view: View,
    /// coordinate along the normal, mm
    pub at: f64,
    /// left and top edge, mm
    pub low: [f64; 2],
    /// width and height, mm
    pub extent: [f64; 2],
}

impl Plane {
    /// The plane through `at` around a box of frame coordinates.
    pub fn around(view: View, at: f64, low: Point, high: Point) -> Self {
        let (axes, signs) = view.directions();
        let edge = |i: usize| {
            let (a, b) = (signs[i] * low[axes[i]], signs[i] * high[axes[i]]);
            (a.min(b), (a - b).abs())
        };
        let ((u, w), (v, h)) = (edge(0), edge(1));
        Self { view, at, low: [u, v], extent: [w, h] }
    }

    /// `u`, `v` and the distance from the plane of frame coordinates.
    pub fn project(&self, at: Point) -> [f64; 3] {
        let (axes, signs) = self.view.directions();
        [signs[0] * at[axes[0]], signs[1] * at[axes[1]], at[axes[2]] - self.at]
    }

    /// Frame coordinates of a spot on the plane.
    pub fn lift(&self, [u, v]: [f64; 2]) -> Point {
        let (axes, signs) = self.view.directions();
        let mut at = [0.0; 3];
        at[axes[0]] = signs[0] * u;
        at[axes[1]] = signs[1] * v;
        at[axes[2]] = self.at;
        at
    }

    /// A volume on `size` points from edge to edge, row by row; NaN outside the volume.
    pub fn sample(&self, volume: &Volume, frame: &Frame, size: [usize; 2]) -> Vec<f32> {
        let step = |i: usize| self.extent[i] / (size[i].max(2) - 1) as f64;
        let (du, dv) = (step(0), step(1));
        let mut values = Vec::with_capacity(size[0] * size[1]);
        for row in 0..size[1] {
            for column in 0..size[0] {
                let spot = [self.low[0] + column as f64 * du, self.low[1] + row as f64 * dv];
                let value = volume.sample(frame.position(self.lift(spot)));
                values.push(value.unwrap_or(f32::NAN));
            }
        }
        values
    }
}
