//! Lots of seeds, and the movements of every seed.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use records::record::About;
use records::sources::{Lot, Movement, Place, SeedSet, Step, Words, admit, pick, replay};
use records::store::{LotQuery, LotRow};
use records::{Action, Case, Change, Hospital, Id, Item};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::server::App;
use crate::server::auth::scope::must_reach;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Asked, Body, IfMatch, Key, Versioned, reason};
use crate::server::problem::Problem;
use crate::server::routes::{Route, get, patch, post};
use crate::server::views::Names;
use crate::server::views::register::lot::{LotPage, LotView, Lots, MovementView, Movements, Stock};

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/lots", Access::May(Action::ReadSources), list),
        post("/lots", Access::May(Action::MoveSeeds), create),
        get("/lots/{id}", Access::May(Action::ReadSources), read),
        patch("/lots/{id}", Access::May(Action::MoveSeeds), edit),
        post("/lots/{id}/movements", Access::May(Action::MoveSeeds), enter),
        get("/cases/{id}/seeds", Access::May(Action::ReadCases), of_case),
        get("/stock", Access::May(Action::ReadSources), stock),
    ]
}

/// Which lots to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// the beginning of the lot's number
    #[serde(default)]
    number: String,
    /// only lots with seeds in such a place: `stored`, `issued`, `quarantine`, `lost`…
    #[serde(default)]
    place: String,
    /// rows to pass over
    #[serde(default)]
    offset: u64,
    /// rows at most (200)
    limit: Option<u32>,
}

/// Kinds of places, as queries name them.
const PLACES: [&str; 11] = [
    "ordered",
    "cancelled",
    "received",
    "assay",
    "stored",
    "quarantine",
    "issued",
    "implanted",
    "returned",
    "disposed",
    "lost",
];

/// Lots of seeds with where their seeds are, the newest first.
#[utoipa::path(get, path = "/lots", tag = "sources", params(Which), responses((status = 200, body = Lots)))]
pub async fn list(State(app): State<App>, person: Person, Asked(which): Asked<Which>) -> Result<Json<Lots>, Problem> {
    let with_seeds = match which.place.as_str() {
        "" => None,
        text => Some(*PLACES.iter().find(|place| **place == text).ok_or_else(|| {
            Problem::field("place", "没有这种位置。", format!("there is no such place; choose {}", PLACES.join(", ")))
        })?),
    };
    let query = LotQuery {
        hospitals: person.hospitals().to_vec(),
        number: which.number.trim().to_owned(),
        with_seeds,
        offset: which.offset,
        limit: which.limit.unwrap_or(50).clamp(1, 200),
    };
    let page = app.store.lots(&query).await?;
    let now = app.clock.now();
    Ok(Json(Lots { rows: page.rows.iter().map(|row| LotView::new(row, now)).collect(), total: page.total }))
}

/// A lot of seeds that was ordered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLot {
    hospital: String,
    number: String,
    manufacturer: String,
    /// seed model by name
    model: String,
    /// for example I-125
    nuclide: String,
    /// registration number with the NMPA
    #[serde(default)]
    registration: String,
    /// number of seeds
    count: u32,
    /// air-kerma strength of one seed at `reference`, U
    strength_u: f64,
    /// the moment the strength was stated for, RFC 3339
    reference: String,
}

fn moment(field: &'static str, text: &str) -> Result<Timestamp, Problem> {
    text.trim().parse().map_err(|_| {
        Problem::field(
            field,
            "时刻须写作 2026-01-31T08:00:00+08:00（带时区）。",
            "a moment is written 2026-01-31T08:00:00+08:00, with its zone",
        )
    })
}

/// Enters an order. All its seeds are with the supplier until they are received.
#[utoipa::path(post, path = "/lots", tag = "sources", request_body = NewLot, responses((status = 201, body = LotView)))]
pub async fn create(State(app): State<App>, person: Person, Body(new): Body<NewLot>) -> Result<Response, Problem> {
    let unknown = || Problem::field("hospital", "没有这家医院。", "there is no such hospital");
    let hospital: Id<Hospital> = new.hospital.parse().map_err(|_| unknown())?;
    must_reach(&*app.store, person.hospitals(), About::Hospital(hospital)).await?;
    let lot = Lot {
        id: app.clock.new_id(),
        version: 1,
        hospital,
        number: new.number.trim().to_owned(),
        manufacturer: new.manufacturer.trim().to_owned(),
        model: new.model.trim().to_owned(),
        nuclide: new.nuclide.trim().to_owned(),
        registration: new.registration.trim().to_owned(),
        count: new.count,
        strength_u: new.strength_u,
        reference: moment("reference", &new.reference)?,
        created: app.clock.now(),
    };
    app.commit(&person, "", vec![Change::Create(Item::Lot(lot.clone()))], Vec::new()).await?;
    let row = LotRow { places: vec![(Place::Ordered, lot.count)], lot };
    Ok((StatusCode::CREATED, Versioned(1, LotView::new(&row, app.clock.now()))).into_response())
}

async fn row(app: &App, id: Id<Lot>) -> Result<LotRow, Problem> {
    app.store.lot(id).await?.ok_or_else(|| Problem::not_found("批粒子", "lot"))
}

/// A lot with all its movements.
#[utoipa::path(get, path = "/lots/{id}", tag = "sources", params(("id" = String, Path)), responses((status = 200, body = LotPage)))]
pub async fn read(State(app): State<App>, Key(id): Key<Lot>) -> Result<Versioned<LotPage>, Problem> {
    page(&app, id).await
}

async fn page(app: &App, id: Id<Lot>) -> Result<Versioned<LotPage>, Problem> {
    let row = row(app, id).await?;
    let movements = app.store.movements(id).await?;
    let names = Names::read(&*app.store).await?;
    let balance = replay(&row.lot, &movements).map_err(|error| Problem::failed(error.to_string()))?;
    let cases = case_numbers(app, &movements).await?;
    let view = LotPage::new(&row, &balance, &movements, &names, &cases, app.clock.now());
    Ok(Versioned(row.lot.version, view))
}

/// Numbers of the cases that movements name.
pub(super) async fn case_numbers(app: &App, movements: &[Movement]) -> Result<Vec<(Id<Case>, String)>, Problem> {
    let mut ids: Vec<Id<Case>> = movements.iter().filter_map(Movement::case).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut numbers = Vec::with_capacity(ids.len());
    for id in ids {
        let number = app.store.case(id).await?.map(|row| row.case.number).unwrap_or_default();
        numbers.push((id, number));
    }
    Ok(numbers)
}

/// A change of what is said of a lot.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LotPatch {
    number: Option<String>,
    manufacturer: Option<String>,
    registration: Option<String>,
    strength_u: Option<f64>,
    reference: Option<String>,
    /// the reason
    why: String,
}

/// Changes what is said of a lot; how many seeds it has and which model they are stays.
#[utoipa::path(patch, path = "/lots/{id}", tag = "sources", params(("id" = String, Path)), request_body = LotPatch,
    responses((status = 200, body = LotPage), (status = 412), (status = 428)))]
pub async fn edit(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Lot>,
    version: IfMatch,
    Body(patch): Body<LotPatch>,
) -> Result<Versioned<LotPage>, Problem> {
    let why = reason(&patch.why)?;
    let before = row(&app, id).await?.lot;
    version.must_be(before.version)?;
    let mut after = Lot { version: before.version + 1, ..before.clone() };
    let set = |to: &mut String, given: Option<String>| {
        if let Some(text) = given {
            text.trim().clone_into(to);
        }
    };
    set(&mut after.number, patch.number);
    set(&mut after.manufacturer, patch.manufacturer);
    set(&mut after.registration, patch.registration);
    after.strength_u = patch.strength_u.unwrap_or(after.strength_u);
    if let Some(text) = patch.reference {
        after.reference = moment("reference", &text)?;
    }
    let changes = vec![Change::Replace { before: Item::Lot(before), after: Item::Lot(after) }];
    app.commit(&person, &why, changes, Vec::new()).await?;
    page(&app, id).await
}

/// Where seeds are or go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceBody {
    /// `ordered`, `cancelled`, `received`, `assay`, `stored`, `quarantine`, `issued`, `implanted`, `returned`, `disposed`, `lost`
    kind: String,
    /// name of the safe, or identifier of the case
    #[serde(default)]
    of: String,
}

impl PlaceBody {
    fn read(&self, field: &'static str) -> Result<Place, Problem> {
        let of = self.of.trim();
        let found = Place::from_name(&self.kind, of);
        let named = !matches!(&found, Some(Place::Stored(safe)) if safe.is_empty() || safe.chars().count() > 60);
        found.filter(|_| named).ok_or_else(|| {
            Problem::field(
                field,
                "位置不对：须为已知的位置，保险柜须有名称，病例须存在。",
                "no such place: it is one of the known ones, a safe has a name, a case is there",
            )
        })
    }
}

/// A movement of seeds.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMovement {
    /// `receive`, `cancel`, `assay`, `store`, `quarantine`, `issue`, `implant`, `recover`, `return`, `dispose`, `lose`, `find`
    step: String,
    from: PlaceBody,
    to: PlaceBody,
    /// which seeds, `1-20,35`; empty where only their number is known
    #[serde(default)]
    seeds: String,
    /// how many seeds, where `seeds` is empty: those with the lowest numbers are taken
    count: Option<u32>,
    /// when it happened, RFC 3339; now where empty
    #[serde(default)]
    at: String,
    /// the filled-in form that shows it
    evidence: Option<String>,
    #[serde(default)]
    note: String,
}

/// Enters a movement of seeds; refused when it is not lawful at every moment since it happened.
#[utoipa::path(post, path = "/lots/{id}/movements", tag = "sources", params(("id" = String, Path)), request_body = NewMovement,
    responses((status = 201, body = LotPage), (status = 409)))]
pub async fn enter(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Lot>,
    Body(new): Body<NewMovement>,
) -> Result<Response, Problem> {
    let lot = row(&app, id).await?.lot;
    let there = app.store.movements(id).await?;
    let (from, to) = (new.from.read("from")?, new.to.read("to")?);
    for place in [&from, &to] {
        if let Place::Issued(case) | Place::Implanted(case) = place {
            must_reach(&*app.store, person.hospitals(), About::Case(*case)).await?;
        }
    }
    if let Some(id) = new.evidence.as_deref().filter(|text| !text.is_empty()) {
        let unknown = || Problem::field("evidence", "没有这份记录。", "there is no such record");
        let record = app.store.record(id.parse().map_err(|_| unknown())?).await?.ok_or_else(unknown)?;
        must_reach(&*app.store, person.hospitals(), record.about).await.map_err(|_| unknown())?;
    }
    let numbers = case_numbers(&app, &there).await?;
    let movement = composed(&app, &person, &lot, &there, &numbers, (from, to), new)?;
    let known = super::super::norms::before_moving(&app, &lot, &movement).await?;
    app.commit(&person, &movement.note, vec![Change::Create(Item::Movement(movement.clone()))], Vec::new()).await?;
    let Versioned(version, page) = page(&app, id).await?;
    Ok((StatusCode::CREATED, Versioned(version, page.with_warnings(known))).into_response())
}

/// The movement asked for, when it is lawful. Said here with a sentence in both languages; the store looks again inside its transaction.
fn composed(
    app: &App,
    person: &Person,
    lot: &Lot,
    there: &[Movement],
    numbers: &[(Id<Case>, String)],
    (from, to): (Place, Place),
    new: NewMovement,
) -> Result<Movement, Problem> {
    let step = Step::ALL.into_iter().find(|step| step.name() == new.step);
    let step = step.ok_or_else(|| Problem::field("step", "没有这种操作。", "there is no such step"))?;
    let now = app.clock.now();
    let case = |id: Id<Case>| {
        numbers.iter().find(|(one, _)| *one == id).map_or_else(|| id.to_string(), |(_, number)| number.clone())
    };
    let words = Words { case: &case, zone: app.clock.zoned().offset() };
    let refused = |error: records::sources::SourceError| {
        let said = error.sentence(&words);
        Problem::refused(said.zh, said.en)
    };
    let seeds = match (new.seeds.trim(), new.count) {
        ("", Some(count)) => {
            let balance = replay(lot, there).map_err(refused)?;
            pick(&balance, &from, count).map_err(refused)?
        }
        ("", None) => {
            let (zh, en) = ("请写明哪些粒子，或多少粒。", "say which seeds, or how many");
            return Err(Problem::field("seeds", zh, en));
        }
        (text, _) => text
            .parse::<SeedSet>()
            .map_err(|error| Problem::field("seeds", "粒子编号写作 1-20,35。", error.to_string()))?,
    };
    let evidence = match new.evidence.filter(|text| !text.is_empty()) {
        Some(text) => {
            Some(text.parse().map_err(|_| Problem::field("evidence", "没有这份记录。", "there is no such record"))?)
        }
        None => None,
    };
    let movement = Movement {
        id: app.clock.new_id(),
        version: 1,
        lot: lot.id,
        number: there.len() as u32 + 1,
        at: if new.at.trim().is_empty() { now } else { moment("at", &new.at)? },
        step,
        seeds,
        from,
        to,
        evidence,
        by: person.id(),
        note: new.note.trim().chars().take(500).collect(),
    };
    admit(lot, there, &movement, now).map_err(refused)?;
    Ok(movement)
}

/// The seeds of a case: what was issued to it, implanted, and given back.
#[utoipa::path(get, path = "/cases/{id}/seeds", tag = "sources", params(("id" = String, Path)), responses((status = 200, body = Movements)))]
pub async fn of_case(State(app): State<App>, Key(id): Key<Case>) -> Result<Json<Movements>, Problem> {
    let movements = app.store.movements_of(id).await?;
    let names = Names::read(&*app.store).await?;
    let cases = case_numbers(&app, &movements).await?;
    let mut lots = Vec::new();
    for movement in &movements {
        if !lots.iter().any(|row: &LotRow| row.lot.id == movement.lot) {
            lots.extend(app.store.lot(movement.lot).await?);
        }
    }
    let now = app.clock.now();
    Ok(Json(Movements {
        rows: movements.iter().map(|one| MovementView::new(one, &names, &cases)).collect(),
        lots: lots.iter().map(|row| LotView::new(row, now)).collect(),
    }))
}

/// How many seeds are where.
#[utoipa::path(get, path = "/stock", tag = "sources", responses((status = 200, body = Stock)))]
pub async fn stock(State(app): State<App>, person: Person) -> Result<Json<Stock>, Problem> {
    Ok(Json(Stock::new(&app.store.stock(person.hospitals()).await?)))
}
