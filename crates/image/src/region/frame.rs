//! The common plane orientation of a set of contours.

use super::dot;
use crate::Point;

/// Twice the vector area of a closed polygon (Newell's sum), taken about its first point against cancellation.
pub(super) fn vector_area(points: &[Point]) -> Point {
    let mut sum = [0.0; 3];
    let Some(&first) = points.first() else { return sum };
    for (p, q) in points.iter().zip(points.iter().skip(1)) {
        let a = [p[0] - first[0], p[1] - first[1], p[2] - first[2]];
        let b = [q[0] - first[0], q[1] - first[1], q[2] - first[2]];
        let c = cross(a, b);
        for i in 0..3 {
            sum[i] += c[i];
        }
    }
    sum
}

/// Orthonormal axes u, v, n for contours with these vector areas; `None` when none has any area.
///
/// Normals that differ from a patient axis by rounding only are taken as that axis; n points to its positive side.
pub(super) fn axes(areas: &[Point]) -> Option<[Point; 3]> {
    let largest = areas.iter().copied().max_by(|a, b| dot(*a, *a).total_cmp(&dot(*b, *b)))?;
    let mut sum = [0.0; 3];
    for area in areas {
        let sign = if dot(*area, largest) < 0.0 { -1.0 } else { 1.0 };
        for i in 0..3 {
            sum[i] += sign * area[i];
        }
    }
    let mut n = unit(sum)?;
    let main = (0..3).max_by(|&a, &b| n[a].abs().total_cmp(&n[b].abs()))?;
    if n[main] < 0.0 {
        n = n.map(|x| -x);
    }
    // 1e-8 below 1 is an angle of 0.14 mrad: 0.014 mm over 100 mm
    if n[main] > 1.0 - 1e-8 {
        n = [0.0; 3];
        n[main] = 1.0;
    }
    // u along the patient axis following the main one, so that axial contours get u = x, v = y
    let mut along = [0.0; 3];
    along[(main + 1) % 3] = 1.0;
    let inside = dot(along, n);
    let u = unit(std::array::from_fn(|c| along[c] - inside * n[c]))?;
    Some([u, cross(n, u), n])
}

fn cross(a: Point, b: Point) -> Point {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn unit(v: Point) -> Option<Point> {
    let length = dot(v, v).sqrt();
    (length > 0.0 && length.is_finite()).then(|| v.map(|x| x / length))
}
