//! Lots of seeds and their movements. What a movement may do is decided in [`records::sources`] inside the transaction that writes it.

use jiff::Timestamp;
use records::sources::{Balance, Place, PlaceKind, admit as lawful, replay};
use records::store::{LotQuery, LotRow, Page, Stock};
use records::{Case, Hospital, Id, Kind, Lot, Movement, StoreError};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::list::of_hospitals;
use super::rows::{failed, one, parse};

/// Lots at most in one answer.
const MOST: u32 = 200;

/// Checks that a movement is lawful after those that are there, and keeps where the seeds are then.
pub(super) async fn admit(
    connection: &mut SqliteConnection,
    movement: &Movement,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = movement.lot.to_string();
    let lot: Option<Lot> = one(connection, Kind::Lot, "id", &id).await?;
    let lot = lot.ok_or_else(|| StoreError::Missing { what: "lot", id: id.clone() })?;
    let there = movements(connection, &id).await?;
    let balance = lawful(&lot, &there, movement, now).map_err(|error| StoreError::Refused(error.to_string()))?;
    keep(connection, &id, &balance).await?;
    belongs(connection, &id, movement).await
}

/// Keeps where a lot's seeds are.
async fn keep(connection: &mut SqliteConnection, lot: &str, balance: &Balance) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM seed_places WHERE lot = ?").bind(lot).execute(&mut *connection).await.map_err(failed)?;
    for (place, seeds) in balance.places() {
        let (kind, of) = columns(place);
        sqlx::query("INSERT INTO seed_places (lot, place, of, seeds) VALUES (?, ?, ?, ?)")
            .bind(lot)
            .bind(kind)
            .bind(of)
            .bind(seeds.len())
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// Keeps that a case had seeds of a lot.
async fn belongs(connection: &mut SqliteConnection, lot: &str, movement: &Movement) -> Result<(), StoreError> {
    let Some(case) = movement.case() else { return Ok(()) };
    sqlx::query("INSERT OR IGNORE INTO case_lots (case_id, lot) VALUES (?, ?)")
        .bind(case.to_string())
        .bind(lot)
        .execute(connection)
        .await
        .map_err(failed)
        .map(drop)
}

/// Makes places and lots of cases anew from the movements. A lot whose movements cannot be followed has no places afterwards: nothing is
/// known of its seeds.
pub(super) async fn rebuild(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let emptied = sqlx::raw_sql("DELETE FROM seed_places; DELETE FROM case_lots");
    emptied.execute(&mut *connection).await.map_err(failed)?;
    let lots: Vec<(String, String)> =
        sqlx::query_as("SELECT id, body FROM lots ORDER BY id").fetch_all(&mut *connection).await.map_err(failed)?;
    for (id, body) in lots {
        let lot: Lot = parse(Kind::Lot, &id, &body)?;
        let there = movements(connection, &id).await?;
        for movement in &there {
            belongs(connection, &id, movement).await?;
        }
        if let Some(balance) = replay(&lot, &there).ok().filter(|_| !there.is_empty()) {
            keep(connection, &id, &balance).await?;
        }
    }
    Ok(())
}

fn columns(place: &Place) -> (&'static str, String) {
    let kind = place.kind().name();
    match place {
        Place::Stored(safe) => (kind, safe.clone()),
        Place::Issued(case) | Place::Implanted(case) => (kind, case.to_string()),
        _ => (kind, String::new()),
    }
}

fn place(kind: &str, of: &str) -> Result<Place, StoreError> {
    Place::from_name(kind, of).ok_or_else(|| StoreError::Failed(format!("'{kind}' is no place of seeds")))
}

pub(super) async fn movements(connection: &mut SqliteConnection, lot: &str) -> Result<Vec<Movement>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as("SELECT id, body FROM movements WHERE lot = ? ORDER BY number")
        .bind(lot)
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    rows.iter().map(|(id, body)| parse(Kind::Movement, id, body)).collect()
}

pub(super) async fn movements_of(
    connection: &mut SqliteConnection,
    case: Id<Case>,
) -> Result<Vec<Movement>, StoreError> {
    let lots: Vec<String> = sqlx::query_scalar("SELECT lot FROM case_lots WHERE case_id = ? ORDER BY lot")
        .bind(case.to_string())
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
    let mut found = Vec::new();
    for lot in lots {
        let all = movements(connection, &lot).await?;
        found.extend(all.into_iter().filter(|movement| movement.case() == Some(case)));
    }
    found.sort_by_key(|movement| (movement.at, movement.id));
    Ok(found)
}

async fn places(connection: &mut SqliteConnection, lot: &Lot) -> Result<Vec<(Place, u32)>, StoreError> {
    let rows: Vec<(String, String, u32)> =
        sqlx::query_as("SELECT place, of, seeds FROM seed_places WHERE lot = ? ORDER BY place, of")
            .bind(lot.id.to_string())
            .fetch_all(connection)
            .await
            .map_err(failed)?;
    if rows.is_empty() {
        return Ok(vec![(Place::Ordered, lot.count)]);
    }
    rows.iter().map(|(kind, of, seeds)| Ok((place(kind, of)?, *seeds))).collect()
}

pub(super) async fn lot(connection: &mut SqliteConnection, id: Id<Lot>) -> Result<Option<LotRow>, StoreError> {
    let Some(lot) = one::<Lot>(connection, Kind::Lot, "id", &id.to_string()).await? else { return Ok(None) };
    let places = places(connection, &lot).await?;
    Ok(Some(LotRow { lot, places }))
}

/// Part of the list; the caller holds a transaction, so that rows and total belong together.
pub(super) async fn lots(connection: &mut SqliteConnection, query: &LotQuery) -> Result<Page<LotRow>, StoreError> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT count(*)");
    conditions(&mut sql, query);
    let total: i64 = sql.build_query_scalar().fetch_one(&mut *connection).await.map_err(failed)?;
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT lots.id, lots.body");
    conditions(&mut sql, query);
    sql.push(" ORDER BY reference DESC, lots.id DESC LIMIT ").push_bind(query.limit.min(MOST));
    sql.push(" OFFSET ").push_bind(i64::try_from(query.offset).unwrap_or(i64::MAX));
    let found: Vec<(String, String)> = sql.build_query_as().fetch_all(&mut *connection).await.map_err(failed)?;
    let mut rows = Vec::with_capacity(found.len());
    for (id, body) in found {
        let lot: Lot = parse(Kind::Lot, &id, &body)?;
        let places = places(connection, &lot).await?;
        rows.push(LotRow { lot, places });
    }
    Ok(Page { rows, total: total as u64 })
}

fn conditions(sql: &mut QueryBuilder<Sqlite>, query: &LotQuery) {
    sql.push(" FROM lots WHERE true");
    of_hospitals(sql, "lots.hospital", &query.hospitals);
    if !query.number.is_empty() {
        sql.push(" AND substr(number, 1, ").push_bind(query.number.chars().count() as i64);
        sql.push(") = ").push_bind(query.number.clone());
    }
    if let Some(kind) = query.with_seeds {
        sql.push(" AND lots.id IN (SELECT lot FROM seed_places WHERE place = ").push_bind(kind).push(")");
    }
}

pub(super) async fn stock(
    connection: &mut SqliteConnection,
    hospitals: &[Id<Hospital>],
) -> Result<Vec<Stock>, StoreError> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT place, iif(place = 'stored', of, ''), sum(seeds) FROM ");
    // of all hospitals the lots need not be looked at; of some, theirs come first
    sql.push(if hospitals.is_empty() { "seed_places" } else { "lots CROSS JOIN seed_places ON lots.id = lot" })
        .push(" WHERE true");
    of_hospitals(&mut sql, "lots.hospital", hospitals);
    sql.push(" GROUP BY 1, 2 ORDER BY 1, 2");
    let rows: Vec<(String, String, i64)> = sql.build_query_as().fetch_all(connection).await.map_err(failed)?;
    let line = |(kind, safe, seeds): (String, String, i64)| {
        let place = PlaceKind::ALL.into_iter().find(|one| one.name() == kind);
        let place = place.ok_or_else(|| StoreError::Failed(format!("'{kind}' is no place of seeds")))?;
        Ok(Stock { place, safe, seeds: seeds as u64 })
    };
    rows.into_iter().map(line).collect()
}
