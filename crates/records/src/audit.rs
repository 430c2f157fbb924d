//! Checking a whole store: the chain of the ledger, and every item against what the ledger says it is.

use std::collections::BTreeSet;

use crate::ledger::{Break, Checker, Content, Head};
use crate::{Kind, Store, StoreError};

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

/// Checks the chain from its first entry, that it still holds the entry `known` (from a printed report or a backup), that the content
/// of every item is what the ledger's last entry about it says, and that no item the ledger knows is gone. People may work meanwhile.
///
/// # Errors
/// [`StoreError::Broken`] at the first break.
pub async fn check(store: &dyn Store, known: Option<Head>) -> Result<Sound, StoreError> {
    let (head, made) = walk(store, known).await?;
    let (mut items, mut there) = (0, 0);
    let mut after = None;
    loop {
        let page = store.held(after.take(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.kind, last.id.clone()));
        for item in &page {
            if item.found.is_none() || item.told != item.found {
                return Err(Break::Item { kind: item.kind.name().to_owned(), id: item.id.clone() }.into());
            }
            items += 1;
            // one made since the ledger was read is not among `made`
            there += u64::from(item.since.is_some_and(|since| since <= head.seq));
        }
    }
    // every item has its entries and no two have the same: equal numbers mean that none is gone
    if there < made {
        return Err(gone(store, head).await?.into());
    }
    Ok(Sound { head, items })
}

/// Walks the chain; gives its head and the number of items it made.
async fn walk(store: &dyn Store, known: Option<Head>) -> Result<(Head, u64), StoreError> {
    let (mut checker, mut made) = (Checker::default(), 0);
    loop {
        let entries = store.entries_from(checker.head().seq + 1, PAGE).await?;
        if entries.is_empty() {
            break;
        }
        for entry in &entries {
            let content = checker.take(entry)?;
            made += u64::from(makes_an_item(&content));
            if known.is_some_and(|known| known.seq == content.seq && known.hash != entry.hash) {
                return Err(Break::Other { seq: content.seq }.into());
            }
        }
    }
    let head = checker.head();
    if let Some(known) = known.filter(|known| known.seq > head.seq) {
        return Err(Break::Cut { found: head.seq, expected: known.seq }.into());
    }
    Ok((head, made))
}

fn makes_an_item(content: &Content) -> bool {
    content.digest.is_some() && content.action.ends_with(".create")
}

/// The first item that the ledger made and that is not there.
async fn gone(store: &dyn Store, head: Head) -> Result<Break, StoreError> {
    let (mut there, mut after) = (BTreeSet::new(), None);
    loop {
        let page = store.held(after.take(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.kind, last.id.clone()));
        there.extend(page.into_iter().map(|item| (item.kind.name(), item.id)));
    }
    let mut seq = 1;
    while seq <= head.seq {
        let entries = store.entries_from(seq, PAGE).await?;
        for entry in &entries {
            let content = entry.content()?;
            let kind = Kind::ALL.into_iter().find(|kind| kind.name() == content.kind);
            if makes_an_item(&content)
                && kind.is_none_or(|kind| !there.contains(&(kind.name(), content.subject.clone())))
            {
                return Ok(Break::Gone { kind: content.kind, id: content.subject });
            }
            seq = content.seq + 1;
        }
        if entries.is_empty() {
            break;
        }
    }
    Ok(Break::Gone { kind: "an item".to_owned(), id: String::new() })
}
