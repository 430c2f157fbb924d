//! Solids of the anatomy, by their (approximate) signed distance.

use super::vector::{along, dot, norm, sub};
use crate::Point;

/// A solid. All lengths in mm, all positions in patient coordinates.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// ellipsoid with semi-axes along the patient axes
    Ellipsoid {
        /// its centre
        centre: Point,
        /// semi-axes along x, y, z
        semi: Point,
    },
    /// cylinder along z with an elliptic cross-section, such as a trunk
    Trunk {
        /// x, y of its axis
        centre: [f64; 2],
        /// semi-axes along x and y
        semi: [f64; 2],
        /// from, to along z
        z: [f64; 2],
    },
    /// straight round cylinder with flat ends
    Cylinder {
        /// centre of one end
        from: Point,
        /// centre of the other end
        to: Point,
        /// radius
        radius: f64,
    },
    /// everything within `radius` of a polyline
    Tube {
        /// its corners; at least one
        points: Vec<Point>,
        /// radius
        radius: f64,
    },
    /// box along the patient axes
    Cuboid {
        /// its centre
        centre: Point,
        /// half its lengths
        half: Point,
    },
    /// everything behind a plane
    HalfSpace {
        /// a point of the plane
        point: Point,
        /// unit vector that points out of the solid
        normal: Point,
    },
}

/// Signed distance to an ellipse or ellipsoid, exact on the surface and to first order beside it.
fn ellipsoid<const N: usize>(offset: [f64; N], semi: [f64; N]) -> f64 {
    let (mut level, mut slope) = (0.0, 0.0);
    for (o, s) in offset.iter().zip(semi) {
        let q = o / s;
        level += q * q;
        slope += (q / s) * (q / s);
    }
    let level = level.sqrt();
    let slope = slope.sqrt();
    if slope > 0.0 { level * (level - 1.0) / slope } else { -semi.iter().copied().fold(f64::INFINITY, f64::min) }
}

/// Distance to the segment from `a` to `b`.
pub(crate) fn to_segment(p: Point, a: Point, b: Point) -> f64 {
    let ab = sub(b, a);
    let length2 = dot(ab, ab);
    let t = if length2 > 0.0 { (dot(sub(p, a), ab) / length2).clamp(0.0, 1.0) } else { 0.0 };
    norm(sub(p, along(a, ab, t)))
}

impl Shape {
    /// Signed distance from its surface, mm; negative inside.
    pub fn distance(&self, p: Point) -> f64 {
        match self {
            Self::Ellipsoid { centre, semi } => ellipsoid(sub(p, *centre), *semi),
            Self::Trunk { centre, semi, z } => {
                let side = ellipsoid([p[0] - centre[0], p[1] - centre[1]], *semi);
                side.max(z[0] - p[2]).max(p[2] - z[1])
            }
            Self::Cylinder { from, to, radius } => {
                let length = norm(sub(*to, *from));
                let axis = super::vector::unit(sub(*to, *from));
                let offset = sub(p, *from);
                let w = dot(offset, axis);
                let side = norm(along(offset, axis, -w)) - radius;
                side.max(-w).max(w - length)
            }
            Self::Tube { points, radius } => match points.as_slice() {
                [only] => norm(sub(p, *only)) - radius,
                _ => points.windows(2).map(|s| to_segment(p, s[0], s[1])).fold(f64::INFINITY, f64::min) - radius,
            },
            Self::Cuboid { centre, half } => {
                let d = sub(p, *centre);
                (d[0].abs() - half[0]).max(d[1].abs() - half[1]).max(d[2].abs() - half[2])
            }
            Self::HalfSpace { point, normal } => dot(sub(p, *point), *normal),
        }
    }

    /// The corners of a box around it; `None` when it has no bounds.
    pub fn bounds(&self) -> Option<[Point; 2]> {
        let around = |points: &[Point], pad: Point| {
            let mut low = [f64::INFINITY; 3];
            let mut high = [f64::NEG_INFINITY; 3];
            for p in points {
                for a in 0..3 {
                    low[a] = low[a].min(p[a] - pad[a]);
                    high[a] = high[a].max(p[a] + pad[a]);
                }
            }
            [low, high]
        };
        match self {
            Self::Ellipsoid { centre, semi } => Some(around(&[*centre], *semi)),
            Self::Trunk { centre, semi, z } => Some([
                [centre[0] - semi[0], centre[1] - semi[1], z[0]],
                [centre[0] + semi[0], centre[1] + semi[1], z[1]],
            ]),
            Self::Cylinder { from, to, radius } => Some(around(&[*from, *to], [*radius; 3])),
            Self::Tube { points, radius } => Some(around(points, [*radius; 3])),
            Self::Cuboid { centre, half } => Some(around(&[*centre], *half)),
            Self::HalfSpace { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_right_on_axes_and_vanish_on_surfaces() {
        let ball = Shape::Ellipsoid { centre: [1.0, 0.0, 0.0], semi: [5.0; 3] };
        assert!((ball.distance([9.0, 0.0, 0.0]) - 3.0).abs() < 5.0);
        assert!(ball.distance([1.0, 3.0, 4.0]).abs() < 1e-12);
        assert_eq!(ball.distance([1.0, 0.0, 0.0]), -5.0);
        let rod = Shape::Cylinder { from: [0.0; 3], to: [0.0, 0.0, 10.0], radius: 2.0 };
        assert_eq!(rod.distance([3.0, 0.0, 5.0]), 1.0);
        assert_eq!(rod.distance([0.0, 0.0, 12.0]), 2.0);
        let tube = Shape::Tube { points: vec![[0.0; 3], [10.0, 0.0, 0.0], [10.0, 10.0, 0.0]], radius: 1.0 };
        assert_eq!(tube.distance([5.0, 0.0, 3.0]), 2.0);
        assert_eq!(tube.distance([10.0, 10.0, 0.5]), -0.5);
        assert_eq!(tube.bounds(), Some([[-1.0, -1.0, -1.0], [11.0, 11.0, 1.0]]));
    }
}
