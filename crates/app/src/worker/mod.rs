//! Work that takes longer than a request: imports, seed searches, verifications.
//!
//! A worker takes a job from the store under a lease, gives a sign of life every second, and writes what the job changes for good in one
//! commit together with its end. A worker that dies loses nothing but the time: the lease runs out and another begins the job again.

mod find_seeds;
mod import;
mod masked;
pub mod place;
mod summary;
mod unpack;
mod verify;
mod watch;
mod whose;

use std::time::Duration;

use jiff::SignedDuration;
use records::change::Work;
use records::job::{Progress, Task};
use records::store::Report;
use records::verification::State;
use records::{Account, Change, Commit, Id, Item, Job, StoreError, Verification};
use serde_json::Value;
use tokio::sync::{Notify, watch as channel};
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use crate::failure::{Exit, Failure};
use crate::server::App;
use crate::server::problem::Problem;
use crate::server::views::job::task_name;
use watch::JobWatch;

pub use masked::Identity;
pub use verify::request_of;

/// Idle workers look for jobs this often, besides being told of new ones.
const LOOK: Duration = Duration::from_secs(2);

/// What workers, and those who wait for them, tell each other within this process.
pub struct Jobs {
    told: channel::Sender<u64>,
    end: channel::Sender<bool>,
    new: Notify,
}

impl Jobs {
    /// Nothing told yet.
    pub fn new() -> Self {
        Self { told: channel::Sender::new(0), end: channel::Sender::new(false), new: Notify::new() }
    }

    /// Changes whenever some job changed.
    pub fn told(&self) -> channel::Receiver<u64> {
        self.told.subscribe()
    }

    /// Some job changed.
    pub fn tell(&self) {
        self.told.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// A job was ordered.
    pub fn ordered(&self) {
        self.tell();
        self.new.notify_one();
    }

    /// The program ends: streams close, workers stop.
    pub fn end(&self) {
        self.end.send_replace(true);
    }

    /// Whether the program ends.
    pub fn is_ending(&self) -> bool {
        *self.end.borrow()
    }

    /// Waits for the end of the program.
    pub async fn ending(&self) {
        // fails only when the sender is gone, which is ourselves
        let _ = self.end.subscribe().wait_for(|end| *end).await;
    }
}

impl Default for Jobs {
    fn default() -> Self {
        Self::new()
    }
}

/// What a job came to: what it changes for good, and what it tells.
#[derive(Default)]
pub struct End {
    changes: Vec<Change>,
    work: Vec<Work>,
    result: Value,
}

/// A new job of a person, not yet written.
pub fn order(app: &App, task: Task, subject: String, input: Value, by: Id<Account>) -> Job {
    Job {
        id: app.clock.new_id(),
        task,
        subject,
        input,
        progress: Progress::Queued,
        step: String::new(),
        part: 0.0,
        message: String::new(),
        message_zh: String::new(),
        result: Value::Null,
        attempts: 0,
        cancel: false,
        worker: None,
        lease_until: None,
        ordered_by: by,
        ordered: app.clock.now(),
    }
}

/// Asks a job to stop. One that nobody has begun is over at once, together with what waits for it.
///
/// # Errors
/// When the store fails.
pub async fn cancel(app: &App, job: &Job) -> Result<(), Problem> {
    app.store.cancel(job.id).await?;
    app.jobs.tell();
    if job.task == Task::Verify
        && let Ok(id) = job.subject.parse()
    {
        verification(app, id).await?;
    }
    Ok(())
}

/// A verification as it stands; one that waits for a run that is over without a result is a draft again.
///
/// # Errors
/// A `not-found` problem, or the store's.
pub async fn verification(app: &App, id: Id<Verification>) -> Result<Verification, Problem> {
    let nothing = || Problem::not_found("项剂量验证", "verification");
    let one = app.store.verification(id).await?.ok_or_else(nothing)?;
    let (State::Running, Some(run)) = (one.state, one.job) else { return Ok(one) };
    let Some(job) = app.store.job(run).await?.filter(|job| job.progress.is_over()) else { return Ok(one) };
    let commit = Commit {
        who: Some(job.ordered_by),
        at: app.clock.now(),
        why: String::new(),
        changes: vec![back_to_draft(one, &job.message, &job.message_zh)],
        work: Vec::new(),
    };
    match app.store.commit(commit).await {
        // somebody else saw it at the same moment
        Ok(_) | Err(StoreError::Conflict { .. }) => app.store.verification(id).await?.ok_or_else(nothing),
        Err(other) => Err(other.into()),
    }
}

/// A run gave nothing: the verification is a draft again and says why.
fn back_to_draft(before: Verification, why: &str, zh: &str) -> Change {
    let after = Verification {
        version: before.version + 1,
        state: State::Draft,
        seeds: Vec::new(),
        failure: Some(why.to_owned()).filter(|why| !why.is_empty()),
        failure_zh: Some(zh.to_owned()).filter(|zh| !zh.is_empty()),
        ..before.clone()
    };
    Change::Replace { before: Item::Verification(before), after: Item::Verification(after) }
}

/// Puts back what workers of an earlier process had begun. Only for a program that is alone with its store.
///
/// # Errors
/// The store's.
pub async fn take_back(app: &App) -> Result<(), StoreError> {
    for job in app.store.open_jobs().await? {
        if job.progress == Progress::Running {
            give_back(app, &job).await?;
        }
    }
    Ok(())
}

/// Starts workers; each ends after [`Jobs::end`].
pub fn start(app: &App, workers: usize) -> Vec<JoinHandle<()>> {
    let process = app.clock.new_id::<()>();
    (1..=workers).map(|n| tokio::spawn(work(app.clone(), format!("{process}/{n}")))).collect()
}

async fn work(app: App, name: String) {
    while !app.jobs.is_ending() {
        let now = app.clock.now();
        match app.store.claim(&name, now, lease(&app)).await {
            Ok(Some(job)) => run(&app, &name, job).await,
            Ok(None) => wait(&app).await,
            Err(error) => {
                error!(%error, "jobs cannot be read");
                wait(&app).await;
            }
        }
    }
}

async fn wait(app: &App) {
    tokio::select! {
        () = app.jobs.new.notified() => {}
        () = app.jobs.ending() => {}
        () = tokio::time::sleep(LOOK) => {}
    }
}

fn lease(app: &App) -> jiff::Timestamp {
    let now = app.clock.now();
    now.saturating_add(SignedDuration::from_secs(app.limits.worker.lease_seconds)).unwrap_or(now)
}

/// Does a job, with signs of life, and writes how it ended.
async fn run(app: &App, name: &str, job: Job) {
    app.jobs.tell();
    let (id, task) = (job.id.to_string(), task_name(job.task));
    info!(job = id, task, attempt = job.attempts, "begun");
    let begun = std::time::Instant::now();
    let watch = JobWatch::new();
    let outcome = if job.attempts > app.limits.worker.attempts {
        let times = app.limits.worker.attempts;
        Err(Failure::failed(format!(
            "begun {times} times, and each time the program ended before it was done; tell the administrator"
        )))
    } else {
        attempt(app, name, &job, &watch).await
    };
    let given_back = matches!(&outcome, Err(failure) if failure.exit == Exit::Cancelled) && !watch.was_unwanted();
    let (end, written) = match outcome {
        _ if given_back => ("given_back", give_back(app, &job).await),
        Ok(end) => ("done", finish(app, &job, end).await),
        Err(failure) if failure.exit == Exit::Cancelled => {
            ("cancelled", fail(app, &job, Progress::Cancelled, "", "").await)
        }
        Err(failure) => ("failed", fail(app, &job, Progress::Failed, &failure.message, &failure.zh).await),
    };
    let took_ms = begun.elapsed().as_secs_f64() * 1e3;
    match written {
        // sentences of a failure may name files and with them people: the job itself holds them, the log does not
        Ok(()) => info!(job = id, task, end, took_ms, "over"),
        Err(StoreError::Refused(_) | StoreError::Conflict { .. }) => {
            warn!(job = id, task, took_ms, "was another's by then; dropped");
        }
        Err(error) => error!(job = id, task, took_ms, %error, "its end could not be written"),
    }
    app.metrics.job(task, end);
    app.jobs.tell();
}

/// One attempt, beside its signs of life.
async fn attempt(app: &App, name: &str, job: &Job, watch: &JobWatch) -> Result<End, Failure> {
    let task = {
        let (app, job, watch) = (app.clone(), job.clone(), watch.clone());
        async move {
            match job.task {
                Task::Import => import::run(&app, &job, &watch).await,
                Task::FindSeeds => find_seeds::run(&app, &job, &watch).await,
                Task::Verify => verify::run(&app, &job, &watch).await,
            }
        }
    };
    let mut task = tokio::spawn(task);
    let mut beat = tokio::time::interval(Duration::from_secs(app.limits.worker.beat_seconds.max(1)));
    loop {
        tokio::select! {
            done = &mut task => {
                return done.unwrap_or_else(|error| {
                    error!(job = %job.id, panicked = error.is_panic(), "a defect: the job did not end by itself");
                    Err(Failure::failed("a defect of the program ended this job; tell the administrator its number"))
                });
            }
            () = app.jobs.ending(), if !watch.is_stopped() => watch.stop(),
            _ = beat.tick() => {
                let (step, part) = watch.at();
                let sign = Report { worker: name, step, part, lease_until: lease(app) };
                match app.store.report(job.id, &sign).await {
                    Ok(true) => watch.not_wanted(),
                    Ok(false) => {}
                    Err(error) => warn!(job = %job.id, %error, "a sign of life could not be written"),
                }
                app.jobs.tell();
            }
        }
    }
}

/// The job as it is when it is over.
fn over(job: &Job, progress: Progress) -> Job {
    Job { progress, worker: None, lease_until: None, ..job.clone() }
}

async fn commit(app: &App, job: &Job, changes: Vec<Change>, work: Vec<Work>) -> Result<(), StoreError> {
    let commit = Commit { who: Some(job.ordered_by), at: app.clock.now(), why: String::new(), changes, work };
    app.store.commit(commit).await.map(drop)
}

async fn finish(app: &App, job: &Job, end: End) -> Result<(), StoreError> {
    let done = Job { part: 1.0, result: end.result, ..over(job, Progress::Done) };
    let work = end.work.into_iter().chain([Work::Job(Box::new(done))]).collect();
    match commit(app, job, end.changes, work).await {
        // a rule that the result breaks is a reason that a person must see
        Err(StoreError::Refused(why)) => fail(app, job, Progress::Failed, &why, "").await,
        other => other,
    }
}

async fn fail(app: &App, job: &Job, progress: Progress, why: &str, zh: &str) -> Result<(), StoreError> {
    let mut changes = Vec::new();
    if job.task == Task::Verify
        && let Ok(id) = job.subject.parse::<Id<Verification>>()
        && let Some(one) = app.store.verification(id).await?
        && one.state == State::Running
        && one.job == Some(job.id)
    {
        changes.push(back_to_draft(one, why, zh));
    }
    let ended = Job { message: why.to_owned(), message_zh: zh.to_owned(), ..over(job, progress) };
    commit(app, job, changes, vec![Work::Job(Box::new(ended))]).await
}

/// The program ends: another may do it.
async fn give_back(app: &App, job: &Job) -> Result<(), StoreError> {
    let waiting = Job { step: String::new(), part: 0.0, ..over(job, Progress::Queued) };
    commit(app, job, Vec::new(), vec![Work::Job(Box::new(waiting))]).await
}

/// The store failed a job.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unstored(error: StoreError) -> Failure {
    Failure::failed(error.to_string())
}

/// Does something long on a thread of its own.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => {
            error!(panicked = error.is_panic(), "a defect: work did not end by itself");
            Err(Failure::failed("a defect of the program ended this job; tell the administrator its number"))
        }
    }
}
