//! The dose rate of a seed model as a table that a row of voxels can read without roots, logarithms or branches.
//!
//! Rows are cut in r²: 32 equal pieces of every octave, so that a row's number is the leading bits of r² as a
//! single-precision number and the place between two rows its remaining bits. Columns are half degrees of θ: every
//! whole or half angle of an F table is a node, and F between nodes is met exactly. A cell holds the relative dose rate
//! times r², which is smooth where the dose rate itself is not.

use rayon::prelude::*;

use super::Formalism;
use super::formula::Formula;

/// Pieces of an octave of r², as a power of two.
pub(super) const ROW_BITS: u32 = 5;
/// Where the row's number starts in the bits of r².
pub(super) const ROW_SHIFT: u32 = 23 - ROW_BITS;
/// Columns to a degree.
pub(super) const COLUMNS_PER_DEGREE: f64 = 2.0;
/// Columns that hold values: 0° to 90°.
const COLUMNS: usize = 181;
/// Distance between rows in the table: the columns and a margin, so that reading a column and the next stays inside.
pub(super) const STRIDE: usize = 184;
/// Least r², mm²: 0.25 mm from the centre is inside every capsule.
pub(super) const R2_MIN: f32 = 0.0625;

/// A table for one model and form of the equation.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// relative dose rate times r², mm²; rows of `STRIDE` in 2D, single values in 1D
    pub values: Vec<f32>,
    /// bits of `R2_MIN` shifted: the number of row 0
    pub first_row: i32,
    /// largest r² that may be asked for, mm²
    pub r2_max: f32,
    /// whether the table has columns
    pub is_2d: bool,
}

impl Table {
    /// A table that reaches `reach_mm` from the seed's centre. What it holds at a place does not depend on its reach.
    pub fn new(formula: &Formula, form: Formalism, reach_mm: f64) -> Self {
        let first_row = row_of(R2_MIN);
        let r2_max = ((reach_mm * reach_mm).max(4.0) * 1.001) as f32;
        let rows = (row_of(r2_max) - first_row) as usize + 2;
        let is_2d = form == Formalism::Line2D;
        let mut values = vec![0.0_f32; if is_2d { rows * STRIDE } else { rows }];
        if is_2d {
            let angles: Vec<(f64, f64)> =
                (0..COLUMNS).map(|column| libm::sincos((column as f64 / COLUMNS_PER_DEGREE).to_radians())).collect();
            values.par_chunks_mut(STRIDE).enumerate().for_each(|(row, cells)| {
                let r2 = f64::from(r2_of(first_row + row as i32));
                let r = r2.sqrt();
                for (cell, (sin, cos)) in cells.iter_mut().zip(&angles) {
                    *cell = (formula.line_2d(r * sin, r * cos) * r2) as f32;
                }
            });
        } else {
            for (row, cell) in values.iter_mut().enumerate() {
                let r2 = f64::from(r2_of(first_row + row as i32));
                let rate = if form == Formalism::Point1D { Formula::point_1d } else { Formula::line_1d };
                *cell = (rate(formula, r2.sqrt()) * r2) as f32;
            }
        }
        Self { values, first_row, r2_max, is_2d }
    }
}

/// The number of the row at or below r².
fn row_of(r2: f32) -> i32 {
    (r2.to_bits() >> ROW_SHIFT) as i32
}

/// r² of a row, mm².
fn r2_of(row: i32) -> f32 {
    f32::from_bits((row as u32) << ROW_SHIFT)
}
