//! `dosewright find-seeds`: seeds on a CT.

use std::fmt::Write as _;

use image::seeds::{FinderOptions, Language};
use image::study::import;
use physics::SeedLibrary;
use serde_json::json;

use super::{Answer, FindSeedsArgs};
use crate::failure::{Failure, unusable};
use crate::output::write_file;
use crate::verify::search;
use crate::watch::{Step, Watch};

/// Finds them and lists them.
pub fn run(args: &FindSeedsArgs, watch: &dyn Watch) -> Result<Answer, Failure> {
    let library = SeedLibrary::embedded().map_err(unusable)?;
    let model = library.find(&args.model).map_err(unusable)?;
    watch.step(Step::Reading)?;
    let study = import(&args.case, &|done, of| watch.advance(done, of)).map_err(unusable)?;
    let series = study.ct().map_err(unusable)?;
    let ct = series.volume.as_ref().map_err(|error| Failure::input(error.to_string()))?;
    watch.step(Step::Seeds)?;
    let options = FinderOptions {
        capsule_length_mm: model.capsule.length_mm,
        capsule_diameter_mm: model.capsule.diameter_mm,
        expected_count: args.count,
        ..FinderOptions::default()
    };
    let findings = search(ct, &options, watch)?;
    let mut csv = String::from("seed,x_mm,y_mm,z_mm,axis_x,axis_y,axis_z,confidence\n");
    for (seed, number) in findings.seeds.iter().zip(1..) {
        let axis = seed.axis.map_or(",,".to_owned(), |[x, y, z]| format!("{x:.4},{y:.4},{z:.4}"));
        let [x, y, z] = seed.centre;
        let _ = writeln!(csv, "{number},{x:.3},{y:.3},{z:.3},{axis},{:.3}", seed.confidence);
    }
    let mut text = String::new();
    match &args.out {
        Some(out) => write_file(out, csv.as_bytes())?,
        None => text.push_str(&csv),
    }
    let _ = writeln!(
        text,
        "{} seeds found; their brightness is that of {:.1}",
        findings.seeds.len(),
        findings.brightness_count
    );
    for warning in &findings.warnings {
        let _ = writeln!(text, "  ! {}", warning.sentence(Language::English));
    }
    let json = json!({
        "seeds": findings.seeds.iter().map(|s| json!({
            "centre_mm": s.centre, "axis": s.axis, "confidence": s.confidence, "brightness": s.brightness,
        })).collect::<Vec<_>>(),
        "brightness_count": findings.brightness_count,
        "warnings": findings.warnings.iter().map(|w| w.sentence(Language::English)).collect::<Vec<_>>(),
    });
    Ok(Answer::new(text, json))
}
