//! What judging a rule came to.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::facts::FactQuery;
use crate::{Case, Id, Lot, Person, Record};

use super::Sentence;

/// Whether a rule is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// the evidence shows it
    Met,
    /// the evidence shows that it is not
    NotMet,
    /// nothing is recorded that could show it
    NoEvidence,
    /// it asks nothing here
    NotApplicable,
}

/// What shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// a record
    Record(Id<Record>),
    /// a person
    Person(Id<Person>),
    /// a lot
    Lot(Id<Lot>),
    /// a case
    Case(Id<Case>),
    /// the cases that this question lists
    Cases(Box<FactQuery>),
}

/// A count with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// what was counted
    pub what: Sentence,
    /// how many
    pub count: u64,
}

/// When a rule that is met will fail for want of anything new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lapse {
    /// the first day on which it fails
    pub day: Date,
    /// why
    pub says: Sentence,
}

/// One rule, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// which rule
    pub rule: String,
    /// clause of the norm
    pub clause: String,
    /// whether it is met
    pub state: State,
    /// what was found
    pub says: Sentence,
    /// what shows it; of a rule not met, what is wrong
    pub proofs: Vec<Proof>,
    /// counts
    pub counts: Vec<Counted>,
    /// the first day within the look-ahead on which it will fail
    pub lapses: Option<Lapse>,
}

/// What a check came to, before it is a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judged {
    pub state: State,
    pub says: Sentence,
    pub proofs: Vec<Proof>,
    pub counts: Vec<Counted>,
}

impl Judged {
    pub fn new(state: State, says: Sentence) -> Self {
        Self { state, says, proofs: Vec::new(), counts: Vec::new() }
    }

    pub fn met_if(met: bool, says: Sentence) -> Self {
        Self::new(if met { State::Met } else { State::NotMet }, says)
    }

    /// Nobody asked the store.
    pub fn not_asked() -> Self {
        Self::new(State::NoEvidence, Sentence::new("没有病例统计数据", "the cases were not counted"))
    }

    pub fn by_records<'a>(mut self, records: impl IntoIterator<Item = &'a Record>) -> Self {
        self.proofs.extend(records.into_iter().map(|record| Proof::Record(record.id)));
        self
    }

    pub fn by_ids(mut self, records: impl IntoIterator<Item = Id<Record>>) -> Self {
        self.proofs.extend(records.into_iter().map(Proof::Record));
        self
    }

    pub fn by_people(mut self, people: impl IntoIterator<Item = Id<Person>>) -> Self {
        self.proofs.extend(people.into_iter().map(Proof::Person));
        self
    }

    pub fn by_cases(mut self, query: FactQuery) -> Self {
        self.proofs.push(Proof::Cases(Box::new(query)));
        self
    }

    pub fn counting(mut self, zh: &str, en: &str, count: u64) -> Self {
        self.counts.push(Counted { what: Sentence::new(zh, en), count });
        self
    }
}
