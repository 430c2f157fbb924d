//! The routes, one file a noun; each file lists its own with who may use them.

pub mod accounts;
pub mod audit;
pub mod cases;
pub mod documents;
pub mod exports;
pub mod imports;
pub mod indicators;
pub mod jobs;
pub mod norms;
pub mod province;
pub mod reference;
pub mod register;
pub mod session;
pub mod setup;
pub mod studies;
pub mod today;
pub mod uploads;
pub mod verifications;
pub mod way;
pub mod workspace;

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};

use super::App;
use super::auth::Access;
use super::auth::guard::guard;
use super::auth::scope::Noun;

/// Below this all routes lie.
pub const BASE: &str = "/api/v1";

/// A route: what is asked, who may, and who answers.
pub struct Route {
    /// `GET`, `POST`…
    pub method: &'static str,
    /// path below [`BASE`]
    pub path: &'static str,
    /// who may
    pub access: Access,
    answers: MethodRouter<App>,
}

/// A route that reads.
pub fn get<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    Route { method: "GET", path, access, answers: on(MethodFilter::GET, handler) }
}

/// A route that makes something or has something done.
pub fn post<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    Route { method: "POST", path, access, answers: on(MethodFilter::POST, handler) }
}

/// A route that puts a file in place.
pub fn put<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    Route { method: "PUT", path, access, answers: on(MethodFilter::PUT, handler) }
}

/// A route that changes something.
pub fn patch<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    Route { method: "PATCH", path, access, answers: on(MethodFilter::PATCH, handler) }
}

/// A route that ends something.
pub fn delete<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    Route { method: "DELETE", path, access, answers: on(MethodFilter::DELETE, handler) }
}

/// Every route of the API.
pub fn all() -> Vec<Route> {
    [
        setup::routes(),
        session::routes(),
        accounts::routes(),
        cases::routes(),
        documents::routes(),
        uploads::routes(),
        studies::routes(),
        verifications::routes(),
        workspace::routes(),
        jobs::routes(),
        audit::routes(),
        reference::routes(),
        register::routes(),
        norms::routes(),
        indicators::routes(),
        exports::routes(),
        province::routes(),
        imports::routes(),
        today::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The API: every route behind its guard.
pub fn router(app: &App) -> Router<App> {
    all().into_iter().fold(Router::new(), |router, route| {
        let answers =
            route.answers.route_layer(from_fn_with_state((app.clone(), route.access, Noun::of(route.path)), guard));
        router.route(route.path, answers)
    })
}
