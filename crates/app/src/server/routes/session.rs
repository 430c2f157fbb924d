//! Logging in and out.

use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use records::{Account, Change, Commit, Id};
use serde::Deserialize;
use std::net::SocketAddr;
use utoipa::ToSchema;

use super::{Route, delete, get, post};
use crate::server::App;
use crate::server::auth::session::{Token, begin, is_secure, no_cookie};
use crate::server::auth::throttle::Who;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Body, text};
use crate::server::problem::{Problem, Slug};
use crate::server::views::account::SessionView;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        post("/session", Access::Anyone, log_in),
        get("/session", Access::Person, read),
        delete("/session", Access::Person, log_out),
        post("/session/password", Access::Person, change_password),
    ]
}

/// Where a request comes from: the peer, or what the proxy in front of us says.
pub struct Address(pub String);

impl FromRequestParts<App> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string());
        // the last one is the proxy's own word; those before anybody could have written
        let told =
            text(&parts.headers, "x-forwarded-for").rsplit(',').next().map(str::trim).filter(|one| !one.is_empty());
        Ok(Self(match told {
            Some(address) if app.behind_proxy => address.to_owned(),
            _ => peer.unwrap_or_default(),
        }))
    }
}

/// A login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    login: String,
    password: String,
}

/// Opens a session of an account: its cookie, and the token that changes must bear.
pub async fn open(app: &App, account: Id<Account>, headers: &HeaderMap) -> Result<(HeaderValue, String), Problem> {
    let token = Token::drawn();
    app.store.put_session(&begin(&token, account, app.clock.now(), &app.limits.session)).await?;
    let cookie = token.cookie(is_secure(headers)).ok_or_else(|| Problem::failed("the cookie cannot be written"))?;
    Ok((cookie, token.csrf()))
}

/// Too many failed attempts.
pub fn throttled(seconds: u64) -> Problem {
    Problem {
        retry_after: Some(seconds),
        ..Problem::new(
            Slug::Throttled,
            format!("密码输错次数过多，请 {seconds} 秒后再试；忘记密码请联系管理员。"),
            format!("too many wrong passwords; try again in {seconds} s, or ask the administrator for a new one"),
        )
    }
}

/// Logs in.
#[utoipa::path(post, path = "/session", tag = "session", request_body = Login, responses(
    (status = 200, body = SessionView), (status = 401, description = "wrong-password"),
    (status = 429, description = "throttled, with Retry-After")))]
pub async fn log_in(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Body(given): Body<Login>,
) -> Result<Response, Problem> {
    let login = Account::normal_login(&given.login);
    let who = [Who::Login(login.chars().take(60).collect()), Who::Address(address)];
    if let Some(seconds) = app.throttle.wait(&who, app.clock.now()) {
        return Err(throttled(seconds));
    }
    let found = app.store.account_by_login(&login).await?;
    let hash = found.as_ref().map(|(_, credential)| credential.hash.as_str());
    let right = app.passwords.verify(&given.password, hash).await?;
    let Some((account, _)) = found.filter(|(account, _)| right && account.active) else {
        app.throttle.failed(&who, app.clock.now());
        return Err(Problem::new(
            Slug::WrongPassword,
            "登录名或密码不正确，或账号已停用；请核对后重试。",
            "login name and password do not belong together, or the account is closed; check them and try again",
        ));
    };
    app.throttle.succeeded(&login);
    // a session that the browser had before ends: nobody goes on under another's
    if let Some(earlier) = Token::of(&headers) {
        app.store.end_session(earlier.digest()).await?;
    }
    app.store.forget_sessions(app.clock.now()).await?;
    let (cookie, csrf) = open(&app, account.id, &headers).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(SessionView::new(&account, csrf))).into_response())
}

/// Who is logged in.
#[utoipa::path(get, path = "/session", tag = "session", responses((status = 200, body = SessionView), (status = 401)))]
pub async fn read(person: Person) -> Json<SessionView> {
    Json(SessionView::new(&person.account, person.csrf))
}

/// Logs out.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204)))]
pub async fn log_out(State(app): State<App>, person: Person) -> Result<Response, Problem> {
    app.store.end_session(person.session.token).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, no_cookie())]).into_response())
}

/// A new password for oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnPassword {
    old: String,
    new: String,
}

/// Checks the password of the person who is logged in, once more.
///
/// # Errors
/// When it is wrong, or was wrong too often.
pub async fn confirm(app: &App, person: &Person, password: &str) -> Result<(), Problem> {
    let who = [Who::Login(person.account.login.clone())];
    if let Some(seconds) = app.throttle.wait(&who, app.clock.now()) {
        return Err(throttled(seconds));
    }
    let kept = app.store.credential(person.id()).await?;
    if app.passwords.verify(password, kept.as_ref().map(|one| one.hash.as_str())).await? {
        app.throttle.succeeded(&person.account.login);
        return Ok(());
    }
    app.throttle.failed(&who, app.clock.now());
    Err(Problem::new(Slug::WrongPassword, "密码不正确，请重新输入。", "the password is wrong; enter it again"))
}

/// Changes one's own password; the person's other sessions end.
#[utoipa::path(post, path = "/session/password", tag = "session", request_body = OwnPassword,
    responses((status = 204), (status = 401, description = "wrong-password")))]
pub async fn change_password(
    State(app): State<App>,
    person: Person,
    Body(given): Body<OwnPassword>,
) -> Result<StatusCode, Problem> {
    confirm(&app, &person, &given.old).await?;
    Account::check_password(&given.new)?;
    let hash = app.passwords.hash(&given.new).await?;
    let changes = vec![Change::SetPassword { account: person.id(), hash }];
    app.commit(&person, "", changes, Vec::new()).await?;
    app.store.end_sessions_of(person.id(), Some(person.session.token)).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl App {
    /// Writes changes of a person, now.
    ///
    /// # Errors
    /// As [`records::Store::commit`].
    pub async fn commit(
        &self,
        person: &Person,
        why: &str,
        changes: Vec<Change>,
        work: Vec<records::change::Work>,
    ) -> Result<(), records::StoreError> {
        let commit = Commit { who: Some(person.id()), at: self.clock.now(), why: why.to_owned(), changes, work };
        self.store.commit(commit).await.map(drop)
    }
}
