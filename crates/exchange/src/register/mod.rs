//! The register as tidy tables: a row a thing, a column a property, machine names as header.
//!
//! Each kind of item has a function that gives its [`Table`] and one that makes a row, so that whoever reads the store page by page
//! writes page by page. A table that does not identify leaves out names and numbers of people; identifiers of the register stay, so that
//! tables can be joined. (Identifiers hold the moment of their making: what leaves the hospital goes through [`crate::deidentified`].)

mod case;
mod facts;
mod form;
mod people;
mod sources;

pub use case::{case_row, cases, patient_row, patients};
pub(crate) use facts::fact_columns;
pub use facts::{fact_label, fact_row, facts};
pub use form::FormTable;
pub use people::{hospital_row, hospitals, people, person_row};
pub use sources::{lot_row, lots, movement_row, movements};

use jiff::civil::Date;

use crate::table::Cell;

/// An identifier.
fn id<T: ToString>(id: &T) -> Cell {
    Cell::Text(id.to_string())
}

/// An identifier that may be absent.
fn id_of<T: ToString>(id: Option<&T>) -> Cell {
    id.map_or(Cell::Empty, |id| Cell::Text(id.to_string()))
}

/// A day that may be absent.
fn day(day: Option<Date>) -> Cell {
    day.map_or(Cell::Empty, Cell::Date)
}

#[cfg(test)]
mod tests;
