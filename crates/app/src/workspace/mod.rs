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
use physics::{Gray, SeedModel};
use records::verification::{Draft, DraftSeed};

pub use edit::{Edit, EditError, edited};
pub use results::{Index, Judgement, Measure, Results};

use crate::failure::{Exit, Failure, unusable};
use crate::verify::sources::{self, Models};
use crate::verify::{
    FormalismChoice, Kind, Notice, Placed, Request, SeedOrigin, SeedTag, Seeds, choose, engine, notice, steps,
};

/// What the dose is judged by: known once criteria, target and prescription are.
struct Aim {
    /// the structures that enclose something: index within the set, and the solid
    solids: Vec<(usize, Region)>,
    target: i32,
    pack: Pack,
    prescription: Gray,
}

/// A case open for editing, all of it in memory. Images and seeds are there as soon as the study has a CT with structures; the dose once
/// every setting that it needs is known.
pub struct Workspace {
    study: Arc<Study>,
    /// index of the CT among the study's series
    ct: usize,
    /// index of the structure set
    set: usize,
    aim: Option<Aim>,
    kind: Option<Kind>,
    model: Option<Arc<SeedModel>>,
    formalism: Formalism,
    /// the dose; there when aim and kind are
    editor: Option<Editor>,
    draft: Draft,
    planned: Vec<DraftSeed>,
    notices: Vec<Notice>,
    missing: Vec<Failure>,
}

impl Workspace {
    /// Opens a case with the seeds of a draft. What the dose needs and nobody has given is listed by [`Workspace::missing`].
    ///
    /// # Errors
    /// As [`crate::verify::verify`] where the study has no CT with structures, and when the dose cannot be computed although all is given.
    pub fn open(request: &Request, study: Arc<Study>, draft: Draft) -> Result<Self, Failure> {
        request.check()?;
        let (mut notices, mut missing) = (Vec::new(), Vec::new());
        // whether the plan has seeds must not decide whether the case can be opened
        let request = Request { seeds: SeedOrigin::Given(Vec::new()), ..request.clone() };
        let chosen = choose::choose(&study, &request.seeds, &mut notices)?;
        let case = lacking(steps::prepare_chosen(&request, &study, chosen, &mut notices), &mut missing)?;
        let models = lacking(Models::load(&request), &mut missing)?;
        let kind = match &models {
            Some(models) => lacking(sources::kind_of_all(&chosen, models, &request, &mut notices), &mut missing)?,
            None => None,
        };
        notice::of_days(&chosen, &request, kind.as_slice(), &mut notices);
        let model = match (&kind, &models) {
            (Some(kind), _) => Some(Arc::clone(&kind.model)),
            (None, Some(models)) => models.likely(chosen.plan),
            (None, None) => None,
        };
        let planned: Vec<DraftSeed> = match chosen.plan {
            Some(plan) => {
                sources::placed_by(plan).iter().zip(1..).map(|(seed, number)| drafted(seed, number)).collect()
            }
            None => Vec::new(),
        };
        let formalism = match request.formalism {
            FormalismChoice::Point => Formalism::Point1D,
            FormalismChoice::One => Formalism::Line1D,
            // a seed without an axis is computed in 1D
            FormalismChoice::Auto | FormalismChoice::Two => Formalism::Line2D,
        };
        let editor = match (&case, &kind) {
            (Some(case), Some(kind)) => {
                let placed = seeds_of(kind, draft.seeds.iter().chain(&planned));
                let regions = case.solids.iter().map(|solid| &solid.region);
                let grid = engine::grid(&request, &placed, case.target_region(), regions)?;
                Some(computed(grid, formalism, kind, &draft)?)
            }
            _ => None,
        };
        let place =
            |structure: &Structure| chosen.set.structures.iter().position(|other| std::ptr::eq(other, structure));
        let aim = case.map(|case| Aim {
            solids: case
                .solids
                .iter()
                .filter_map(|solid| Some((place(solid.structure)?, solid.region.clone())))
                .collect(),
            target: case.target.number,
            pack: case.pack,
            prescription: case.prescription,
        });
        let (ct, set) = (
            study.series.iter().position(|series| std::ptr::eq(series, chosen.ct)),
            study.structure_sets.iter().position(|set| std::ptr::eq(set, chosen.set)),
        );
        let (Some(ct), Some(set)) = (ct, set) else {
            return Err(Failure::failed("the chosen CT or structure set is not one of the study's"));
        };
        notices.sort_by_key(|notice| std::cmp::Reverse(notice.level));
        Ok(Self { study, ct, set, aim, kind, model, formalism, editor, draft, planned, notices, missing })
    }

    /// The seeds and how often they were edited.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The seeds of the treatment plan, where there is one.
    pub fn planned(&self) -> &[DraftSeed] {
        &self.planned
    }

    /// What keeps the dose from being computed, each with the setting to give where one is missing; empty when there is a dose.
    pub fn missing(&self) -> &[Failure] {
        &self.missing
    }

    /// The dose as it stands; none while something is [missing](Self::missing).
    pub fn dose(&self) -> Option<&Volume> {
        self.editor.as_ref().map(Editor::volume)
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
        let number = self.aim.as_ref()?.target;
        self.structures().iter().find(|structure| structure.number == number)
    }

    /// What every seed is, where model and strength are known.
    pub fn kind(&self) -> Option<&Kind> {
        self.kind.as_ref()
    }

    /// The seed model, to draw it by; known before its strength.
    pub fn model(&self) -> Option<&SeedModel> {
        self.model.as_deref()
    }

    /// Prescribed dose, where known.
    pub fn prescription(&self) -> Option<Gray> {
        self.aim.as_ref().map(|aim| aim.prescription)
    }

    /// How the dose is computed.
    pub fn formalism(&self) -> Formalism {
        self.formalism
    }

    /// The criteria, where known.
    pub fn pack(&self) -> Option<&Pack> {
        self.aim.as_ref().map(|aim| &aim.pack)
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
        let (Some(editor), Some(kind)) = (&mut self.editor, &self.kind) else {
            self.draft = draft;
            return Ok(());
        };
        let same = |a: &DraftSeed, b: &DraftSeed| a.centre_mm == b.centre_mm && a.axis == b.axis;
        let gone: Vec<&DraftSeed> =
            self.draft.seeds.iter().filter(|old| !draft.seeds.iter().any(|new| same(old, new))).collect();
        let come: Vec<&DraftSeed> =
            draft.seeds.iter().filter(|new| !self.draft.seeds.iter().any(|old| same(old, new))).collect();
        // twice the same place cannot be told apart; then, and when most has changed, all is computed again
        if gone.len() + come.len() > draft.seeds.len() || has_twins(&draft.seeds) || has_twins(&self.draft.seeds) {
            *editor = computed(editor.volume().grid.clone(), self.formalism, kind, &draft)?;
        } else {
            let implant = |seeds: Vec<&DraftSeed>| match seeds.as_slice() {
                [] => Ok(Vec::new()),
                _ => Ok::<_, Failure>(seeds_of(kind, seeds).implant()?.sources().to_vec()),
            };
            let (gone, come) = (implant(gone)?, implant(come)?);
            for source in &gone {
                editor.remove(source).map_err(unusable)?;
            }
            for source in &come {
                editor.add(source).map_err(unusable)?;
            }
        }
        self.draft = draft;
        Ok(())
    }
}

/// What was asked for, or a line on the list of what is missing; a failure of the machine's stays one.
fn lacking<T>(asked: Result<T, Failure>, missing: &mut Vec<Failure>) -> Result<Option<T>, Failure> {
    match asked {
        Ok(there) => Ok(Some(there)),
        Err(failure) if failure.exit == Exit::Input => {
            missing.push(failure);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// The dose of a draft's seeds on a grid.
fn computed(grid: Grid, formalism: Formalism, kind: &Kind, draft: &Draft) -> Result<Editor, Failure> {
    let mut editor = Editor::new(grid, Options::permanent(formalism)).map_err(unusable)?;
    if !draft.seeds.is_empty() {
        editor.add_implant(&seeds_of(kind, &draft.seeds).implant()?).map_err(unusable)?;
    }
    Ok(editor)
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
