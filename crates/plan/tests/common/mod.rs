//! Problems that several tests and the benchmark use.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;

use dose::criteria::Comparison;
use image::{Contour, ContourKind, Region, RegionOptions, Structure};
use physics::{AirKermaStrength, Gray, SeedLibrary};
use plan::{Aim, Part, Placing, Preset, Problem, SeedKind, Template};

/// A ball or ellipsoid drawn on slices of 2.5 mm.
pub fn ellipsoid(name: &str, centre: [f64; 3], half: [f64; 3]) -> Region {
    let slices = (half[2] / 2.5) as i32;
    let contours = (-slices..=slices)
        .map(|k| {
            let h = f64::from(k) * 2.5;
            let share = (1.0 - (h / half[2]).powi(2)).max(0.0).sqrt();
            let points = (0..60).map(|a| f64::from(6 * a).to_radians().sin_cos());
            let points =
                points.map(|(s, c)| [centre[0] + half[0] * share * c, centre[1] + half[1] * share * s, centre[2] + h]);
            Contour { kind: ContourKind::ClosedPlanar, points: points.collect(), image: None }
        })
        .collect();
    let structure = Structure {
        number: 1,
        name: name.into(),
        kind: String::new(),
        colour: None,
        frame_of_reference: String::new(),
        contours,
    };
    Region::from_structure(&structure, &RegionOptions::default()).unwrap()
}

pub fn seed(strength: f64) -> SeedKind {
    let model = Arc::clone(SeedLibrary::embedded().unwrap().find("STM1251").unwrap());
    SeedKind::new(model, AirKermaStrength::new(strength))
}

pub fn aim(part: Part, index: &str, comparison: Comparison, limit: f64, weight: f64, pull: f64) -> Aim {
    Aim { part, index: index.parse().unwrap(), comparison, limit, weight, pull }
}

/// A ball of 9 mm radius on a template of 6 mm, with an organ beside it: few enough places to try all subsets.
pub fn small() -> Problem {
    let target = ellipsoid("target", [0.0; 3], [9.0, 9.0, 9.0]);
    let access = Template::covering(&target, Template::PERINEAL, 6.0, [0.0; 3]).unwrap();
    // slabs of the ball reach from -8.75 mm: a plane of places through its middle
    let first_mm = 8.75;
    Problem {
        target,
        organs: vec![ellipsoid("organ", [14.0, 0.0, 0.0], [4.0, 8.0, 8.0])],
        access,
        seed: seed(0.8),
        prescription: Gray::new(120.0),
        placing: Placing {
            step_mm: 6.0,
            first_mm,
            spacing_mm: 5.0,
            margin_mm: 0.0,
            clearances: vec![],
            most_seeds: 6,
            most_needles: 5,
            most_per_needle: 2,
        },
        aims: vec![
            aim(Part::Target, "V100", Comparison::AtLeast, 97.0, 3.0, 0.2),
            aim(Part::Target, "V150", Comparison::AtMost, 45.0, 1.0, 0.1),
            aim(Part::Organ(0), "D1cc", Comparison::AtMost, 70.0, 2.0, 0.1),
        ],
        costs: plan::Costs { needle: 0.3, seed: 0.2 },
    }
}

/// The prostate of the reference case; `None` where its files are missing.
pub fn prostate() -> Option<Problem> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/seed-implant-ct");
    if !folder.is_dir() {
        println!("skipped: ../shared/data/seed-implant-ct is missing");
        return None;
    }
    let set = image::rtstruct::read(&image::dicom::open(&folder.join("SS001.dcm")).ok()?).ok()?;
    let regions: Vec<Region> =
        set.structures.iter().filter_map(|s| Region::from_structure(s, &RegionOptions::default()).ok()).collect();
    let preset = Preset::embedded().unwrap().remove(0);
    let find = |at: usize| {
        let found = preset.structures[at].find(regions.iter().map(|region| region.name.as_str())).unwrap();
        regions[found].clone()
    };
    let (target, organs) = (find(0), vec![find(1), find(2)]);
    // the lattice stands so that the urethra runs midway between holes
    let [low, high] = organs[0].bounds_uvn();
    let middle = organs[0].to_patient(std::array::from_fn(|a| 0.5 * (low[a] + high[a])));
    let hole = [middle[0] + 2.5, middle[1] + 2.5, middle[2]];
    let access = Template::covering(&target, Template::PERINEAL, preset.pitch_mm, hole).unwrap();
    let mut problem = preset.problem(target, organs, access, seed(0.621), Gray::new(145.0)).unwrap();
    problem.placing.most_seeds = 54;
    problem.placing.most_needles = 25;
    Some(problem)
}
