//! The report of a real implant: its CT, contours, planned seeds and the planning system's own dose.

mod phantom;

use std::path::{Path, PathBuf};

use dosewright_report::Language;
use dosewright_report::verification::{Fonts, Origin, Seed, SeedGroup, SeedSource, Verification, pdf};
use image::Volume;
use image::study::import;

#[test]
fn a_real_case_fits_in_three_megabytes_and_names_its_structures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/seed-implant-ct");
    if !folder.is_dir() {
        return println!("skipped: ../shared/data/seed-implant-ct is missing");
    }
    let study = import(&folder, &|_, _| {}).expect("a study");
    let ct: &Volume = study.ct().expect("a CT").volume.as_ref().expect("a volume");
    let structures = &study.structure_sets[0].structures;
    let plan = study.implant_plan().expect("a plan");
    let target = structures.iter().find(|s| s.name.to_lowercase().contains("prost")).expect("a prostate");

    let phantom = phantom::Phantom::new();
    for language in [Language::Chinese, Language::English] {
        let mut report = Verification {
            ct: Some(ct),
            dose: &study.doses[0].volume,
            structures,
            target: Some(target.number),
            ..phantom.report(language)
        };
        report.seeds = plan
            .seeds
            .iter()
            .enumerate()
            .map(|(i, seed)| Seed {
                number: i + 1,
                centre: seed.position,
                axis: seed.axis,
                confidence: None,
                origin: Origin::Plan,
                group: 0,
                note: String::new(),
            })
            .collect();
        report.implant.groups = vec![SeedGroup { count: plan.seeds.len(), ..report.implant.groups[0].clone() }];
        report.implant.seeds_from = SeedSource::Plan;
        report.implant.expected_count = None;
        let bytes = pdf(&report, language, &Fonts::embedded()).expect("a report");
        assert!(bytes.len() < 3_000_000, "{} bytes", bytes.len());
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("real.{language}.pdf"));
        std::fs::write(&path, &bytes).expect("the target folder can be written");
        let Ok(output) = std::process::Command::new("pdftotext").arg(&path).arg("-").output() else {
            return println!("skipped: pdftotext is missing (Debian package poppler-utils)");
        };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        for structure in structures {
            assert!(text.contains(structure.name.trim()), "{} is not in the legend", structure.name);
        }
    }
}
