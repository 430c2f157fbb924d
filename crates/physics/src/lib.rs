//! What nature says: quantities with their units, nuclides and decay, and the dosimetry data of sealed sources.
//!
//! No file, network or clock access: the tables of `data/` are compiled in.

pub mod quantity;

pub use quantity::{AirKermaStrength, Becquerel, Gray, GrayPerHour, Millimetre, QuantityError, Seconds};
