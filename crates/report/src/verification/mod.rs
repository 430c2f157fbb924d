//! The dose-verification report of a permanent implant.

mod data;

pub use data::{
    ComparedIndex, Comparison, Curve, DataFile, Displacement, Display, Implant, Index, InputFile, Judgement, Method,
    Moment, Outcome, Patient, Role, Seed, SeedGroup, SeedSource, Severity, Study, Verdict, Verification, Warning,
};
