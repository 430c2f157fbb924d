//! What is asked for, as plain data.

use std::sync::Arc;

use dose::criteria::Comparison;
use dose::indices::{Level, Request};
use image::Region;
use physics::{AirKermaStrength, Gray, Seconds, SeedModel};

use crate::error::PlanError;
use crate::template::Template;

/// The seeds to plan with.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedKind {
    /// their model
    pub model: Arc<SeedModel>,
    /// air-kerma strength of one on the day of the implant
    pub strength: AirKermaStrength,
    /// half-life to reckon with
    pub half_life: Seconds,
}

impl SeedKind {
    /// Seeds of a model with its nuclide's half-life.
    pub fn new(model: Arc<SeedModel>, strength: AirKermaStrength) -> Self {
        let half_life = model.nuclide.half_life.value;
        Self { model, strength, half_life }
    }
}

/// A structure of the problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// the target
    Target,
    /// an organ, by its place in [`Problem::organs`]
    Organ(usize),
}

/// Centres of seeds keep this distance from an organ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clearance {
    /// place in [`Problem::organs`]
    pub organ: usize,
    /// distance, mm
    pub mm: f64,
}

/// Where seeds may lie; none of it is ever traded for dose.
#[derive(Debug, Clone, PartialEq)]
pub struct Placing {
    /// distance of places along a needle, mm
    pub step_mm: f64,
    /// depth from the template's plane of one of the planes of places, mm
    pub first_mm: f64,
    /// least distance between centres of two seeds, mm
    pub spacing_mm: f64,
    /// how far outside the target a centre may lie, mm
    pub margin_mm: f64,
    /// distances to organs
    pub clearances: Vec<Clearance>,
    /// most seeds
    pub most_seeds: usize,
    /// most needles
    pub most_needles: usize,
    /// most seeds on one needle
    pub most_per_needle: usize,
}

/// One aim: an index, which side of the limit is right, and what missing it costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Aim {
    /// structure it speaks of
    pub part: Part,
    /// Dx %, Dy cc or a volume at a dose
    pub index: Request,
    /// which side of the limit is right
    pub comparison: Comparison,
    /// the limit, in the index's own unit: Gy, % or cm³
    pub limit: f64,
    /// cost of a percentage point of the structure's volume on the wrong side beyond what the limit allows
    pub weight: f64,
    /// cost of a percentage point on the wrong side, whatever the limit allows
    pub pull: f64,
}

/// What material costs, in percentage points of the objective.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Costs {
    /// one needle
    pub needle: f64,
    /// one seed
    pub seed: f64,
}

/// All that a plan is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// what is to be treated
    pub target: Region,
    /// what is to be spared, or watched
    pub organs: Vec<Region>,
    /// where needles go in
    pub access: Template,
    /// what they hold
    pub seed: SeedKind,
    /// prescribed dose
    pub prescription: Gray,
    /// where seeds may lie
    pub placing: Placing,
    /// what the dose should be
    pub aims: Vec<Aim>,
    /// what material costs
    pub costs: Costs,
}

/// An aim as a share of a structure at a dose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Goal {
    /// dose in question, Gy
    pub level_gy: f64,
    /// percent of the structure that may be on the wrong side
    pub allowed: f64,
}

/// More seeds than this are not an implant; the bound keeps sums of doses from overflowing.
const MOST_SEEDS: usize = 1000;

impl Problem {
    /// The solid of a part.
    pub fn region(&self, part: Part) -> Option<&Region> {
        match part {
            Part::Target => Some(&self.target),
            Part::Organ(at) => self.organs.get(at),
        }
    }

    /// The aim as a share at a dose; `None` when it always holds because the structure is smaller than its volume.
    pub(crate) fn goal(&self, aim: &Aim) -> Result<Option<Goal>, PlanError> {
        let region = self.region(aim.part).ok_or_else(|| self.no_organ(aim.part))?;
        let wrong =
            || PlanError::Aim { structure: region.name.clone(), index: aim.index.to_string(), limit: aim.limit };
        let volume = region.volume_cm3();
        let rx = self.prescription.value();
        let (level_gy, share) = match aim.index {
            Request::DosePercent(percent) => (aim.limit, percent / 100.0),
            Request::DoseCm3(cm3) => (aim.limit, cm3 / volume),
            Request::VolumeAt { dose, cm3 } => {
                let level = match dose {
                    Level::Percent(percent) => rx * percent / 100.0,
                    Level::Gray(gray) => gray,
                };
                (level, if cm3 { aim.limit / volume } else { aim.limit / 100.0 })
            }
            _ => return Err(wrong()),
        };
        if !(level_gy.is_finite() && level_gy > 0.0 && share.is_finite() && share >= 0.0) {
            return Err(wrong());
        }
        let allowed = match aim.comparison {
            Comparison::AtMost if share >= 1.0 => return Ok(None),
            Comparison::AtMost => 100.0 * share,
            Comparison::AtLeast if share > 1.0 => return Err(wrong()),
            Comparison::AtLeast => 100.0 * (1.0 - share),
        };
        Ok(Some(Goal { level_gy, allowed }))
    }

    fn no_organ(&self, part: Part) -> PlanError {
        let number = if let Part::Organ(at) = part { at + 1 } else { 0 };
        PlanError::NoSuchOrgan { number, of: self.organs.len() }
    }

    /// Everything that is wrong with the numbers of the problem themselves.
    pub(crate) fn check(&self) -> Result<(), PlanError> {
        self.access.check()?;
        let placing = &self.placing;
        let positive: [(&'static str, f64, f64, f64); 9] = [
            ("prescription in Gy", self.prescription.value(), 1.0, 1e4),
            ("air-kerma strength in U", self.seed.strength.value(), 1e-3, 1e3),
            ("step along the needle in mm", placing.step_mm, 0.5, 100.0),
            ("depth of the first plane in mm", placing.first_mm, -1e4, 1e4),
            ("least distance of seeds in mm", placing.spacing_mm, 0.5, 100.0),
            ("margin around the target in mm", placing.margin_mm, 0.0, 50.0),
            ("most seeds", placing.most_seeds as f64, 1.0, MOST_SEEDS as f64),
            ("most needles", placing.most_needles as f64, 1.0, f64::MAX),
            ("most seeds on a needle", placing.most_per_needle as f64, 1.0, f64::MAX),
        ];
        for (what, value, low, high) in positive {
            if !(value >= low && value <= high) {
                return Err(PlanError::Setting { what, value });
            }
        }
        for (what, value) in [("cost of a needle", self.costs.needle), ("cost of a seed", self.costs.seed)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(PlanError::Setting { what, value });
            }
        }
        for clearance in &placing.clearances {
            if clearance.organ >= self.organs.len() {
                return Err(self.no_organ(Part::Organ(clearance.organ)));
            }
            if !(clearance.mm >= 0.0 && clearance.mm <= 100.0) {
                return Err(PlanError::Setting { what: "clearance in mm", value: clearance.mm });
            }
        }
        for aim in &self.aims {
            for (what, value) in [("weight of an aim", aim.weight), ("pull of an aim", aim.pull)] {
                if !(value.is_finite() && value >= 0.0) {
                    return Err(PlanError::Setting { what, value });
                }
            }
            self.goal(aim)?;
        }
        Ok(())
    }
}
