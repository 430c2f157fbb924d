//! Papers of a case.

use axum::body::Body as Raw;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use records::{Action, Case, Change, Document, Id, Item, Kind};
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::{Route, get, patch, post};
use crate::clock::{hex, random};
use crate::server::App;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Asked, Body, IfMatch, Key, Versioned, reason, text};
use crate::server::files::{hand_out, keep};
use crate::server::problem::Problem;
use crate::server::views::Names;
use crate::server::views::study::DocumentView;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        post("/cases/{id}/documents", Access::May(Action::EditDocuments), create),
        get("/documents/{id}/content", Access::May(Action::ReadCases), content),
        patch("/documents/{id}", Access::May(Action::EditDocuments), edit),
    ]
}

/// Kinds of papers.
const KINDS: [&str; 5] = ["consent", "operation", "pathology", "plan", "other"];

/// What a paper is.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct What {
    /// `consent`, `operation`, `pathology`, `plan` or `other`
    kind: String,
    /// what people call it
    #[serde(default)]
    title: String,
    /// name of the file
    #[serde(default)]
    file_name: String,
}

/// Attaches a paper; the body is the file, `Content-Type` its type.
#[utoipa::path(post, path = "/cases/{id}/documents", tag = "documents", params(("id" = String, Path), What),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = DocumentView), (status = 413)))]
pub async fn create(
    State(app): State<App>,
    person: Person,
    Key(case): Key<Case>,
    Asked(what): Asked<What>,
    headers: HeaderMap,
    body: Raw,
) -> Result<Response, Problem> {
    app.open_case(case).await?;
    if !KINDS.contains(&what.kind.as_str()) {
        return Err(Problem::field(
            "kind",
            "文件类别须为 consent、operation、pathology、plan 或 other。",
            "the kind is consent, operation, pathology, plan or other",
        ));
    }
    let short = |given: &str, most: usize| {
        given.chars().filter(|c| !c.is_control()).take(most).collect::<String>().trim().to_owned()
    };
    let file_name = short(what.file_name.rsplit(['/', '\\']).next().unwrap_or_default(), 200);
    let kept = keep(&app, &headers, body, app.limits.request.document_bytes).await?;
    if kept.bytes == 0 {
        return Err(Problem::field("file", "文件是空的，请重新选择。", "the file is empty; choose another"));
    }
    let document = Document {
        id: app.clock.new_id(),
        version: 1,
        case,
        salt: hex(&random::<16>()),
        kind: what.kind,
        title: Some(short(&what.title, 200)).filter(|title| !title.is_empty()).unwrap_or_else(|| file_name.clone()),
        file_name,
        media_type: short(text(&headers, header::CONTENT_TYPE), 100),
        content: kept.content,
        bytes: kept.bytes,
        added_by: person.id(),
        added: app.clock.now(),
        withdrawn: false,
    };
    app.commit(&person, "", vec![Change::Create(Item::Document(document.clone()))], Vec::new()).await?;
    let names = Names::read(&*app.store).await?;
    Ok((StatusCode::CREATED, Versioned(1, DocumentView::new(&document, &names))).into_response())
}

async fn document(app: &App, id: Id<Document>) -> Result<Document, Problem> {
    app.store.document(id).await?.ok_or_else(|| Problem::not_found("份文件", "document"))
}

/// The file itself; that it was fetched is noted in the ledger.
#[utoipa::path(get, path = "/documents/{id}/content", tag = "documents", params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub async fn content(State(app): State<App>, person: Person, Key(id): Key<Document>) -> Result<Response, Problem> {
    let document = document(&app, id).await?;
    let answer = hand_out(&app, document.content, &document.file_name, &document.media_type, true).await?;
    let event = Change::Event {
        kind: Kind::Document,
        subject: id.to_string(),
        case: Some(document.case),
        what: "fetched".to_owned(),
        detail: json!({}),
    };
    app.commit(&person, "", vec![event], Vec::new()).await?;
    Ok(answer)
}

/// Withdraws something, or puts it back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// true to withdraw
    pub withdrawn: bool,
    /// the reason
    pub why: String,
}

/// Withdraws a paper, or puts it back.
#[utoipa::path(patch, path = "/documents/{id}", tag = "documents", params(("id" = String, Path)), request_body = Withdraw,
    responses((status = 200, body = DocumentView), (status = 412), (status = 428)))]
pub async fn edit(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Document>,
    version: IfMatch,
    Body(asked): Body<Withdraw>,
) -> Result<Versioned<DocumentView>, Problem> {
    let why = reason(&asked.why)?;
    let before = document(&app, id).await?;
    version.must_be(before.version)?;
    let after = Document { version: before.version + 1, withdrawn: asked.withdrawn, ..before.clone() };
    let changes = vec![Change::Replace { before: Item::Document(before), after: Item::Document(after.clone()) }];
    app.commit(&person, &why, changes, Vec::new()).await?;
    Ok(Versioned(after.version, DocumentView::new(&after, &Names::read(&*app.store).await?)))
}
