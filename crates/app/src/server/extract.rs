//! Parts of requests, refused with problems that say what to do.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, http};
use records::Id;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::App;
use super::problem::{Problem, Slug};

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, app).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Problem::new(Slug::TooLarge, "请求内容过大。", "the request is too large"))
            }
            Err(rejection) => {
                let why = rejection.body_text();
                Err(Problem::invalid(
                    format!("请求内容无法识别，请核对各项的格式：{why}"),
                    format!("the request cannot be read, check the form of its values: {why}"),
                ))
            }
        }
    }
}

/// The identifier in the path.
pub struct Key<T>(pub Id<T>);

impl<T> FromRequestParts<App> for Key<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let nothing = || Problem::not_found("项内容", "thing");
        let Path(text) = Path::<String>::from_request_parts(parts, app).await.map_err(|_| nothing())?;
        text.parse().map(Self).map_err(|_| nothing())
    }
}

/// The query.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Query::<T>::from_request_parts(parts, app).await.map(|Query(asked)| Self(asked)).map_err(|rejection| {
            let why = rejection.body_text();
            Problem::invalid(
                format!("网址中的查询条件无法识别：{why}"),
                format!("the query of the address cannot be read: {why}"),
            )
        })
    }
}

/// The version that a change was made from: `If-Match: "v3"`.
pub struct IfMatch(pub u32);

impl FromRequestParts<App> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Problem> {
        let missing = || {
            Problem::new(
                Slug::VersionMissing,
                "请求缺少 If-Match；请重新载入后再改。",
                "the request lacks If-Match with the version that was changed; load it again, then change it",
            )
        };
        let value = parts.headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok()).ok_or_else(missing)?;
        let version = value.trim().trim_start_matches("W/").trim_matches('"').trim_start_matches('v');
        version.parse().map(Self).map_err(|_| Problem::conflict())
    }
}

impl IfMatch {
    /// Refuses a change of another version than the one that is there.
    ///
    /// # Errors
    /// A `conflict` problem.
    pub fn must_be(&self, version: u32) -> Result<(), Problem> {
        if self.0 == version { Ok(()) } else { Err(Problem::conflict()) }
    }
}

/// An answer with the `ETag` of its version.
pub struct Versioned<T>(pub u32, pub T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.1).into_response();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"v{}\"", self.0)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// A field of a PATCH that tells `null` (empty it) from nothing (leave it); it needs `#[serde(default)]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// leave it
    #[default]
    Absent,
    /// empty it, or set it
    Is(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Is)
    }
}

/// A header as text; empty when it is not there.
pub fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A reason in a person's words, which an irreversible step needs.
///
/// # Errors
/// When it is missing or longer than 500 characters.
pub fn reason(why: &str) -> Result<String, Problem> {
    let why = why.trim();
    match why.chars().count() {
        0 => Err(Problem::field("why", "请填写理由。", "give a reason")),
        1..=500 => Ok(why.to_owned()),
        _ => Err(Problem::field("why", "理由过长（至多 500 字）。", "the reason is longer than 500 characters")),
    }
}
