//! The worklist.

use std::collections::HashMap;

use jiff::civil::Date;
use records::ledger::Break;
use records::stage::Standing;
use records::store::{CaseOrder, CaseQuery, CaseRow, Counts, Page};
use records::{Case, Id, Kind, Stage, StoreError};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::rows::{failed, parse};
use super::search;
use super::worklist::NO_DAY;

/// Rows at most in one answer.
const MOST: u32 = 200;

/// What each order sorts by. Each has its index, in which the cases of one stage lie in this order.
fn sorted_by(order: CaseOrder) -> (&'static str, &'static str) {
    match order {
        CaseOrder::Due => ("place, opened, due", "due, opened DESC, place DESC"),
        CaseOrder::Newest => ("place, opened", "opened DESC, place DESC"),
        CaseOrder::Number => ("place, opened, number", "number, opened DESC, place DESC"),
        CaseOrder::Name => ("place, opened, name", "name, opened DESC, place DESC"),
    }
}

/// Part of the list; the caller holds a transaction, so that rows and total belong together.
pub(super) async fn cases(connection: &mut SqliteConnection, query: &CaseQuery) -> Result<Page<CaseRow>, StoreError> {
    let stages: Vec<Stage> =
        Stage::ALL.into_iter().filter(|stage| query.stages.is_empty() || query.stages.contains(stage)).collect();
    let (places, total) = match search::question(&query.search) {
        Some(question) => found(connection, query, &stages, question).await?,
        None => (listed(connection, query, &stages).await?, tally(connection, query, &stages).await?),
    };
    Ok(Page { rows: rows(connection, &places).await?, total })
}

/// Whether withdrawn cases are looked through besides the others.
fn withdrawn(query: &CaseQuery) -> &'static [bool] {
    if query.withdrawn { &[false, true] } else { &[false] }
}

/// Places of the rows asked for, without a search: the lists of single stages, each in order by its index, are merged.
async fn listed(
    connection: &mut SqliteConnection,
    query: &CaseQuery,
    stages: &[Stage],
) -> Result<Vec<i64>, StoreError> {
    let (columns, order) = sorted_by(query.order);
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT place FROM (");
    let parts = withdrawn(query).iter().flat_map(|withdrawn| stages.iter().map(move |stage| (withdrawn, stage)));
    for (at, (withdrawn, stage)) in parts.enumerate() {
        sql.push(if at > 0 { " UNION ALL SELECT " } else { "SELECT " }).push(columns);
        sql.push(" FROM worklist WHERE withdrawn = ").push_bind(*withdrawn);
        sql.push(" AND stage = ").push_bind(stage.name());
        overdue(&mut sql, query);
    }
    limits(&mut sql, query, order);
    sql.push(")");
    sql.build_query_scalar().fetch_all(connection).await.map_err(failed)
}

fn overdue(sql: &mut QueryBuilder<Sqlite>, query: &CaseQuery) {
    if let Some(day) = query.overdue_on {
        sql.push(" AND due < ").push_bind(day.to_string());
    }
}

fn limits(sql: &mut QueryBuilder<Sqlite>, query: &CaseQuery, order: &'static str) {
    sql.push(" ORDER BY ").push(order).push(" LIMIT ").push_bind(query.limit.min(MOST));
    sql.push(" OFFSET ").push_bind(i64::try_from(query.offset).unwrap_or(i64::MAX));
}

/// Withdrawn or not, and the stages: the conditions that lists and their lengths share.
fn conditions(sql: &mut QueryBuilder<Sqlite>, query: &CaseQuery, stages: &[Stage]) {
    sql.push(" WHERE stage IN (");
    let mut names = sql.separated(", ");
    for stage in stages {
        names.push_bind(stage.name());
    }
    sql.push(")");
    if !query.withdrawn {
        sql.push(" AND withdrawn = 0");
    }
    overdue(sql, query);
}

/// Length of the list without a search.
async fn tally(connection: &mut SqliteConnection, query: &CaseQuery, stages: &[Stage]) -> Result<u64, StoreError> {
    let mut sql = QueryBuilder::new("SELECT coalesce(sum(cases), 0) FROM worklist_tally");
    conditions(&mut sql, query, stages);
    let total: i64 = sql.build_query_scalar().fetch_one(connection).await.map_err(failed)?;
    Ok(total as u64)
}

/// Places of the rows asked for, and the number of all, that a search finds.
async fn found(
    connection: &mut SqliteConnection,
    query: &CaseQuery,
    stages: &[Stage],
    question: String,
) -> Result<(Vec<i64>, u64), StoreError> {
    let matching = |sql: &mut QueryBuilder<Sqlite>| {
        sql.push(" FROM case_search CROSS JOIN worklist ON place = case_search.rowid");
        conditions(sql, query, stages);
        sql.push(" AND case_search MATCH ").push_bind(question.clone());
    };
    // searched once, for the rows and for their number
    let mut sql =
        QueryBuilder::new("WITH found AS MATERIALIZED (SELECT place, opened, due, worklist.number, worklist.name");
    matching(&mut sql);
    sql.push(") SELECT place, (SELECT count(*) FROM found) FROM found");
    limits(&mut sql, query, sorted_by(query.order).1);
    let rows: Vec<(i64, i64)> = sql.build_query_as().fetch_all(&mut *connection).await.map_err(failed)?;
    if let Some((_, total)) = rows.first() {
        return Ok((rows.iter().map(|row| row.0).collect(), *total as u64));
    }
    let mut sql = QueryBuilder::new("SELECT count(*)");
    matching(&mut sql);
    let total: i64 = sql.build_query_scalar().fetch_one(connection).await.map_err(failed)?;
    Ok((Vec::new(), total as u64))
}

type ListedRow = (i64, String, String, String, String, String, String);

/// The rows at some places, in their order.
async fn rows(connection: &mut SqliteConnection, places: &[i64]) -> Result<Vec<CaseRow>, StoreError> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = QueryBuilder::<Sqlite>::new(
        "SELECT place, cases.id, cases.body, patients.id, patients.body, stage, due
         FROM worklist JOIN cases ON cases.id = case_id JOIN patients ON patients.id = cases.patient WHERE place IN (",
    );
    let mut list = sql.separated(", ");
    for place in places {
        list.push_bind(place);
    }
    sql.push(")");
    let found: Vec<ListedRow> = sql.build_query_as().fetch_all(connection).await.map_err(failed)?;
    let mut found: HashMap<i64, ListedRow> = found.into_iter().map(|row| (row.0, row)).collect();
    places.iter().filter_map(|place| found.remove(place)).map(row).collect()
}

fn row((_, id, case, patient_id, patient, stage, due): ListedRow) -> Result<CaseRow, StoreError> {
    let unread = || Break::Item { kind: Kind::Case.name().to_owned(), id: id.clone() };
    let stage = Stage::ALL.into_iter().find(|known| known.name() == stage).ok_or_else(unread)?;
    let due = match due.as_str() {
        NO_DAY => None,
        day => Some(day.parse().map_err(|_| unread())?),
    };
    Ok(CaseRow {
        case: parse(Kind::Case, &id, &case)?,
        patient: parse(Kind::Patient, &patient_id, &patient)?,
        standing: Standing { stage, due },
    })
}

pub(super) async fn case(connection: &mut SqliteConnection, id: Id<Case>) -> Result<Option<CaseRow>, StoreError> {
    let found: Option<ListedRow> = sqlx::query_as(
        "SELECT place, cases.id, cases.body, patients.id, patients.body, stage, due
         FROM cases JOIN worklist ON case_id = cases.id JOIN patients ON patients.id = cases.patient WHERE cases.id = ?",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    found.map(row).transpose()
}

pub(super) async fn counts(connection: &mut SqliteConnection, today: Date) -> Result<Counts, StoreError> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT stage, sum(cases), sum(iif(due < ?, cases, 0)) FROM worklist_tally WHERE withdrawn = 0 GROUP BY stage",
    )
    .bind(today.to_string())
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    let of = |stage: Stage| rows.iter().find(|row| row.0 == stage.name()).map_or(0, |row| row.1 as u64);
    Ok(Counts {
        stages: Stage::ALL.map(|stage| (stage, of(stage))).to_vec(),
        overdue: rows.iter().map(|row| row.2 as u64).sum(),
    })
}
