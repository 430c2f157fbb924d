//! The dose of an implant on a grid of voxels, by table; see docs/methods/tg43.md, "How the grid is computed".

use image::Grid;
use physics::DecayError;
use rayon::prelude::*;

use super::formula::Formula;
use super::row::{Found, Row};
use super::simd::{Adder, Instructions};
use super::table::Table;
use super::{DoseError, DoseResult, Formalism, Options, check_grid, form_of, result, scale_of};
use crate::implant::{Implant, Source, same_model};

/// One seed ready for the row loop.
pub(super) struct Ready {
    centre: [f64; 3],
    axis: [f64; 3],
    scale: f64,
    /// which table
    table: usize,
}

/// Tables of the models in use, made when first needed.
#[derive(Default)]
pub(super) struct Tables {
    keys: Vec<(std::sync::Arc<physics::SeedModel>, Formalism, f64)>,
    tables: Vec<Table>,
}

impl Tables {
    /// Number of the table for a seed on a grid.
    fn for_source(&mut self, source: &Source, form: Formalism, reach_mm: f64) -> usize {
        let known = self
            .keys
            .iter()
            .position(|(model, f, reach)| *f == form && *reach >= reach_mm && same_model(model, &source.model));
        known.unwrap_or_else(|| {
            // whole octaves, so that a moved seed finds its table again
            let reach = (2.0_f64).powi(libm::ceil(libm::log2(reach_mm.max(1.0))) as i32);
            self.keys.push((std::sync::Arc::clone(&source.model), form, reach));
            self.tables.push(Table::new(&Formula::new(&source.model), form, reach));
            self.tables.len() - 1
        })
    }

    /// A seed ready for the row loop.
    pub(super) fn ready(&mut self, source: &Source, grid: &Grid, options: Options) -> Result<Ready, DecayError> {
        let form = form_of(source, options.formalism);
        Ok(Ready {
            centre: source.centre,
            axis: source.unit_axis().unwrap_or_default(),
            scale: scale_of(source, options.delivery)?,
            table: self.for_source(source, form, reach_mm(grid, source.centre)),
        })
    }
}

/// The dose (or dose rate) of an implant on a grid.
pub fn dose(implant: &Implant, grid: &Grid, options: Options) -> Result<DoseResult, DoseError> {
    dose_with(Instructions::best(), implant, grid, options)
}

/// The same with chosen instructions; all give the same bits.
pub fn dose_with(
    instructions: Instructions,
    implant: &Implant,
    grid: &Grid,
    options: Options,
) -> Result<DoseResult, DoseError> {
    check_grid(grid)?;
    let mut tables = Tables::default();
    let seeds: Vec<Ready> =
        implant.sources().iter().map(|source| tables.ready(source, grid, options)).collect::<Result<_, _>>()?;
    let mut voxels = vec![0.0_f32; grid.len()];
    add_all(Adder::new(instructions), &tables, &seeds, 1.0, grid, &mut voxels);
    Ok(result(implant, grid, options, voxels))
}

/// Adds `sign` times the dose of the seeds, in their order; slices run in parallel.
pub(super) fn add_all(adder: Adder, tables: &Tables, seeds: &[Ready], sign: f64, grid: &Grid, voxels: &mut [f32]) {
    let [ni, nj, _] = grid.size;
    voxels.par_chunks_mut(ni * nj).enumerate().for_each(|(k, slice)| {
        let mut found = Found::default();
        for seed in seeds {
            if let Some(table) = tables.tables.get(seed.table) {
                let rows = Rows::new(seed, sign, grid, k);
                for (j, voxels) in slice.chunks_exact_mut(ni).enumerate() {
                    adder.add(table, &rows.row(j), &mut found, voxels);
                }
            }
        }
    });
}

/// A seed seen from the rows of a slice, in double precision.
struct Rows {
    axis: [f64; 3],
    scale: f32,
    step: f32,
    z_slope: f32,
    /// from the seed to the foot of its perpendicular on row 0, mm
    foot: [f64; 3],
    /// change of that from row to row, mm
    foot_step: [f64; 3],
    /// voxel 0 of row 0, along the row from the foot, mm
    start: f64,
    /// change of that from row to row, mm (nothing where the grid's axes are exactly at right angles)
    start_step: f64,
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

impl Rows {
    fn new(seed: &Ready, sign: f64, grid: &Grid, k: usize) -> Self {
        let along = grid.axes[0];
        let corner = grid.centre([0, 0, k]);
        let d: [f64; 3] = std::array::from_fn(|c| corner[c] - seed.centre[c]);
        let to_next: [f64; 3] = std::array::from_fn(|c| grid.axes[1][c] * grid.spacing[1]);
        let (start, start_step) = (dot(d, along), dot(to_next, along));
        Self {
            axis: seed.axis,
            scale: (seed.scale * sign) as f32,
            step: grid.spacing[0] as f32,
            z_slope: dot(along, seed.axis) as f32,
            // from its own coordinates, not |d|² - start², which would lose digits
            foot: std::array::from_fn(|c| d[c] - start * along[c]),
            foot_step: std::array::from_fn(|c| to_next[c] - start_step * along[c]),
            start,
            start_step,
        }
    }

    fn row(&self, j: usize) -> Row {
        let j = j as f64;
        let foot: [f64; 3] = std::array::from_fn(|c| self.foot[c] + j * self.foot_step[c]);
        Row {
            p2: dot(foot, foot) as f32,
            start: (self.start + j * self.start_step) as f32,
            step: self.step,
            z_foot: dot(foot, self.axis) as f32,
            z_slope: self.z_slope,
            scale: self.scale,
        }
    }
}

/// The distance from a point to the farthest corner of a grid, mm.
fn reach_mm(grid: &Grid, point: [f64; 3]) -> f64 {
    let mut farthest = 0.0_f64;
    for corner in 0..8_usize {
        let index = std::array::from_fn(|a| if (corner >> a) & 1 == 1 { grid.size[a] - 1 } else { 0 });
        let at = grid.centre(index);
        farthest = farthest.max((0..3).map(|c| (at[c] - point[c]) * (at[c] - point[c])).sum::<f64>());
    }
    farthest.sqrt()
}
