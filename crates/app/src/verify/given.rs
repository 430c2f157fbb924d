//! Seeds given one by one: what a person made of found or planned seeds, or a list from elsewhere.

use image::Point;
use physics::AirKermaStrength;
use serde::{Deserialize, Serialize};

/// How a seed's position came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeedTag {
    /// by the finder, on the CT
    Found,
    /// by the plan
    Plan,
    /// by a person, where there was none
    Added,
    /// by a person, who moved a found or planned seed
    Moved,
}

impl SeedTag {
    /// Every tag.
    pub const ALL: [Self; 4] = [Self::Found, Self::Plan, Self::Added, Self::Moved];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Plan => "plan",
            Self::Added => "added",
            Self::Moved => "moved",
        }
    }
}

/// One given seed. Model and strength are the implant's (the plan's, or as asked for), as for seeds found on the CT.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenSeed {
    /// centre, patient coordinates (LPS), mm
    pub centre_mm: Point,
    /// unit vector along it, where known
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axis: Option<Point>,
    /// how its position came about
    pub origin: SeedTag,
    /// the finder's confidence, for a found seed that was left where it was
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// needle or strand, where stated
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// seed model that the list states; only compared with the one that is used
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// strength that the list states; only compared with the one that is used
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<AirKermaStrength>,
}

impl GivenSeed {
    /// A seed of which only the place is known.
    pub fn at(centre_mm: Point, origin: SeedTag) -> Self {
        Self { centre_mm, axis: None, origin, confidence: None, note: String::new(), model: None, strength: None }
    }

    /// Puts its axis to unit length and drops a confidence that no longer means anything.
    ///
    /// # Errors
    /// What cannot be used, as the end of a sentence.
    pub fn checked(mut self) -> Result<Self, String> {
        /// No scanner's table is longer.
        const FAR_MM: f64 = 1e5;
        if let Some(c) = self.centre_mm.iter().find(|c| c.is_nan() || c.abs() >= FAR_MM) {
            return Err(format!("its position {c} mm cannot be that of a seed"));
        }
        if let Some(axis) = self.axis {
            let length = axis.iter().map(|c| c * c).sum::<f64>().sqrt();
            if !(length.is_finite() && length > 1e-6) {
                return Err("its axis has no length; give a direction, or leave the axis out".to_owned());
            }
            // a unit vector as written to a file is one but for rounding; it is left as it is, so that it reads the same again
            if (length - 1.0).abs() > 1e-5 {
                self.axis = Some(axis.map(|c| c / length));
            }
        }
        if let Some(c) = self.confidence.filter(|c| !(0.0..=1.0).contains(c)) {
            return Err(format!("its confidence {c} is not between 0 and 1"));
        }
        if self.origin != SeedTag::Found {
            self.confidence = None;
        }
        Ok(self)
    }
}
