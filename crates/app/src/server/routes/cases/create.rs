//! Opening a case.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::ToSpan as _;
use records::store::{CaseOrder, CaseQuery};
use records::{Case, Change, Item, Patient, StoreError};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::way::{check_way, technique, treated_at};
use super::{NewIntent, check_patient, checked_dates, day, line, person_of};
use crate::clock::{hex, random};
use crate::server::App;
use crate::server::auth::Person;
use crate::server::extract::{Body, Versioned};
use crate::server::problem::Problem;
use crate::server::views::case::CaseView;

/// Case numbers tried before giving up.
const TRIES: u32 = 50;

/// A patient of a new case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPatient {
    #[serde(default)]
    number: String,
    name: String,
    birth_date: Option<String>,
    #[serde(default)]
    sex: String,
}

/// A new case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCase {
    /// given by the server when absent: YYYY-NNNN
    number: Option<String>,
    patient: NewPatient,
    /// the hospital; may be left out by who belongs to one, or where there is one
    hospital: Option<String>,
    /// `seed_implant` (usual), `ablation` or `radiopharmaceutical`
    #[serde(default)]
    technique: String,
    /// code of the way, such as `percutaneous`
    #[serde(default)]
    route: String,
    /// code of the means, such as `microwave`
    #[serde(default)]
    method: String,
    site: String,
    #[serde(default)]
    diagnosis: String,
    /// YYYY-MM-DD
    implanted_on: Option<String>,
    #[serde(default)]
    intent: NewIntent,
    /// account
    physician: Option<String>,
    /// account
    physicist: Option<String>,
    /// 30 days after the implant when absent
    imaging_due: Option<String>,
    follow_up_due: Option<String>,
    #[serde(default)]
    notes: String,
}

/// The number after the last of the year: `2026-0001`, `2026-0002`…
async fn next_number(app: &App, year: i16) -> Result<u32, StoreError> {
    let prefix = format!("{year:04}-");
    let asked = |offset| CaseQuery {
        search: prefix.clone(),
        withdrawn: true,
        order: CaseOrder::Number,
        offset,
        limit: 200,
        ..CaseQuery::default()
    };
    let mut page = app.store.cases(&asked(0)).await?;
    if page.total > 200 {
        page = app.store.cases(&asked(page.total - 200)).await?;
    }
    let numbers = page.rows.iter().filter_map(|row| row.case.number.strip_prefix(&prefix)?.parse::<u32>().ok());
    Ok(numbers.max().unwrap_or(0) + 1)
}

/// Opens a case. A patient whose number the hospital knows already is the same person; then name and date of birth must agree.
#[utoipa::path(post, path = "/cases", tag = "cases", request_body = NewCase, responses((status = 201, body = CaseView)))]
pub async fn create(State(app): State<App>, person: Person, Body(new): Body<NewCase>) -> Result<Response, Problem> {
    let now = app.clock.now();
    let today = app.clock.today();
    let number = new.patient.number.trim();
    let hospital = treated_at(&app, &person, new.hospital.as_deref()).await?;
    let known = app.store.patient_by_number(number, hospital).await?;
    let birth_date = day("patient.birth_date", new.patient.birth_date.as_deref())?;
    let patient = match &known {
        Some(known) => {
            let other_birth = birth_date.is_some_and(|born| known.birth_date.is_some_and(|kept| kept != born));
            if known.name.trim() != new.patient.name.trim() || other_birth {
                return Err(Problem::field(
                    "patient.number",
                    "此患者编号已登记在另一姓名或出生日期之下；请核对编号，或先更正原登记。",
                    "this patient number is registered with another name or date of birth; check the number, or correct the \
                     registration first",
                ));
            }
            known.clone()
        }
        None => Patient {
            id: app.clock.new_id(),
            version: 1,
            number: number.to_owned(),
            name: new.patient.name.trim().to_owned(),
            birth_date,
            sex: new.patient.sex.clone(),
            salt: hex(&random::<16>()),
        },
    };
    check_patient(&patient)?;
    let technique = technique(&new.technique)?;
    check_way(technique, &new.route, &new.method)?;
    let implanted_on = day("implanted_on", new.implanted_on.as_deref())?;
    let usual_imaging =
        implanted_on.and_then(|date| date.checked_add(app.limits.schedule.imaging_after_days.days()).ok());
    let mut case = Case {
        id: app.clock.new_id(),
        version: 1,
        number: new.number.as_deref().map(str::trim).unwrap_or_default().to_owned(),
        patient: patient.id,
        hospital,
        technique,
        route: new.route.clone(),
        method: new.method.clone(),
        site: line("site", &new.site, 80)?,
        diagnosis: line("diagnosis", &new.diagnosis, 500)?,
        implanted_on,
        intent: new.intent.into(),
        physician: person_of(&app, &person, "physician", new.physician.as_deref()).await?,
        physicist: person_of(&app, &person, "physicist", new.physicist.as_deref()).await?,
        imaging_due: day("imaging_due", new.imaging_due.as_deref())?.or(usual_imaging),
        follow_up_due: day("follow_up_due", new.follow_up_due.as_deref())?,
        withdrawn: false,
        notes: line("notes", &new.notes, 4000)?,
        created: now,
    };
    checked_dates(&case, &patient, today)?;
    let given = !case.number.is_empty();
    let mut next = if given { 0 } else { next_number(&app, today.year()).await? };
    for _ in 0..TRIES {
        if !given {
            case.number = format!("{:04}-{next:04}", today.year());
        }
        case.check()?;
        let person_is_new = known.is_none().then(|| Change::Create(Item::Patient(patient.clone())));
        let changes = person_is_new.into_iter().chain([Change::Create(Item::Case(case.clone()))]).collect();
        match app.commit(&person, "", changes, Vec::new()).await {
            // somebody opened a case at the same moment
            Err(StoreError::Taken { what: "the case number", .. }) if !given => next += 1,
            Err(other) => return Err(other.into()),
            Ok(()) => {
                let row = app.case(case.id).await?;
                return Ok((StatusCode::CREATED, Versioned(1, CaseView::new(&row, today))).into_response());
            }
        }
    }
    Err(Problem::failed("no free case number was found"))
}
