//! A small page layout of our own on top of a PDF writer: shaped text with Chinese line breaking, tables, drawings.
//!
//! Pages are recorded as display lists first, because the header of each says how many there are, and written at the
//! end. Lengths are points (1/72 inch); y grows downwards.

mod fonts;
mod shape;
mod wrap;

pub(crate) mod marks;
pub(crate) mod page;
pub(crate) mod sheet;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod write;

pub use fonts::{FontData, Fonts};
pub(crate) use shape::{Library, Shaper};
pub use write::ReportError;
