//! `dosewright convert`: volumes and structures to NIfTI.

use image::nifti::{gzip, write, write_mask};
use image::study::import;
use image::{Region, RegionOptions};
use serde_json::json;

use super::{Answer, ConvertArgs};
use crate::failure::{Failure, unusable};
use crate::output::{check_target, write_folder};
use crate::watch::{Step, Watch};

/// Writes `<modality>-<n>.nii.gz`, `dose-<n>.nii.gz` and, on the CT's grid, `structure-<number>-<name>.nii.gz`.
pub fn run(args: &ConvertArgs, watch: &dyn Watch) -> Result<Answer, Failure> {
    check_target(&args.out, false)?;
    watch.step(Step::Reading)?;
    let study = import(&args.case, &|done, of| watch.advance(done, of)).map_err(unusable)?;
    watch.step(Step::Converting)?;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut left_out: Vec<String> = Vec::new();
    let mut add = |name: String, encoded: Result<Vec<u8>, image::nifti::NiftiError>| match encoded {
        Ok(bytes) => files.push((format!("{name}.nii.gz"), gzip(&bytes))),
        Err(error) => left_out.push(format!("{name}: {error}")),
    };
    let mut skipped: Vec<String> = Vec::new();
    for (series, number) in study.series.iter().zip(1..) {
        match &series.volume {
            Ok(volume) => add(format!("{}-{number}", series.modality.to_lowercase()), write(volume)),
            Err(error) => skipped.push(format!("{} series {number}: {error}", series.modality)),
        }
    }
    for (dose, number) in study.doses.iter().zip(1..) {
        add(format!("dose-{number}"), write(&dose.volume));
    }
    if let Ok(ct) = study.ct()
        && let (Ok(volume), Ok(set)) = (&ct.volume, study.structure_set(ct))
    {
        let options = RegionOptions { slice_mm: Some(volume.grid.spacing[2]), ..RegionOptions::default() };
        for structure in &set.structures {
            match Region::from_structure(structure, &options) {
                Ok(region) => {
                    let name = format!("structure-{}-{}", structure.number, file_name(&structure.name));
                    add(name, write_mask(&region.coverage(&volume.grid)));
                }
                Err(error) => skipped.push(error.to_string()),
            }
        }
    }
    left_out.extend(skipped);
    if files.is_empty() {
        return Err(Failure::input(format!("nothing can be converted: {}", left_out.join("; "))));
    }
    write_folder(&args.out, &files)?;
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let mut lines: Vec<String> = names.iter().map(|name| args.out.join(name).display().to_string()).collect();
    lines.extend(left_out.iter().map(|why| format!("  ! left out: {why}")));
    let text = lines.join("\n") + "\n";
    Ok(Answer::new(text, json!({ "files": names, "left_out": left_out })))
}

/// A structure's name as part of a file name: letters and digits of any script, the rest as `_`.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).take(60).collect()
}
