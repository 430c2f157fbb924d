//! Seed models: the TG-43 dosimetry data and the build of sealed low-energy sources.
//!
//! The data of `data/seeds/` are compiled in ([`SeedLibrary::embedded`]); a hospital adds its own model as a file of
//! the same format ([`SeedLibrary::add_file`]) and is told everything that is missing or wrong in it at once.

mod file;
mod library;
mod model;

pub use library::{SeedError, SeedLibrary};
pub use model::{
    AnisotropyFunction, AnisotropyFunction1D, Capsule, Conflict, Marker, MarkerShape, RadialDoseFunction, SeedModel,
};
