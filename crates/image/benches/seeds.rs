//! Time to find the seeds of a simulated prostate implant, for three slice thicknesses.
//!
//! Printed beside it: the voxels searched, so that a scan of another size can be judged by it.

use dosewright_image::seeds::{FinderOptions, find};
use dosewright_image::simulate::{Density, Rng, Scanner, Scene, SeedSolid, Shape, TemplateImplant, ct};
use dosewright_image::{Point, Volume};

fn main() {
    divan::main();
}

/// A pelvis of the size of a clinical scan with some forty to eighty seeds.
fn implant(thickness_mm: f64) -> (Volume, Vec<Point>) {
    let solid = SeedSolid::named("stm1251").expect("a built-in seed model");
    let mut scene = Scene::default();
    scene.paint(Shape::Trunk { centre: [0.0; 2], semi: [175.0, 110.0], z: [-100.0, 100.0] }, -90.0);
    scene.paint_textured(Shape::Trunk { centre: [0.0; 2], semi: [150.0, 90.0], z: [-100.0, 100.0] }, 40.0, 10.0, 4.0);
    for side in [-1.0, 1.0] {
        let ramus = vec![[side * 12.0, -45.0, -10.0], [side * 35.0, -38.0, 5.0], [side * 55.0, -20.0, 15.0]];
        scene.paint(Shape::Tube { points: ramus.clone(), radius: 8.0 }, 900.0);
        scene.paint(Shape::Tube { points: ramus, radius: 6.3 }, 250.0);
    }
    let template = TemplateImplant::clinical([0.0; 3], [23.0, 18.0, 20.0], Density::Clinical);
    let (_, seeds) = template.draw(&solid, &mut Rng::new(1, 1));
    scene.seed_solid = Some(solid);
    scene.seeds = seeds;
    let scanner = Scanner { views: 180, ..Scanner::clinical([0.0; 3], [250.0, 230.0, 90.0], thickness_mm) };
    let (volume, truth) = ct(&scene, &scanner, 1).expect("a scene that can be scanned");
    (volume, truth.seeds.iter().map(|s| s.centre).collect())
}

#[divan::bench(args = [1.0, 2.5, 5.0], sample_count = 5, sample_size = 1)]
fn prostate(bencher: divan::Bencher<'_, '_>, thickness_mm: f64) {
    let (volume, truth) = implant(thickness_mm);
    let found = find(&volume, &FinderOptions::default()).expect("a CT").seeds.len();
    println!("slices of {thickness_mm} mm: {} voxels, {} seeds, {found} found", volume.grid.len(), truth.len());
    bencher
        .counter(divan::counter::ItemsCount::new(volume.grid.len()))
        .bench_local(|| find(&volume, &FinderOptions::default()));
}
