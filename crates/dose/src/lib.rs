//! What the patient gets: absorbed dose, and what follows from it.

pub mod criteria;
pub mod dvh;
pub mod effect;
pub mod implant;
pub mod indices;
pub mod tg43;

pub use implant::{Implant, ImplantError, Source};
