//! Hospitals, people and filled-in forms.

use records::store::{Page, RecordQuery};
use records::{Hospital, Id, Kind, Person, Record, StoreError};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::list::of_hospitals;
use super::rows::{failed, parse};

/// Records at most in one answer.
const MOST: u32 = 10_000;
/// Lists of single forms and hospitals that are merged; more are sorted.
const FEW_PARTS: usize = 60;

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
    let narrow = query.about.is_some() || query.until.is_some();
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM ");
    sql.push(source(query, narrow));
    conditions(&mut sql, query, Part { form: None, hospital: None }, withdrawn(query));
    let total: i64 = sql.build_query_scalar().fetch_one(&mut *connection).await.map_err(failed)?;
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT records.id, records.body FROM (");
    if narrow {
        few(&mut sql, query);
    } else {
        merged(&mut sql, query);
    }
    sql.push(" LIMIT ").push_bind(query.limit.min(MOST));
    sql.push(" OFFSET ").push_bind(i64::try_from(query.offset).unwrap_or(i64::MAX));
    // found first, then read: rows that are passed over are not
    sql.push(") AS page CROSS JOIN records ON records.place = page.place ORDER BY ");
    sql.push(if query.until.is_some() { "page.until, page.place" } else { "page.day DESC, page.place DESC" });
    let rows: Vec<(String, String)> = sql.build_query_as().fetch_all(&mut *connection).await.map_err(failed)?;
    let rows = rows.iter().map(|(id, body)| parse(Kind::Record, id, body)).collect::<Result<_, _>>()?;
    Ok(Page { rows, total: total as u64 })
}

/// Where a list is looked up. Who asks for hospitals looks at the derived list that has them.
fn source(query: &RecordQuery, narrow: bool) -> &'static str {
    match (query.hospitals.is_empty(), narrow) {
        (true, _) => "records",
        (false, false) => "record_hospitals",
        (false, true) => "records JOIN record_hospitals USING (place)",
    }
}

/// Records about one thing, or that lapse: few.
fn few(sql: &mut QueryBuilder<Sqlite>, query: &RecordQuery) {
    sql.push("SELECT place, records.day, until FROM ").push(source(query, true));
    conditions(sql, query, Part { form: None, hospital: None }, withdrawn(query));
    sql.push(if query.until.is_some() { " ORDER BY until, place" } else { " ORDER BY records.day DESC, place DESC" });
}

/// Withdrawn or not; both where all are asked for.
fn withdrawn(query: &RecordQuery) -> &'static [bool] {
    if query.withdrawn { &[false, true] } else { &[false] }
}

/// One form of one hospital, where there are few enough to look at each by itself.
#[derive(Clone, Copy)]
struct Part<'a> {
    form: Option<&'a String>,
    hospital: Option<Id<Hospital>>,
}

/// The lists of single forms and hospitals, each in order by its index, are merged.
fn merged(sql: &mut QueryBuilder<Sqlite>, query: &RecordQuery) {
    let forms: Vec<Option<&String>> =
        if query.forms.is_empty() { vec![None] } else { query.forms.iter().map(Some).collect() };
    let hospitals: Vec<Option<Id<Hospital>>> =
        if query.hospitals.is_empty() { vec![None] } else { query.hospitals.iter().copied().map(Some).collect() };
    let mut parts: Vec<(Part<'_>, &'static [bool])> = Vec::new();
    for form in &forms {
        for hospital in &hospitals {
            let part = Part { form: *form, hospital: *hospital };
            parts.extend(withdrawn(query).chunks(1).map(|withdrawn| (part, withdrawn)));
        }
    }
    if parts.len() > FEW_PARTS {
        parts = vec![(Part { form: None, hospital: None }, withdrawn(query))];
    }
    for (at, (part, withdrawn)) in parts.into_iter().enumerate() {
        sql.push(if at > 0 { " UNION ALL SELECT " } else { "SELECT " })
            .push("place, day FROM ")
            .push(source(query, false));
        conditions(sql, query, part, withdrawn);
    }
    sql.push(" ORDER BY day DESC, place DESC");
}

/// The conditions of a list, or of one part of it.
fn conditions(sql: &mut QueryBuilder<Sqlite>, query: &RecordQuery, part: Part<'_>, withdrawn: &[bool]) {
    // of two tables that have the same columns, the records' own
    let narrow = query.about.is_some() || query.until.is_some();
    let own = |column: &'static str, qualified: &'static str| if narrow { qualified } else { column };
    sql.push(" WHERE true");
    match (part.hospital, query.hospitals.as_slice()) {
        (Some(hospital), _) => drop(sql.push(" AND hospital = ").push_bind(hospital.to_string())),
        (None, hospitals) => of_hospitals(sql, "hospital", hospitals),
    }
    if let Some(about) = query.about {
        sql.push(" AND about = ").push_bind(about.id());
    }
    if !query.kinds.is_empty() {
        sql.push(" AND ").push(own("about_kind", "records.about_kind")).push(" IN (");
        let mut list = sql.separated(", ");
        for kind in &query.kinds {
            list.push_bind(kind.name());
        }
        sql.push(")");
        if !query.kinds.contains(&Kind::Case) {
            // said in so many words, so that the index of these few records serves
            sql.push(" AND ").push(own("about_kind", "records.about_kind")).push(" <> 'case'");
        }
    }
    let forms: Vec<&String> = part.form.map_or_else(|| query.forms.iter().collect(), |form| vec![form]);
    if let [form] = forms.as_slice() {
        sql.push(" AND ").push(own("form", "records.form")).push(" = ").push_bind((*form).clone());
    } else if !forms.is_empty() {
        sql.push(" AND ").push(own("form", "records.form")).push(" IN (");
        let mut list = sql.separated(", ");
        for form in forms {
            list.push_bind(form.clone());
        }
        sql.push(")");
    }
    let mut compare = |column: &'static str, sign: &'static str, day: Option<jiff::civil::Date>| {
        if let Some(day) = day {
            sql.push(" AND ").push(column).push(sign).push_bind(day.to_string());
        }
    };
    compare(own("day", "records.day"), " >= ", query.from);
    compare(own("day", "records.day"), " <= ", query.to);
    if query.until.is_some() {
        compare("until", " <= ", query.until);
        sql.push(" AND until IS NOT NULL");
    }
    let column = own("withdrawn", "records.withdrawn");
    match withdrawn {
        // written out, so that the indexes of what is not withdrawn serve
        [false] => drop(sql.push(" AND ").push(column).push(" = 0")),
        [true] => drop(sql.push(" AND ").push(column).push(" = 1")),
        // both, each by itself, so that an index that begins with it serves for counting
        _ => drop(sql.push(" AND ").push(column).push(" IN (0, 1)")),
    }
}
