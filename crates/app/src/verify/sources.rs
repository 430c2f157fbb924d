//! Seeds with their model, strength and place: from the plan, found on the CT, or given.

mod kinds;
mod locate;

use std::sync::Arc;

use dose::implant::{Implant, Source};
use image::rtplan::{PlanSource, RtPlan};
use image::seeds::Findings;
use image::{Point, Volume};
use jiff::civil::DateTime;
use physics::{AirKermaStrength, Seconds, SeedLibrary, SeedModel};

use super::given::SeedTag;
use super::request::Request;
use crate::failure::{Failure, unusable};
use crate::setting::Setting;

pub use kinds::of_all as kind_of_all;
pub use locate::{found, from_plan, given, placed_by, search};

/// What is known of one seed besides its dose.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// centre, patient coordinates, mm
    pub centre: Point,
    /// unit vector along it, where known
    pub axis: Option<Point>,
    /// the finder's confidence; none for a seed that was not found
    pub confidence: Option<f64>,
    /// how its position came about
    pub origin: SeedTag,
    /// index into [`Seeds::kinds`]
    pub kind: usize,
    /// needle or strand, where stated
    pub needle: String,
}

/// Seeds of one model, strength and half-life.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// the seed model
    pub model: Arc<SeedModel>,
    /// strength of one seed at the moment the dose counts from
    pub strength: AirKermaStrength,
    /// half-life used
    pub half_life: Seconds,
    /// strength as it was stated, before any decay
    pub stated: AirKermaStrength,
    /// when it was stated for
    pub stated_at: Option<DateTime>,
}

/// The seeds of an implant.
pub struct Seeds {
    /// one entry a seed
    pub placed: Vec<Placed>,
    /// what they are
    pub kinds: Vec<Kind>,
    /// what the finder said, when they were found
    pub findings: Option<Findings>,
}

impl Seeds {
    /// As the dose engine wants them.
    pub fn implant(&self) -> Result<Implant, Failure> {
        let sources = self.placed.iter().filter_map(|seed| {
            let kind = self.kinds.get(seed.kind)?;
            let source =
                Source::new(Arc::clone(&kind.model), kind.strength, seed.centre).with_half_life(kind.half_life);
            Some(match seed.axis {
                Some(axis) => source.with_axis(axis),
                None => source,
            })
        });
        Implant::new(sources.collect()).map_err(unusable)
    }

    /// Whether more than a third of what lies 10 mm around them is aerated lung.
    pub fn lie_in_lung(&self, ct: &Volume) -> bool {
        /// Below this lies aerated lung.
        const LUNG_HU: f32 = -500.0;
        let around = self.centres().into_iter().flat_map(|[x, y, z]| {
            [-10.0, 10.0].into_iter().flat_map(move |d| [[x + d, y, z], [x, y + d, z], [x, y, z + d]])
        });
        let values: Vec<f32> = around.filter_map(|point| ct.sample(point)).collect();
        3 * values.iter().filter(|&&hu| hu < LUNG_HU).count() > values.len()
    }

    /// Their centres.
    pub fn centres(&self) -> Vec<Point> {
        self.placed.iter().map(|seed| seed.centre).collect()
    }
}

/// The seed models to choose from: the embedded ones and the hospital's own.
pub struct Models {
    library: SeedLibrary,
    /// the model that the request names, where it names one
    pub asked: Option<Arc<SeedModel>>,
}

impl Models {
    /// Reads them.
    pub fn load(request: &Request) -> Result<Self, Failure> {
        let mut library = SeedLibrary::embedded().map_err(unusable)?;
        let asked = match (&request.model_file, &request.model) {
            (Some(file), _) => {
                let name = file.path.display().to_string();
                Some(library.add_file(&name, &file.text).map_err(unusable)?)
            }
            (None, Some(name)) => {
                Some(Arc::clone(library.find(name).map_err(|error| unusable(error).setting(Setting::Model))?))
            }
            (None, None) => None,
        };
        Ok(Self { library, asked })
    }

    /// The model to draw seeds by before their strength is known: as asked for, else the plan's where it is one.
    pub fn likely(&self, plan: Option<&RtPlan>) -> Option<Arc<SeedModel>> {
        let planned = || match plan?.sources() {
            [one] => self.of_plan(one).ok(),
            _ => None,
        };
        self.asked.clone().or_else(planned)
    }

    /// The model of a source of the plan: what was asked for, else what the plan calls it.
    fn of_plan(&self, source: &PlanSource) -> Result<Arc<SeedModel>, Failure> {
        if let Some(model) = &self.asked {
            return Ok(Arc::clone(model));
        }
        let called = [source.model.as_str(), source.isotope.as_str()];
        called
            .iter()
            .filter(|name| !name.trim().is_empty())
            .find_map(|name| self.library.find(name).ok())
            .map(Arc::clone)
            .ok_or_else(|| {
                Failure::input(format!(
                    "the plan calls its source '{}' ('{}'), which is no seed model that Dosewright knows; choose the seed model",
                    source.model, source.isotope
                ))
                .zh(format!("计划中的粒子型号“{}”（“{}”）不在型号库中；请选择粒子型号。", source.model, source.isotope))
                .setting(Setting::Model)
            })
    }
}
