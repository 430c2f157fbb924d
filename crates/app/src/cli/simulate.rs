//! `dosewright simulate`: a made-up patient as DICOM.

use image::simulate::{case, case_files};
use serde_json::json;

use super::{Answer, MadeUpPatient, SimulateArgs};
use crate::failure::{Failure, unusable};
use crate::output::{check_target, write_folder};
use crate::watch::{Step, Watch};

/// Makes the patient up, scans and writes.
pub fn run(args: &SimulateArgs, watch: &dyn Watch) -> Result<Answer, Failure> {
    check_target(&args.out, false)?;
    watch.step(Step::Simulating)?;
    let name = match args.patient {
        MadeUpPatient::Prostate => "prostate",
        MadeUpPatient::Lung => "lung",
        MadeUpPatient::Stent => "stent",
    };
    let made_up = case(name).map_err(unusable)?;
    watch.step(Step::Writing)?;
    let files: Vec<(String, Vec<u8>)> =
        case_files(&made_up).map_err(unusable)?.into_iter().map(|file| (file.path, file.bytes)).collect();
    write_folder(&args.out, &files)?;
    let (count, seeds) = (files.len(), made_up.truth.seeds.len());
    let patient = &made_up.design.patient.name;
    Ok(Answer::new(
        format!("{patient}: {count} DICOM files, {seeds} seeds → {}\n", args.out.display()),
        json!({ "out": args.out, "files": count, "seeds": seeds, "patient": patient }),
    ))
}
