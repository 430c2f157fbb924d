//! Reports to the province: what would be sent, packages, receipts, what is late.

use axum::Json;
use axum::body::Body as Raw;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use records::{Action, Change, Digest, Hospital, Kind};
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::norms::asked;
use super::register::records::day;
use super::{Route, get, post};
use crate::register::province::{self, Hands};
use crate::register::trouble::Trouble;
use crate::server::App;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Asked, Body};
use crate::server::files::{download, make, whole};
use crate::server::problem::Problem;
use crate::server::views::Names;
use crate::server::views::province::{AnsweredView, OwingView, PackageView, PackagesView, ReadyView};

/// Largest receipt, bytes.
const RECEIPT: u64 = 32 << 20;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/province/ready", Access::May(Action::ExportRecords), ready),
        post("/province/packages", Access::May(Action::ExportRecords), send),
        get("/province/packages", Access::May(Action::ExportRecords), list),
        get("/province/packages/{content}", Access::May(Action::ExportRecords), read),
        get("/province/late", Access::May(Action::ReadCases), late),
        post("/province/receipts", Access::May(Action::ExportRecords), answer),
    ]
}

/// Which hospital and period.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Of {
    /// the hospital; may be left out by who belongs to one, or where there is one
    hospital: Option<String>,
    /// first day of discharge, or of the procedure where no discharge is recorded (the first of the last day's month)
    from: Option<String>,
    /// last day (today)
    until: Option<String>,
}

fn period(from: Option<&str>, until: Option<&str>, today: Date) -> Result<(Date, Date), Problem> {
    let until = day("until", until)?.unwrap_or(today);
    Ok((day("from", from)?.unwrap_or_else(|| until.first_of_month()), until))
}

/// What a package of a period would hold; nothing is written.
#[utoipa::path(get, path = "/province/ready", tag = "exchange", params(Of), responses((status = 200, body = ReadyView)))]
pub async fn ready(State(app): State<App>, person: Person, Asked(of): Asked<Of>) -> Result<Json<ReadyView>, Problem> {
    let hospital = asked(&app, &person, of.hospital.as_deref()).await?;
    let period = period(of.from.as_deref(), of.until.as_deref(), app.clock.today())?;
    let found = province::ready(&*app.store, &hospital, period, app.clock.now()).await?;
    Ok(Json(ReadyView::new(&hospital, period, &found)))
}

/// A package to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPackage {
    /// the hospital; may be left out by who belongs to one, or where there is one
    hospital: Option<String>,
    from: String,
    until: String,
    /// numbers of cases that stay behind
    #[serde(default)]
    leave_out: Vec<String>,
}

fn hands<'a>(app: &'a App, person: &Person) -> Hands<'a> {
    Hands { store: &*app.store, objects: &app.objects, forms: &app.forms, clock: &app.clock, who: person.id() }
}

/// Makes a package and says of each of its cases that it was sent.
#[utoipa::path(post, path = "/province/packages", tag = "exchange", request_body = NewPackage,
    responses((status = 201, body = PackageView), (status = 409)))]
pub async fn send(State(app): State<App>, person: Person, Body(new): Body<NewPackage>) -> Result<Response, Problem> {
    let hospital = asked(&app, &person, new.hospital.as_deref()).await?;
    let period = period(Some(&new.from), Some(&new.until), app.clock.today())?;
    let _alone = app.exchange.lock().await;
    let content = province::send(&hands(&app, &person), &hospital, period, &new.leave_out).await?;
    let sent = province::packages(&*app.store, &app.objects, &hospital, Some(content)).await?.pop();
    let sent = sent.ok_or_else(|| Problem::failed("a package that was just sent is not there"))?;
    let view = PackageView::new(&hospital, &sent, &Names::read(&*app.store).await?);
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// Which hospital.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfHospital {
    /// the hospital; may be left out by who belongs to one, or where there is one
    hospital: Option<String>,
}

/// The packages of a hospital, the newest first.
#[utoipa::path(get, path = "/province/packages", tag = "exchange", params(OfHospital), responses((status = 200, body = PackagesView)))]
pub async fn list(
    State(app): State<App>,
    person: Person,
    Asked(of): Asked<OfHospital>,
) -> Result<Json<PackagesView>, Problem> {
    let hospital = asked(&app, &person, of.hospital.as_deref()).await?;
    let names = Names::read(&*app.store).await?;
    let all = province::packages(&*app.store, &app.objects, &hospital, None).await?;
    Ok(Json(PackagesView { rows: all.iter().map(|sent| PackageView::new(&hospital, sent, &names)).collect() }))
}

/// The hospitals that the person reaches.
async fn reached(app: &App, person: &Person) -> Result<Vec<Hospital>, Problem> {
    let own = person.hospitals();
    Ok(app.store.hospitals().await?.into_iter().filter(|one| own.is_empty() || own.contains(&one.id)).collect())
}

/// As what.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct As {
    /// `json` (usual) or `xlsx`
    #[serde(default)]
    format: String,
}

/// A package as it was sent, or as a workbook. That it was fetched is noted in the ledger.
#[utoipa::path(get, path = "/province/packages/{content}", tag = "exchange", params(("content" = String, Path, description = "SHA-256"), As),
    responses((status = 200, body = Vec<u8>, content_type = "application/json")))]
pub async fn read(
    State(app): State<App>,
    person: Person,
    Path(content): Path<String>,
    Asked(how): Asked<As>,
) -> Result<Response, Problem> {
    let nothing = || Problem::not_found("个上报包", "package");
    let content: Digest = content.parse().map_err(|_| nothing())?;
    let workbook = match how.format.as_str() {
        "" | "json" => false,
        "xlsx" => true,
        _ => return Err(Problem::field("format", "可选：json、xlsx。", "choose json or xlsx")),
    };
    let all = reached(&app, &person).await?;
    let found = province::find(&*app.store, &app.objects, &all, content).await?;
    let (hospital, sent, package) = found.ok_or_else(nothing)?;
    let event = Change::Event {
        kind: Kind::Hospital,
        subject: hospital.id.to_string(),
        case: None,
        what: "exported".to_owned(),
        detail: json!({ "what": "package", "content": content }),
    };
    app.commit(&person, "", vec![event], Vec::new()).await?;
    let (name, made) = (sent.file.file_name, sent.made);
    if !workbook {
        let work = move |out: &mut std::io::BufWriter<std::fs::File>, _: &tokio::runtime::Handle| {
            std::io::Write::write_all(out, &package.json).map_err(Trouble::failed)
        };
        let (file, ()) = make(&app, work).await?;
        return download(file, &name, "application/json");
    }
    let (file, ()) = make(&app, move |out, _| Ok(package.xlsx(out, made)?)).await?;
    let name = format!("{}.xlsx", name.strip_suffix(".json").unwrap_or(&name));
    download(file, &name, exchange::Format::Xlsx.media_type())
}

/// What is owed to the province: late, due within a week, sent and not answered.
#[utoipa::path(get, path = "/province/late", tag = "exchange", params(OfHospital), responses((status = 200, body = OwingView)))]
pub async fn late(
    State(app): State<App>,
    person: Person,
    Asked(of): Asked<OfHospital>,
) -> Result<Json<OwingView>, Problem> {
    let hospital = asked(&app, &person, of.hospital.as_deref()).await?;
    let today = app.clock.today();
    let owing = province::owing(&*app.store, &[hospital.id], today).await?;
    Ok(Json(OwingView::new(today, &province::limits()?, &owing)))
}

/// Takes a receipt (`docs/province/receipt.schema.json`): says of each case in it what was answered, all or nothing.
#[utoipa::path(post, path = "/province/receipts", tag = "exchange", request_body = Object,
    responses((status = 200, body = AnsweredView), (status = 404), (status = 409)))]
pub async fn answer(
    State(app): State<App>,
    person: Person,
    headers: HeaderMap,
    body: Raw,
) -> Result<Json<AnsweredView>, Problem> {
    let bytes = whole(&app, &headers, body, RECEIPT).await?;
    let all = reached(&app, &person).await?;
    let _alone = app.exchange.lock().await;
    let said = province::answer(&hands(&app, &person), &all, &bytes).await?;
    said.map(|said| Json(said.into())).ok_or_else(|| {
        Problem::new(
            crate::server::problem::Slug::NotFound,
            "没有此回执所对应的上报包；请核对是否为本院的回执。",
            "no package of yours has the SHA-256 that this receipt names: check whether it is your hospital's",
        )
    })
}
