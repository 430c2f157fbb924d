//! One image plane: where it lies and what it shows.

use crate::Point;

/// Voxel values of one plane after rescaling, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    /// whole numbers that fit
    I16(Vec<i16>),
    /// anything else
    F32(Vec<f32>),
}

/// Where a plane lies.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placement {
    /// centre of the first pixel, mm
    pub(crate) position: Point,
    /// unit vector of increasing column
    pub(crate) row_axis: Point,
    /// unit vector of increasing row, at right angles to it
    pub(crate) column_axis: Point,
    /// distance of columns, distance of rows, mm
    pub(crate) spacing: [f64; 2],
    /// number of columns, number of rows
    pub(crate) size: [usize; 2],
}

/// A slice of a classic series, or a frame of a multi-frame image.
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    /// file, with the frame where there are several; for messages
    pub(crate) name: String,
    /// SOP Instance UID
    pub(crate) sop_instance_uid: String,
    /// Frame of Reference UID; may be empty
    pub(crate) frame_of_reference: String,
    /// Acquisition Number, where stated
    pub(crate) acquisition: Option<i64>,
    /// Instance Number, where stated
    pub(crate) instance: Option<i64>,
    /// where it lies
    pub(crate) placement: Placement,
    /// what it shows
    pub(crate) values: Values,
}

impl Placement {
    /// Unit normal of the plane: row axis × column axis.
    pub(crate) fn normal(&self) -> Point {
        cross(self.row_axis, self.column_axis)
    }

    /// Whether planes of these placements can be slices of one volume.
    pub(crate) fn stacks_with(&self, other: &Self) -> bool {
        // Of directions, half a milliradian: 0.1 mm at the edge of an image of 400 mm. Of spacings, a micrometre per pixel.
        let close = |a: Point, b: Point| a.iter().zip(b).all(|(x, y)| (x - y).abs() < 5e-4);
        self.size == other.size
            && close(self.row_axis, other.row_axis)
            && close(self.column_axis, other.column_axis)
            && self.spacing.iter().zip(other.spacing).all(|(a, b)| (a - b).abs() < 1e-3)
    }
}

pub(crate) fn cross(a: Point, b: Point) -> Point {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(crate) fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(crate) fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(crate) fn length(a: Point) -> f64 {
    dot(a, a).sqrt()
}
