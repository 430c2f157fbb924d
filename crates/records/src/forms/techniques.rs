//! Techniques with their routes and methods (`data/forms/techniques.toml`).

use std::sync::LazyLock;

use serde::Deserialize;

use super::field::{Coded, Words};
use crate::Technique;

static READ: LazyLock<Techniques> = LazyLock::new(|| {
    // a test reads the table, so that it cannot be empty here
    Techniques::read(include_str!("../../../../data/forms/techniques.toml")).unwrap_or_default()
});

/// One technique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TechniqueInfo {
    /// which one
    pub technique: Technique,
    /// its label
    pub label: Words,
    /// where it is defined
    pub clause: String,
    /// by which way
    pub routes: Vec<Coded>,
    /// by what
    pub methods: Vec<Coded>,
}

/// All techniques.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Techniques {
    all: Vec<TechniqueInfo>,
}

/// A route or method that a technique does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{en} ({zh})")]
pub struct NotThatWay {
    /// in Chinese
    pub zh: String,
    /// in English
    pub en: String,
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
    technique: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    code: Technique,
    zh: String,
    en: String,
    clause: String,
    routes: Vec<Code>,
    methods: Vec<Code>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    #[serde(rename = "code")]
    name: String,
    zh: String,
    en: String,
}

impl Techniques {
    /// The table that is compiled in.
    pub fn builtin() -> &'static Self {
        &READ
    }

    /// From the text of such a file.
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        let coded = |codes: Vec<Code>| {
            codes.into_iter().map(|one| Coded { code: one.name, label: Words::new(one.zh, one.en) }).collect()
        };
        let info = |row: Row| TechniqueInfo {
            technique: row.code,
            label: Words::new(row.zh, row.en),
            clause: row.clause,
            routes: coded(row.routes),
            methods: coded(row.methods),
        };
        Ok(Self { all: toml::from_str::<File>(text)?.technique.into_iter().map(info).collect() })
    }

    /// All techniques.
    pub fn all(&self) -> &[TechniqueInfo] {
        &self.all
    }

    /// One technique.
    pub fn of(&self, technique: Technique) -> Option<&TechniqueInfo> {
        self.all.iter().find(|info| info.technique == technique)
    }

    /// Checks a case's route and method against its technique; empty ones are not stated and pass.
    pub fn check(&self, technique: Technique, route: &str, method: &str) -> Result<(), NotThatWay> {
        let Some(info) = self.of(technique) else { return Ok(()) };
        for (code, codes, zh, en) in [(route, &info.routes, "途径", "route"), (method, &info.methods, "方法", "method")]
        {
            if !code.is_empty() && codes.iter().all(|one| one.code != code) {
                let shown: String = code.chars().take(40).collect();
                let list =
                    |words: fn(&Coded) -> String, joint: &str| codes.iter().map(words).collect::<Vec<_>>().join(joint);
                return Err(NotThatWay {
                    zh: format!(
                        "{}没有{zh}“{shown}”，可选：{}",
                        info.label.zh,
                        list(|one| format!("{}（{}）", one.label.zh, one.code), "、")
                    ),
                    en: format!(
                        "{} has no {en} '{shown}'; choose {}",
                        info.label.en,
                        list(|one| one.code.clone(), ", ")
                    ),
                });
            }
        }
        Ok(())
    }
}
