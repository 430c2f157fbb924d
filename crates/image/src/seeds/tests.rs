//! The finder on small made-up scans, and on a real implant where one is at hand.

use super::model::{Blur, Capsule, normalised};
use super::*;
use crate::{Grid, Mask, Point, Unit, Volume, Voxels};

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
            let blur = Blur { plane_mm, slice_mm: 0.3, apart_mm: 0.0, length_mm };
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

fn expect(volume: &Volume, truth: &[Point], within_mm: f64) -> Findings {
    let found = find(volume, &FinderOptions::default()).unwrap();
    let centres: Vec<Point> = found.seeds.iter().map(|s| s.centre).collect();
    let matching = compare(&centres, truth, within_mm);
    let missed: Vec<Point> = matching.planned_only.iter().map(|&p| truth[p]).collect();
    assert_eq!(missed, [[0.0; 3]; 0], "missed in slices of {} mm: {found:?}", volume.grid.spacing[2]);
    let wrong: Vec<&FoundSeed> = matching.found_only.iter().map(|&f| &found.seeds[f]).collect();
    assert!(wrong.is_empty(), "not seeds: {wrong:?}");
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
    made.ball([1.0, 9.0, -3.0], 2.0, 700.0);
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

#[test]
fn volumes_that_cannot_be_searched_are_refused() {
    let options = FinderOptions::default();
    let refused = |grid: Grid, values: Vec<f32>, unit: Unit| {
        find(&Volume { grid, voxels: Voxels::F32(values), unit }, &options).unwrap_err()
    };
    let grid = |size: [usize; 3]| Grid::axis_aligned(size, [0.0; 3], [0.5, 0.5, 2.5]);
    assert!(matches!(refused(grid([0, 0, 0]), vec![], Unit::Hounsfield), FinderError::Empty { .. }));
    assert!(matches!(refused(grid([9, 9, 9]), vec![0.0; 5], Unit::Hounsfield), FinderError::Empty { .. }));
    assert!(matches!(refused(grid([usize::MAX, 2, 2]), vec![0.0; 5], Unit::Hounsfield), FinderError::Empty { .. }));
    assert!(matches!(refused(grid([8, 8, 1]), vec![0.0; 64], Unit::Hounsfield), FinderError::TooFewSlices { .. }));
    assert_eq!(refused(grid([4, 4, 4]), vec![0.0; 64], Unit::Gray), FinderError::NotHounsfield);
    let mut values = vec![0.0_f32; 64];
    values[4 * 4 * 2 + 4 + 3] = f32::NAN;
    assert_eq!(refused(grid([4, 4, 4]), values, Unit::Hounsfield), FinderError::NotFinite { i: 3, j: 1, k: 2 });
    let flat = Grid { spacing: [0.5, -0.5, 2.5], ..grid([4, 4, 4]) };
    assert!(matches!(refused(flat, vec![0.0; 64], Unit::Hounsfield), FinderError::BadSpacing { .. }));
    let capsule = FinderOptions { capsule_length_mm: f64::NAN, ..FinderOptions::default() };
    let volume = Volume { grid: grid([4, 4, 4]), voxels: Voxels::I16(vec![0; 64]), unit: Unit::Hounsfield };
    assert!(matches!(find(&volume, &capsule), Err(FinderError::BadCapsule { .. })));
    // a volume too small for anything, and one that is the same everywhere, hold no seeds
    assert_eq!(find(&volume, &options).unwrap().seeds, []);
}

#[test]
fn the_region_limits_the_search() {
    let (made, truth) = Made::with_implant(2.5);
    let volume = made.volume();
    let inside: Vec<Point> = truth.iter().copied().filter(|p| p[0] > 1.0).collect();
    let region = SearchRegion::Box { low: [1.0, -50.0, -50.0], high: [50.0; 3] };
    let coverage = (0..8).map(|n| if n % 2 == 1 { 1.0 } else { 0.0 }).collect();
    let mask = Mask { grid: Grid::axis_aligned([2, 2, 2], [-24.0, -30.0, -30.0], [50.0, 60.0, 60.0]), coverage };
    for region in [region, SearchRegion::Mask(mask)] {
        let found = find(&volume, &FinderOptions { region: Some(region), ..FinderOptions::default() }).unwrap();
        let centres: Vec<Point> = found.seeds.iter().map(|s| s.centre).collect();
        let matching = compare(&centres, &inside, 0.5);
        assert_eq!((matching.pairs.len(), centres.len()), (inside.len(), inside.len()));
    }
}

#[test]
fn the_result_is_the_same_for_any_number_of_threads_and_can_be_stopped() {
    let (made, _) = Made::with_implant(2.5);
    let volume = made.volume();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| find(&volume, &FinderOptions::default())).unwrap()
    };
    assert_eq!(with(1), with(3));
    let watch = Watch { cancelled: &|| true, progress: &|_| {} };
    assert_eq!(find_watched(&volume, &FinderOptions::default(), watch), Err(FinderError::Cancelled));
}

#[test]
fn an_oblique_volume_gives_patient_positions() {
    let (made, truth) = Made::with_implant(2.5);
    let mut volume = made.volume();
    // the same voxels, lying otherwise in the patient: i runs to the feet, j to the right, k to the back
    let axes = [[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    let turned: Vec<Point> =
        truth.iter().map(|p| std::array::from_fn(|c| (0..3).map(|a| p[a] * axes[a][c]).sum())).collect();
    let origin = volume.grid.origin;
    volume.grid.origin = std::array::from_fn(|c| (0..3).map(|a| origin[a] * axes[a][c]).sum());
    volume.grid.axes = axes;
    expect(&volume, &turned, 0.5);
}

#[test]
fn warnings_are_sentences_in_both_languages() {
    let warning = Warning::TouchingSeeds { a: 11, b: 12, distance_mm: 1.04 };
    assert!(warning.sentence(Language::English).starts_with("seeds 12 and 13 touch"));
    assert_eq!(warning.sentence(Language::Chinese), "粒子 12 与粒子 13 相接触（中心距 1.0 mm），其中一粒可能为两粒。");
}

/// A real implant of 54 seeds, one of which has no bright spot. Its truth lies on slice planes, 2.5 mm apart.
#[test]
fn the_real_implant() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/seed-implant-ct");
    if !folder.is_dir() {
        println!("skipped: ../shared/data/seed-implant-ct is missing");
        return;
    }
    let study = crate::study::import(&folder, &|_, _| {}).unwrap();
    let volume = study.ct().unwrap().volume.as_ref().unwrap();
    let plan = study.implant_plan().unwrap();
    let truth: Vec<Point> = plan.seeds.iter().map(|s| s.position).collect();
    assert_eq!(truth.len(), 54);
    let found = find(volume, &FinderOptions::default()).unwrap();
    let centres: Vec<Point> = found.seeds.iter().map(|s| s.centre).collect();
    let matching = compare(&centres, &truth, 3.0);
    let mut in_plane: Vec<f64> = matching
        .pairs
        .iter()
        .map(|p| (centres[p.found][0] - truth[p.planned][0]).hypot(centres[p.found][1] - truth[p.planned][1]))
        .collect();
    in_plane.sort_by(f64::total_cmp);
    let (mean, median) = (matching.mean_mm().unwrap(), in_plane[in_plane.len() / 2]);
    println!(
        "found {} of 54, {} false, mean error {mean:.2} mm, median in-plane error {median:.2} mm",
        matching.pairs.len(),
        matching.found_only.len()
    );
    assert!(matching.pairs.len() >= 52);
    assert!(matching.found_only.len() <= 2);
    assert!(mean <= 0.8, "{mean}");
    assert!(median <= 0.3, "{median}");
}
