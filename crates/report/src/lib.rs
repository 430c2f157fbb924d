//! What is handed out: reports and tables, in Chinese and English.

pub mod csv;
pub mod language;
pub mod verification;

pub use language::Language;
