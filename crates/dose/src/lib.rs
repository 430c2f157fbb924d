//! What the patient gets: absorbed dose, and what follows from it.

pub mod implant;
pub mod tg43;

pub use implant::{Implant, ImplantError, Source};
