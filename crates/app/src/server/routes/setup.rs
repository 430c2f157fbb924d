//! The first run.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use records::{Account, Change, Commit, Item, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::session::open;
use super::{Route, get, post};
use crate::server::App;
use crate::server::auth::Access;
use crate::server::extract::Body;
use crate::server::problem::Problem;
use crate::server::views::account::SessionView;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![get("/setup", Access::Anyone, read), post("/setup", Access::Anyone, create)]
}

/// What one may know before logging in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Setup {
    /// no account exists yet: the first is to be made
    first_run: bool,
    /// name and version
    software: String,
    /// languages of the interface
    languages: [&'static str; 2],
    /// filled with made-up patients
    demo: bool,
}

/// What one may know before logging in.
#[utoipa::path(get, path = "/setup", tag = "setup", responses((status = 200, body = Setup)))]
pub async fn read(State(app): State<App>) -> Result<Json<Setup>, Problem> {
    let first_run = app.store.accounts().await?.is_empty();
    Ok(Json(Setup { first_run, software: super::super::SOFTWARE.to_owned(), languages: ["zh", "en"], demo: app.demo }))
}

/// The first account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstAccount {
    login: String,
    name: String,
    password: String,
}

/// Makes the first account, an administrator, and logs it in; only while no account exists.
#[utoipa::path(post, path = "/setup", tag = "setup", request_body = FirstAccount,
    responses((status = 201, body = SessionView), (status = 409, description = "an account exists already")))]
pub async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Body(first): Body<FirstAccount>,
) -> Result<Response, Problem> {
    let _one_at_a_time = app.setup.lock().await;
    if !app.store.accounts().await?.is_empty() {
        return Err(Problem::refused(
            "已有账号，首次设置已完成；请登录。",
            "an account exists already, the first run is over; log in",
        ));
    }
    let account = Account {
        id: app.clock.new_id(),
        version: 1,
        login: Account::normal_login(&first.login),
        name: first.name.trim().to_owned(),
        roles: vec![Role::Administrator],
        hospitals: Vec::new(),
        active: true,
        created: app.clock.now(),
    };
    account.check()?;
    Account::check_password(&first.password)?;
    let hash = app.passwords.hash(&first.password).await?;
    let id = account.id;
    let changes = vec![Change::Create(Item::Account(account.clone())), Change::SetPassword { account: id, hash }];
    app.store.commit(Commit { who: None, at: app.clock.now(), why: String::new(), changes, work: Vec::new() }).await?;
    let (cookie, csrf) = open(&app, id, &headers).await?;
    let body = Json(SessionView::new(&account, csrf));
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], body).into_response())
}
