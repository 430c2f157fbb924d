//! Who asks, and whether they may.

pub mod guard;
pub mod password;
pub mod scope;
pub mod session;
pub mod throttle;

pub use guard::{Access, Person};
