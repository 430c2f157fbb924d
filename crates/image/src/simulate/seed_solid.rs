//! What X rays see of a seed.

use super::dense::{Dense, DenseShape, Part};
use super::material::Material;
use super::vector::unit;
use crate::Point;

const TABLE: &str = include_str!("../../../../data/ct/seed-solids.csv");

/// The parts of a seed, concentric about its axis.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedSolid {
    /// name of the seed model
    pub model: String,
    /// its parts, about the centre of the capsule
    pub parts: Vec<Part>,
}

impl SeedSolid {
    /// The seed of a model in `data/ct/seed-solids.csv`; `None` when it is not there.
    pub fn of_model(model: &str) -> Option<Self> {
        let parts: Vec<Part> = rows().filter(|(name, _)| *name == model).map(|(_, part)| part).collect();
        (!parts.is_empty()).then(|| Self { model: model.to_owned(), parts })
    }

    /// The models of the table.
    pub fn models() -> Vec<&'static str> {
        let mut names: Vec<_> = rows().map(|(name, _)| name).collect();
        names.dedup();
        names
    }

    /// Length of the capsule, mm.
    pub fn length_mm(&self) -> f64 {
        let (_, w) = self.at([0.0; 3], [0.0, 0.0, 1.0]).extent();
        w[1] - w[0]
    }

    /// Diameter of the capsule, mm.
    pub fn diameter_mm(&self) -> f64 {
        2.0 * self.at([0.0; 3], [0.0, 0.0, 1.0]).extent().0
    }

    /// The seed in place.
    pub(crate) fn at(&self, centre: Point, axis: Point) -> Dense {
        Dense { centre, axis: unit(axis), parts: self.parts.clone() }
    }
}

fn rows() -> impl Iterator<Item = (&'static str, Part)> {
    TABLE.lines().filter(|l| !l.starts_with('#')).filter_map(|line| {
        let mut cells = line.split(',');
        let (model, material) = (cells.next()?, Material::named(cells.next()?)?);
        let mut number = || cells.next()?.parse::<f64>().ok();
        let shape = DenseShape::Ring { inner_mm: number()?, outer_mm: number()?, w_mm: [number()?, number()?] };
        Some((model, Part { shape, material, fill: 1.0 }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = TABLE.lines().filter(|l| !l.starts_with('#')).count() - 1;
        assert_eq!(rows().count(), lines);
        for model in SeedSolid::models() {
            let solid = SeedSolid::of_model(model).unwrap();
            assert!((4.4..=5.1).contains(&solid.length_mm()), "{model}");
            assert!((0.79..=0.84).contains(&solid.diameter_mm()), "{model}");
        }
        assert!(SeedSolid::of_model("none").is_none());
    }
}
