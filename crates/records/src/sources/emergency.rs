//! When a seed is dropped, lost or leaking: which steps are done, due and overdue, whom to call, and when it may be closed. The flow is
//! data (`data/norms/source-emergency.toml`).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::acceptance::PackError;
use super::{Balance, PlaceKind, SeedSet, Sentence, Words};
use crate::{Record, record::About};

/// One step of the flow.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowStep {
    /// name for machines
    pub id: String,
    /// for which kinds of incident
    pub kinds: Vec<String>,
    /// minutes from the discovery; 0 is at once
    pub within_minutes: u32,
    /// role of the contact to call; the step is done when that role stands among those told
    #[serde(default)]
    pub call: Option<String>,
    /// what to do, in English
    pub text: String,
    /// what to do, in Chinese
    pub text_zh: String,
    /// who says so
    pub source: String,
    /// how it was compared with its source; `None` is unverified
    #[serde(default)]
    pub checked: Option<String>,
}

/// The flow: immutable under one version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// name for machines
    pub id: String,
    /// edition
    pub version: String,
    /// name in English
    pub title: String,
    /// name in Chinese
    pub title_zh: String,
    /// where it comes from
    pub source: String,
    /// what else a reader should know
    pub note: String,
    /// how long "at once" is shown as due before it is overdue
    pub at_once_minutes: u32,
    /// roles that must have been told before an incident is closed whose seeds stay lost
    pub told_of_lost: Vec<String>,
    /// the steps in order
    #[serde(rename = "step")]
    pub steps: Vec<FlowStep>,
}

/// The step that closes an incident: `closed_at` and `how_closed` say that it is done.
const CLOSE: &str = "close";

impl Flow {
    /// Reads a flow.
    ///
    /// # Errors
    /// When a key is missing or unknown, a step stands twice, or none closes.
    pub fn load(text: &str) -> Result<Self, PackError> {
        let flow: Self = toml::from_str(text).map_err(|error| PackError(error.to_string()))?;
        for (at, step) in flow.steps.iter().enumerate() {
            if flow.steps.iter().skip(at + 1).any(|other| other.id == step.id) {
                return Err(PackError(format!("step '{}' stands twice", step.id)));
            }
        }
        match flow.steps.last() {
            Some(last) if last.id == CLOSE => Ok(flow),
            _ => Err(PackError(format!("the last step must be '{CLOSE}'"))),
        }
    }

    /// The flow that comes with Dosewright.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn embedded() -> Result<Self, PackError> {
        Self::load(include_str!("../../../../data/norms/source-emergency.toml"))
    }
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// done
    Done {
        /// when
        at: Timestamp,
        /// after its time
        late: bool,
    },
    /// to be done
    Due {
        /// until when
        until: Timestamp,
    },
    /// not done in its time
    Overdue {
        /// since when
        since: Timestamp,
    },
}

/// A step of one incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo<'a> {
    /// the step
    pub step: &'a FlowStep,
    /// how it stands
    pub standing: Standing,
}

impl Todo<'_> {
    /// What to do, and by when.
    pub fn sentence(&self, words: &Words<'_>) -> Sentence {
        let (zh, en) = (&self.step.text_zh, &self.step.text);
        match self.standing {
            Standing::Done { at, late } => {
                let (at, late) = (words.moment(at), if late { ("，超时", ", late") } else { ("", "") });
                Sentence::new(format!("{zh}（已完成 {at}{}）", late.0), format!("{en} (done at {at}{})", late.1))
            }
            Standing::Due { until } => {
                let until = words.moment(until);
                Sentence::new(format!("{zh}（限 {until} 前）"), format!("{en} (by {until})"))
            }
            Standing::Overdue { since } => {
                let since = words.moment(since);
                Sentence::new(format!("{zh}（已超时，限 {since}）"), format!("{en} (overdue since {since})"))
            }
        }
    }
}

/// Why an incident record tells nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IncidentError {
    /// no kind, or one without a flow
    #[error("the incident has no kind with a flow: choose dropped, lost or leaking")]
    Kind,
    /// no moment of discovery
    #[error("the incident has no moment of discovery that can be read: enter date and time, all limits count from it")]
    Discovered,
}

impl IncidentError {
    /// What is wrong, and what to do.
    pub fn sentence(&self) -> Sentence {
        let zh = match self {
            Self::Kind => "事件类型没有应急流程：请选择遗落、丢失或泄漏",
            Self::Discovered => "没有可识别的发现时间：请填写日期和时间，各时限由此起算",
        };
        Sentence::new(zh, self.to_string())
    }
}

/// How every step of an incident stands at a moment, from the values of its record.
///
/// # Errors
/// When kind or moment of discovery cannot be read.
pub fn status<'a>(flow: &'a Flow, values: &Map<String, Value>, now: Timestamp) -> Result<Vec<Todo<'a>>, IncidentError> {
    let text = |field: &str| values.get(field).and_then(Value::as_str);
    let kind = text("kind").unwrap_or_default();
    let steps: Vec<_> = flow.steps.iter().filter(|step| step.kinds.iter().any(|one| one == kind)).collect();
    if steps.is_empty() {
        return Err(IncidentError::Kind);
    }
    let discovered: Timestamp =
        text("discovered_at").and_then(|text| text.parse().ok()).ok_or(IncidentError::Discovered)?;
    let (told, done) = (entries(values.get("told")), entries(values.get("steps")));
    let closed = text("closed_at").and_then(|text| text.parse().ok());
    let closed = closed.filter(|_| text("how_closed").is_some_and(|how| !how.trim().is_empty()));
    let todo = |step: &'a FlowStep| {
        let minutes = if step.within_minutes == 0 { flow.at_once_minutes } else { step.within_minutes };
        // a moment at the calendar's end has no limit after it
        let limit = discovered.checked_add(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(discovered);
        let when = |list: &[(String, Timestamp)], name: &str| {
            list.iter().filter(|(who, _)| who == name).map(|(_, at)| *at).min()
        };
        // a field of its own for each step, as the form has them, or a list
        let field = text(&format!("step_{}", step.id)).and_then(|text| text.parse().ok());
        let listed = || when(&done, &step.id);
        let at = match &step.call {
            _ if step.id == CLOSE => closed,
            Some(role) => field.or_else(|| when(&told, role)).or_else(listed),
            None => field.or_else(listed),
        };
        // what is said to have been done in the future is not done
        let standing = match at.filter(|at| *at <= now) {
            Some(at) => Standing::Done { at, late: at > limit },
            None if now <= limit => Standing::Due { until: limit },
            None => Standing::Overdue { since: limit },
        };
        Todo { step, standing }
    };
    Ok(steps.into_iter().map(todo).collect())
}

/// A list of who or what, and when: texts `NAME MOMENT` or `NAME:MOMENT`, or objects with `who` or `step`, and `when`.
fn entries(value: Option<&Value>) -> Vec<(String, Timestamp)> {
    let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read = |item: &Value| match item {
        Value::String(text) => {
            let text = text.trim();
            let (name, when) = text.split_once([' ', '@']).or_else(|| text.split_once(':'))?;
            Some((name.to_owned(), when.trim().parse().ok()?))
        }
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str);
            Some((text("who").or_else(|| text("step"))?.to_owned(), text("when")?.parse().ok()?))
        }
        _ => None,
    };
    items.iter().filter_map(read).collect()
}

/// Somebody to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// role
    pub role: String,
    /// name; empty where no contact of that role is on record
    pub name: String,
    /// telephone; empty where no contact of that role is on record
    pub telephone: String,
}

/// Whom to call for a kind of incident, in the order of the flow and, within a role, of the contacts' own order. A role without a
/// contact is listed without a name, so that it is not forgotten.
pub fn calls(flow: &Flow, kind: &str, contacts: &[Record]) -> Vec<Call> {
    let mut people: Vec<&Record> = contacts.iter().filter(|one| one.form == "contact" && !one.withdrawn).collect();
    people.sort_by(|a, b| {
        let order = |one: &Record| one.number("order").unwrap_or(f64::MAX);
        order(a).total_cmp(&order(b)).then_with(|| (a.created, a.id).cmp(&(b.created, b.id)))
    });
    let mut calls: Vec<Call> = Vec::new();
    for step in flow.steps.iter().filter(|step| step.kinds.iter().any(|one| one == kind)) {
        let Some(role) = &step.call else { continue };
        let of_role: Vec<_> = people.iter().filter(|one| one.text("role") == Some(role)).collect();
        for one in &of_role {
            let text = |field: &str| one.text(field).unwrap_or_default().to_owned();
            calls.push(Call { role: role.clone(), name: text("name"), telephone: text("telephone") });
        }
        if of_role.is_empty() {
            calls.push(Call { role: role.clone(), name: String::new(), telephone: String::new() });
        }
    }
    calls
}

/// What keeps an incident about a lot from being closed; empty when nothing does. `balance` is the lot's as it stands now.
///
/// # Errors
/// As [`status`].
pub fn may_close(
    flow: &Flow,
    incident: &Record,
    balance: &Balance,
    now: Timestamp,
    words: &Words<'_>,
) -> Result<Vec<Sentence>, IncidentError> {
    let todos = status(flow, &incident.values, now)?;
    let open = todos.iter().filter(|todo| todo.step.id != CLOSE && !matches!(todo.standing, Standing::Done { .. }));
    let mut wrong: Vec<Sentence> = open
        .map(|todo| {
            let Sentence { zh, en } = todo.sentence(words);
            Sentence::new(format!("未完成：{zh}"), format!("not done: {en}"))
        })
        .collect();
    let seeds = incident.text("seeds").unwrap_or_default().parse::<SeedSet>().unwrap_or_default();
    if !matches!(incident.about, About::Lot(_)) || seeds.is_empty() {
        wrong.push(Sentence::new(
            "没有写明涉及哪个批次的哪些粒子：请填写，批次台账须说明每一粒去向",
            "the incident does not say which seeds of which lot: enter them, the balance must account for each",
        ));
        return Ok(wrong);
    }
    if !balance.is_whole() || !SeedSet::range(1, balance.count()).contains_all(&seeds) {
        wrong.push(Sentence::new(
            format!("批次台账没有说明 {seeds} 号粒子的去向：请核对编号和台账"),
            format!("the balance does not account for seeds {seeds}: check the numbers and the ledger"),
        ));
    }
    let lost = incident.text("kind") == Some("lost");
    let told = entries(incident.values.get("told"));
    let called = |role: &String| {
        let step =
            |todo: &Todo<'_>| todo.step.call.as_ref() == Some(role) && matches!(todo.standing, Standing::Done { .. });
        told.iter().any(|(who, at)| who == role && *at <= now) || todos.iter().any(step)
    };
    let all_told = flow.told_of_lost.iter().all(called);
    for (place, part) in balance.whereabouts(&seeds) {
        let there = words.place(place);
        let kind = place.kind();
        let away = matches!(kind, PlaceKind::Quarantine | PlaceKind::Disposed | PlaceKind::Returned);
        // a lost seed may be found anywhere that the table of steps allows; one that stays lost is reported
        let fine = if lost { kind != PlaceKind::Lost || all_told } else { away };
        if !fine && kind == PlaceKind::Lost {
            wrong.push(Sentence::new(
                format!("{part} 号粒子仍为丢失：须先报告生态环境部门和公安机关方可结案"),
                format!("seeds {part} stay lost: tell the environment authority and the police before closing"),
            ));
        } else if !fine {
            wrong.push(Sentence::new(
                format!("{part} 号粒子台账仍在{}：请登记隔离、处置或退回", there.zh),
                format!(
                    "the ledger has seeds {part} in {}: enter that they are set aside, disposed of or returned",
                    there.en
                ),
            ));
        }
    }
    Ok(wrong)
}
