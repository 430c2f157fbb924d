//! Checking a whole store: the chain of the ledger, and every item against what the ledger says it is.

use crate::ledger::{Break, Checker, Head};
use crate::{Store, StoreError};

/// Entries and items read at a time.
const PAGE: u32 = 1000;

/// What a check found in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sound {
    /// the last entry
    pub head: Head,
    /// items compared with the ledger
    pub items: u64,
}

/// Checks the chain from its first entry, that it still holds the entry `known` (from a printed report or a backup), and that the
/// content of every item is what the ledger's last entry about it says.
///
/// # Errors
/// [`StoreError::Broken`] at the first break.
pub async fn check(store: &dyn Store, known: Option<Head>) -> Result<Sound, StoreError> {
    let mut checker = Checker::default();
    loop {
        let entries = store.entries_from(checker.head().seq + 1, PAGE).await?;
        if entries.is_empty() {
            break;
        }
        for entry in &entries {
            let seq = checker.take(entry)?.seq;
            if known.is_some_and(|known| known.seq == seq && known.hash != entry.hash) {
                return Err(Break::Other { seq }.into());
            }
        }
    }
    let head = checker.head();
    if let Some(known) = known.filter(|known| known.seq > head.seq) {
        return Err(Break::Cut { found: head.seq, expected: known.seq }.into());
    }
    let (mut items, mut after) = (0, None);
    loop {
        let page = store.item_digests(after.take(), PAGE).await?;
        let Some((kind, id, _)) = page.last() else { break };
        after = Some((*kind, id.clone()));
        for (kind, id, digest) in &page {
            if store.last_digest(*kind, id).await? != Some(*digest) {
                return Err(Break::Item { kind: kind.name().to_owned(), id: id.clone() }.into());
            }
            items += 1;
        }
    }
    Ok(Sound { head, items })
}
