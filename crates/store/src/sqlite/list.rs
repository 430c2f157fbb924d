//! The worklist.

use std::collections::HashMap;

use jiff::civil::Date;
use records::ledger::Break;
use records::stage::Standing;
use records::store::{CaseOrder, CaseQuery, CaseRow, Counts, Page};
use records::{Case, Hospital, Id, Kind, Stage, StoreError};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::identity::Identity;
use super::rows::{failed, parse};
use super::search;
use super::worklist::NO_DAY;

/// Rows at most in one answer.
const MOST: u32 = 200;
/// Hospitals whose lists are merged; SQLite joins up to 500 parts, five stages twice for each.
const FEW_HOSPITALS: usize = 40;

/// What each order sorts by. Each has its index, in which the cases of one stage lie in this order.
fn sorted_by(order: CaseOrder) -> (&'static str, &'static str) {
    match order {
        CaseOrder::Due => ("place, opened, due", "due, opened DESC, place DESC"),
        CaseOrder::Newest => ("place, opened", "opened DESC, place DESC"),
        CaseOrder::Number => ("place, opened, number", "number, opened DESC, place DESC"),
    }
}

/// Part of the list; the caller holds a transaction, so that rows and total belong together.
pub(super) async fn cases(
    connection: &mut SqliteConnection,
    identity: &Identity,
    query: &CaseQuery,
) -> Result<Page<CaseRow>, StoreError> {
    let stages: Vec<Stage> =
        Stage::ALL.into_iter().filter(|stage| query.stages.is_empty() || query.stages.contains(stage)).collect();
    let (places, total) = match search::question(&query.search, |gram| identity.token(gram)) {
        Some(question) => found(connection, query, &stages, question).await?,
        None => (listed(connection, query, &stages).await?, tally(connection, query, &stages).await?),
    };
    Ok(Page { rows: rows(connection, identity, &places).await?, total })
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
    // one list for each hospital asked for, or one of all; many hospitals are filtered instead
    let hospitals: Vec<Option<String>> = match query.hospitals.as_slice() {
        some @ [_, ..] if some.len() <= FEW_HOSPITALS => some.iter().map(|id| Some(id.to_string())).collect(),
        _ => vec![None],
    };
    let parts = withdrawn(query).iter().flat_map(|withdrawn| stages.iter().map(move |stage| (withdrawn, stage)));
    let parts = parts.flat_map(|(withdrawn, stage)| hospitals.iter().map(move |hospital| (withdrawn, stage, hospital)));
    for (at, (withdrawn, stage, hospital)) in parts.enumerate() {
        sql.push(if at > 0 { " UNION ALL SELECT " } else { "SELECT " }).push(columns);
        sql.push(" FROM worklist WHERE withdrawn = ").push_bind(*withdrawn);
        sql.push(" AND stage = ").push_bind(stage.name());
        match hospital {
            Some(hospital) => drop(sql.push(" AND hospital = ").push_bind(hospital.clone())),
            None => of_hospitals(&mut sql, "hospital", &query.hospitals),
        }
        overdue(&mut sql, query);
    }
    limits(&mut sql, query, order);
    sql.push(")");
    sql.build_query_scalar().fetch_all(connection).await.map_err(failed)
}

/// Only rows of some hospitals; of all when none is named.
pub(super) fn of_hospitals(sql: &mut QueryBuilder<Sqlite>, column: &'static str, hospitals: &[Id<Hospital>]) {
    if hospitals.is_empty() {
        return;
    }
    sql.push(" AND ").push(column).push(" IN (");
    let mut list = sql.separated(", ");
    for hospital in hospitals {
        list.push_bind(hospital.to_string());
    }
    sql.push(")");
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
    of_hospitals(sql, "hospital", &query.hospitals);
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
    let mut sql = QueryBuilder::new("WITH found AS MATERIALIZED (SELECT place, opened, due, worklist.number");
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

type ListedRow = (i64, String, String, String, String, String, String, Option<String>);

/// The rows at some places, in their order.
pub(super) async fn rows(
    connection: &mut SqliteConnection,
    identity: &Identity,
    places: &[i64],
) -> Result<Vec<CaseRow>, StoreError> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = QueryBuilder::<Sqlite>::new(
        "SELECT place, cases.id, cases.body, patients.id, patients.body, stage, worklist.due, facts.discharged
         FROM worklist JOIN cases ON cases.id = worklist.case_id JOIN patients ON patients.id = cases.patient
         LEFT JOIN facts ON facts.case_id = cases.id WHERE place IN (",
    );
    let mut list = sql.separated(", ");
    for place in places {
        list.push_bind(place);
    }
    sql.push(")");
    let found: Vec<ListedRow> = sql.build_query_as().fetch_all(connection).await.map_err(failed)?;
    let mut found: HashMap<i64, ListedRow> = found.into_iter().map(|row| (row.0, row)).collect();
    places.iter().filter_map(|place| found.remove(place)).map(|found| row(identity, found)).collect()
}

fn row(identity: &Identity, found: ListedRow) -> Result<CaseRow, StoreError> {
    let (_, id, case, patient_id, patient, stage, due, discharged) = found;
    let unread = || Break::Item { kind: Kind::Case.name().to_owned(), id: id.clone() };
    let stage = Stage::ALL.into_iter().find(|known| known.name() == stage).ok_or_else(unread)?;
    let due = match due.as_str() {
        NO_DAY => None,
        day => Some(day.parse().map_err(|_| unread())?),
    };
    Ok(CaseRow {
        case: parse(Kind::Case, &id, &case)?,
        patient: identity.open(&patient_id, &patient)?,
        standing: Standing { stage, due },
        discharged: discharged.map(|day| day.parse().map_err(|_| unread())).transpose()?,
    })
}

pub(super) async fn case(
    connection: &mut SqliteConnection,
    identity: &Identity,
    id: Id<Case>,
) -> Result<Option<CaseRow>, StoreError> {
    let found: Option<ListedRow> = sqlx::query_as(
        "SELECT place, cases.id, cases.body, patients.id, patients.body, stage, worklist.due, facts.discharged
         FROM cases JOIN worklist ON worklist.case_id = cases.id JOIN patients ON patients.id = cases.patient
         LEFT JOIN facts ON facts.case_id = cases.id WHERE cases.id = ?",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    found.map(|found| row(identity, found)).transpose()
}

pub(super) async fn counts(
    connection: &mut SqliteConnection,
    today: Date,
    hospitals: &[Id<Hospital>],
) -> Result<Counts, StoreError> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT stage, sum(cases), sum(iif(due < ");
    sql.push_bind(today.to_string()).push(", cases, 0)) FROM worklist_tally WHERE withdrawn = 0");
    of_hospitals(&mut sql, "hospital", hospitals);
    sql.push(" GROUP BY stage");
    let rows: Vec<(String, i64, i64)> = sql.build_query_as().fetch_all(connection).await.map_err(failed)?;
    let of = |stage: Stage| rows.iter().find(|row| row.0 == stage.name()).map_or(0, |row| row.1 as u64);
    Ok(Counts {
        stages: Stage::ALL.map(|stage| (stage, of(stage))).to_vec(),
        overdue: rows.iter().map(|row| row.2 as u64).sum(),
    })
}
