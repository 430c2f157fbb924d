//! Cuts through the patient: planes, what lies on them, and lines of equal dose.

pub mod cut;
pub mod frame;
pub mod isoline;
pub mod plane;
pub mod structure;

pub use cut::{Cut, cut};
pub use frame::Frame;
pub use isoline::{Isoline, isolines};
pub use plane::{Plane, View};
