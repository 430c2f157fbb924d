//! What is late: `data/exchange/province.toml` says within how many days a case should be accepted.

use std::sync::LazyLock;

use jiff::Span;
use jiff::civil::Date;
use records::{Case, Facts, Technique};
use serde::Deserialize;

use super::Upload;

/// Within how many days, as `data/exchange/province.toml` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// edition of the file
    pub edition: u32,
    /// days from the discharge to acceptance
    pub days_after_discharge: u32,
    /// days from the procedure, where no discharge is recorded
    pub days_after_procedure: u32,
    /// days after which an unanswered report may be sent again
    pub days_without_answer: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "title")]
    _title: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "version")]
    _version: String,
    edition: u32,
    days_after_discharge: u32,
    days_after_procedure: u32,
    days_without_answer: u32,
}

/// Limits that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("limits of the upload to the province: {0}")]
pub struct LimitsError(String);

impl Limits {
    /// From the text of such a file; a hospital's own takes the place of ours.
    pub fn load(text: &str) -> Result<Self, LimitsError> {
        let file: File = toml::from_str(text).map_err(|error| LimitsError(error.to_string()))?;
        let days = [file.days_after_discharge, file.days_after_procedure, file.days_without_answer];
        if days.iter().any(|days| !(1..=366).contains(days)) {
            return Err(LimitsError("days must be 1 to 366".to_owned()));
        }
        Ok(Self {
            edition: file.edition,
            days_after_discharge: file.days_after_discharge,
            days_after_procedure: file.days_after_procedure,
            days_without_answer: file.days_without_answer,
        })
    }

    /// The limits that come with Dosewright.
    pub fn builtin() -> Result<Self, LimitsError> {
        static READ: LazyLock<Result<Limits, LimitsError>> =
            LazyLock::new(|| Limits::load(include_str!("../../../../data/exchange/province.toml")));
        READ.clone()
    }

    /// The last day on which a case is accepted in time; `None` before the procedure, and for techniques that are not reported.
    pub fn due(&self, case: &Case, facts: &Facts) -> Option<Date> {
        if case.withdrawn || case.technique == Technique::Radiopharmaceutical {
            return None;
        }
        let after = |day: Date, days: u32| day.saturating_add(Span::new().days(i64::from(days)));
        let treated = facts.treated?;
        Some(
            facts
                .discharged
                .map_or_else(|| after(treated, self.days_after_procedure), |day| after(day, self.days_after_discharge)),
        )
    }
}

/// A case whose report is late.
#[derive(Debug, Clone, PartialEq)]
pub struct Lateness<'a> {
    /// which case
    pub case: &'a Case,
    /// until when it should have been accepted
    pub due: Date,
    /// days since then
    pub days: i32,
    /// how far its report is
    pub upload: &'a Upload,
}

/// The cases that should have been accepted before today and are not, the latest first.
pub fn late<'a>(
    limits: &Limits,
    cases: impl IntoIterator<Item = (&'a Case, &'a Facts, &'a Upload)>,
    today: Date,
) -> Vec<Lateness<'a>> {
    let lateness = |(case, facts, upload): (&'a Case, &'a Facts, &'a Upload)| {
        let due = limits.due(case, facts)?;
        let waiting = !matches!(upload, Upload::Accepted { .. }) && today > due;
        let days = due.until(today).ok()?.get_days();
        waiting.then_some(Lateness { case, due, days, upload })
    };
    let mut all: Vec<_> = cases.into_iter().filter_map(lateness).collect();
    all.sort_by(|one, other| (other.days, &one.case.number).cmp(&(one.days, &other.case.number)));
    all
}
