//! How every adapter of [`records::Store`] behaves: plain functions over the trait, each on an empty store of its own.
#![allow(missing_docs, dead_code, clippy::wildcard_imports, reason = "tests; not every adapter's file uses all")]

pub mod changes;
pub mod jobs;
pub mod ledger;
pub mod lists;
pub mod made;
pub mod people;
pub mod racing;
pub mod random;
pub mod records_kept;
pub mod register;
pub mod signing;
pub mod work;
