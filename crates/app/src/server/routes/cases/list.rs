//! The worklist.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use records::Stage;
use records::store::{CaseOrder, CaseQuery};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::server::App;
use crate::server::auth::Person;
use crate::server::extract::Asked;
use crate::server::problem::Problem;
use crate::server::views::case::{CaseView, CountsView, Worklist};

/// Which cases to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// only these stages, with commas
    #[serde(default)]
    stage: String,
    /// words in number, patient, site or diagnosis
    #[serde(default)]
    search: String,
    /// only those whose next step was due before today
    #[serde(default)]
    overdue: bool,
    /// withdrawn ones too
    #[serde(default)]
    withdrawn: bool,
    /// `due` (usual), `newest` or `number`
    #[serde(default)]
    order: String,
    /// rows to pass over
    #[serde(default)]
    offset: u64,
    /// rows at most (200)
    limit: Option<u32>,
}

fn query(which: Which, person: &Person, today: Date) -> Result<CaseQuery, Problem> {
    let stage = |name: &str| {
        Stage::ALL.into_iter().find(|stage| stage.name() == name).ok_or_else(|| {
            Problem::field(
                "stage",
                "没有这个阶段；可选：planned、implanted、imaged、verified、signed。",
                "there is no such stage; choose planned, implanted, imaged, verified or signed",
            )
        })
    };
    let order = match which.order.as_str() {
        "" | "due" => CaseOrder::Due,
        "newest" => CaseOrder::Newest,
        "number" => CaseOrder::Number,
        _ => {
            let (zh, en) =
                ("没有这种排序；可选：due、newest、number。", "there is no such order; choose due, newest or number");
            return Err(Problem::field("order", zh, en));
        }
    };
    Ok(CaseQuery {
        stages: which.stage.split(',').filter(|name| !name.is_empty()).map(stage).collect::<Result<_, _>>()?,
        search: which.search,
        hospitals: person.hospitals().to_vec(),
        overdue_on: which.overdue.then_some(today),
        withdrawn: which.withdrawn,
        order,
        offset: which.offset,
        limit: which.limit.unwrap_or(50).clamp(1, 200),
    })
}

/// The worklist.
#[utoipa::path(get, path = "/cases", tag = "cases", params(Which), responses((status = 200, body = Worklist)))]
pub async fn list(
    State(app): State<App>,
    person: Person,
    Asked(which): Asked<Which>,
) -> Result<Json<Worklist>, Problem> {
    let today = app.clock.today();
    let page = app.store.cases(&query(which, &person, today)?).await?;
    let counted = app.store.counts(today, person.hospitals()).await?;
    let mut counts = CountsView { overdue: counted.overdue, ..CountsView::default() };
    for (stage, n) in counted.stages {
        *match stage {
            Stage::Planned => &mut counts.planned,
            Stage::Implanted => &mut counts.implanted,
            Stage::Imaged => &mut counts.imaged,
            Stage::Verified => &mut counts.verified,
            Stage::Signed => &mut counts.signed,
        } = n;
    }
    let rows = page.rows.iter().map(|row| CaseView::new(row, today)).collect();
    Ok(Json(Worklist { rows, total: page.total, counts }))
}
