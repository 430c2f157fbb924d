//! The post-implant study of a commercial planning system, from its folder to the verified dose.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{Bench, dosewright, shared};
use serde_json::Value;

/// Verifies the case with some arguments; the record, or nothing where the data are missing.
fn record(bench: &Bench, arguments: &[&str]) -> Option<Value> {
    let case = shared("data/seed-implant-ct")?;
    let out = bench.out();
    let mut all = vec!["verify", case.to_str()?, "--prescription", "145Gy", "--lang", "en", "--out", out.to_str()?];
    all.extend(arguments);
    let output = dosewright(&all);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&fs::read_to_string(out.join("result.json")).unwrap()).ok()
}

fn index(record: &Value, name: &str) -> f64 {
    let target = record["structures"].as_array().unwrap().iter().find(|s| s["name"] == "Prostate").unwrap();
    target["indices"][name]["value"].as_f64().unwrap()
}

#[test]
fn the_planned_seeds_give_the_planning_systems_dose() {
    let bench = Bench::new();
    let Some(record) = record(&bench, &["--seeds", "plan"]) else { return };
    let theirs = &record["planning_system"];
    let d90 = theirs["target_d90_gy"].as_f64().unwrap();
    let v100 = theirs["target_v100_percent"].as_f64().unwrap();
    assert!((index(&record, "D90") / d90 - 1.0).abs() < 0.005, "D90 {} against {d90} Gy", index(&record, "D90"));
    assert!((index(&record, "D90") / 154.1 - 1.0).abs() < 0.005, "D90 {} against 154.1 Gy", index(&record, "D90"));
    assert!((index(&record, "V100") - v100).abs() < 0.5, "V100 {} against {v100} %", index(&record, "V100"));
    let ratio = theirs["point_ratio"]["median"].as_f64().unwrap();
    assert!((0.995..=1.005).contains(&ratio), "median point ratio {ratio}");
}

#[test]
fn found_seeds_give_the_dose_within_two_percent() {
    let bench = Bench::new();
    let arguments = ["--seeds", "auto", "--model", "STM1251", "--strength", "0.621U", "--count", "54"];
    let Some(record) = record(&bench, &arguments) else { return };
    let d90 = record["planning_system"]["target_d90_gy"].as_f64().unwrap();
    assert!((index(&record, "D90") / d90 - 1.0).abs() < 0.02, "D90 {} against {d90} Gy", index(&record, "D90"));
    assert!(record["implant"]["seeds"].as_array().unwrap().len() >= 52);
}

#[test]
fn the_same_inputs_give_the_same_bytes_on_any_number_of_threads() {
    let bench = Bench::new();
    if record(&bench, &["--threads", "1"]).is_none() {
        return;
    }
    let result = bench.out().join("result.json");
    let copy = bench.path("dose-again.dcm");
    let output =
        dosewright(&["reproduce", result.to_str().unwrap(), "--threads", "2", "--out", copy.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read(copy).unwrap(), fs::read(bench.out().join("dose.dcm")).unwrap());
}
