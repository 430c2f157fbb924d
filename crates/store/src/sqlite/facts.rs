//! What indicators and norms count: one narrow row a case, and questions to all of them.

use records::StoreError;
use records::facts::{By, Count, FactQuery, Facts, Group, Tally};
use records::store::{CaseRow, Page};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::identity::Identity;
use super::list::{self, of_hospitals};
use super::rows::failed;

/// Cases at most in one answer.
const MOST: u32 = 200;

/// Keeps what a case amounts to; nothing of a case that was withdrawn.
pub(super) async fn put(connection: &mut SqliteConnection, facts: &Facts, withdrawn: bool) -> Result<(), StoreError> {
    let case = facts.case.to_string();
    if withdrawn {
        let gone = sqlx::query("DELETE FROM facts WHERE case_id = ?").bind(case);
        return gone.execute(connection).await.map_err(failed).map(drop);
    }
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
    sqlx::query(
        "INSERT OR REPLACE INTO facts (case_id, patient, hospital, operator, treated, discharged, died, due, lived_months,
         bits, lesions_planned, lesions_done, seeds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(case)
    .bind(facts.patient.to_string())
    .bind(facts.hospital.map(|id| id.to_string()).unwrap_or_default())
    .bind(facts.operator.map(|id| id.to_string()).unwrap_or_default())
    .bind(day(facts.treated))
    .bind(day(facts.discharged))
    .bind(day(facts.died))
    .bind(day(facts.due))
    .bind(facts.lived_months())
    .bind(facts.set.bits())
    .bind(facts.lesions_planned)
    .bind(facts.lesions_done)
    .bind(facts.seeds)
    .execute(connection)
    .await
    .map_err(failed)
    .map(drop)
}

fn day(by: By) -> &'static str {
    match by {
        By::Discharged => "discharged",
        By::Treated => "treated",
    }
}

fn part(by: By, group: Group) -> &'static str {
    match (group, by) {
        (Group::Whole, _) => "''",
        (Group::Operator, _) => "operator",
        (Group::Hospital, _) => "facts.hospital",
        (Group::Month, By::Discharged) => "coalesce(substr(discharged, 1, 7), '')",
        (Group::Month, By::Treated) => "coalesce(substr(treated, 1, 7), '')",
        (Group::Quarter, By::Discharged) => {
            "coalesce(substr(discharged, 1, 4) || '-Q' || ((CAST(substr(discharged, 6, 2) AS INTEGER) + 2) / 3), '')"
        }
        (Group::Quarter, By::Treated) => {
            "coalesce(substr(treated, 1, 4) || '-Q' || ((CAST(substr(treated, 6, 2) AS INTEGER) + 2) / 3), '')"
        }
        (Group::Year, By::Discharged) => "coalesce(substr(discharged, 1, 4), '')",
        (Group::Year, By::Treated) => "coalesce(substr(treated, 1, 4), '')",
    }
}

fn what(count: Count) -> &'static str {
    match count {
        Count::Cases => "count(*)",
        Count::Patients => "count(DISTINCT patient)",
        Count::LesionsPlanned => "sum(lesions_planned)",
        Count::LesionsDone => "sum(lesions_done)",
        Count::Seeds => "sum(seeds)",
    }
}

fn conditions(sql: &mut QueryBuilder<Sqlite>, query: &FactQuery) {
    sql.push(" WHERE true");
    of_hospitals(sql, "facts.hospital", &query.hospitals);
    if let Some(operator) = query.operator {
        sql.push(" AND operator = ").push_bind(operator.to_string());
    }
    let mut compare = |column: &'static str, sign: &'static str, day: Option<jiff::civil::Date>| {
        if let Some(day) = day {
            sql.push(" AND ").push(column).push(sign).push_bind(day.to_string());
        }
    };
    compare(day(query.by), " >= ", query.from);
    compare(day(query.by), " <= ", query.to);
    compare("treated", " <= ", query.treated_until);
    compare("facts.due", " < ", query.overdue_on);
    compare("facts.due", " >= ", query.due_from);
    if !query.all.is_empty() {
        sql.push(" AND bits & ").push_bind(query.all.bits()).push(" = ").push_bind(query.all.bits());
    }
    if !query.any.is_empty() {
        sql.push(" AND bits & ").push_bind(query.any.bits()).push(" <> 0");
    }
    if !query.none.is_empty() {
        sql.push(" AND bits & ").push_bind(query.none.bits()).push(" = 0");
    }
    if let Some(months) = query.lived_months {
        sql.push(" AND lived_months >= ").push_bind(months);
    }
    if let Some(months) = query.fate_known_months {
        sql.push(" AND (died IS NOT NULL OR lived_months >= ").push_bind(months).push(")");
    }
}

pub(super) async fn tally(
    connection: &mut SqliteConnection,
    query: &FactQuery,
    count: Count,
    group: Group,
) -> Result<Vec<Tally>, StoreError> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT ");
    sql.push(part(query.by, group)).push(" AS part, ").push(what(count)).push(" FROM facts");
    conditions(&mut sql, query);
    sql.push(" GROUP BY part ORDER BY part");
    let rows: Vec<(String, i64)> = sql.build_query_as().fetch_all(connection).await.map_err(failed)?;
    Ok(rows.into_iter().map(|(part, count)| Tally { part, count: count as u64 }).collect())
}

/// The cases counted; the caller holds a transaction, so that rows and total belong together.
pub(super) async fn counted(
    connection: &mut SqliteConnection,
    identity: &Identity,
    query: &FactQuery,
    offset: u64,
    limit: u32,
) -> Result<Page<CaseRow>, StoreError> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM facts");
    conditions(&mut sql, query);
    let total: i64 = sql.build_query_scalar().fetch_one(&mut *connection).await.map_err(failed)?;
    let mut sql =
        QueryBuilder::<Sqlite>::new("SELECT place FROM facts JOIN worklist ON worklist.case_id = facts.case_id");
    conditions(&mut sql, query);
    sql.push(" ORDER BY ").push(day(query.by)).push(", facts.case_id LIMIT ").push_bind(limit.min(MOST));
    sql.push(" OFFSET ").push_bind(i64::try_from(offset).unwrap_or(i64::MAX));
    let places: Vec<i64> = sql.build_query_scalar().fetch_all(&mut *connection).await.map_err(failed)?;
    Ok(Page { rows: list::rows(connection, identity, &places).await?, total: total as u64 })
}
