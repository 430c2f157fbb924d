//! The verbs around `verify`, run as a user runs them.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::process::Output;

use common::{Bench, Study, dosewright, shared};
use serde_json::Value;

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn json(arguments: &[&str]) -> Value {
    let mut all = vec!["--json"];
    all.extend(arguments);
    let output = dosewright(&all);
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_verb_explains_itself_with_an_example() {
    let verbs = ["verify", "reproduce", "inspect", "find-seeds", "dvh", "convert", "simulate"];
    for verb in verbs {
        let output = dosewright(&[verb, "--help"]);
        assert!(output.status.success());
        assert!(said(&output).contains(&format!("dosewright {verb} ")), "{verb} has no example");
    }
    assert!(said(&dosewright(&["--help"])).contains("Exit codes"));
}

#[test]
fn seed_models_are_listed_shown_and_checked() {
    let list = json(&["seed", "list"]);
    assert!(list.as_array().unwrap().len() >= 20);
    assert_eq!(json(&["seed", "show", "6711"])["dose_rate_constant_cgy_per_h_u"], 0.965);
    let bench = Bench::new();
    let file = bench.path("ours.toml");
    fs::write(&file, "title = \"x\"\n").unwrap();
    let refused = dosewright(&["seed", "check", file.to_str().unwrap()]);
    let text = said(&refused);
    assert_eq!(refused.status.code(), Some(3), "{text}");
    // everything that is missing at once
    for word in ["nuclide", "dose_rate_constant"] {
        assert!(text.contains(word), "'{word}' is not in: {text}");
    }
}

#[test]
fn a_hospitals_own_criteria_are_used() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    let pack = "id = \"ours\"\nversion = \"1\"\ntitle = \"Ours\"\ntitle_zh = \"本院\"\nsource = \"us\"\nnuclide = \"I-125\"\n\
        [[structure]]\nkey = \"t\"\nname = \"Target\"\nname_zh = \"靶区\"\npatterns = [\"prostate\"]\n\
        [[clause]]\nid = \"c\"\nstructure = \"t\"\nindex = \"D90\"\nat_least = 100000\nunit = \"Gy\"\nseverity = \"required\"\n\
        text = \"x\"\ntext_zh = \"x\"\nsource = \"us\"\n";
    let file = bench.path("ours.toml");
    fs::write(&file, pack).unwrap();
    assert_eq!(json(&["criteria", "check", file.to_str().unwrap()])["id"], "ours");
    let output = bench.verify(&["--criteria", file.to_str().unwrap(), "--lang", "en", "--strict"]);
    // what the hospital requires is not met, and --strict says so
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    fs::write(&file, pack.replace("D90", "D9999")).unwrap();
    let refused = dosewright(&["criteria", "check", file.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(said(&refused).contains("D9999"));
}

#[test]
fn a_study_is_inspected_and_converted() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    let study = json(&["inspect", bench.case().to_str().unwrap()]);
    assert_eq!(study["series"][0]["size"], serde_json::json!([80, 80, 24]));
    assert_eq!(study["plans"][0]["seeds"], 32);
    let out = bench.path("nifti");
    let files = json(&["convert", bench.case().to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let names: Vec<&str> = files["files"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(names.contains(&"ct-1.nii.gz") && names.contains(&"structure-1-Prostate.nii.gz"), "{names:?}");
    let ct = image::nifti::read(&fs::read(out.join("ct-1.nii.gz")).unwrap(), image::Unit::Hounsfield).unwrap();
    assert_eq!(ct.grid.size, [80, 80, 24]);
}

#[test]
fn histograms_of_a_planned_dose() {
    let Some(case) = shared("data/dvh-breast") else { return };
    let rows = json(&["dvh", case.to_str().unwrap()]);
    let bed = rows.as_array().unwrap().iter().find(|row| row["structure"] == "Tumor Bed").unwrap();
    // dicompyler-core gives 13.07 cm³, D90 14.16 Gy, mean 14.292 Gy
    let value = |name: &str| bed["indices"][name]["value"].as_f64().unwrap();
    assert!((bed["volume_cm3"].as_f64().unwrap() / 13.07 - 1.0).abs() < 0.02);
    assert!((value("D90") / 14.16 - 1.0).abs() < 0.005, "{}", value("D90"));
    assert!((value("Dmean") / 14.292 - 1.0).abs() < 0.005, "{}", value("Dmean"));
}

#[test]
fn a_made_up_patient_is_verified_from_the_ct_alone() {
    let bench = Bench::new();
    let truth = json(&["simulate", "prostate", "--out", bench.case().to_str().unwrap()]);
    let implanted = truth["seeds"].as_u64().unwrap();
    let output = bench.verify(&["--seeds", "auto", "--lang", "zh"]);
    assert!(output.status.success(), "{}", said(&output));
    let record: Value = serde_json::from_slice(&fs::read(bench.out().join("result.json")).unwrap()).unwrap();
    let found = record["implant"]["seeds"].as_array().unwrap().len() as u64;
    assert!(found.abs_diff(implanted) <= 2, "{found} found, {implanted} implanted");
    let listed = dosewright(&["find-seeds", bench.case().to_str().unwrap(), "--model", "STM1251"]);
    assert!(listed.status.success(), "{}", said(&listed));
    assert!(said(&listed).contains("seeds found"));
}
