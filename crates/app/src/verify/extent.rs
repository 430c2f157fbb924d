//! Boxes along the patient axes, and the corners of a region's own box.

use image::{Point, Region};

/// A box along the patient axes, mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// lowest coordinates
    pub low: Point,
    /// highest coordinates
    pub high: Point,
}

impl Extent {
    /// Holds nothing.
    pub const EMPTY: Self = Self { low: [f64::INFINITY; 3], high: [f64::NEG_INFINITY; 3] };

    /// The smallest box that holds all points.
    pub fn of(points: impl IntoIterator<Item = Point>) -> Self {
        let mut extent = Self::EMPTY;
        for point in points {
            extent.include(point);
        }
        extent
    }

    /// The smallest box that holds a region.
    pub fn of_region(region: &Region) -> Self {
        Self::of(corners(region))
    }

    /// Grows to hold a point.
    pub fn include(&mut self, point: Point) {
        for c in 0..3 {
            self.low[c] = self.low[c].min(point[c]);
            self.high[c] = self.high[c].max(point[c]);
        }
    }

    /// Grows to hold a region.
    pub fn include_region(&mut self, region: &Region) {
        for point in corners(region) {
            self.include(point);
        }
    }

    /// Larger by `by_mm` on every side.
    #[must_use]
    pub fn grown(&self, by_mm: f64) -> Self {
        Self { low: self.low.map(|c| c - by_mm), high: self.high.map(|c| c + by_mm) }
    }

    /// What both hold.
    #[must_use]
    pub fn within(&self, other: &Self) -> Self {
        Self {
            low: std::array::from_fn(|c| self.low[c].max(other.low[c])),
            high: std::array::from_fn(|c| self.high[c].min(other.high[c])),
        }
    }

    /// Numbers of voxels that cover it, as floats: a wild coordinate gives a large number, not an overflow.
    pub fn voxels(&self, step_mm: f64) -> [f64; 3] {
        std::array::from_fn(|c| ((self.high[c] - self.low[c]) / step_mm).ceil() + 2.0)
    }
}

/// The corners of a region's own box (which lies along its slices), in patient coordinates.
pub fn corners(region: &Region) -> [Point; 8] {
    let [low, high] = region.bounds_uvn();
    std::array::from_fn(|corner| {
        let pick = |axis: usize| if (corner >> axis) & 1 == 1 { high[axis] } else { low[axis] };
        region.to_patient([pick(0), pick(1), pick(2)])
    })
}
