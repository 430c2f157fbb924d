//! Volumes of solids known in closed form.

use std::f64::consts::PI;
use std::fmt::Write;

use image::{Point, Region, RegionOptions};

const SLICE_MM: f64 = 2.5;
/// Places of the first slice, as shares of the spacing.
const STARTS: i32 = 25;

type Rings = Vec<Vec<Point>>;

struct Solid {
    name: &'static str,
    mm3: f64,
    /// the contours in the slice at z
    slice: Box<dyn Fn(f64) -> Rings>,
}

/// Volumes against the closed form, for every position of the slices.
pub fn section() -> Result<String, String> {
    let mut out = format!(
        "## Volumes of solids\n\nContours every {SLICE_MM} mm, the first slice at {STARTS} places within the spacing. Error of the volume in percent.\n\n\
         | solid | volume, cm³ | mean error | least | greatest |\n|---|--:|--:|--:|--:|\n"
    );
    for solid in smooth() {
        row(&mut out, &solid)?;
    }
    out.push_str(
        "\nSolids that end abruptly along the normal of the slices: what lies between the last slice and the end is not in the contours. \
         The errors change sign with the place of the slices and have no bias beyond that of the drawing.\n\n\
         | solid | volume, cm³ | mean error | least | greatest |\n|---|--:|--:|--:|--:|\n",
    );
    for solid in blunt() {
        row(&mut out, &solid)?;
    }
    Ok(out)
}

fn row(out: &mut String, solid: &Solid) -> Result<(), String> {
    let mut errors = Vec::new();
    for start in 0..STARTS {
        let first = (f64::from(start) + 0.5) / f64::from(STARTS);
        let rings = (-30..30).flat_map(|k| (solid.slice)((f64::from(k) + first) * SLICE_MM)).collect();
        let region = Region::from_structure(&super::structure(solid.name, rings), &RegionOptions::default())
            .map_err(|e| e.to_string())?;
        errors.push(100.0 * (region.volume_cm3() * 1000.0 / solid.mm3 - 1.0));
    }
    let mean = errors.iter().sum::<f64>() / f64::from(STARTS);
    let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
    let most = errors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    writeln!(out, "| {} | {:.2} | {mean:+.2} % | {least:+.2} % | {most:+.2} % |", solid.name, solid.mm3 / 1000.0)
        .map_err(|e| e.to_string())
}

fn smooth() -> Vec<Solid> {
    let ball = |z: f64| disc([0.0, 0.0], (400.0 - z * z).sqrt(), z);
    let ellipsoid = |z: f64| {
        let scale = (1.0 - (z / 19.0).powi(2)).sqrt();
        disc([0.0, 0.0], scale, z)
            .into_iter()
            .map(|ring| ring.into_iter().map(|p| [27.0 * p[0], 17.0 * p[1], z]).collect())
            .collect()
    };
    let (sin, cos) = 35_f64.to_radians().sin_cos();
    let along = move |p: Point| (p[2] * cos + p[0] * sin, (p[0] * cos - p[2] * sin).hypot(p[1]));
    let cylinder = move |p: Point| {
        let (h, r) = along(p);
        h.abs() < 25.0 && r < 18.0
    };
    let cone = move |p: Point| {
        let (h, r) = along(p);
        (-20.0..30.0).contains(&h) && r < 25.0 * (30.0 - h) / 50.0
    };
    vec![
        Solid { name: "ball, radius 20 mm", mm3: 4.0 / 3.0 * PI * 8000.0, slice: Box::new(ball) },
        Solid {
            name: "ellipsoid, 27 × 17 × 19 mm",
            mm3: 4.0 / 3.0 * PI * 27.0 * 17.0 * 19.0,
            slice: Box::new(ellipsoid),
        },
        Solid {
            name: "cylinder, radius 18, length 50 mm, tilted 35°",
            mm3: PI * 324.0 * 50.0,
            slice: Box::new(move |z| traced(&cylinder, z)),
        },
        Solid {
            name: "cone, radius 25, height 50 mm, tilted 35°",
            mm3: PI * 625.0 * 50.0 / 3.0,
            slice: Box::new(move |z| traced(&cone, z)),
        },
        Solid {
            name: "torus, radii 22 and 11 mm, standing (lobes that part)",
            mm3: 2.0 * PI * PI * 22.0 * 121.0,
            slice: Box::new(standing_torus),
        },
    ]
}

fn blunt() -> Vec<Solid> {
    let upright = |z: f64| if z.abs() < 20.0 { disc([0.0, 0.0], 18.0, z) } else { Vec::new() };
    let lying = |z: f64| {
        let w = (400.0 - z * z).sqrt();
        if w > 0.0 { vec![vec![[-25.0, -w, z], [25.0, -w, z], [25.0, w, z], [-25.0, w, z]]] } else { Vec::new() }
    };
    let torus = |z: f64| {
        let half = (121.0 - z * z).sqrt();
        if half > 0.0 {
            [disc([0.0, 0.0], 22.0 + half, z), disc([0.0, 0.0], 22.0 - half, z)].concat()
        } else {
            Vec::new()
        }
    };
    vec![
        Solid { name: "cylinder, radius 18, length 40 mm, upright", mm3: PI * 324.0 * 40.0, slice: Box::new(upright) },
        Solid {
            name: "cylinder, radius 20, length 50 mm, lying in the slices",
            mm3: PI * 400.0 * 50.0,
            slice: Box::new(lying),
        },
        Solid {
            name: "torus, radii 22 and 11 mm, lying in the slices (ring with a hole)",
            mm3: 2.0 * PI * PI * 22.0 * 121.0,
            slice: Box::new(torus),
        },
    ]
}

/// A circle of 360 points; nothing where the radius is no positive number.
fn disc(centre: [f64; 2], radius: f64, z: f64) -> Rings {
    if radius.is_nan() || radius <= 0.0 {
        return Vec::new();
    }
    let points = (0..360).map(|a| f64::from(a).to_radians().sin_cos());
    vec![points.map(|(s, c)| [centre[0] + radius * c, centre[1] + radius * s, z]).collect()]
}

/// The outline of a convex solid in a slice, found along rays from the middle of its points on a millimetre lattice.
fn traced(solid: &dyn Fn(Point) -> bool, z: f64) -> Rings {
    let lattice = (-60..60).flat_map(|i| (-60..60).map(move |j| [f64::from(i), f64::from(j), z]));
    let inside: Vec<Point> = lattice.filter(|p| solid(*p)).collect();
    let n = inside.len() as f64;
    let c = [inside.iter().map(|p| p[0]).sum::<f64>() / n, inside.iter().map(|p| p[1]).sum::<f64>() / n];
    if inside.is_empty() {
        return Vec::new();
    }
    let ray = |a: u32| {
        let (s, d) = (f64::from(a) * PI / 360.0).sin_cos();
        let (mut near, mut far) = (0.0, 100.0);
        for _ in 0..40 {
            let r = f64::midpoint(near, far);
            if solid([c[0] + r * d, c[1] + r * s, z]) { near = r } else { far = r }
        }
        [c[0] + near * d, c[1] + near * s, z]
    };
    vec![(0..720).map(ray).collect()]
}

fn standing_torus(z: f64) -> Rings {
    let (ring, tube) = (22.0_f64, 11.0_f64);
    if z.abs() >= ring + tube {
        return Vec::new();
    }
    let outer = ((ring + tube).powi(2) - z * z).sqrt();
    let hole = ((ring - tube).powi(2) - z * z).max(0.0).sqrt();
    let half = |x: f64| (tube * tube - (x.hypot(z) - ring).powi(2)).max(0.0).sqrt();
    let lobe = |from: f64, to: f64| -> Vec<Point> {
        // points crowd towards the blunt ends
        let xs: Vec<f64> = (0..=200)
            .map(|k| f64::midpoint(from, to) - (to - from) / 2.0 * (f64::from(k) * PI / 200.0).cos())
            .collect();
        let upper = xs.iter().map(|&x| [x, half(x), z]);
        upper.chain(xs.iter().rev().map(|&x| [x, -half(x), z])).collect()
    };
    if hole > 0.0 { vec![lobe(-outer, -hole), lobe(hole, outer)] } else { vec![lobe(-outer, outer)] }
}
