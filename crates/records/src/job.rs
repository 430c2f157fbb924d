//! Work that takes longer than a request: imports, seed searches, dose runs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Account, Id};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// turns an upload into a study of a case
    Import,
    /// finds the seeds on the CT of a draft
    FindSeeds,
    /// computes a verification and its report
    Verify,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// waits for a worker
    Queued,
    /// a worker has it
    Running,
    /// done; `result` says what came of it
    Done,
    /// gave nothing; `message` says why
    Failed,
    /// stopped by a person
    Cancelled,
}

impl Progress {
    /// Whether nothing more will happen.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// A piece of work that survives a restart: whoever finds it queued, or its lease run out, does it (again). What a job changes for
/// good it changes in one [`crate::Store::commit`] together with its own end, and [`Job::may_become`] lets only the worker that has it
/// write that, so doing it twice changes nothing twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// which one
    pub id: Id<Job>,
    /// what it does
    pub task: Task,
    /// what it is about: the id of an upload or a verification
    pub subject: String,
    /// what the task needs besides
    pub input: Value,
    /// how far it is
    pub progress: Progress,
    /// the step it is at, empty before the first
    pub step: String,
    /// part of the step that is done, 0 to 1
    pub part: f64,
    /// why it failed
    pub message: String,
    /// the same in Chinese; empty where nobody has written it
    #[serde(default)]
    pub message_zh: String,
    /// what came of it
    pub result: Value,
    /// times it was begun
    pub attempts: u32,
    /// a person asked to stop it
    pub cancel: bool,
    /// which worker has it
    pub worker: Option<String>,
    /// until when the worker keeps it without a sign of life
    pub lease_until: Option<Timestamp>,
    /// who ordered it
    pub ordered_by: Id<Account>,
    /// when
    pub ordered: Timestamp,
}

impl Job {
    /// Whether `next` may be written over this stored job. `attempts` goes up with every claim, so it tells whether the job is still
    /// the writer's own: a worker whose lease ran out and whose job went to another writes nothing any more.
    ///
    /// # Errors
    /// The reason as a sentence.
    pub fn may_become(&self, next: &Self) -> Result<(), String> {
        if self.progress.is_over() && self != next {
            return Err(format!("job {} is over already; order another", self.id));
        }
        if self.attempts != next.attempts {
            return Err(format!(
                "job {} was taken by another worker in the meantime; what this one did is dropped",
                self.id
            ));
        }
        Ok(())
    }
}
