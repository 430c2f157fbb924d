//! Water-equivalent paths through the anatomy, for the hardness of the beam and the noise.

use super::scanner::Scanner;
use super::scene::Scene;
use crate::Point;

/// Distance between the samples of the anatomy, mm.
const STEP_MM: f64 = 4.0;
/// No path is followed further than this from the centre of the image, mm.
const REACH_MM: f64 = 400.0;

/// Water-equivalent path of every ray of one slice, mm: views by coarse bins, linear between.
pub(crate) struct Background {
    bins: usize,
    paths_mm: Vec<f32>,
}

/// The box of the anatomy around the scanner's centre, x and y.
fn extent(scene: &Scene, centre: Point) -> [[f64; 2]; 2] {
    let mut low = [centre[0], centre[1]];
    let mut high = low;
    for solid in &scene.solids {
        let bounds = solid.shape.bounds().unwrap_or([[f64::NEG_INFINITY; 3], [f64::INFINITY; 3]]);
        for a in 0..2 {
            low[a] = low[a].min(bounds[0][a]).max(centre[a] - REACH_MM);
            high[a] = high[a].max(bounds[1][a]).min(centre[a] + REACH_MM);
        }
    }
    [low, high]
}

impl Background {
    /// Samples the slice at height `z` and projects it by splatting; beyond the image too.
    pub(crate) fn new(scene: &Scene, scanner: &Scanner, z: f64) -> Self {
        let [low, high] = extent(scene, scanner.centre);
        let half_bins = (REACH_MM * 1.5 / STEP_MM) as usize;
        let bins = 2 * half_bins + 1;
        let mut samples = Vec::new();
        let count = |a: usize| ((high[a] - low[a]) / STEP_MM).ceil() as usize;
        for j in 0..count(1) {
            for i in 0..count(0) {
                let x = low[0] + (i as f64 + 0.5) * STEP_MM;
                let y = low[1] + (j as f64 + 0.5) * STEP_MM;
                let density = (scene.hu_at([x, y, z]) / 1000.0 + 1.0).clamp(0.0, 3.0);
                if density > 0.01 {
                    // a cell's area over the width of the bin it falls on
                    samples.push((x - scanner.centre[0], y - scanner.centre[1], (density * STEP_MM) as f32));
                }
            }
        }
        let mut paths_mm = vec![0.0_f32; scanner.views * bins];
        for (view, row) in paths_mm.chunks_exact_mut(bins).enumerate() {
            let (sin, cos) = (std::f64::consts::PI * view as f64 / scanner.views as f64).sin_cos();
            for &(x, y, amount) in &samples {
                let s = (x * cos + y * sin) / STEP_MM + half_bins as f64;
                let bin = s.floor();
                let part = (s - bin) as f32;
                if let Some(pair) = row.get_mut(bin as usize..bin as usize + 2) {
                    pair[0] += amount * (1.0 - part);
                    pair[1] += amount * part;
                }
            }
        }
        Self { bins, paths_mm }
    }

    /// The path of the ray of a view at a distance `s_mm` from the centre, mm.
    pub(crate) fn path_mm(&self, view: usize, s_mm: f64) -> f64 {
        let s = s_mm / STEP_MM + (self.bins / 2) as f64;
        let bin = (s.floor().max(0.0) as usize).min(self.bins - 2);
        let part = (s - bin as f64).clamp(0.0, 1.0);
        let at = view * self.bins + bin;
        f64::from(self.paths_mm[at]) * (1.0 - part) + f64::from(self.paths_mm[at + 1]) * part
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::*;

    #[test]
    fn chords_of_a_water_cylinder() {
        let mut scene = Scene::default();
        scene.paint(Shape::Trunk { centre: [10.0, 0.0], semi: [120.0, 120.0], z: [-50.0, 50.0] }, 0.0);
        let scanner = Scanner::clinical([0.0; 3], [100.0, 100.0, 5.0], 5.0);
        let background = Background::new(&scene, &scanner, 0.0);
        for (view, centre) in [(0, 10.0), (scanner.views / 2, 0.0)] {
            for s in [0.0, 40.0, -70.0] {
                let chord = 2.0 * (120.0_f64.powi(2) - (s - centre) * (s - centre)).sqrt();
                let got = background.path_mm(view, s);
                assert!((got - chord).abs() < 6.0, "{view} {s} {got} {chord}");
            }
        }
        assert!(background.path_mm(0, 200.0) < 1e-9);
    }
}
