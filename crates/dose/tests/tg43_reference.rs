//! TG-43 dose beside a commercial planning system's, on a real implant; skipped where the reference data are missing.
use std::path::Path;
use std::sync::Arc;

use dosewright_dose as dose;

use dose::tg43::{Formalism, Options};
use dose::{Implant, Source};
use physics::SeedLibrary;

#[test]
fn agrees_with_the_planning_system_beyond_4_mm_of_a_seed() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/seed-implant-ct");
    if !case.is_dir() {
        println!("skipped: ../shared/data/seed-implant-ct is missing");
        return;
    }
    let study = image::study::import(&case, &|_, _| {}).unwrap();
    let plan = study.implant_plan().unwrap();
    let planned = &study.doses[0].volume;
    let library = SeedLibrary::embedded().unwrap();
    let sources: Vec<Source> = plan
        .seeds
        .iter()
        .map(|seed| {
            let stated = &plan.sources()[seed.source];
            let model = Arc::clone(library.find(&stated.model).unwrap());
            assert_eq!(model.id, "stm1251");
            Source::new(model, stated.air_kerma_strength.unwrap(), seed.position)
                .with_half_life(stated.half_life.unwrap())
        })
        .collect();
    assert_eq!(sources.len(), 54);
    let implant = Implant::new(sources).unwrap();
    let done = dose::tg43::dose(&implant, &planned.grid, Options::permanent(Formalism::Line1D)).unwrap();
    let (ours, theirs) = (done.volume.to_f32(), planned.to_f32());
    let [ni, nj, _] = planned.grid.size;
    let mut ratios: Vec<f32> = (0..ours.len())
        .filter(|at| {
            let p = planned.grid.centre([at % ni, at / ni % nj, at / (ni * nj)]);
            let nearest = implant.sources().iter().map(|s| (0..3).map(|c| (p[c] - s.centre[c]).powi(2)).sum::<f64>());
            nearest.fold(f64::INFINITY, f64::min) >= 16.0 && theirs[*at] > 0.0
        })
        .map(|at| ours[at] / theirs[at])
        .collect();
    ratios.sort_by(f32::total_cmp);
    let at = |share: f64| ratios[(share * (ratios.len() - 1) as f64) as usize];
    println!("{} voxels: median {}, 1 % {}, 99 % {}", ratios.len(), at(0.5), at(0.01), at(0.99));
    assert!((0.995..=1.005).contains(&at(0.5)), "median {}", at(0.5));
    assert!(at(0.01) > 0.98 && at(0.99) < 1.02, "{} to {}", at(0.01), at(0.99));
}
