//! How every adapter of [`records::Store`] behaves: plain functions over the trait, each on an empty store of its own.
#![allow(missing_docs, dead_code, clippy::wildcard_imports, reason = "tests; not every adapter's file uses all")]

pub mod made;
pub mod records_kept;
