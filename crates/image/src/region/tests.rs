use std::f64::consts::PI;

use proptest::prelude::*;

use super::*;
use crate::{Contour, ContourKind, Grid, Structure};

fn structure(contours: Vec<(ContourKind, Vec<Point>)>) -> Structure {
    Structure {
        number: 1,
        name: "test".into(),
        kind: String::new(),
        colour: None,
        frame_of_reference: String::new(),
        contours: contours.into_iter().map(|(kind, points)| Contour { kind, points, image: None }).collect(),
    }
}

fn closed(rings: &[Vec<Point>]) -> Structure {
    structure(rings.iter().map(|ring| (ContourKind::ClosedPlanar, ring.clone())).collect())
}

fn region(rings: &[Vec<Point>]) -> Region {
    Region::from_structure(&closed(rings), &RegionOptions::default()).unwrap()
}

/// The same flat outline on two planes 2 mm apart, so that area = volume / 4 mm.
fn area_of(rings: &[Vec<[f64; 2]>]) -> f64 {
    let lift = |z: f64| rings.iter().map(move |ring| ring.iter().map(|p| [p[0], p[1], z]).collect::<Vec<_>>());
    region(&lift(0.0).chain(lift(2.0)).collect::<Vec<_>>()).volume_cm3() * 1000.0 / 4.0
}

fn square(x: f64, y: f64, side: f64) -> Vec<[f64; 2]> {
    vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
}

/// A rotation that leaves no axis in place.
fn tilt(p: Point) -> Point {
    let ((s, c), (t, d)) = (0.61_f64.sin_cos(), 0.43_f64.sin_cos());
    let q = [p[0], c * p[1] - s * p[2], s * p[1] + c * p[2]];
    [d * q[0] + t * q[2], q[1], -t * q[0] + d * q[2]]
}

/// Contours of the solid `inside(x, y, z) < 0` around the z axis direction, by angular search from a centre line.
fn slices(
    spacing: f64,
    start: f64,
    radius: impl Fn(f64, f64) -> Option<f64>,
    centre: impl Fn(f64) -> [f64; 2],
) -> Vec<Vec<Point>> {
    (-80..80)
        .filter_map(|k| {
            let z = start + f64::from(k) * spacing;
            let [x, y] = centre(z);
            (0..360)
                .map(|a| {
                    let angle = f64::from(a) * PI / 180.0;
                    radius(z, angle).map(|r| [x + r * angle.cos(), y + r * angle.sin(), z])
                })
                .collect::<Option<Vec<_>>>()
        })
        .collect()
}

fn within(got: f64, want: f64, part: f64) {
    assert!((got / want - 1.0).abs() < part, "got {got}, want {want}");
}

#[test]
fn volumes_of_round_shapes_at_2_5_mm() {
    for start in [0.0, 0.4, 0.9, 1.25, 1.7, 2.3] {
        let sphere = |z: f64, _: f64| (z.abs() < 21.0).then(|| (21.0_f64 * 21.0 - z * z).sqrt());
        let rings = slices(2.5, start, sphere, |_| [12.0, -7.0]);
        within(region(&rings).volume_cm3() * 1000.0, 4.0 / 3.0 * PI * 21.0_f64.powi(3), 0.01);
        // the same sphere cut by planes that are nobody's image planes
        let tilted: Vec<Vec<Point>> = rings.iter().map(|ring| ring.iter().map(|p| tilt(*p)).collect()).collect();
        within(region(&tilted).volume_cm3() * 1000.0, 4.0 / 3.0 * PI * 21.0_f64.powi(3), 0.01);
        let ellipsoid = |z: f64, angle: f64| {
            let scale = (1.0 - (z / 19.0).powi(2)).max(0.0).sqrt();
            (z.abs() < 19.0).then(|| scale / ((angle.cos() / 27.0).powi(2) + (angle.sin() / 17.0).powi(2)).sqrt())
        };
        within(
            region(&slices(2.5, start, ellipsoid, |_| [0.0, 0.0])).volume_cm3() * 1000.0,
            4.0 / 3.0 * PI * 27.0 * 17.0 * 19.0,
            0.01,
        );
    }
}

#[test]
fn volumes_of_tilted_cylinder_cone_and_torus_at_2_5_mm() {
    for start in [0.1, 0.8, 1.5, 2.2] {
        // A solid of revolution about an axis 35° off the slices' normal, outlined by marching around its centre in each slice.
        let (sin, cos) = 35_f64.to_radians().sin_cos();
        let along = |p: Point| (p[2] * cos + p[0] * sin, ((p[0] * cos - p[2] * sin).powi(2) + p[1] * p[1]).sqrt());
        let cylinder = |p: Point| {
            let (h, r) = along(p);
            h.abs() < 25.0 && r < 18.0
        };
        let cone = |p: Point| {
            let (h, r) = along(p);
            (0.0..50.0).contains(&(h + 20.0)) && r < 25.0 * (30.0 - h) / 50.0
        };
        within(traced(&cylinder, start), PI * 18.0 * 18.0 * 50.0, 0.01);
        within(traced(&cone, start), PI * 25.0 * 25.0 * 50.0 / 3.0, 0.01);
    }
    // A torus standing on the slices: two lobes in the middle, one with a waist towards the ends.
    let (ring, tube) = (22.0_f64, 11.0_f64);
    for start in [0.0, 0.6, 1.1, 1.9] {
        let mut rings = Vec::new();
        for z in (-20..20).map(|k| start + f64::from(k) * 2.5).filter(|z| z.abs() < ring + tube) {
            let outer = ((ring + tube).powi(2) - z * z).sqrt();
            let hole = ((ring - tube).powi(2) - z * z).max(0.0).sqrt();
            let half = |x: f64| (tube * tube - (x.hypot(z) - ring).powi(2)).max(0.0).sqrt();
            let lobe = |from: f64, to: f64| -> Vec<Point> {
                // points crowd towards the blunt ends
                let xs =
                    (0..=200).map(|k| f64::midpoint(from, to) - (to - from) / 2.0 * (f64::from(k) * PI / 200.0).cos());
                let there: Vec<f64> = xs.collect();
                let upper = there.iter().map(|&x| [x, half(x), z]);
                upper.chain(there.iter().rev().map(|&x| [x, -half(x), z])).collect()
            };
            if hole > 0.0 {
                rings.extend([lobe(-outer, -hole), lobe(hole, outer)]);
            } else {
                rings.push(lobe(-outer, outer));
            }
        }
        within(region(&rings).volume_cm3() * 1000.0, 2.0 * PI * PI * ring * tube * tube, 0.01);
    }
}

/// Volume from contours of a convex solid traced on slices 2.5 mm apart, mm³.
fn traced(solid: &dyn Fn(Point) -> bool, start: f64) -> f64 {
    let mut rings = Vec::new();
    for k in -30..30 {
        let z = start + f64::from(k) * 2.5;
        let inside: Vec<Point> = (-60..60)
            .flat_map(|i| (-60..60).map(move |j| [f64::from(i), f64::from(j), z]))
            .filter(|p| solid(*p))
            .collect();
        if inside.is_empty() {
            continue;
        }
        let n = inside.len() as f64;
        let c = [inside.iter().map(|p| p[0]).sum::<f64>() / n, inside.iter().map(|p| p[1]).sum::<f64>() / n];
        let ring = (0..720).map(|a| {
            let (s, d) = (f64::from(a) * PI / 360.0).sin_cos();
            let (mut low, mut high) = (0.0, 100.0);
            for _ in 0..40 {
                let r = f64::midpoint(low, high);
                if solid([c[0] + r * d, c[1] + r * s, z]) { low = r } else { high = r }
            }
            [c[0] + low * d, c[1] + low * s, z]
        });
        rings.push(ring.collect());
    }
    region(&rings).volume_cm3() * 1000.0
}

#[test]
fn holes_keyholes_and_lobes_follow_the_even_odd_rule() {
    let outer = square(0.0, 0.0, 10.0);
    let mut hole = square(3.0, 3.0, 4.0);
    assert!((area_of(&[outer.clone(), hole.clone()]) - 84.0).abs() < 1e-6);
    hole.reverse();
    assert!((area_of(&[outer.clone(), hole.clone()]) - 84.0).abs() < 1e-6);
    // an island in the hole
    assert!((area_of(&[outer.clone(), hole.clone(), square(4.0, 4.0, 1.0)]) - 85.0).abs() < 1e-6);
    // keyhole: out to the hole and back along the same bridge
    let mut keyhole = vec![[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0], [0.0, 5.0]];
    keyhole.extend([[3.0, 5.0], [3.0, 7.0], [7.0, 7.0], [7.0, 3.0], [3.0, 3.0], [3.0, 5.0], [0.0, 5.0]]);
    assert!((area_of(&[keyhole]) - 84.0).abs() < 1e-6);
    // the bridge back does not repeat the corner of the bridge out
    let half_bridge = vec![
        [0.0, 0.0],
        [10.0, 0.0],
        [10.0, 10.0],
        [0.0, 10.0],
        [0.0, 5.0],
        [1.0, 5.0],
        [3.0, 5.0],
        [3.0, 7.0],
        [7.0, 7.0],
        [7.0, 3.0],
        [3.0, 3.0],
        [3.0, 5.0],
        [0.0, 5.0],
    ];
    assert!((area_of(&[half_bridge]) - 84.0).abs() < 1e-6);
    // figures of eight: crossing between points, and through a point
    assert!((area_of(&[vec![[0.0, 0.0], [4.0, 4.0], [4.0, 0.0], [0.0, 4.0]]]) - 8.0).abs() < 1e-4);
    assert!(
        (area_of(&[vec![[0.0, 0.0], [2.0, 2.0], [4.0, 4.0], [4.0, 0.0], [2.0, 2.0], [0.0, 4.0]]]) - 8.0).abs() < 1e-6
    );
    // a vertex of the outline resting on one of its own edges, the outline passing through
    assert!((area_of(&[vec![[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 0.0], [0.0, -4.0]]]) - 8.0).abs() < 1e-4);
    // a spike encloses nothing
    assert!(
        (area_of(&[vec![[0.0, 0.0], [4.0, 0.0], [9.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]]]) - 16.0).abs() < 1e-6
    );
    // squares sharing an edge, and overlapping ones
    assert!((area_of(&[square(0.0, 0.0, 4.0), square(4.0, 1.0, 2.0)]) - 20.0).abs() < 1e-6);
    assert!((area_of(&[square(0.0, 0.0, 4.0), square(2.0, 2.0, 4.0)]) - 24.0).abs() < 1e-4);
    // five-pointed star: its pentagon is enclosed twice
    let star: Vec<[f64; 2]> =
        (0..5).map(|k| (f64::from(k) * 4.0 * PI / 5.0).sin_cos()).map(|(s, c)| [10.0 * c, 10.0 * s]).collect();
    // Winding twice counts the pentagon twice in the shoelace sum; its circumradius is cos 72° / cos 36° of the star's.
    let pentagon =
        2.5 * (10.0 * 72_f64.to_radians().cos() / 36_f64.to_radians().cos()).powi(2) * 72_f64.to_radians().sin();
    let want = shoelace(&star).abs() - 2.0 * pentagon;
    assert!((area_of(&[star]) - want).abs() < 1e-3);
}

#[test]
fn notes_say_what_was_done() {
    let at = |ring: Vec<[f64; 2]>, z: f64| ring.into_iter().map(|p| [p[0], p[1], z]).collect::<Vec<Point>>();
    let ring = |z| at(square(0.0, 0.0, 10.0), z);
    let mut turned = ring(0.0);
    turned.rotate_left(2);
    turned.reverse();
    let r = region(&[ring(0.0), turned, ring(2.0), ring(4.0), ring(8.0), ring(20.0), vec![[1.0, 1.0, 2.0]]]);
    assert_eq!(
        r.notes,
        [
            RegionNote::NoArea { contour: 7 },
            RegionNote::Repeated { contour: 2 },
            RegionNote::Bridged { from_mm: 4.0, to_mm: 8.0 },
            RegionNote::Gap { from_mm: 8.0, to_mm: 20.0 },
        ]
    );
    let slabs: Vec<(f64, f64)> = r.planes.iter().map(|p| (p.low_mm, p.high_mm)).collect();
    assert_eq!(slabs, [(-1.0, 1.0), (1.0, 3.0), (3.0, 6.0), (6.0, 9.5), (19.0, 21.0)]);
    assert!(r.contains([5.0, 5.0, 9.0]) && !r.contains([5.0, 5.0, 10.0]) && !r.contains([11.0, 5.0, 1.0]));
}

#[test]
fn refuses_with_a_reason() {
    let ring = |z: f64| vec![[0.0, 0.0, z], [10.0, 0.0, z], [10.0, 10.0, z], [0.0, 10.0, z]];
    let of = |s: &Structure| Region::from_structure(s, &RegionOptions::default()).map_err(|e| e.problem);
    assert_eq!(of(&structure(vec![])), Err(RegionProblem::Empty));
    assert_eq!(of(&closed(&[vec![[0.0; 3], [1.0, 1.0, 0.0], [2.0, 2.0, 0.0]]])), Err(RegionProblem::Empty));
    assert_eq!(of(&closed(&[ring(0.0)])), Err(RegionProblem::NoThickness));
    let one =
        Region::from_structure(&closed(&[ring(3.0)]), &RegionOptions { slice_mm: Some(3.0), ..Default::default() })
            .unwrap();
    assert!((one.volume_cm3() - 0.3).abs() < 1e-9);
    assert_eq!(one.notes, [RegionNote::OnePlane { thickness_mm: 3.0 }]);
    let mut bent = ring(2.0);
    bent[1][2] = 9.0;
    assert!(matches!(of(&closed(&[ring(0.0), bent])), Err(RegionProblem::NotFlat { .. })));
    let mut lost = ring(2.0);
    lost[2][1] = f64::NAN;
    assert_eq!(of(&closed(&[ring(0.0), lost])), Err(RegionProblem::NotAPosition { contour: 2, point: 3 }));
    let arc = |until: f64| {
        (0..=100)
            .map(|k| (f64::from(k) / 100.0 * until).sin_cos())
            .map(|(s, c)| [20.0 * c, 20.0 * s, 0.0])
            .collect::<Vec<Point>>()
    };
    let open = |until| structure(vec![(ContourKind::OpenPlanar, arc(until)), (ContourKind::ClosedPlanar, ring(2.0))]);
    assert!(matches!(of(&open(5.0)), Err(RegionProblem::NotClosed { contour: 1, .. })));
    let nearly = of(&open(6.2)).unwrap();
    assert!(matches!(nearly.notes[..], [RegionNote::Closed { contour: 1, .. }]));
    let message = Region::from_structure(&open(5.0), &RegionOptions::default()).unwrap_err().to_string();
    assert!(message.contains("'test'") && message.contains("not closed") && message.contains("contour 1"), "{message}");
}

#[test]
fn tangles_are_refused_quickly() {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / 2_f64.powi(31) * 100.0
    };
    let ring: Vec<Point> = (0..1_000_000).map(|_| [random(), random(), 0.0]).collect();
    let result = Region::from_structure(&closed(&[ring]), &RegionOptions { slice_mm: Some(1.0), ..Default::default() });
    assert!(matches!(result.unwrap_err().problem, RegionProblem::Tangled { .. }));
}

#[test]
fn a_million_points_are_no_obstacle() {
    let ring: Vec<Point> =
        (0..1_000_000).map(|k| (f64::from(k) * 2e-6 * PI).sin_cos()).map(|(s, c)| [80.0 * c, 80.0 * s, 0.0]).collect();
    let r =
        Region::from_structure(&closed(&[ring]), &RegionOptions { slice_mm: Some(1.0), ..Default::default() }).unwrap();
    within(r.volume_cm3() * 1000.0, PI * 6400.0, 1e-6);
}

#[test]
fn coverage_agrees_on_any_grid() {
    let sphere = |z: f64, _: f64| (z.abs() < 15.0).then(|| (225.0 - z * z).sqrt());
    let r = region(&slices(2.5, 0.3, sphere, |_| [1.0, 2.0]));
    let want = r.volume_cm3();
    let grid = Grid::axis_aligned([50, 46, 40], [-25.0, -20.0, -20.0], [1.0, 1.0, 1.0]);
    let mask = r.coverage(&grid);
    assert!((mask.volume_cm3() / want - 1.0).abs() < 1e-6);
    // k axis reversed, as in many dose grids; and slices along y
    let reversed = Grid {
        origin: [-25.0, -20.0, 19.0],
        axes: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]],
        ..grid.clone()
    };
    let flipped = r.coverage(&reversed);
    assert!((flipped.volume_cm3() / want - 1.0).abs() < 1e-6);
    for k in 0..40 {
        for j in 0..46 {
            for i in 0..50 {
                let (a, b) = (mask.coverage[grid.offset([i, j, k])], flipped.coverage[grid.offset([i, j, 39 - k])]);
                assert!((a - b).abs() < 1e-5);
            }
        }
    }
    let coronal = Grid {
        size: [50, 40, 46],
        origin: [-25.0, -20.0, -20.0],
        spacing: [1.0; 3],
        axes: [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]],
    };
    let other = r.coverage(&coronal);
    assert!((other.volume_cm3() / want - 1.0).abs() < 1e-6);
    assert!((other.coverage[coronal.offset([12, 20, 15])] - mask.coverage[grid.offset([12, 15, 20])]).abs() < 1e-5);
    // oblique: sampled
    let axes = [tilt([1.0, 0.0, 0.0]), tilt([0.0, 1.0, 0.0]), tilt([0.0, 0.0, 1.0])];
    let origin = [-1.0, -2.0, -3.0].map(|shift| shift - 0.5);
    let oblique = Grid { size: [60, 60, 60], origin, spacing: [1.0; 3], axes };
    let centred = Grid { origin: oblique.position([-28.0, -28.0, -28.0]), ..oblique };
    let sampled = r.coverage(&centred);
    assert!((sampled.volume_cm3() / want - 1.0).abs() < 2e-4, "{} {want}", sampled.volume_cm3());
}

#[test]
fn coverage_is_the_exact_area_within_a_pixel() {
    let lift = |z: f64| vec![[0.2, 0.3, z], [2.7, 0.3, z], [0.2, 2.8, z]];
    let r = region(&[lift(0.0), lift(1.0)]);
    let grid = Grid::axis_aligned([4, 4, 2], [0.5, 0.5, 0.0], [1.0; 3]);
    let mask = r.coverage(&grid);
    // corner pixel: all right of 0.2 and above 0.3, below the diagonal x + y = 3
    assert!((f64::from(mask.coverage[0]) - 0.8 * 0.7).abs() < 1e-5);
    assert!((f64::from(mask.coverage[grid.offset([1, 1, 0])]) - 0.5).abs() < 1e-5);
    assert!((f64::from(mask.coverage[grid.offset([2, 0, 0])]) - 0.7 * 0.7 / 2.0).abs() < 1e-5);
    assert_eq!(mask.coverage[grid.offset([3, 3, 1])], 0.0);
}

fn blob() -> impl Strategy<Value = Vec<[f64; 2]>> {
    (prop::collection::vec(2.0..12.0_f64, 5..40), -30.0..30.0_f64, -30.0..30.0_f64).prop_map(|(radii, x, y)| {
        let turn = 2.0 * PI / radii.len() as f64;
        radii
            .iter()
            .enumerate()
            .map(|(k, r)| [x + r * (k as f64 * turn).cos(), y + r * (k as f64 * turn).sin()])
            .collect()
    })
}

fn shoelace(ring: &[[f64; 2]]) -> f64 {
    (0..ring.len()).map(|i| (ring[i], ring[(i + 1) % ring.len()])).map(|(p, q)| p[0] * q[1] - p[1] * q[0]).sum::<f64>()
        / 2.0
}

fn lifted(ring: &[[f64; 2]]) -> Vec<Vec<Point>> {
    [0.0, 2.0].iter().map(|z| ring.iter().map(|p| [p[0], p[1], *z]).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn area_is_that_of_the_polygon_either_way_round(ring in blob()) {
        let want = shoelace(&ring);
        let mut back = ring.clone();
        back.reverse();
        prop_assert!((area_of(&[ring]) - want).abs() < 1e-3);
        prop_assert!((area_of(&[back]) - want).abs() < 1e-3);
    }

    #[test]
    fn areas_of_separate_contours_add(a in blob(), b in blob()) {
        let far: Vec<[f64; 2]> = b.iter().map(|p| [p[0] + 100.0, p[1]]).collect();
        prop_assert!((area_of(&[a.clone(), far.clone()]) - area_of(&[a]) - area_of(&[far])).abs() < 1e-6);
    }

    #[test]
    fn crossing_contours_make_their_symmetric_difference(a in blob(), b in blob()) {
        // inclusion and exclusion against fine sampling of both
        let r = region(&[lifted(&a), lifted(&b)].concat());
        let (ra, rb) = (region(&lifted(&a)), region(&lifted(&b)));
        for i in -45..45 {
            for j in -45..45 {
                let p = [f64::from(i) + 0.123, f64::from(j) + 0.456, 0.5];
                prop_assert_eq!(r.contains(p), ra.contains(p) != rb.contains(p));
            }
        }
    }

    #[test]
    fn moving_a_region_moves_its_coverage(ring in blob(), x in -5_i32..5, y in -5_i32..5) {
        let grid = Grid::axis_aligned([110, 110, 4], [-54.5, -54.5, -0.5], [1.0; 3]);
        let moved: Vec<[f64; 2]> = ring.iter().map(|p| [p[0] + f64::from(x), p[1] + f64::from(y)]).collect();
        let (a, b) = (region(&lifted(&ring)).coverage(&grid), region(&lifted(&moved)).coverage(&grid));
        for j in 10..100_usize {
            for i in 10..100_usize {
                let (u, v) = ((i as i32 + x) as usize, (j as i32 + y) as usize);
                prop_assert!((a.coverage[grid.offset([i, j, 1])] - b.coverage[grid.offset([u, v, 1])]).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn coverage_sums_to_area_times_thickness(ring in blob(), i in 0.3..3.0_f64, j in 0.3..3.0_f64, k in 0.3..3.0_f64) {
        let size = [(100.0 / i) as usize + 2, (100.0 / j) as usize + 2, (8.0 / k) as usize + 3];
        let grid = Grid::axis_aligned(size, [-50.0, -50.0, -3.0], [i, j, k]);
        let want = shoelace(&ring) * 4.0 / 1000.0;
        prop_assert!((region(&lifted(&ring)).coverage(&grid).volume_cm3() / want - 1.0).abs() < 1e-4);
    }

    #[test]
    fn crossing_itself_never_gives_more_or_less_than_the_plane_allows(ring in prop::collection::vec(prop::array::uniform2(-20_i32..20), 3..40)) {
        // points on a coarse lattice touch, overlap and cross in every way
        let ring: Vec<[f64; 2]> = ring.iter().map(|p| p.map(f64::from)).collect();
        let Ok(r) = Region::from_structure(&closed(&lifted(&ring)), &RegionOptions::default()) else { return Ok(()) };
        let unresolved = r.notes.iter().any(|note| matches!(note, RegionNote::Unresolved { .. }));
        prop_assert!(!unresolved);
        let odd = |u: f64, v: f64| {
            (0..ring.len()).filter(|&i| {
                let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
                (a[1] > v) != (b[1] > v) && u < a[0] + (v - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
            }).count() % 2 == 1
        };
        for i in -20..20 {
            for j in -20..20 {
                let (u, v) = (f64::from(i) + 0.3217, f64::from(j) + 0.5772);
                // points within the lattice's rounding of an edge may fall on either side
                let near = (0..ring.len()).any(|n| {
                    let (a, b) = (ring[n], ring[(n + 1) % ring.len()]);
                    let d = [b[0] - a[0], b[1] - a[1]];
                    let length = d[0].hypot(d[1]);
                    length > 0.0 && ((u - a[0]) * d[1] - (v - a[1]) * d[0]).abs() / length < 1e-3
                });
                prop_assert!(near || r.contains([u, v, 0.5]) == odd(u, v));
            }
        }
        let grid = Grid::axis_aligned([45, 45, 4], [-22.3, -21.7, -0.5], [1.0; 3]);
        let mask = r.coverage(&grid);
        prop_assert!((mask.volume_cm3() - r.volume_cm3()).abs() < 1e-5 + 1e-4 * r.volume_cm3());
    }

    #[test]
    fn nothing_makes_it_panic(points in prop::collection::vec(prop::collection::vec(
        prop::array::uniform3(prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(1e300), Just(-1e5), Just(99_999.9), Just(0.0), Just(5e-324), -1e4..1e4_f64, -1.0..1.0_f64]), 0..12), 0..6),
        kinds in prop::collection::vec(0..4_u8, 6), slice in prop_oneof![Just(None), Just(Some(2.5)), Just(Some(f64::NAN)), Just(Some(-1.0))]) {
        let kind = |n: u8| match n { 0 => ContourKind::OpenPlanar, 1 => ContourKind::OpenNonplanar, 2 => ContourKind::Point, _ => ContourKind::ClosedPlanar };
        let s = structure(points.into_iter().zip(kinds).map(|(p, n)| (kind(n), p)).collect());
        if let Ok(r) = Region::from_structure(&s, &RegionOptions { slice_mm: slice, ..Default::default() }) {
            prop_assert!(r.volume_cm3() > 0.0);
            let grid = Grid::axis_aligned([9, 8, 7], [-4.0, -4.0, -4.0], [1.0; 3]);
            prop_assert!(r.coverage(&grid).coverage.iter().all(|c| (0.0..=1.0).contains(c)));
        }
    }
}

/// Random structures for as long as a minute: run with `cargo test -p dosewright-image --lib -- --ignored fuzz`.
#[test]
#[ignore = "runs for a minute"]
fn fuzz_for_a_minute() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let begun = std::time::Instant::now();
    let mut tried = 0_u64;
    while begun.elapsed().as_secs() < 61 {
        let snap = [1.0, 0.1, 1e-3, 1e-6, 0.0][(next() % 5) as usize];
        let reach = [1.0, 10.0, 1e3, 9.9e4][(next() % 4) as usize];
        let mut coordinate = || {
            let x = (next() as f64 / u64::MAX as f64 - 0.5) * 2.0 * reach;
            match next() % 400 {
                0 => f64::NAN,
                1 => f64::NEG_INFINITY,
                2 => f64::from_bits(next()),
                _ if snap > 0.0 => (x / snap).round() * snap,
                _ => x,
            }
        };
        let contours = (0..=(tried % 7))
            .map(|_| {
                let z = coordinate();
                let n = (coordinate().abs() as usize) % 60;
                let ring = (0..n).map(|_| [coordinate(), coordinate(), z]).collect();
                (if tried.is_multiple_of(9) { ContourKind::OpenPlanar } else { ContourKind::ClosedPlanar }, ring)
            })
            .collect();
        tried += 1;
        if let Ok(r) =
            Region::from_structure(&structure(contours), &RegionOptions { slice_mm: Some(2.0), ..Default::default() })
        {
            assert!(r.volume_cm3().is_finite() && r.volume_cm3() > 0.0);
            let grid = Grid::axis_aligned([20, 20, 20], [-10.0; 3], [1.0; 3]);
            assert!(r.coverage(&grid).coverage.iter().all(|c| (0.0..=1.0).contains(c)));
        }
    }
    println!("{tried} structures");
}
