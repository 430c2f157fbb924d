//! How far a case's report is: new → sent → accepted, or refused → resent → …, read from the case's `province_upload` records.

use jiff::civil::Date;
use records::Record;
use serde_json::{Map, Value, json};

use super::Answer;

/// How far the report of a case is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Upload {
    /// never sent
    #[default]
    New,
    /// sent, not answered; from the second attempt on, sent again
    Sent {
        /// which attempt
        attempt: u32,
        /// when
        day: Date,
    },
    /// the province has it; nothing follows
    Accepted {
        /// at which attempt
        attempt: u32,
        /// when
        day: Date,
    },
    /// the province refused it
    Refused {
        /// at which attempt
        attempt: u32,
        /// when
        day: Date,
        /// why
        reason: String,
    },
}

/// What can happen to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// it is sent, for the first time or again
    Send,
    /// an answer comes in
    Answer {
        /// what it says
        answer: Answer,
        /// the receipt's number
        receipt: String,
    },
}

/// Why a step cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// already there
    #[error("the province accepted the case on {0}: nothing is to be sent (该病例已被接收)")]
    Accepted(Date),
    /// an answer is awaited
    #[error("the case was sent on {sent}: wait for the receipt until {until}, or enter it (该病例已上报，等待回执)")]
    Waiting {
        /// when it was sent
        sent: Date,
        /// until when to wait
        until: Date,
    },
    /// an answer to nothing
    #[error(
        "no answer is awaited: the case was not sent, or its latest report is answered already (该病例没有等待回执的上报)"
    )]
    NotSent,
    /// before what it follows
    #[error("the day {day} is before the step that it follows ({after}): check it (日期早于上一步)")]
    Before {
        /// the day given
        day: Date,
        /// the day of the step before
        after: Date,
    },
    /// more attempts than a form takes
    #[error("the case was sent 100 times: ask the province (上报次数过多，请联系省级平台)")]
    TooOften,
}

/// Most attempts that the form `province_upload` takes.
const MOST_ATTEMPTS: u32 = 100;

impl Upload {
    /// From the records of a case; other forms and withdrawn ones are passed over. What was once accepted stays so.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut all: Vec<_> =
            records.into_iter().filter(|record| !record.withdrawn && record.form == "province_upload").collect();
        // of one day a report comes before its answer
        let rank = |record: &Record| u8::from(record.text("result") != Some("sent"));
        let attempt = |record: &Record| record.values.get("attempt").and_then(Value::as_u64).unwrap_or(0);
        all.sort_by_key(|record| (record.day, attempt(record), rank(record), record.created, record.id));
        all.into_iter().fold(Self::New, Self::after)
    }

    fn after(self, record: &Record) -> Self {
        let stated = record.values.get("attempt").and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        let (day, reached) = (record.day, self.attempt());
        match (record.text("result"), self) {
            (_, Self::Accepted { attempt, day }) => Self::Accepted { attempt, day },
            (Some("sent"), _) => Self::Sent { attempt: stated.unwrap_or(reached + 1), day },
            // whoever enters only the answer has sent it too
            (Some("accepted"), _) => Self::Accepted { attempt: stated.unwrap_or(reached.max(1)), day },
            (Some("refused"), _) => {
                let reason = record.text("reason").unwrap_or_default().to_owned();
                Self::Refused { attempt: stated.unwrap_or(reached.max(1)), day, reason }
            }
            (_, other) => other,
        }
    }

    /// Its name for machines.
    pub fn name(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Sent { attempt: ..=1, .. } => "sent",
            Self::Sent { .. } => "resent",
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
        }
    }

    /// How many attempts there were.
    pub fn attempt(&self) -> u32 {
        match self {
            Self::New => 0,
            Self::Sent { attempt, .. } | Self::Accepted { attempt, .. } | Self::Refused { attempt, .. } => *attempt,
        }
    }

    /// Which attempt comes next, if the case may be sent on a day: it is new, was refused, or has waited `days_without_answer`.
    pub fn next_attempt(&self, day: Date, days_without_answer: u32) -> Result<u32, StepError> {
        let next = self.attempt() + 1;
        match self {
            Self::Accepted { day, .. } => return Err(StepError::Accepted(*day)),
            Self::Refused { day: after, .. } | Self::Sent { day: after, .. } if day < *after => {
                return Err(StepError::Before { day, after: *after });
            }
            Self::Sent { day: sent, .. } => {
                let until = sent.saturating_add(jiff::Span::new().days(i64::from(days_without_answer)));
                if day <= until {
                    return Err(StepError::Waiting { sent: *sent, until });
                }
            }
            Self::New | Self::Refused { .. } => {}
        }
        if next > MOST_ATTEMPTS { Err(StepError::TooOften) } else { Ok(next) }
    }
}

/// Takes a step: gives the values of the `province_upload` record that it is kept by.
pub fn step(
    upload: &Upload,
    step: &Step,
    day: Date,
    days_without_answer: u32,
) -> Result<Map<String, Value>, StepError> {
    let values = match step {
        Step::Send => json!({"day": day, "attempt": upload.next_attempt(day, days_without_answer)?, "result": "sent"}),
        Step::Answer { answer, receipt } => {
            let Upload::Sent { attempt, day: sent } = upload else { return Err(StepError::NotSent) };
            if day < *sent {
                return Err(StepError::Before { day, after: *sent });
            }
            match answer {
                Answer::Accepted => json!({"day": day, "attempt": attempt, "result": "accepted", "receipt": receipt}),
                Answer::Refused(reason) => {
                    json!({"day": day, "attempt": attempt, "result": "refused", "receipt": receipt, "reason": reason})
                }
            }
        }
    };
    match values {
        Value::Object(values) => Ok(values),
        _ => Err(StepError::NotSent),
    }
}
