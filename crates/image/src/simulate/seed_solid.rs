//! What X rays see of a seed.

use physics::seed::{MarkerShape, SeedLibrary, SeedModel};

use super::dense::{Dense, DenseShape, Part};
use super::material::Material;
use super::scanner::SimulateError;
use super::vector::unit;
use crate::Point;

/// The parts of a seed, concentric about its axis.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedSolid {
    /// id of the seed model
    pub model: String,
    /// its parts, about the centre of the capsule
    pub parts: Vec<Part>,
    length_mm: f64,
    diameter_mm: f64,
}

impl SeedSolid {
    /// The solid of the model of this name in `data/seeds/`.
    ///
    /// # Errors
    /// [`SimulateError::Seed`] when there is no such model or its materials have no attenuation data.
    pub fn named(name: &str) -> Result<Self, SimulateError> {
        let refused = |reason: String| SimulateError::Seed { name: name.to_owned(), reason };
        let library = SeedLibrary::embedded().map_err(|e| refused(e.to_string()))?;
        Self::of_model(library.find(name).map_err(|e| refused(e.to_string()))?)
    }

    /// The solid of a seed model: tube, flat end caps as thick as the wall, markers, and gas in between.
    ///
    /// Plastics and thin coatings are left out. Where the wall is not known it is taken as a sixteenth of the diameter, the most common ratio.
    ///
    /// # Errors
    /// [`SimulateError::Seed`] when a material has no attenuation data.
    pub fn of_model(model: &SeedModel) -> Result<Self, SimulateError> {
        let material = |name: &str| {
            let reason = || format!("its material '{name}' is not in data/ct/attenuation.csv");
            Material::named(name).ok_or_else(|| SimulateError::Seed { name: model.id.clone(), reason: reason() })
        };
        let capsule = &model.capsule;
        let (radius, end) = (capsule.diameter_mm / 2.0, capsule.length_mm / 2.0);
        let wall = capsule.wall_mm.unwrap_or(capsule.diameter_mm / 16.0);
        let (tube, air) = (material(&capsule.material)?, material("air")?);
        let (inner, cavity) = (radius - wall, end - wall);
        let mut parts = Vec::new();
        let mut ring = |inner_mm: f64, outer_mm: f64, from: f64, to: f64, material| {
            if outer_mm > inner_mm && to > from {
                let shape = DenseShape::Ring { inner_mm, outer_mm, w_mm: [from, to] };
                parts.push(Part { shape, material, fill: 1.0 });
            }
        };
        ring(inner, radius, -end, end, tube);
        ring(0.0, inner, cavity, end, tube);
        ring(0.0, inner, -end, -cavity, tube);
        let mut gas_from = -cavity;
        for marker in &capsule.markers {
            let (diameter, length) = match marker.shape {
                MarkerShape::Cylinder { diameter_mm, length_mm } => (diameter_mm, length_mm),
                // as the cylinder of the same diameter and volume
                MarkerShape::Sphere { diameter_mm } => (diameter_mm, diameter_mm * 2.0 / 3.0),
            };
            let (from, to) = (marker.centre_mm - length / 2.0, marker.centre_mm + length / 2.0);
            ring(0.0, diameter / 2.0, from, to, material(&marker.material)?);
            ring(diameter / 2.0, inner, from, to, air);
            ring(0.0, inner, gas_from, from, air);
            gas_from = to;
        }
        ring(0.0, inner, gas_from, cavity, air);
        Ok(Self { model: model.id.clone(), parts, length_mm: capsule.length_mm, diameter_mm: capsule.diameter_mm })
    }

    /// Length of the capsule, mm.
    pub fn length_mm(&self) -> f64 {
        self.length_mm
    }

    /// Diameter of the capsule, mm.
    pub fn diameter_mm(&self) -> f64 {
        self.diameter_mm
    }

    /// The seed in place.
    pub(crate) fn at(&self, centre: Point, axis: Point) -> Dense {
        Dense { centre, axis: unit(axis), parts: self.parts.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_has_a_solid_that_fills_its_capsule() {
        for model in SeedLibrary::embedded().unwrap().models() {
            let solid = SeedSolid::of_model(model).unwrap();
            let volume = |part: &Part| match part.shape {
                DenseShape::Ring { inner_mm, outer_mm, w_mm } => {
                    std::f64::consts::PI * (outer_mm.powi(2) - inner_mm.powi(2)) * (w_mm[1] - w_mm[0])
                }
                DenseShape::Spheroid { .. } => unreachable!("seeds are made of rings"),
            };
            let filled: f64 = solid.parts.iter().map(volume).sum();
            let capsule = std::f64::consts::PI * (solid.diameter_mm() / 2.0).powi(2) * solid.length_mm();
            assert!((filled / capsule - 1.0).abs() < 0.01, "{} {filled} {capsule}", model.id);
        }
    }

    #[test]
    fn an_unknown_model_is_refused() {
        assert!(matches!(SeedSolid::named("no such seed"), Err(SimulateError::Seed { .. })));
    }
}
