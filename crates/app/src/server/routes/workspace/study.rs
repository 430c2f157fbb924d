//! Images and structures of a study.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use image::study::Study;
use image::{ContourKind, Structure};
use records::StoredStudy;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Look, pixels};
use crate::server::App;
use crate::server::extract::{Asked, Key};
use crate::server::open::{ct, on_thread};
use crate::server::problem::Problem;
use crate::server::views::workspace::VolumeView;
use crate::workspace::views;

/// The structures drawn on the CT, none when there is no set or it is not clear which.
pub(super) fn structures(study: &Study) -> &[Structure] {
    study.ct().and_then(|ct| study.structure_set(ct)).map_or(&[], |set| set.structures.as_slice())
}

/// Size and place of the CT, and the structures drawn on it.
#[utoipa::path(get, path = "/studies/{id}/volume", tag = "workspace", params(("id" = String, Path)), responses((status = 200, body = VolumeView)))]
pub async fn volume(State(app): State<App>, Key(id): Key<StoredStudy>) -> Result<Json<VolumeView>, Problem> {
    let study = app.open_study(&app.study(id).await?).await?;
    Ok(Json(VolumeView::new(ct(&study)?, structures(&study))))
}

/// Which layer.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Layer {
    view: Look,
    /// index of the volume along the axis that the view scrolls
    at: usize,
    /// pixels per side at most, for a first glance
    max: Option<usize>,
}

fn no_layer() -> Problem {
    Problem::not_found("个层面", "layer")
}

/// One layer of the CT: little-endian 16-bit HU, rows from top to bottom; where it lies is in the headers.
#[utoipa::path(get, path = "/studies/{id}/slice", tag = "workspace", params(("id" = String, Path), Layer), responses((status = 200, content_type = "application/vnd.dosewright.pixels"), (status = 404)))]
pub async fn slice(
    State(app): State<App>,
    Key(id): Key<StoredStudy>,
    Asked(layer): Asked<Layer>,
) -> Result<Response, Problem> {
    let study = app.open_study(&app.study(id).await?).await?;
    let picture =
        on_thread(move || Ok(ct(&study).map(|ct| views::layer(ct, layer.view.into(), layer.at, layer.max)))).await??;
    pixels(&picture.ok_or_else(no_layer)?, |value| value.to_le_bytes().to_vec())
}

/// A structure's lines on a layer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outline {
    /// ROI number
    number: i32,
    /// closed lines, mm to the right and downwards from the centre of the layer's first pixel
    lines: Vec<Vec<[f64; 2]>>,
}

/// Lines of all structures on a layer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outlines {
    structures: Vec<Outline>,
}

/// Where the structures cut a layer.
#[utoipa::path(get, path = "/studies/{id}/outlines", tag = "workspace", params(("id" = String, Path), Layer), responses((status = 200, body = Outlines)))]
pub async fn outlines(
    State(app): State<App>,
    Key(id): Key<StoredStudy>,
    Asked(layer): Asked<Layer>,
) -> Result<Json<Outlines>, Problem> {
    let study = app.open_study(&app.study(id).await?).await?;
    let grid = ct(&study)?.grid.clone();
    let lines = on_thread(move || Ok(views::outlines(structures(&study), &grid, layer.view.into(), layer.at))).await?;
    Ok(Json(Outlines { structures: lines.into_iter().map(|(number, lines)| Outline { number, lines }).collect() }))
}

/// A structure in space.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rings {
    /// ROI number
    number: i32,
    /// its closed contours, patient coordinates, mm
    rings: Vec<Vec<[f64; 3]>>,
}

/// All structures in space.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mesh {
    structures: Vec<Rings>,
}

/// Points of a ring at most: more than a picture of it can show.
const RING_POINTS: usize = 160;

/// The contours of all structures in space, thinned out for drawing.
#[utoipa::path(get, path = "/studies/{id}/mesh", tag = "workspace", params(("id" = String, Path)), responses((status = 200, body = Mesh)))]
pub async fn mesh(State(app): State<App>, Key(id): Key<StoredStudy>) -> Result<Json<Mesh>, Problem> {
    let study = app.open_study(&app.study(id).await?).await?;
    let rings = |structure: &Structure| {
        let closed = structure.contours.iter().filter(|contour| contour.kind == ContourKind::ClosedPlanar);
        let thinned = closed.map(|contour| {
            let step = contour.points.len().div_ceil(RING_POINTS).max(1);
            contour.points.iter().step_by(step).copied().collect()
        });
        Rings { number: structure.number, rings: thinned.collect() }
    };
    Ok(Json(Mesh { structures: structures(&study).iter().map(rings).collect() }))
}
