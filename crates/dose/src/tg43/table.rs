//! The dose rate of a seed model as a table that a row of voxels can read without roots, logarithms or branches.
//!
//! Rows are cut in r²: 32 equal pieces of every octave, so that a row's number is the leading bits of r² as a
//! single-precision number and the place between two rows its remaining bits. Columns are half degrees of θ: every
//! whole or half angle of an F table is a node, and F between nodes is met exactly.
//!
//! In 2D a cell holds the relative dose rate times r², which has no pole and is of like size everywhere, as a 16-bit
//! number of 5 bits of exponent and 11 of mantissa (no sign: a dose rate is positive), together with that of the row above
//! it. So one read of 64 bits brings the four corners of a cell. Rounding is at most 2.5 parts in 10⁴ and evens out.
//!
//! The high number is read by one shift, which leaves bits of the low number below its own mantissa; it is so rounded
//! that with them it lies nearest to its value. The low number takes a shift and a mask. Both stand in the lowest
//! exponents of single precision (from 2⁻¹²⁶), so that nothing need be added; [`LIFT`] brings what was interpolated back
//! to where a product with the dose of a seed is safe.

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
/// Cells to a row, as a power of two: the columns and a margin, so that reading a column and the next stays inside.
pub(super) const STRIDE_BITS: u32 = 8;
/// Cells to a row.
pub(super) const STRIDE: usize = 1 << STRIDE_BITS;
/// The bits of a low number after its shift.
pub(super) const LOW_BITS: i32 = 0x0fff_f000;
/// 2⁶⁴: what an interpolated packed number is multiplied with before it meets the dose of a seed.
pub(super) const LIFT: f32 = 18_446_744_073_709_551_616.0;
/// The least packed number: below it single precision would lose digits.
const LEAST: i32 = 1 << 23;
/// Least r², mm²: 0.25 mm from the centre is inside every capsule.
pub(super) const R2_MIN: f32 = 0.0625;

/// A table for one model and form of the equation.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// cells, rows of `STRIDE`
    pub cells: Cells,
    /// bits of `R2_MIN` shifted: the number of row 0
    pub first_row: i32,
    /// largest r² that may be asked for, mm²
    pub r2_max: f32,
}

/// What the cells hold.
#[derive(Debug, Clone)]
pub(super) enum Cells {
    /// 2D: rate times r², mm², as packed numbers, this row's in the low half and the next row's in the high half
    Packed {
        /// `STRIDE` a row
        cells: Vec<u32>,
        /// what a packed number means when it is read and multiplied with [`LIFT`]
        unit: f32,
    },
    /// 1D: rate times r², mm²; one a row
    Plain(Vec<f32>),
}

impl Table {
    /// A table that reaches `reach_mm` from the seed's centre.
    pub fn new(formula: &Formula, form: Formalism, reach_mm: f64) -> Self {
        let first_row = row_of(R2_MIN);
        let r2_max = ((reach_mm * reach_mm).max(4.0) * 1.001) as f32;
        let rows = (row_of(r2_max) - first_row) as usize + 2;
        let r2 = |row: usize| f64::from(r2_of(first_row + row as i32));
        let cells = match form {
            Formalism::Line2D => packed(formula, rows, r2),
            Formalism::Line1D => {
                Cells::Plain((0..rows).map(|n| (formula.line_1d(r2(n).sqrt()) * r2(n)) as f32).collect())
            }
            Formalism::Point1D => {
                Cells::Plain((0..rows).map(|n| (formula.point_1d(r2(n).sqrt()) * r2(n)) as f32).collect())
            }
        };
        Self { cells, first_row, r2_max }
    }
}

fn packed(formula: &Formula, rows: usize, r2: impl Fn(usize) -> f64 + Sync) -> Cells {
    let theta: Vec<[f64; 3]> = (0..COLUMNS)
        .map(|column| {
            let degrees = column as f64 / COLUMNS_PER_DEGREE;
            let (sin, cos) = libm::sincos(degrees.to_radians());
            [degrees, sin, cos]
        })
        .collect();
    let mut values = vec![0.0_f32; rows * STRIDE];
    values.par_chunks_mut(STRIDE).enumerate().for_each(|(row, cells)| {
        let mut rates = [0.0; COLUMNS];
        formula.line_2d_around(r2(row).sqrt(), &theta, &mut rates);
        for (cell, rate) in cells.iter_mut().zip(rates) {
            *cell = (rate * r2(row)) as f32;
        }
    });
    let largest = values.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(*value));
    // one octave to spare, because rounding may carry into the next
    let octaves = (largest.to_bits() >> 23) as i32 + 1 - 31;
    let at = |n: usize| values.get(n).copied().unwrap_or_default();
    let cells = (0..values.len()).map(|n| pack(at(n), at(n + STRIDE), octaves)).collect();
    // 64 octaves are those of `LIFT`
    Cells::Packed { cells, unit: libm::ldexp(1.0, octaves - 64) as f32 }
}

/// Two positive numbers, divided by 2^`octaves`, in 16 bits each; what is too small becomes the smallest.
fn pack(low: f32, high: f32, octaves: i32) -> u32 {
    // rounded to 11 bits of mantissa, carry into the exponent included; `below` are the bits found under them when read
    let half = |value: f32, below: u32| {
        let bits = (value.to_bits() as i32).saturating_sub(octaves.saturating_mul(1 << 23)).max(LEAST);
        ((bits + 0x800 - below as i32) >> 12).clamp(LEAST >> 12, 0xffff) as u32
    };
    let low = half(low, 0);
    low | half(high, low >> 4) << 16
}

/// The number of the row at or below r².
fn row_of(r2: f32) -> i32 {
    (r2.to_bits() >> ROW_SHIFT) as i32
}

/// r² of a row, mm².
fn r2_of(row: i32) -> f32 {
    f32::from_bits((row as u32) << ROW_SHIFT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_numbers_keep_eleven_bits() {
        let octaves = 127 + 11 - 31;
        let read = |bits: u32| f64::from(f32::from_bits(bits)) * (2.0_f64).powi(octaves);
        for n in 0..4000 {
            let (low, high) = (1500.0 * (-0.004 * n as f32).exp(), 1400.0 * (-0.0041 * n as f32).exp());
            let cell = pack(low, high, octaves);
            for (value, got) in [(low, read(cell << 12 & LOW_BITS as u32)), (high, read(cell >> 4))] {
                let off = got / f64::from(value) - 1.0;
                assert!(off.abs() <= 2.45e-4, "{value}: {off}");
            }
        }
        let least = (LEAST >> 12) as u32;
        assert_eq!(pack(0.0, 0.0, octaves), least | least << 16);
        assert_eq!(pack(f32::MAX, f32::MAX, octaves), 0xffff_ffff);
    }
}
