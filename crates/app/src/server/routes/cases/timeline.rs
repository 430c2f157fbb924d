//! What happened to a case.

use axum::Json;
use axum::extract::State;
use records::Case;
use records::store::EntryQuery;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::server::App;
use crate::server::extract::{Asked, Key};
use crate::server::problem::Problem;
use crate::server::routes::audit::limit;
use crate::server::views::Names;
use crate::server::views::ledger::{EntryView, Timeline};

/// Which part of the timeline.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// only entries before this place
    before: Option<u64>,
    /// entries at most (500)
    limit: Option<u32>,
}

/// What happened to a case and its patient, newest first.
#[utoipa::path(get, path = "/cases/{id}/timeline", tag = "cases", params(("id" = String, Path), Part), responses((status = 200, body = Timeline)))]
pub async fn timeline(
    State(app): State<App>,
    Key(id): Key<Case>,
    Asked(part): Asked<Part>,
) -> Result<Json<Timeline>, Problem> {
    let row = app.case(id).await?;
    let limit = limit(part.limit);
    let of_case = EntryQuery { case: Some(id), before: part.before, limit, ..EntryQuery::default() };
    // a patient's entries bear no case: one patient may have several
    let of_patient = EntryQuery { case: None, subject: Some(row.patient.id.to_string()), ..of_case.clone() };
    let mut entries = app.store.entries(&of_case).await?;
    entries.extend(app.store.entries(&of_patient).await?);
    let names = Names::read(&*app.store).await?;
    let mut rows = entries.iter().map(|entry| EntryView::new(entry, &names)).collect::<Result<Vec<_>, _>>()?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.seq));
    rows.truncate(limit as usize);
    Ok(Json(Timeline { rows }))
}
