//! The seeds of a verification, and what follows from them at once.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use image::seeds;
use records::verification::{Draft, DraftSeed, State as Stage};
use records::{Verification, change};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Look, pixels};
use crate::server::App;
use crate::server::auth::Person;
use crate::server::extract::{Asked, Body, Key};
use crate::server::open::{Shared, on_thread};
use crate::server::problem::{Problem, Slug};
use crate::server::views::workspace::{EditView, EditedView, SeedView, WorkspaceView};
use crate::worker;
use crate::workspace::{Edit, EditError, Workspace, edited, views};

/// The seeds that a verification shows: of its draft, or of the run that was ordered.
async fn draft_of(app: &App, of: &Verification) -> Result<Draft, Problem> {
    if of.state == Stage::Draft {
        Ok(app.store.draft(of.id).await?.unwrap_or_default())
    } else {
        Ok(Draft { revision: 0, seeds: of.seeds.clone() })
    }
}

async fn open_shared(app: &App, of: &Verification) -> Result<Shared, Problem> {
    app.open_workspace(of, draft_of(app, of).await?).await
}

fn only_drafts(of: &Verification) -> Result<(), Problem> {
    if of.state == Stage::Draft {
        return Ok(());
    }
    Err(Problem::refused(
        "此剂量验证已计算或签字，粒子不能再改；请先新建版本。",
        "this verification is computed or signed, its seeds cannot be changed; begin a new version first",
    ))
}

/// Everything that the workspace shows but pixels.
#[utoipa::path(get, path = "/verifications/{id}/workspace", tag = "workspace", params(("id" = String, Path)), responses((status = 200, body = WorkspaceView)))]
pub async fn open(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Verification>,
) -> Result<Json<WorkspaceView>, Problem> {
    let of = worker::verification(&app, id).await?;
    let shared = open_shared(&app, &of).await?;
    let editable = of.state == Stage::Draft && records::Action::EditVerification.allowed(&person.account.roles);
    let workspace = shared.lock_owned().await;
    on_thread(move || WorkspaceView::new(&workspace, editable)).await.map(Json)
}

/// Edits of the seeds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Edits {
    /// revision that the edits were made from
    revision: u64,
    /// in their order
    edits: Vec<EditView>,
}

/// Changes the seeds, keeps them, and answers what follows. All of the edits or none.
#[utoipa::path(post, path = "/verifications/{id}/edits", tag = "workspace", params(("id" = String, Path)), request_body = Edits,
    responses((status = 200, body = EditedView), (status = 409), (status = 412), (status = 422)))]
pub async fn edit(
    State(app): State<App>,
    Key(id): Key<Verification>,
    Body(asked): Body<Edits>,
) -> Result<Json<EditedView>, Problem> {
    let begun = Instant::now();
    let of = worker::verification(&app, id).await?;
    only_drafts(&of)?;
    let shared = open_shared(&app, &of).await?;
    let workspace = shared.lock_owned().await;
    if workspace.draft().revision != asked.revision {
        return Err(Problem::conflict());
    }
    let edits: Vec<Edit> = asked.edits.into_iter().map(Edit::from).collect();
    let seeds = edited(&workspace.draft().seeds, &edits)?;
    replace(&app, &of, workspace, seeds, begun).await
}

/// Takes the seeds of the treatment plan in the place of those of the draft.
#[utoipa::path(post, path = "/verifications/{id}/seeds/from-plan", tag = "workspace", params(("id" = String, Path)),
    responses((status = 200, body = WorkspaceView), (status = 409)))]
pub async fn from_plan(State(app): State<App>, Key(id): Key<Verification>) -> Result<Json<WorkspaceView>, Problem> {
    let of = worker::verification(&app, id).await?;
    only_drafts(&of)?;
    let shared = open_shared(&app, &of).await?;
    let workspace = shared.clone().lock_owned().await;
    let seeds = workspace.planned().to_vec();
    if seeds.is_empty() {
        return Err(Problem::not_ready(
            "该检查没有带粒子位置的治疗计划；请上传 RTPLAN，或在 CT 上识别粒子。",
            "the study has no plan with seed positions; send its RTPLAN, or have the seeds found on the CT",
        ));
    }
    let _ = replace(&app, &of, workspace, seeds, Instant::now()).await?;
    let workspace = shared.lock_owned().await;
    on_thread(move || WorkspaceView::new(&workspace, true)).await.map(Json)
}

/// Keeps the new seeds first, then computes: what was acknowledged is on disk.
async fn replace(
    app: &App,
    of: &Verification,
    mut workspace: tokio::sync::OwnedMutexGuard<Workspace>,
    seeds: Vec<DraftSeed>,
    begun: Instant,
) -> Result<Json<EditedView>, Problem> {
    let draft = Draft { revision: workspace.draft().revision + 1, seeds };
    app.store.put_draft(of.id, &draft).await?;
    on_thread(move || {
        workspace.set(draft)?;
        EditedView::new(&workspace, begun.elapsed())
    })
    .await
    .map(Json)
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Self {
        let en = error.to_string();
        let zh = match error {
            EditError::NoSeed(number) => format!("没有 {number} 号粒子；可能已在另一窗口中删除，请重新载入。"),
            EditError::Position => "粒子位置不合理：坐标须为 10 m 以内的数。".to_owned(),
            EditError::Axis => "粒子方向的长度为零。".to_owned(),
            EditError::Number(number) => format!("有两粒粒子的编号都是 {number}。"),
            EditError::TooMany => "粒子过多：至多 1000 粒。".to_owned(),
            EditError::Confidence(number) => format!("{number} 号粒子的置信度须在 0 与 1 之间。"),
        };
        Self::invalid(zh, en)
    }
}

/// Where a person pointed.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Near {
    x: f64,
    y: f64,
    z: f64,
    /// how far to look, mm; 3 when absent
    radius_mm: Option<f64>,
    /// number of the seed that is being placed: its own present place does not count as taken
    number: Option<u32>,
}

/// A bright spot.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpotView {
    centre_mm: [f64; 3],
    axis: Option<[f64; 3]>,
    /// its highest value
    hu: f32,
}

/// The bright spot nearest to where a person pointed, without those of the seeds that are there.
#[utoipa::path(get, path = "/verifications/{id}/snap", tag = "workspace", params(("id" = String, Path), Near), responses((status = 200, body = SpotView), (status = 404)))]
pub async fn snap(
    State(app): State<App>,
    Key(id): Key<Verification>,
    Asked(near): Asked<Near>,
) -> Result<Json<SpotView>, Problem> {
    let of = worker::verification(&app, id).await?;
    let shared = open_shared(&app, &of).await?;
    let workspace = shared.lock_owned().await;
    let radius = near.radius_mm.unwrap_or(3.0).clamp(0.5, 10.0);
    let spot = on_thread(move || {
        let others = workspace.draft().seeds.iter().filter(|seed| Some(seed.number) != near.number);
        let taken: Vec<[f64; 3]> = others.map(|seed| seed.centre_mm).collect();
        Ok(seeds::snap(workspace.ct()?, [near.x, near.y, near.z], radius, &taken))
    })
    .await?;
    spot.map(|spot| Json(SpotView { centre_mm: spot.centre, axis: spot.axis, hu: spot.peak_hu })).ok_or_else(|| {
        Problem::new(
            Slug::NotFound,
            format!("{radius} mm 内没有像金属的亮点。"),
            format!("nothing within {radius} mm is as bright as metal"),
        )
    })
}

/// Which plane of the dose.
#[derive(Debug, Deserialize, IntoParams)]
pub struct DosePlane {
    view: Look,
    /// coordinate along the view's normal in the CT's own frame, mm
    at_mm: f64,
}

/// The dose on a plane: little-endian 32-bit floats, Gy, rows from top to bottom; where it lies is in the headers. 404 where the plane
/// misses the dose grid, 409 while something is missing that the dose needs.
#[utoipa::path(get, path = "/verifications/{id}/dose/slice", tag = "workspace", params(("id" = String, Path), DosePlane), responses((status = 200, content_type = "application/vnd.dosewright.pixels"), (status = 404), (status = 409)))]
pub async fn dose(
    State(app): State<App>,
    Key(id): Key<Verification>,
    Asked(plane): Asked<DosePlane>,
) -> Result<Response, Problem> {
    let of = worker::verification(&app, id).await?;
    let workspace = open_shared(&app, &of).await?.lock_owned().await;
    if let Some(missing) = workspace.missing().first() {
        return Err(Problem { slug: Slug::NotReady, ..Problem::from(missing.clone()) });
    }
    let picture = on_thread(move || {
        let Some(dose) = workspace.dose() else { return Ok(None) };
        Ok(views::dose_on(dose, &workspace.ct()?.grid, plane.view.into(), plane.at_mm))
    })
    .await?;
    let picture = picture.ok_or_else(|| Problem::not_found("个剂量层面", "plane of the dose"))?;
    pixels(&picture, |value| value.to_le_bytes().to_vec())
}

/// The seeds as they stand, as the command line reads them.
#[utoipa::path(get, path = "/verifications/{id}/export/seeds.csv", tag = "workspace", params(("id" = String, Path)), responses((status = 200, content_type = "text/csv")))]
pub async fn export(State(app): State<App>, person: Person, Key(id): Key<Verification>) -> Result<Response, Problem> {
    let of = worker::verification(&app, id).await?;
    let draft = draft_of(&app, &of).await?;
    let event = records::Change::Event {
        kind: change::Kind::Verification,
        subject: of.id.to_string(),
        case: Some(of.case),
        what: "exported_seeds".to_owned(),
        detail: serde_json::json!({ "revision": draft.revision, "seeds": draft.seeds.len() }),
    };
    app.commit(&person, "", vec![event], Vec::new()).await?;
    let mut text = String::from("number,x_mm,y_mm,z_mm,axis_x,axis_y,axis_z,origin,confidence,note\n");
    for seed in &draft.seeds {
        text.push_str(&SeedView::from(seed).csv_row());
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"seeds.csv\""),
    ];
    Ok((headers, text).into_response())
}
