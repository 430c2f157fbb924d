//! One layer of voxels as one looks at it: no interpolation, only turned the way images are hung.

use super::{Frame, View};
use crate::{Grid, Point, Volume, Voxels};

/// A layer of a volume, rows from top to bottom.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// columns and rows
    pub size: [usize; 2],
    /// distance between columns and between rows, mm
    pub pixel_mm: [f64; 2],
    /// patient position of the centre of the first pixel
    pub origin: Point,
    /// unit vectors to the right and downwards, patient coordinates
    pub axes: [Point; 2],
    /// positions in the voxel array: that of the first pixel, and the steps per column and row
    walk: (isize, [isize; 2]),
}

/// The number of layers that a view has in a grid.
pub fn layers(grid: &Grid, view: View) -> usize {
    let ([_, _, normal], _) = view.directions();
    grid.size[Frame::of(grid).from_axis[normal]]
}

/// The grid axis that a view scrolls along.
pub fn axis(grid: &Grid, view: View) -> usize {
    let ([_, _, normal], _) = view.directions();
    Frame::of(grid).from_axis[normal]
}

/// Layer `at` (an index of the grid along [`axis`]) of a grid in a view; `None` when there is no such layer.
pub fn cut(grid: &Grid, view: View, at: usize) -> Option<Cut> {
    let frame = Frame::of(grid);
    let ([right, down, normal], signs) = view.directions();
    let normal = frame.from_axis[normal];
    if at >= grid.size[normal] || grid.is_empty() {
        return None;
    }
    let strides = [1, grid.size[0], grid.size[0] * grid.size[1]];
    let mut first = [0; 3];
    first[normal] = at;
    let mut axes = [[0.0; 3]; 2];
    let mut steps = [0; 2];
    for (n, direction) in [right, down].into_iter().enumerate() {
        let along = frame.from_axis[direction];
        // whether the grid axis runs against the way the image runs
        let grid_sign = if grid.axes[along][direction] < 0.0 { -1.0 } else { 1.0 };
        let reversed = grid_sign * signs[n] < 0.0;
        let sign = if reversed { -1 } else { 1 };
        axes[n] = grid.axes[along].map(|part| part * f64::from(sign));
        steps[n] = sign as isize * strides[along] as isize;
        if reversed {
            first[along] = grid.size[along] - 1;
        }
    }
    let (u, v) = (frame.from_axis[right], frame.from_axis[down]);
    Some(Cut {
        size: [grid.size[u], grid.size[v]],
        pixel_mm: [grid.spacing[u], grid.spacing[v]],
        origin: grid.centre(first),
        axes,
        walk: (grid.offset(first) as isize, steps),
    })
}

impl Cut {
    /// The values of a volume on this layer, row by row; `volume` must lie on the grid that was cut.
    pub fn values(&self, volume: &Volume) -> Vec<f32> {
        self.every(volume, 1)
    }

    /// Only every `step`-th column and row, for a first glance; the first pixel is always among them.
    pub fn every(&self, volume: &Volume, step: usize) -> Vec<f32> {
        let step = step.max(1);
        let mut values = Vec::with_capacity(self.size[0].div_ceil(step) * self.size[1].div_ceil(step));
        match &volume.voxels {
            Voxels::I16(voxels) => self.walk(step, |at| values.push(f32::from(voxels[at]))),
            Voxels::F32(voxels) => self.walk(step, |at| values.push(voxels[at])),
        }
        values
    }

    /// Visits array positions row by row.
    fn walk(&self, step: usize, mut visit: impl FnMut(usize)) {
        let (start, [across, down]) = self.walk;
        for row in (0..self.size[1]).step_by(step) {
            let row_start = start + down * row as isize;
            for column in (0..self.size[0]).step_by(step) {
                visit((row_start + across * column as isize) as usize);
            }
        }
    }

    /// Patient position of a (fractional) pixel.
    pub fn position(&self, [column, row]: [f64; 2]) -> Point {
        std::array::from_fn(|c| {
            self.origin[c] + column * self.pixel_mm[0] * self.axes[0][c] + row * self.pixel_mm[1] * self.axes[1][c]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    /// Voxels that say where they lie: left, back and head coordinates are in the value.
    fn volume(axes: [Point; 3]) -> Volume {
        let mut grid = Grid::axis_aligned([3, 4, 5], [10.0, 20.0, 30.0], [1.0, 2.0, 3.0]);
        grid.axes = axes;
        let mut values = vec![0.0; grid.len()];
        for k in 0..5 {
            for j in 0..4 {
                for i in 0..3 {
                    let [x, y, z] = grid.centre([i, j, k]);
                    values[grid.offset([i, j, k])] = (x + 100.0 * y + 10_000.0 * z) as f32;
                }
            }
        }
        Volume { grid, voxels: Voxels::F32(values), unit: Unit::Unknown }
    }

    #[test]
    fn every_pixel_shows_the_voxel_at_its_position_and_images_hang_as_usual() {
        let turned = [[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]];
        let straight = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let upside_down = [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]];
        for axes in [straight, turned, upside_down] {
            let volume = volume(axes);
            for (view, right, down) in [
                (View::Axial, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]),
                (View::Sagittal, [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]),
                (View::Coronal, [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]),
            ] {
                let last = layers(&volume.grid, view) - 1;
                for at in [0, last] {
                    let cut = cut(&volume.grid, view, at).unwrap();
                    assert_eq!(cut.axes, [right, down], "{view:?}");
                    let values = cut.values(&volume);
                    assert_eq!(values.len(), cut.size[0] * cut.size[1]);
                    for row in 0..cut.size[1] {
                        for column in 0..cut.size[0] {
                            let [x, y, z] = cut.position([column as f64, row as f64]);
                            let expected = (x + 100.0 * y + 10_000.0 * z) as f32;
                            assert!((values[row * cut.size[0] + column] - expected).abs() < 0.1);
                        }
                    }
                    let few = cut.every(&volume, 2);
                    assert_eq!(few.len(), cut.size[0].div_ceil(2) * cut.size[1].div_ceil(2));
                    assert_eq!(few.first(), values.first());
                }
                assert!(cut(&volume.grid, view, last + 1).is_none());
            }
        }
    }
}
