//! Jobs: how far, stop, and a stream of both.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use records::job::Task;
use records::{Action, Id, Job};

use super::{Route, get, post};
use crate::server::App;
use crate::server::auth::{Access, Person};
use crate::server::extract::Key;
use crate::server::problem::Problem;
use crate::server::views::job::JobView;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/jobs/{id}", Access::May(Action::ReadCases), read),
        post("/jobs/{id}/cancel", Access::MayOne(&[Action::ImportStudy, Action::EditVerification]), cancel),
        get("/jobs/{id}/events", Access::May(Action::ReadCases), events),
    ]
}

/// A job is looked at this often when nobody told of it: another process may work on it.
const LOOK: Duration = Duration::from_secs(2);

async fn job(app: &App, id: Id<Job>) -> Result<Job, Problem> {
    app.store.job(id).await?.ok_or_else(|| Problem::not_found("项任务", "job"))
}

/// How far a job is.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", params(("id" = String, Path)), responses((status = 200, body = JobView)))]
pub async fn read(State(app): State<App>, Key(id): Key<Job>) -> Result<Json<JobView>, Problem> {
    Ok(Json(JobView::from(&job(&app, id).await?)))
}

/// Asks a job to stop. A job that is over stays as it is.
#[utoipa::path(post, path = "/jobs/{id}/cancel", tag = "jobs", params(("id" = String, Path)), responses((status = 202)))]
pub async fn cancel(State(app): State<App>, person: Person, Key(id): Key<Job>) -> Result<StatusCode, Problem> {
    let job = job(&app, id).await?;
    person.must(match job.task {
        Task::Import => Action::ImportStudy,
        Task::FindSeeds | Task::Verify => Action::EditVerification,
    })?;
    crate::worker::cancel(&app, &job).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Tells how far a job is whenever that changes, until it is over.
#[utoipa::path(get, path = "/jobs/{id}/events", tag = "jobs", params(("id" = String, Path)),
    responses((status = 200, description = "events `job`, data as of GET /jobs/{id}", content_type = "text/event-stream")))]
pub async fn events(
    State(app): State<App>,
    Key(id): Key<Job>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    // in this order, so that no change falls between
    let told = app.jobs.told();
    let first = job(&app, id).await?;
    let stream =
        unfold((app, told, Some(first), None::<JobView>), move |(app, mut told, mut next, mut last)| async move {
            loop {
                if last.as_ref().is_some_and(JobView::is_over) {
                    return None;
                }
                let now = if let Some(job) = next.take() {
                    job
                } else {
                    tokio::select! {
                        // the server ends: so does the stream, or it would never be finished with its requests
                        () = app.jobs.ending() => return None,
                        _ = tokio::time::timeout(LOOK, told.changed()) => {}
                    }
                    match app.store.job(id).await {
                        Ok(Some(job)) => job,
                        _ => return None,
                    }
                };
                let view = JobView::from(&now);
                if last.as_ref() == Some(&view) {
                    continue;
                }
                let event = Event::default().event("job").json_data(&view).unwrap_or_default();
                last = Some(view);
                return Some((Ok(event), (app, told, None, last)));
            }
        });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}
