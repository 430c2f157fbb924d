//! The JSON shapes of the API: what goes out. Records know nothing of them.

pub mod account;
pub mod case;
pub mod exports;
pub mod imports;
pub mod indicators;
pub mod job;
pub mod ledger;
pub mod norms;
pub mod province;
pub mod register;
pub mod study;
pub mod today;
pub mod verification;
pub mod workspace;

use std::collections::HashMap;

use records::{Account, Id, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

/// A person named in an answer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Named {
    /// account
    pub id: String,
    /// name; empty when the account is not there
    pub name: String,
}

/// Names of all accounts.
pub struct Names(HashMap<Id<Account>, String>);

impl Names {
    /// Reads them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(store: &dyn records::Store) -> Result<Self, StoreError> {
        Ok(Self(store.accounts().await?.into_iter().map(|account| (account.id, account.name)).collect()))
    }

    /// A person named.
    pub fn of(&self, id: Id<Account>) -> Named {
        Named { id: id.to_string(), name: self.0.get(&id).cloned().unwrap_or_default() }
    }
}
