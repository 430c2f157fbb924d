//! A verification while it is worked on: seeds are added, moved, turned and removed; dose, histograms and findings follow.
//!
//! [`Workspace::open`] makes the choices that [`crate::verify`] makes, once; each edit then computes only the seeds that changed. What is
//! reported and signed is always computed afresh by [`crate::verify::verify`] from the same seeds.

mod edit;
mod results;
pub mod views;

use std::sync::Arc;

use dose::criteria::Pack;
use dose::tg43::{Editor, Formalism, Options};
use image::study::Study;
use image::{Grid, Region, Structure, Volume};
use physics::Gray;
use records::verification::{Draft, DraftSeed};

pub use edit::{Edit, EditError, edited};
pub use results::{Index, Judgement, Measure, Results};

use crate::failure::{Failure, unusable};
use crate::verify::sources::{self, Models};
use crate::verify::{FormalismChoice, Kind, Notice, Placed, Request, SeedOrigin, SeedTag, Seeds, engine, steps};

/// A case open for editing, all of it in memory.
pub struct Workspace {
    study: Arc<Study>,
    /// index of the CT among the study's series
    ct: usize,
    /// index of the structure set
    set: usize,
    /// the structures that enclose something: index within the set, and the solid
    solids: Vec<(usize, Region)>,
    target: i32,
    pack: Pack,
    prescription: Gray,
    kind: Kind,
    formalism: Formalism,
    editor: Editor,
    draft: Draft,
    planned: Vec<DraftSeed>,
    notices: Vec<Notice>,
}

impl Workspace {
    /// Opens a case with the seeds of a draft.
    ///
    /// # Errors
    /// As [`crate::verify::verify`] where files or choices are missing or ambiguous, and when model or strength of the seeds are not known.
    pub fn open(request: &Request, study: Arc<Study>, draft: Draft) -> Result<Self, Failure> {
        request.check()?;
        let mut notices = Vec::new();
        // whether the plan has seeds must not decide whether the case can be opened
        let request = Request { seeds: SeedOrigin::Given(Vec::new()), ..request.clone() };
        let case = steps::prepare(&request, &study, &mut notices)?;
        let models = Models::load(&request)?;
        let kind = sources::kind_of_all(&case.chosen, &models, &request, &mut notices)?;
        let planned = match case.chosen.plan {
            Some(plan) if !plan.seeds.is_empty() => {
                // what is odd about the plan is told when it is compared with
                let seeds = sources::from_plan(plan, &models, &request.without_count(), &mut Vec::new())?;
                seeds.placed.iter().zip(1..).map(|(seed, number)| drafted(seed, number)).collect()
            }
            _ => Vec::new(),
        };
        let formalism = match request.formalism {
            FormalismChoice::Point => Formalism::Point1D,
            FormalismChoice::One => Formalism::Line1D,
            // a seed without an axis is computed in 1D
            FormalismChoice::Auto | FormalismChoice::Two => Formalism::Line2D,
        };
        let placed = seeds_of(&kind, draft.seeds.iter().chain(&planned));
        let grid =
            engine::grid(&request, &placed, case.target_region(), case.solids.iter().map(|solid| &solid.region))?;
        let mut editor = Editor::new(grid, Options::permanent(formalism)).map_err(unusable)?;
        if !draft.seeds.is_empty() {
            editor.add_implant(&seeds_of(&kind, &draft.seeds).implant()?).map_err(unusable)?;
        }
        let place =
            |structure: &Structure| case.chosen.set.structures.iter().position(|other| std::ptr::eq(other, structure));
        let solids =
            case.solids.iter().filter_map(|solid| Some((place(solid.structure)?, solid.region.clone()))).collect();
        let (ct, set) = (
            study.series.iter().position(|series| std::ptr::eq(series, case.chosen.ct)),
            study.structure_sets.iter().position(|set| std::ptr::eq(set, case.chosen.set)),
        );
        let (Some(ct), Some(set)) = (ct, set) else {
            return Err(Failure::failed("the chosen CT or structure set is not one of the study's"));
        };
        let steps::Case { target, pack, prescription, .. } = case;
        let target = target.number;
        notices.sort_by_key(|notice| std::cmp::Reverse(notice.level));
        Ok(Self {
            study,
            ct,
            set,
            solids,
            target,
            pack,
            prescription,
            kind,
            formalism,
            editor,
            draft,
            planned,
            notices,
        })
    }

    /// The seeds and how often they were edited.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The seeds of the treatment plan, where there is one.
    pub fn planned(&self) -> &[DraftSeed] {
        &self.planned
    }

    /// The dose as it stands.
    pub fn dose(&self) -> &Volume {
        self.editor.volume()
    }

    /// The grid of the dose.
    pub fn dose_grid(&self) -> &Grid {
        &self.editor.volume().grid
    }

    /// The post-implant CT.
    ///
    /// # Errors
    /// Never after a successful opening.
    pub fn ct(&self) -> Result<&Volume, Failure> {
        let series = self.study.series.get(self.ct).ok_or_else(|| Failure::failed("the CT is gone"))?;
        series.volume.as_ref().map_err(|error| Failure::input(error.to_string()))
    }

    /// All structures of the set in use.
    pub fn structures(&self) -> &[Structure] {
        self.study.structure_sets.get(self.set).map_or(&[], |set| set.structures.as_slice())
    }

    /// The target.
    pub fn target(&self) -> Option<&Structure> {
        self.structures().iter().find(|structure| structure.number == self.target)
    }

    /// What every seed is.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Prescribed dose.
    pub fn prescription(&self) -> Gray {
        self.prescription
    }

    /// How the dose is computed.
    pub fn formalism(&self) -> Formalism {
        self.formalism
    }

    /// The criteria.
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// What a person must be told about the choices.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Takes the seeds of a draft that was already kept: only what differs is computed.
    ///
    /// # Errors
    /// When a seed cannot be computed; the workspace is then as before.
    pub fn set(&mut self, draft: Draft) -> Result<(), Failure> {
        let same = |a: &DraftSeed, b: &DraftSeed| a.centre_mm == b.centre_mm && a.axis == b.axis;
        let gone: Vec<&DraftSeed> =
            self.draft.seeds.iter().filter(|old| !draft.seeds.iter().any(|new| same(old, new))).collect();
        let come: Vec<&DraftSeed> =
            draft.seeds.iter().filter(|new| !self.draft.seeds.iter().any(|old| same(old, new))).collect();
        // twice the same place cannot be told apart; then, and when most has changed, all is computed again
        if gone.len() + come.len() > draft.seeds.len() || has_twins(&draft.seeds) || has_twins(&self.draft.seeds) {
            let mut fresh =
                Editor::new(self.dose_grid().clone(), Options::permanent(self.formalism)).map_err(unusable)?;
            if !draft.seeds.is_empty() {
                fresh.add_implant(&seeds_of(&self.kind, &draft.seeds).implant()?).map_err(unusable)?;
            }
            self.editor = fresh;
        } else {
            let implant = |seeds: Vec<&DraftSeed>| match seeds.as_slice() {
                [] => Ok(Vec::new()),
                _ => Ok::<_, Failure>(seeds_of(&self.kind, seeds).implant()?.sources().to_vec()),
            };
            let (gone, come) = (implant(gone)?, implant(come)?);
            for source in &gone {
                self.editor.remove(source).map_err(unusable)?;
            }
            for source in &come {
                self.editor.add(source).map_err(unusable)?;
            }
        }
        self.draft = draft;
        Ok(())
    }
}

fn has_twins(seeds: &[DraftSeed]) -> bool {
    seeds
        .iter()
        .enumerate()
        .any(|(n, a)| seeds.iter().skip(n + 1).any(|b| a.centre_mm == b.centre_mm && a.axis == b.axis))
}

/// Seeds of a draft as the pipeline wants them.
pub fn seeds_of<'d>(kind: &Kind, seeds: impl IntoIterator<Item = &'d DraftSeed>) -> Seeds {
    let placed = seeds
        .into_iter()
        .map(|seed| Placed {
            centre: seed.centre_mm,
            axis: seed.axis,
            confidence: seed.confidence,
            origin: tag(seed.origin),
            kind: 0,
            needle: seed.needle.clone(),
        })
        .collect();
    Seeds { placed, kinds: vec![kind.clone()], findings: None }
}

/// A seed of the pipeline as one of a draft.
pub fn drafted(seed: &Placed, number: u32) -> DraftSeed {
    DraftSeed {
        number,
        centre_mm: seed.centre,
        axis: seed.axis,
        origin: match seed.origin {
            SeedTag::Found => records::verification::SeedOrigin::Found,
            SeedTag::Plan => records::verification::SeedOrigin::Plan,
            SeedTag::Added => records::verification::SeedOrigin::Added,
            SeedTag::Moved => records::verification::SeedOrigin::Moved,
        },
        confidence: seed.confidence,
        needle: seed.needle.clone(),
    }
}

/// How a position came about, in the pipeline's words.
pub fn tag(origin: records::verification::SeedOrigin) -> SeedTag {
    use records::verification::SeedOrigin as Origin;
    match origin {
        Origin::Found => SeedTag::Found,
        Origin::Plan => SeedTag::Plan,
        Origin::Added => SeedTag::Added,
        Origin::Moved => SeedTag::Moved,
    }
}
