//! The worklist, and a case with everything that belongs to it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::ToSpan as _;
use jiff::civil::Date;
use records::case::Intent;
use records::signature;
use records::store::{CaseOrder, CaseQuery, CaseRow, EntryQuery};
use records::verification::State as Progress;
use records::{Account, Action, Case, Change, Id, Item, Patient, Role, Stage, StoreError};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::audit::limit;
use super::{Route, get, patch, post};
use super::way::{check_way, technique, treated_at};
use crate::clock::{hex, random};
use crate::server::App;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Asked, Body, Given, IfMatch, Key, Versioned, reason};
use crate::server::problem::Problem;
use crate::server::views::Names;
use crate::server::views::case::{CasePage, CaseView, CountsView, Worklist, missing};
use crate::server::views::job::JobView;
use crate::server::views::ledger::{EntryView, Timeline};
use crate::server::views::study::{DocumentView, StudyView};
use crate::server::views::verification::VerificationRow;
use crate::worker;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/cases", Access::May(Action::ReadCases), list),
        post("/cases", Access::May(Action::OpenCase), create),
        get("/cases/{id}", Access::May(Action::ReadCases), read),
        patch("/cases/{id}", Access::May(Action::EditCase), edit),
        get("/cases/{id}/timeline", Access::May(Action::ReadCases), timeline),
    ]
}

/// Case numbers tried before giving up.
const TRIES: u32 = 50;

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
            let (zh, en) = (
                "没有这种排序；可选：due、newest、number。",
                "there is no such order; choose due, newest or number",
            );
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

/// A patient of a new case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPatient {
    #[serde(default)]
    number: String,
    name: String,
    birth_date: Option<String>,
    #[serde(default)]
    sex: String,
}

/// What is meant to be implanted.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewIntent {
    prescription_gy: Option<f64>,
    model: Option<String>,
    strength_u: Option<f64>,
    count: Option<u32>,
}

impl From<NewIntent> for Intent {
    fn from(new: NewIntent) -> Self {
        let model = new.model.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        Self { prescription_gy: new.prescription_gy, model, strength_u: new.strength_u, count: new.count }
    }
}

/// A new case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCase {
    /// given by the server when absent: YYYY-NNNN
    number: Option<String>,
    patient: NewPatient,
    /// the hospital; may be left out by who belongs to one, or where there is one
    hospital: Option<String>,
    /// `seed_implant` (usual), `ablation` or `radiopharmaceutical`
    #[serde(default)]
    technique: String,
    /// code of the way, such as `percutaneous`
    #[serde(default)]
    route: String,
    /// code of the means, such as `microwave`
    #[serde(default)]
    method: String,
    site: String,
    #[serde(default)]
    diagnosis: String,
    /// YYYY-MM-DD
    implanted_on: Option<String>,
    #[serde(default)]
    intent: NewIntent,
    /// account
    physician: Option<String>,
    /// account
    physicist: Option<String>,
    /// 30 days after the implant when absent
    imaging_due: Option<String>,
    follow_up_due: Option<String>,
    #[serde(default)]
    notes: String,
}

/// A day of a form.
pub fn day(field: &str, text: Option<&str>) -> Result<Option<Date>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = || {
        Problem::field(
            field,
            format!("“{}”不是日期，请写作 2026-01-31。", short(text)),
            format!("'{}' is no day; write it like 2026-01-31", short(text)),
        )
    };
    text.parse::<Date>().map(Some).map_err(|_| wrong())
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A person named in a form, who must be there.
async fn person_of(app: &App, field: &str, id: Option<&str>) -> Result<Option<Id<Account>>, Problem> {
    let Some(text) = id.filter(|text| !text.is_empty()) else { return Ok(None) };
    let nobody = || Problem::field(field, "没有这个人员账号，请重新选择。", "there is no such account; choose again");
    let id: Id<Account> = text.parse().map_err(|_| nobody())?;
    app.store.account(id).await?.ok_or_else(nobody).map(|account| Some(account.id))
}

fn line(field: &str, text: &str, most: usize) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(Problem::field(
            field,
            format!("内容过长（至多 {most} 字）。"),
            format!("longer than {most} characters"),
        ));
    }
    Ok(text.to_owned())
}

fn check_patient(patient: &Patient) -> Result<(), Problem> {
    if patient.name.trim().is_empty() {
        return Err(Problem::field("patient.name", "请填写患者姓名。", "the patient's name is missing"));
    }
    if !matches!(patient.sex.as_str(), "" | "M" | "F" | "O") {
        return Err(Problem::field("patient.sex", "性别须为 M、F 或 O，或留空。", "sex is M, F, O or empty"));
    }
    line("patient.name", &patient.name, 120)?;
    line("patient.number", &patient.number, 64).map(drop)
}

fn checked_dates(case: &Case, patient: &Patient, today: Date) -> Result<(), Problem> {
    if case.implanted_on.is_some_and(|date| date > today) {
        return Err(Problem::field(
            "implanted_on",
            "植入日期在今天之后，请核对。",
            "the day of the implant is after today",
        ));
    }
    if patient.birth_date.is_some_and(|born| born > today || case.implanted_on.is_some_and(|date| date < born)) {
        return Err(Problem::field(
            "patient.birth_date",
            "出生日期晚于今天或植入日期，请核对。",
            "the date of birth is after today or the implant",
        ));
    }
    Ok(())
}

/// The number after the last of the year: `2026-0001`, `2026-0002`…
async fn next_number(app: &App, year: i16) -> Result<u32, StoreError> {
    let prefix = format!("{year:04}-");
    let asked = |offset| CaseQuery {
        search: prefix.clone(),
        withdrawn: true,
        order: CaseOrder::Number,
        offset,
        limit: 200,
        ..CaseQuery::default()
    };
    let mut page = app.store.cases(&asked(0)).await?;
    if page.total > 200 {
        page = app.store.cases(&asked(page.total - 200)).await?;
    }
    let numbers = page.rows.iter().filter_map(|row| row.case.number.strip_prefix(&prefix)?.parse::<u32>().ok());
    Ok(numbers.max().unwrap_or(0) + 1)
}

/// Opens a case. A patient whose hospital number is known already is the same person; then name and date of birth must agree.
#[utoipa::path(post, path = "/cases", tag = "cases", request_body = NewCase, responses((status = 201, body = CaseView)))]
pub async fn create(State(app): State<App>, person: Person, Body(new): Body<NewCase>) -> Result<Response, Problem> {
    let now = app.clock.now();
    let today = app.clock.today();
    let number = new.patient.number.trim();
    let known = if number.is_empty() { None } else { app.store.patient_by_number(number).await? };
    let birth_date = day("patient.birth_date", new.patient.birth_date.as_deref())?;
    let patient = match &known {
        Some(known) => {
            let other_birth = birth_date.is_some_and(|born| known.birth_date.is_some_and(|kept| kept != born));
            if known.name.trim() != new.patient.name.trim() || other_birth {
                return Err(Problem::field(
                    "patient.number",
                    "此患者编号已登记在另一姓名或出生日期之下；请核对编号，或先更正原登记。",
                    "this patient number is registered with another name or date of birth; check the number, or correct the \
                     registration first",
                ));
            }
            known.clone()
        }
        None => Patient {
            id: app.clock.new_id(),
            version: 1,
            number: number.to_owned(),
            name: new.patient.name.trim().to_owned(),
            birth_date,
            sex: new.patient.sex.clone(),
            salt: hex(&random::<16>()),
        },
    };
    check_patient(&patient)?;
    let hospital = treated_at(&app, &person, new.hospital.as_deref()).await?;
    let technique = technique(&new.technique)?;
    check_way(technique, &new.route, &new.method)?;
    let implanted_on = day("implanted_on", new.implanted_on.as_deref())?;
    let usual_imaging =
        implanted_on.and_then(|date| date.checked_add(app.limits.schedule.imaging_after_days.days()).ok());
    let mut case = Case {
        id: app.clock.new_id(),
        version: 1,
        number: new.number.as_deref().map(str::trim).unwrap_or_default().to_owned(),
        patient: patient.id,
        hospital,
        technique,
        route: new.route.clone(),
        method: new.method.clone(),
        site: line("site", &new.site, 80)?,
        diagnosis: line("diagnosis", &new.diagnosis, 500)?,
        implanted_on,
        intent: new.intent.into(),
        physician: person_of(&app, "physician", new.physician.as_deref()).await?,
        physicist: person_of(&app, "physicist", new.physicist.as_deref()).await?,
        imaging_due: day("imaging_due", new.imaging_due.as_deref())?.or(usual_imaging),
        follow_up_due: day("follow_up_due", new.follow_up_due.as_deref())?,
        withdrawn: false,
        notes: line("notes", &new.notes, 4000)?,
        created: now,
    };
    checked_dates(&case, &patient, today)?;
    let given = !case.number.is_empty();
    let mut next = if given { 0 } else { next_number(&app, today.year()).await? };
    for _ in 0..TRIES {
        if !given {
            case.number = format!("{:04}-{next:04}", today.year());
        }
        case.check()?;
        let person_is_new = known.is_none().then(|| Change::Create(Item::Patient(patient.clone())));
        let changes = person_is_new.into_iter().chain([Change::Create(Item::Case(case.clone()))]).collect();
        match app.commit(&person, "", changes, Vec::new()).await {
            // somebody opened a case at the same moment
            Err(StoreError::Taken { what: "the case number", .. }) if !given => next += 1,
            Err(other) => return Err(other.into()),
            Ok(()) => {
                let row = app.case(case.id).await?;
                return Ok((StatusCode::CREATED, Versioned(1, CaseView::new(&row, today))).into_response());
            }
        }
    }
    Err(Problem::failed("no free case number was found"))
}

impl App {
    /// A case that must be there.
    ///
    /// # Errors
    /// A `not-found` problem.
    pub async fn case(&self, id: Id<Case>) -> Result<CaseRow, Problem> {
        self.store.case(id).await?.ok_or_else(|| Problem::not_found("个病例", "case"))
    }

    /// A case that may still be worked on.
    ///
    /// # Errors
    /// A `not-found` or `refused` problem.
    pub async fn open_case(&self, id: Id<Case>) -> Result<CaseRow, Problem> {
        let row = self.case(id).await?;
        if row.case.withdrawn {
            return Err(Problem::refused(
                "此病例已撤销，不能再添加内容；如系误撤，请先恢复。",
                "this case is withdrawn; put it back before anything is added to it",
            ));
        }
        Ok(row)
    }
}

/// A case with everything that belongs to it.
#[utoipa::path(get, path = "/cases/{id}", tag = "cases", params(("id" = String, Path)), responses((status = 200, body = CasePage), (status = 404)))]
pub async fn read(State(app): State<App>, Key(id): Key<Case>) -> Result<Versioned<CasePage>, Problem> {
    let row = app.case(id).await?;
    let names = Names::read(&*app.store).await?;
    let (studies, documents) = (app.store.studies(id).await?, app.store.documents(id).await?);
    let mut verifications = app.store.verifications(id).await?;
    for one in verifications.iter_mut().filter(|one| one.state == Progress::Running) {
        *one = worker::verification(&app, one.id).await?;
    }
    let mut rows = Vec::with_capacity(verifications.len());
    let mut unsigned: Vec<Role> = Vec::new();
    for one in &verifications {
        let signatures = app.store.signatures(one.id).await?;
        if let (Progress::Computed, Some(outcome)) = (one.state, &one.outcome) {
            unsigned = signature::missing(&signatures, outcome.content());
        }
        rows.push(VerificationRow::new(one, &signatures, &names));
    }
    let of_case =
        |job: &records::Job| job.input.get("case").and_then(serde_json::Value::as_str) == Some(&id.to_string());
    let jobs = app.store.open_jobs().await?;
    let consent = documents.iter().any(|one| one.kind == "consent" && !one.withdrawn);
    let page = CasePage {
        case: CaseView::new(&row, app.clock.today()),
        missing: missing(&row, &studies, &verifications, consent, &unsigned),
        studies: studies.iter().map(|study| StudyView::new(study, &names)).collect(),
        documents: documents.iter().map(|document| DocumentView::new(document, &names)).collect(),
        verifications: rows,
        jobs: jobs.iter().filter(|job| of_case(job)).map(JobView::from).collect(),
    };
    Ok(Versioned(row.case.version, page))
}

/// A change of the patient's identity.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientPatch {
    /// the version that was read; refused when it is another by now
    version: Option<u32>,
    number: Option<String>,
    name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    birth_date: Given<String>,
    sex: Option<String>,
}

/// A change of a case; what is absent stays, `null` empties.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CasePatch {
    number: Option<String>,
    /// code of the way
    route: Option<String>,
    /// code of the means
    method: Option<String>,
    site: Option<String>,
    diagnosis: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    implanted_on: Given<String>,
    intent: Option<NewIntent>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    physician: Given<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    physicist: Given<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    imaging_due: Given<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    follow_up_due: Given<String>,
    notes: Option<String>,
    withdrawn: Option<bool>,
    patient: Option<PatientPatch>,
    /// the reason
    why: String,
}

/// Changes a case and its patient's identity together.
#[utoipa::path(patch, path = "/cases/{id}", tag = "cases", params(("id" = String, Path)), request_body = CasePatch,
    responses((status = 200, body = CaseView), (status = 412), (status = 428)))]
pub async fn edit(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Case>,
    version: IfMatch,
    Body(asked): Body<CasePatch>,
) -> Result<Versioned<CaseView>, Problem> {
    let why = reason(&asked.why)?;
    let CaseRow { case: before, patient: patient_before, .. } = app.case(id).await?;
    version.must_be(before.version)?;
    let mut case = before.clone();
    let put = |field: &mut String, name: &str, text: Option<&str>, most| -> Result<(), Problem> {
        if let Some(text) = text {
            *field = line(name, text, most)?;
        }
        Ok(())
    };
    put(&mut case.number, "number", asked.number.as_deref(), 40)?;
    put(&mut case.site, "site", asked.site.as_deref(), 80)?;
    put(&mut case.diagnosis, "diagnosis", asked.diagnosis.as_deref(), 500)?;
    put(&mut case.notes, "notes", asked.notes.as_deref(), 4000)?;
    if let Given::Is(date) = &asked.implanted_on {
        case.implanted_on = day("implanted_on", date.as_deref())?;
        if before.imaging_due.is_none() && asked.imaging_due == Given::Absent {
            case.imaging_due =
                case.implanted_on.and_then(|date| date.checked_add(app.limits.schedule.imaging_after_days.days()).ok());
        }
    }
    if let Given::Is(date) = &asked.imaging_due {
        case.imaging_due = day("imaging_due", date.as_deref())?;
    }
    if let Given::Is(date) = &asked.follow_up_due {
        case.follow_up_due = day("follow_up_due", date.as_deref())?;
    }
    if let Given::Is(who) = &asked.physician {
        case.physician = person_of(&app, "physician", who.as_deref()).await?;
    }
    if let Given::Is(who) = &asked.physicist {
        case.physicist = person_of(&app, "physicist", who.as_deref()).await?;
    }
    case.route = asked.route.unwrap_or(case.route);
    case.method = asked.method.unwrap_or(case.method);
    check_way(case.technique, &case.route, &case.method)?;
    case.intent = asked.intent.map_or(case.intent, Intent::from);
    case.withdrawn = asked.withdrawn.unwrap_or(case.withdrawn);
    let patient = match asked.patient {
        Some(patch) => changed_patient(&patient_before, patch)?,
        None => patient_before.clone(),
    };
    case.check()?;
    checked_dates(&case, &patient, app.clock.today())?;
    let mut changes = Vec::new();
    if patient != patient_before {
        let after = Patient { version: patient_before.version + 1, ..patient };
        changes.push(Change::Replace { before: Item::Patient(patient_before), after: Item::Patient(after) });
    }
    // the case's version goes up even when only the patient changed: whoever has the old page open must see it
    case.version = before.version + 1;
    changes.push(Change::Replace { before: Item::Case(before), after: Item::Case(case) });
    app.commit(&person, &why, changes, Vec::new()).await?;
    let row = app.case(id).await?;
    Ok(Versioned(row.case.version, CaseView::new(&row, app.clock.today())))
}

fn changed_patient(before: &Patient, patch: PatientPatch) -> Result<Patient, Problem> {
    if patch.version.is_some_and(|version| version != before.version) {
        return Err(Problem::conflict());
    }
    let mut patient = before.clone();
    if let Some(number) = patch.number {
        number.trim().clone_into(&mut patient.number);
    }
    if let Some(name) = patch.name {
        name.trim().clone_into(&mut patient.name);
    }
    if let Given::Is(date) = patch.birth_date {
        patient.birth_date = day("patient.birth_date", date.as_deref())?;
    }
    patient.sex = patch.sex.unwrap_or(patient.sex);
    check_patient(&patient)?;
    if (&patient.name, &patient.number) != (&before.name, &before.number) {
        // a new salt: an old seal and a new one say nothing about each other
        patient.salt = hex(&random::<16>());
    }
    Ok(patient)
}

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
