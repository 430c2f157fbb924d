//! Verifications: begun, changed, computed, compared, signed, handed out.

pub mod compute;
pub mod difference;
pub mod edit;
pub mod results;
pub mod sign;

use axum::extract::State;
use jiff::civil::DateTime;
use records::verification::{Settings, State as Progress};
use records::{Action, StoredStudy, Verification};

use super::{Route, get, patch, post};
use crate::server::App;
use crate::server::auth::Access;
use crate::server::extract::{Key, Versioned};
use crate::server::problem::Problem;
use crate::server::views::Names;
use crate::server::views::verification::{VerificationPage, VerificationRow};
use crate::verify::{Days, Notice};
use crate::worker;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        post("/cases/{id}/verifications", Access::May(Action::EditVerification), edit::create),
        get("/verifications/{id}", Access::May(Action::ReadCases), read),
        patch("/verifications/{id}", Access::May(Action::EditVerification), edit::change),
        post("/verifications/{id}/new-version", Access::May(Action::EditVerification), edit::new_version),
        get("/verifications/{id}/difference", Access::May(Action::ReadCases), difference::read),
        post("/verifications/{id}/seeds/find", Access::May(Action::EditVerification), compute::find_seeds),
        post("/verifications/{id}/compute", Access::May(Action::EditVerification), compute::compute),
        post(
            "/verifications/{id}/sign",
            Access::MayOne(&[Action::SignAsPhysicist, Action::SignAsPhysician]),
            sign::sign,
        ),
        get("/verifications/{id}/files/{name}", Access::May(Action::FetchResults), results::file),
    ]
}

/// A verification with its result.
#[utoipa::path(get, path = "/verifications/{id}", tag = "verifications", params(("id" = String, Path)),
    responses((status = 200, body = VerificationPage)))]
pub async fn read(State(app): State<App>, Key(id): Key<Verification>) -> Result<Versioned<VerificationPage>, Problem> {
    let one = worker::verification(&app, id).await?;
    let signatures = app.store.signatures(id).await?;
    let names = Names::read(&*app.store).await?;
    let remarks =
        if one.state == Progress::Draft { of_days(&one.settings, &app.study(one.study).await?)? } else { Vec::new() };
    Ok(Versioned(one.version, VerificationPage::new(&one, &signatures, &names, &remarks)))
}

/// What is odd about the days of a draft, before anything is computed.
fn of_days(settings: &Settings, study: &StoredStudy) -> Result<Vec<Notice>, Problem> {
    let request = worker::request_of(settings, std::path::Path::new(""))?;
    let library = physics::SeedLibrary::embedded().map_err(Problem::failed)?;
    let model = settings.model.as_deref().and_then(|name| library.find(name).ok());
    let scanned = [&study.summary.scanned, &study.summary.date].into_iter().find_map(|at| at.parse::<DateTime>().ok());
    let days = Days { implanted: request.implant_date.map(DateTime::date), scanned: scanned.map(DateTime::date) };
    let stated = request.strength_date.zip(model);
    let strength = stated.and_then(|(at, model)| days.of_strength(at.date(), model.nuclide.half_life.value));
    Ok(days.of_scan().into_iter().chain(strength).collect())
}

/// A verification as a row.
async fn row(app: &App, one: &Verification) -> Result<VerificationRow, Problem> {
    let signatures = app.store.signatures(one.id).await?;
    Ok(VerificationRow::new(one, &signatures, &Names::read(&*app.store).await?))
}

/// Refuses settings that cannot be meant, before anybody waits for a run.
fn check(settings: &Settings) -> Result<(), Problem> {
    let positive = |field: &str, value: Option<f64>, most: f64, zh: &str, en: &str| match value {
        Some(number) if !(number > 0.0 && number <= most) => Err(Problem::field(&format!("settings.{field}"), zh, en)),
        _ => Ok(()),
    };
    positive(
        "prescription_gy",
        settings.prescription_gy,
        1000.0,
        "处方剂量须大于 0 且不超过 1000 Gy。",
        "the prescription is more than 0 and at most 1000 Gy",
    )?;
    positive(
        "strength_u",
        settings.strength_u,
        100.0,
        "空气比释动能强度须大于 0 且不超过 100 U。",
        "the strength is more than 0 and at most 100 U",
    )?;
    positive(
        "count",
        settings.count.map(f64::from),
        2000.0,
        "粒子数须在 1 至 2000 之间。",
        "the number of seeds is between 1 and 2000",
    )?;
    if let Some(name) = &settings.model {
        let library = physics::SeedLibrary::embedded().map_err(Problem::failed)?;
        library.find(name).map_err(|error| {
            Problem::field("settings.model", "没有这个粒子型号，请从列表中选择。", error.to_string())
        })?;
    }
    if let Some(id) = &settings.criteria {
        let known = dose::criteria::embedded().map_err(Problem::failed)?.iter().any(|pack| pack.id == *id);
        if !known {
            return Err(Problem::field(
                "settings.criteria",
                "没有这套评价标准，请从列表中选择。",
                "there are no such criteria; choose from the list",
            ));
        }
    }
    worker::request_of(settings, std::path::Path::new("")).map(drop).map_err(Problem::from)
}
