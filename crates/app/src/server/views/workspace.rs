//! What the workspace of a verification shows.

use std::time::Duration;

use dose::criteria::Pack;
use image::{Grid, Structure, Volume};
use physics::{Gray, SeedModel};
use records::verification::{DraftSeed, SeedOrigin};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::failure::Failure;
use crate::setting::Setting;
use crate::verify::{Level, Notice, verdict};
use crate::workspace::{Edit, Results, Workspace};

/// Isodose lines that are drawn at first, % of the prescription.
const ISODOSES_PERCENT: [f64; 5] = [200.0, 150.0, 100.0, 75.0, 50.0];
/// Colours of structures whose author gave none (Okabe and Ito 2008: told apart without red and green).
const COLOURS: [&str; 7] = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];
/// Usual grey scales: Chinese, English, level and width in HU.
const WINDOWS: [(&str, &str, f64, f64); 4] = [
    ("软组织", "Soft tissue", 40.0, 400.0),
    ("骨", "Bone", 400.0, 1800.0),
    ("肺", "Lung", -600.0, 1500.0),
    ("粒子", "Seeds", 1500.0, 3000.0),
];

/// A grid of voxels.
#[derive(Debug, Serialize, ToSchema)]
pub struct GridView {
    size: [usize; 3],
    origin_mm: [f64; 3],
    spacing_mm: [f64; 3],
    /// unit vectors of increasing i, j, k
    axes: [[f64; 3]; 3],
}

impl From<&Grid> for GridView {
    fn from(grid: &Grid) -> Self {
        Self { size: grid.size, origin_mm: grid.origin, spacing_mm: grid.spacing, axes: grid.axes }
    }
}

/// A usual grey scale.
#[derive(Debug, Serialize, ToSchema)]
pub struct WindowView {
    zh: &'static str,
    en: &'static str,
    level: f64,
    width: f64,
}

/// A structure in lists.
#[derive(Debug, Serialize, ToSchema)]
pub struct StructureView {
    number: i32,
    name: String,
    /// `#rrggbb`
    colour: String,
    is_target_like: bool,
}

/// The CT and the structures drawn on it.
#[derive(Debug, Serialize, ToSchema)]
pub struct VolumeView {
    #[serde(flatten)]
    grid: GridView,
    unit: &'static str,
    windows: Vec<WindowView>,
    structures: Vec<StructureView>,
}

impl VolumeView {
    /// Of a CT.
    pub fn new(ct: &Volume, structures: &[Structure]) -> Self {
        let structure = |(structure, colour): (&Structure, &&str)| StructureView {
            number: structure.number,
            name: structure.name.clone(),
            colour: structure
                .colour
                .map_or_else(|| (*colour).to_owned(), |[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}")),
            is_target_like: matches!(structure.kind.as_str(), "PTV" | "CTV" | "GTV"),
        };
        let windows = WINDOWS.map(|(zh, en, level, width)| WindowView { zh, en, level, width });
        Self {
            grid: (&ct.grid).into(),
            unit: "HU",
            windows: windows.into(),
            structures: structures.iter().zip(COLOURS.iter().cycle()).map(structure).collect(),
        }
    }
}

/// Where a seed came from.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OriginView {
    /// the treatment plan
    Plan,
    /// found on the CT
    Found,
    /// put there by a person
    Added,
    /// moved or turned by a person
    Moved,
}

/// A seed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Seed)]
pub struct SeedView {
    number: u32,
    centre_mm: [f64; 3],
    axis: Option<[f64; 3]>,
    origin: OriginView,
    confidence: Option<f64>,
    #[serde(default)]
    needle: String,
}

impl From<&DraftSeed> for SeedView {
    fn from(seed: &DraftSeed) -> Self {
        Self {
            number: seed.number,
            centre_mm: seed.centre_mm,
            axis: seed.axis,
            origin: match seed.origin {
                SeedOrigin::Plan => OriginView::Plan,
                SeedOrigin::Found => OriginView::Found,
                SeedOrigin::Added => OriginView::Added,
                SeedOrigin::Moved => OriginView::Moved,
            },
            confidence: seed.confidence,
            needle: seed.needle.clone(),
        }
    }
}

impl From<SeedView> for DraftSeed {
    fn from(seed: SeedView) -> Self {
        Self {
            number: seed.number,
            centre_mm: seed.centre_mm,
            axis: seed.axis,
            origin: match seed.origin {
                OriginView::Plan => SeedOrigin::Plan,
                OriginView::Found => SeedOrigin::Found,
                OriginView::Added => SeedOrigin::Added,
                OriginView::Moved => SeedOrigin::Moved,
            },
            confidence: seed.confidence,
            needle: seed.needle.chars().take(40).collect(),
        }
    }
}

impl SeedView {
    /// A row of the table that `dosewright verify --seeds` reads.
    pub fn csv_row(&self) -> String {
        let [x, y, z] = self.centre_mm;
        let axis = self.axis.map_or_else(|| ",,".to_owned(), |[a, b, c]| format!("{a},{b},{c}"));
        let origin = DraftSeed::from(self.clone()).origin;
        let confidence = self.confidence.map(|c| c.to_string()).unwrap_or_default();
        let needle = self.needle.replace('"', "\"\"");
        format!(
            "{},{x},{y},{z},{axis},{},{confidence},\"{needle}\"\n",
            self.number,
            crate::workspace::tag(origin).name()
        )
    }
}

/// One edit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = Edit)]
pub enum EditView {
    /// a new seed
    Add {
        /// where
        centre_mm: [f64; 3],
        /// along what
        axis: Option<[f64; 3]>,
    },
    /// another place
    Move {
        /// which seed
        number: u32,
        /// where to
        centre_mm: [f64; 3],
    },
    /// another direction
    Turn {
        /// which seed
        number: u32,
        /// along what; null when not known
        axis: Option<[f64; 3]>,
    },
    /// takes it away
    Delete {
        /// which seed
        number: u32,
    },
    /// the whole list as it shall be
    Restore {
        /// every seed
        seeds: Vec<SeedView>,
    },
}

impl From<EditView> for Edit {
    fn from(edit: EditView) -> Self {
        match edit {
            EditView::Add { centre_mm, axis } => Self::Add { centre_mm, axis },
            EditView::Move { number, centre_mm } => Self::Move { number, centre_mm },
            EditView::Turn { number, axis } => Self::Turn { number, axis },
            EditView::Delete { number } => Self::Delete { number },
            EditView::Restore { seeds } => Self::Restore { seeds: seeds.into_iter().map(DraftSeed::from).collect() },
        }
    }
}

/// One figure.
#[derive(Debug, Serialize, ToSchema)]
pub struct IndexView {
    name: String,
    value: Option<f64>,
    unit: String,
}

/// The cumulative histogram.
#[derive(Debug, Serialize, ToSchema)]
pub struct DvhView {
    dose_gy: Vec<f64>,
    volume_percent: Vec<f64>,
}

/// A structure with its histogram and figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeasureView {
    number: i32,
    name: String,
    volume_cm3: f64,
    dvh: DvhView,
    indices: Vec<IndexView>,
}

/// The answer to one clause.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingView {
    clause: String,
    structure: String,
    index: String,
    value: Option<f64>,
    unit: String,
    limit_zh: String,
    limit_en: String,
    required: bool,
    /// `met`, `not_met` or `no_evidence`
    outcome: &'static str,
}

/// What the seeds come to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResultsView {
    structures: Vec<MeasureView>,
    findings: Vec<FindingView>,
    /// `met`, `not_met` or `incomplete`
    verdict: &'static str,
    /// time from the request to the result
    took_ms: f64,
}

impl ResultsView {
    fn new(results: Results, took: Duration) -> Self {
        let structures = results.structures.into_iter().map(|one| MeasureView {
            number: one.number,
            name: one.name,
            volume_cm3: one.volume_cm3,
            dvh: DvhView { dose_gy: one.dose_gy, volume_percent: one.volume_percent },
            indices: one
                .indices
                .into_iter()
                .map(|index| IndexView { name: index.name, value: index.value, unit: index.unit })
                .collect(),
        });
        let findings = results.findings.into_iter().map(|one| FindingView {
            clause: one.clause,
            structure: one.structure,
            index: one.index,
            value: one.value,
            unit: one.unit,
            limit_zh: one.limit_zh,
            limit_en: one.limit_en,
            required: one.required,
            outcome: one.outcome,
        });
        Self {
            structures: structures.collect(),
            findings: findings.collect(),
            verdict: verdict(results.verdict),
            took_ms: took.as_secs_f64() * 1e3,
        }
    }
}

/// After an edit.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditedView {
    revision: u64,
    seeds: Vec<SeedView>,
    /// null while something is missing that the dose needs
    results: Option<ResultsView>,
}

impl EditedView {
    /// Of a workspace; `before` is the time that the edit took so far.
    ///
    /// # Errors
    /// When the dose cannot be integrated.
    pub fn new(workspace: &Workspace, before: Duration) -> Result<Self, Failure> {
        let (results, took) = timed(workspace)?;
        let draft = workspace.draft();
        Ok(Self {
            revision: draft.revision,
            seeds: draft.seeds.iter().map(SeedView::from).collect(),
            results: results.map(|results| ResultsView::new(results, before + took)),
        })
    }
}

fn timed(workspace: &Workspace) -> Result<(Option<Results>, Duration), Failure> {
    let begun = std::time::Instant::now();
    let results = workspace.results()?;
    Ok((results, begun.elapsed()))
}

/// A structure by number and name.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetView {
    number: i32,
    name: String,
}

/// Something that the dose needs and nobody has given.
#[derive(Debug, Serialize, ToSchema)]
pub struct LackView {
    /// the setting to give, as in `settings`; null when it is no single setting
    setting: Option<&'static str>,
    zh: String,
    en: String,
}

impl From<&Failure> for LackView {
    fn from(failure: &Failure) -> Self {
        let zh = if failure.zh.is_empty() { &failure.message } else { &failure.zh };
        Self { setting: failure.setting.map(Setting::field), zh: zh.clone(), en: failure.message.clone() }
    }
}

/// What every seed is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelView {
    name: String,
    nuclide: String,
    length_mm: f64,
    diameter_mm: f64,
}

/// The criteria.
#[derive(Debug, Serialize, ToSchema)]
pub struct PackView {
    id: String,
    title_zh: String,
    title_en: String,
}

/// Something a person must be told.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    /// `note`, `warning` or `serious`
    level: &'static str,
    zh: String,
    en: String,
}

impl From<&Notice> for NoticeView {
    fn from(notice: &Notice) -> Self {
        let level = match notice.level {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Serious => "serious",
        };
        Self { level, zh: notice.zh.clone(), en: notice.en.clone() }
    }
}

/// Everything but pixels.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkspaceView {
    revision: u64,
    editable: bool,
    volume: VolumeView,
    target: Option<TargetView>,
    prescription_gy: Option<f64>,
    model: Option<ModelView>,
    strength_u: Option<f64>,
    formalism: String,
    /// null while something is missing that the dose needs
    dose_grid: Option<GridView>,
    criteria: Option<PackView>,
    isodoses_percent: [f64; 5],
    seeds: Vec<SeedView>,
    /// null while something is missing that the dose needs
    results: Option<ResultsView>,
    /// why there is no dose; empty when there is one
    missing: Vec<LackView>,
    /// the seeds of the treatment plan, where there is one
    planned: Option<Vec<SeedView>>,
    notices: Vec<NoticeView>,
}

impl WorkspaceView {
    /// Of a workspace.
    ///
    /// # Errors
    /// When the dose cannot be integrated.
    pub fn new(workspace: &Workspace, editable: bool) -> Result<Self, Failure> {
        let (results, took) = timed(workspace)?;
        let model = |model: &SeedModel| ModelView {
            name: model.name.clone(),
            nuclide: model.nuclide.id.clone(),
            length_mm: model.capsule.length_mm,
            diameter_mm: model.capsule.diameter_mm,
        };
        let pack = |pack: &Pack| PackView {
            id: pack.id.clone(),
            title_zh: pack.title_zh.clone(),
            title_en: pack.title.clone(),
        };
        let planned: Vec<SeedView> = workspace.planned().iter().map(SeedView::from).collect();
        Ok(Self {
            revision: workspace.draft().revision,
            editable,
            volume: VolumeView::new(workspace.ct()?, workspace.structures()),
            target: workspace.target().map(|target| TargetView { number: target.number, name: target.name.clone() }),
            prescription_gy: workspace.prescription().map(Gray::value),
            model: workspace.model().map(model),
            strength_u: workspace.kind().map(|kind| kind.strength.value()),
            formalism: format!("{:?}", workspace.formalism()),
            dose_grid: workspace.dose().map(|dose| GridView::from(&dose.grid)),
            criteria: workspace.pack().map(pack),
            isodoses_percent: ISODOSES_PERCENT,
            seeds: workspace.draft().seeds.iter().map(SeedView::from).collect(),
            results: results.map(|results| ResultsView::new(results, took)),
            missing: workspace.missing().iter().map(LackView::from).collect(),
            planned: Some(planned).filter(|planned| !planned.is_empty()),
            notices: workspace.notices().iter().map(NoticeView::from).collect(),
        })
    }
}
