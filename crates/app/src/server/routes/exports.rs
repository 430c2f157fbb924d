//! What leaves the hospital as a file: the register, study exports, a case as FHIR. That it left is noted in the ledger.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use exchange::Format;
use exchange::fhir::{Identity, Purpose};
use records::record::About;
use records::{Action, Case, Change, Hospital, Id, Kind};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::register::records::day;
use super::{Route, get};
use crate::keys;
use crate::register::study::{self, K};
use crate::register::{fhir as bundles, tables};
use crate::server::App;
use crate::server::auth::scope::must_reach;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Asked, Key};
use crate::server::files::{download, make};
use crate::server::problem::Problem;
use crate::server::views::exports::{PoliciesView, PolicyView};

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/exports/register", Access::May(Action::ExportRecords), register),
        get("/exports/policies", Access::May(Action::ExportRecords), policies),
        get("/exports/study", Access::May(Action::ExportRecords), study),
        get("/cases/{id}/fhir", Access::May(Action::ExportRecords), fhir),
    ]
}

fn format(name: &str, excel: bool) -> Result<Format, Problem> {
    match name {
        "" | "csv" => Ok(Format::Csv { bom: excel }),
        "xlsx" => Ok(Format::Xlsx),
        "parquet" => Ok(Format::Parquet),
        _ => Err(Problem::field(
            "format",
            "没有这种格式；可选：csv、xlsx、parquet。",
            "there is no such format; choose csv, xlsx or parquet",
        )),
    }
}

/// The hospital asked about, or all that the person reaches: first the filter (none named: all), then those that are told of it.
async fn reached(
    app: &App,
    person: &Person,
    given: Option<&str>,
) -> Result<(Vec<Id<Hospital>>, Vec<Id<Hospital>>), Problem> {
    if let Some(text) = given.filter(|text| !text.is_empty()) {
        let nowhere = || Problem::field("hospital", "没有这家医院。", "there is no such hospital");
        let id: Id<Hospital> = text.parse().map_err(|_| nowhere())?;
        must_reach(&*app.store, person.hospitals(), About::Hospital(id)).await?;
        let there = app.store.hospitals().await?.iter().any(|one| one.id == id);
        return if there { Ok((vec![id], vec![id])) } else { Err(nowhere()) };
    }
    let own = person.hospitals().to_vec();
    let told =
        if own.is_empty() { app.store.hospitals().await?.iter().map(|one| one.id).collect() } else { own.clone() };
    Ok((own, told))
}

/// Notes that something left: of each hospital it is of.
async fn note(app: &App, person: &Person, hospitals: &[Id<Hospital>], detail: &Value) -> Result<(), Problem> {
    let event = |kind, subject| Change::Event {
        kind,
        subject,
        case: None,
        what: "exported".to_owned(),
        detail: detail.clone(),
    };
    let mut events: Vec<Change> = hospitals.iter().map(|id| event(Kind::Hospital, id.to_string())).collect();
    if events.is_empty() {
        events.push(event(Kind::Account, person.id().to_string()));
    }
    Ok(app.commit(person, "", events, Vec::new()).await?)
}

/// Which tables, and how.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Tables {
    /// the hospital; all that the person reaches where none is named
    hospital: Option<String>,
    /// `csv` (usual), `xlsx` or `parquet`
    #[serde(default)]
    format: String,
    /// begin each CSV with the mark by which Excel knows UTF-8
    #[serde(default)]
    excel: bool,
    /// with names and numbers of patients and people
    #[serde(default)]
    identity: bool,
}

/// The register as tables, one for each kind of thing and each form, with a dictionary.
#[utoipa::path(get, path = "/exports/register", tag = "exchange", params(Tables),
    responses((status = 200, body = Vec<u8>, content_type = "application/zip")))]
pub async fn register(State(app): State<App>, person: Person, Asked(how): Asked<Tables>) -> Result<Response, Problem> {
    let format = format(&how.format, how.excel)?;
    if how.identity {
        person.must(Action::ReadCases)?;
    }
    let (hospitals, told) = reached(&app, &person, how.hospital.as_deref()).await?;
    let may = |action: Action| action.allowed(&person.account.roles);
    let scope = tables::Scope {
        hospitals,
        cases: may(Action::ReadCases),
        sources: may(Action::ReadSources),
        identity: how.identity,
    };
    let (store, forms, now) = (app.store.clone(), app.forms.clone(), app.clock.now());
    let (file, written) =
        make(&app, move |out, wait| wait.block_on(tables::write(&*store, &forms, &scope, (out, format), now))).await?;
    let detail = json!({ "what": "register", "format": how.format, "identity": how.identity, "cases": written.cases });
    note(&app, &person, &told, &detail).await?;
    let name = format!("register-{}.{}", app.clock.today(), format.extension());
    download(file, &name, format.media_type())
}

/// By which policies studies are exported.
#[utoipa::path(get, path = "/exports/policies", tag = "exchange", responses((status = 200, body = PoliciesView)))]
pub async fn policies(State(app): State<App>) -> Result<Json<PoliciesView>, Problem> {
    let rows = study::policies()?.all().iter().map(PolicyView::from).collect();
    let key_mark = keys::exchange(&app.data)?.map(|key| key.mark());
    Ok(Json(PoliciesView { rows, key_mark }))
}

/// Which cases, and by which policy.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Study {
    /// the hospital; all that the person reaches where none is named
    hospital: Option<String>,
    /// name of the policy
    #[serde(default)]
    policy: String,
    /// groups of fewer patients than this are marked (5)
    k: Option<usize>,
    /// first day of the procedure
    from: Option<String>,
    /// last day of the procedure
    until: Option<String>,
    /// `csv` (usual), `xlsx` or `parquet`
    #[serde(default)]
    format: String,
    /// begin each CSV with the mark by which Excel knows UTF-8
    #[serde(default)]
    excel: bool,
}

/// The register without what says who somebody is; how many cases it holds, and how many in small groups, stands in headers and in its
/// table `about`.
#[utoipa::path(get, path = "/exports/study", tag = "exchange", params(Study),
    responses((status = 200, body = Vec<u8>, content_type = "application/zip"), (status = 409)))]
pub async fn study(State(app): State<App>, person: Person, Asked(how): Asked<Study>) -> Result<Response, Problem> {
    let format = format(&how.format, how.excel)?;
    let (hospitals, told) = reached(&app, &person, how.hospital.as_deref()).await?;
    let asked = study::Asked {
        hospitals,
        from: day("from", how.from.as_deref())?,
        until: day("until", how.until.as_deref())?,
        policy: study::policy(&how.policy)?,
        k: how.k.unwrap_or(K),
    };
    let key = keys::exchange_or_new(&app.data)?;
    let detail = json!({ "what": "study", "policy": how.policy, "key_mark": key.mark(), "from": asked.from, "until": asked.until });
    let (store, forms, now) = (app.store.clone(), app.forms.clone(), app.clock.now());
    let (file, exported) =
        make(&app, move |out, wait| wait.block_on(study::write(&*store, &forms, &key, &asked, (out, format), now)))
            .await?;
    note(&app, &person, &told, &detail).await?;
    let name = format!("study-{}-{}.{}", how.policy, app.clock.today(), format.extension());
    let mut answer = download(file, &name, format.media_type())?;
    answer.headers_mut().insert("x-cases", HeaderValue::from(exported.cases));
    answer.headers_mut().insert("x-cases-in-small-groups", HeaderValue::from(exported.in_small_groups()));
    Ok(answer)
}

/// As whom, and for what.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Bundle {
    /// `pseudonym` (usual) or `named`
    #[serde(default)]
    identity: String,
    /// `collection` (usual) or `transaction`
    #[serde(default)]
    kind: String,
}

/// A case as a FHIR R4 bundle.
#[utoipa::path(get, path = "/cases/{id}/fhir", tag = "exchange", params(("id" = String, Path), Bundle),
    responses((status = 200, body = Vec<u8>, content_type = "application/fhir+json")))]
pub async fn fhir(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Case>,
    Asked(how): Asked<Bundle>,
) -> Result<Response, Problem> {
    let named = match how.identity.as_str() {
        "" | "pseudonym" => false,
        "named" => true,
        _ => return Err(Problem::field("identity", "可选：named、pseudonym。", "choose named or pseudonym")),
    };
    let purpose = match how.kind.as_str() {
        "" | "collection" => Purpose::Collection,
        "transaction" => Purpose::Transaction,
        _ => return Err(Problem::field("kind", "可选：collection、transaction。", "choose collection or transaction")),
    };
    if named {
        person.must(Action::ReadCases)?;
    }
    let row = app.case(id).await?;
    let (number, now) = (row.case.number.clone(), app.clock.now());
    let (bundle, called) = if named {
        (bundles::of_case(&*app.store, row, Identity::Identified, purpose, now).await?, number)
    } else {
        let (key, policy) = (keys::exchange_or_new(&app.data)?, study::shifting()?);
        let called = key.pseudonym("case", &id.to_string());
        (bundles::of_case(&*app.store, row, Identity::Pseudonym(&key, &policy), purpose, now).await?, called)
    };
    let event = Change::Event {
        kind: Kind::Case,
        subject: id.to_string(),
        case: Some(id),
        what: "exported".to_owned(),
        detail: json!({ "what": "fhir", "identity": named }),
    };
    app.commit(&person, "", vec![event], Vec::new()).await?;
    let (file, ()) = make(&app, move |out, _| {
        serde_json::to_writer_pretty(out, &bundle).map_err(crate::register::trouble::Trouble::failed)
    })
    .await?;
    download(file, &format!("case-{called}.fhir.json"), "application/fhir+json")
}
