//! Packs of rules and how they are read.

use std::collections::{BTreeMap, BTreeSet};

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::{Digest, Technique};

use super::Sentence;
use super::check::{Check, Must, Role, Select};
use super::step::Step;

/// Whom a rule concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// the hospital
    Site,
    /// a member of staff
    Person,
    /// a case
    Case,
    /// a lot of seeds
    Lot,
    /// a device
    Device,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// stops the step that would break it
    Block,
    /// warns
    Warn,
    /// a figure of a period
    Periodic,
    /// a paper or equipment that must be there and not have lapsed
    Document,
    /// somebody states it
    Attest,
}

/// How grave it is when a rule is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// a patient or the public may come to harm, or the hospital may not do the technique at all
    Critical,
    /// the norm is broken
    Major,
    /// the norm's purpose suffers
    Minor,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// key, unique over all packs
    pub id: String,
    /// clause of the norm, such as `三(二)` or `四(二)1(4)`
    pub clause: String,
    /// further clauses that it covers
    #[serde(default)]
    pub also: Vec<String>,
    /// the norm's own words
    pub text: String,
    /// translation
    pub en: String,
    /// whom it concerns
    pub subject: Subject,
    /// what it does
    pub kind: Kind,
    /// how grave
    pub severity: Severity,
    /// its number, interval or reading is not in the norm
    #[serde(default)]
    pub ours: bool,
    /// why it is as it is, where it is ours
    #[serde(default)]
    pub reason_zh: String,
    /// the same in English
    #[serde(default)]
    pub reason_en: String,
    /// the forms whose records prove it
    pub proof: Vec<String>,
    /// before which steps of a case it is asked
    #[serde(default)]
    pub steps: Vec<Step>,
    /// the condition under which it applies, by its key
    #[serde(default)]
    pub only_if: Option<String>,
    /// how to meet it
    pub how_zh: String,
    /// the same in English
    pub how_en: String,
    /// what it asks
    pub check: Check,
}

impl Rule {
    /// Why it is as it is, where it is ours.
    pub fn reason(&self) -> Option<Sentence> {
        self.ours.then(|| Sentence::new(&self.reason_zh, &self.reason_en))
    }

    /// How to meet it.
    pub fn how(&self) -> Sentence {
        Sentence::new(&self.how_zh, &self.how_en)
    }
}

/// Which cases the norm is about: codes of `data/forms/techniques.toml`; an empty list asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// ways
    pub routes: Vec<String>,
    /// methods
    pub methods: Vec<String>,
    /// only of malignant disease
    pub malignant: bool,
}

/// When some rules apply.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// which record of the hospital
    pub select: Select,
    /// what it says
    pub must: Must,
    /// why they do not apply otherwise
    pub zh: String,
    /// the same in English
    pub en: String,
}

/// A clause, or part of one, that has no rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// clause of the norm
    pub clause: String,
    /// which part, in the norm's words
    pub text: String,
    /// why
    pub zh: String,
    /// the same in English
    pub en: String,
}

/// Rules of one norm. Never changed once used: a change is another edition.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// key, such as `G07-2022`
    pub id: String,
    /// what the pack is called, English
    pub title: String,
    /// the same in Chinese
    pub title_zh: String,
    /// where the rules come from
    pub source: String,
    /// edition of the norm
    pub version: String,
    /// edition of these rules, from 1
    pub edition: u32,
    /// which technique it is for
    pub technique: Technique,
    /// how far to look ahead for what lapses, days; ours
    pub look_ahead_days: u32,
    /// the norm's clauses that stand by themselves, in their order
    pub clauses: Vec<String>,
    /// which cases it is about
    pub scope: Scope,
    /// when some rules apply
    #[serde(default, rename = "condition")]
    pub conditions: BTreeMap<String, Condition>,
    /// names of fields, Chinese and English
    #[serde(default)]
    pub labels: BTreeMap<String, [String; 2]>,
    /// roles and what they take
    #[serde(rename = "role")]
    pub roles: Vec<Role>,
    /// rules
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
    /// what has no rule
    #[serde(rename = "left_out")]
    pub left_out: Vec<LeftOut>,
    /// digest of the text that it was read from
    #[serde(skip, default = "nothing")]
    pub digest: Digest,
}

fn nothing() -> Digest {
    Digest::ZERO
}

/// Which rules judged: kept with whatever they judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// which pack
    pub pack: String,
    /// its edition
    pub edition: u32,
    /// digest of its text
    pub digest: Digest,
}

/// A pack that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PackError {
    /// not the expected TOML
    #[error("the pack of rules cannot be read: {0}")]
    Format(String),
    /// a rule that makes no sense
    #[error("pack '{pack}', {part}: {problem}")]
    Rule {
        /// which pack
        pack: String,
        /// which rule or role
        part: String,
        /// what is wrong with it
        problem: String,
    },
}

impl Pack {
    /// Reads a pack and checks that its parts fit together.
    pub fn parse(text: &str) -> Result<Self, PackError> {
        let mut pack: Self = toml::from_str(text).map_err(|error| PackError::Format(error.to_string()))?;
        pack.digest = Digest::of(text.as_bytes());
        pack.check()?;
        Ok(pack)
    }

    /// The packs that come with the program.
    pub fn builtin() -> Result<Vec<Self>, PackError> {
        [include_str!("../../../../data/norms/G07-2022.toml"), include_str!("../../../../data/norms/G08-2022.toml")]
            .into_iter()
            .map(Self::parse)
            .collect()
    }

    /// The packs that come with the program, read once.
    pub fn all() -> &'static [Self] {
        // a test reads them, so that none can be missing here
        static READ: LazyLock<Vec<Pack>> = LazyLock::new(|| Pack::builtin().unwrap_or_default());
        &READ
    }

    /// What to keep with whatever it judged.
    pub fn stamp(&self) -> Stamp {
        Stamp { pack: self.id.clone(), edition: self.edition, digest: self.digest }
    }

    /// What a field is called.
    pub fn label(&self, field: &str) -> Sentence {
        match self.labels.get(field) {
            Some([zh, en]) => Sentence::new(zh, en),
            None => Sentence::new(field, field),
        }
    }

    /// A role by its key.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    /// A rule by its key.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    fn check(&self) -> Result<(), PackError> {
        let wrong = |part: &str, problem: &str| {
            Err(PackError::Rule { pack: self.id.clone(), part: part.to_owned(), problem: problem.to_owned() })
        };
        if self.edition == 0 {
            return wrong("edition", "editions are counted from 1");
        }
        let mut seen = BTreeSet::new();
        for rule in &self.rules {
            let part = format!("rule '{}'", rule.id);
            if !seen.insert(&rule.id) {
                return wrong(&part, "there are two of that name");
            }
            if [&rule.reason_zh, &rule.reason_en].iter().any(|reason| rule.ours == reason.is_empty()) {
                return wrong(
                    &part,
                    "a rule that is ours gives its reason in reason_zh and reason_en, and no other does",
                );
            }
            if rule.only_if.as_ref().is_some_and(|name| !self.conditions.contains_key(name)) {
                return wrong(&part, "its condition is not among those of the pack");
            }
            for clause in std::iter::once(&rule.clause).chain(&rule.also) {
                if !self.clauses.contains(clause) {
                    return wrong(&part, &format!("clause {clause} is not among those of the pack"));
                }
            }
            if rule.check.role().is_some_and(|name| self.role(name).is_none()) {
                return wrong(&part, "its role is not among those of the pack");
            }
            if let Check::Rate { more_than, at_least, .. } = &rule.check
                && more_than.is_some() == at_least.is_some()
            {
                return wrong(&part, "a rate has either 'more_than' or 'at_least'");
            }
        }
        Ok(())
    }
}

impl Check {
    /// The role it speaks of.
    pub fn role(&self) -> Option<&str> {
        match self {
            Self::QualifiedPeople { role, .. }
            | Self::Instructors { role, .. }
            | Self::Operators { role, .. }
            | Self::QualifiedOnTheDay { role }
            | Self::Exempted { role }
            | Self::Staff { role, .. }
            | Self::Trainees { role } => Some(role),
            _ => None,
        }
    }

    /// Whether the store's counts or the ledger of seeds answer it.
    pub fn is_of_cases(&self) -> bool {
        matches!(
            self,
            Self::Rate { .. }
                | Self::EveryCase { .. }
                | Self::NoneOverdue { .. }
                | Self::QualifiedOnTheDay { .. }
                | Self::Count { .. }
                | Self::Conservation
                | Self::LotsRegistered
                | Self::UniqueDevices
        )
    }

    /// How many months old something may be, where it says so.
    pub fn months(&self) -> Option<u32> {
        match self {
            Self::Recent { months, .. } | Self::OperatorRecords { months, .. } | Self::Attestation { months } => {
                Some(*months)
            }
            _ => None,
        }
    }
}
