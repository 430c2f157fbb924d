//! Accounts.

use records::{Account, Action, Role};
use serde::Serialize;
use utoipa::ToSchema;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub struct AccountView {
    id: String,
    version: u32,
    login: String,
    name: String,
    /// `physician`, `physicist`, `custodian`, `quality`, `administrator`
    roles: Vec<String>,
    /// hospitals whose records the person sees; empty means all
    hospitals: Vec<String>,
    active: bool,
    /// RFC 3339
    created: String,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            version: account.version,
            login: account.login.clone(),
            name: account.name.clone(),
            roles: account.roles.iter().map(Role::to_string).collect(),
            hospitals: account.hospitals.iter().map(ToString::to_string).collect(),
            active: account.active,
            created: account.created.to_string(),
        }
    }
}

/// Accounts, by login name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accounts {
    /// all
    pub rows: Vec<AccountView>,
}

/// An open session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    account: AccountView,
    /// names of the actions that the person may do
    actions: Vec<String>,
    /// goes into the header `X-CSRF-Token` of every change
    csrf: String,
}

impl SessionView {
    /// Of an account and its session's token.
    pub fn new(account: &Account, csrf: String) -> Self {
        let may = Action::ALL.into_iter().filter(|action| action.allowed(&account.roles));
        Self { account: account.into(), actions: may.map(|action| action.name().to_owned()).collect(), csrf }
    }
}
