//! Sealed sources: lots of seeds, and every movement of every seed from the order to the grave.
//!
//! A lot's seeds are numbered from 1 whether or not the numbers are engraved, so a [`SeedSet`] says which ones moved in a few bytes,
//! and at any instant each seed is in exactly one [`Place`] (see `docs/methods/sources.md`).

pub mod acceptance;
mod balance;
pub mod code;
mod conservation;
pub mod decay;
pub mod emergency;
mod error;
pub mod legal;
pub mod licence;
mod lot;
mod movement;
mod names;
#[cfg(test)]
mod norm_tests;
mod seeds;
pub mod stock;
#[cfg(test)]
mod tests;
pub mod trace;
mod words;

pub use balance::{Balance, admit, pick, replay, replay_until};
pub use conservation::{Conservation, Line, conservation};
pub use decay::{Worth, WorthError};
pub use error::{SourceError, Whereabouts};
pub use legal::PlaceKind;
pub use lot::{Lot, LotError};
pub use movement::{Movement, Place, Step};
pub use seeds::{NotSeeds, SeedSet};
pub use words::{Sentence, Words};
