//! The scanner and its images.

use super::vector::along;
use crate::{Grid, Point};

/// A scene or scanner that cannot be simulated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SimulateError {
    /// A number of the scanner makes no sense.
    #[error("the scanner's {what} is {value}; it must be {must}")]
    Scanner {
        /// which number
        what: &'static str,
        /// its value
        value: f64,
        /// what would do
        must: &'static str,
    },
    /// Seeds are given without what they are made of.
    #[error("the scene has {count} seeds but no seed model; set seed_solid")]
    NoSeedModel {
        /// how many seeds
        count: usize,
    },
    /// A position or size in the scene is not finite.
    #[error("a position or size of {what} in the scene is not a finite number")]
    NotFinite {
        /// the kind of object
        what: &'static str,
    },
    /// A seed model that cannot be simulated.
    #[error("seed model '{name}' cannot be simulated: {reason}")]
    Seed {
        /// the model
        name: String,
        /// why not
        reason: String,
    },
    /// A named thing that the program's data do not hold.
    #[error("there is no {what} named '{name}'; there are {known}")]
    Unknown {
        /// what kind of thing
        what: &'static str,
        /// the name asked for
        name: String,
        /// the names there are
        known: String,
    },
}

/// Sensitivity of a slice along z.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SliceProfile {
    /// equal within the slice thickness
    Box,
    /// equal in the middle, falling linearly over this share of the thickness, centred on the nominal edges
    Trapezoid {
        /// width of each ramp as a share of the thickness, above 0 and at most 1
        ramp: f64,
    },
}

/// The range of numbers that images can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HuRange {
    /// 12 bits: −1024 to 3071 HU
    Bits12,
    /// −2048 HU to the limit of 16-bit numbers
    Extended,
}

/// How the scene is scanned. Slices are transverse.
#[derive(Debug, Clone, PartialEq)]
pub struct Scanner {
    /// columns and rows
    pub size: [usize; 2],
    /// distance of pixel centres, mm
    pub pixel_mm: f64,
    /// number of slices
    pub slices: usize,
    /// distance of slice centres, mm
    pub spacing_mm: f64,
    /// nominal slice thickness, mm
    pub thickness_mm: f64,
    /// centre of the image volume, mm
    pub centre: Point,
    /// full width at half maximum of the point spread function in the slice, mm
    pub psf_fwhm_mm: f64,
    /// edge enhancement of the filter, 0 (smooth) to about 1 (bone kernels)
    pub sharpen: f64,
    /// width of a ray at the centre, of detector element and focal spot together, mm
    pub aperture_mm: f64,
    /// movement of the couch during a half rotation of a spiral scan, mm; 0 for step and shoot
    pub feed_mm: f64,
    /// sensitivity along z
    pub profile: SliceProfile,
    /// standard deviation of the noise in the centre of the middle slice, HU
    pub noise_hu: f64,
    /// number of views over a half rotation
    pub views: usize,
    /// numbers the image can hold
    pub range: HuRange,
    /// CT number stored outside the reconstructed circle; `None` to fill the square
    pub outside_hu: Option<i16>,
}

impl Scanner {
    /// A pelvic protocol after an implant: 0.5 mm pixels, noise falling with the root of the slice thickness.
    ///
    /// `size_mm` is the wanted extent of the image volume along x, y and z, about `centre`.
    pub fn clinical(centre: Point, size_mm: Point, thickness_mm: f64) -> Self {
        let pixel_mm = 0.5;
        let count = |length: f64, step: f64| ((length / step).ceil().max(1.0)) as usize;
        Self {
            size: [count(size_mm[0], pixel_mm), count(size_mm[1], pixel_mm)],
            pixel_mm,
            slices: count(size_mm[2], thickness_mm),
            spacing_mm: thickness_mm,
            thickness_mm,
            centre,
            psf_fwhm_mm: 1.1,
            sharpen: 1.0,
            aperture_mm: 0.8,
            feed_mm: 1.1 * thickness_mm,
            profile: SliceProfile::Trapezoid { ramp: 0.8 },
            noise_hu: 10.0 * (2.5 / thickness_mm).sqrt(),
            views: 360,
            range: HuRange::Extended,
            outside_hu: None,
        }
    }

    /// Where the voxels lie.
    pub fn grid(&self) -> Grid {
        let [nx, ny] = self.size;
        let mut origin = self.centre;
        for (axis, n, step) in [(0, nx, self.pixel_mm), (1, ny, self.pixel_mm), (2, self.slices, self.spacing_mm)] {
            let mut unit = [0.0; 3];
            unit[axis] = 1.0;
            origin = along(origin, unit, -(n.saturating_sub(1) as f64) / 2.0 * step);
        }
        Grid::axis_aligned([nx, ny, self.slices], origin, [self.pixel_mm, self.pixel_mm, self.spacing_mm])
    }

    /// Refuses numbers that make no image.
    pub(crate) fn check(&self) -> Result<(), SimulateError> {
        let refuse = |what, value, must| Err(SimulateError::Scanner { what, value, must });
        for (what, n) in [("columns", self.size[0]), ("rows", self.size[1]), ("number of slices", self.slices)] {
            if !(1..=4096).contains(&n) {
                return refuse(what, n as f64, "1 to 4096");
            }
        }
        if !(16..=5000).contains(&self.views) {
            return refuse("number of views", self.views as f64, "16 to 5000");
        }
        let lengths = [
            ("pixel size", self.pixel_mm, 0.05, 10.0),
            ("slice spacing", self.spacing_mm, 0.1, 50.0),
            ("slice thickness", self.thickness_mm, 0.1, 50.0),
            ("point spread function's width", self.psf_fwhm_mm, 0.3, 10.0),
        ];
        for (what, value, low, high) in lengths {
            if !(value >= low && value <= high) {
                return refuse(what, value, "a length in mm between 0.05 and 50, and physically possible");
            }
        }
        let extent_mm = self.pixel_mm * self.size[0].max(self.size[1]) as f64;
        if extent_mm > 1000.0 {
            return refuse("field of view", extent_mm, "at most 1000 mm");
        }
        if !(0.0..=500.0).contains(&self.noise_hu) {
            return refuse("noise", self.noise_hu, "0 to 500 HU");
        }
        if !(0.1..=2.0).contains(&self.aperture_mm) {
            return refuse("beam width", self.aperture_mm, "0.1 to 2 mm");
        }
        if !(0.0..=20.0).contains(&self.feed_mm) {
            return refuse("couch movement", self.feed_mm, "0 to 20 mm");
        }
        if !(0.0..=4.0).contains(&self.sharpen) {
            return refuse("edge enhancement", self.sharpen, "0 to 4");
        }
        if !self.centre.iter().all(|c| c.is_finite()) {
            return Err(SimulateError::NotFinite { what: "the scanner's centre" });
        }
        if let SliceProfile::Trapezoid { ramp } = self.profile
            && !(ramp > 0.0 && ramp <= 1.0)
        {
            return refuse("slice profile's ramp", ramp, "above 0 and at most 1");
        }
        Ok(())
    }

    /// Standard deviation of the point spread function, mm.
    pub(crate) fn psf_sigma_mm(&self) -> f64 {
        self.psf_fwhm_mm / (8.0 * std::f64::consts::LN_2).sqrt()
    }

    /// Sub-slices at most `step_mm` apart: offset from the slice's centre and weight; the weights sum to 1.
    pub(crate) fn sub_slices(&self, step_mm: f64) -> Vec<(f64, f64)> {
        let ramp = match self.profile {
            SliceProfile::Box => 0.0,
            SliceProfile::Trapezoid { ramp } => ramp * self.thickness_mm,
        };
        let width = self.thickness_mm + ramp;
        let n = ((width / step_mm).ceil() as usize).max(3);
        let weight = |z: f64| {
            if ramp == 0.0 { 1.0 } else { (((width / 2.0) - z.abs()) / ramp).clamp(0.0, 1.0) }
        };
        let offsets = (0..n).map(|i| ((i as f64 + 0.5) / n as f64 - 0.5) * width);
        let sum: f64 = offsets.clone().map(weight).sum();
        offsets.map(|z| (z, weight(z) / sum)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_centred_and_the_profile_sums_to_one() {
        let scanner = Scanner::clinical([1.0, 2.0, 3.0], [100.0, 80.0, 50.0], 2.5);
        assert_eq!(scanner.grid().size, [200, 160, 20]);
        let middle = scanner.grid().position([99.5, 79.5, 9.5]);
        assert!(middle.iter().zip([1.0, 2.0, 3.0]).all(|(a, b)| (a - b).abs() < 1e-9));
        let sub = scanner.sub_slices(0.5);
        assert!((sub.iter().map(|s| s.1).sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(scanner.check(), Ok(()));
    }

    #[test]
    fn impossible_scanners_are_refused() {
        let good = Scanner::clinical([0.0; 3], [50.0; 3], 2.0);
        for bad in [
            Scanner { pixel_mm: -0.5, ..good.clone() },
            Scanner { spacing_mm: f64::NAN, ..good.clone() },
            Scanner { slices: 0, ..good.clone() },
            Scanner { noise_hu: -1.0, ..good.clone() },
            Scanner { views: 0, ..good.clone() },
            Scanner { centre: [f64::NAN, 0.0, 0.0], ..good.clone() },
        ] {
            assert!(bad.check().is_err());
        }
    }
}
