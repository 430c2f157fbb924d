//! Jobs: who takes which, and how far each is.

use jiff::Timestamp;
use records::job::Progress;
use records::store::Report;
use records::{Id, Job, StoreError};
use sqlx::SqliteConnection;

use super::rows::{failed, micros};

/// Jobs that a worker may take: queued, or left by a worker that gave no sign of life. Spoken out in each query, so that the
/// database uses the index of open jobs.
const FREE: &str = "SELECT body FROM jobs WHERE progress IN ('queued', 'running')
    AND (progress = 'queued' OR lease_us < ?) ORDER BY ordered_us, id LIMIT 1";

fn parse(body: &str) -> Result<Job, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Failed(format!("a job cannot be read: {error}")))
}

pub(super) async fn job(connection: &mut SqliteConnection, id: Id<Job>) -> Result<Option<Job>, StoreError> {
    let body: Option<String> = sqlx::query_scalar("SELECT body FROM jobs WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(failed)?;
    body.as_deref().map(parse).transpose()
}

pub(super) async fn open(connection: &mut SqliteConnection) -> Result<Vec<Job>, StoreError> {
    let open = "SELECT body FROM jobs WHERE progress IN ('queued', 'running') ORDER BY ordered_us, id";
    let bodies: Vec<String> = sqlx::query_scalar(open).fetch_all(connection).await.map_err(failed)?;
    bodies.iter().map(|body| parse(body)).collect()
}

/// Writes a job, new or over the stored one, where [`Job::may_become`] lets it.
pub(super) async fn put(connection: &mut SqliteConnection, next: &Job) -> Result<(), StoreError> {
    let mut next = next.clone();
    if let Some(stored) = job(connection, next.id).await? {
        stored.may_become(&next).map_err(StoreError::Refused)?;
        // the writer may have read it before somebody asked it to stop
        next.cancel |= stored.cancel;
    }
    write(connection, &next).await
}

async fn write(connection: &mut SqliteConnection, job: &Job) -> Result<(), StoreError> {
    let body =
        serde_json::to_string(job).map_err(|error| StoreError::Failed(format!("a job cannot be kept: {error}")))?;
    if parse(&body)? != *job {
        return Err(StoreError::Refused(format!("job {} holds a number that is not finite", job.id)));
    }
    sqlx::query(
        "INSERT INTO jobs (id, body, ordered_us, lease_us) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET body = excluded.body, ordered_us = excluded.ordered_us, lease_us = excluded.lease_us",
    )
    .bind(job.id.to_string())
    .bind(body)
    .bind(micros(job.ordered))
    .bind(job.lease_until.map(micros))
    .execute(connection)
    .await
    .map_err(failed)
    .map(drop)
}

pub(super) async fn is_any_free(connection: &mut SqliteConnection, now: Timestamp) -> Result<bool, StoreError> {
    let free: Option<String> =
        sqlx::query_scalar(FREE).bind(micros(now)).fetch_optional(connection).await.map_err(failed)?;
    Ok(free.is_some())
}

pub(super) async fn claim(
    connection: &mut SqliteConnection,
    worker: &str,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<Job>, StoreError> {
    loop {
        let free: Option<String> =
            sqlx::query_scalar(FREE).bind(micros(now)).fetch_optional(&mut *connection).await.map_err(failed)?;
        let Some(mut job) = free.as_deref().map(parse).transpose()? else { return Ok(None) };
        if job.cancel {
            // its worker is gone, and nobody wants it any more
            job = Job { progress: Progress::Cancelled, lease_until: None, ..job };
            write(connection, &job).await?;
            continue;
        }
        job = Job {
            progress: Progress::Running,
            step: String::new(),
            part: 0.0,
            attempts: job.attempts.saturating_add(1),
            worker: Some(worker.to_owned()),
            lease_until: Some(lease_until),
            ..job
        };
        write(connection, &job).await?;
        return Ok(Some(job));
    }
}

pub(super) async fn report(
    connection: &mut SqliteConnection,
    id: Id<Job>,
    report: &Report<'_>,
) -> Result<bool, StoreError> {
    let stored = job(connection, id).await?.ok_or_else(|| StoreError::Missing { what: "job", id: id.to_string() })?;
    if stored.progress != Progress::Running || stored.worker.as_deref() != Some(report.worker) {
        return Ok(true);
    }
    let part = if report.part.is_finite() { report.part.clamp(0.0, 1.0) } else { stored.part };
    let told = Job { step: report.step.to_owned(), part, lease_until: Some(report.lease_until), ..stored };
    write(connection, &told).await?;
    Ok(told.cancel)
}

pub(super) async fn cancel(connection: &mut SqliteConnection, id: Id<Job>) -> Result<(), StoreError> {
    let stored = job(connection, id).await?.ok_or_else(|| StoreError::Missing { what: "job", id: id.to_string() })?;
    match stored.progress {
        Progress::Queued => write(connection, &Job { progress: Progress::Cancelled, cancel: true, ..stored }).await,
        Progress::Running => write(connection, &Job { cancel: true, ..stored }).await,
        Progress::Done | Progress::Failed | Progress::Cancelled => Ok(()),
    }
}
