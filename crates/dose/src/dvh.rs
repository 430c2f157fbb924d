//! Dose-volume histograms.
//!
//! The structure decides the sampling: its slabs are cut into cells that subdivide the dose voxels; each cell weighs its exactly
//! covered volume and takes the interpolated dose at a point of it. See `docs/methods/dvh.md`.

mod histogram;
mod interpolate;
mod natural;
mod sample;
#[cfg(test)]
mod tests;

pub use natural::{Natural, NaturalBin};

use image::{Region, Volume};
use physics::Gray;

use histogram::Histogram;

/// What to do with a part of the structure that lies outside the dose grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outside {
    /// more than 0.1 % of the volume outside is an error
    #[default]
    Refuse,
    /// histogram of the part inside; [`Dvh::outside_cm3`] says how much is missing
    Exclude,
}

/// Share of the volume that may lie outside the dose grid unremarked.
pub const OUTSIDE_TOLERANCE: f64 = 1e-3;

/// Choices in computing a histogram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DvhOptions {
    /// what to do with a part outside the dose grid
    pub outside: Outside,
    /// cells to cut the structure into, about; dose voxels are never cut finer than 1/32
    pub cells: usize,
}

impl Default for DvhOptions {
    fn default() -> Self {
        Self { outside: Outside::Refuse, cells: 250_000 }
    }
}

/// Why there is no histogram.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DvhError {
    /// part of the structure has no dose
    #[error(
        "structure '{name}': {percent:.1} % of its volume lies outside the dose grid, where the dose is unknown; compute the dose on a larger grid, or ask for the part inside"
    )]
    Outside {
        /// name of the structure
        name: String,
        /// share of its volume outside, %
        percent: f64,
    },
    /// nothing of the structure is in the dose grid
    #[error(
        "structure '{name}' lies wholly outside the dose grid; are dose and structures of the same frame of reference?"
    )]
    Apart {
        /// name of the structure
        name: String,
    },
    /// voxels whose dose is not a number
    #[error(
        "the dose in structure '{name}' holds values that are not finite numbers; compute or export the dose again"
    )]
    NotFinite {
        /// name of the structure
        name: String,
    },
    /// a dose volume without voxels, or whose voxel array does not fit its grid
    #[error("the dose grid is empty or inconsistent: {voxels} values for {size:?} voxels of {spacing:?} mm")]
    Grid {
        /// values there are
        voxels: usize,
        /// voxels there should be, along i, j, k
        size: [usize; 3],
        /// their spacing, mm
        spacing: [f64; 3],
    },
}

/// A stretch of dose and the volume that receives it, evenly spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// lower end, Gy
    pub low_gy: f64,
    /// upper end, Gy
    pub high_gy: f64,
    /// volume, cm³
    pub cm3: f64,
}

/// The dose-volume histogram of one structure.
#[derive(Debug, Clone, PartialEq)]
pub struct Dvh {
    /// name of the structure
    pub name: String,
    /// volume of the whole structure, cm³
    pub volume_cm3: f64,
    /// part of it that lies outside the dose grid and is not in the histogram, cm³
    pub outside_cm3: f64,
    /// lowest dose of a cell at least half covered
    pub min: Gray,
    /// highest dose of a cell at least half covered
    pub max: Gray,
    /// mean dose of the part inside the dose grid
    pub mean: Gray,
    /// cells that were evaluated
    pub cells: u64,
    bins: Vec<Bin>,
    /// volume at or above the lower end of each bin, cm³
    above: Vec<f64>,
}

impl Dvh {
    /// The histogram of `dose` (in Gy) in `region`.
    ///
    /// The same to the bit for any number of threads.
    ///
    /// # Errors
    /// When the region lies outside the dose grid (see [`Outside`]), or the dose is not a number in it.
    pub fn compute(dose: &Volume, region: &Region, options: &DvhOptions) -> Result<Self, DvhError> {
        let sampled = sample::region(dose, region, options.cells)?;
        let name = || region.name.clone();
        if !sampled.finite {
            return Err(DvhError::NotFinite { name: name() });
        }
        let volume_cm3 = region.volume_cm3();
        let inside_cm3 = sampled.histogram.total() / 1000.0;
        if inside_cm3 <= 0.0 {
            return Err(DvhError::Apart { name: name() });
        }
        let missing = 1.0 - inside_cm3 / volume_cm3;
        if options.outside == Outside::Refuse && missing > OUTSIDE_TOLERANCE {
            return Err(DvhError::Outside { name: name(), percent: 100.0 * missing });
        }
        // below this it is rounding of the covered areas
        let outside_cm3 = if missing > 1e-5 { volume_cm3 - inside_cm3 } else { 0.0 };
        Ok(Self::from_histogram(name(), volume_cm3, outside_cm3, sampled.histogram))
    }

    /// The histogram of the whole dose grid, as needed for isodose volumes and the natural histogram of an implant.
    ///
    /// # Errors
    /// When the dose grid is empty or holds values that are no numbers.
    pub fn of_grid(dose: &Volume) -> Result<Self, DvhError> {
        let region = sample::whole_grid(dose)?;
        Self::compute(dose, &region, &DvhOptions { outside: Outside::Exclude, cells: 2_000_000 })
    }

    fn from_histogram(name: String, volume_cm3: f64, outside_cm3: f64, histogram: Histogram) -> Self {
        let (min, max) = histogram.range();
        let mean = histogram.mean();
        let cells = histogram.cells();
        let bins = histogram.into_bins();
        let mut above = vec![0.0; bins.len()];
        let mut sum = 0.0;
        for (at, bin) in bins.iter().enumerate().rev() {
            sum += bin.cm3;
            above[at] = sum;
        }
        Self {
            name,
            volume_cm3,
            outside_cm3,
            min: Gray::new(min),
            max: Gray::new(max),
            mean: Gray::new(mean),
            cells,
            bins,
            above,
        }
    }

    /// The volume in the histogram: the structure's, less what lies outside the dose grid, cm³.
    pub fn inside_cm3(&self) -> f64 {
        self.above.first().copied().unwrap_or(0.0)
    }

    /// The non-empty bins, in order of increasing dose.
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// The volume that receives at least `dose`, cm³: the cumulative histogram.
    pub fn at_least_cm3(&self, dose: Gray) -> f64 {
        let dose = dose.value();
        if dose > self.max.value() {
            return 0.0;
        }
        if dose <= self.min.value() {
            return self.inside_cm3();
        }
        // the first bin that is not wholly below
        let at = self.bins.partition_point(|bin| bin.high_gy < dose);
        let (Some(bin), Some(&above)) = (self.bins.get(at), self.above.get(at)) else { return 0.0 };
        let width = bin.high_gy - bin.low_gy;
        let below = if width > 0.0 { ((dose - bin.low_gy) / width).max(0.0) * bin.cm3 } else { 0.0 };
        above - below
    }

    /// The same in percent of the volume inside the dose grid.
    pub fn at_least_percent(&self, dose: Gray) -> f64 {
        100.0 * self.at_least_cm3(dose) / self.inside_cm3()
    }

    /// The highest dose that at least `cm3` receive; `None` when the structure is smaller than that.
    pub fn hottest_cm3(&self, cm3: f64) -> Option<Gray> {
        // a volume asked for as a share of the whole may exceed it by rounding
        if !(cm3 >= 0.0 && cm3 <= self.inside_cm3() * (1.0 + 1e-12)) {
            return None;
        }
        let at = self.above.partition_point(|&above| above >= cm3).saturating_sub(1);
        let (bin, above) = (self.bins.get(at)?, self.above.get(at)?);
        let part = if bin.cm3 > 0.0 { ((above - cm3) / bin.cm3).clamp(0.0, 1.0) } else { 0.0 };
        let dose = bin.low_gy + part * (bin.high_gy - bin.low_gy);
        Some(Gray::new(dose.clamp(self.min.value(), self.max.value())))
    }

    /// The highest dose that at least `percent` of the volume receives; `None` unless 0 ≤ percent ≤ 100.
    pub fn hottest_percent(&self, percent: f64) -> Option<Gray> {
        if !(0.0..=100.0).contains(&percent) {
            return None;
        }
        self.hottest_cm3(percent / 100.0 * self.inside_cm3())
    }

    /// The cumulative histogram as a curve: (dose, cm³ receiving at least that) at `steps + 1` even doses from zero to `to`.
    pub fn cumulative(&self, to: Gray, steps: usize) -> Vec<(Gray, f64)> {
        (0..=steps).map(|n| to * (n as f64 / steps.max(1) as f64)).map(|dose| (dose, self.at_least_cm3(dose))).collect()
    }

    /// The differential histogram: (dose, cm³ per Gy) at the middles of `steps` even stretches from zero to `to`.
    pub fn differential(&self, to: Gray, steps: usize) -> Vec<(Gray, f64)> {
        let width = to / steps.max(1) as f64;
        let at = |n: f64| width * n;
        (0..steps)
            .map(|n| n as f64)
            .map(|n| (at(n + 0.5), (self.at_least_cm3(at(n)) - self.at_least_cm3(at(n + 1.0))) / width.value()))
            .collect()
    }
}

/// The volume that a whole dose grid gives a dose or more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Isodose {
    /// volume, cm³
    pub cm3: f64,
    /// whether the isodose reaches the edge of the grid, so that the volume is a lower limit
    pub cut_off: bool,
}

impl Isodose {
    /// The isodose volume of `level` in a dose grid whose histogram is `whole` (from [`Dvh::of_grid`]).
    pub fn of(dose: &Volume, whole: &Dvh, level: Gray) -> Self {
        Self { cm3: whole.at_least_cm3(level), cut_off: sample::reaches_edge(dose, level.value()) }
    }
}
