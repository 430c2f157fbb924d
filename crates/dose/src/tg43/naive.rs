//! The direct evaluation: every voxel, every seed, every factor, in double precision. Slow, and the oracle.

use image::{Grid, Point};
use rayon::prelude::*;

use super::{DoseError, DoseResult, Formalism, Formula, Options, check_grid, form_of, result, scale_of};
use crate::implant::{Implant, same_model};

/// One seed ready for evaluation.
struct Ready<'a> {
    formula: &'a Formula,
    form: Formalism,
    scale: f64,
    centre: Point,
    axis: Point,
}

/// The dose (or dose rate) on a grid; the same as [`super::dose`] but by the formulas themselves.
pub fn dose(implant: &Implant, grid: &Grid, options: Options) -> Result<DoseResult, DoseError> {
    check_grid(grid)?;
    let formulas = formulas(implant);
    let seeds = ready(implant, &formulas, options)?;
    let [ni, nj, _] = grid.size;
    let mut voxels = vec![0.0_f32; grid.len()];
    voxels.par_chunks_mut(ni * nj).enumerate().for_each(|(k, slice)| {
        for (offset, voxel) in slice.iter_mut().enumerate() {
            *voxel = sum(&seeds, grid.centre([offset % ni, offset / ni, k])) as f32;
        }
    });
    Ok(result(implant, grid, options, voxels))
}

/// The dose (Gy) or dose rate (Gy/h) at one point.
pub fn at(implant: &Implant, point: Point, options: Options) -> Result<f64, DoseError> {
    if point.iter().any(|c| !c.is_finite()) {
        return Err(DoseError::Grid { fault: format!("{point:?} is not a point") });
    }
    let formulas = formulas(implant);
    Ok(sum(&ready(implant, &formulas, options)?, point))
}

fn formulas(implant: &Implant) -> Vec<Formula> {
    implant.models().into_iter().map(|model| Formula::new(model)).collect()
}

fn ready<'a>(implant: &Implant, formulas: &'a [Formula], options: Options) -> Result<Vec<Ready<'a>>, DoseError> {
    let models = implant.models();
    let of = |source: &crate::Source| models.iter().zip(formulas).find(|(model, _)| same_model(model, &source.model));
    implant
        .sources()
        .iter()
        .filter_map(|source| of(source).map(|(_, formula)| (source, formula)))
        .map(|(source, formula)| {
            Ok(Ready {
                formula,
                form: form_of(source, options.formalism),
                scale: scale_of(source, options.delivery)?,
                centre: source.centre,
                axis: source.unit_axis().unwrap_or_default(),
            })
        })
        .collect()
}

fn sum(seeds: &[Ready<'_>], point: Point) -> f64 {
    seeds.iter().map(|seed| seed.scale * relative(seed, point)).sum()
}

fn relative(seed: &Ready<'_>, point: Point) -> f64 {
    let d: Point = std::array::from_fn(|c| point[c] - seed.centre[c]);
    let r2: f64 = d.iter().map(|c| c * c).sum();
    match seed.form {
        Formalism::Line1D => seed.formula.line_1d(r2.sqrt()),
        Formalism::Point1D => seed.formula.point_1d(r2.sqrt()),
        Formalism::Line2D => {
            let z: f64 = (0..3).map(|c| d[c] * seed.axis[c]).sum();
            seed.formula.line_2d((r2 - z * z).max(0.0).sqrt(), z)
        }
    }
}
