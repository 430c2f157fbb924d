//! Voxels on a [`Grid`]: images, dose distributions and coverage masks.

use crate::{Grid, Point};

/// What a voxel value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// CT number, Hounsfield units
    Hounsfield,
    /// absorbed dose, Gy
    Gray,
    /// dose relative to a reference, no unit
    Relative,
    /// not stated by the source
    Unknown,
}

/// Voxel values, i fastest, then j, then k.
#[derive(Debug, Clone, PartialEq)]
pub enum Voxels {
    /// whole numbers, as most CT is stored
    I16(Vec<i16>),
    /// anything else
    F32(Vec<f32>),
}

/// An image or dose distribution in patient space.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    /// where the voxels lie
    pub grid: Grid,
    /// `grid.len()` values
    pub voxels: Voxels,
    /// what they mean
    pub unit: Unit,
}

impl Volume {
    /// The value at array position `offset` (see [`Grid::offset`]).
    pub fn at(&self, offset: usize) -> f32 {
        match &self.voxels {
            Voxels::I16(values) => f32::from(values[offset]),
            Voxels::F32(values) => values[offset],
        }
    }

    /// All values as f32.
    pub fn to_f32(&self) -> std::borrow::Cow<'_, [f32]> {
        match &self.voxels {
            Voxels::I16(values) => values.iter().map(|&v| f32::from(v)).collect::<Vec<_>>().into(),
            Voxels::F32(values) => values.as_slice().into(),
        }
    }

    /// The trilinearly interpolated value at a patient position; `None` outside the box of voxel centres.
    ///
    /// Along an axis with a single voxel, positions within half a voxel take that voxel's value.
    pub fn sample(&self, point: Point) -> Option<f32> {
        let index = self.grid.index(point);
        let mut low = [0_usize; 3];
        let mut part = [0.0_f64; 3];
        for a in 0..3 {
            let last = self.grid.size[a].checked_sub(1)? as f64;
            let slack = if last == 0.0 { 0.5 } else { 1e-6 };
            // NaN fails this comparison too
            if !(index[a] >= -slack && index[a] <= last + slack) {
                return None;
            }
            let x = index[a].clamp(0.0, last);
            low[a] = (x.floor() as usize).min(self.grid.size[a].saturating_sub(2));
            part[a] = x - low[a] as f64;
        }
        let mut sum = 0.0;
        for corner in 0..8_usize {
            let bits = [corner & 1, (corner >> 1) & 1, corner >> 2];
            let weight: f64 = (0..3).map(|a| if bits[a] == 1 { part[a] } else { 1.0 - part[a] }).product();
            if weight != 0.0 {
                let at = self.grid.offset([low[0] + bits[0], low[1] + bits[1], low[2] + bits[2]]);
                sum += weight * f64::from(self.at(at));
            }
        }
        Some(sum as f32)
    }
}

/// How much of each voxel a structure covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// where the voxels lie
    pub grid: Grid,
    /// covered fraction of each voxel, 0 to 1
    pub coverage: Vec<f32>,
}

impl Mask {
    /// Volume of the covered part, cm³.
    pub fn volume_cm3(&self) -> f64 {
        self.coverage.iter().map(|&c| f64::from(c)).sum::<f64>() * self.grid.voxel_mm3() / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_between_voxels_and_refuses_outside() {
        let grid = Grid::axis_aligned([2, 2, 2], [0.0; 3], [1.0, 1.0, 2.0]);
        let volume = Volume { grid, voxels: Voxels::I16(vec![0, 1, 2, 3, 4, 5, 6, 7]), unit: Unit::Unknown };
        assert_eq!(volume.sample([0.5, 0.5, 1.0]), Some(3.5));
        assert_eq!(volume.sample([1.0, 1.0, 2.0]), Some(7.0));
        assert_eq!(volume.sample([1.1, 0.0, 0.0]), None);
        assert_eq!(volume.sample([f64::NAN, 0.0, 0.0]), None);
    }
}
