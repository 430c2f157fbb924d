//! Reporting cases to the province: what is sent, what comes back, how far each case is, and what is late.
//!
//! The provincial platforms' formats are not public. The package is ours and versioned (`docs/province/package.schema.json`), so that a
//! hospital has something to hand over, a centre that runs Dosewright can read it, and a known format can be made from it.

mod late;
mod package;
mod receipt;
mod sheet;
mod state;

pub use late::{Lateness, Limits, LimitsError, late};
pub use package::{CaseInput, Package, PackageError, Reason, SCHEMA, package};
pub use receipt::{Answer, RECEIPT_SCHEMA, Receipt, ReceiptError, receipt};
pub use state::{Step, StepError, Upload, step};

use jsonschema::Validator;
use serde_json::Value;

/// All that a schema finds wrong, a line each.
fn faults(validator: Option<&Validator>, value: &Value) -> Vec<String> {
    let Some(validator) = validator else { return vec!["the schema cannot be read".to_owned()] };
    let line = |error: jsonschema::ValidationError<'_>| {
        let place = error.instance_path().as_str().to_owned();
        let what: String = error.to_string().chars().take(200).collect();
        if place.is_empty() { what } else { format!("{place}: {what}") }
    };
    validator.iter_errors(value).map(line).collect()
}

/// A schema of `docs/province`.
fn validator(text: &str) -> Option<Validator> {
    // a test makes both, so that neither can be missing here
    let schema: Value = serde_json::from_str(text).ok()?;
    jsonschema::options().should_validate_formats(true).build(&schema).ok()
}

#[cfg(test)]
mod tests;
