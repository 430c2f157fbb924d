//! A man's pelvis about the prostate.

use super::{Look, Site, bone_ellipsoid, bone_tube};
use crate::Point;
use crate::simulate::vector::add;
use crate::simulate::{Dense, Material, Rng, Shape};

/// What varies between pelvises.
#[derive(Debug, Clone, PartialEq)]
pub struct Pelvis {
    /// centre of the prostate, mm
    pub centre: Point,
    /// its semi-axes, mm
    pub semi: Point,
    /// calcifications in the gland and phleboliths beside it
    pub calcifications: usize,
    /// gold markers in the gland
    pub gold_markers: usize,
    /// a catheter in the urethra with a balloon of contrast in the bladder
    pub catheter: bool,
    /// gas in the rectum
    pub gas: bool,
}

/// Paints the pelvis. Random numbers vary texture-like things only: calcifications, gas and marrow.
pub fn pelvis(wanted: &Pelvis, rng: &mut Rng) -> Site {
    let mut site = Site::default();
    let at = |x: f64, y: f64, z: f64| add(wanted.centre, [x, y, z]);
    let [cx, cy, cz] = wanted.centre;
    let trunk = |semi: [f64; 2], y: f64| Shape::Trunk { centre: [cx, cy + y], semi, z: [cz - 200.0, cz + 200.0] };
    let s = &mut site.scene;
    s.paint_textured(trunk([185.0, 120.0], -10.0), -100.0, 10.0, 7.0);
    s.paint_textured(trunk([160.0, 78.0], 5.0), 52.0, 9.0, 6.0);
    // fat of the ischiorectal fossae and in front of the bladder
    for side in [-1.0, 1.0] {
        s.paint_textured(
            Shape::Ellipsoid { centre: at(side * 34.0, 36.0, -22.0), semi: [20.0, 26.0, 34.0] },
            -95.0,
            12.0,
            5.0,
        );
        s.paint_textured(
            Shape::Ellipsoid { centre: at(side * 62.0, -58.0, 20.0), semi: [26.0, 18.0, 50.0] },
            -95.0,
            12.0,
            5.0,
        );
    }
    s.paint_textured(Shape::Ellipsoid { centre: at(0.0, -36.0, 24.0), semi: [34.0, 20.0, 34.0] }, -95.0, 12.0, 5.0);
    for side in [-1.0, 1.0] {
        bone_ellipsoid(s, at(side * 92.0, -8.0, 14.0), [24.0, 24.0, 24.0], Look::new(2.0, 850.0, 380.0));
        bone_tube(
            s,
            &[at(side * 92.0, -8.0, 14.0), at(side * 128.0, 0.0, -18.0), at(side * 130.0, 0.0, -90.0)],
            15.0,
            Look::new(3.5, 850.0, 200.0),
        );
        bone_ellipsoid(s, at(side * 17.0, -47.0, -4.0), [14.5, 12.0, 19.0], Look::new(2.0, 850.0, 320.0));
        bone_tube(
            s,
            &[at(side * 20.0, -45.0, 10.0), at(side * 60.0, -28.0, 22.0), at(side * 72.0, 12.0, 12.0)],
            9.0,
            Look::new(2.0, 850.0, 320.0),
        );
        bone_tube(
            s,
            &[at(side * 72.0, 12.0, 12.0), at(side * 60.0, 22.0, -30.0), at(side * 24.0, -35.0, -28.0)],
            9.5,
            Look::new(2.0, 850.0, 320.0),
        );
        // obturator vessels with a phlebolith now and then
        let vessel = vec![at(side * 45.0, -5.0, -60.0), at(side * 42.0, 2.0, 0.0), at(side * 48.0, -8.0, 60.0)];
        s.paint(Shape::Tube { points: vessel, radius: 3.5 }, 75.0);
    }
    bone_ellipsoid(s, at(0.0, 78.0, 34.0), [32.0, 12.0, 30.0], Look::new(2.0, 850.0, 200.0));
    bone_ellipsoid(s, at(0.0, 66.0, -4.0), [8.0, 6.0, 12.0], Look::new(1.5, 850.0, 250.0));
    // levator, rectum, bladder, gland
    let levator = wanted.semi.map(|a| a + 9.0);
    s.paint_textured(Shape::Ellipsoid { centre: at(0.0, 2.0, -6.0), semi: levator }, -70.0, 15.0, 4.0);
    s.paint_textured(
        Shape::Ellipsoid { centre: at(0.0, 4.0, -10.0), semi: add(levator, [-4.0, -4.0, 0.0]) },
        50.0,
        10.0,
        5.0,
    );
    let rectal_y = wanted.semi[1] + 12.0;
    let rectum = vec![
        at(0.0, rectal_y + 6.0, -70.0),
        at(0.0, rectal_y, -25.0),
        at(0.0, rectal_y, 20.0),
        at(6.0, rectal_y + 8.0, 75.0),
    ];
    s.paint_textured(Shape::Tube { points: rectum.clone(), radius: 11.5 }, 42.0, 9.0, 4.0);
    s.paint_textured(Shape::Tube { points: rectum.clone(), radius: 7.0 }, 25.0, 30.0, 4.0);
    let bladder = (at(0.0, -10.0, wanted.semi[2] + 25.0), [34.0, 28.0, 23.0]);
    s.paint(Shape::Ellipsoid { centre: bladder.0, semi: bladder.1 }, 40.0);
    s.paint(Shape::Ellipsoid { centre: bladder.0, semi: bladder.1.map(|a| a - 3.0) }, 6.0);
    s.paint_textured(Shape::Ellipsoid { centre: wanted.centre, semi: wanted.semi }, 44.0, 9.0, 3.0);
    let urethra = vec![at(0.0, 4.0, -wanted.semi[2] - 30.0), at(0.0, 2.0, 0.0), at(0.0, -4.0, wanted.semi[2] + 4.0)];
    s.paint(Shape::Tube { points: urethra.clone(), radius: 3.0 }, 28.0);
    if wanted.catheter {
        catheter(&mut site, &urethra, add(bladder.0, [0.0, 0.0, -10.0]));
    }
    if wanted.gas {
        for _ in 0..4 {
            let place = at(rng.normal(3.0), rectal_y + rng.normal(2.0), rng.between(-30.0, 25.0));
            let semi = [rng.between(2.0, 5.0), rng.between(2.0, 4.5), rng.between(3.0, 8.0)];
            site.scene.paint(Shape::Ellipsoid { centre: place, semi }, -950.0);
        }
    }
    calcify(&mut site, wanted, rng);
    if let Some(gold) = Material::named("gold") {
        for _ in 0..wanted.gold_markers {
            let place = add(wanted.centre, in_gland(wanted.semi, rng));
            let axis = rng.direction();
            let half = rng.between(1.5, 2.5);
            let end = |sign: f64| add(place, axis.map(|a| a * half * sign));
            site.scene.place("gold marker", vec![Dense::rod(end(-1.0), end(1.0), 1.0, gold)]);
        }
    }
    let end = |z: f64| at(0.0, 0.0, z);
    site.draw(
        "Prostate",
        "ORGAN",
        [255, 64, 64],
        Shape::Ellipsoid { centre: wanted.centre, semi: wanted.semi },
        [end(-wanted.semi[2]), end(wanted.semi[2])],
    );
    let ends = [-wanted.semi[2] - 2.0, wanted.semi[2] + 2.0].map(|z| axis_at(&urethra, cz + z));
    site.draw("Urethra", "ORGAN", [255, 220, 0], Shape::Tube { points: ends.to_vec(), radius: 3.0 }, ends);
    let ends = [-wanted.semi[2] - 9.0, wanted.semi[2] + 9.0].map(|z| axis_at(&rectum, cz + z));
    let drawn = vec![ends[0], axis_at(&rectum, cz), ends[1]];
    site.draw("Rectum", "ORGAN", [160, 96, 32], Shape::Tube { points: drawn, radius: 11.5 }, ends);
    site.draw_ellipsoid("Bladder", "ORGAN", [64, 160, 255], bladder.0, bladder.1);
    site
}

/// The point of a polyline, monotonic in z, at height `z`.
fn axis_at(points: &[Point], z: f64) -> Point {
    let piece = points.windows(2).find(|p| z <= p[1][2]).or_else(|| points.windows(2).last());
    let Some([a, b]) = piece.and_then(|p| <&[Point; 2]>::try_from(p).ok()) else { return [0.0, 0.0, z] };
    let part = (z - a[2]) / (b[2] - a[2]);
    [a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1]), z]
}

/// A catheter with its balloon.
fn catheter(site: &mut Site, urethra: &[Point], balloon: Point) {
    let mut points = urethra.to_vec();
    points.push(balloon);
    let s = &mut site.scene;
    s.paint(Shape::Ellipsoid { centre: balloon, semi: [13.0, 13.0, 12.0] }, 260.0);
    s.paint(Shape::Tube { points: points.clone(), radius: 2.7 }, 190.0);
    s.paint(Shape::Tube { points, radius: 1.4 }, -200.0);
}

/// A place inside the gland, relative to its centre, away from the urethra.
fn in_gland(semi: Point, rng: &mut Rng) -> Point {
    loop {
        let p = semi.map(|a| a * rng.between(-0.85, 0.85));
        let level: f64 = p.iter().zip(semi).map(|(x, a)| (x / a) * (x / a)).sum();
        if level < 0.8 && p[0].hypot(p[1]) > 5.0 {
            return p;
        }
    }
}

/// Calcifications: two thirds in the gland, the rest phleboliths beside it.
fn calcify(site: &mut Site, wanted: &Pelvis, rng: &mut Rng) {
    for n in 0..wanted.calcifications {
        let (place, size, hu) = if n % 3 < 2 {
            (add(wanted.centre, in_gland(wanted.semi, rng)), rng.between(0.5, 1.5), rng.between(300.0, 1200.0))
        } else {
            let side = if rng.uniform() < 0.5 { -1.0 } else { 1.0 };
            let place = [side * rng.between(36.0, 52.0), rng.between(-10.0, 25.0), rng.between(-20.0, 25.0)];
            (add(wanted.centre, place), rng.between(1.0, 2.2), rng.between(500.0, 1500.0))
        };
        let axis = rng.direction();
        site.scene.calcify(place, axis, [size, size * rng.between(0.8, 1.6)], hu);
    }
}
