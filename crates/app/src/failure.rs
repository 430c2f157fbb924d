//! What can go wrong, as a person at the keyboard and a script behind a pipe need to hear it.

use std::fmt;

use image::study::StudyError;

use crate::setting::Setting;

/// Exit codes, stable across versions (documented in the README and in `dosewright --help`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// done
    Done = 0,
    /// the machine failed us: disk, permissions, a defect of ours
    Failed = 1,
    /// the command line is wrong
    Usage = 2,
    /// the given files or values cannot be used; nothing was written
    Input = 3,
    /// done, but a required criterion is not met (only with `--strict`)
    NotMet = 4,
    /// stopped by the user; nothing was written
    Cancelled = 130,
}

/// An error sentence with its exit code. Shown as text it is for the command line, and names the option that helps.
#[derive(Debug, Clone, thiserror::Error)]
pub struct Failure {
    /// which way it failed
    pub exit: Exit,
    /// what was wrong, where, and what to do, without the names of options
    pub message: String,
    /// the same in Chinese, for those who do not sit at the command line; empty where nobody has written it
    pub zh: String,
    /// the setting that a person has to give or change, where one is to blame
    pub setting: Option<Setting>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.setting.map_or(Ok(()), |setting| write!(f, " (option {})", setting.option()))
    }
}

impl Failure {
    /// The given files or values cannot be used.
    pub fn input(message: impl Into<String>) -> Self {
        Self { exit: Exit::Input, message: message.into(), zh: String::new(), setting: None }
    }

    /// The command line is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), zh: String::new(), setting: None }
    }

    /// The machine failed us.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { exit: Exit::Failed, message: message.into(), zh: String::new(), setting: None }
    }

    /// The user stopped it.
    pub fn cancelled() -> Self {
        Self {
            exit: Exit::Cancelled,
            message: "stopped; nothing was written".to_owned(),
            zh: "已停止；未写入任何内容。".to_owned(),
            setting: None,
        }
    }
}

impl Failure {
    /// The same sentence in Chinese, without the names of options.
    #[must_use]
    pub fn zh(self, sentence: impl Into<String>) -> Self {
        Self { zh: sentence.into(), ..self }
    }

    /// The setting that a person has to give or change.
    #[must_use]
    pub fn setting(self, setting: Setting) -> Self {
        Self { setting: Some(setting), ..self }
    }
}

/// What keeps a study from being used, in both languages.
pub fn unusable_study(error: &StudyError) -> Failure {
    Failure::input(chain(error)).zh(error.chinese())
}

/// Turns any error of a room into a [`Failure::input`], its chain of causes in one line.
pub fn unusable(error: impl std::error::Error) -> Failure {
    Failure::input(chain(&error))
}

/// An error and its causes in one line; causes that the error already quotes are not repeated.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        cause = inner.source();
    }
    line
}
