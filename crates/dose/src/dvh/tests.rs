use std::f64::consts::PI;

use image::{Contour, ContourKind, Grid, Point, Region, RegionOptions, Structure, Unit, Volume, Voxels};
use physics::Gray;

use super::*;

/// A ball outlined on slices `spacing` apart, the first at a fraction `offset` of the spacing above its pole.
fn ball(centre: Point, radius: f64, spacing: f64, offset: f64, tilt: f64) -> Region {
    let (sin, cos) = tilt.sin_cos();
    let turn = |p: Point| [p[0], cos * p[1] - sin * p[2], sin * p[1] + cos * p[2]];
    let contours = (0..1000)
        .map(|k| -radius + (offset + f64::from(k)) * spacing)
        .take_while(|h| *h < radius)
        .map(|h| {
            let r = (radius * radius - h * h).max(0.0).sqrt();
            let ring = (0..360).map(|a| f64::from(a).to_radians().sin_cos());
            let points = ring
                .map(|(s, c)| turn([r * c, r * s, h]))
                .map(|p| [p[0] + centre[0], p[1] + centre[1], p[2] + centre[2]]);
            Contour { kind: ContourKind::ClosedPlanar, points: points.collect(), image: None }
        })
        .collect();
    let structure = Structure {
        number: 1,
        name: "ball".into(),
        kind: String::new(),
        colour: None,
        frame_of_reference: String::new(),
        contours,
    };
    Region::from_structure(&structure, &RegionOptions::default()).unwrap()
}

fn dose(grid: Grid, of: impl Fn(Point) -> f64) -> Volume {
    let mut values = Vec::with_capacity(grid.len());
    for k in 0..grid.size[2] {
        for j in 0..grid.size[1] {
            for i in 0..grid.size[0] {
                values.push(of(grid.centre([i, j, k])) as f32);
            }
        }
    }
    Volume { grid, voxels: Voxels::F32(values), unit: Unit::Gray }
}

fn grid() -> Grid {
    Grid::axis_aligned([60, 60, 60], [-59.0, -59.0, -59.0], [2.0; 3])
}

fn near(got: f64, want: f64, part: f64) {
    assert!((got / want - 1.0).abs() < part, "got {got}, want {want}");
}

#[test]
fn a_uniform_dose_is_one_step() {
    let dvh =
        Dvh::compute(&dose(grid(), |_| 12.5), &ball([0.0; 3], 20.0, 2.5, 0.5, 0.0), &DvhOptions::default()).unwrap();
    near(dvh.min.value(), 12.5, 1e-6);
    near(dvh.max.value(), 12.5, 1e-6);
    near(dvh.mean.value(), 12.5, 1e-6);
    near(dvh.hottest_percent(90.0).unwrap().value(), 12.5, 1e-6);
    assert_eq!(dvh.at_least_percent(Gray::new(12.4999)), 100.0);
    assert_eq!(dvh.at_least_percent(Gray::new(12.51)), 0.0);
    assert_eq!(dvh.hottest_cm3(50.0), None);
    assert_eq!(dvh.outside_cm3, 0.0);
}

#[test]
fn a_linear_dose_in_a_ball_is_a_spherical_cap() {
    // the part of the ball above height h has the volume π (R−h)² (2R+h)/3
    let radius: f64 = 20.0;
    for (axis, tilt, offset) in [(0, 0.0, 0.5), (2, 0.0, 0.5), (2, 0.0, 0.2), (1, 0.4, 0.5), (2, 0.4, 0.8)] {
        let volume = dose(grid(), |p| 50.0 + p[axis]);
        let dvh =
            Dvh::compute(&volume, &ball([3.0, -2.0, 1.0], radius, 2.5, offset, tilt), &DvhOptions::default()).unwrap();
        let middle = 50.0 + [3.0, -2.0, 1.0][axis];
        near(dvh.mean.value(), middle, 1e-3);
        for h in [-15.0, -8.0, 0.0, 5.0, 12.0] {
            let want = 100.0 * PI * (radius - h).powi(2) * (2.0 * radius + h) / 3.0 / (4.0 / 3.0 * PI * radius.powi(3));
            let got = dvh.at_least_percent(Gray::new(middle + h));
            assert!((got - want).abs() < 0.2, "{axis} {tilt} {h}: {got} {want}");
            let back = dvh.hottest_percent(want).unwrap().value();
            assert!((back - middle - h).abs() < 0.1, "{axis} {tilt} {h}: {back}");
        }
    }
}

#[test]
fn the_inverse_square_dose_in_a_ball_is_a_lens() {
    // Source 30 mm from the centre of a ball of 15 mm: the ball's part within ρ of the source is a lens of two spheres.
    let (radius, away): (f64, f64) = (15.0, 30.0);
    let fine = Grid::axis_aligned([80, 80, 80], [-39.5, -39.5, -39.5], [1.0; 3]);
    let volume = dose(fine, |p| 1e5 / (p[0].powi(2) + (p[1] - away).powi(2) + p[2].powi(2)));
    let dvh = Dvh::compute(&volume, &ball([0.0; 3], radius, 1.0, 0.5, 0.0), &DvhOptions::default()).unwrap();
    for rho in [18.0_f64, 22.0, 26.0, 30.0, 36.0, 42.0] {
        let lens = PI
            * (radius + rho - away).powi(2)
            * (away * away + 2.0 * away * (radius + rho) - 3.0 * (radius - rho).powi(2))
            / (12.0 * away);
        let got = dvh.at_least_cm3(Gray::new(1e5 / (rho * rho))) * 1000.0;
        assert!((got - lens).abs() < 0.002 * 4.0 / 3.0 * PI * radius.powi(3), "{rho}: {got} {lens}");
    }
}

#[test]
fn small_doses_are_resolved_beside_large_ones() {
    // three orders of magnitude across the ball, as between a seed and the capsule
    let volume = dose(grid(), |p| 10.0_f64.powf(2.0 + p[0] / 10.0));
    let dvh = Dvh::compute(&volume, &ball([0.0; 3], 20.0, 1.0, 0.5, 0.0), &DvhOptions::default()).unwrap();
    // the true dose at the centre; straight lines between the grid's points would give 102.7
    near(dvh.hottest_percent(50.0).unwrap().value(), 100.0, 0.007);
    assert!(dvh.bins().windows(2).all(|pair| pair[0].high_gy <= pair[1].low_gy));
    for percent in [1.0, 10.0, 33.0, 66.0, 90.0, 99.0] {
        near(dvh.at_least_percent(dvh.hottest_percent(percent).unwrap()), percent, 1e-6);
    }
}

#[test]
fn aligned_and_free_sampling_agree() {
    let wave = |p: Point| 20.0 + 5.0 * (p[0] / 9.0).sin() + 4.0 * (p[1] / 7.0).cos() + p[2] / 5.0;
    let volume = dose(grid(), wave);
    // a turn of 0.6 mrad is beyond what counts as parallel, and moves nothing by more than 0.02 mm
    let aligned = Dvh::compute(&volume, &ball([1.0, 2.0, 3.0], 18.0, 2.5, 0.5, 0.0), &DvhOptions::default()).unwrap();
    let free = Dvh::compute(&volume, &ball([1.0, 2.0, 3.0], 18.0, 2.5, 0.5, 6e-4), &DvhOptions::default()).unwrap();
    for percent in [2.0, 10.0, 50.0, 90.0, 98.0] {
        near(aligned.hottest_percent(percent).unwrap().value(), free.hottest_percent(percent).unwrap().value(), 1e-3);
    }
    // the grid's own axes reversed and exchanged: the same dose, the same histogram
    let turned = Grid {
        size: [60, 60, 60],
        origin: [59.0, -59.0, 59.0],
        spacing: [2.0; 3],
        axes: [[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
    };
    let other =
        Dvh::compute(&dose(turned, wave), &ball([1.0, 2.0, 3.0], 18.0, 2.5, 0.5, 0.0), &DvhOptions::default()).unwrap();
    for percent in [2.0, 50.0, 98.0] {
        near(aligned.hottest_percent(percent).unwrap().value(), other.hottest_percent(percent).unwrap().value(), 1e-3);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let volume = dose(grid(), |p| 1e4 / (p[0].powi(2) + p[1].powi(2) + (p[2] - 3.3).powi(2) + 1.0));
    let region = ball([0.0; 3], 20.0, 2.5, 0.3, 0.0);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Dvh::compute(&volume, &region, &DvhOptions::default()).unwrap())
    };
    assert_eq!(with(1), with(2));
    assert_eq!(with(1), with(7));
}

#[test]
fn what_has_no_dose_is_not_counted_as_zero() {
    let volume = dose(grid(), |p| 50.0 + p[0] / 10.0);
    // half of the ball sticks out beyond the last voxel's face at x = 60
    let region = ball([60.0, 0.0, 0.0], 10.0, 2.0, 0.5, 0.0);
    let refused = Dvh::compute(&volume, &region, &DvhOptions::default()).unwrap_err();
    assert!(matches!(&refused, DvhError::Outside { percent, .. } if (percent - 50.0).abs() < 0.1), "{refused}");
    let part = Dvh::compute(&volume, &region, &DvhOptions { outside: Outside::Exclude, ..Default::default() }).unwrap();
    near(part.outside_cm3, region.volume_cm3() / 2.0, 1e-3);
    near(part.inside_cm3() + part.outside_cm3, region.volume_cm3(), 1e-6);
    assert!(part.min.value() > 54.9 && part.hottest_percent(99.9).unwrap().value() > 54.9);
    let away = Dvh::compute(&volume, &ball([0.0, 500.0, 0.0], 10.0, 2.0, 0.5, 0.0), &DvhOptions::default());
    assert!(matches!(away, Err(DvhError::Apart { .. })));
    // the dose of a voxel holds up to its face
    assert!(Dvh::compute(&volume, &ball([50.0, 0.0, 0.0], 9.9, 2.0, 0.5, 0.0), &DvhOptions::default()).is_ok());
}

#[test]
fn refuses_doses_that_are_no_numbers() {
    let region = ball([0.0; 3], 10.0, 2.0, 0.5, 0.0);
    let holed = dose(grid(), |p| if p[0].abs() < 2.0 { f64::NAN } else { 1.0 });
    assert!(matches!(Dvh::compute(&holed, &region, &DvhOptions::default()), Err(DvhError::NotFinite { .. })));
    let elsewhere = dose(grid(), |p| if p[0] > 40.0 { f64::NAN } else { 1.0 });
    assert!(Dvh::compute(&elsewhere, &region, &DvhOptions::default()).is_ok());
    let short = Volume { grid: grid(), voxels: Voxels::F32(vec![1.0; 5]), unit: Unit::Gray };
    assert!(matches!(Dvh::compute(&short, &region, &DvhOptions::default()), Err(DvhError::Grid { .. })));
    assert!(matches!(Dvh::of_grid(&short), Err(DvhError::Grid { .. })));
}

#[test]
fn an_isodose_of_a_point_source_is_a_ball() {
    let volume = dose(grid(), |p| 4e4 / (p[0].powi(2) + p[1].powi(2) + p[2].powi(2)));
    let whole = Dvh::of_grid(&volume).unwrap();
    near(whole.volume_cm3, 120.0_f64.powi(3) / 1000.0, 1e-9);
    let level = Gray::new(4e4 / 900.0);
    let isodose = Isodose::of(&volume, &whole, level);
    near(isodose.cm3, 4.0 / 3.0 * PI * 27.0, 0.005);
    assert!(!isodose.cut_off);
    assert!(Isodose::of(&volume, &whole, Gray::new(4e4 / 3600.0)).cut_off);
    // and its natural histogram is level, at 4/3 π k^(3/2)
    let natural = Natural::of(&whole, Gray::new(4e4 / 2500.0), 20);
    for bin in natural.bins.iter().skip(2) {
        near(bin.cm3_per_u, 4.0 / 3.0 * PI * 4e4_f64.powf(1.5) / 1000.0, 0.03);
    }
    assert_eq!(natural.prescription_dose(), None);
}

#[test]
fn curves_follow_the_histogram() {
    let dvh =
        Dvh::compute(&dose(grid(), |p| 50.0 + p[0]), &ball([0.0; 3], 20.0, 2.0, 0.5, 0.0), &DvhOptions::default())
            .unwrap();
    let curve = dvh.cumulative(Gray::new(80.0), 80);
    assert_eq!(curve.len(), 81);
    assert!(curve.windows(2).all(|pair| pair[0].1 >= pair[1].1));
    assert_eq!(curve[0].1, dvh.inside_cm3());
    let sum: f64 = dvh.differential(Gray::new(80.0), 160).iter().map(|(_, v)| v * 0.5).sum();
    near(sum, dvh.inside_cm3(), 1e-9);
}

#[test]
fn absurd_extents_cost_no_more_than_the_dose_grid() {
    // slivers 180 m long across the grid, slabs 90 m thick, along its axes and oblique to them
    for tilt in [0.0_f64, 0.3] {
        let (sin, cos) = tilt.sin_cos();
        let ring = |z: f64| {
            let flat = [[-9e4, -0.01, z], [9e4, -0.01, z], [9e4, 0.01, z], [-9e4, 0.01, z]];
            let points = flat.map(|p: Point| [cos * p[0] - sin * p[2], p[1], (sin * p[0] + cos * p[2]) * 0.9]).to_vec();
            Contour { kind: ContourKind::ClosedPlanar, points, image: None }
        };
        let structure = Structure {
            number: 1,
            name: "sliver".into(),
            kind: String::new(),
            colour: None,
            frame_of_reference: String::new(),
            contours: vec![ring(-4.5e4), ring(1.0), ring(4.5e4)],
        };
        let region = Region::from_structure(&structure, &RegionOptions::default()).unwrap();
        let options = DvhOptions { outside: Outside::Exclude, ..Default::default() };
        let dvh = Dvh::compute(&dose(grid(), |_| 7.0), &region, &options).unwrap();
        near(dvh.mean.value(), 7.0, 1e-5);
        assert!(dvh.cells < 50_000_000);
    }
}
