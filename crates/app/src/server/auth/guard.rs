//! The door of every route.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use records::store::Session;
use records::{Account, Action, Hospital, Id, Role};

use super::scope::Noun;
use super::session::{Token, is_open, is_stale, same};
use crate::server::App;
use crate::server::problem::{Problem, Slug};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// anybody: what one sees before logging in
    Anyone,
    /// whoever is logged in
    Person,
    /// whoever may do this
    May(Action),
    /// whoever may do one of these; the route itself decides between them
    MayOne(&'static [Action]),
}

impl Access {
    /// Whether somebody with these roles comes through; roles stand for a person who is logged in.
    pub fn allows(self, roles: &[Role]) -> bool {
        match self {
            Self::Anyone | Self::Person => true,
            Self::May(action) => action.allowed(roles),
            Self::MayOne(actions) => actions.iter().any(|action| action.allowed(roles)),
        }
    }

    /// Its name in the golden table.
    pub fn name(self) -> String {
        match self {
            Self::Anyone => "anyone".to_owned(),
            Self::Person => "logged in".to_owned(),
            Self::May(action) => action.name().to_owned(),
            Self::MayOne(actions) => actions.iter().map(|action| action.name()).collect::<Vec<_>>().join(" or "),
        }
    }
}

/// Who asks: an account with an open session.
#[derive(Debug, Clone)]
pub struct Person {
    /// the account
    pub account: Account,
    /// the session
    pub session: Session,
    /// what changes must bear
    pub csrf: String,
}

impl Person {
    /// Whose records are changed.
    pub fn id(&self) -> Id<Account> {
        self.account.id
    }

    /// The hospitals whose records the person sees; empty means all.
    pub fn hospitals(&self) -> &[Id<Hospital>] {
        &self.account.hospitals
    }

    /// Refuses what the person may not do.
    ///
    /// # Errors
    /// A `forbidden` problem.
    pub fn must(&self, action: Action) -> Result<(), Problem> {
        if action.allowed(&self.account.roles) { Ok(()) } else { Err(Problem::forbidden(action.name())) }
    }
}

impl FromRequestParts<App> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match parts.extensions.get::<Self>() {
            Some(person) => Ok(person.clone()),
            None => person(app, &parts.headers).await,
        }
    }
}

fn not_logged_in() -> Problem {
    Problem::new(
        Slug::NotLoggedIn,
        "尚未登录，或登录已过期；请重新登录。",
        "nobody is logged in, or the login has ended; log in again",
    )
}

/// The person of a request's cookie.
async fn person(app: &App, headers: &HeaderMap) -> Result<Person, Problem> {
    let token = Token::of(headers).ok_or_else(not_logged_in)?;
    let now = app.clock.now();
    let mut session = app.store.session(token.digest()).await?.ok_or_else(not_logged_in)?;
    if !is_open(&session, now, &app.limits.session) {
        app.store.end_session(session.token).await?;
        return Err(not_logged_in());
    }
    let account =
        app.store.account(session.account).await?.filter(|account| account.active).ok_or_else(not_logged_in)?;
    if is_stale(&session, now) {
        session.seen = now;
        app.store.put_session(&session).await?;
    }
    Ok(Person { account, session, csrf: token.csrf() })
}

/// Lets through who may, to what belongs to the person's hospitals; changes must bear the session's token.
pub async fn guard(
    State((app, access, noun)): State<(App, Access, Noun)>,
    mut request: Request,
    next: Next,
) -> Response {
    if access == Access::Anyone {
        return next.run(request).await;
    }
    let person = match person(&app, request.headers()).await {
        Ok(person) => person,
        Err(problem) => return problem.into_response(),
    };
    if !access.allows(&person.account.roles) {
        return Problem::forbidden(&access.name()).into_response();
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let given = request.headers().get("x-csrf-token").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if changes && !same(given, &person.csrf) {
        return Problem::new(
            Slug::Csrf,
            "请求缺少或带有错误的 X-CSRF-Token；请刷新页面后重试。",
            "the request bears no or a wrong X-CSRF-Token; reload the page and try again",
        )
        .into_response();
    }
    if let Err(problem) = noun.must_be_of(&app, &person.account.hospitals, request.uri().path()).await {
        return problem.into_response();
    }
    request.extensions_mut().insert(person);
    next.run(request).await
}
