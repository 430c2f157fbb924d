//! `dosewright serve`: the HTTP API and the browser application, from one process over one data folder.
//!
//! The tree reads like the requests: [`routes`] has a file for every noun, [`views`] the JSON that goes out, [`auth`] the door. Only this
//! room knows JSON shapes. What takes longer than a request is a job of [`crate::worker`].

pub mod assets;
pub mod auth;
pub mod extract;
pub mod files;
pub mod headers;
pub mod held;
pub mod limits;
pub mod logging;
pub mod metrics;
pub mod open;
pub mod openapi;
pub mod problem;
pub mod request_id;
pub mod routes;
pub mod views;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use records::Store;
use records::forms::Forms;
use store::Objects;
use tokio::sync::Mutex;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};

use crate::clock::Clock;
use crate::worker::Jobs;
use auth::password::Passwords;
use auth::throttle::Throttle;
use held::Held;
use limits::Limits;
use metrics::Metrics;
use open::Open;
use problem::{Problem, Slug};

/// Name and version of the program.
pub const SOFTWARE: &str = concat!("Dosewright ", env!("CARGO_PKG_VERSION"));

/// What every request has at hand.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What is behind an [`App`].
pub struct Inner {
    /// records
    pub store: Arc<dyn Store>,
    /// files
    pub objects: Arc<Objects>,
    /// the data folder
    pub data: PathBuf,
    /// time
    pub clock: Clock,
    /// limits
    pub limits: Limits,
    /// names of hosts that are ours, besides addresses and this machine
    pub hosts: Vec<String>,
    /// a proxy in front of us says who asks
    pub behind_proxy: bool,
    /// filled with made-up patients
    pub demo: bool,
    /// passwords
    pub passwords: Passwords,
    /// failed logins
    pub throttle: Throttle,
    /// counters
    pub metrics: Metrics,
    /// what workers and those who wait for them tell each other
    pub jobs: Jobs,
    /// studies and verifications that people look at
    pub open: Open,
    /// what can be filled in
    pub forms: Forms,
    /// held while the first account is made
    pub setup: Mutex<()>,
    /// held while cases are sent to the province, answered or brought in: what was looked at is still so when it is written
    pub exchange: Mutex<()>,
    /// tables that people are about to bring in
    pub held: Held,
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// How a server is set up.
pub struct Config {
    /// the data folder
    pub data: PathBuf,
    /// time
    pub clock: Clock,
    /// limits
    pub limits: Limits,
    /// names of hosts that are ours
    pub hosts: Vec<String>,
    /// a proxy in front of us says who asks
    pub behind_proxy: bool,
    /// filled with made-up patients
    pub demo: bool,
    /// what can be filled in, the hospital's own forms included
    pub forms: Forms,
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When the cost of passwords is none that argon2 knows.
    pub fn new(store: Arc<dyn Store>, objects: Arc<Objects>, config: Config) -> Result<Self, String> {
        Ok(Self(Arc::new(Inner {
            store,
            objects,
            passwords: Passwords::new(&config.limits.password)?,
            throttle: Throttle::new(config.limits.throttle.clone()),
            metrics: Metrics::default(),
            jobs: Jobs::new(),
            open: Open::default(),
            setup: Mutex::new(()),
            exchange: Mutex::new(()),
            held: Held::default(),
            data: config.data,
            clock: config.clock,
            limits: config.limits,
            hosts: config.hosts,
            behind_proxy: config.behind_proxy,
            demo: config.demo,
            forms: config.forms,
        })))
    }
}

/// Everything that is answered.
pub fn router(app: &App) -> Router {
    let api = routes::router(app)
        .fallback(nowhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(app.limits.request.json_bytes));
    Router::new()
        .nest(routes::BASE, api)
        .route("/api/openapi.json", get(openapi::document))
        .route("/healthz", get(health))
        .route("/metrics", get(metrics_text))
        .route("/api/{*path}", axum::routing::any(nowhere))
        .fallback(assets::serve)
        .layer(
            CompressionLayer::new().compress_when(
                DefaultPredicate::new()
                    .and(NotForContentType::const_new(routes::workspace::PIXELS))
                    // these are packed already
                    .and(NotForContentType::const_new("application/zip"))
                    .and(NotForContentType::const_new(
                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    )),
            ),
        )
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Problem::failed("a defect: the request panicked").into_response()
        }))
        .layer(from_fn_with_state(app.clone(), headers::origin))
        .layer(from_fn(headers::security))
        .layer(from_fn_with_state(app.clone(), request_id::layer))
        .with_state(app.clone())
}

async fn nowhere() -> Problem {
    Problem::new(Slug::NotFound, "没有这个网址；请核对。", "there is nothing at this address; check it")
}

async fn wrong_method() -> Problem {
    Problem::new(Slug::Method, "此网址不支持该操作。", "this address does not know that method")
}

/// Whether the database and the folder of files answer.
async fn health(State(app): State<App>) -> Response {
    let folder = tokio::fs::metadata(&app.data).await;
    match (app.store.ping().await, folder) {
        (Ok(()), Ok(_)) => "ok\n".into_response(),
        (Err(error), _) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
        (_, Err(error)) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("the data folder does not answer: {error}\n")).into_response()
        }
    }
}

async fn metrics_text(State(app): State<App>) -> Result<Response, Problem> {
    let text = app.metrics.text(app.store.open_jobs().await?.len());
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
