//! What nature says: quantities with their units, nuclides and decay, and the dosimetry data of sealed sources.
//!
//! No file, network or clock access: the tables of `data/` are compiled in.

pub mod decay;
mod fields;
pub mod nuclide;
pub mod quantity;
pub mod seed;

pub use decay::{Decay, DecayError};
pub use nuclide::{HalfLife, Nuclide, NuclideError};
pub use quantity::{AirKermaStrength, Becquerel, Gray, GrayPerHour, Millimetre, QuantityError, Seconds};
pub use seed::{SeedError, SeedLibrary, SeedModel};
