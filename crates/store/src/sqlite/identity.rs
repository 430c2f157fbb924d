//! Identity at rest. A patient's row holds the identifier, the version, a keyed digest of the patient number (so that it can be
//! unique and be looked up) and the sealed rest; the search index holds keyed digests of grams. Without the key file none of
//! it can be read, and what a person with the file alone learns is which rows share a gram (see `docs/methods/records.md`).

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use hmac::{Hmac, Mac};
use records::change::canonical;
use records::ledger::Break;
use records::{Digest, Item, Kind, Patient, StoreError};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

use super::search;
use crate::keys::{Key, Keys, hex};

/// Seals and opens identities.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    keys: Keys,
    /// keys made from the current one, for digests
    lookup: [u8; 32],
}

#[derive(Deserialize)]
struct Row {
    id: String,
    version: u32,
    key: String,
    sealed: String,
}

impl Identity {
    pub(super) fn new(keys: Keys) -> Self {
        let lookup = keyed(keys.current().bytes(), &[b"dosewright lookup"]);
        Self { keys, lookup }
    }

    pub(super) fn key_name(&self) -> &str {
        self.keys.current().name()
    }

    /// What is kept of a patient.
    pub(super) fn seal(&self, patient: &Patient) -> Result<String, StoreError> {
        let id = patient.id.to_string();
        let plain = Item::Patient(patient.clone()).body();
        let key = self.keys.current();
        // the same bytes under the same key give the same nonce and the same sealed bytes, other bytes another nonce: it never
        // serves two texts
        let digest = keyed(&keyed(key.bytes(), &[b"dosewright nonce"]), &[plain.as_bytes()]);
        let nonce = digest.get(..12).unwrap_or_default();
        let bound = bound(&id, patient.version);
        let sealed = cipher(key)
            .encrypt(&nonce_of(nonce)?, Payload { msg: plain.as_bytes(), aad: bound.as_bytes() })
            .map_err(|_| StoreError::Failed("an identity could not be sealed".to_owned()))?;
        let body = json!({
            "id": id,
            "version": patient.version,
            "number": self.blind(&patient.number),
            "key": key.name(),
            "sealed": hex(&[nonce, sealed.as_slice()].concat()),
        });
        Ok(canonical(&body))
    }

    /// The patient of a row.
    pub(super) fn open(&self, id: &str, body: &str) -> Result<Patient, StoreError> {
        let broken = || StoreError::from(Break::Item { kind: Kind::Patient.name().to_owned(), id: id.to_owned() });
        let row: Row = serde_json::from_str(body).map_err(|_| broken())?;
        let key = self.keys.named(&row.key).ok_or_else(|| {
            StoreError::Failed(format!(
                "identities are sealed by the key '{}', which is not in the key file: put the right key file in its place",
                row.key.chars().take(40).collect::<String>()
            ))
        })?;
        let bytes = unhex(&row.sealed).ok_or_else(broken)?;
        let (nonce, sealed) = bytes.split_at_checked(12).ok_or_else(broken)?;
        let bound = bound(&row.id, row.version);
        let plain = cipher(key).decrypt(&nonce_of(nonce)?, Payload { msg: sealed, aad: bound.as_bytes() });
        let plain = plain.map_err(|_| broken())?;
        let patient: Patient = serde_json::from_slice(&plain).map_err(|_| broken())?;
        if patient.id.to_string() != row.id || row.id != id || patient.version != row.version {
            return Err(broken());
        }
        Ok(patient)
    }

    /// Whether a row is sealed by the current key.
    pub(super) fn is_current(&self, body: &str) -> bool {
        serde_json::from_str::<Row>(body).is_ok_and(|row| row.key == self.key_name())
    }

    /// The digest that the ledger should name for a row; `None` when it cannot be read.
    pub(super) fn digest(&self, id: &str, body: &str) -> Option<Digest> {
        self.open(id, body).ok().map(|patient| patient.seal())
    }

    /// What stands for a patient number.
    pub(super) fn blind(&self, number: &str) -> String {
        if number.is_empty() {
            return String::new();
        }
        hex(keyed(&self.lookup, &[b"number", number.as_bytes()]).get(..16).unwrap_or_default())
    }

    /// What the index holds of a text of an identity.
    pub(super) fn grams(&self, text: &str) -> String {
        search::all_grams(text).iter().map(|gram| self.token(gram)).collect::<Vec<_>>().join(" ")
    }

    /// What stands for a gram.
    pub(super) fn token(&self, gram: &str) -> String {
        hex(keyed(&self.lookup, &[b"gram", gram.as_bytes()]).get(..6).unwrap_or_default())
    }
}

/// What a sealed identity is bound to: it opens in no other row and at no other version.
fn bound(id: &str, version: u32) -> String {
    format!("patient {id} {version}")
}

fn cipher(key: &Key) -> Aes256Gcm {
    Aes256Gcm::new(key.bytes().into())
}

type GcmNonce = Nonce<<Aes256Gcm as aes_gcm::aead::AeadCore>::NonceSize>;

fn nonce_of(bytes: &[u8]) -> Result<GcmNonce, StoreError> {
    GcmNonce::try_from(bytes).map_err(|_| StoreError::Failed("a nonce has the wrong length".to_owned()))
}

/// HMAC-SHA-256 of pieces, each with its length.
fn keyed(key: &[u8; 32], pieces: &[&[u8]]) -> [u8; 32] {
    // a key shorter than the hash's block is filled up with zeros (RFC 2104)
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new(&block.into());
    for piece in pieces {
        mac.update(&(piece.len() as u64).to_le_bytes());
        mac.update(piece);
    }
    mac.finalize().into_bytes().into()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len() / 2).map(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()).collect()
}
