//! Small vector arithmetic of points, mm.

use crate::Point;

pub(crate) fn add(a: Point, b: Point) -> Point {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

pub(crate) fn sub(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(crate) fn scale(a: Point, factor: f64) -> Point {
    [a[0] * factor, a[1] * factor, a[2] * factor]
}

/// `a + b·factor`
pub(crate) fn along(a: Point, b: Point, factor: f64) -> Point {
    add(a, scale(b, factor))
}

pub(crate) fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(crate) fn cross(a: Point, b: Point) -> Point {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(crate) fn norm(a: Point) -> f64 {
    dot(a, a).sqrt()
}

pub(crate) fn distance(a: Point, b: Point) -> f64 {
    norm(sub(a, b))
}

/// The unit vector along `a`; the z axis where `a` has no length.
pub(crate) fn unit(a: Point) -> Point {
    let n = norm(a);
    if n > 0.0 && n.is_finite() { scale(a, 1.0 / n) } else { [0.0, 0.0, 1.0] }
}

/// Two unit vectors that with the unit vector `w` make an orthogonal frame.
pub(crate) fn across(w: Point) -> (Point, Point) {
    let helper = if w[0].abs() < 0.7 { [1.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0] };
    let u = unit(cross(helper, w));
    (u, cross(w, u))
}
