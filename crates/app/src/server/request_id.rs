//! The number of a request: in its answer, in every problem and in every line of the log about it.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tracing::{error, info, warn};

use super::App;
use super::problem::Told;

tokio::task_local! {
    static CURRENT: String;
}

/// Of the request being answered; empty outside of one.
pub fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Numbers the request, answers it, and logs method, route, status and time. The log holds the route as we wrote it, never the path or
/// the query as they came, nor a header or a body: those may hold identities.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = app.clock.new_id::<()>().to_string();
    let method = request.method().as_str().to_owned();
    let route =
        request.extensions().get::<MatchedPath>().map_or("(unmatched)".to_owned(), |path| path.as_str().to_owned());
    let begun = Instant::now();
    let mut response = CURRENT.scope(id.clone(), next.run(request)).await;
    let took = begun.elapsed();
    let status = response.status().as_u16();
    app.metrics.request(&method, &route, status, took);
    let told = response.extensions_mut().remove::<Told>();
    let slug = told.as_ref().map_or("", |told| told.slug);
    let took_ms = took.as_secs_f64() * 1e3;
    match told.as_ref().and_then(|told| told.cause.as_deref()) {
        Some(cause) => error!(request = id, method, route, status, slug, took_ms, cause, "failed"),
        None if status >= 500 => error!(request = id, method, route, status, slug, took_ms, "failed"),
        None if matches!(slug, "csrf" | "throttled") => {
            warn!(request = id, method, route, status, slug, took_ms, "refused");
        }
        None => info!(request = id, method, route, status, slug, took_ms, "answered"),
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}
