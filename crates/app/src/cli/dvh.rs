//! `dosewright dvh`: histograms on a dose that is already there.

use std::fmt::Write as _;

use dose::dvh::{Dvh, DvhOptions, Outside};
use dose::indices::table;
use image::study::import;
use image::{Region, RegionOptions, Unit};
use physics::Gray;
use serde_json::{Value, json};

use super::{Answer, DvhArgs};
use crate::failure::{Failure, unusable};
use crate::output::write_file;
use crate::watch::{Step, Watch};

/// Integrates every structure over the study's one RTDOSE.
pub fn run(args: &DvhArgs, watch: &dyn Watch) -> Result<Answer, Failure> {
    watch.step(Step::Reading)?;
    let study = import(&args.case, &|done, of| watch.advance(done, of)).map_err(unusable)?;
    let doses: Vec<_> = study.doses.iter().filter(|dose| dose.volume.unit == Unit::Gray).collect();
    let [dose] = doses.as_slice() else {
        return Err(Failure::input(format!(
            "the study has {} RTDOSE objects in Gy, and this needs one; leave only the one to be used in the folder",
            doses.len()
        )));
    };
    let fitting: Vec<_> =
        study.structure_sets.iter().filter(|set| set.frame_of_reference == dose.frame_of_reference).collect();
    let [set] = fitting.as_slice() else {
        return Err(Failure::input(format!(
            "{} of the study's {} structure sets lie in the dose's frame of reference, and this needs one",
            fitting.len(),
            study.structure_sets.len()
        )));
    };
    watch.step(Step::Structures)?;
    let slice_mm = study.series.iter().find_map(|s| s.volume.as_ref().ok().map(|v| v.grid.spacing[2]));
    let region_options = RegionOptions { slice_mm, ..RegionOptions::default() };
    let options = DvhOptions { outside: Outside::Exclude, ..DvhOptions::default() };
    // without a prescription the volumes at a share of it mean nothing and are left out
    let prescription = args.prescription.unwrap_or(Gray::ZERO);
    let (mut text, mut rows, mut csv) = (String::new(), Vec::new(), String::from("structure,dose_Gy,volume_cm3\n"));
    for structure in &set.structures {
        let dvh = Region::from_structure(structure, &region_options)
            .map_err(|error| error.to_string())
            .and_then(|region| Dvh::compute(&dose.volume, &region, &options).map_err(|error| error.to_string()));
        let dvh = match dvh {
            Ok(dvh) => dvh,
            Err(why) => {
                let _ = writeln!(text, "{}: {why}", structure.name);
                rows.push(json!({ "structure": structure.name, "error": why }));
                continue;
            }
        };
        let _ = writeln!(
            text,
            "{} ({:.2} cm³, {:.2} cm³ outside the dose)",
            structure.name, dvh.volume_cm3, dvh.outside_cm3
        );
        let mut entries = serde_json::Map::new();
        for index in table(&dvh, prescription) {
            if args.prescription.is_none() && index.name.starts_with('V') {
                continue;
            }
            let value = index.value.map_or("—".to_owned(), |value| format!("{value:.3}"));
            let _ = writeln!(text, "  {:<8} {value:>10} {}", index.name, index.unit);
            entries.insert(index.name, json!({ "value": index.value, "unit": index.unit.to_string() }));
        }
        rows.push(json!({ "structure": structure.name, "volume_cm3": dvh.volume_cm3, "outside_cm3": dvh.outside_cm3,
            "indices": Value::Object(entries) }));
        for (gray, cm3) in dvh.cumulative(dvh.max, 200) {
            let _ = writeln!(csv, "\"{}\",{:.4},{cm3:.5}", structure.name.replace('"', "\"\""), gray.value());
        }
    }
    if let Some(out) = &args.out {
        write_file(out, csv.as_bytes())?;
    }
    Ok(Answer::new(text, Value::Array(rows)))
}
