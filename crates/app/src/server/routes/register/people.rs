//! Members of staff.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use records::person::Profession;
use records::record::About;
use records::{Account, Action, Change, Hospital, Id, Item};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::server::App;
use crate::server::auth::scope::{is_seen_by, must_reach};
use crate::server::auth::{Access, Person};
use crate::server::extract::{Body, Given, IfMatch, Key, Versioned, reason};
use crate::server::problem::Problem;
use crate::server::routes::{Route, get, patch, post};
use crate::server::views::register::{People, PersonView};

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/people", Access::May(Action::ReadRegister), list),
        post("/people", Access::May(Action::EditRegister), create),
        get("/people/{id}", Access::May(Action::ReadRegister), read),
        patch("/people/{id}", Access::May(Action::EditRegister), edit),
    ]
}

/// The people of the hospitals that the asking person belongs to.
#[utoipa::path(get, path = "/people", tag = "register", responses((status = 200, body = People)))]
pub async fn list(State(app): State<App>, person: Person) -> Result<Json<People>, Problem> {
    let people = app.store.people(person.hospitals()).await?;
    Ok(Json(People { rows: people.iter().map(PersonView::from).collect() }))
}

fn profession(name: &str) -> Result<Profession, Problem> {
    Profession::ALL.into_iter().find(|one| one.name() == name).ok_or_else(|| {
        Problem::field(
            "profession",
            "没有这个职业；可选：医师、物理师、护士、技术人员、保管员。",
            "there is no such profession; choose physician, physicist, nurse, technician or custodian",
        )
    })
}

async fn account(app: &App, who: &Person, given: Option<String>) -> Result<Option<Id<Account>>, Problem> {
    let Some(text) = given.filter(|text| !text.is_empty()) else { return Ok(None) };
    let unknown = || Problem::field("account", "没有这个账号。", "there is no such account");
    let id = text.parse().map_err(|_| unknown())?;
    let account = app.store.account(id).await?.filter(|account| is_seen_by(account, who.hospitals()));
    account.map(|account| Some(account.id)).ok_or_else(unknown)
}

/// A new person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    hospital: String,
    /// staff number
    #[serde(default)]
    number: String,
    name: String,
    /// `physician`, `physicist`, `nurse`, `technician`, `custodian`
    profession: String,
    /// the account the person logs in with
    account: Option<String>,
}

/// Enters a person.
#[utoipa::path(post, path = "/people", tag = "register", request_body = NewPerson, responses((status = 201, body = PersonView)))]
pub async fn create(State(app): State<App>, person: Person, Body(new): Body<NewPerson>) -> Result<Response, Problem> {
    let unknown = || Problem::field("hospital", "没有这家医院。", "there is no such hospital");
    let hospital: Id<Hospital> = new.hospital.parse().map_err(|_| unknown())?;
    must_reach(&*app.store, person.hospitals(), About::Hospital(hospital)).await?;
    let made = records::Person {
        id: app.clock.new_id(),
        version: 1,
        hospital,
        number: new.number.trim().to_owned(),
        name: new.name.trim().to_owned(),
        profession: profession(&new.profession)?,
        account: account(&app, &person, new.account).await?,
        active: true,
        created: app.clock.now(),
    };
    app.commit(&person, "", vec![Change::Create(Item::Person(made.clone()))], Vec::new()).await?;
    Ok((StatusCode::CREATED, Versioned(1, PersonView::from(&made))).into_response())
}

async fn one(app: &App, id: Id<records::Person>) -> Result<records::Person, Problem> {
    app.store.person(id).await?.ok_or_else(|| Problem::not_found("位人员", "person"))
}

/// One person.
#[utoipa::path(get, path = "/people/{id}", tag = "register", params(("id" = String, Path)), responses((status = 200, body = PersonView)))]
pub async fn read(State(app): State<App>, Key(id): Key<records::Person>) -> Result<Versioned<PersonView>, Problem> {
    let found = one(&app, id).await?;
    Ok(Versioned(found.version, PersonView::from(&found)))
}

/// A change of a person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonPatch {
    number: Option<String>,
    name: Option<String>,
    profession: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    account: Given<String>,
    active: Option<bool>,
    /// the reason
    why: String,
}

/// Changes a person.
#[utoipa::path(patch, path = "/people/{id}", tag = "register", params(("id" = String, Path)), request_body = PersonPatch,
    responses((status = 200, body = PersonView), (status = 412), (status = 428)))]
pub async fn edit(
    State(app): State<App>,
    person: Person,
    Key(id): Key<records::Person>,
    version: IfMatch,
    Body(patch): Body<PersonPatch>,
) -> Result<Versioned<PersonView>, Problem> {
    let why = reason(&patch.why)?;
    let before = one(&app, id).await?;
    version.must_be(before.version)?;
    let mut after = records::Person { version: before.version + 1, ..before.clone() };
    if let Some(number) = patch.number {
        number.trim().clone_into(&mut after.number);
    }
    if let Some(name) = patch.name {
        name.trim().clone_into(&mut after.name);
    }
    if let Some(name) = patch.profession {
        after.profession = profession(&name)?;
    }
    if let Given::Is(given) = patch.account {
        after.account = account(&app, &person, given).await?;
    }
    after.active = patch.active.unwrap_or(after.active);
    let changes = vec![Change::Replace { before: Item::Person(before), after: Item::Person(after.clone()) }];
    app.commit(&person, &why, changes, Vec::new()).await?;
    Ok(Versioned(after.version, PersonView::from(&after)))
}
