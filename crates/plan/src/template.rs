//! The perineal template: a plane of holes, each the beginning of a straight needle.

use image::{Point, Region};

use crate::error::PlanError;
use crate::geometry::{bounds_along, dot, go};

/// A plane of holes at equal distances.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// hole of the first column and first row, patient coordinates, mm
    pub origin: Point,
    /// unit vectors: along the columns' order, along the rows' order, and the direction in which needles go in
    pub axes: [Point; 3],
    /// distance of neighbouring holes, mm
    pub pitch_mm: f64,
    /// number of columns
    pub columns: usize,
    /// number of rows
    pub rows: usize,
}

/// A template of more holes than this is not one.
const MOST_HOLES: usize = 10_000;

impl Template {
    /// Axes of a template at the perineum of a patient on the back, square to the images: columns to the patient's left, rows to
    /// the front, needles to the head.
    pub const PERINEAL: [Point; 3] = [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]];

    /// The holes that cover a region seen along the needles. `hole` is any point that should lie on a needle: it fixes where
    /// the lattice stands.
    ///
    /// # Errors
    /// When axes or pitch make no lattice.
    pub fn covering(region: &Region, axes: [Point; 3], pitch_mm: f64, hole: Point) -> Result<Self, PlanError> {
        let mut template = Self { origin: hole, axes, pitch_mm, columns: 1, rows: 1 };
        template.check()?;
        let [low, high] = bounds_along(region, axes);
        // a hole of the plane before the target, so that depths are positive
        template.origin = go(hole, axes[2], low[2] - dot(axes[2], hole));
        for (axis, count) in [(0, &mut template.columns), (1, &mut template.rows)] {
            let at = dot(axes[axis], hole);
            let first = ((low[axis] - at) / pitch_mm).ceil();
            let last = ((high[axis] - at) / pitch_mm).floor();
            template.origin = go(template.origin, axes[axis], first * pitch_mm);
            *count = (last - first + 1.0).max(0.0) as usize;
        }
        template.check()?;
        Ok(template)
    }

    /// Where a hole is.
    pub fn hole(&self, column: usize, row: usize) -> Point {
        let along = go(self.origin, self.axes[0], column as f64 * self.pitch_mm);
        go(along, self.axes[1], row as f64 * self.pitch_mm)
    }

    /// The name of a hole: column in letters, row from 1, as on a template (`A1`, `C7`, `AB12`).
    pub fn label(column: usize, row: usize) -> String {
        let mut letters = Vec::new();
        let mut rest = column + 1;
        while rest > 0 {
            letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
            rest = (rest - 1) / 26;
        }
        let name: String = letters.into_iter().rev().collect();
        format!("{name}{}", row + 1)
    }

    pub(crate) fn check(&self) -> Result<(), PlanError> {
        let wrong = |what: &'static str, value: f64| Err(PlanError::Setting { what, value });
        if !(self.pitch_mm.is_finite() && self.pitch_mm >= 1.0) {
            return wrong("template pitch in mm (at least 1)", self.pitch_mm);
        }
        if let Some(&far) = self.origin.iter().find(|c| !c.is_finite() || c.abs() > 1e4) {
            return wrong("template position in mm", far);
        }
        for a in 0..3 {
            for b in 0..3 {
                let product = dot(self.axes[a], self.axes[b]);
                if product.is_nan() || (product - f64::from(u8::from(a == b))).abs() > 1e-6 {
                    return wrong("template axes (unit vectors at right angles; their product)", product);
                }
            }
        }
        let holes = self.columns.saturating_mul(self.rows);
        if holes > MOST_HOLES {
            return wrong("number of template holes", holes as f64);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_named_as_on_a_template() {
        let names: Vec<_> = [(0, 0), (2, 6), (25, 0), (26, 0), (27, 11)].map(|(c, r)| Template::label(c, r)).into();
        assert_eq!(names, ["A1", "C7", "Z1", "AA1", "AB12"]);
    }
}
