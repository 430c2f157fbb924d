//! The chest about a lung lesion, and about the gullet.

use super::{Look, Site, bone, bone_ellipsoid, bone_tube};
use crate::Point;
use crate::simulate::{Rng, Scene, Shape};

/// The thin shell of a vertebra or of the breastbone shows on CT as a few hundred HU, that of a rib as more.
const SPONGY: Look = Look::new(1.0, 450.0, 200.0);
const RIB: Look = Look::new(1.2, 650.0, 180.0);

/// Ellipses of the chest wall and lungs are about the patient's midline, x = 0, y = 0.
const LUNG: Point = [52.0, 72.0, 130.0];

/// Air, lungs, heart, spine and ribs from `z[0]` to `z[1]`, painted; with lungs, cord, heart and aorta drawn.
fn thorax(site: &mut Site, z: [f64; 2], rng: &mut Rng) {
    let s = &mut site.scene;
    let trunk = |semi: [f64; 2], y: f64| Shape::Trunk { centre: [0.0, y], semi, z: [z[0] - 100.0, z[1] + 100.0] };
    s.paint_textured(trunk([178.0, 122.0], 0.0), -100.0, 10.0, 7.0);
    s.paint_textured(trunk([158.0, 108.0], 0.0), 50.0, 10.0, 6.0);
    s.paint_textured(trunk([131.0, 90.0], 0.0), -90.0, 15.0, 5.0);
    let middle = f64::midpoint(z[0], z[1]);
    for (side, name) in [(-1.0, "Lung_R"), (1.0, "Lung_L")] {
        let centre = [side * 76.0, 0.0, middle];
        s.paint_textured(Shape::Ellipsoid { centre, semi: LUNG }, -830.0, 35.0, 3.0);
        vessels(s, centre, side, rng);
        site.organs.push(super::Organ {
            name,
            kind: "ORGAN",
            colour: if side < 0.0 { [96, 200, 255] } else { [96, 160, 255] },
            shape: Shape::Ellipsoid { centre, semi: LUNG },
            axis: [[centre[0], 0.0, z[0] - 100.0], [centre[0], 0.0, z[1] + 100.0]],
            without: Vec::new(),
        });
    }
    let s = &mut site.scene;
    // mediastinum, heart below, aorta beside the spine
    s.paint_textured(
        Shape::Trunk { centre: [0.0, 5.0], semi: [30.0, 62.0], z: [z[0] - 80.0, z[1] + 80.0] },
        -60.0,
        25.0,
        5.0,
    );
    let heart = ([18.0, -28.0, z[0] - 10.0], [46.0, 36.0, 50.0]);
    s.paint_textured(Shape::Ellipsoid { centre: heart.0, semi: heart.1 }, 42.0, 10.0, 6.0);
    let aorta = Shape::Trunk { centre: [28.0, 42.0], semi: [12.0, 12.0], z: [z[0] - 80.0, z[1] + 80.0] };
    s.paint_textured(aorta.clone(), 44.0, 6.0, 5.0);
    // vertebrae with discs between, canal and processes
    let column = |semi: [f64; 2]| Shape::Trunk { centre: [0.0, 62.0], semi, z: [z[0] - 80.0, z[1] + 80.0] };
    bone(s, column([19.0, 15.0]), column([18.0, 14.0]), SPONGY);
    let mut disc = z[0] - 79.0;
    while disc < z[1] + 80.0 {
        s.paint(Shape::Trunk { centre: [0.0, 62.0], semi: [19.0, 15.0], z: [disc, disc + 5.0] }, 90.0);
        disc += 25.0;
    }
    bone(s, column_at(84.0, [15.0, 12.0], z), column_at(84.0, [14.0, 11.0], z), SPONGY);
    let cord = column_at(83.0, [7.0, 7.0], z);
    s.paint(cord.clone(), 30.0);
    ribs(s, z);
    bone_ellipsoid(s, [0.0, -98.0, middle], [17.0, 5.0, 90.0], SPONGY);
    let inner = Shape::Trunk { centre: [0.0, 5.0], semi: [30.0, 62.0], z: [z[0] - 80.0, z[1] + 80.0] };
    for lung in &mut site.organs {
        lung.without = vec![inner.clone(), Shape::Ellipsoid { centre: heart.0, semi: heart.1 }, aorta.clone()];
    }
    let ends = |x: f64, y: f64| [[x, y, z[0] - 80.0], [x, y, z[1] + 80.0]];
    site.draw("SpinalCord", "ORGAN", [255, 255, 0], cord, ends(0.0, 83.0));
    site.draw("Aorta", "ORGAN", [224, 32, 96], aorta, ends(28.0, 42.0));
    site.draw_ellipsoid("Heart", "ORGAN", [224, 64, 160], heart.0, heart.1);
}

fn column_at(y: f64, semi: [f64; 2], z: [f64; 2]) -> Shape {
    Shape::Trunk { centre: [0.0, y], semi, z: [z[0] - 80.0, z[1] + 80.0] }
}

/// Branching vessels of one lung: tubes from the hilum outwards.
fn vessels(s: &mut Scene, centre: Point, side: f64, rng: &mut Rng) {
    for _ in 0..45 {
        let mut at = [centre[0] - side * 38.0, rng.normal(10.0), centre[2] + rng.normal(25.0)];
        let mut way = [side * rng.between(0.3, 1.0), rng.normal(0.6), rng.normal(0.8)];
        let mut radius = rng.between(1.2, 3.2);
        for _ in 0..4 {
            let length = rng.between(9.0, 18.0);
            let next = [at[0] + way[0] * length, at[1] + way[1] * length, at[2] + way[2] * length];
            let inside: f64 = (0..3).map(|a| ((next[a] - centre[a]) / LUNG[a]).powi(2)).sum();
            if inside > 0.93 {
                break;
            }
            s.paint(Shape::Tube { points: vec![at, next], radius }, 35.0);
            at = next;
            way = way.map(|w| w + rng.normal(0.25));
            radius *= 0.75;
        }
    }
}

/// Ribs: slanting arcs along the chest wall, 27 mm apart.
fn ribs(s: &mut Scene, z: [f64; 2]) {
    let mut back = z[0] - 60.0;
    while back < z[1] + 110.0 {
        for side in [-1.0, 1.0] {
            let arc: Vec<Point> = (0..=14)
                .map(|n| {
                    let angle = 0.25 + 2.3 * f64::from(n) / 14.0;
                    [side * 140.0 * angle.sin(), 96.0 * angle.cos(), back - 45.0 * f64::from(n) / 14.0]
                })
                .collect();
            bone_tube(s, &arc, 5.2, RIB);
        }
        back += 27.0;
    }
}

/// A chest with a solid lesion in the right lung, drawn as GTV, and as PTV with a margin of 4 mm.
pub fn chest(lesion: Point, semi: Point, rng: &mut Rng) -> Site {
    let mut site = Site::default();
    thorax(&mut site, [lesion[2] - 40.0, lesion[2] + 40.0], rng);
    site.scene.paint_textured(Shape::Ellipsoid { centre: lesion, semi }, 38.0, 12.0, 3.0);
    for _ in 0..9 {
        // spicules
        let way = rng.direction();
        let tip = [0, 1, 2].map(|a| lesion[a] + way[a] * (semi[a] + rng.between(4.0, 9.0)));
        site.scene.paint(Shape::Tube { points: vec![lesion, tip], radius: rng.between(0.6, 1.2) }, 0.0);
    }
    let margin = semi.map(|a| a + 4.0);
    site.organs.reverse();
    site.draw_ellipsoid("PTV", "PTV", [255, 96, 160], lesion, margin);
    site.draw_ellipsoid("GTV", "GTV", [255, 32, 32], lesion, semi);
    site.organs.reverse();
    site
}

/// A chest with a gullet held open to `radius_mm` along the line `lumen`, and a tumour about the line `tumour` that thickens its wall
/// to `wall_mm`; tumour (with the lumen inside it) and lumen are drawn.
pub fn mediastinum(lumen: &[Point], tumour: &[Point], radius_mm: f64, wall_mm: f64, rng: &mut Rng) -> Site {
    let mut site = Site::default();
    let ends = [lumen.first(), lumen.last()].map(|p| p.copied().unwrap_or([0.0; 3]));
    thorax(&mut site, [ends[0][2] + 10.0, ends[1][2] - 10.0], rng);
    let s = &mut site.scene;
    // the windpipe above, in front of the gullet
    let trachea = Shape::Trunk { centre: [2.0, 3.0], semi: [9.0, 8.0], z: [ends[1][2] - 30.0, ends[1][2] + 90.0] };
    s.paint(Shape::Trunk { centre: [2.0, 3.0], semi: [11.0, 10.0], z: [ends[1][2] - 32.0, ends[1][2] + 90.0] }, 45.0);
    s.paint(trachea.clone(), -980.0);
    let up = |p: Point, by: f64| [p[0], p[1], p[2] + by];
    let whole = vec![up(ends[0], -60.0), ends[0], ends[1], up(ends[1], 60.0)];
    s.paint_textured(Shape::Tube { points: whole, radius: 8.0 }, 40.0, 10.0, 4.0);
    let tube = |radius: f64| Shape::Tube { points: lumen.to_vec(), radius };
    let growth = Shape::Tube { points: tumour.to_vec(), radius: radius_mm + wall_mm };
    let growth_ends = [tumour.first(), tumour.last()].map(|p| p.copied().unwrap_or([0.0; 3]));
    s.paint_textured(tube(radius_mm + 2.0), 42.0, 12.0, 4.0);
    s.paint_textured(growth.clone(), 46.0, 12.0, 4.0);
    s.paint_textured(tube(radius_mm), -940.0, 20.0, 5.0);
    site.organs.reverse();
    site.draw(
        "Trachea",
        "ORGAN",
        [160, 224, 224],
        trachea,
        [[2.0, 3.0, ends[1][2] - 30.0], [2.0, 3.0, ends[1][2] + 90.0]],
    );
    site.draw("Lumen", "CAVITY", [96, 255, 160], tube(radius_mm), ends);
    site.draw("GTV", "GTV", [255, 32, 32], growth, growth_ends);
    site.organs.reverse();
    site
}
