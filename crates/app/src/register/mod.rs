//! The register at work: what rules, indicators and exchange need is gathered from the store here, once for the browser and the command
//! line.

pub mod fhir;
pub mod import;
pub mod indicators;
pub mod inspection;
pub mod norms;
pub mod province;
pub mod study;
pub mod tables;
pub mod trouble;
pub mod whole;
