//! Sealed sources: lots of seeds, and every movement of every seed from the order to the grave.
//!
//! A lot's seeds are numbered from 1 whether or not the numbers are engraved, so a [`SeedSet`] says which ones moved in a few bytes,
//! and at any instant each seed is in exactly one [`Place`] (see `docs/methods/sources.md`).

mod lot;
mod movement;
mod names;
mod seeds;

pub use lot::{Lot, LotError};
pub use movement::{Movement, Place, Step};
pub use seeds::{NotSeeds, SeedSet};
