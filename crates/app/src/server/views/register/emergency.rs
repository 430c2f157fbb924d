//! The flow of an emergency.

use records::sources::Words;
use records::sources::emergency::{Call, Standing, Todo};
use serde::Serialize;
use utoipa::ToSchema;

use crate::server::views::norms::Both;

/// A step.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EmergencyStep)]
pub struct StepView {
    id: String,
    text: Both,
    /// with when it was done or is due
    says: Both,
    /// `done`, `due` or `overdue`
    standing: &'static str,
    /// when it was done, or by when it is due, RFC 3339
    at: String,
    /// role to call
    call: Option<String>,
    source: String,
    /// the source was not compared
    unverified: bool,
}

impl StepView {
    /// Of a step.
    pub fn new(todo: &Todo<'_>, words: &Words<'_>) -> Self {
        let said = todo.sentence(words);
        let (standing, at) = match todo.standing {
            Standing::Done { at, .. } => ("done", at),
            Standing::Due { until } => ("due", until),
            Standing::Overdue { since } => ("overdue", since),
        };
        Self {
            id: todo.step.id.clone(),
            text: Both { zh: todo.step.text_zh.clone(), en: todo.step.text.clone() },
            says: Both { zh: said.zh, en: said.en },
            standing,
            at: at.to_string(),
            call: todo.step.call.clone(),
            source: todo.step.source.clone(),
            unverified: todo.step.checked.is_none(),
        }
    }
}

/// Somebody to call.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EmergencyCall)]
pub struct CallView {
    role: String,
    name: String,
    telephone: String,
}

impl From<Call> for CallView {
    fn from(call: Call) -> Self {
        Self { role: call.role, name: call.name, telephone: call.telephone }
    }
}

/// An emergency.
#[derive(Debug, Serialize, ToSchema)]
pub struct Emergency {
    /// name of the flow
    pub title: Both,
    /// steps in order
    pub steps: Vec<StepView>,
    /// whom to call, in order
    pub calls: Vec<CallView>,
    /// what keeps it from being closed
    pub keeps_open: Vec<Both>,
}
