//! The forms that records fill in: data, compiled in from `data/forms`, and what a hospital adds to them (see `docs/methods/forms.md`).
//!
//! A form is a JSON Schema (draft 2020-12) with a few keywords of ours. Nothing here reads files: a hospital's own forms come in as text.

mod check;
mod field;
mod form;
mod read;
mod say;
pub mod table;
mod techniques;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::{Kind, Technique};

pub use check::FieldError;
pub use field::{Coded, Field, FieldKind, Part, Reference, Words};
pub use form::{Compare, Form, Order, Step};
pub use read::Fault;
pub use techniques::{NotThatWay, TechniqueInfo, Techniques};

macro_rules! builtin {
    ($($name:literal),* $(,)?) => {
        /// The forms of `data/forms`, in the order in which pages list them.
        const BUILTIN: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../../../data/forms/", $name, ".json")))),*];
    };
}

builtin![
    "diagnosis",
    "indication",
    "mdt",
    "consent",
    "plan",
    "procedure",
    "device_use",
    "certificate",
    "administration",
    "discharge",
    "complication",
    "response",
    "laboratory",
    "follow_up",
    "quality_of_life",
    "death",
    "province_upload",
    "practice_licence",
    "title",
    "experience",
    "training",
    "medical_exam",
    "logbook",
    "evaluation",
    "profile",
    "asset",
    "licence",
    "document",
    "drill",
    "incident",
    "contact",
    "assay",
    "leak_test",
    "stock_take",
    "indicator_count",
];

static READ: LazyLock<Forms> = LazyLock::new(|| {
    let mut forms = Forms::default();
    for (name, text) in BUILTIN {
        // a test reads every one of them, so that none can be missing here
        if let Ok(form) = read::form(&format!("{name}.json"), text) {
            forms.add(form);
        }
    }
    forms
});

/// All forms, of all editions. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Forms {
    /// names in the order of pages
    names: Vec<String>,
    /// editions of each, oldest first
    editions: BTreeMap<String, Vec<Arc<Form>>>,
}

impl Forms {
    /// The forms that are compiled in.
    pub fn builtin() -> Self {
        READ.clone()
    }

    /// The same without a copy.
    pub(crate) fn shared() -> &'static Self {
        &READ
    }

    /// Adds a form of the hospital's own, another edition of one, or fields to a form that is there (`x-extends`). `file` is the
    /// name of the text's file: a form is called as its file, without the folder and `.json`. Nothing is added where anything is
    /// wrong; all that is wrong is listed.
    pub fn extend(&mut self, file: &str, text: &str) -> Result<(), Vec<Fault>> {
        if let Some(addition) = read::addition(file, text)? {
            let there =
                self.editions.get(&addition.form).ok_or_else(|| vec![addition.no_such_form(file, &self.names)])?;
            let grown = there.iter().map(|form| addition.to(file, form)).collect::<Result<Vec<_>, _>>()?;
            self.editions.insert(addition.form, grown.into_iter().map(Arc::new).collect());
            return Ok(());
        }
        let form = read::form(file, text)?;
        read::own_name(file, &form.name).map_err(|fault| vec![fault])?;
        if self.edition(&form.name, form.edition).is_some() {
            return Err(vec![read::same_edition(file, &form)]);
        }
        self.add(form);
        Ok(())
    }

    fn add(&mut self, form: Form) {
        let editions = self.editions.entry(form.name.clone()).or_default();
        if editions.is_empty() {
            self.names.push(form.name.clone());
        }
        let at = editions.partition_point(|other| other.edition < form.edition);
        editions.insert(at, Arc::new(form));
    }

    /// A form in its newest edition.
    pub fn get(&self, name: &str) -> Option<&Form> {
        self.editions.get(name)?.last().map(Arc::as_ref)
    }

    /// A form in the edition that a record was filled in with.
    pub fn edition(&self, name: &str, edition: u32) -> Option<&Form> {
        self.editions.get(name)?.iter().find(|form| form.edition == edition).map(Arc::as_ref)
    }

    /// All forms in their newest edition, in the order of pages.
    pub fn all(&self) -> impl Iterator<Item = &Form> {
        self.names.iter().filter_map(|name| self.get(name))
    }

    /// The forms that records about such a thing may fill in.
    pub fn about(&self, kind: Kind) -> impl Iterator<Item = &Form> {
        self.all().filter(move |form| form.about.contains(&kind))
    }

    /// The forms of a case of a technique.
    pub fn of_case(&self, technique: Technique) -> impl Iterator<Item = &Form> {
        self.about(Kind::Case).filter(move |form| form.fits(technique))
    }
}

#[cfg(test)]
mod tests;
