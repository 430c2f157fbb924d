//! How far a job is, told by its threads and read by its signs of life.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::watch::{Step, Watch};

/// Progress of one job, and the wish that it stop.
#[derive(Clone)]
pub struct JobWatch(Arc<Inner>);

struct Inner {
    step: Mutex<&'static str>,
    /// part of the step, in millionths
    part: AtomicU64,
    stop: AtomicBool,
    unwanted: AtomicBool,
}

impl JobWatch {
    /// At no step yet.
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            step: Mutex::new(""),
            part: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            unwanted: AtomicBool::new(false),
        }))
    }

    /// Key of the step, and part of it that is done.
    pub fn at(&self) -> (&'static str, f64) {
        let step = *self.0.step.lock().unwrap_or_else(PoisonError::into_inner);
        (step, self.0.part.load(Ordering::Relaxed) as f64 * 1e-6)
    }

    /// The program ends.
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::SeqCst);
    }

    /// A person asked to stop it, or it is another's by now.
    pub fn not_wanted(&self) {
        self.0.unwanted.store(true, Ordering::SeqCst);
        self.stop();
    }

    /// Whether it was stopped because nobody wants it.
    pub fn was_unwanted(&self) -> bool {
        self.0.unwanted.load(Ordering::SeqCst)
    }

    /// Whether it should stop.
    pub fn is_stopped(&self) -> bool {
        self.0.stop.load(Ordering::SeqCst)
    }
}

impl Watch for JobWatch {
    fn begins(&self, step: Step) {
        *self.0.step.lock().unwrap_or_else(PoisonError::into_inner) = step.key();
        self.0.part.store(0, Ordering::Relaxed);
    }

    fn advance(&self, done: usize, of: usize) {
        let part = if of == 0 { 0.0 } else { (done as f64 / of as f64).clamp(0.0, 1.0) };
        self.0.part.store((part * 1e6) as u64, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.is_stopped()
    }
}
