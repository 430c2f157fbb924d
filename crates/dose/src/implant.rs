//! An implant: seeds of known model, strength and place.

use std::sync::Arc;

use image::Point;
use physics::{AirKermaStrength, Decay, Seconds, SeedModel};

/// One seed of an implant.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// its model
    pub model: Arc<SeedModel>,
    /// air-kerma strength at time zero of the implant
    pub strength: AirKermaStrength,
    /// its centre, patient coordinates, mm
    pub centre: Point,
    /// direction of its axis, of any length and either sign; `None` when it is not known
    pub axis: Option<Point>,
    /// half-life to reckon with: the nuclide's, or the one the plan states
    pub half_life: Seconds,
}

impl Source {
    /// A seed of unknown orientation, with its nuclide's half-life.
    pub fn new(model: Arc<SeedModel>, strength: AirKermaStrength, centre: Point) -> Self {
        let half_life = model.nuclide.half_life.value;
        Self { model, strength, centre, axis: None, half_life }
    }

    /// The same seed with its axis along `axis`.
    #[must_use]
    pub fn with_axis(mut self, axis: Point) -> Self {
        self.axis = Some(axis);
        self
    }

    /// The same seed with the half-life of the plan.
    #[must_use]
    pub fn with_half_life(mut self, half_life: Seconds) -> Self {
        self.half_life = half_life;
        self
    }

    /// The axis as a unit vector.
    pub fn unit_axis(&self) -> Option<Point> {
        let axis = self.axis?;
        let norm = axis.iter().map(|c| c * c).sum::<f64>().sqrt();
        Some(axis.map(|c| c / norm))
    }

    /// What makes this seed unusable.
    fn fault(&self) -> Option<String> {
        if !self.strength.is_finite() || self.strength <= AirKermaStrength::ZERO {
            return Some(format!("its strength is {}; it must be greater than zero", self.strength));
        }
        if self.centre.iter().any(|c| !c.is_finite() || c.abs() > FAR_MM) {
            return Some(format!("its position {:?} mm is not a place in a patient", self.centre));
        }
        if let Some(axis) = self.axis {
            let norm = axis.iter().map(|c| c * c).sum::<f64>().sqrt();
            if !norm.is_finite() || norm < 1e-9 {
                return Some(format!("its axis {axis:?} is not a direction; leave it out when it is not known"));
            }
        }
        Decay::from_half_life(self.half_life).err().map(|error| error.to_string())
    }
}

/// No patient coordinate is larger: 100 m catches a wrong unit and keeps single-precision distances sound.
const FAR_MM: f64 = 1e5;

/// Seeds that cannot be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ImplantError {
    /// There is no seed at all.
    #[error("the implant has no seed: give a plan with seeds, or have them found on the CT")]
    Empty,
    /// A seed is not usable.
    #[error("seed {number} of {of} cannot be used: {fault}")]
    Seed {
        /// which one, from 1
        number: usize,
        /// how many there are
        of: usize,
        /// what is wrong with it
        fault: String,
    },
}

/// Seeds in a patient; models, strengths and half-lives may differ from one to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Implant {
    sources: Vec<Source>,
}

impl Implant {
    /// An implant of at least one usable seed.
    pub fn new(sources: Vec<Source>) -> Result<Self, ImplantError> {
        if sources.is_empty() {
            return Err(ImplantError::Empty);
        }
        let of = sources.len();
        for (at, source) in sources.iter().enumerate() {
            if let Some(fault) = source.fault() {
                return Err(ImplantError::Seed { number: at + 1, of, fault });
            }
        }
        Ok(Self { sources })
    }

    /// The seeds, in the order they were given.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The sum of the seeds' strengths at time zero.
    pub fn total_strength(&self) -> AirKermaStrength {
        self.sources.iter().map(|source| source.strength).sum()
    }

    /// The models in use, each once, in order of first use.
    pub fn models(&self) -> Vec<&Arc<SeedModel>> {
        let mut models: Vec<&Arc<SeedModel>> = Vec::new();
        for source in &self.sources {
            if !models.iter().any(|model| same_model(model, &source.model)) {
                models.push(&source.model);
            }
        }
        models
    }
}

/// Whether two seeds are of one model; cheap when they share it.
pub(crate) fn same_model(a: &Arc<SeedModel>, b: &Arc<SeedModel>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

#[cfg(test)]
mod tests {
    use super::*;
    use physics::SeedLibrary;

    fn seed() -> Source {
        let model = Arc::clone(SeedLibrary::embedded().unwrap().find("6711").unwrap());
        Source::new(model, AirKermaStrength::new(0.5), [1.0, 2.0, 3.0])
    }

    #[test]
    fn says_which_seed_is_wrong_and_why() {
        assert_eq!(Implant::new(vec![]), Err(ImplantError::Empty));
        let zero = Source { strength: AirKermaStrength::ZERO, ..seed() };
        let message = Implant::new(vec![seed(), zero]).unwrap_err().to_string();
        assert!(message.contains("seed 2 of 2") && message.contains("0 U"), "{message}");
        for (bad, word) in [
            (Source { strength: AirKermaStrength::new(f64::NAN), ..seed() }, "strength"),
            (Source { strength: AirKermaStrength::new(-1.0), ..seed() }, "strength"),
            (Source { centre: [0.0, f64::INFINITY, 0.0], ..seed() }, "position"),
            (seed().with_axis([0.0; 3]), "axis"),
            (seed().with_axis([f64::NAN, 0.0, 1.0]), "axis"),
            (seed().with_half_life(Seconds::ZERO), "half-life"),
        ] {
            let message = Implant::new(vec![bad]).unwrap_err().to_string();
            assert!(message.contains(word), "{word} not in {message}");
        }
    }

    #[test]
    fn knows_its_models_and_total_strength() {
        let other = Arc::clone(SeedLibrary::embedded().unwrap().find("theraseed-200").unwrap());
        let pd = Source::new(other, AirKermaStrength::new(2.0), [0.0; 3]);
        let implant = Implant::new(vec![seed(), pd, seed()]).unwrap();
        assert_eq!(implant.total_strength(), AirKermaStrength::new(3.0));
        let ids: Vec<_> = implant.models().iter().map(|model| model.id.clone()).collect();
        assert_eq!(ids, ["6711", "theraseed-200"]);
    }
}
