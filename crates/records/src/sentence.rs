//! What is said to people, in both languages.

use serde::{Deserialize, Serialize};

/// The same sentence in Chinese and in English.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// Chinese
    pub zh: String,
    /// English
    pub en: String,
}

impl Sentence {
    /// From both.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// Several after one another.
    pub fn join<'a>(sentences: impl IntoIterator<Item = &'a Self>) -> Self {
        let (zh, en): (Vec<&str>, Vec<&str>) =
            sentences.into_iter().map(|one| (one.zh.as_str(), one.en.as_str())).unzip();
        Self::new(zh.join("；"), en.join("; "))
    }

    /// The first few of many, and how many more there are.
    pub fn list(sentences: &[Self], most: usize) -> Self {
        let first = Self::join(sentences.iter().take(most));
        match sentences.len().saturating_sub(most) {
            0 => first,
            more => Self::new(format!("{}；另有 {more} 项", first.zh), format!("{}; and {more} more", first.en)),
        }
    }

    /// Behind a name and a colon.
    #[must_use]
    pub fn of(&self, zh: &str, en: &str) -> Self {
        Self::new(format!("{zh}：{}", self.zh), format!("{en}: {}", self.en))
    }
}
