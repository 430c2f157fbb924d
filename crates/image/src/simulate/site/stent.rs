//! Metal stents.

use crate::Point;
use crate::simulate::vector::{across, along, distance, sub, unit};
use crate::simulate::{Dense, Material};

/// A self-expanding stent: wires that wind both ways about a line, as a mesh of straight pieces of nitinol.
///
/// `line` is the centre line from end to end, `wires` the number in each sense, `turn_mm` the length of a full turn.
pub fn mesh(line: &[Point], radius_mm: f64, wires: usize, turn_mm: f64, wire_mm: f64) -> Vec<Dense> {
    let Some(material) = Material::named("nitinol") else { return Vec::new() };
    let length: f64 = line.windows(2).map(|p| distance(p[0], p[1])).sum();
    let pieces = (length / 1.5).ceil().max(1.0) as usize;
    let mut rods = Vec::new();
    for (sense, wire) in [-1.0, 1.0].into_iter().flat_map(|s| (0..wires).map(move |w| (s, w))) {
        let corner = |n: usize| {
            let way = length * n as f64 / pieces as f64;
            let angle = std::f64::consts::TAU * (wire as f64 / wires as f64 + sense * way / turn_mm);
            around(line, way, radius_mm, angle)
        };
        rods.extend((0..pieces).map(|n| Dense::rod(corner(n), corner(n + 1), wire_mm, material)));
    }
    rods
}

/// The point at a length along a polyline, at a distance and angle from it.
pub(crate) fn around(line: &[Point], way: f64, radius: f64, angle: f64) -> Point {
    let mut left = way;
    let mut last = ([0.0; 3], [0.0, 0.0, 1.0]);
    for pair in line.windows(2) {
        let step = distance(pair[0], pair[1]);
        let axis = unit(sub(pair[1], pair[0]));
        last = (along(pair[0], axis, left), axis);
        if left <= step {
            break;
        }
        left -= step;
    }
    let (u, v) = across(last.1);
    along(along(last.0, u, radius * angle.cos()), v, radius * angle.sin())
}
