//! Progress on the terminal, and a clean stop on Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use image::Volume;
use image::seeds::{FinderError, FinderOptions, Findings};
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::{Failure, unusable};

static STOP: AtomicBool = AtomicBool::new(false);

/// Catches Ctrl-C and SIGTERM from now on: the running command stops at its next step and removes what it began to write.
pub fn catch_interrupt() {
    // A second handler cannot be set; then the first one serves.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            // asked twice: do not make the user wait for a step to end
            std::process::exit(130);
        }
    });
}

/// What a long command tells its user, and how it hears that it should stop.
pub struct Watch {
    bar: ProgressBar,
}

impl Watch {
    /// A bar on standard error; hidden when `quiet` or when standard error is not a terminal.
    pub fn new(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
        let style = ProgressStyle::with_template("{spinner} {msg} {bar:24} {pos}/{len} {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar }
    }

    /// Starts a step; fails if the user asked to stop.
    pub fn step(&self, name: &str) -> Result<(), Failure> {
        if STOP.load(Ordering::SeqCst) {
            self.bar.finish_and_clear();
            return Err(Failure::cancelled());
        }
        self.bar.set_length(0);
        self.bar.set_position(0);
        self.bar.set_message(name.to_owned());
        Ok(())
    }

    /// How far the step is.
    pub fn advance(&self, done: usize, of: usize) {
        self.bar.set_length(of as u64);
        self.bar.set_position(done as u64);
    }

    /// Finds the seeds on a CT, with progress, and stops when the user asks to.
    pub fn find_seeds(&self, ct: &Volume, options: &FinderOptions) -> Result<Findings, Failure> {
        let progress = |part: f64| self.advance((part * 100.0) as usize, 100);
        let cancelled = || self.stopped();
        let hooks = image::seeds::Watch { cancelled: &cancelled, progress: &progress };
        image::seeds::find_watched(ct, options, hooks).map_err(|error| match error {
            FinderError::Cancelled => Failure::cancelled(),
            other => unusable(other),
        })
    }

    /// Whether the user asked to stop.
    pub fn stopped(&self) -> bool {
        STOP.load(Ordering::SeqCst)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
