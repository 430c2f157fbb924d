//! What is handed out: reports and tables, in Chinese and English.

pub mod csv;
pub mod inspection;
pub mod language;
pub mod terms;
pub mod verification;

mod number;
mod pdf;

pub use language::Language;
