//! What leaves the register and what enters it: tidy tables, exports for a study, FHIR, the province's package, and other registers'
//! tables (see `docs/methods/exchange.md`).
//!
//! Everything here is a function from records to bytes or from bytes to proposed records. The same input gives the same bytes: time, keys
//! and the order of the rows are the caller's. Whatever is written row by row stays flat in memory.

pub mod deidentified;
pub mod fhir;
pub mod import;
pub mod province;
pub mod register;
pub mod table;
pub mod write;

#[cfg(test)]
mod fixture;

pub use table::{Cell, Column, Kind, Table};
pub use write::{Archive, Format, WriteError};

/// Whole years from birth to a day; `None` where the day is before the birth.
pub(crate) fn age(born: jiff::civil::Date, day: jiff::civil::Date) -> Option<u32> {
    if day < born {
        return None;
    }
    let had_birthday = (day.month(), day.day()) >= (born.month(), born.day());
    u32::try_from(i32::from(day.year()) - i32::from(born.year()) - i32::from(!had_birthday)).ok()
}
