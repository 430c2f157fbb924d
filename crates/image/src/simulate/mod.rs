//! Simulated CT of seed implants, with the truth beside it.
//!
//! A [`Scene`] (anatomy, seeds, other dense objects, motion) is scanned by a [`Scanner`]: [`ct`]. Methods and limits:
//! `docs/methods/ct-simulation.md`.

mod anatomy;
mod background;
mod backproject;
mod case_files;
mod cases;
mod dense;
mod implant;
mod material;
mod rng;
mod scanner;
mod scanning;
mod scene;
mod seed_solid;
mod shape;
mod sinogram;
pub mod site;
mod vector;

pub use case_files::{CaseFile, case_files};
pub use cases::{CASES, CaseDesign, SimulatedCase, case, design, scan};
pub use dense::{Dense, DenseShape, Part};
pub use implant::{Density, FanImplant, Loading, TemplateImplant, add_touching, clearance_mm};
pub use material::Material;
pub use rng::Rng;
pub use scanner::{HuRange, Scanner, SimulateError, SliceProfile};
pub use scanning::{Distractor, TrueSeed, Truth, ct};
pub use scene::{DistractorObject, Motion, Scene, SceneSeed, Solid, Texture};
pub use seed_solid::SeedSolid;
pub use shape::Shape;
