//! A case as one page.

use axum::extract::State;
use records::facts::{CaseFile, consent_stands};
use records::store::RecordQuery;
use records::verification::State as Progress;
use records::{About, Case, Role, signature};

use crate::server::App;
use crate::server::extract::{Key, Versioned};
use crate::server::problem::Problem;
use crate::server::views::Names;
use crate::server::views::case::{CasePage, CaseView, Consent, missing};
use crate::server::views::job::JobView;
use crate::server::views::study::{DocumentView, StudyView};
use crate::server::views::verification::VerificationRow;
use crate::worker;

/// A case with everything that belongs to it.
#[utoipa::path(get, path = "/cases/{id}", tag = "cases", params(("id" = String, Path)), responses((status = 200, body = CasePage), (status = 404)))]
pub async fn read(State(app): State<App>, Key(id): Key<Case>) -> Result<Versioned<CasePage>, Problem> {
    let row = app.case(id).await?;
    let names = Names::read(&*app.store).await?;
    let (studies, documents) = (app.store.studies(id).await?, app.store.documents(id).await?);
    let mut verifications = app.store.verifications(id).await?;
    for one in verifications.iter_mut().filter(|one| one.state == Progress::Running) {
        *one = worker::verification(&app, one.id).await?;
    }
    let mut rows = Vec::with_capacity(verifications.len());
    let mut unsigned: Vec<Role> = Vec::new();
    for one in &verifications {
        let signatures = app.store.signatures(one.id).await?;
        if let (Progress::Computed, Some(outcome)) = (one.state, &one.outcome) {
            unsigned = signature::missing(&signatures, outcome.content());
        }
        rows.push(VerificationRow::new(one, &signatures, &names));
    }
    let of_case =
        |job: &records::Job| job.input.get("case").and_then(serde_json::Value::as_str) == Some(&id.to_string());
    let jobs = app.store.open_jobs().await?;
    let consent = if documents.iter().any(|one| one.kind == "consent" && !one.withdrawn) {
        Consent::Given
    } else {
        recorded(&app, &row.case).await?
    };
    let page = CasePage {
        case: CaseView::new(&row, app.clock.today()),
        missing: missing(&row, &studies, &verifications, consent, &unsigned),
        studies: studies.iter().map(|study| StudyView::new(study, &names)).collect(),
        documents: documents.iter().map(|document| DocumentView::new(document, &names)).collect(),
        verifications: rows,
        jobs: jobs.iter().filter(|job| of_case(job)).map(JobView::from).collect(),
    };
    Ok(Versioned(row.case.version, page))
}

/// What the consent records of a case amount to.
async fn recorded(app: &App, case: &Case) -> Result<Consent, Problem> {
    // those that say when the procedure took place, besides the consent itself
    let forms = ["consent", "procedure", "administration"].map(str::to_owned).to_vec();
    let query = RecordQuery { about: Some(About::Case(case.id)), forms, limit: 1000, ..RecordQuery::default() };
    let records = app.store.records(&query).await?.rows;
    let file = CaseFile { case, records: &records, studies: &[], verifications: &[], movements: &[] };
    Ok(match (consent_stands(file), records.iter().any(|one| one.form == "consent")) {
        (true, _) => Consent::Given,
        (false, true) => Consent::NotInTime,
        (false, false) => Consent::Missing,
    })
}
