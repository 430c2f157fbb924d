//! What there is to do today, for the person who asks.

use axum::Json;
use axum::extract::State;
use jiff::ToSpan as _;
use jiff::civil::Date;
use records::facts::{By, FactQuery};
use records::sources::{PlaceKind, emergency};
use records::store::{CaseQuery, LotQuery, RecordQuery};
use records::{Action, Fact, Kind, Role, Stage};

use super::{Route, get};
use crate::server::App;
use crate::server::auth::{Access, Person};
use crate::server::problem::Problem;
use crate::server::views::norms::link;
use crate::server::views::today::{Group, Row, Today, Urgency};

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![get("/today", Access::Person, today)]
}

/// Rows shown of each group.
const ROWS: u32 = 8;
/// Days that what is due soon lies ahead.
const SOON_DAYS: i64 = 7;
/// Days that what lapses is told of ahead (G07 and G08 packs look as far).
const LAPSE_DAYS: i64 = 90;

/// What there is to do: the most urgent first, each group with its number and its first rows.
#[utoipa::path(get, path = "/today", tag = "today", responses((status = 200, body = Today)))]
pub async fn today(State(app): State<App>, person: Person) -> Result<Json<Today>, Problem> {
    let day = app.clock.today();
    let may = |action: Action| action.allowed(&person.account.roles);
    let mut groups = Vec::new();
    if may(Action::ReadSources) {
        sources(&app, &person, &mut groups).await?;
    }
    if may(Action::ReadCases) {
        cases(&app, &person, day, &mut groups).await?;
    }
    if may(Action::ReadRegister) {
        lapsing(&app, &person, day, &mut groups).await?;
    }
    if may(Action::EditRegister) && app.store.hospitals().await?.is_empty() {
        groups.push(Group {
            kind: "no_hospital",
            urgency: Urgency::Due,
            count: 1,
            list: String::new(),
            rows: Vec::new(),
        });
    }
    groups.retain(|group| group.count > 0);
    groups.sort_by_key(|group| group.urgency);
    Ok(Json(Today { day: day.to_string(), groups }))
}

/// Seeds that are missing, set aside, issued and neither implanted nor given back, or not yet released; and what an emergency asks for.
async fn sources(app: &App, person: &Person, groups: &mut Vec<Group>) -> Result<(), Problem> {
    let places = [
        ("seeds_lost", PlaceKind::Lost, Urgency::Now),
        ("seeds_quarantine", PlaceKind::Quarantine, Urgency::Due),
        ("seeds_issued", PlaceKind::Issued, Urgency::Due),
        ("seeds_received", PlaceKind::Received, Urgency::Due),
        ("seeds_assay", PlaceKind::Assay, Urgency::Soon),
    ];
    for (kind, place, urgency) in places {
        let query = LotQuery {
            hospitals: person.hospitals().to_vec(),
            with_seeds: Some(place.name()),
            limit: ROWS,
            ..LotQuery::default()
        };
        let page = app.store.lots(&query).await?;
        let rows = page.rows.iter().map(|row| {
            let seeds: u32 = row.places.iter().filter(|(one, _)| one.kind() == place).map(|(_, seeds)| seeds).sum();
            Row {
                kind: "lot",
                id: row.lot.id.to_string(),
                text: format!("{} {}", row.lot.model, row.lot.number),
                count: Some(seeds),
                day: None,
            }
        });
        let list = format!("place={}", place.name());
        groups.push(Group { kind, urgency, count: page.total, list, rows: rows.collect() });
    }
    let query = RecordQuery {
        kinds: vec![Kind::Hospital, Kind::Lot],
        forms: vec!["incident".to_owned()],
        hospitals: person.hospitals().to_vec(),
        limit: 200,
        ..RecordQuery::default()
    };
    let open: Vec<_> =
        app.store.records(&query).await?.rows.into_iter().filter(|one| one.text("closed_at").is_none()).collect();
    let flow = emergency::Flow::embedded().map_err(|error| Problem::failed(error.to_string()))?;
    let now = app.clock.now();
    let rows: Vec<Row> = open
        .iter()
        .map(|one| {
            let left = emergency::status(&flow, &one.values, now).map_or(0, |todo| {
                todo.iter().filter(|step| !matches!(step.standing, emergency::Standing::Done { .. })).count()
            });
            Row {
                kind: "record",
                id: one.id.to_string(),
                text: one.text("kind").unwrap_or_default().to_owned(),
                count: Some(left as u32),
                day: Some(one.day.to_string()),
            }
        })
        .collect();
    groups.push(Group {
        kind: "incidents",
        urgency: Urgency::Now,
        count: rows.len() as u64,
        list: String::new(),
        rows,
    });
    Ok(())
}

/// Cases whose next step is due, results to sign, visits, and what was not sent to the province.
async fn cases(app: &App, person: &Person, day: Date, groups: &mut Vec<Group>) -> Result<(), Problem> {
    let soon = day.saturating_add(SOON_DAYS.days());
    let listed = async |kind, urgency, query: CaseQuery, list: &str| -> Result<Group, Problem> {
        let query = CaseQuery { hospitals: person.hospitals().to_vec(), limit: ROWS, ..query };
        let page = app.store.cases(&query).await?;
        let rows = page.rows.iter().map(|row| Row::of(row, row.standing.due)).collect();
        Ok(Group { kind, urgency, count: page.total, list: list.to_owned(), rows })
    };
    let overdue = CaseQuery { overdue_on: Some(day), ..CaseQuery::default() };
    groups.push(listed("cases_overdue", Urgency::Now, overdue, "overdue=true").await?);
    if person.account.is(Role::Physician) || person.account.is(Role::Physicist) {
        let sign = CaseQuery { stages: vec![Stage::Verified], ..CaseQuery::default() };
        groups.push(listed("to_sign", Urgency::Due, sign, "stage=verified").await?);
    }
    if person.account.is(Role::Physicist) {
        let verify = CaseQuery { stages: vec![Stage::Imaged], ..CaseQuery::default() };
        groups.push(listed("to_verify", Urgency::Due, verify, "stage=imaged").await?);
    }
    let hospitals = person.hospitals().to_vec();
    let visits = |on: Date| FactQuery { hospitals: hospitals.clone(), overdue_on: Some(on), ..FactQuery::default() };
    let late = exchange::province::Limits::builtin().map_err(|error| Problem::failed(error.to_string()))?;
    let unsent = FactQuery {
        hospitals: hospitals.clone(),
        by: By::Treated,
        all: [Fact::Treated].into_iter().collect(),
        // courses of radiopharmaceuticals are not reported
        none: [Fact::Uploaded, Fact::Radiopharmaceutical].into_iter().collect(),
        treated_until: Some(day.saturating_sub(i64::from(late.days_after_procedure).days())),
        ..FactQuery::default()
    };
    let week = FactQuery { due_from: Some(day), ..visits(soon) };
    let counted = [
        ("visits_overdue", Urgency::Now, visits(day)),
        ("not_uploaded", Urgency::Due, unsent),
        ("visits_soon", Urgency::Soon, week),
    ];
    for (kind, urgency, query) in counted {
        let page = app.store.counted(&query, 0, ROWS).await?;
        let rows = page.rows.iter().map(|row| Row::of(row, None)).collect();
        groups.push(Group { kind, urgency, count: page.total, list: link(&query), rows });
    }
    Ok(())
}

/// Certificates, licences and papers that lapse or have lapsed.
async fn lapsing(app: &App, person: &Person, day: Date, groups: &mut Vec<Group>) -> Result<(), Problem> {
    let people = app.store.people(person.hospitals()).await?;
    let query = RecordQuery {
        kinds: vec![Kind::Hospital, Kind::Person],
        hospitals: person.hospitals().to_vec(),
        until: Some(day.saturating_add(LAPSE_DAYS.days())),
        limit: 1000,
        ..RecordQuery::default()
    };
    let page = app.store.records(&query).await?;
    let row = |one: &records::Record| {
        let who = match one.about {
            records::About::Person(id) => {
                people.iter().find(|person| person.id == id).map(|person| person.name.clone())
            }
            _ => None,
        };
        Row {
            kind: "record",
            id: one.id.to_string(),
            text: [Some(one.form.clone()), who].into_iter().flatten().collect::<Vec<_>>().join(" "),
            count: None,
            day: one.until.map(|until| until.to_string()),
        }
    };
    let (lapsed, soon): (Vec<_>, Vec<_>) = page.rows.iter().partition(|one| one.until.is_some_and(|until| until < day));
    // what a newer one of the same form about the same thing has taken the place of is not missed
    let replaced = |old: &records::Record| {
        page.rows.iter().any(|new| new.form == old.form && new.about == old.about && new.until > old.until)
    };
    for (kind, urgency, of) in [("lapsed", Urgency::Now, lapsed), ("lapsing", Urgency::Soon, soon)] {
        let of: Vec<_> = of.into_iter().filter(|one| !replaced(one)).collect();
        let rows = of.iter().take(ROWS as usize).map(|one| row(one)).collect();
        groups.push(Group { kind, urgency, count: of.len() as u64, list: String::new(), rows });
    }
    Ok(())
}
