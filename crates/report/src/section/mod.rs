//! Cuts through the patient: planes, what lies on them, and lines of equal dose.

pub(crate) mod frame;
pub(crate) mod isoline;
pub(crate) mod plane;
pub(crate) mod structure;

pub(crate) use frame::Frame;
pub(crate) use plane::{Plane, View};
