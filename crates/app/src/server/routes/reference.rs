//! Reference data: seed models, criteria, terms.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use physics::SeedLibrary;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Route, get};
use crate::server::App;
use crate::server::auth::Access;
use crate::server::problem::Problem;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/seed-models", Access::Person, seed_models),
        get("/criteria", Access::Person, criteria),
        get("/terms", Access::Anyone, terms),
    ]
}

/// Seed models.
#[derive(Serialize, ToSchema)]
pub struct SeedModels {
    rows: Vec<SeedModelView>,
}

/// A seed model.
#[derive(Serialize, ToSchema)]
#[schema(as = SeedModel)]
pub struct SeedModelView {
    id: String,
    name: String,
    nuclide: String,
    length_mm: f64,
    diameter_mm: f64,
}

/// All seed models.
#[utoipa::path(get, path = "/seed-models", tag = "reference", responses((status = 200, body = SeedModels)))]
pub async fn seed_models() -> Result<Json<SeedModels>, Problem> {
    let library = SeedLibrary::embedded().map_err(Problem::failed)?;
    let rows = library.models().map(|model| SeedModelView {
        id: model.id.clone(),
        name: model.name.clone(),
        nuclide: model.nuclide.id.clone(),
        length_mm: model.capsule.length_mm,
        diameter_mm: model.capsule.diameter_mm,
    });
    Ok(Json(SeedModels { rows: rows.collect() }))
}

/// Criteria packs.
#[derive(Serialize, ToSchema)]
pub struct Criteria {
    rows: Vec<Pack>,
}

/// A criteria pack.
#[derive(Serialize, ToSchema)]
#[schema(as = CriteriaPack)]
pub struct Pack {
    id: String,
    title_zh: String,
    title_en: String,
    prescription_gy: Option<f64>,
}

/// All criteria packs.
#[utoipa::path(get, path = "/criteria", tag = "reference", responses((status = 200, body = Criteria)))]
pub async fn criteria() -> Result<Json<Criteria>, Problem> {
    let packs = dose::criteria::embedded().map_err(Problem::failed)?;
    let rows = packs.into_iter().map(|pack| Pack {
        id: pack.id,
        title_zh: pack.title_zh,
        title_en: pack.title,
        prescription_gy: pack.prescription_gy,
    });
    Ok(Json(Criteria { rows: rows.collect() }))
}

/// A term in both languages.
#[derive(Serialize, ToSchema)]
#[schema(as = Term)]
pub struct TermView {
    zh: &'static str,
    en: &'static str,
}

/// Every word of the interface and the reports by its key.
#[utoipa::path(get, path = "/terms", tag = "reference", responses((status = 200, body = BTreeMap<String, TermView>)))]
pub async fn terms(State(_): State<App>) -> Json<BTreeMap<&'static str, TermView>> {
    let all = report::terms::all().iter();
    Json(all.map(|term| (term.key, TermView { zh: term.chinese, en: term.english })).collect())
}
