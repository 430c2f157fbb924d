//! Filled-in forms.

use axum::Json;
use axum::body::Body as Raw;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use records::forms::Form;
use records::record::{About, Attachment};
use records::store::RecordQuery;
use records::{Action, Change, Id, Item, Kind, Record, consequence};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::server::App;
use crate::server::auth::scope::must_reach;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Asked, Body, IfMatch, Key, Versioned, reason, text};
use crate::server::files::{hand_out, keep};
use crate::server::problem::Problem;
use crate::server::routes::{Route, get, patch, post};
use crate::server::views::Names;
use crate::server::views::register::{RecordView, Records};

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/records", Access::May(Action::ReadRegister), list),
        post("/records", Access::May(Action::WriteRecords), create),
        get("/records/{id}", Access::May(Action::ReadRegister), read),
        patch("/records/{id}", Access::May(Action::WriteRecords), edit),
        post("/records/{id}/files", Access::May(Action::WriteRecords), attach),
        get("/records/{id}/files/{content}", Access::May(Action::ReadRegister), content),
    ]
}

/// Which filled-in forms to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// what they are about: `case`, `person`, `hospital` or `lot`, a colon, the identifier
    #[serde(default)]
    about: String,
    /// only these forms, with commas
    #[serde(default)]
    form: String,
    /// only of this day and later
    from: Option<String>,
    /// only of this day and earlier
    to: Option<String>,
    /// only those that lapse on this day or before, the first to lapse first
    until: Option<String>,
    /// withdrawn ones too
    #[serde(default)]
    withdrawn: bool,
    /// rows to pass over
    #[serde(default)]
    offset: u64,
    /// rows at most (1000)
    limit: Option<u32>,
}

fn about(text: &str) -> Result<About, Problem> {
    let unknown = || {
        Problem::field(
            "about",
            "about 须为 case、person、hospital 或 lot，加冒号和编号。",
            "about is case, person, hospital or lot, a colon and the identifier",
        )
    };
    let (kind, id) = text.split_once(':').ok_or_else(unknown)?;
    fn parsed<T>(id: &str) -> Option<Id<T>> {
        id.parse().ok()
    }
    match kind {
        "case" => parsed(id).map(About::Case),
        "person" => parsed(id).map(About::Person),
        "hospital" => parsed(id).map(About::Hospital),
        "lot" => parsed(id).map(About::Lot),
        _ => None,
    }
    .ok_or_else(unknown)
}

/// A day of a query.
///
/// # Errors
/// When it is none.
pub fn day(field: &'static str, text: Option<&str>) -> Result<Option<Date>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = || Problem::field(field, "日期须写作 2026-01-31。", "a day is written 2026-01-31");
    text.parse().map(Some).map_err(|_| wrong())
}

/// Filled-in forms, the latest first.
#[utoipa::path(get, path = "/records", tag = "register", params(Which), responses((status = 200, body = Records)))]
pub async fn list(
    State(app): State<App>,
    person: Person,
    Asked(which): Asked<Which>,
) -> Result<Json<Records>, Problem> {
    let about = if which.about.is_empty() { None } else { Some(about(&which.about)?) };
    if let Some(about) = about {
        must_reach(&*app.store, person.hospitals(), about).await?;
        may_read(&person, about)?;
    }
    let query = RecordQuery {
        about,
        kinds: kinds(&person),
        forms: which.form.split(',').filter(|form| !form.is_empty()).map(str::to_owned).collect(),
        // what is named was looked at already
        hospitals: if about.is_some() { Vec::new() } else { person.hospitals().to_vec() },
        from: day("from", which.from.as_deref())?,
        to: day("to", which.to.as_deref())?,
        until: day("until", which.until.as_deref())?,
        withdrawn: which.withdrawn,
        offset: which.offset,
        limit: which.limit.unwrap_or(200).clamp(1, 1000),
    };
    let page = app.store.records(&query).await?;
    let names = Names::read(&*app.store).await?;
    Ok(Json(Records { rows: page.rows.iter().map(|one| RecordView::new(one, &names)).collect(), total: page.total }))
}

/// The kinds of things whose records the person may see.
fn kinds(person: &Person) -> Vec<Kind> {
    let may = |action: Action| action.allowed(&person.account.roles);
    let all = [
        (true, Kind::Hospital),
        (true, Kind::Person),
        (may(Action::ReadSources), Kind::Lot),
        (may(Action::ReadCases), Kind::Case),
    ];
    all.into_iter().filter(|(may, _)| *may).map(|(_, kind)| kind).collect()
}

/// What is said of a case is for those who may see cases.
fn may_read(person: &Person, about: About) -> Result<(), Problem> {
    match about {
        About::Case(_) => person.must(Action::ReadCases),
        About::Lot(_) => person.must(Action::ReadSources),
        About::Person(_) | About::Hospital(_) => Ok(()),
    }
}

/// What something is about, as JSON.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AboutBody {
    /// `case`, `person`, `hospital` or `lot`
    kind: String,
    id: String,
}

/// A form filled in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecord {
    /// name of the form
    form: String,
    about: AboutBody,
    /// by field name
    #[schema(value_type = Object)]
    values: Map<String, Value>,
    /// the day it speaks of, where the form has no field for it
    day: Option<String>,
}

fn form<'a>(app: &'a App, name: &str) -> Result<&'a Form, Problem> {
    app.forms.get(name).ok_or_else(|| Problem::field("form", "没有这种表单。", "there is no such form"))
}

/// Values as they are kept, or every field that cannot be as given.
fn checked(form: &Form, values: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let values = Form::clean(values);
    let Err(wrong) = form.check(&values) else { return Ok(values) };
    let mut problem = Problem::invalid(
        format!("有 {} 项需要改正。", wrong.len()),
        format!("{} of the values must be put right", wrong.len()),
    );
    for error in wrong {
        problem.fields.insert(error.field, format!("{} · {}", error.zh, error.en));
    }
    Err(problem)
}

/// Fills in a form.
#[utoipa::path(post, path = "/records", tag = "register", request_body = NewRecord, responses((status = 201, body = RecordView)))]
pub async fn create(State(app): State<App>, person: Person, Body(new): Body<NewRecord>) -> Result<Response, Problem> {
    let about = about(&format!("{}:{}", new.about.kind, new.about.id))?;
    let given = day("day", new.day.as_deref())?;
    fill_in(&app, &person, &new.form, about, &new.values, given).await
}

/// Fills in a form with values that a person or the program gives.
///
/// # Errors
/// Problems of the fields, of what the person may not write, and of what the norms do not let be written.
pub async fn fill_in(
    app: &App,
    person: &Person,
    name: &str,
    about: About,
    values: &Map<String, Value>,
    given: Option<Date>,
) -> Result<Response, Problem> {
    let form = form(app, name)?;
    may_write(app, person, form, about).await?;
    let values = checked(form, values)?;
    let record = Record {
        id: app.clock.new_id(),
        version: 1,
        form: form.name.clone(),
        edition: form.edition,
        about,
        day: form.record_day(&values).or(given).unwrap_or_else(|| app.clock.today()),
        until: form.record_until(&values),
        unique: form.record_unique(&values),
        values,
        files: Vec::new(),
        withdrawn: false,
        created_by: person.id(),
        created: app.clock.now(),
    };
    if !form.repeats {
        once(app, &record).await?;
    }
    let warnings = super::super::norms::before(app, &record).await?;
    let mut changes = vec![Change::Create(Item::Record(record.clone()))];
    changes.extend(of_case(app, None, &record).await?);
    app.commit(person, "", changes, Vec::new()).await?;
    let view = RecordView::new(&record, &Names::read(&*app.store).await?).with_warnings(warnings);
    Ok((StatusCode::CREATED, Versioned(1, view)).into_response())
}

/// Refuses a second form of a kind that is filled in once.
async fn once(app: &App, record: &Record) -> Result<(), Problem> {
    let query =
        RecordQuery { about: Some(record.about), forms: vec![record.form.clone()], limit: 1, ..RecordQuery::default() };
    if app.store.records(&query).await?.total == 0 {
        return Ok(());
    }
    Err(Problem::refused(
        "此表只填一份，已经填过；请修改原来的那份。",
        "this form is filled in once and is there already; change that one",
    ))
}

async fn may_write(app: &App, person: &Person, form: &Form, about: About) -> Result<(), Problem> {
    if !form.may_write(&person.account.roles) {
        return Err(Problem::forbidden(&form.name));
    }
    if !form.about.contains(&about.kind()) {
        return Err(Problem::field("about", "此表不是填给这类对象的。", "this form is not about such a thing"));
    }
    must_reach(&*app.store, person.hospitals(), about).await?;
    if let About::Case(id) = about {
        let case = app.open_case(id).await?.case;
        if !form.fits(case.technique) {
            return Err(Problem::field(
                "form",
                "此技术的病例没有这种表单。",
                "cases of this technique have no such form",
            ));
        }
    }
    Ok(())
}

async fn record(app: &App, id: Id<Record>) -> Result<Record, Problem> {
    app.store.record(id).await?.ok_or_else(|| Problem::not_found("份记录", "record"))
}

/// One filled-in form.
#[utoipa::path(get, path = "/records/{id}", tag = "register", params(("id" = String, Path)), responses((status = 200, body = RecordView)))]
pub async fn read(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Record>,
) -> Result<Versioned<RecordView>, Problem> {
    let found = record(&app, id).await?;
    may_read(&person, found.about)?;
    Ok(Versioned(found.version, RecordView::new(&found, &Names::read(&*app.store).await?)))
}

/// A change of what was filled in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordPatch {
    /// all values anew
    #[schema(value_type = Option<Object>)]
    values: Option<Map<String, Value>>,
    /// true to withdraw it, false to put it back
    withdrawn: Option<bool>,
    /// the reason
    why: String,
}

/// Changes what was filled in, or withdraws it.
#[utoipa::path(patch, path = "/records/{id}", tag = "register", params(("id" = String, Path)), request_body = RecordPatch,
    responses((status = 200, body = RecordView), (status = 412), (status = 428)))]
pub async fn edit(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Record>,
    version: IfMatch,
    Body(patch): Body<RecordPatch>,
) -> Result<Versioned<RecordView>, Problem> {
    let why = reason(&patch.why)?;
    let before = record(&app, id).await?;
    version.must_be(before.version)?;
    let form = form(&app, &before.form)?;
    may_write(&app, &person, form, before.about).await?;
    let mut after = Record { version: before.version + 1, ..before.clone() };
    if let Some(values) = patch.values {
        after.values = checked(form, &values)?;
        after.edition = form.edition;
        after.day = form.record_day(&after.values).unwrap_or(after.day);
        after.until = form.record_until(&after.values);
        after.unique = form.record_unique(&after.values);
    }
    after.withdrawn = patch.withdrawn.unwrap_or(after.withdrawn);
    let warnings = if after.withdrawn { Vec::new() } else { super::super::norms::before(&app, &after).await? };
    replace(&app, &person, &why, before, &after).await?;
    Ok(Versioned(after.version, RecordView::new(&after, &Names::read(&*app.store).await?).with_warnings(warnings)))
}

async fn replace(app: &App, person: &Person, why: &str, before: Record, after: &Record) -> Result<(), Problem> {
    let of_case = of_case(app, Some(&before), after).await?;
    let mut changes = vec![Change::Replace { before: Item::Record(before), after: Item::Record(after.clone()) }];
    changes.extend(of_case);
    app.commit(person, why, changes, Vec::new()).await?;
    Ok(())
}

/// What a record says of its case is changed there, too.
async fn of_case(app: &App, before: Option<&Record>, record: &Record) -> Result<Option<Change>, Problem> {
    let About::Case(id) = record.about else { return Ok(None) };
    let case = app.case(id).await?.case;
    let all = RecordQuery { about: Some(record.about), limit: 1000, ..RecordQuery::default() };
    let others = app.store.records(&all).await?.rows;
    let after = consequence::of_record(&case, before, record, &others, app.limits.schedule.imaging_after_days);
    Ok(after.map(|after| Change::Replace { before: Item::Case(case), after: Item::Case(after) }))
}

/// A file's name.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Named {
    /// name of the file
    #[serde(default)]
    file_name: String,
}

/// Adds a paper to a filled-in form; the body is the file, `Content-Type` its type.
#[utoipa::path(post, path = "/records/{id}/files", tag = "register", params(("id" = String, Path), Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = RecordView), (status = 413)))]
pub async fn attach(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Record>,
    Asked(named): Asked<Named>,
    headers: HeaderMap,
    body: Raw,
) -> Result<Response, Problem> {
    let before = record(&app, id).await?;
    may_write(&app, &person, form(&app, &before.form)?, before.about).await?;
    let short = |given: &str, most: usize| {
        given.chars().filter(|c| !c.is_control()).take(most).collect::<String>().trim().to_owned()
    };
    let kept = keep(&app, &headers, body, app.limits.request.document_bytes).await?;
    if kept.bytes == 0 {
        return Err(Problem::field("file", "文件是空的，请重新选择。", "the file is empty; choose another"));
    }
    let mut after = Record { version: before.version + 1, ..before.clone() };
    after.files.push(Attachment {
        file_name: short(named.file_name.rsplit(['/', '\\']).next().unwrap_or_default(), 200),
        media_type: short(text(&headers, header::CONTENT_TYPE), 100),
        content: kept.content,
        bytes: kept.bytes,
    });
    replace(&app, &person, "", before, &after).await?;
    let view = RecordView::new(&after, &Names::read(&*app.store).await?);
    Ok((StatusCode::CREATED, Versioned(after.version, view)).into_response())
}

/// A paper of a filled-in form; that it was fetched is noted in the ledger.
#[utoipa::path(get, path = "/records/{id}/files/{content}", tag = "register", params(("id" = String, Path), ("content" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub async fn content(
    State(app): State<App>,
    person: Person,
    Path((id, content)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let nothing = || Problem::not_found("份文件", "document");
    let found = record(&app, id.parse().map_err(|_| nothing())?).await?;
    may_read(&person, found.about)?;
    let file = found.files.iter().find(|file| file.content.to_string() == content).ok_or_else(nothing)?;
    let answer = hand_out(&app, file.content, &file.file_name, &file.media_type, true).await?;
    let case = match found.about {
        About::Case(case) => Some(case),
        _ => None,
    };
    let event = Change::Event {
        kind: Kind::Record,
        subject: found.id.to_string(),
        case,
        what: "fetched".to_owned(),
        detail: json!({ "content": file.content }),
    };
    app.commit(&person, "", vec![event], Vec::new()).await?;
    Ok(answer)
}
