//! What is wrong in the text of a form.

use std::fmt;

/// One thing that is wrong in a form's file, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// which file
    pub file: String,
    /// where in it: a JSON pointer such as `/properties/x_pain/x-zh`; empty for the file as a whole
    pub path: String,
    /// in Chinese
    pub zh: String,
    /// in English
    pub en: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, path, zh, en } = self;
        if path.is_empty() { write!(f, "{file}: {en} ({zh})") } else { write!(f, "{file} {path}: {en} ({zh})") }
    }
}

impl std::error::Error for Fault {}

/// Collects what is wrong in one file.
pub(super) struct Faults<'a> {
    pub file: &'a str,
    pub found: Vec<Fault>,
}

impl<'a> Faults<'a> {
    pub fn of(file: &'a str) -> Self {
        Self { file, found: Vec::new() }
    }

    pub fn add(&mut self, path: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.found.push(Fault { file: self.file.to_owned(), path: path.into(), zh: zh.into(), en: en.into() });
    }

    /// The thing made, unless anything was wrong.
    pub fn or<T>(self, made: Option<T>) -> Result<T, Vec<Fault>> {
        match made {
            Some(made) if self.found.is_empty() => Ok(made),
            _ => Err(self.found),
        }
    }
}
