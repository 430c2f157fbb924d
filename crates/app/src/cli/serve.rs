//! `dosewright serve`: the HTTP API, the browser application and the workers over one data folder.

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use records::forms::Forms;
use serde_json::json;
use store::{Objects, SqliteStore};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info};

use super::{Answer, ServeArgs};
use crate::clock::Clock;
use crate::failure::{Failure, chain, unusable};
use crate::keys;
use crate::server::limits::Limits;
use crate::server::{App, Config, SOFTWARE, logging, router};
use crate::worker;

/// Name of the database in the data folder.
pub const DATABASE: &str = "dosewright.db";

/// Serves until it is asked to stop.
pub fn run(args: &ServeArgs) -> Result<Answer, Failure> {
    // a second subscriber cannot be set; then the first one serves
    let _ = tracing::subscriber::set_global_default(logging::subscriber(std::io::stderr));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("threads cannot be started: {error}")))?;
    let limits = Limits::embedded().map_err(|error| Failure::failed(format!("the table of limits: {error}")))?;
    let stop = Duration::from_secs(limits.worker.stop_seconds);
    let outcome = runtime.block_on(serve(args, limits));
    // work that does not hear the wish to stop is left: its lease runs out and the next program begins it again
    runtime.shutdown_timeout(stop);
    outcome
}

/// Opens the database of a data folder that is there, with its key file or the one given.
///
/// # Errors
/// When it or its key file cannot be opened.
pub async fn open_store(data: &Path, keys: Option<&Path>) -> Result<Arc<SqliteStore>, Failure> {
    let database = data.join(DATABASE);
    let keys = keys::read_or_make(&keys::path(data, keys), &database, &Clock::system()).await?;
    Ok(Arc::new(SqliteStore::open(&database, keys).await.map_err(unusable)?))
}

/// Keeps a second program out of a data folder for as long as the answer lives; the system frees it however the program ends.
fn lock(data: &Path) -> Result<File, Failure> {
    let path = data.join("lock");
    let file = File::create(&path).map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::input(format!(
            "another Dosewright serves {} already; use that one, stop it, or give another folder with --data",
            data.display()
        ))),
        Err(TryLockError::Error(error)) => Err(Failure::failed(format!("{}: {error}", path.display()))),
    }
}

async fn serve(args: &ServeArgs, limits: Limits) -> Result<Answer, Failure> {
    let unready = |error: std::io::Error| {
        Failure::failed(format!("the data folder {} cannot be used: {error}", args.data.display()))
    };
    std::fs::create_dir_all(&args.data).map_err(unready)?;
    let data = args.data.canonicalize().map_err(unready)?;
    let _lock = lock(&data)?;
    let store = open_store(&data, args.identity_keys.as_deref()).await?;
    let objects = Arc::new(Objects::open(data.join("objects")).map_err(unusable)?);
    let stop = Duration::from_secs(limits.worker.stop_seconds);
    let config = Config {
        data: data.clone(),
        clock: Clock::system(),
        limits,
        hosts: args.host.clone(),
        behind_proxy: args.behind_proxy,
        demo: args.demo,
        forms: forms(&data)?,
    };
    let app = App::new(store, objects, config).map_err(Failure::failed)?;
    // nobody else works on this folder: whoever had a job is gone
    worker::take_back(&app).await.map_err(unusable)?;
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        Failure::failed(format!("cannot listen on {}: {error}; choose another address with --listen", args.listen))
    })?;
    let address = listener.local_addr().map_err(|error| Failure::failed(error.to_string()))?;
    let workers = worker::start(&app, args.workers.unwrap_or_else(usual_workers));
    info!(software = SOFTWARE, %address, workers = workers.len(), "serving");
    println!("{SOFTWARE}: http://{address}/");
    let ending = app.clone();
    let served = axum::serve(listener, router(&app).into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            asked_to_stop().await;
            info!("stopping: requests are finished, jobs are given back");
            ending.jobs.end();
        })
        .into_future();
    let ended = app.clone();
    let forced = async move {
        ended.jobs.ending().await;
        tokio::time::sleep(stop).await;
    };
    tokio::select! {
        served = served => served.map_err(|error| Failure::failed(chain(&error)))?,
        // somebody keeps a connection open; what was acknowledged is on disk
        () = forced => info!("connections that stayed open are closed"),
    }
    for worker in workers {
        if tokio::time::timeout(stop, worker).await.is_err() {
            error!("a job did not stop in time; it begins again with the next program");
        }
    }
    info!("stopped");
    Ok(Answer::new(String::new(), json!({ "served": address.to_string() })))
}

/// The forms that come with the program, and those of the hospital's own in the folder `forms` of its data.
///
/// # Errors
/// When a file there is no form, with all that is wrong with it.
pub fn forms(data: &Path) -> Result<Forms, Failure> {
    let mut forms = Forms::builtin();
    let folder = data.join("forms");
    if !folder.is_dir() {
        return Ok(forms);
    }
    let unread = |path: &Path, error: std::io::Error| Failure::input(format!("{}: {error}", path.display()));
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .map_err(|error| unread(&folder, error))?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    for path in files {
        let text = std::fs::read_to_string(&path).map_err(|error| unread(&path, error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        forms.extend(&name, &text).map_err(|faults| {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Failure::input(format!("{} cannot be used as a form:\n{}", path.display(), lines.join("\n")))
        })?;
    }
    Ok(forms)
}

/// Half the cores, so that a run leaves room for those who look at pictures; a run itself uses all that is free.
fn usual_workers() -> usize {
    (std::thread::available_parallelism().map_or(2, std::num::NonZero::get) / 2).max(1)
}

/// Waits for Ctrl-C or SIGTERM.
async fn asked_to_stop() {
    let (mut interrupt, mut terminate) = match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(interrupt), Ok(terminate)) => (interrupt, terminate),
        (Err(error), _) | (_, Err(error)) => {
            error!(%error, "signals cannot be heard; end the program by force");
            return std::future::pending().await;
        }
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
