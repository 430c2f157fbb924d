//! Where records are kept: [`SqliteStore`] is the adapter of [`records::Store`] on one SQLite file, [`Objects`] a folder of files
//! called by their content. What survives what is told in `docs/methods/records.md`.

pub mod keys;
pub mod objects;
pub mod sqlite;

pub use keys::{Key, Keys, KeysError};
pub use objects::{Objects, ObjectsError};
pub use sqlite::{Named, OpenError, SqliteStore, Stale};
