//! The ledger: one entry for every lasting change, each holding the digest of the one before, so that a rewritten history shows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::change::{Told, canonical};
use crate::{Account, Case, Digest, Id};

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// place in the ledger, from 1, without gaps
    pub seq: u64,
    /// when
    pub at: Timestamp,
    /// who; `None` when the first account was made
    pub who: Option<Id<Account>>,
    /// what was done, for example `case.replace`
    pub action: String,
    /// what kind of thing was changed
    pub kind: String,
    /// which one
    pub subject: String,
    /// of which case
    pub case: Option<Id<Case>>,
    /// why, in a person's words
    pub why: String,
    /// the fields that changed, as they were
    pub before: Value,
    /// the fields that changed, as they are
    pub after: Value,
    /// digest of the item's whole content afterwards
    pub digest: Option<Digest>,
}

/// An entry as it is kept: the text that was hashed, and the two digests of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// canonical JSON of the [`Content`]
    pub text: String,
    /// [`Entry::hash`] of the entry before, zeros for the first
    pub previous: Digest,
    /// SHA-256 of the 32 bytes of `previous` followed by `text`
    pub hash: Digest,
}

/// The last entry: what a signed report and a backup print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// its place, 0 when the ledger is empty
    pub seq: u64,
    /// its hash
    pub hash: Digest,
}

impl Head {
    /// Of a ledger without entries.
    pub const EMPTY: Self = Self { seq: 0, hash: Digest::ZERO };
}

impl Entry {
    /// The entry after `head`.
    pub fn after(head: Head, at: Timestamp, who: Option<Id<Account>>, why: &str, told: Told) -> Self {
        let content = Content {
            seq: head.seq + 1,
            at,
            who,
            action: told.action,
            kind: told.kind.name().to_owned(),
            subject: told.subject,
            case: told.case,
            why: why.to_owned(),
            before: told.before,
            after: told.after,
            digest: told.digest,
        };
        // plain data with string keys: this cannot fail
        let text = canonical(&serde_json::to_value(&content).unwrap_or(Value::Null));
        let hash = Self::hash(head.hash, &text);
        Self { text, previous: head.hash, hash }
    }

    /// The hash of an entry with this text after this predecessor.
    pub fn hash(previous: Digest, text: &str) -> Digest {
        Digest::of_all([previous.as_bytes().as_slice(), text.as_bytes()])
    }

    /// What it says.
    pub fn content(&self) -> Result<Content, Break> {
        serde_json::from_str(&self.text).map_err(|error| Break::Text { reason: error.to_string() })
    }
}

/// How a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// an entry is missing or was put in
    #[error("after entry {after} comes entry {found}: entries are missing or were put in")]
    Gap {
        /// last sound entry
        after: u64,
        /// what follows
        found: u64,
    },
    /// an entry does not name the one before
    #[error("entry {seq} does not follow the one before: its predecessor was replaced")]
    Previous {
        /// which one
        seq: u64,
    },
    /// an entry's text is not what was hashed
    #[error("entry {seq} was altered: its text does not give its hash")]
    Hash {
        /// which one
        seq: u64,
    },
    /// an entry's text cannot be read
    #[error("an entry cannot be read: {reason}")]
    Text {
        /// why
        reason: String,
    },
    /// an item is not what the ledger says it is
    #[error(
        "{kind} {id} was altered outside the program: its content is not what the ledger's last entry about it says"
    )]
    Item {
        /// what
        kind: String,
        /// which one
        id: String,
    },
    /// an item is not there although the ledger made it
    #[error("{kind} {id} was deleted outside the program: the ledger knows it, but it is not there")]
    Gone {
        /// what
        kind: String,
        /// which one
        id: String,
    },
    /// the ledger ends before its known head
    #[error("the ledger ends at entry {found}, but entry {expected} was printed or backed up: its end was cut off")]
    Cut {
        /// where it ends
        found: u64,
        /// where it should at least reach
        expected: u64,
    },
    /// an entry known from elsewhere is another one here
    #[error("entry {seq} is not the one that was printed or backed up")]
    Other {
        /// which one
        seq: u64,
    },
}

/// Checks a chain entry by entry, without holding it in memory.
#[derive(Debug, Clone, Copy)]
pub struct Checker {
    head: Head,
}

impl Default for Checker {
    fn default() -> Self {
        Self { head: Head::EMPTY }
    }
}

impl Checker {
    /// Takes the next entry, in order.
    pub fn take(&mut self, entry: &Entry) -> Result<Content, Break> {
        let content = entry.content()?;
        let seq = content.seq;
        if seq != self.head.seq + 1 {
            return Err(Break::Gap { after: self.head.seq, found: seq });
        }
        if entry.previous != self.head.hash {
            return Err(Break::Previous { seq });
        }
        if Entry::hash(entry.previous, &entry.text) != entry.hash {
            return Err(Break::Hash { seq });
        }
        self.head = Head { seq, hash: entry.hash };
        Ok(content)
    }

    /// The last entry taken.
    pub fn head(&self) -> Head {
        self.head
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    fn told(n: u32) -> Told {
        Told {
            action: "case.fetched".into(),
            kind: Kind::Case,
            subject: n.to_string(),
            case: None,
            before: Value::Null,
            after: serde_json::json!({ "n": n, "dose": 145.1 }),
            digest: None,
        }
    }

    fn chain(length: u32) -> Vec<Entry> {
        let mut head = Head::EMPTY;
        let mut entries = Vec::new();
        for n in 0..length {
            let entry = Entry::after(head, Timestamp::UNIX_EPOCH, None, "because", told(n));
            head = Head { seq: head.seq + 1, hash: entry.hash };
            entries.push(entry);
        }
        entries
    }

    fn check(entries: &[Entry]) -> Result<Head, Break> {
        let mut checker = Checker::default();
        entries.iter().try_for_each(|entry| checker.take(entry).map(drop))?;
        Ok(checker.head())
    }

    #[test]
    fn any_alteration_shows() {
        let entries = chain(5);
        assert_eq!(check(&entries).unwrap().seq, 5);
        let mut altered = entries.clone();
        altered[2].text = altered[2].text.replace("145.1", "154.1");
        assert_eq!(check(&altered), Err(Break::Hash { seq: 3 }));
        altered[2].hash = Entry::hash(altered[2].previous, &altered[2].text);
        assert_eq!(check(&altered), Err(Break::Previous { seq: 4 }));
        let mut short = entries.clone();
        short.remove(1);
        assert_eq!(check(&short), Err(Break::Gap { after: 1, found: 3 }));
        let mut swapped = entries;
        swapped.swap(1, 2);
        assert!(check(&swapped).is_err());
    }
}
