//! What the norms say of a hospital, the cases behind a count, and what stands in the way of a step.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use records::facts::{By, Fact, FactQuery, FactSet};
use records::norms::{Block, Step};
use records::record::About;
use records::sources::acceptance::Severity;
use records::sources::{Lot, Movement, PlaceKind};
use records::{Action, Change, Hospital, Id, Kind, Record};
use serde::Deserialize;
use utoipa::IntoParams;

use super::register::hospitals::hospital;
use super::register::records::day;
use super::{Route, get};
use crate::register::inspection::typeset;
use crate::register::norms;
use crate::server::App;
use crate::server::auth::scope::must_reach;
use crate::server::auth::{Access, Person};
use crate::server::extract::Asked;
use crate::server::problem::Problem;
use crate::server::views::case::Counted;
use crate::server::views::norms::{Both, NormsPage};
use crate::server::views::register::Said;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/norms", Access::May(Action::ReadRegister), judge),
        get("/norms/inspection.pdf", Access::May(Action::ReadRegister), print),
        get("/counted", Access::May(Action::ReadCases), counted),
    ]
}

/// Which hospital.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Of {
    /// the hospital; may be left out by who belongs to one, or where there is one
    hospital: Option<String>,
}

/// The hospital asked about, or the only one there is for the person.
///
/// # Errors
/// When none is named and there are several, or the person does not reach it.
pub async fn asked(app: &App, person: &Person, given: Option<&str>) -> Result<Hospital, Problem> {
    let missing = || Problem::field("hospital", "请选择医院。", "choose a hospital");
    let id: Id<Hospital> = if let Some(text) = given.filter(|text| !text.is_empty()) {
        text.parse().map_err(|_| missing())?
    } else {
        let own = person.hospitals();
        let all = app.store.hospitals().await?;
        let mut reached = all.iter().filter(|one| own.is_empty() || own.contains(&one.id));
        match (reached.next(), reached.next()) {
            (Some(only), None) => only.id,
            (None, _) => return Err(Problem::refused("尚未登记医院。", "no hospital is entered yet")),
            _ => return Err(missing()),
        }
    };
    must_reach(&*app.store, person.hospitals(), About::Hospital(id)).await?;
    hospital(app, id).await
}

/// Every clause of the norms: met, not met or without evidence, with what shows it and what will lapse.
#[utoipa::path(get, path = "/norms", tag = "norms", params(Of), responses((status = 200, body = NormsPage)))]
pub async fn judge(State(app): State<App>, person: Person, Asked(of): Asked<Of>) -> Result<Json<NormsPage>, Problem> {
    let hospital = asked(&app, &person, of.hospital.as_deref()).await?;
    let inspections = norms::inspect(&*app.store, &hospital, &app.clock.zoned()).await?;
    Ok(Json(NormsPage::new(&hospital, &inspections)))
}

/// In which language.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Printed {
    /// the hospital; may be left out by who belongs to one, or where there is one
    hospital: Option<String>,
    /// `zh` (usual) or `en`
    #[serde(default)]
    language: String,
}

/// The pack of an inspection: every clause with its evidence, as a PDF. That it was made is noted in the ledger, whose last entry it bears.
#[utoipa::path(get, path = "/norms/inspection.pdf", tag = "norms", params(Printed),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf")))]
pub async fn print(State(app): State<App>, person: Person, Asked(how): Asked<Printed>) -> Result<Response, Problem> {
    let hospital = asked(&app, &person, how.hospital.as_deref()).await?;
    let language = if how.language == "en" { report::Language::English } else { report::Language::Chinese };
    let now = app.clock.zoned();
    let inspections = norms::inspect(&*app.store, &hospital, &now).await?;
    let event = Change::Event {
        kind: Kind::Hospital,
        subject: hospital.id.to_string(),
        case: None,
        what: "inspected".to_owned(),
        detail: serde_json::json!({}),
    };
    app.commit(&person, "", vec![event], Vec::new()).await?;
    let head = app.store.head().await?;
    let forms = app.forms.clone();
    let made = tokio::task::spawn_blocking(move || typeset(&inspections, &forms, head, &now, language));
    let bytes = made.await.map_err(|error| Problem::failed(error.to_string()))?;
    let bytes = bytes.map_err(|error| Problem::failed(error.to_string()))?;
    let named = if how.language == "en" { "en" } else { "zh" };
    let name = format!("attachment; filename=\"inspection.{named}.pdf\"");
    Ok(([(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)], bytes)
        .into_response())
}

/// Which cases a count counts; what [`crate::server::views::norms::link`] writes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// hospitals, with commas
    #[serde(default)]
    hospital: String,
    operator: Option<String>,
    /// `discharged` (usual) or `treated`: which day counts
    #[serde(default)]
    by: String,
    from: Option<String>,
    to: Option<String>,
    /// facts that must all hold, with commas
    #[serde(default)]
    all: String,
    /// facts of which one must hold
    #[serde(default)]
    any: String,
    /// facts of which none may hold
    #[serde(default)]
    none: String,
    treated_until: Option<String>,
    lived_months: Option<u32>,
    fate_known_months: Option<u32>,
    overdue_on: Option<String>,
    due_from: Option<String>,
    #[serde(default)]
    offset: u64,
    /// rows at most (200)
    limit: Option<u32>,
}

fn facts(field: &'static str, text: &str) -> Result<FactSet, Problem> {
    let names = text.split(',').filter(|name| !name.is_empty());
    names
        .map(|name| name.parse::<Fact>().map_err(|error| Problem::field(field, "没有这种条件。", error.to_string())))
        .collect()
}

/// The cases that a count counts, by day.
#[utoipa::path(get, path = "/counted", tag = "norms", params(Which), responses((status = 200, body = Counted)))]
pub async fn counted(
    State(app): State<App>,
    person: Person,
    Asked(which): Asked<Which>,
) -> Result<Json<Counted>, Problem> {
    let nowhere = || Problem::field("hospital", "没有这家医院。", "there is no such hospital");
    let named = which.hospital.split(',').filter(|id| !id.is_empty());
    let named: Vec<Id<Hospital>> = named.map(|id| id.parse().map_err(|_| nowhere())).collect::<Result<_, _>>()?;
    for id in &named {
        must_reach(&*app.store, person.hospitals(), About::Hospital(*id)).await?;
    }
    let operator = match which.operator.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => {
            Some(id.parse().map_err(|_| Problem::field("operator", "没有这位人员。", "there is no such person"))?)
        }
        None => None,
    };
    let query = FactQuery {
        hospitals: if named.is_empty() { person.hospitals().to_vec() } else { named },
        operator,
        by: if which.by == "treated" { By::Treated } else { By::Discharged },
        from: day("from", which.from.as_deref())?,
        to: day("to", which.to.as_deref())?,
        all: facts("all", &which.all)?,
        any: facts("any", &which.any)?,
        none: facts("none", &which.none)?,
        treated_until: day("treated_until", which.treated_until.as_deref())?,
        lived_months: which.lived_months,
        fate_known_months: which.fate_known_months,
        overdue_on: day("overdue_on", which.overdue_on.as_deref())?,
        due_from: day("due_from", which.due_from.as_deref())?,
    };
    let page = app.store.counted(&query, which.offset, which.limit.unwrap_or(50).clamp(1, 200)).await?;
    Ok(Json(Counted::new(&page, app.clock.today())))
}

fn said(block: &Block) -> Said {
    let (says, todo) = (&block.says, &block.what_to_do);
    let clause = format!("{} {}", block.pack, block.clause);
    Said {
        clause: Both { zh: clause.clone(), en: clause },
        zh: format!("{}。{}", says.zh, todo.zh),
        en: format!("{}. {}", says.en, todo.en),
    }
}

/// Refuses by what blocks, and gives what should be known.
fn decide(blocks: &[Block]) -> Result<Vec<Said>, Problem> {
    let blocking: Vec<Said> = blocks.iter().filter(|block| block.blocks).map(said).collect();
    if blocking.is_empty() {
        return Ok(blocks.iter().map(said).collect());
    }
    let join = |text: fn(&Said) -> &String| {
        let lines: Vec<String> = blocking.iter().map(|said| format!("{}：{}", said.clause.zh, text(said))).collect();
        lines.join("\n")
    };
    Err(Problem::refused(join(|said| &said.zh), join(|said| &said.en)))
}

/// Looks at a record before it is written: of a procedure and of an upload the norms ask what came before.
///
/// # Errors
/// A `refused` problem naming the clauses that forbid it.
pub async fn before(app: &App, record: &Record) -> Result<Vec<Said>, Problem> {
    let step = match record.form.as_str() {
        "procedure" => Step::Procedure,
        "province_upload" => Step::Upload,
        _ => return Ok(Vec::new()),
    };
    let About::Case(case) = record.about else { return Ok(Vec::new()) };
    let at = record.text("started_at").and_then(|text| text.parse().ok()).unwrap_or_else(|| app.clock.now());
    let case = app.case(case).await?.case;
    let blocks = norms::before(&*app.store, step, &case, Some(record), &[], at, &TimeZone::system()).await?;
    decide(&blocks)
}

/// Looks at a movement of seeds before it is entered: papers and tests of the lot, the licence, and, where seeds are issued for a case,
/// what the norms ask of the case.
///
/// # Errors
/// A `refused` problem naming what forbids it.
pub async fn before_moving(app: &App, lot: &Lot, movement: &Movement) -> Result<Vec<Said>, Problem> {
    let zone = TimeZone::system();
    let holds = norms::holds(&*app.store, lot, movement, &zone).await?;
    let blocking: Vec<_> = holds.iter().filter(|hold| hold.severity == Severity::Block).collect();
    if !blocking.is_empty() {
        let lines = |text: fn(&records::sources::Sentence) -> &String| {
            blocking.iter().map(|hold| text(&hold.sentence).clone()).collect::<Vec<_>>().join("\n")
        };
        return Err(Problem::refused(lines(|said| &said.zh), lines(|said| &said.en)));
    }
    let mut known: Vec<Said> = holds
        .iter()
        .map(|hold| Said { clause: (&hold.source).into(), zh: hold.sentence.zh.clone(), en: hold.sentence.en.clone() })
        .collect();
    if movement.to.kind() == PlaceKind::Issued
        && let Some(case) = movement.case()
    {
        let case = app.case(case).await?.case;
        let blocks =
            norms::before(&*app.store, Step::IssueSeeds, &case, None, std::slice::from_ref(lot), movement.at, &zone)
                .await?;
        known.extend(decide(&blocks)?);
    }
    Ok(known)
}
