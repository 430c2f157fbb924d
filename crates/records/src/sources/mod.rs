//! Sealed sources: lots of seeds, and every movement of every seed from the order to the grave.
//!
//! A lot's seeds are numbered from 1 whether or not the numbers are engraved, so a [`SeedSet`] says which ones moved in a few bytes,
//! and at any instant each seed is in exactly one [`Place`] (see `docs/methods/sources.md`).

mod balance;
mod conservation;
mod error;
pub mod legal;
mod lot;
mod movement;
mod names;
mod seeds;
#[cfg(test)]
mod tests;
mod words;

pub use balance::{Balance, admit, pick, replay, replay_until};
pub use conservation::{Conservation, Line, conservation};
pub use error::{SourceError, Whereabouts};
pub use legal::PlaceKind;
pub use lot::{Lot, LotError};
pub use movement::{Movement, Place, Step};
pub use seeds::{NotSeeds, SeedSet};
pub use words::{Sentence, Words};
