//! Live editing: [`study`] shows images and structures of a study, [`draft`] the seeds of a verification and what follows from them.

pub mod draft;
pub mod study;

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use image::section::View;
use records::Action;
use serde::Deserialize;

use super::{Route, get, post};
use crate::server::auth::Access;
use crate::server::problem::Problem;
use crate::workspace::views::Picture;

/// Media type of pixels: not compressed on the way, which would take longer than sending them.
pub const PIXELS: &str = "application/vnd.dosewright.pixels";

/// Its routes.
pub fn routes() -> Vec<Route> {
    let read = Access::May(Action::ReadCases);
    let edit = Access::May(Action::EditVerification);
    vec![
        get("/studies/{id}/volume", read, study::volume),
        get("/studies/{id}/slice", read, study::slice),
        get("/studies/{id}/outlines", read, study::outlines),
        get("/studies/{id}/mesh", read, study::mesh),
        get("/verifications/{id}/workspace", read, draft::open),
        post("/verifications/{id}/edits", edit, draft::edit),
        post("/verifications/{id}/seeds/from-plan", edit, draft::from_plan),
        get("/verifications/{id}/snap", edit, draft::snap),
        get("/verifications/{id}/dose/slice", read, draft::dose),
        get("/verifications/{id}/export/seeds.csv", Access::May(Action::FetchResults), draft::export),
    ]
}

/// Which way one looks.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// from the feet
    Axial,
    /// from the left
    Sagittal,
    /// from the front
    Coronal,
}

impl From<Look> for View {
    fn from(look: Look) -> Self {
        match look {
            Look::Axial => Self::Axial,
            Look::Sagittal => Self::Sagittal,
            Look::Coronal => Self::Coronal,
        }
    }
}

/// Pixels as bytes, and where they lie in headers.
fn pixels<T: Copy>(picture: &Picture<T>, bytes: impl FnMut(T) -> Vec<u8>) -> Result<Response, Problem> {
    let body: Vec<u8> = picture.values.iter().copied().flat_map(bytes).collect();
    let list = |values: &[f64]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let [columns, rows] = picture.size;
    let text = |value: String| HeaderValue::from_str(&value).map_err(Problem::failed);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(PIXELS)),
        // images of a patient stay out of the disks of whatever computer shows them
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (HeaderName::from_static("x-size"), text(format!("{columns},{rows}"))?),
        (HeaderName::from_static("x-pixel-mm"), text(list(&picture.pixel_mm))?),
        (HeaderName::from_static("x-origin-mm"), text(list(&picture.origin))?),
        (HeaderName::from_static("x-u"), text(list(&picture.axes[0]))?),
        (HeaderName::from_static("x-v"), text(list(&picture.axes[1]))?),
    ];
    Ok((headers, Bytes::from(body)).into_response())
}
