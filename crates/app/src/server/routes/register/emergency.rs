//! The flow of an emergency with seeds: what to do by when, and whom to call.

use axum::Json;
use axum::extract::State;
use records::record::About;
use records::sources::emergency::{Flow, calls, may_close, status};
use records::sources::{Words, replay};
use records::store::RecordQuery;
use records::{Action, Hospital, Id, Kind, Record};

use crate::server::App;
use crate::server::auth::Access;
use crate::server::auth::scope::hospital_of;
use crate::server::extract::Key;
use crate::server::problem::Problem;
use crate::server::routes::{Route, get};
use crate::server::views::norms::Both;
use crate::server::views::register::emergency::{CallView, Emergency, StepView};

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![get("/records/{id}/emergency", Access::May(Action::ReadSources), read)]
}

/// How far the flow of an incident is at this moment.
#[utoipa::path(get, path = "/records/{id}/emergency", tag = "sources", params(("id" = String, Path)), responses((status = 200, body = Emergency)))]
pub async fn read(State(app): State<App>, Key(id): Key<Record>) -> Result<Json<Emergency>, Problem> {
    let incident = app.store.record(id).await?.filter(|one| one.form == "incident");
    let incident = incident.ok_or_else(|| Problem::not_found("起事件", "incident"))?;
    let hospital = hospital_of(&*app.store, incident.about).await?;
    let contacts = contacts(&app, hospital).await?;
    let balance = match incident.about {
        About::Lot(lot) => match app.store.lot(lot).await? {
            Some(row) => {
                let movements = app.store.movements(lot).await?;
                Some(replay(&row.lot, &movements).map_err(|error| Problem::failed(error.to_string()))?)
            }
            None => None,
        },
        _ => None,
    };
    let flow = Flow::embedded().map_err(|error| Problem::failed(error.to_string()))?;
    let now = app.clock.now();
    let words = Words { zone: app.clock.zoned().offset(), ..Words::default() };
    let wrong = |error: records::sources::emergency::IncidentError| {
        let said = error.sentence();
        Problem::refused(said.zh, said.en)
    };
    let steps = status(&flow, &incident.values, now).map_err(wrong)?;
    let kind = incident.text("kind").unwrap_or_default();
    let open = match &balance {
        Some(balance) => may_close(&flow, &incident, balance, now, &words).map_err(wrong)?,
        None => Vec::new(),
    };
    Ok(Json(Emergency {
        title: Both { zh: flow.title_zh.clone(), en: flow.title.clone() },
        steps: steps.iter().map(|todo| StepView::new(todo, &words)).collect(),
        calls: calls(&flow, kind, &contacts).into_iter().map(CallView::from).collect(),
        keeps_open: open.into_iter().map(|said| Both { zh: said.zh, en: said.en }).collect(),
    }))
}

async fn contacts(app: &App, hospital: Option<Id<Hospital>>) -> Result<Vec<Record>, Problem> {
    let query = RecordQuery {
        kinds: vec![Kind::Hospital],
        forms: vec!["contact".to_owned()],
        hospitals: hospital.into_iter().collect(),
        limit: 200,
        ..RecordQuery::default()
    };
    Ok(app.store.records(&query).await?.rows)
}
