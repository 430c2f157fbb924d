//! Why something could not be exchanged.

use records::StoreError;

use crate::failure::Failure;

/// Why something could not be exchanged.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// the store
    #[error(transparent)]
    Store(#[from] StoreError),
    /// a value that was given cannot be meant
    #[error("{en}")]
    Value {
        /// which value
        field: &'static str,
        /// in Chinese
        zh: String,
        /// in English
        en: String,
    },
    /// it cannot be done as things are
    #[error("{en}")]
    Refused {
        /// in Chinese
        zh: String,
        /// in English
        en: String,
    },
    /// what the command line would say
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl Trouble {
    /// It cannot be done as things are.
    pub fn refused(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Refused { zh: zh.into(), en: en.into() }
    }

    /// A value that was given cannot be meant.
    pub fn value(field: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Value { field, zh: zh.into(), en: en.into() }
    }

    /// The machine's fault or ours.
    pub fn failed(cause: impl std::fmt::Display) -> Self {
        Self::Failure(Failure::failed(cause.to_string()))
    }

    /// What is refused, said in one sentence with the Chinese in brackets behind the English, as `exchange` says it.
    pub fn said(sentence: impl std::fmt::Display) -> Self {
        let (zh, en) = parted(&sentence.to_string());
        Self::Refused { zh, en }
    }
}

/// Chinese and English of a sentence that has the Chinese in its last brackets.
pub fn parted(sentence: &str) -> (String, String) {
    let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    match sentence.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
        Some((en, zh)) if han(zh) => (format!("{zh}。"), en.to_owned()),
        _ => (sentence.to_owned(), sentence.to_owned()),
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Store(StoreError::Failed(why)) => Self::failed(why),
            Trouble::Store(other) => Self::input(other.to_string()),
            Trouble::Value { zh, en, .. } | Trouble::Refused { zh, en } => Self::input(en).zh(zh),
            Trouble::Failure(failure) => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_of_two_languages_is_parted() {
        let (zh, en) = parted("the file is larger than 32 MB: split it (文件过大，请拆分)");
        assert_eq!((zh.as_str(), en.as_str()), ("文件过大，请拆分。", "the file is larger than 32 MB: split it"));
        assert_eq!(parted("a day (such as today)").1, "a day (such as today)");
    }
}
