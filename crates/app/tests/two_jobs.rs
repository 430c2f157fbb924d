//! Two jobs in one program: each has its own progress, and one can be stopped while the other goes on.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{Bench, Study};
use dosewright_app::failure::{Exit, Failure};
use dosewright_app::verify::{LanguageChoice, Request, files, read, verify};
use dosewright_app::watch::{Step, Watch};
use report::verification::Fonts;

/// Keeps what it is told; stops the job when a step begins that it was told to stop at.
struct Job {
    stop_at: Option<Step>,
    stopped: AtomicBool,
    steps: Mutex<Vec<Step>>,
    parts: Mutex<Vec<(usize, usize)>>,
}

impl Job {
    fn new(stop_at: Option<Step>) -> Self {
        Self { stop_at, stopped: AtomicBool::new(false), steps: Mutex::default(), parts: Mutex::default() }
    }
}

impl Watch for Job {
    fn begins(&self, step: Step) {
        self.steps.lock().unwrap().push(step);
        if self.stop_at == Some(step) {
            self.stopped.store(true, Ordering::SeqCst);
        }
    }

    fn advance(&self, done: usize, of: usize) {
        self.parts.lock().unwrap().push((done, of));
    }

    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }
}

fn work(bench: &Bench, job: &Job) -> Result<usize, Failure> {
    let request = Request::of(bench.case());
    let now: jiff::Zoned = "2026-03-02T08:00:00+08:00[+08:00]".parse().unwrap();
    let study = read(&request, job)?;
    let verified = verify(&request, &study, &now, job)?;
    Ok(files(&verified, LanguageChoice::Both, &Fonts::embedded())?.len())
}

#[test]
fn one_of_two_is_stopped() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    let (stays, goes) = (Job::new(None), Job::new(Some(Step::Dose)));
    std::thread::scope(|scope| {
        let one = scope.spawn(|| work(&bench, &stays));
        let other = scope.spawn(|| work(&bench, &goes));
        assert_eq!(one.join().unwrap().unwrap(), 7);
        assert_eq!(other.join().unwrap().unwrap_err().exit, Exit::Cancelled);
    });
    let told = |job: &Job| job.steps.lock().unwrap().clone();
    assert_eq!(told(&stays), [Step::Reading, Step::Seeds, Step::Dose, Step::Structures, Step::Comparing]);
    assert_eq!(told(&goes), [Step::Reading, Step::Seeds, Step::Dose]);
    assert!(stays.parts.lock().unwrap().iter().any(|(done, of)| done == of && *of > 20));
}

#[test]
fn a_search_for_seeds_stops_within_itself() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    let job = Job::new(Some(Step::Seeds));
    let mut request = Request::of(bench.case());
    request.seeds = dosewright_app::verify::SeedOrigin::Auto;
    let study = read(&request, &job).unwrap();
    let now: jiff::Zoned = "2026-03-02T08:00:00+08:00[+08:00]".parse().unwrap();
    let stopped = verify(&request, &study, &now, &job).err().unwrap();
    assert_eq!(stopped.exit, Exit::Cancelled, "{stopped}");
}
