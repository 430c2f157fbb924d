//! Real cases with values from other systems.

use std::fmt::Write;
use std::path::Path;

use dose::dvh::{Dvh, DvhOptions, Outside};
use image::{Region, RegionOptions, Structure, Volume};
use physics::Gray;

/// (structure, volume cm³, mean Gy) by dicompyler-core 0.5.6.
const BREAST: [(&str, f64, f64); 4] =
    [("Tumor Bed", 13.07, 14.292), ("Breast", 400.39, 5.582), ("Heart", 440.23, 0.648), ("Lt Lung", 2004.52, 0.906)];

fn dose(path: &Path) -> Result<Volume, String> {
    let file = image::dicom::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(image::rtdose::read(&file).map_err(|e| format!("{}: {e}", path.display()))?.volume)
}

fn structures(path: &Path) -> Result<Vec<Structure>, String> {
    let file = image::dicom::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(image::rtstruct::read(&file).map_err(|e| format!("{}: {e}", path.display()))?.structures)
}

fn histogram(dose: &Volume, structures: &[Structure], name: &str) -> Result<Dvh, String> {
    let structure = structures.iter().find(|s| s.name.contains(name)).ok_or(format!("no structure '{name}'"))?;
    let region = Region::from_structure(structure, &RegionOptions::default()).map_err(|e| e.to_string())?;
    Dvh::compute(dose, &region, &DvhOptions { outside: Outside::Exclude, ..DvhOptions::default() })
        .map_err(|e| e.to_string())
}

/// The real cases.
pub fn section() -> Result<String, String> {
    let say = |e: std::fmt::Error| e.to_string();
    let mut out = String::from("## Real cases\n\n");
    if let Some(folder) = super::reference("dvh-breast") {
        let (dose, drawn) = (dose(&folder.join("rtdose.dcm"))?, structures(&folder.join("rtss.dcm"))?);
        out.push_str("Breast (dicompyler-core's test data), beside dicompyler-core 0.5.6:\n\n");
        out.push_str("| structure | volume, cm³ | theirs | mean, Gy | theirs |\n|---|--:|--:|--:|--:|\n");
        for (name, cm3, mean) in BREAST {
            let dvh = histogram(&dose, &drawn, name)?;
            writeln!(out, "| {name} | {:.2} | {cm3:.2} | {:.3} | {mean:.3} |", dvh.volume_cm3, dvh.mean.value())
                .map_err(say)?;
        }
    } else {
        out.push_str("skipped: ../shared/data/dvh-breast is missing\n");
    }
    if let Some(folder) = super::reference("seed-implant-ct") {
        let (dose, drawn) = (dose(&folder.join("DO001.dcm"))?, structures(&folder.join("SS001.dcm"))?);
        let dvh = histogram(&dose, &drawn, "Prostate")?;
        let d90 = dvh.hottest_percent(90.0).map_or(f64::NAN, Gray::value);
        let v145 = dvh.at_least_percent(Gray::new(145.0));
        writeln!(
            out,
            "\nPermanent prostate implant, dose grid of a commercial planning system (1 × 1 × 2.5 mm): prostate {:.2} cm³, D90 {d90:.2} Gy, \
             V145 {v145:.2} %; independently evaluated from the same dose grid: D90 154.1 Gy, V145 92.76 %.",
            dvh.volume_cm3
        )
        .map_err(say)?;
    } else {
        out.push_str("\nskipped: ../shared/data/seed-implant-ct is missing\n");
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_implant_has_the_indices_others_found() {
        let Some(folder) = super::super::reference("seed-implant-ct") else {
            println!("skipped: ../shared/data/seed-implant-ct is missing");
            return;
        };
        let dose = dose(&folder.join("DO001.dcm")).unwrap();
        let dvh = histogram(&dose, &structures(&folder.join("SS001.dcm")).unwrap(), "Prostate").unwrap();
        assert!((dvh.hottest_percent(90.0).unwrap().value() / 154.1 - 1.0).abs() < 0.005);
        assert!((dvh.at_least_percent(Gray::new(145.0)) - 92.76).abs() < 0.5);
    }

    #[test]
    fn organs_are_as_large_as_others_found() {
        let Some(folder) = super::super::reference("dvh-breast") else {
            println!("skipped: ../shared/data/dvh-breast is missing");
            return;
        };
        let dose = dose(&folder.join("rtdose.dcm")).unwrap();
        let drawn = structures(&folder.join("rtss.dcm")).unwrap();
        for (name, cm3, mean) in BREAST {
            let dvh = histogram(&dose, &drawn, name).unwrap();
            assert!((dvh.volume_cm3 / cm3 - 1.0).abs() < 0.01, "{name}");
            assert!((dvh.mean.value() / mean - 1.0).abs() < 0.01, "{name}");
        }
    }
}
