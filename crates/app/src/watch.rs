//! How a long job tells its progress, and how it hears that it should stop: one [`Watch`] a job, so that one of two can be stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use report::Language;
use report::terms::term;

use crate::failure::Failure;

/// What a job is doing; its words stand in `docs/terms.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// reading the files
    Reading,
    /// taking the seeds from the plan, or finding them
    Seeds,
    /// dose of all seeds
    Dose,
    /// histograms of all structures
    Structures,
    /// against the plan and the planning system
    Comparing,
    /// making the documents
    Report,
    /// converting volumes
    Converting,
    /// making up a patient
    Simulating,
    /// putting files in place
    Writing,
}

impl Step {
    /// Key in the table of terms; also its name for machines.
    pub fn key(self) -> &'static str {
        match self {
            Self::Reading => "step.reading",
            Self::Seeds => "step.seeds",
            Self::Dose => "step.dose",
            Self::Structures => "step.structures",
            Self::Comparing => "step.comparing",
            Self::Report => "step.report",
            Self::Converting => "step.converting",
            Self::Simulating => "step.simulating",
            Self::Writing => "step.writing",
        }
    }

    /// For people.
    pub fn words(self, language: Language) -> &'static str {
        term(self.key(), language)
    }
}

/// Whoever waits for a job. Called from several threads.
pub trait Watch: Sync {
    /// A step begins.
    fn begins(&self, step: Step);
    /// `done` of `of` parts of the step are done.
    fn advance(&self, done: usize, of: usize);
    /// Whether the job should stop.
    fn stopped(&self) -> bool;
}

impl dyn Watch + '_ {
    /// Begins a step, unless the job should stop.
    ///
    /// # Errors
    /// [`Failure::cancelled`] when it should.
    pub fn step(&self, step: Step) -> Result<(), Failure> {
        if self.stopped() {
            return Err(Failure::cancelled());
        }
        self.begins(step);
        Ok(())
    }
}

/// Catches Ctrl-C and SIGTERM from now on. The flag is set at the first: the running command stops at its next step and removes what
/// it began to write. At the second the program ends.
pub fn catch_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    // A second handler cannot be set; then the first one serves.
    let _ = ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::SeqCst) {
            // asked twice: do not make the user wait for a step to end
            std::process::exit(130);
        }
    });
    stop
}

/// A bar on standard error, and a flag that stops the job.
pub struct Terminal {
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

impl Terminal {
    /// Hidden when `quiet` or when standard error is not a terminal.
    pub fn new(quiet: bool, stop: Arc<AtomicBool>) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
        let style = ProgressStyle::with_template("{spinner} {msg} {bar:24} {pos}/{len} {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, stop }
    }
}

impl Watch for Terminal {
    fn begins(&self, step: Step) {
        self.bar.set_length(0);
        self.bar.set_position(0);
        self.bar.set_message(step.words(Language::English));
    }

    fn advance(&self, done: usize, of: usize) {
        self.bar.set_length(of as u64);
        self.bar.set_position(done as u64);
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_words() {
        use Step::{Comparing, Converting, Dose, Reading, Report, Seeds, Simulating, Structures, Writing};
        for step in [Reading, Seeds, Dose, Structures, Comparing, Report, Converting, Simulating, Writing] {
            for language in [Language::Chinese, Language::English] {
                assert!(!step.words(language).contains('⟨'), "{step:?} has no words");
            }
        }
    }
}
