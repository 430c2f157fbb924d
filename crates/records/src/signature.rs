//! Signatures: who stands behind a result.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Account, Digest, Id, Role, Verification};

/// A person's signature under one version of a verification. It binds to bytes: [`crate::verification::Outcome::content`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// which one
    pub id: Id<Signature>,
    /// always 1: a signature is never changed
    pub version: u32,
    /// what was signed
    pub verification: Id<Verification>,
    /// the bytes that were signed
    pub content: Digest,
    /// in which role
    pub role: Role,
    /// who signed
    pub signer: Id<Account>,
    /// the signer's name at that time
    pub name: String,
    /// when; the password was entered again at that moment
    pub signed: Timestamp,
}

/// Roles whose signatures a verification needs: G07 三(二) asks for physician and physicist together.
pub const NEEDED: [Role; 2] = [Role::Physicist, Role::Physician];

/// The roles whose signature is still missing.
pub fn missing(signatures: &[Signature], content: Digest) -> Vec<Role> {
    let has = |role: &Role| signatures.iter().any(|one| one.role == *role && one.content == content);
    NEEDED.into_iter().filter(|role| !has(role)).collect()
}
