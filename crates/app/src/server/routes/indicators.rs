//! Indicators: figures with the cases behind them, in parts, and as reported.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use records::facts::Group;
use records::indicators::{Inquiry, Pack, Period, Scope};
use records::record::About;
use records::{Action, Change, Hospital, Id, Item};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::register::records::day;
use super::{Route, get, post};
use crate::register::indicators::figures;
use crate::server::App;
use crate::server::auth::scope::must_reach;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Asked, Body};
use crate::server::problem::Problem;
use crate::server::views::Names;
use crate::server::views::indicators::{IndicatorView, Indicators, ReportedView};
use crate::server::views::norms::link;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/indicators", Access::May(Action::ReadIndicators), read),
        post("/figures", Access::May(Action::ReportFigures), report),
    ]
}

/// Which indicators of which period.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// `seeds-2022`, `ablation-2022` or `nuclear-2025`
    pack: String,
    /// first day; of this year where absent
    from: Option<String>,
    /// last day; today where absent
    to: Option<String>,
    /// hospitals, with commas; all the person belongs to where absent
    #[serde(default)]
    hospital: String,
    operator: Option<String>,
    /// `whole` (usual), `month`, `quarter`, `year`, `operator` or `hospital`
    #[serde(default)]
    group: String,
}

/// A set of indicators by its key.
pub fn pack(id: &str) -> Result<&'static Pack, Problem> {
    Pack::all().iter().find(|pack| pack.id == id).ok_or_else(|| {
        let known: Vec<&str> = Pack::all().iter().map(|pack| pack.id.as_str()).collect();
        let known = known.join(", ");
        Problem::field(
            "pack",
            format!("没有这组指标；可选：{known}。"),
            format!("there is no such set; choose {known}"),
        )
    })
}

async fn hospitals(app: &App, person: &Person, text: &str) -> Result<Vec<Id<Hospital>>, Problem> {
    let nowhere = || Problem::field("hospital", "没有这家医院。", "there is no such hospital");
    let named: Vec<Id<Hospital>> = text
        .split(',')
        .filter(|id| !id.is_empty())
        .map(|id| id.parse().map_err(|_| nowhere()))
        .collect::<Result<_, _>>()?;
    for id in &named {
        must_reach(&*app.store, person.hospitals(), About::Hospital(*id)).await?;
    }
    Ok(if named.is_empty() { person.hospitals().to_vec() } else { named })
}

fn period(from: Option<&str>, to: Option<&str>, today: Date) -> Result<Period, Problem> {
    let to = day("to", to)?.unwrap_or(today);
    let from = day("from", from)?.unwrap_or_else(|| to.first_of_year());
    if from > to {
        let (zh, en) = ("开始日期晚于结束日期。", "the first day is after the last");
        return Err(Problem::field("from", zh, en));
    }
    Ok(Period { from, to })
}

/// Figures of a set of indicators.
#[utoipa::path(get, path = "/indicators", tag = "indicators", params(Which), responses((status = 200, body = Indicators)))]
pub async fn read(
    State(app): State<App>,
    person: Person,
    Asked(which): Asked<Which>,
) -> Result<Json<Indicators>, Problem> {
    let pack = pack(&which.pack)?;
    let today = app.clock.today();
    let period = period(which.from.as_deref(), which.to.as_deref(), today)?;
    let group = match which.group.as_str() {
        "" | "whole" => Group::Whole,
        "month" => Group::Month,
        "quarter" => Group::Quarter,
        "year" => Group::Year,
        "operator" => Group::Operator,
        "hospital" => Group::Hospital,
        _ => {
            return Err(Problem::field(
                "group",
                "没有这种分组。",
                "there are no such parts; choose whole, month, quarter, year, operator or hospital",
            ));
        }
    };
    let operator = match which.operator.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => {
            Some(id.parse().map_err(|_| Problem::field("operator", "没有这位人员。", "there is no such person"))?)
        }
        None => None,
    };
    let hospitals = hospitals(&app, &person, &which.hospital).await?;
    let scope = Scope { hospitals: hospitals.clone(), operator, group, on: today };
    let inquiry = Inquiry::of(pack, period, scope);
    let found = figures(&*app.store, pack, &inquiry, &hospitals).await?;
    let called = called(&app, group).await?;
    let name = |part: &str| called.iter().find(|(id, _)| id == part).map(|(_, name)| name.clone()).unwrap_or_default();
    let compared = matches!(group, Group::Operator | Group::Hospital);
    let rows = pack
        .indicators
        .iter()
        .map(|one| {
            let cases = inquiry.cases(&one.code).map(|(all, other, meets)| (link(all), link(other), meets));
            IndicatorView::new(one, &found, compared, cases, &name)
        })
        .collect();
    let names = Names::read(&*app.store).await?;
    let own = person.hospitals();
    let reported = app.store.figures(&pack.id).await?;
    let seen = reported
        .iter()
        .filter(|one| own.is_empty() || (!one.hospitals.is_empty() && one.hospitals.iter().all(|id| own.contains(id))));
    let reported = seen.map(|one| ReportedView::new(one, &names)).collect();
    Ok(Json(Indicators::new(pack, period, rows, reported)))
}

/// Names of people or hospitals, where parts are such.
async fn called(app: &App, group: Group) -> Result<Vec<(String, String)>, Problem> {
    Ok(match group {
        Group::Operator => app.store.people(&[]).await?.into_iter().map(|one| (one.id.to_string(), one.name)).collect(),
        Group::Hospital => app.store.hospitals().await?.into_iter().map(|one| (one.id.to_string(), one.name)).collect(),
        _ => Vec::new(),
    })
}

/// Indicators to freeze.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// `seeds-2022`, `ablation-2022` or `nuclear-2025`
    pack: String,
    from: String,
    to: String,
    /// hospitals, with commas; all the person belongs to where empty
    #[serde(default)]
    hospital: String,
}

/// Freezes the indicators of a period as they stand now. What is known later makes another; this one stays.
#[utoipa::path(post, path = "/figures", tag = "indicators", request_body = Freeze, responses((status = 201, body = ReportedView)))]
pub async fn report(State(app): State<App>, person: Person, Body(asked): Body<Freeze>) -> Result<Response, Problem> {
    let pack = pack(&asked.pack)?;
    let today = app.clock.today();
    let period = period(Some(&asked.from), Some(&asked.to), today)?;
    let hospitals = hospitals(&app, &person, &asked.hospital).await?;
    let scope = Scope { hospitals: hospitals.clone(), operator: None, group: Group::Whole, on: today };
    let inquiry = Inquiry::of(pack, period, scope);
    let found = figures(&*app.store, pack, &inquiry, &hospitals).await?;
    let figure = inquiry
        .freeze(&found, app.clock.new_id(), person.id(), app.clock.now())
        .ok_or_else(|| Problem::failed("figures of the whole could not be frozen"))?;
    app.commit(&person, "", vec![Change::Create(Item::Figure(figure.clone()))], Vec::new()).await?;
    let view = ReportedView::new(&figure, &Names::read(&*app.store).await?);
    Ok((StatusCode::CREATED, Json(view)).into_response())
}
