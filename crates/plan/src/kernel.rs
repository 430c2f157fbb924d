//! The dose of one seed around itself, read from a table that the TG-43 engine fills.

use dose::tg43::{self, Formalism, Options};
use dose::{Implant, Source};
use image::{Grid, Point};

use crate::error::PlanError;
use crate::geometry::{distance2, dot};
use crate::problem::SeedKind;

/// Distance of the table's nodes, mm.
const STEP_MM: f64 = 0.25;
/// Farther than this the last node is taken: a seed gives a hundredth of a gray there.
const FARTHEST_MM: f64 = 250.0;
/// Nearer than this the value at this distance squared is taken: it is within the capsule or beside it.
const NEAREST_MM2: f64 = 0.5;

/// Dose to infinity times r² over distance from the axis and from the transverse plane.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// Gy mm², ρ fastest
    table: Vec<f32>,
    side: usize,
    axis: Point,
}

impl Kernel {
    /// A table for seeds that lie along `axis` (a unit vector) and points at most `reach_mm` away.
    ///
    /// # Errors
    /// When model or strength cannot be computed.
    pub fn new(seed: &SeedKind, axis: Point, reach_mm: f64) -> Result<Self, PlanError> {
        let wrong = |error: String| PlanError::Dose(error);
        let side = (reach_mm.clamp(10.0, FARTHEST_MM) / STEP_MM).ceil() as usize + 2;
        let source = Source::new(std::sync::Arc::clone(&seed.model), seed.strength, [0.0; 3])
            .with_axis([0.0, 0.0, 1.0])
            .with_half_life(seed.half_life);
        let implant = Implant::new(vec![source]).map_err(|error| wrong(error.to_string()))?;
        let grid = Grid::axis_aligned([side, 1, side], [0.0; 3], [STEP_MM; 3]);
        let dose = tg43::dose(&implant, &grid, Options::permanent(Formalism::Line2D))
            .map_err(|error| wrong(error.to_string()))?;
        let mut table = dose.volume.to_f32().into_owned();
        for (at, value) in table.iter_mut().enumerate() {
            let (rho, z) = ((at % side) as f64 * STEP_MM, (at / side) as f64 * STEP_MM);
            *value *= (rho * rho + z * z).max(NEAREST_MM2 * 0.01) as f32;
        }
        Ok(Self { table, side, axis })
    }

    /// The dose of a seed at `centre` in a point, Gy.
    #[inline]
    pub fn gray(&self, centre: Point, point: Point) -> f32 {
        let d: Point = std::array::from_fn(|c| point[c] - centre[c]);
        self.relative(dot(d, self.axis), distance2(point, centre))
    }

    #[inline]
    fn relative(&self, z: f64, r2: f64) -> f32 {
        let last = (self.side - 2) as f64;
        let z_at = (z.abs() / STEP_MM).min(last);
        let rho_at = ((r2 - z * z).max(0.0).sqrt() / STEP_MM).min(last);
        let (i, k) = (rho_at as usize, z_at as usize);
        let (across, along) = ((rho_at - i as f64) as f32, (z_at - k as f64) as f32);
        let base = k * self.side + i;
        let at = |offset: usize| self.table.get(base + offset).copied().unwrap_or_default();
        let low = at(0) + across * (at(1) - at(0));
        let high = at(self.side) + across * (at(self.side + 1) - at(self.side));
        (low + along * (high - low)) / r2.max(NEAREST_MM2) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use physics::{AirKermaStrength, SeedLibrary};
    use std::sync::Arc;

    #[test]
    fn agrees_with_the_formulas_beyond_2_mm() {
        for model in ["stm1251", "6711"] {
            let model = Arc::clone(SeedLibrary::embedded().unwrap().find(model).unwrap());
            let seed = SeedKind::new(model, AirKermaStrength::new(0.6));
            let axis = [0.6, 0.0, 0.8];
            let kernel = Kernel::new(&seed, axis, 80.0).unwrap();
            let source = Source::new(Arc::clone(&seed.model), seed.strength, [1.0, 2.0, 3.0]).with_axis(axis);
            let implant = Implant::new(vec![source]).unwrap();
            let options = Options::permanent(Formalism::Line2D);
            let mut rng = image::simulate::Rng::new(1, 1);
            // worst difference within 5 mm, beyond, and within 14 degrees of the axis, where F changes from node to node
            let mut worst = [0.0_f64; 3];
            for _ in 0..4000 {
                let r = 2.0 * (rng.uniform() * 3.6).exp();
                let direction = rng.direction();
                let point = std::array::from_fn(|c| [1.0, 2.0, 3.0][c] + r * direction[c]);
                let want = tg43::naive::at(&implant, point, options).unwrap();
                let off = f64::from(kernel.gray([1.0, 2.0, 3.0], point)) / want - 1.0;
                let kind = if dot(direction, axis).abs() > 0.97 { 2 } else { usize::from(r > 5.0) };
                worst[kind] = worst[kind].max(off.abs());
            }
            println!("{}: {worst:?}", seed.model.id);
            assert!(worst[0] < 0.03 && worst[1] < 0.008 && worst[2] < 0.06, "{} {worst:?}", seed.model.id);
        }
    }
}
