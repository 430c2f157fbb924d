//! Passwords: argon2id, one at a time per core.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::clock::random;
use crate::server::limits::PasswordCost;
use crate::server::problem::Problem;

/// Hashes and compares passwords.
#[derive(Clone)]
pub struct Passwords {
    params: Params,
    turns: Arc<Semaphore>,
    /// what an unknown login name is compared with, so that it takes as long as a known one
    nobody: Arc<str>,
}

impl Passwords {
    /// With a cost.
    ///
    /// # Errors
    /// When the cost is none that argon2 knows.
    pub fn new(cost: &PasswordCost) -> Result<Self, String> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(|error| error.to_string())?;
        let nobody = hash(&params, &random::<16>())?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self { params, turns: Arc::new(Semaphore::new(cores)), nobody: nobody.into() })
    }

    /// The hash of a password, with its salt and cost (PHC string).
    ///
    /// # Errors
    /// When argon2 fails, for want of memory.
    pub async fn hash(&self, password: &str) -> Result<String, Problem> {
        let (params, password) = (self.params.clone(), password.to_owned());
        let _turn = self.turns.acquire().await.map_err(Problem::failed)?;
        tokio::task::spawn_blocking(move || hash(&params, password.as_bytes()))
            .await
            .map_err(Problem::failed)?
            .map_err(Problem::failed)
    }

    /// Whether a password is the hashed one; without a hash it is compared with nobody's and never right.
    ///
    /// # Errors
    /// When the hash cannot be read.
    pub async fn verify(&self, password: &str, kept: Option<&str>) -> Result<bool, Problem> {
        let (known, hash) = (kept.is_some(), kept.unwrap_or(&self.nobody).to_owned());
        let password = password.to_owned();
        let _turn = self.turns.acquire().await.map_err(Problem::failed)?;
        let right = tokio::task::spawn_blocking(move || verify(password.as_bytes(), &hash))
            .await
            .map_err(Problem::failed)?
            .map_err(Problem::failed)?;
        Ok(right && known)
    }
}

fn hash(params: &Params, password: &[u8]) -> Result<String, String> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let hash = argon2.hash_password_with_salt(password, &random::<16>()).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

fn verify(password: &[u8], hash: &str) -> Result<bool, String> {
    let hash = PasswordHash::new(hash).map_err(|error| format!("a stored password hash cannot be read: {error}"))?;
    // the cost is the hash's own
    Ok(Argon2::default().verify_password(password, &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let passwords = Passwords::new(&PasswordCost { memory_kib: 64, passes: 1, lanes: 1 }).unwrap();
        let kept = passwords.hash("correct horse battery").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
        assert_ne!(kept, passwords.hash("correct horse battery").await.unwrap());
        assert!(passwords.verify("correct horse battery", Some(&kept)).await.unwrap());
        assert!(!passwords.verify("correct horse batterz", Some(&kept)).await.unwrap());
        assert!(!passwords.verify("correct horse battery", None).await.unwrap());
        assert!(passwords.verify("x", Some("plain text")).await.is_err());
    }
}
