//! The stock take of a safe: codes are scanned, the program counts them against the ledger and writes the record.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use records::record::About;
use records::sources::code::{CodeError, parse_list};
use records::sources::stock::{Holding, StockTake, stock_take};
use records::sources::{Balance, Place, PlaceKind, Words, replay};
use records::store::LotQuery;
use records::{Action, Case, Hospital, Id, Lot};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::lots::case_numbers;
use super::records::fill_in;
use crate::server::App;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Asked, Body};
use crate::server::problem::Problem;
use crate::server::routes::norms::asked;
use crate::server::routes::{Route, get, post};
use crate::server::views::register::stock_take::{Safe, StockCounted, StockExpected};

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/stock-take", Access::May(Action::ReadSources), expected),
        post("/stock-take/count", Access::May(Action::ReadSources), count),
        post("/stock-take", Access::May(Action::WriteRecords), save),
    ]
}

/// Lots read at a time.
const LOTS: u32 = 200;

/// Which safe.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// the hospital; may be left out by who belongs to one, or where there is one
    hospital: Option<String>,
    /// name of the safe; may be left out where there is one
    #[serde(default)]
    safe: String,
}

/// What should be in a safe now, lot by lot.
#[utoipa::path(get, path = "/stock-take", tag = "sources", params(Which), responses((status = 200, body = StockExpected)))]
pub async fn expected(
    State(app): State<App>,
    person: Person,
    Asked(which): Asked<Which>,
) -> Result<Json<StockExpected>, Problem> {
    let hospital = asked(&app, &person, which.hospital.as_deref()).await?;
    let stock = app.store.stock(&[hospital.id]).await?;
    let stored = stock.into_iter().filter(|line| line.place == PlaceKind::Stored);
    let safes: Vec<Safe> = stored.map(|line| Safe { name: line.safe, seeds: line.seeds }).collect();
    let safe = match (which.safe.trim(), safes.as_slice()) {
        ("", [only]) => only.name.clone(),
        (named, _) => named.to_owned(),
    };
    let shelf = Shelf::read(&app, &hospital, &safe, "").await?;
    Ok(Json(StockExpected::new(hospital.id, &safe, safes, &shelf.holdings())))
}

/// What was scanned in a safe.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scanned {
    /// the hospital; may be left out by who belongs to one, or where there is one
    hospital: Option<String>,
    /// name of the safe
    safe: String,
    /// codes as scanned, one a line: `LOT/12`, `LOT/1-20`, `LOT*20`, or GS1
    codes: String,
}

/// Counts what was scanned in a safe against the ledger. Nothing is written.
#[utoipa::path(post, path = "/stock-take/count", tag = "sources", request_body = Scanned, responses((status = 200, body = StockCounted)))]
pub async fn count(
    State(app): State<App>,
    person: Person,
    Body(scanned): Body<Scanned>,
) -> Result<Json<StockCounted>, Problem> {
    let hospital = asked(&app, &person, scanned.hospital.as_deref()).await?;
    let counted = Counted::of(&app, &hospital, &scanned.safe, &scanned.codes).await?;
    Ok(Json(counted.view(&hospital)))
}

/// A stock take to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// the hospital; may be left out by who belongs to one, or where there is one
    hospital: Option<String>,
    /// name of the safe
    safe: String,
    /// codes as scanned, one a line
    codes: String,
    /// the number of seeds by the ledger that the person saw when counting; refused when it is another by now
    expected: u64,
    /// how differences are explained; needed where there are any
    #[serde(default)]
    explained: String,
    /// who counted; the person who is logged in where empty
    #[serde(default)]
    by: Vec<String>,
}

/// Keeps a stock take as a filled-in form `stock_take`; its numbers are counted here and not typed.
#[utoipa::path(post, path = "/stock-take", tag = "sources", request_body = Taken,
    responses((status = 201, body = crate::server::views::register::RecordView), (status = 412), (status = 422)))]
pub async fn save(State(app): State<App>, person: Person, Body(taken): Body<Taken>) -> Result<Response, Problem> {
    let hospital = asked(&app, &person, taken.hospital.as_deref()).await?;
    let counted = Counted::of(&app, &hospital, &taken.safe, &taken.codes).await?;
    let view = counted.view(&hospital);
    if view.expected != taken.expected {
        return Err(Problem::conflict());
    }
    let explained = taken.explained.trim();
    if !view.agrees && explained.is_empty() {
        return Err(Problem::field(
            "explained",
            "盘点与台账不符，或有无法识别的条码：请先核对，再说明原因。",
            "the count and the ledger differ, or codes are not known: check them, then explain it",
        ));
    }
    let mut values = Map::new();
    values.insert("day".to_owned(), json!(app.clock.today().to_string()));
    values.insert("safe".to_owned(), json!(counted.take.safe));
    let lots = counted.take.lots.iter().filter(|line| line.counted() > 0);
    let lots: Vec<String> = lots.map(|line| format!("{}:{}", line.lot, line.counted())).collect();
    values.insert("counted".to_owned(), json!(lots));
    values.insert("expected".to_owned(), json!(view.expected));
    values.insert("difference".to_owned(), json!(view.difference));
    if !explained.is_empty() {
        values.insert("explained".to_owned(), Value::from(explained));
    }
    let by = by(&app, &person, &hospital, taken.by).await?;
    if !by.is_empty() {
        values.insert("by".to_owned(), json!(by));
    }
    fill_in(&app, &person, "stock_take", About::Hospital(hospital.id), &values, None).await
}

/// Who counted: people of the hospital, or the one whose account is logged in.
async fn by(app: &App, person: &Person, hospital: &Hospital, given: Vec<String>) -> Result<Vec<String>, Problem> {
    let people = app.store.people(&[hospital.id]).await?;
    if given.is_empty() {
        let own = people.iter().filter(|one| one.account == Some(person.id()));
        return Ok(own.map(|one| one.id.to_string()).collect());
    }
    if given.iter().all(|id| people.iter().any(|one| one.id.to_string() == *id)) {
        return Ok(given);
    }
    Err(Problem::field("by", "本院没有这位人员。", "the hospital has no such person"))
}

/// Lots of a hospital that a stock take may meet, each with where its seeds are.
struct Shelf {
    lots: Vec<(Lot, Balance)>,
    cases: Vec<(Id<Case>, String)>,
}

impl Shelf {
    /// Those with seeds in the safe, and those whose numbers stand in the codes: years of lots long used up are not followed again.
    async fn read(app: &App, hospital: &Hospital, safe: &str, codes: &str) -> Result<Self, Problem> {
        let here = Place::Stored(safe.to_owned());
        let codes = codes.to_ascii_lowercase();
        let (mut lots, mut moved, mut offset) = (Vec::new(), Vec::new(), 0);
        loop {
            let query = LotQuery { hospitals: vec![hospital.id], offset, limit: LOTS, ..LotQuery::default() };
            let page = app.store.lots(&query).await?;
            offset += page.rows.len() as u64;
            let last = page.rows.is_empty() || offset >= page.total;
            for row in page.rows {
                let is_here = row.places.iter().any(|(place, _)| *place == here);
                if !is_here && !codes.contains(&row.lot.number.trim().to_ascii_lowercase()) {
                    continue;
                }
                let movements = app.store.movements(row.lot.id).await?;
                let balance = replay(&row.lot, &movements).map_err(|error| Problem::failed(error.to_string()))?;
                lots.push((row.lot, balance));
                moved.extend(movements);
            }
            if last {
                break;
            }
        }
        let cases = case_numbers(app, &moved).await?;
        Ok(Self { lots, cases })
    }

    fn holdings(&self) -> Vec<Holding<'_>> {
        self.lots.iter().map(|(lot, balance)| Holding { lot, balance }).collect()
    }
}

/// A stock take with what it was made from.
struct Counted {
    shelf: Shelf,
    take: StockTake,
    unreadable: Vec<(usize, CodeError)>,
}

impl Counted {
    async fn of(app: &App, hospital: &Hospital, safe: &str, codes: &str) -> Result<Self, Problem> {
        let safe = safe.trim();
        if safe.is_empty() || safe.chars().count() > 60 {
            return Err(Problem::field(
                "safe",
                "请写明保险柜（至多 60 字）。",
                "name the safe, in 60 characters at most",
            ));
        }
        let (codes, unreadable, shelf) = {
            let (parsed, unreadable) = parse_list(codes);
            (parsed, unreadable, Shelf::read(app, hospital, safe, codes).await?)
        };
        let case = |id: Id<Case>| {
            let number = shelf.cases.iter().find(|(one, _)| *one == id);
            number.map_or_else(|| id.to_string(), |(_, number)| number.clone())
        };
        let words = Words { case: &case, zone: app.clock.zoned().offset() };
        let take = stock_take(safe, &shelf.holdings(), &codes, &words);
        Ok(Self { shelf, take, unreadable })
    }

    fn view(&self, hospital: &Hospital) -> StockCounted {
        StockCounted::new(hospital.id, &self.take, &self.shelf.holdings(), &self.unreadable)
    }
}
