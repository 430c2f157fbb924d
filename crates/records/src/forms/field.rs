//! A field of a form.

use crate::Technique;

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Words {
    /// Chinese
    pub zh: String,
    /// English
    pub en: String,
}

impl Words {
    /// From both.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// A code with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// what is kept
    pub code: String,
    /// what is shown
    pub label: Words,
}

/// What a field refers to: the field holds its identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// a [`crate::Person`]
    Person,
    /// a [`crate::Record`] of the form `asset`
    Asset,
    /// a [`crate::Lot`] of seeds
    Lot,
}

impl Reference {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Person, Self::Asset, Self::Lot];

    /// The keyword that makes a field one, without `x-`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Asset => "asset",
            Self::Lot => "lot",
        }
    }
}

/// One part of a text that is put together with colons, such as `I-125:370`; the last part may hold colons itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// its name for machines
    pub name: String,
    /// its label
    pub label: Words,
    /// its unit; empty where it has none
    pub unit: String,
    /// what it holds: text, a whole number, a number, a day, a moment or a reference
    pub kind: FieldKind,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// words; `long` ones get more than a line
    Text {
        /// more than a line
        long: bool,
    },
    /// parts joined with colons
    Parts(Vec<Part>),
    /// a day, `2026-03-01`
    Date,
    /// a moment with its distance from UTC, `2026-03-01T09:30:00+08:00`
    DateTime,
    /// a whole number
    Whole,
    /// a number
    Number,
    /// true or false
    YesNo,
    /// one of these
    Choice(Vec<Coded>),
    /// an identifier
    Reference(Reference),
}

impl FieldKind {
    /// Its name for machines.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Parts(_) => "parts",
            Self::Date => "date",
            Self::DateTime => "date_time",
            Self::Whole => "whole",
            Self::Number => "number",
            Self::YesNo => "yes_no",
            Self::Choice(_) => "choice",
            Self::Reference(to) => to.name(),
        }
    }
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // each is a keyword of the form's file
pub struct Field {
    /// its name in records
    pub name: String,
    /// its label
    pub label: Words,
    /// what it holds, or what each entry of a list holds
    pub kind: FieldKind,
    /// a list
    pub list: bool,
    /// must be filled in
    pub required: bool,
    /// unit of the number; empty where it has none
    pub unit: String,
    /// lower limit, and whether the limit itself is allowed
    pub least: Option<(f64, bool)>,
    /// upper limit, and whether the limit itself is allowed
    pub most: Option<(f64, bool)>,
    /// multiples of this only
    pub step: Option<f64>,
    /// longest text, characters
    pub longest: Option<u64>,
    /// fewest and most entries of a list
    pub entries: (u64, Option<u64>),
    /// under which heading it stands: a [`super::Step`]'s code
    pub group: Option<String>,
    /// what to write, or an example
    pub hint: Option<Words>,
    /// only for these techniques; empty means for all
    pub techniques: Vec<Technique>,
    /// names a person or says how to reach one: left out of tables that leave the hospital
    pub identifies: bool,
    /// not offered any more; old records keep it
    pub retired: bool,
    /// where the field or its limits come from; empty where nothing was said
    pub source: String,
}

impl Field {
    /// Whether cases of a technique have it.
    pub fn fits(&self, technique: Technique) -> bool {
        self.techniques.is_empty() || self.techniques.contains(&technique)
    }

    /// The codes of a choice; empty for others.
    pub fn codes(&self) -> &[Coded] {
        match &self.kind {
            FieldKind::Choice(codes) => codes,
            _ => &[],
        }
    }
}
