//! Hospitals, people and filled-in forms.

use records::store::{Page, RecordQuery};
use records::{Hospital, Id, Kind, Person, Record, StoreError};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::list::of_hospitals;
use super::rows::{failed, parse};

/// Records at most in one answer.
const MOST: u32 = 10_000;

pub(super) async fn hospitals(connection: &mut SqliteConnection) -> Result<Vec<Hospital>, StoreError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT id, body FROM hospitals ORDER BY code").fetch_all(connection).await.map_err(failed)?;
    rows.iter().map(|(id, body)| parse(Kind::Hospital, id, body)).collect()
}

pub(super) async fn people(
    connection: &mut SqliteConnection,
    hospitals: &[Id<Hospital>],
) -> Result<Vec<Person>, StoreError> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT id, body FROM people WHERE true");
    of_hospitals(&mut sql, "hospital", hospitals);
    sql.push(" ORDER BY body ->> '$.name', id");
    let rows: Vec<(String, String)> = sql.build_query_as().fetch_all(connection).await.map_err(failed)?;
    rows.iter().map(|(id, body)| parse(Kind::Person, id, body)).collect()
}

/// Part of the list; the caller holds a transaction, so that rows and total belong together.
pub(super) async fn records(
    connection: &mut SqliteConnection,
    query: &RecordQuery,
) -> Result<Page<Record>, StoreError> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT count(*)");
    conditions(&mut sql, query);
    let total: i64 = sql.build_query_scalar().fetch_one(&mut *connection).await.map_err(failed)?;
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT records.id, records.body");
    conditions(&mut sql, query);
    sql.push(if query.until.is_some() { " ORDER BY until, records.id" } else { " ORDER BY day DESC, records.id DESC" });
    sql.push(" LIMIT ").push_bind(query.limit.min(MOST));
    sql.push(" OFFSET ").push_bind(i64::try_from(query.offset).unwrap_or(i64::MAX));
    let rows: Vec<(String, String)> = sql.build_query_as().fetch_all(connection).await.map_err(failed)?;
    let rows = rows.iter().map(|(id, body)| parse(Kind::Record, id, body)).collect::<Result<_, _>>()?;
    Ok(Page { rows, total: total as u64 })
}

fn conditions(sql: &mut QueryBuilder<Sqlite>, query: &RecordQuery) {
    sql.push(" FROM records");
    if !query.hospitals.is_empty() {
        sql.push(
            " LEFT JOIN people ON people.id = about LEFT JOIN lots ON lots.id = about
              LEFT JOIN worklist ON worklist.case_id = about",
        );
    }
    sql.push(" WHERE true");
    if let Some(about) = query.about {
        sql.push(" AND about = ").push_bind(about.id());
    }
    if !query.kinds.is_empty() {
        sql.push(" AND about_kind IN (");
        let mut list = sql.separated(", ");
        for kind in &query.kinds {
            list.push_bind(kind.name());
        }
        sql.push(")");
        if !query.kinds.contains(&Kind::Case) {
            // said in so many words, so that the index of these few records serves
            sql.push(" AND about_kind <> 'case'");
        }
    }
    if !query.forms.is_empty() {
        sql.push(" AND form IN (");
        let mut list = sql.separated(", ");
        for form in &query.forms {
            list.push_bind(form.clone());
        }
        sql.push(")");
    }
    let day = |sql: &mut QueryBuilder<Sqlite>, condition: &'static str, day: Option<jiff::civil::Date>| {
        if let Some(day) = day {
            sql.push(condition).push_bind(day.to_string());
        }
    };
    day(sql, " AND day >= ", query.from);
    day(sql, " AND day <= ", query.to);
    day(sql, " AND until IS NOT NULL AND until <= ", query.until);
    if !query.withdrawn {
        sql.push(" AND records.withdrawn = 0");
    }
    of_hospitals(
        sql,
        "coalesce(people.hospital, lots.hospital, worklist.hospital, iif(about_kind = 'hospital', about, ''))",
        &query.hospitals,
    );
}
