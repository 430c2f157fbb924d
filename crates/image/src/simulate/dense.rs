//! Small dense objects, and the path of a ray through them.

use super::material::Material;
use super::vector::{across, distance, dot, sub, unit};
use crate::Point;

/// The form of one part of a dense object in its own frame: w along its axis, u and v across.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DenseShape {
    /// round rod or tube wall between two radii and two heights, mm
    Ring {
        /// inner radius, 0 for a rod
        inner_mm: f64,
        /// outer radius
        outer_mm: f64,
        /// lower and upper end along the axis
        w_mm: [f64; 2],
    },
    /// ellipsoid of revolution about the axis, mm
    Spheroid {
        /// semi-axis across
        across_mm: f64,
        /// semi-axis along
        along_mm: f64,
    },
}

/// One part of a dense object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// its form
    pub shape: DenseShape,
    /// what it is made of
    pub material: Material,
    /// share of the volume that is this material; the rest is like water
    pub fill: f64,
}

/// A dense object: parts about one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// where its frame's origin lies, mm
    pub centre: Point,
    /// unit vector along its axis
    pub axis: Point,
    /// its parts; they must not overlap
    pub parts: Vec<Part>,
}

impl Dense {
    /// A solid rod from one point to another.
    pub fn rod(from: Point, to: Point, diameter_mm: f64, material: Material) -> Self {
        let half = distance(from, to) / 2.0;
        let centre = [0, 1, 2].map(|a| f64::midpoint(from[a], to[a]));
        let shape = DenseShape::Ring { inner_mm: 0.0, outer_mm: diameter_mm / 2.0, w_mm: [-half, half] };
        Self { centre, axis: unit(sub(to, from)), parts: vec![Part { shape, material, fill: 1.0 }] }
    }

    /// A spheroid; `fill` is the share of the material in it.
    pub fn blob(centre: Point, axis: Point, semi_mm: [f64; 2], material: Material, fill: f64) -> Self {
        let shape = DenseShape::Spheroid { across_mm: semi_mm[0], along_mm: semi_mm[1] };
        Self { centre, axis: unit(axis), parts: vec![Part { shape, material, fill }] }
    }

    /// Largest radius about the axis and the extent along it, mm.
    pub(crate) fn extent(&self) -> (f64, [f64; 2]) {
        let mut radius = 0.0_f64;
        let mut w = [0.0_f64; 2];
        for part in &self.parts {
            let (r, ends) = match part.shape {
                DenseShape::Ring { outer_mm, w_mm, .. } => (outer_mm, w_mm),
                DenseShape::Spheroid { across_mm, along_mm } => (across_mm, [-along_mm, along_mm]),
            };
            radius = radius.max(r);
            w = [w[0].min(ends[0]), w[1].max(ends[1])];
        }
        (radius, w)
    }
}

/// A line in a dense object's frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub origin: Point,
    pub direction: Point,
}

/// A dense object's frame: u, v, w.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub u: Point,
    pub v: Point,
    pub w: Point,
}

impl Frame {
    pub(crate) fn of(axis: Point) -> Self {
        let w = unit(axis);
        let (u, v) = across(w);
        Self { u, v, w }
    }

    pub(crate) fn turn(&self, p: Point) -> Point {
        [dot(p, self.u), dot(p, self.v), dot(p, self.w)]
    }
}

/// Length of the line inside a round cylinder, mm.
fn in_cylinder(line: Line, radius: f64, w: [f64; 2]) -> f64 {
    let (o, d) = (line.origin, line.direction);
    let a = d[0] * d[0] + d[1] * d[1];
    let c = o[0] * o[0] + o[1] * o[1] - radius * radius;
    let (mut from, mut to) = (f64::NEG_INFINITY, f64::INFINITY);
    if a > 1e-12 {
        let b = o[0] * d[0] + o[1] * d[1];
        let discriminant = b * b - a * c;
        if discriminant <= 0.0 {
            return 0.0;
        }
        let root = discriminant.sqrt();
        (from, to) = ((-b - root) / a, (-b + root) / a);
    } else if c >= 0.0 {
        return 0.0;
    }
    if d[2].abs() > 1e-9 {
        let (t0, t1) = ((w[0] - o[2]) / d[2], (w[1] - o[2]) / d[2]);
        from = from.max(t0.min(t1));
        to = to.min(t0.max(t1));
    } else if o[2] <= w[0] || o[2] >= w[1] {
        return 0.0;
    }
    (to - from).max(0.0)
}

/// Length of the line inside a part, mm; the line's direction has length 1.
pub(crate) fn path_mm(shape: DenseShape, line: Line) -> f64 {
    match shape {
        DenseShape::Ring { inner_mm, outer_mm, w_mm } => {
            let outer = in_cylinder(line, outer_mm, w_mm);
            if inner_mm > 0.0 && outer > 0.0 { outer - in_cylinder(line, inner_mm, w_mm) } else { outer }
        }
        DenseShape::Spheroid { across_mm, along_mm } => {
            let s = [1.0 / across_mm, 1.0 / across_mm, 1.0 / along_mm];
            let o = [0, 1, 2].map(|a| line.origin[a] * s[a]);
            let d = [0, 1, 2].map(|a| line.direction[a] * s[a]);
            let (a, b, c) = (dot(d, d), dot(o, d), dot(o, o) - 1.0);
            let discriminant = b * b - a * c;
            if discriminant <= 0.0 { 0.0 } else { 2.0 * discriminant.sqrt() / a }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_through_simple_solids() {
        let x = |o: Point| Line { origin: o, direction: [1.0, 0.0, 0.0] };
        let z = |o: Point| Line { origin: o, direction: [0.0, 0.0, 1.0] };
        let tube = DenseShape::Ring { inner_mm: 1.0, outer_mm: 2.0, w_mm: [-3.0, 3.0] };
        assert!((path_mm(tube, x([0.0; 3])) - 2.0).abs() < 1e-12);
        assert_eq!(path_mm(tube, x([0.0, 0.0, 3.5])), 0.0);
        assert_eq!(path_mm(tube, z([1.5, 0.0, 0.0])), 6.0);
        assert_eq!(path_mm(tube, z([0.5, 0.0, 0.0])), 0.0);
        let egg = DenseShape::Spheroid { across_mm: 1.0, along_mm: 2.0 };
        assert!((path_mm(egg, z([0.0; 3])) - 4.0).abs() < 1e-12);
        assert!((path_mm(egg, x([0.0; 3])) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn mean_path_over_all_lines_is_volume_over_shadow() {
        // a slanted direction through a rod: the sum of paths times the line's cell is the volume
        let rod = DenseShape::Ring { inner_mm: 0.0, outer_mm: 0.4, w_mm: [-2.25, 2.25] };
        let frame = Frame::of([0.3, -0.5, 0.8]);
        let direction = frame.turn([0.0, 1.0, 0.0]);
        let step = 0.02;
        let mut sum = 0.0;
        for i in -150..150 {
            for k in -150..150 {
                let p = [(f64::from(i) + 0.5) * step, 0.0, (f64::from(k) + 0.5) * step];
                sum += path_mm(rod, Line { origin: frame.turn(p), direction }) * step * step;
            }
        }
        let volume = std::f64::consts::PI * 0.16 * 4.5;
        assert!((sum / volume - 1.0).abs() < 2e-3, "{sum} {volume}");
    }
}
