//! The geometry of a regular voxel grid with any orientation.

use crate::Point;

/// A regular grid of voxels in patient space.
///
/// Index `[i, j, k]` runs fastest in `i`; for a DICOM image `i` is the column, `j` the row, `k` the slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// number of voxels along i, j, k
    pub size: [usize; 3],
    /// patient position of the centre of voxel `[0, 0, 0]`, mm
    pub origin: Point,
    /// distance between voxel centres along i, j, k, mm, positive
    pub spacing: [f64; 3],
    /// unit vectors of increasing i, j, k in patient space; mutually orthogonal
    pub axes: [Point; 3],
}

impl Grid {
    /// A grid whose axes are the patient axes.
    pub fn axis_aligned(size: [usize; 3], origin: Point, spacing: [f64; 3]) -> Self {
        Self { size, origin, spacing, axes: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]] }
    }

    /// Number of voxels.
    pub fn len(&self) -> usize {
        self.size.iter().product()
    }

    /// Whether it holds no voxel at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Volume of one voxel, mm³.
    pub fn voxel_mm3(&self) -> f64 {
        self.spacing.iter().product()
    }

    /// Position in the voxel array of index `[i, j, k]` (i fastest).
    pub fn offset(&self, [i, j, k]: [usize; 3]) -> usize {
        (k * self.size[1] + j) * self.size[0] + i
    }

    /// Patient position of a (fractional) index; whole numbers are voxel centres.
    pub fn position(&self, index: [f64; 3]) -> Point {
        let mut point = self.origin;
        for a in 0..3 {
            let step = index[a] * self.spacing[a];
            for c in 0..3 {
                point[c] += step * self.axes[a][c];
            }
        }
        point
    }

    /// Patient position of a voxel's centre.
    pub fn centre(&self, [i, j, k]: [usize; 3]) -> Point {
        self.position([i as f64, j as f64, k as f64])
    }

    /// The (fractional) index of a patient position; the inverse of [`Grid::position`].
    pub fn index(&self, point: Point) -> [f64; 3] {
        let d = [point[0] - self.origin[0], point[1] - self.origin[1], point[2] - self.origin[2]];
        std::array::from_fn(|a| {
            (d[0] * self.axes[a][0] + d[1] * self.axes[a][1] + d[2] * self.axes[a][2]) / self.spacing[a]
        })
    }

    /// Whether the axes are the patient axes, none reversed.
    pub fn is_axis_aligned(&self) -> bool {
        (0..3).all(|a| (0..3).all(|c| (self.axes[a][c] - f64::from(u8::from(a == c))).abs() < 1e-6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_is_the_inverse_of_position() {
        let (s, c) = 0.3_f64.sin_cos();
        let grid = Grid {
            size: [4, 5, 6],
            origin: [-10.0, 20.0, 5.5],
            spacing: [0.5, 0.75, 2.5],
            axes: [[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]],
        };
        let back = grid.index(grid.position([1.25, 3.0, 4.5]));
        for (got, want) in back.iter().zip([1.25, 3.0, 4.5]) {
            assert!((got - want).abs() < 1e-12);
        }
        assert_eq!(grid.offset([3, 4, 5]), grid.len() - 1);
        assert!(!grid.is_axis_aligned());
    }
}
