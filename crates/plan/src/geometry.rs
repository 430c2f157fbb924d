//! Distance from a point to a solid.

use image::{Point, Region};

/// Distance from a point to a region, mm: zero inside. Exact for the stack of slabs that a region is.
pub fn distance_mm(region: &Region, point: Point) -> f64 {
    let [u, v, n] = region.to_uvn(point);
    let mut nearest2 = f64::INFINITY;
    for plane in &region.planes {
        let off = (plane.low_mm - n).max(n - plane.high_mm).max(0.0);
        let off2 = off * off;
        if off2 >= nearest2 {
            continue;
        }
        let flat2 = if plane.encloses(u, v) {
            0.0
        } else {
            plane.edges.iter().map(|edge| to_edge2(edge, u, v)).fold(f64::INFINITY, f64::min)
        };
        nearest2 = nearest2.min(off2 + flat2);
    }
    nearest2.sqrt()
}

/// Squared distance from (u, v) to a line segment.
fn to_edge2(&[u0, v0, u1, v1]: &[f64; 4], u: f64, v: f64) -> f64 {
    let (du, dv) = (u1 - u0, v1 - v0);
    let length2 = du * du + dv * dv;
    let t = if length2 > 0.0 { (((u - u0) * du + (v - v0) * dv) / length2).clamp(0.0, 1.0) } else { 0.0 };
    (u0 + t * du - u).powi(2) + (v0 + t * dv - v).powi(2)
}

pub fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// `from + step · along`.
pub fn go(from: Point, along: Point, step: f64) -> Point {
    std::array::from_fn(|c| from[c] + step * along[c])
}

pub fn distance2(a: Point, b: Point) -> f64 {
    (0..3).map(|c| (a[c] - b[c]).powi(2)).sum()
}

/// The corners of the box around a region, in patient coordinates.
pub fn corners(region: &Region) -> [Point; 8] {
    let bounds = region.bounds_uvn();
    std::array::from_fn(|corner| region.to_patient(std::array::from_fn(|axis| bounds[(corner >> axis) & 1][axis])))
}

/// Lowest and highest coordinates of a region's box along three directions.
pub fn bounds_along(region: &Region, axes: [Point; 3]) -> [[f64; 3]; 2] {
    let mut low = [f64::INFINITY; 3];
    let mut high = [f64::NEG_INFINITY; 3];
    for corner in corners(region) {
        for a in 0..3 {
            let at = dot(axes[a], corner);
            low[a] = low[a].min(at);
            high[a] = high[a].max(at);
        }
    }
    [low, high]
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Contour, ContourKind, RegionOptions, Structure};

    #[test]
    fn distance_to_a_box_is_that_of_geometry() {
        let square = |z: f64| Contour {
            kind: ContourKind::ClosedPlanar,
            points: vec![[0.0, 0.0, z], [10.0, 0.0, z], [10.0, 10.0, z], [0.0, 10.0, z]],
            image: None,
        };
        let structure = Structure {
            number: 1,
            name: "box".into(),
            kind: String::new(),
            colour: None,
            frame_of_reference: String::new(),
            contours: vec![square(0.0), square(2.0), square(4.0)],
        };
        let region = Region::from_structure(&structure, &RegionOptions::default()).unwrap();
        // slabs reach from -1 to 5
        for (point, want) in [
            ([5.0, 5.0, 2.0], 0.0),
            ([13.0, 5.0, 2.0], 3.0),
            ([13.0, 14.0, 2.0], 5.0),
            ([5.0, 5.0, 9.0], 4.0),
            ([13.0, 14.0, 17.0], 13.0),
        ] {
            assert!((distance_mm(&region, point) - want).abs() < 1e-9, "{point:?}");
        }
    }
}
