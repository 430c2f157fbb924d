//! What is known of a seed model.

use crate::nuclide::Nuclide;

/// A seed model: dosimetry parameters in the sense of AAPM TG-43U1, and the capsule.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedModel {
    /// short unique name, lower case: "stm1251"
    pub id: String,
    /// the name to print
    pub name: String,
    /// other names that find it
    pub aliases: Vec<String>,
    /// who makes or made it
    pub manufacturer: String,
    /// its nuclide
    pub nuclide: Nuclide,
    /// version of the data file
    pub version: i64,
    /// where the set of dosimetry parameters was published
    pub publication: String,
    /// how the numbers came into the file, and who checked them against what
    pub transcription: String,
    /// dose-rate constant Λ, cGy/(h U)
    pub dose_rate_constant: f64,
    /// its uncertainty as published, cGy/(h U); the source says what it covers
    pub dose_rate_constant_uncertainty: Option<f64>,
    /// active length L of the geometry function, mm; zero for a point source
    pub active_length_mm: f64,
    /// radial dose function g_L(r) (g_P(r) when L is zero)
    pub radial: RadialDoseFunction,
    /// 2D anisotropy function F(r, θ), where published
    pub anisotropy: Option<AnisotropyFunction>,
    /// 1D anisotropy function φ_an(r), where published; otherwise it is computed from F
    pub anisotropy_1d: Option<AnisotropyFunction1D>,
    /// the capsule
    pub capsule: Capsule,
    /// citation of each value: (what, source)
    pub citations: Vec<(String, String)>,
    /// values on which sources disagree, which is used and why
    pub conflicts: Vec<Conflict>,
    /// entries of the tables that look odd beside their neighbours; kept as published
    pub remarks: Vec<String>,
}

/// The radial dose function g(r).
#[derive(Debug, Clone, PartialEq)]
pub struct RadialDoseFunction {
    /// distances from the seed's centre, mm, increasing
    pub r_mm: Vec<f64>,
    /// values, all positive, 1 at 10 mm
    pub g: Vec<f64>,
}

/// The 2D anisotropy function F(r, θ) over a quadrant; the other three are its mirror images.
#[derive(Debug, Clone, PartialEq)]
pub struct AnisotropyFunction {
    /// distances from the seed's centre, mm, increasing
    pub r_mm: Vec<f64>,
    /// polar angles from the seed's axis, degrees, from 0 to 90
    pub theta_deg: Vec<f64>,
    /// one row a distance, one value an angle
    pub f: Vec<Vec<f64>>,
}

/// The 1D anisotropy function φ_an(r).
#[derive(Debug, Clone, PartialEq)]
pub struct AnisotropyFunction1D {
    /// distances from the seed's centre, mm, increasing
    pub r_mm: Vec<f64>,
    /// values
    pub phi: Vec<f64>,
}

/// The outside of a seed and what shows on an X-ray image.
#[derive(Debug, Clone, PartialEq)]
pub struct Capsule {
    /// overall length, mm
    pub length_mm: f64,
    /// outer diameter, mm
    pub diameter_mm: f64,
    /// wall of the tube, mm, where known
    pub wall_mm: Option<f64>,
    /// material of the tube
    pub material: String,
    /// dense parts inside, from one end to the other
    pub markers: Vec<Marker>,
    /// whether the outer dimensions are only those of a usual seed, because no description was on hand
    pub nominal: bool,
}

/// A dense part of a seed: it shows on CT.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// silver, gold, lead…
    pub material: String,
    /// its form
    pub shape: MarkerShape,
    /// its centre along the seed's axis, from the seed's centre, mm
    pub centre_mm: f64,
}

/// The form of a marker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MarkerShape {
    /// a rod or wire along the axis
    Cylinder {
        /// diameter, mm
        diameter_mm: f64,
        /// length along the axis, mm
        length_mm: f64,
    },
    /// a ball on the axis
    Sphere {
        /// diameter, mm
        diameter_mm: f64,
    },
}

/// A value on which sources disagree.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// which value, with its unit
    pub quantity: String,
    /// the value that is used
    pub used: f64,
    /// the other one
    pub other: f64,
    /// who gives the other one
    pub other_source: String,
    /// why the one was preferred
    pub reason: String,
}

impl SeedModel {
    /// Distances between which every table of the model has data, mm: nothing is extrapolated there.
    pub fn validity_mm(&self) -> (f64, f64) {
        let (mut low, mut high) = ends(&self.radial.r_mm);
        let tables = [self.anisotropy.as_ref().map(|a| &a.r_mm), self.anisotropy_1d.as_ref().map(|a| &a.r_mm)];
        for (from, to) in tables.into_iter().flatten().map(|r_mm| ends(r_mm)) {
            low = low.max(from);
            high = high.min(to);
        }
        (low, high)
    }

    /// Name and version of the data, for reports: "stm1251 v1".
    pub fn label(&self) -> String {
        format!("{} v{}", self.id, self.version)
    }
}

fn ends(r_mm: &[f64]) -> (f64, f64) {
    (r_mm.first().copied().unwrap_or(0.0), r_mm.last().copied().unwrap_or(0.0))
}
