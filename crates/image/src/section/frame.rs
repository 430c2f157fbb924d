//! The viewing directions: the grid axes that come closest to the patient's left, back and head.

use crate::{Grid, Point};

/// Orthonormal directions to the left, the back and the head.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    axes: [Point; 3],
    /// for each direction, the grid axis it came from
    pub from_axis: [usize; 3],
}

impl Frame {
    /// Each direction is a grid axis, so that a slice of the scanner is a plane of the frame.
    pub fn of(grid: &Grid) -> Self {
        let mut axes = [[0.0; 3]; 3];
        let mut from_axis = [0; 3];
        let mut free = vec![0, 1, 2];
        // The head first: slices must stay slices even when the patient is turned.
        for direction in [2, 1, 0] {
            let along = |axis: usize| grid.axes[axis][direction];
            let Some(best) = free.iter().copied().max_by(|&a, &b| along(a).abs().total_cmp(&along(b).abs())) else {
                break;
            };
            free.retain(|&axis| axis != best);
            let sign = if along(best) < 0.0 { -1.0 } else { 1.0 };
            axes[direction] = grid.axes[best].map(|part| part * sign);
            from_axis[direction] = best;
        }
        Self { axes, from_axis }
    }

    /// Coordinates to the left, the back and the head, mm.
    pub fn coordinates(&self, point: Point) -> Point {
        self.axes.map(|axis| axis[0] * point[0] + axis[1] * point[1] + axis[2] * point[2])
    }

    /// The patient position of frame coordinates.
    pub fn position(&self, at: Point) -> Point {
        std::array::from_fn(|c| (0..3).map(|a| at[a] * self.axes[a][c]).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sagittal_acquisition_is_still_shown_with_the_head_up() {
        let mut grid = Grid::axis_aligned([4, 4, 4], [0.0; 3], [1.0; 3]);
        // i to the back, j to the feet, k to the right
        grid.axes = [[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]];
        let frame = Frame::of(&grid);
        assert_eq!(frame.from_axis, [2, 0, 1]);
        let point = [3.0, -4.0, 5.0];
        assert_eq!(frame.coordinates(point), point);
        assert_eq!(frame.position(frame.coordinates(point)), point);
    }
}
