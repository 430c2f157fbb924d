//! Accounts.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use records::{Account, Action, Change, Hospital, Id, Item, Role};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Route, get, patch, post};
use crate::server::App;
use crate::server::auth::scope::is_seen_by;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Body, IfMatch, Key, Versioned, reason};
use crate::server::problem::Problem;
use crate::server::views::account::{AccountView, Accounts};

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/accounts", Access::May(Action::ReadAccounts), list),
        post("/accounts", Access::May(Action::EditAccounts), create),
        patch("/accounts/{id}", Access::May(Action::EditAccounts), edit),
        post("/accounts/{id}/password", Access::May(Action::EditAccounts), set_password),
    ]
}

/// Accounts, by login name: of the hospitals that the person belongs to, and of who works for all.
#[utoipa::path(get, path = "/accounts", tag = "accounts", responses((status = 200, body = Accounts)))]
pub async fn list(State(app): State<App>, person: Person) -> Result<Json<Accounts>, Problem> {
    let own = person.hospitals();
    let mut all = app.store.accounts().await?;
    all.retain(|one| is_seen_by(one, own));
    for one in all.iter_mut().filter(|_| !own.is_empty()) {
        one.hospitals.retain(|id| own.contains(id));
    }
    Ok(Json(Accounts { rows: all.iter().map(AccountView::from).collect() }))
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    login: String,
    name: String,
    /// `physician`, `physicist`, `custodian`, `quality`, `administrator`
    roles: Vec<String>,
    /// hospitals whose records the person sees; empty means all, which only who sees all may give
    #[serde(default)]
    hospitals: Vec<String>,
    password: String,
}

/// The hospitals of an account that somebody makes or changes: who belongs to some gives no more than those, and not none, which is all.
async fn hospitals(app: &App, person: &Person, ids: &[String]) -> Result<Vec<Id<Hospital>>, Problem> {
    let own = person.hospitals();
    if !own.is_empty() && ids.is_empty() {
        let (zh, en) = ("请选择医院：只能是您所属的医院。", "choose hospitals: yours only");
        return Err(Problem::field("hospitals", zh, en));
    }
    let unknown = || Problem::field("hospitals", "没有这家医院。", "there is no such hospital");
    let there = app.store.hospitals().await?;
    let mut found: Vec<Id<Hospital>> = Vec::with_capacity(ids.len());
    for id in ids {
        let id = id.parse().map_err(|_| unknown())?;
        if !there.iter().any(|one| one.id == id) || !(own.is_empty() || own.contains(&id)) {
            return Err(unknown());
        }
        found.push(id);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn roles(names: &[String]) -> Result<Vec<Role>, Problem> {
    let mut roles = Vec::with_capacity(names.len());
    for name in names {
        let role: Role = name.parse().map_err(|error: records::account::NotARole| {
            Problem::field("roles", "没有这个角色；可选：医师、医学物理师、源管理员、质控、管理员。", error.to_string())
        })?;
        roles.push(role);
    }
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}

/// Makes an account.
#[utoipa::path(post, path = "/accounts", tag = "accounts", request_body = NewAccount, responses((status = 201, body = AccountView)))]
pub async fn create(State(app): State<App>, person: Person, Body(new): Body<NewAccount>) -> Result<Response, Problem> {
    let account = Account {
        id: app.clock.new_id(),
        version: 1,
        login: Account::normal_login(&new.login),
        name: new.name.trim().to_owned(),
        roles: roles(&new.roles)?,
        hospitals: hospitals(&app, &person, &new.hospitals).await?,
        active: true,
        created: app.clock.now(),
    };
    account.check()?;
    Account::check_password(&new.password)?;
    let hash = app.passwords.hash(&new.password).await?;
    let changes =
        vec![Change::Create(Item::Account(account.clone())), Change::SetPassword { account: account.id, hash }];
    app.commit(&person, "", changes, Vec::new()).await?;
    Ok((StatusCode::CREATED, Versioned(1, AccountView::from(&account))).into_response())
}

/// A change of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountPatch {
    name: Option<String>,
    roles: Option<Vec<String>>,
    hospitals: Option<Vec<String>>,
    active: Option<bool>,
    /// the reason
    why: String,
}

/// Changes an account. Closing it or taking roles away ends its sessions' power at once.
#[utoipa::path(patch, path = "/accounts/{id}", tag = "accounts", params(("id" = String, Path)), request_body = AccountPatch,
    responses((status = 200, body = AccountView), (status = 412), (status = 428)))]
pub async fn edit(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Account>,
    version: IfMatch,
    Body(patch): Body<AccountPatch>,
) -> Result<Versioned<AccountView>, Problem> {
    let why = reason(&patch.why)?;
    let before = app.store.account(id).await?.ok_or_else(|| Problem::not_found("个账号", "account"))?;
    version.must_be(before.version)?;
    let mut after = Account { version: before.version + 1, ..before.clone() };
    if let Some(name) = patch.name {
        name.trim().clone_into(&mut after.name);
    }
    if let Some(names) = &patch.roles {
        after.roles = roles(names)?;
    }
    if let Some(ids) = &patch.hospitals {
        after.hospitals = hospitals(&app, &person, ids).await?;
    }
    after.active = patch.active.unwrap_or(after.active);
    after.check()?;
    let rules = |account: &Account| account.active && account.is(Role::Administrator);
    if rules(&before) && !rules(&after) && app.store.accounts().await?.iter().filter(|one| rules(one)).count() < 2 {
        return Err(Problem::refused(
            "这是最后一个管理员账号，不能停用或去掉管理员角色；请先设置另一位管理员。",
            "this is the last administrator; make another one before this account is closed or loses the role",
        ));
    }
    let changes = vec![Change::Replace { before: Item::Account(before), after: Item::Account(after.clone()) }];
    app.commit(&person, &why, changes, Vec::new()).await?;
    if !after.active {
        app.store.end_sessions_of(id, None).await?;
    }
    Ok(Versioned(after.version, AccountView::from(&after)))
}

/// A password given by the administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenPassword {
    password: String,
    /// the reason
    why: String,
}

/// Sets an account's password and ends its sessions.
#[utoipa::path(post, path = "/accounts/{id}/password", tag = "accounts", params(("id" = String, Path)), request_body = GivenPassword,
    responses((status = 204)))]
pub async fn set_password(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Account>,
    Body(given): Body<GivenPassword>,
) -> Result<StatusCode, Problem> {
    let why = reason(&given.why)?;
    let account = app.store.account(id).await?.ok_or_else(|| Problem::not_found("个账号", "account"))?;
    Account::check_password(&given.password)?;
    let hash = app.passwords.hash(&given.password).await?;
    app.commit(&person, &why, vec![Change::SetPassword { account: id, hash }], Vec::new()).await?;
    app.store.end_sessions_of(id, Some(person.session.token).filter(|_| id == person.id())).await?;
    app.throttle.succeeded(&account.login);
    Ok(StatusCode::NO_CONTENT)
}
