//! UIDs without a registry, a clock or a random number: digests of what they name.

use sha2::{Digest, Sha256};

/// A UID that depends on nothing but `parts`: the first 128 bits of their SHA-256, marked as a version 8 UUID
/// (RFC 9562 §5.8), under the root 2.25 (DICOM PS3.5 B.2).
///
/// Each part is hashed with its length, so that `["ab", "c"]` and `["a", "bc"]` differ.
pub fn derive_uid(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let mut uuid = [0_u8; 16];
    for (to, from) in uuid.iter_mut().zip(digest.finalize()) {
        *to = from;
    }
    uuid[6] = 0x80 | (uuid[6] & 0x0f);
    uuid[8] = 0x80 | (uuid[8] & 0x3f);
    format!("2.25.{}", u128::from_be_bytes(uuid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_content_same_uid_and_nothing_else() {
        let uid = derive_uid(&[b"ab", b"c"]);
        assert_eq!(uid, derive_uid(&[b"ab", b"c"]));
        assert_ne!(uid, derive_uid(&[b"a", b"bc"]));
        assert!(uid.len() <= 64 && uid.strip_prefix("2.25.").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())));
    }
}
