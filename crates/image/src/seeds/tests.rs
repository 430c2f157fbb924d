//! The finder on small made-up scans, and on a real implant where one is at hand.

use super::model::{Blur, Capsule, normalised};
use super::*;
use crate::{Grid, Unit, Volume, Voxels};

/// Brightness of the made-up seeds, HU mm³.
const BRIGHT: f64 = 22_000.0;

/// A made-up scan: soft tissue with noise, capsules and other things added as smooth shapes.
struct Made {
    grid: Grid,
    values: Vec<f64>,
    state: u64,
}

impl Made {
    fn new(slice_mm: f64) -> Self {
        let slices = (50.0 / slice_mm).round() as usize;
        let grid = Grid::axis_aligned([100, 100, slices], [-25.0, -25.0, -25.0], [0.5, 0.5, slice_mm]);
        let values = vec![40.0; grid.len()];
        Self { grid, values, state: 7 }
    }

    fn random(&mut self) -> f64 {
        // splitmix64
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn each(&mut self, f: impl Fn([f64; 3]) -> f64) {
        for k in 0..self.grid.size[2] {
            for j in 0..self.grid.size[1] {
                for i in 0..self.grid.size[0] {
                    let at = self.grid.offset([i, j, k]);
                    self.values[at] += f(self.grid.centre([i, j, k]));
                }
            }
        }
    }

    fn capsule(&mut self, centre: Point, axis: Point, length_mm: f64, plane_mm: f64, brightness: f64) {
        let thickness_mm = self.grid.spacing[2];
        // a slice as the mean of eight thin ones, not the profile that the finder assumes
        for n in 0..8 {
            let offset = ((f64::from(n) + 0.5) / 8.0 - 0.5) * thickness_mm;
            let blur = Blur { plane_mm, slice_mm: 0.3, half_apart_mm: 0.0, length_mm };
            let prepared = Capsule { centre, axis: normalised(axis), brightness: brightness / 8.0 }.prepare(&blur);
            self.each(|q| prepared.value([q[0], q[1], q[2] + offset]));
        }
    }

    fn seed(&mut self, centre: Point, axis: Point) {
        self.capsule(centre, axis, 4.5, 0.62, BRIGHT);
    }

    fn ball(&mut self, centre: Point, radius: f64, hu: f64) {
        self.each(|q| {
            let r = ((q[0] - centre[0]).powi(2) + (q[1] - centre[1]).powi(2) + (q[2] - centre[2]).powi(2)).sqrt();
            hu / (1.0 + ((r - radius) / 0.3).exp())
        });
    }

    /// Ten isolated seeds near the border, so that the scan can be calibrated.
    fn with_implant(slice_mm: f64) -> (Self, Vec<Point>) {
        let mut made = Self::new(slice_mm);
        let mut places = Vec::new();
        for n in 0..10 {
            let angle = f64::from(n) * 0.628;
            let centre = [17.0 * angle.cos(), 17.0 * angle.sin(), -12.0 + 2.3 * f64::from(n)];
            let axis = [made.random() - 0.5, made.random() - 0.5, 1.0];
            made.seed(centre, axis);
            places.push(centre);
        }
        (made, places)
    }

    fn volume(mut self) -> Volume {
        for at in 0..self.values.len() {
            let noise = (0..12).map(|_| self.random()).sum::<f64>() - 6.0;
            self.values[at] += 15.0 * noise;
        }
        let values = self.values.iter().map(|v| v.round().clamp(-1024.0, 3071.0) as i16).collect();
        Volume { grid: self.grid, voxels: Voxels::I16(values), unit: Unit::Hounsfield }
    }
}

use crate::Point;

fn expect(volume: &Volume, truth: &[Point], within_mm: f64) -> Findings {
    let found = find(volume, &FinderOptions::default()).unwrap();
    let centres: Vec<Point> = found.seeds.iter().map(|s| s.centre).collect();
    let matching = compare(&centres, truth, within_mm);
    assert_eq!(matching.planned_only, [0; 0], "missed; found {:#?}", found);
    assert_eq!(matching.found_only, [0; 0], "false; found {:#?}", found);
    found
}

#[test]
fn isolated_seeds_with_their_axes() {
    for slice_mm in [1.0, 2.5, 5.0] {
        let (made, truth) = Made::with_implant(slice_mm);
        let found = expect(&made.volume(), &truth, if slice_mm > 3.0 { 1.0 } else { 0.4 });
        assert!((found.brightness_count - 10.0).abs() < 0.6, "{}", found.brightness_count);
        for seed in &found.seeds {
            assert!(seed.confidence > 0.8, "{seed:?}");
        }
    }
}

#[test]
fn two_seeds_end_to_end() {
    for axis in [[0.0, 0.0, 1.0], [0.8, 0.0, 0.6]] {
        let (mut made, mut truth) = Made::with_implant(2.5);
        for sign in [-1.0, 1.0] {
            let centre = [1.0 + sign * 2.25 * axis[0], 2.0, 0.7 + sign * 2.25 * axis[2]];
            made.seed(centre, axis);
            truth.push(centre);
        }
        expect(&made.volume(), &truth, 0.8);
    }
}

#[test]
fn two_seeds_side_by_side() {
    let (mut made, mut truth) = Made::with_implant(2.5);
    for x in [-0.75, 0.75] {
        let centre = [x, 1.0, 0.7];
        made.seed(centre, [0.1, 0.2, 1.0]);
        truth.push(centre);
    }
    expect(&made.volume(), &truth, 0.8);
}

#[test]
fn calcification_marker_and_bone_are_not_seeds() {
    let (mut made, mut truth) = Made::with_implant(2.5);
    made.ball([3.0, 2.0, 1.0], 2.0, 700.0);
    made.capsule([-5.0, 3.0, 2.0], [0.2, 0.0, 1.0], 3.0, 0.75, 3.2 * BRIGHT);
    // a bone with a seed beside it
    made.each(|q| {
        let r = q[0].hypot(q[1] + 7.0);
        if r < 4.0 { 250.0 } else { 800.0 / (1.0 + ((r - 5.2) / 0.3).exp()) }
    });
    let beside = [4.2, -0.6, 3.0];
    made.seed(beside, [0.0, 0.1, 1.0]);
    truth.push(beside);
    let found = expect(&made.volume(), &truth, 0.6);
    assert!(
        found.warnings.iter().any(|w| matches!(w, Warning::RejectedObject { kind: ObjectKind::Fiducial, .. })),
        "{:?}",
        found.warnings
    );
}

#[test]
fn a_scan_without_seeds() {
    let mut made = Made::new(2.5);
    made.ball([3.0, 2.0, 1.0], 2.0, 700.0);
    let volume = made.volume();
    let found = find(&volume, &FinderOptions { expected_count: Some(5), ..FinderOptions::default() }).unwrap();
    assert_eq!(found.seeds, []);
    assert_eq!(found.warnings[0], Warning::CountDiffers { expected: 5, found: 0, brightness_count: 0.0 });
}
