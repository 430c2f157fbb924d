//! What stands in the way of the next step of a case.

mod case;
mod people;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::facts::FactSet;
use crate::{About, Case, Hospital, Person, Record};

use super::check::Check;
use super::evidence::{DeviceTwice, Evidence, Period, Sources};
use super::finding::State;
use super::judge::{Known, one};
use super::pack::{Kind, Rule};
use super::{Pack, Sentence};

/// A step of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// seeds are handed out for it
    IssueSeeds,
    /// the procedure begins, or is recorded
    Procedure,
    /// its data go to the provincial platform
    Upload,
}

/// What a step is judged by.
#[derive(Debug, Clone, Copy)]
pub struct StepEvidence<'a> {
    /// which case
    pub case: &'a Case,
    /// where it is treated
    pub hospital: Option<&'a Hospital>,
    /// records about the case, the hospital, and the people that the case names; others do no harm
    pub records: &'a [Record],
    /// these people
    pub people: &'a [Person],
    /// the facts of the case as the store keeps them
    pub facts: FactSet,
    /// the lots that seeds are taken from, and what does not balance in them
    pub sources: Sources<'a>,
    /// devices of this case that other cases name, too
    pub devices: &'a [DeviceTwice],
    /// the instant of the step: of a procedure its beginning
    pub at: Timestamp,
    /// the same on the hospital's clock
    pub clock: DateTime,
}

impl<'a> StepEvidence<'a> {
    /// The day of the step.
    pub fn today(&self) -> Date {
        self.clock.date()
    }

    /// Records of a form about the case.
    fn of(&self, form: &'a str) -> impl Iterator<Item = &'a Record> {
        let about = About::Case(self.case.id);
        self.records.iter().filter(move |record| !record.withdrawn && record.form == form && record.about == about)
    }

    /// Whether a moment, with or without an offset, lies before the step; `None` where it is no moment.
    fn is_before(&self, moment: &str) -> Option<bool> {
        if let Ok(instant) = moment.parse::<Timestamp>() {
            return Some(instant < self.at);
        }
        moment.parse::<DateTime>().ok().filter(|_| moment.contains(':')).map(|clock| clock < self.clock)
    }
}

/// Something that stands in the way, or should be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// pack of the rule
    pub pack: String,
    /// which rule
    pub rule: String,
    /// clause of the norm
    pub clause: String,
    /// whether the step must not go on
    pub blocks: bool,
    /// what is wrong
    pub says: Sentence,
    /// what to do
    pub what_to_do: Sentence,
}

/// What stands in the way of a step by the packs of the case's technique: first what blocks it, then what should be known.
pub fn before(packs: &[Pack], step: Step, evidence: &StepEvidence<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for pack in packs.iter().filter(|pack| pack.technique == evidence.case.technique) {
        for rule in pack.rules.iter().filter(|rule| rule.steps.contains(&step)) {
            blocks.extend(of_rule(pack, rule, evidence));
        }
    }
    blocks.sort_by_key(|block| !block.blocks);
    blocks
}

/// What a rule found wrong.
struct Wrong {
    says: Sentence,
    /// something is there and not right, rather than nothing there
    shown: bool,
    /// clause, where it is another than the rule's
    clause: Option<String>,
}

impl Wrong {
    fn shown(says: Sentence) -> Self {
        Self { says, shown: true, clause: None }
    }
}

fn of_rule(pack: &Pack, rule: &Rule, evidence: &StepEvidence<'_>) -> Vec<Block> {
    let wrong = match &rule.check {
        Check::EveryCase { fact, zh, en, .. } => {
            case::fact(pack, *fact, &Sentence::new(zh, en), evidence).into_iter().collect()
        }
        Check::Operators { role, aspects } => people::operator(pack, rule, role, aspects, evidence),
        Check::Staff { role, aspects } => people::named(pack, role, aspects, evidence),
        Check::QualifiedPeople { role, .. } => people::named(pack, role, &[], evidence),
        Check::UniqueDevices => case::devices(evidence),
        _ => of_hospital(pack, rule, evidence),
    };
    wrong
        .into_iter()
        .map(|wrong| Block {
            pack: pack.id.clone(),
            rule: rule.id.clone(),
            clause: wrong.clause.unwrap_or_else(|| rule.clause.clone()),
            blocks: match rule.kind {
                Kind::Block => true,
                Kind::Document => wrong.shown,
                Kind::Warn | Kind::Periodic | Kind::Attest => false,
            },
            says: wrong.says,
            what_to_do: rule.how(),
        })
        .collect()
}

/// A rule about the hospital or its sources, judged as on the day of the step.
fn of_hospital(pack: &Pack, rule: &Rule, evidence: &StepEvidence<'_>) -> Vec<Wrong> {
    let Some(hospital) = evidence.hospital else {
        let says = Sentence::new("病例未写明医院，无法核对", "the case names no hospital: this cannot be checked");
        return vec![Wrong { says, shown: false, clause: None }];
    };
    let today = evidence.today();
    let known_by = Evidence {
        hospital,
        people: evidence.people,
        records: evidence.records,
        answers: &[],
        sources: evidence.sources,
        devices: evidence.devices,
        period: Period { from: today, to: today },
        today,
    };
    let judged = one(&Known::of(pack, &known_by), rule, today);
    match judged.state {
        State::Met | State::NotApplicable => Vec::new(),
        state => vec![Wrong { says: judged.says, shown: state == State::NotMet, clause: None }],
    }
}
