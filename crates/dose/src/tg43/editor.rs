//! A dose that follows seeds while they are placed, moved and removed: only the changed seed is computed.

use image::{Grid, Unit, Volume, Voxels};

use super::grid::{Tables, add_all};
use super::simd::{Adder, Instructions};
use super::{Delivery, DoseError, Options, check_grid};
use crate::implant::{Implant, Source};

/// A dose grid to which seeds are added and from which they are taken.
///
/// Each change rounds once more in single precision: after some hundred moves a voxel that a seed once covered may be off
/// by a few parts in 10⁷ of the highest dose it ever had. What is reported or stored comes from [`super::dose`].
pub struct Editor {
    volume: Volume,
    options: Options,
    tables: Tables,
    adder: Adder,
}

impl Editor {
    /// An empty dose on `grid`.
    pub fn new(grid: Grid, options: Options) -> Result<Self, DoseError> {
        check_grid(&grid)?;
        let unit = if matches!(options.delivery, Delivery::RateAt(_)) { Unit::Unknown } else { Unit::Gray };
        let voxels = Voxels::F32(vec![0.0; grid.len()]);
        let volume = Volume { grid, voxels, unit };
        Ok(Self { volume, options, tables: Tables::default(), adder: Adder::new(Instructions::best()) })
    }

    /// The dose as it stands.
    pub fn volume(&self) -> &Volume {
        &self.volume
    }

    /// Adds the dose of a seed.
    pub fn add(&mut self, source: &Source) -> Result<(), DoseError> {
        self.change(source, 1.0)
    }

    /// Takes away the dose of a seed that was added.
    pub fn remove(&mut self, source: &Source) -> Result<(), DoseError> {
        self.change(source, -1.0)
    }

    /// Adds the doses of all seeds of an implant.
    pub fn add_implant(&mut self, implant: &Implant) -> Result<(), DoseError> {
        implant.sources().iter().try_for_each(|source| self.add(source))
    }

    fn change(&mut self, source: &Source, sign: f64) -> Result<(), DoseError> {
        // the checks of an implant hold for one seed
        let checked = Implant::new(vec![source.clone()]).map_err(|error| DoseError::Source(error.to_string()))?;
        let grid = &self.volume.grid;
        let Voxels::F32(voxels) = &mut self.volume.voxels else {
            return Err(DoseError::Source("the dose is not in single precision".into()));
        };
        for source in checked.sources() {
            let ready = self.tables.ready(source, grid, self.options)?;
            add_all(self.adder, &self.tables, &[ready], sign, grid, voxels);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tg43::{Formalism, dose};
    use physics::{AirKermaStrength, SeedLibrary};
    use std::sync::Arc;

    #[test]
    fn follows_a_moved_seed() {
        let model = Arc::clone(SeedLibrary::embedded().unwrap().find("6711").unwrap());
        let seed = |x: f64| {
            Source::new(Arc::clone(&model), AirKermaStrength::new(0.5), [x, 0.3, 0.2]).with_axis([0.0, 0.0, 1.0])
        };
        let grid = Grid::axis_aligned([40, 30, 20], [-20.0, -15.0, -10.0], [1.0; 3]);
        let options = Options::permanent(Formalism::Line2D);
        let before = Implant::new(vec![seed(-5.0), seed(0.0), seed(5.0)]).unwrap();
        let after = Implant::new(vec![seed(-5.0), seed(8.0), seed(5.0)]).unwrap();
        let mut editor = Editor::new(grid.clone(), options).unwrap();
        editor.add_implant(&before).unwrap();
        assert_eq!(editor.volume(), &dose(&before, &grid, options).unwrap().volume);
        editor.remove(&seed(0.0)).unwrap();
        editor.add(&seed(8.0)).unwrap();
        let fresh = dose(&after, &grid, options).unwrap().volume;
        let highest = dose(&before, &grid, options).unwrap().volume.to_f32().iter().fold(0.0_f32, |m, v| m.max(*v));
        for (a, b) in editor.volume().to_f32().iter().zip(fresh.to_f32().iter()) {
            assert!((a - b).abs() <= 1e-5 * b + 3e-7 * highest, "{a} {b}");
        }
        let zero = Source { strength: AirKermaStrength::ZERO, ..seed(0.0) };
        assert!(editor.add(&zero).unwrap_err().to_string().contains("strength"));
    }
}
