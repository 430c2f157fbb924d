//! Hospitals.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use records::{Action, Change, Hospital, Id, Item};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::server::App;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Body, IfMatch, Key, Versioned, reason};
use crate::server::problem::Problem;
use crate::server::routes::{Route, get, patch, post};
use crate::server::views::register::{HospitalView, Hospitals};

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/hospitals", Access::Person, list),
        post("/hospitals", Access::May(Action::EditRegister), create),
        patch("/hospitals/{id}", Access::May(Action::EditRegister), edit),
    ]
}

/// The hospitals that the person belongs to; all where none is named.
#[utoipa::path(get, path = "/hospitals", tag = "register", responses((status = 200, body = Hospitals)))]
pub async fn list(State(app): State<App>, person: Person) -> Result<Json<Hospitals>, Problem> {
    let own = person.hospitals();
    let all = app.store.hospitals().await?;
    let rows = all.iter().filter(|one| own.is_empty() || own.contains(&one.id)).map(HospitalView::from).collect();
    Ok(Json(Hospitals { rows }))
}

/// A new hospital.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHospital {
    /// the code it is registered under
    code: String,
    name: String,
}

/// Enters a hospital. Only who belongs to none named may: a hospital's own people do not add others.
#[utoipa::path(post, path = "/hospitals", tag = "register", request_body = NewHospital, responses((status = 201, body = HospitalView)))]
pub async fn create(State(app): State<App>, person: Person, Body(new): Body<NewHospital>) -> Result<Response, Problem> {
    if !person.hospitals().is_empty() {
        return Err(Problem::forbidden(Action::EditRegister.name()));
    }
    let hospital = Hospital {
        id: app.clock.new_id(),
        version: 1,
        code: new.code.trim().to_owned(),
        name: new.name.trim().to_owned(),
        active: true,
        created: app.clock.now(),
    };
    app.commit(&person, "", vec![Change::Create(Item::Hospital(hospital.clone()))], Vec::new()).await?;
    Ok((StatusCode::CREATED, Versioned(1, HospitalView::from(&hospital))).into_response())
}

/// A change of a hospital.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HospitalPatch {
    code: Option<String>,
    name: Option<String>,
    active: Option<bool>,
    /// the reason
    why: String,
}

/// Changes a hospital.
#[utoipa::path(patch, path = "/hospitals/{id}", tag = "register", params(("id" = String, Path)), request_body = HospitalPatch,
    responses((status = 200, body = HospitalView), (status = 412), (status = 428)))]
pub async fn edit(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Hospital>,
    version: IfMatch,
    Body(patch): Body<HospitalPatch>,
) -> Result<Versioned<HospitalView>, Problem> {
    let why = reason(&patch.why)?;
    let before = hospital(&app, id).await?;
    version.must_be(before.version)?;
    let mut after = Hospital { version: before.version + 1, ..before.clone() };
    if let Some(code) = patch.code {
        code.trim().clone_into(&mut after.code);
    }
    if let Some(name) = patch.name {
        name.trim().clone_into(&mut after.name);
    }
    after.active = patch.active.unwrap_or(after.active);
    let changes = vec![Change::Replace { before: Item::Hospital(before), after: Item::Hospital(after.clone()) }];
    app.commit(&person, &why, changes, Vec::new()).await?;
    Ok(Versioned(after.version, HospitalView::from(&after)))
}

/// One hospital.
///
/// # Errors
/// When it is not there.
pub async fn hospital(app: &App, id: Id<Hospital>) -> Result<Hospital, Problem> {
    let all = app.store.hospitals().await?;
    all.into_iter().find(|one| one.id == id).ok_or_else(|| Problem::not_found("家医院", "hospital"))
}
