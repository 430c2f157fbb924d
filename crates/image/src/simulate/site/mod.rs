//! Anatomy of the sites of implants, with the structures that a physicist would draw.

mod chest;
mod pelvis;
mod stent;

pub use chest::{chest, mediastinum};
pub use pelvis::{Pelvis, pelvis};
pub(crate) use stent::around;
pub use stent::mesh;

use super::{Scene, Shape};
use crate::{Contour, ContourKind, Point, Structure};

/// A structure to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Organ {
    /// ROI name
    pub name: &'static str,
    /// RT ROI Interpreted Type
    pub kind: &'static str,
    /// display colour
    pub colour: [u8; 3],
    /// its extent: star-shaped in every slice about the line `axis`
    pub shape: Shape,
    /// a point inside at the lower and at the upper end
    pub axis: [Point; 2],
    /// what is cut out of it
    pub without: Vec<Shape>,
}

/// Anatomy and its structures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Site {
    /// what is scanned
    pub scene: Scene,
    /// what is drawn
    pub organs: Vec<Organ>,
}

/// Corners of a drawn contour.
const CORNERS: usize = 96;

impl Organ {
    /// The contour in the transverse plane at `z`; `None` where the plane misses the organ.
    ///
    /// From the axis outwards to the first surface, by steps of 1 mm and then halving.
    fn contour(&self, z: f64) -> Option<Contour> {
        let [low, high] = self.axis;
        let part = ((z - low[2]) / (high[2] - low[2])).clamp(0.0, 1.0);
        let middle = [low[0] + part * (high[0] - low[0]), low[1] + part * (high[1] - low[1]), z];
        let distance = |p: Point| self.without.iter().map(|s| -s.distance(p)).fold(self.shape.distance(p), f64::max);
        if distance(middle) >= -0.3 {
            return None;
        }
        let points = (0..CORNERS).map(|n| {
            let (sin, cos) = (std::f64::consts::TAU * n as f64 / CORNERS as f64).sin_cos();
            let at = |r: f64| [middle[0] + r * cos, middle[1] + r * sin, z];
            let inside = (0..300).take_while(|&r| distance(at(f64::from(r))) < 0.0).count();
            let (mut near, mut far) = (inside as f64 - 1.0, inside as f64);
            for _ in 0..20 {
                let half = f64::midpoint(near, far);
                if distance(at(half)) < 0.0 { near = half } else { far = half }
            }
            at(near)
        });
        Some(Contour { kind: ContourKind::ClosedPlanar, points: points.collect(), image: None })
    }
}

impl Site {
    /// Adds a structure; `axis` must run inside the shape.
    pub fn draw(&mut self, name: &'static str, kind: &'static str, colour: [u8; 3], shape: Shape, axis: [Point; 2]) {
        self.organs.push(Organ { name, kind, colour, shape, axis, without: Vec::new() });
    }

    /// Adds an ellipsoid as a structure.
    pub fn draw_ellipsoid(
        &mut self,
        name: &'static str,
        kind: &'static str,
        colour: [u8; 3],
        centre: Point,
        semi: Point,
    ) {
        let end = |sign: f64| [centre[0], centre[1], centre[2] + sign * semi[2]];
        self.draw(name, kind, colour, Shape::Ellipsoid { centre, semi }, [end(-1.0), end(1.0)]);
    }

    /// The structures as contours on the planes at `z_mm`.
    pub fn structures(&self, z_mm: &[f64]) -> Vec<Structure> {
        let structure = |(n, organ): (usize, &Organ)| Structure {
            number: n as i32 + 1,
            name: organ.name.to_owned(),
            kind: organ.kind.to_owned(),
            colour: Some(organ.colour),
            frame_of_reference: String::new(),
            contours: z_mm.iter().filter_map(|&z| organ.contour(z)).collect(),
        };
        self.organs.iter().enumerate().map(structure).filter(|s| !s.contours.is_empty()).collect()
    }
}

/// How a bone looks: thickness and CT number of its cortex, CT number of its marrow.
#[derive(Debug, Clone, Copy)]
struct Look {
    cortex_mm: f64,
    cortex_hu: f64,
    marrow_hu: f64,
}

impl Look {
    const fn new(cortex_mm: f64, cortex_hu: f64, marrow_hu: f64) -> Self {
        Self { cortex_mm, cortex_hu, marrow_hu }
    }
}

/// Paints a bone: cortex with marrow inside.
fn bone(scene: &mut Scene, cortex: Shape, marrow: Shape, look: Look) {
    scene.paint_textured(cortex, look.cortex_hu, 0.04 * look.cortex_hu, 4.0);
    scene.paint_textured(marrow, look.marrow_hu, 0.25 * look.marrow_hu, 2.5);
}

/// Paints an ellipsoid of bone.
fn bone_ellipsoid(scene: &mut Scene, centre: Point, semi: Point, look: Look) {
    let inner = semi.map(|s| (s - look.cortex_mm).max(0.5));
    bone(scene, Shape::Ellipsoid { centre, semi }, Shape::Ellipsoid { centre, semi: inner }, look);
}

/// Paints a long bone along a polyline, piece by piece: small solids paint faster than one long one.
fn bone_tube(scene: &mut Scene, points: &[Point], radius: f64, look: Look) {
    let pieces = |radius: f64| points.windows(2).map(move |p| Shape::Tube { points: p.to_vec(), radius });
    for piece in pieces(radius) {
        scene.paint_textured(piece, look.cortex_hu, 0.04 * look.cortex_hu, 4.0);
    }
    for piece in pieces(radius - look.cortex_mm) {
        scene.paint_textured(piece, look.marrow_hu, 0.25 * look.marrow_hu, 2.5);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contours_of_an_ellipsoid_enclose_its_area() {
        let mut site = Site::default();
        site.draw_ellipsoid("GTV", "GTV", [255, 0, 0], [10.0, -5.0, 3.0], [20.0, 15.0, 12.0]);
        let planes: Vec<f64> = (-10..=10).map(|k| f64::from(k) * 2.5).collect();
        let structures = site.structures(&planes);
        let mut volume = 0.0;
        for contour in &structures[0].contours {
            let p = &contour.points;
            let doubled: f64 =
                (0..p.len()).map(|i| (p[i], p[(i + 1) % p.len()])).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum();
            volume += doubled.abs() / 2.0 * 2.5;
        }
        let exact = 4.0 / 3.0 * std::f64::consts::PI * 20.0 * 15.0 * 12.0;
        assert!((volume / exact - 1.0).abs() < 0.01, "{volume} {exact}");
    }
}
