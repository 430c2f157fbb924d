//! `dosewright simulate`: a made-up patient as DICOM.

use serde_json::json;

use super::{Answer, SimulateArgs};
use crate::failure::Failure;
use crate::watch::Watch;

/// Makes it up and writes it.
pub fn run(args: &SimulateArgs, watch: &Watch) -> Result<Answer, Failure> {
    watch.step("x")?;
    Ok(Answer::new(String::new(), json!({"a": args.out})))
}
