//! Jobs.

use records::Job;
use records::job::{Progress, Task};
use report::Language;
use report::terms;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobView {
    /// which one
    pub id: String,
    /// `import`, `find_seeds` or `verify`
    task: &'static str,
    /// id of the upload or the verification
    subject: String,
    /// `queued`, `running`, `done`, `failed` or `cancelled`
    progress: &'static str,
    /// step it is at, English
    step: String,
    /// step it is at, Chinese
    step_zh: String,
    /// part of the step that is done, 0 to 1
    part: f64,
    /// why it failed, English
    message: String,
    /// why it failed, Chinese; English where nobody has written it in Chinese
    message_zh: String,
    /// what came of it
    #[schema(value_type = Object)]
    result: Value,
    /// when it was ordered, RFC 3339
    ordered: String,
    /// times it was begun
    attempts: u32,
}

impl JobView {
    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        matches!(self.progress, "done" | "failed" | "cancelled")
    }
}

/// A task's name for machines.
pub fn task_name(task: Task) -> &'static str {
    match task {
        Task::Import => "import",
        Task::FindSeeds => "find_seeds",
        Task::Verify => "verify",
    }
}

/// How far a job is, for machines.
pub fn progress_name(progress: Progress) -> &'static str {
    match progress {
        Progress::Queued => "queued",
        Progress::Running => "running",
        Progress::Done => "done",
        Progress::Failed => "failed",
        Progress::Cancelled => "cancelled",
    }
}

impl From<&Job> for JobView {
    fn from(job: &Job) -> Self {
        // the step is a key of the table of terms
        let step =
            |language| if job.step.is_empty() { String::new() } else { terms::term(&job.step, language).to_owned() };
        Self {
            id: job.id.to_string(),
            task: task_name(job.task),
            subject: job.subject.clone(),
            progress: progress_name(job.progress),
            step: step(Language::English),
            step_zh: step(Language::Chinese),
            part: job.part,
            message: job.message.clone(),
            message_zh: if job.message_zh.is_empty() { job.message.clone() } else { job.message_zh.clone() },
            result: job.result.clone(),
            ordered: job.ordered.to_string(),
            attempts: job.attempts,
        }
    }
}

/// A job that was ordered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ordered {
    /// its id
    pub job: String,
}
