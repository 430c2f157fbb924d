//! Uploads: files of a study, one by one, resumable.

use axum::Json;
use axum::body::Body as Raw;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use records::change::Work;
use records::job::Task;
use records::study::StoredFile;
use records::{Action, Case, Id, Upload};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::{Route, get, post, put};
use crate::server::App;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Asked, Key};
use crate::server::files::keep;
use crate::server::problem::Problem;
use crate::server::views::job::Ordered;
use crate::server::views::study::{FileView, UploadView};
use crate::worker;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        post("/cases/{id}/uploads", Access::May(Action::ImportStudy), create),
        get("/uploads/{id}", Access::May(Action::ImportStudy), read),
        put("/uploads/{id}/files", Access::May(Action::ImportStudy), receive),
        post("/uploads/{id}/complete", Access::May(Action::ImportStudy), complete),
    ]
}

/// Longest path of a file.
const LONGEST_PATH: usize = 1000;
/// Most files of an upload.
const MOST_FILES: usize = 50_000;

async fn upload(app: &App, person: &Person, id: Id<Upload>) -> Result<Upload, Problem> {
    // an upload in progress is its sender's alone
    let upload = app.store.upload(id).await?.filter(|upload| upload.by == person.id());
    upload.ok_or_else(|| Problem::not_found("次上传", "upload"))
}

/// Begins an upload.
#[utoipa::path(post, path = "/cases/{id}/uploads", tag = "uploads", params(("id" = String, Path)), responses((status = 201, body = UploadView)))]
pub async fn create(State(app): State<App>, person: Person, Key(case): Key<Case>) -> Result<Response, Problem> {
    app.open_case(case).await?;
    let upload = Upload {
        id: app.clock.new_id(),
        case,
        by: person.id(),
        begun: app.clock.now(),
        files: Vec::new(),
        job: None,
        study: None,
    };
    app.commit(&person, "", Vec::new(), vec![Work::Upload(upload.clone())]).await?;
    Ok((StatusCode::CREATED, Json(UploadView::from(&upload))).into_response())
}

/// What was received whole; only the rest need be sent.
#[utoipa::path(get, path = "/uploads/{id}", tag = "uploads", params(("id" = String, Path)), responses((status = 200, body = UploadView)))]
pub async fn read(State(app): State<App>, person: Person, Key(id): Key<Upload>) -> Result<Json<UploadView>, Problem> {
    Ok(Json(UploadView::from(&upload(&app, &person, id).await?)))
}

/// Which file.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// path within the folder, `/` between folders
    path: String,
}

/// Takes a file. It is acknowledged once it is on disk and noted; the same path again takes the place of the first.
#[utoipa::path(put, path = "/uploads/{id}/files", tag = "uploads",
    params(("id" = String, Path), Which, ("X-SHA256" = Option<String>, Header, description = "digest of the body; checked when given")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, body = FileView), (status = 413)))]
pub async fn receive(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Upload>,
    Asked(which): Asked<Which>,
    headers: HeaderMap,
    body: Raw,
) -> Result<Json<FileView>, Problem> {
    let upload = upload(&app, &person, id).await?;
    let path = which.path;
    let escapes = path.split(['/', '\\']).any(|part| part == "..");
    if path.is_empty() || path.len() > LONGEST_PATH || escapes || path.chars().any(char::is_control) {
        return Err(Problem::field(
            "path",
            "文件路径无效；请直接选择导出的文件夹。",
            "this is no path of a file within a folder; choose the exported folder itself",
        ));
    }
    open(&app, &upload).await?;
    if upload.files.len() >= MOST_FILES {
        return Err(Problem::refused(
            format!("一次最多上传 {MOST_FILES} 个文件；请只选择一次检查的文件夹。"),
            format!("an upload takes {MOST_FILES} files; choose the folder of one study"),
        ));
    }
    let kept = keep(&app, &headers, body, app.limits.request.file_bytes).await?;
    let file = StoredFile { path, content: kept.content, bytes: kept.bytes };
    app.store.receive(id, &file).await?;
    Ok(Json(FileView::from(&file)))
}

/// Refuses an upload whose import is under way or done.
async fn open(app: &App, upload: &Upload) -> Result<(), Problem> {
    let running = match upload.job {
        Some(job) => app.store.job(job).await?.is_some_and(|job| !job.progress.is_over()),
        None => false,
    };
    if running || upload.study.is_some() {
        return Err(Problem::refused(
            "此次上传已提交导入；如需补充文件请重新上传。",
            "this upload is being imported already; begin another",
        ));
    }
    Ok(())
}

/// Orders the import.
#[utoipa::path(post, path = "/uploads/{id}/complete", tag = "uploads", params(("id" = String, Path)), responses((status = 202, body = Ordered)))]
pub async fn complete(State(app): State<App>, person: Person, Key(id): Key<Upload>) -> Result<Response, Problem> {
    let upload = upload(&app, &person, id).await?;
    open(&app, &upload).await?;
    app.open_case(upload.case).await?;
    if upload.files.is_empty() {
        return Err(Problem::not_ready("还没有收到任何文件。", "no file was received yet"));
    }
    let job = worker::order(&app, Task::Import, id.to_string(), json!({ "case": upload.case }), person.id());
    let ordered = Ordered { job: job.id.to_string() };
    let noted = Upload { job: Some(job.id), ..upload };
    app.commit(&person, "", Vec::new(), vec![Work::Job(Box::new(job)), Work::Upload(noted)]).await?;
    app.jobs.ordered();
    Ok((StatusCode::ACCEPTED, Json(ordered)).into_response())
}
