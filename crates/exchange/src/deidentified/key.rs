//! What comes from the key: pseudonyms and offsets (HMAC-SHA-256, RFC 2104).

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Fewest bytes of a key.
const LEAST: usize = 32;
/// Hexadecimal digits of a pseudonym: 80 bits, so that among a million patients two share one with a chance of about 10⁻¹².
const DIGITS: usize = 20;

/// The secret behind an export. Whoever has it can find a patient's pseudonym, so it stays in the hospital.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

/// A key that is too short.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key for pseudonyms has {0} bytes: take at least {LEAST} random ones (密钥过短)")]
pub struct KeyError(usize);

impl Key {
    /// From random bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, KeyError> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(bytes).map_err(|_| KeyError(bytes.len()))?;
        if bytes.len() < LEAST { Err(KeyError(bytes.len())) } else { Ok(Self(mac)) }
    }

    /// The pseudonym of something; `what` keeps those of patients, cases and people apart.
    pub fn pseudonym(&self, what: &str, id: &str) -> String {
        let mut text = String::with_capacity(DIGITS);
        for byte in self.mac(what, id).iter().take(DIGITS / 2) {
            // a String takes whatever is written to it
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// The pseudonym of something as a UUID (version 8, RFC 9562).
    pub fn uuid(&self, what: &str, id: &str) -> uuid::Uuid {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(self.mac(what, id)).for_each(|(to, from)| *to = from);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// By how many days everything of a patient moves: 1 to `most` days, forwards or backwards; 0 only where `most` is 0.
    pub fn shift_days(&self, patient: &str, most: u32) -> i64 {
        if most == 0 {
            return 0;
        }
        let number =
            self.mac("shift", patient).iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        // 2 × most possibilities in 2⁶⁴: the bias of the remainder cannot be seen
        let at = (number % (2 * u64::from(most))) as i64;
        let most = i64::from(most);
        if at < most { at - most } else { at - most + 1 }
    }

    /// By which somebody recognises that two exports were made with the same key, without learning it.
    pub fn mark(&self) -> String {
        self.pseudonym("mark", "").chars().take(8).collect()
    }

    fn mac(&self, what: &str, id: &str) -> Vec<u8> {
        let mut mac = self.0.clone();
        mac.update(&(what.len() as u64).to_le_bytes());
        mac.update(what.as_bytes());
        mac.update(id.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_keys_are_refused_and_kinds_are_kept_apart() {
        assert_eq!(Key::new(&[1; 31]).unwrap_err(), KeyError(31));
        let key = Key::new(&[1; 32]).unwrap();
        assert_ne!(key.pseudonym("case", "1"), key.pseudonym("patient", "1"));
        assert_ne!(key.pseudonym("ab", "c"), key.pseudonym("a", "bc"));
        assert_ne!(key.pseudonym("case", "1"), Key::new(&[2; 32]).unwrap().pseudonym("case", "1"));
    }

    proptest! {
        #[test]
        fn a_shift_is_never_nothing_and_never_too_far(patient in "\\PC{0,12}", most in 1_u32..2000) {
            let days = Key::new(&[9; 40]).unwrap().shift_days(&patient, most);
            prop_assert!(days != 0 && days.unsigned_abs() <= u64::from(most));
        }
    }

    #[test]
    fn every_shift_occurs() {
        let key = Key::new(&[3; 32]).unwrap();
        let all: std::collections::BTreeSet<i64> = (0..2000).map(|n| key.shift_days(&n.to_string(), 5)).collect();
        assert_eq!(all.into_iter().collect::<Vec<_>>(), [-5, -4, -3, -2, -1, 1, 2, 3, 4, 5]);
    }
}
