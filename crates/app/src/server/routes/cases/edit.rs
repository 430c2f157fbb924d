//! Changing a case and its patient.

use axum::extract::State;
use jiff::ToSpan as _;
use records::case::Intent;
use records::store::CaseRow;
use records::{Case, Change, Item, Patient};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::way::check_way;
use super::{NewIntent, check_patient, checked_dates, day, line, person_of};
use crate::clock::{hex, random};
use crate::server::App;
use crate::server::auth::Person;
use crate::server::extract::{Body, Given, IfMatch, Key, Versioned, reason};
use crate::server::problem::Problem;
use crate::server::views::case::CaseView;

/// A change of the patient's identity.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientPatch {
    /// the version that was read; refused when it is another by now
    version: Option<u32>,
    number: Option<String>,
    name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    birth_date: Given<String>,
    sex: Option<String>,
}

/// A change of a case; what is absent stays, `null` empties.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CasePatch {
    number: Option<String>,
    /// code of the way
    route: Option<String>,
    /// code of the means
    method: Option<String>,
    site: Option<String>,
    diagnosis: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    implanted_on: Given<String>,
    intent: Option<NewIntent>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    physician: Given<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    physicist: Given<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    imaging_due: Given<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    follow_up_due: Given<String>,
    notes: Option<String>,
    withdrawn: Option<bool>,
    patient: Option<PatientPatch>,
    /// the reason
    why: String,
}

/// Changes a case and its patient's identity together.
#[utoipa::path(patch, path = "/cases/{id}", tag = "cases", params(("id" = String, Path)), request_body = CasePatch,
    responses((status = 200, body = CaseView), (status = 412), (status = 428)))]
pub async fn edit(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Case>,
    version: IfMatch,
    Body(asked): Body<CasePatch>,
) -> Result<Versioned<CaseView>, Problem> {
    let why = reason(&asked.why)?;
    let CaseRow { case: before, patient: patient_before, .. } = app.case(id).await?;
    version.must_be(before.version)?;
    let mut case = before.clone();
    let put = |field: &mut String, name: &str, text: Option<&str>, most| -> Result<(), Problem> {
        if let Some(text) = text {
            *field = line(name, text, most)?;
        }
        Ok(())
    };
    put(&mut case.number, "number", asked.number.as_deref(), 40)?;
    put(&mut case.site, "site", asked.site.as_deref(), 80)?;
    put(&mut case.diagnosis, "diagnosis", asked.diagnosis.as_deref(), 500)?;
    put(&mut case.notes, "notes", asked.notes.as_deref(), 4000)?;
    if let Given::Is(date) = &asked.implanted_on {
        case.implanted_on = day("implanted_on", date.as_deref())?;
        if before.imaging_due.is_none() && asked.imaging_due == Given::Absent {
            case.imaging_due =
                case.implanted_on.and_then(|date| date.checked_add(app.limits.schedule.imaging_after_days.days()).ok());
        }
    }
    if let Given::Is(date) = &asked.imaging_due {
        case.imaging_due = day("imaging_due", date.as_deref())?;
    }
    if let Given::Is(date) = &asked.follow_up_due {
        case.follow_up_due = day("follow_up_due", date.as_deref())?;
    }
    if let Given::Is(who) = &asked.physician {
        case.physician = person_of(&app, &person, "physician", who.as_deref()).await?;
    }
    if let Given::Is(who) = &asked.physicist {
        case.physicist = person_of(&app, &person, "physicist", who.as_deref()).await?;
    }
    case.route = asked.route.unwrap_or(case.route);
    case.method = asked.method.unwrap_or(case.method);
    check_way(case.technique, &case.route, &case.method)?;
    case.intent = asked.intent.map_or(case.intent, Intent::from);
    case.withdrawn = asked.withdrawn.unwrap_or(case.withdrawn);
    let patient = match asked.patient {
        Some(patch) => changed_patient(&patient_before, patch)?,
        None => patient_before.clone(),
    };
    case.check()?;
    checked_dates(&case, &patient, app.clock.today())?;
    let mut changes = Vec::new();
    if patient != patient_before {
        let after = Patient { version: patient_before.version + 1, ..patient };
        changes.push(Change::Replace { before: Item::Patient(patient_before), after: Item::Patient(after) });
    }
    // the case's version goes up even when only the patient changed: whoever has the old page open must see it
    case.version = before.version + 1;
    changes.push(Change::Replace { before: Item::Case(before), after: Item::Case(case) });
    app.commit(&person, &why, changes, Vec::new()).await?;
    let row = app.case(id).await?;
    Ok(Versioned(row.case.version, CaseView::new(&row, app.clock.today())))
}

fn changed_patient(before: &Patient, patch: PatientPatch) -> Result<Patient, Problem> {
    if patch.version.is_some_and(|version| version != before.version) {
        return Err(Problem::conflict());
    }
    let mut patient = before.clone();
    if let Some(number) = patch.number {
        number.trim().clone_into(&mut patient.number);
    }
    if let Some(name) = patch.name {
        name.trim().clone_into(&mut patient.name);
    }
    if let Given::Is(date) = patch.birth_date {
        patient.birth_date = day("patient.birth_date", date.as_deref())?;
    }
    patient.sex = patch.sex.unwrap_or(patient.sex);
    check_patient(&patient)?;
    if (&patient.name, &patient.number) != (&before.name, &before.number) {
        // a new salt: an old seal and a new one say nothing about each other
        patient.salt = hex(&random::<16>());
    }
    Ok(patient)
}
