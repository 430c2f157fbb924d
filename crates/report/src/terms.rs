//! The words of the interface and the reports, from the table in `docs/terms.md`.
//!
//! A row is `| key | 中文 | English |`. Keys are dotted, for example `dvh.title`. `{name}` in a text is a place to be
//! filled, see [`fill`].

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::Language;

const TABLE: &str = include_str!("../../../docs/terms.md");

/// A term in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// dotted key
    pub key: &'static str,
    /// 中文
    pub chinese: &'static str,
    /// English
    pub english: &'static str,
}

/// All terms, in the order of the table.
pub fn all() -> &'static [Term] {
    static ALL: OnceLock<Vec<Term>> = OnceLock::new();
    ALL.get_or_init(|| TABLE.lines().filter_map(row).collect())
}

/// The word for `key`; the key itself when the table lacks it, so that an omission is seen and not silent.
pub fn term(key: &str, language: Language) -> &'static str {
    static INDEX: OnceLock<HashMap<&'static str, Term>> = OnceLock::new();
    let index = INDEX.get_or_init(|| all().iter().map(|term| (term.key, *term)).collect());
    match index.get(key) {
        Some(term) if language == Language::Chinese => term.chinese,
        Some(term) => term.english,
        None => "⟨?⟩",
    }
}

/// The term with each `{name}` replaced.
pub fn fill(key: &str, language: Language, values: &[(&str, &str)]) -> String {
    let mut text = term(key, language).to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

fn row(line: &'static str) -> Option<Term> {
    let mut cells = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim);
    let term = Term { key: cells.next()?.trim_matches('`'), chinese: cells.next()?, english: cells.next()? };
    let is_key =
        term.key.contains('.') && term.key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
    (is_key && cells.next().is_none()).then_some(term)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_row_has_a_unique_key_and_both_languages() {
        let rows = TABLE.lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows, all().len(), "a row of docs/terms.md is not `| key | 中文 | English |`");
        assert!(rows > 50);
        let mut seen = HashSet::new();
        for term in all() {
            assert!(seen.insert(term.key), "{} is there twice", term.key);
            assert!(!term.chinese.is_empty() && !term.english.is_empty(), "{} is not translated", term.key);
            let places = |text: &str| {
                let mut names: Vec<String> =
                    text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0.to_owned())).collect();
                names.sort();
                names
            };
            assert_eq!(places(term.chinese), places(term.english), "{}: places to fill differ", term.key);
            assert!(
                term.english.is_ascii() || term.english.chars().all(|c| (c as u32) < 0x2e80),
                "{}: Chinese in the English column",
                term.key
            );
        }
    }

    #[test]
    fn places_are_filled() {
        assert_eq!(fill("page.number", Language::English, &[("n", "2"), ("m", "7")]), "Page 2 of 7");
        assert_eq!(fill("page.number", Language::Chinese, &[("n", "2"), ("m", "7")]), "第 2 页，共 7 页");
        assert_eq!(term("no.such.term", Language::English), "⟨?⟩");
    }
}
