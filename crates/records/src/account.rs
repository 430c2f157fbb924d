//! People who use the program.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Hospital, Id};

/// What a person is trusted with. One person may have several roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// decides, prescribes, signs, follows up
    Physician,
    /// plans, verifies, signs
    Physicist,
    /// keeps the sources
    Custodian,
    /// looks after quality: sees all cases and the ledger, changes nothing clinical
    Quality,
    /// looks after accounts; changes nothing clinical
    Administrator,
}

impl Role {
    /// All roles, in the order in which tables show them.
    pub const ALL: [Self; 5] = [Self::Physician, Self::Physicist, Self::Custodian, Self::Quality, Self::Administrator];

    /// Its name for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Physician => "physician",
            Self::Physicist => "physicist",
            Self::Custodian => "custodian",
            Self::Quality => "quality",
            Self::Administrator => "administrator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A text that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no role '{0}'; choose physician, physicist, custodian, quality or administrator")]
pub struct NotARole(String);

impl FromStr for Role {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, NotARole> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| NotARole(text.chars().take(40).collect()))
    }
}

/// A person's account. Passwords are kept apart (see [`crate::store::Credential`]) and never enter the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// which one
    pub id: Id<Account>,
    /// counts the changes, from 1
    pub version: u32,
    /// what the person types to log in: lower-case, unique
    pub login: String,
    /// the person's name, as it stands beside a signature
    pub name: String,
    /// what the person may do, sorted
    pub roles: Vec<Role>,
    /// the hospitals whose cases, sources and people the person sees; empty means all
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hospitals: Vec<Id<Hospital>>,
    /// may log in; accounts are never deleted
    pub active: bool,
    /// when it was made
    pub created: Timestamp,
}

/// Why an account cannot be as given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// the login name
    #[error("the login name '{0}' cannot be used; take 2 to 40 letters, digits, '.', '-' or '_'")]
    Login(String),
    /// the person's name
    #[error("the person's name is missing or longer than 80 characters")]
    Name,
    /// no role
    #[error("an account needs at least one role")]
    NoRole,
    /// the password
    #[error("the password is too short: take at least {least} characters")]
    Password {
        /// fewest characters
        least: usize,
    },
}

/// Fewest characters of a password (NIST SP 800-63B-4 §3.1.1.2 asks for 8 where a second factor exists, 15 else; hospitals' rules in
/// China usually ask for 8 with classes of characters. Twelve without classes is our middle).
pub const LEAST_PASSWORD: usize = 12;

impl Account {
    /// Login names are compared in this form.
    pub fn normal_login(login: &str) -> String {
        login.trim().to_lowercase()
    }

    /// Checks login, name and roles.
    pub fn check(&self) -> Result<(), AccountError> {
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        let length = self.login.chars().count();
        if !(2..=40).contains(&length) || !self.login.chars().all(fits) || self.login != Self::normal_login(&self.login)
        {
            return Err(AccountError::Login(self.login.chars().take(60).collect()));
        }
        if self.name.trim().is_empty() || self.name.chars().count() > 80 {
            return Err(AccountError::Name);
        }
        if self.roles.is_empty() { Err(AccountError::NoRole) } else { Ok(()) }
    }

    /// Checks a password that somebody chose.
    pub fn check_password(password: &str) -> Result<(), AccountError> {
        if password.chars().count() < LEAST_PASSWORD {
            return Err(AccountError::Password { least: LEAST_PASSWORD });
        }
        Ok(())
    }

    /// Whether the person has a role.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}
