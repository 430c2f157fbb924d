//! Another register's table brought in: sent, looked at, taken.

use std::io::Write as _;

use axum::Json;
use axum::body::Body as Raw;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use exchange::import::{self as tables, Limits, Sheet};
use records::{Action, Digest};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::way::{technique, treated_at};
use super::{Route, get, post};
use crate::register::import::{self, Taking};
use crate::register::trouble::{Trouble, parted};
use crate::server::App;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Asked, Body};
use crate::server::files::whole;
use crate::server::problem::Problem;
use crate::server::views::imports::{FileView, PreviewView, ResultView, SheetView, TargetsView, mapping};

/// Rows shown as they would be read.
const FIRST: usize = 20;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/imports/targets", Access::May(Action::ImportRecords), targets),
        post("/imports", Access::May(Action::ImportRecords), create),
        post("/imports/{content}/preview", Access::May(Action::ImportRecords), preview),
        post("/imports/{content}/take", Access::May(Action::ImportRecords), take),
    ]
}

/// Of which technique most rows are.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Of {
    /// `seed_implant` (usual), `ablation` or `radiopharmaceutical`
    #[serde(default)]
    technique: String,
    /// what the service's seeds are of, for columns in mCi: `I-125` or `Pd-103`
    nuclide: Option<String>,
}

/// Where the columns of a table may go.
#[utoipa::path(get, path = "/imports/targets", tag = "exchange", params(Of), responses((status = 200, body = TargetsView)))]
pub async fn targets(State(app): State<App>, Asked(of): Asked<Of>) -> Result<Json<TargetsView>, Problem> {
    Ok(Json(TargetsView::new(&app.forms, technique(&of.technique)?)))
}

fn read(bytes: &[u8]) -> Result<Vec<Sheet>, Trouble> {
    tables::read(bytes, Limits::default()).map_err(|error| {
        let (zh, en) = parted(&error.to_string());
        Trouble::value("file", zh, en)
    })
}

/// Takes a table to look at: XLSX, ODS, XLS or CSV. It is held for the sender alone, for a day at most.
#[utoipa::path(post, path = "/imports", tag = "exchange", params(Of),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = FileView), (status = 413)))]
pub async fn create(
    State(app): State<App>,
    person: Person,
    Asked(of): Asked<Of>,
    headers: HeaderMap,
    body: Raw,
) -> Result<Response, Problem> {
    let technique = technique(&of.technique)?;
    let bytes = whole(&app, &headers, body, Limits::default().file as u64).await?;
    if bytes.is_empty() {
        return Err(Problem::field("file", "文件是空的，请重新选择。", "the file is empty; choose another"));
    }
    let (forms, data, nuclide) = (app.forms.clone(), app.data.clone(), of.nuclide);
    let work = tokio::task::spawn_blocking(move || -> Result<_, Trouble> {
        let sheets = read(&bytes)?;
        let shown: Vec<SheetView> =
            sheets.iter().map(|sheet| SheetView::new(sheet, &forms, technique, nuclide.as_deref())).collect();
        let mut file = tempfile::tempfile_in(&data).map_err(Trouble::failed)?;
        file.write_all(&bytes).map_err(Trouble::failed)?;
        Ok((Digest::of(&bytes), file, bytes.len(), shown))
    });
    let (content, file, bytes, sheets) = work.await.map_err(Problem::failed)??;
    app.held.put(person.id(), content, file, bytes, app.clock.now());
    Ok((StatusCode::CREATED, Json(FileView::new(content, bytes, sheets))).into_response())
}

/// How a table is taken.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct How {
    /// as `POST /imports` proposes it, corrected
    #[schema(value_type = Object)]
    mapping: Value,
    /// the hospital whose cases they are; may be left out by who belongs to one, or where there is one
    hospital: Option<String>,
}

/// What a request about a table needs.
struct Looked {
    content: Digest,
    bytes: Vec<u8>,
    mapping: tables::Mapping,
    hospital: Option<records::Id<records::Hospital>>,
    there: tables::There,
}

async fn looked(app: &App, person: &Person, content: &str, how: How) -> Result<Looked, Problem> {
    let gone = || {
        Problem::new(
            crate::server::problem::Slug::NotFound,
            "此表格已不在服务器上，请重新选择文件。",
            "the table is not held any more: send the file again",
        )
    };
    let content: Digest = content.parse().map_err(|_| gone())?;
    let hospital = treated_at(app, person, how.hospital.as_deref()).await?;
    let wrong = |error: serde_json::Error| {
        Problem::field(
            "mapping",
            format!("列的对应关系无法识别：{error}"),
            format!("the mapping cannot be read: {error}"),
        )
    };
    let mapping = mapping(how.mapping).map_err(wrong)?;
    let bytes = app.held.get(person.id(), content, app.clock.now()).map_err(Problem::failed)?.ok_or_else(gone)?;
    let there = import::there(&*app.store, hospital).await?;
    Ok(Looked { content, bytes, mapping, hospital, there })
}

/// How a table would be taken by a mapping; nothing is written.
#[utoipa::path(post, path = "/imports/{content}/preview", tag = "exchange", params(("content" = String, Path, description = "SHA-256")),
    request_body = How, responses((status = 200, body = PreviewView)))]
pub async fn preview(
    State(app): State<App>,
    person: Person,
    Path(content): Path<String>,
    Body(how): Body<How>,
) -> Result<Json<PreviewView>, Problem> {
    let one = looked(&app, &person, &content, how).await?;
    let forms = app.forms.clone();
    let work = tokio::task::spawn_blocking(move || -> Result<_, Trouble> {
        let sheets = read(&one.bytes)?;
        let proposal = tables::take(&forms, &one.mapping, &sheets, &one.there)?;
        let preview = tables::preview(&forms, &one.mapping, &sheets, &one.there, FIRST)?;
        Ok(PreviewView::new(preview, &proposal))
    });
    Ok(Json(work.await.map_err(Problem::failed)??))
}

/// Takes a table: each row whole or not at all. Once more it adds nothing.
#[utoipa::path(post, path = "/imports/{content}/take", tag = "exchange", params(("content" = String, Path, description = "SHA-256")),
    request_body = How, responses((status = 200, body = ResultView)))]
pub async fn take(
    State(app): State<App>,
    person: Person,
    Path(content): Path<String>,
    Body(how): Body<How>,
) -> Result<Json<ResultView>, Problem> {
    let _alone = app.exchange.lock().await;
    let Looked { content, bytes, mapping, hospital, there } = looked(&app, &person, &content, how).await?;
    let forms = app.forms.clone();
    let work = tokio::task::spawn_blocking(move || -> Result<_, Trouble> {
        Ok((tables::take(&forms, &mapping, &read(&bytes)?, &there)?, there))
    });
    let (proposal, there) = work.await.map_err(Problem::failed)??;
    let taking = Taking { store: &*app.store, clock: &app.clock, who: person.id(), hospital, file: content };
    Ok(Json(ResultView::from(&import::take(&taking, &there, proposal).await?)))
}
