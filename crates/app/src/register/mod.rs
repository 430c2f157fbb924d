//! The register at work: what rules and indicators need is gathered from the store here, once for the browser and the command line.

pub mod indicators;
pub mod inspection;
pub mod norms;
