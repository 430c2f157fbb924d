//! Seeds that a person has corrected: read back from what a verification writes, computed, recorded, reproduced.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::process::Output;

use common::{Bench, Study, dosewright};
use serde_json::Value;

const RX: [&str; 2] = ["--prescription", "145Gy"];

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A verified case, its record, and its seeds.csv copied aside.
fn verified() -> (Bench, Value, String) {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    let output = bench.verify(&["--lang", "en", RX[0], RX[1]]);
    assert!(output.status.success(), "{}", said(&output));
    let record = record(&bench);
    let list = fs::read_to_string(bench.out().join("seeds.csv")).unwrap();
    (bench, record, list)
}

fn record(bench: &Bench) -> Value {
    serde_json::from_slice(&fs::read(bench.out().join("result.json")).unwrap()).unwrap()
}

fn given(bench: &Bench, name: &str, list: &str, more: &[&str]) -> Output {
    let file = bench.path(name);
    fs::write(&file, list).unwrap();
    let mut arguments = vec!["--lang", "en", "--replace", RX[0], RX[1], "--seeds", file.to_str().unwrap()];
    arguments.extend(more);
    bench.verify(&arguments)
}

#[test]
fn the_list_that_was_written_gives_the_same_dose() {
    let (bench, first, list) = verified();
    let output = given(&bench, "seeds.csv", &list, &[]);
    assert!(output.status.success(), "{}", said(&output));
    let second = record(&bench);
    assert_eq!(first["dose"]["sha256"], second["dose"]["sha256"]);
    assert_eq!(second["implant"]["seeds_from"], "given");
    // the whole record serves as a list too
    let output = given(&bench, "seeds.json", &serde_json::to_string(&second).unwrap(), &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(first["dose"]["sha256"], record(&bench)["dose"]["sha256"]);
}

#[test]
fn a_corrected_list_is_computed_compared_with_the_plan_and_reproduced() {
    let (bench, first, list) = verified();
    let mut lines: Vec<String> = list.lines().map(str::to_owned).collect();
    // the last is removed, the first moved by 3 mm to the head, one added
    lines.pop();
    lines[1] = lines[1].replacen("-8,-8,-10", "-8,-8,-7", 1).replace(",plan", ",moved");
    assert!(lines[1].contains(",-7,"), "{}", lines[1]);
    lines.push("99,,,0,0,1.5,0,0,1,,,added".to_owned());
    let output = given(&bench, "corrected.csv", &lines.join("\n"), &["--count", "32"]);
    assert!(output.status.success(), "{}", said(&output));
    let second = record(&bench);
    assert_ne!(first["dose"]["sha256"], second["dose"]["sha256"]);
    let seeds = second["implant"]["seeds"].as_array().unwrap();
    assert_eq!(seeds.len(), 32);
    assert_eq!((&seeds[0]["origin"], &seeds[31]["origin"]), (&Value::from("moved"), &Value::from("added")));
    let comparison = &second["plan_comparison"];
    assert_eq!(comparison["pairs"].as_array().unwrap().len(), 31);
    let moved = comparison["pairs"].as_array().unwrap().iter().find(|pair| pair["found"] == 1).unwrap();
    assert!((moved["distance_mm"].as_f64().unwrap() - 3.0).abs() < 1e-9, "{moved}");
    assert_eq!(comparison["found_without_partner"], serde_json::json!([32]));
    let notices = second["notices"].to_string();
    assert!(notices.contains("1 added and 1 moved by hand"), "{notices}");
    assert!(fs::read_to_string(bench.out().join("seeds.csv")).unwrap().contains(",moved\r\n"));
    // without the list: the record holds it
    fs::remove_file(bench.path("corrected.csv")).unwrap();
    let again = dosewright(&["reproduce", bench.out().join("result.json").to_str().unwrap()]);
    assert!(again.status.success(), "{}", said(&again));
}

#[test]
fn a_count_that_is_not_met_and_another_strength_are_told() {
    let (bench, _, list) = verified();
    let output = given(&bench, "seeds.csv", &list, &["--count", "40", "--strength", "0.7U"]);
    assert!(output.status.success(), "{}", said(&output));
    let notices = record(&bench)["notices"].to_string();
    assert!(notices.contains("the list has 32 seeds, 40 were stated"), "{notices}");
    assert!(notices.contains("another model or strength for 32 of them"), "{notices}");
}

#[test]
fn a_list_that_cannot_be_used_is_refused_by_its_row() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    let file = bench.path("list.csv");
    let path = file.to_str().unwrap();
    let cases: [(&[u8], &[&str]); 4] = [
        (b"x_mm,y_mm,z_mm\n1,2,3\n1,2,z\n", &["list.csv", "line 3 (seed 2)", "'z'"]),
        (b"x_mm,y_mm,z_mm\n", &["lists no seeds"]),
        (b"a,b\n", &["line 1", "x_mm"]),
        (b"x_mm,y_mm,z_mm\n1,2,3,\xd6\xd0\n", &["UTF-8"]),
    ];
    for (bytes, words) in cases {
        fs::write(&file, bytes).unwrap();
        bench.refused(&[RX[0], RX[1], "--seeds", path], 3, words);
    }
    fs::write(&file, "x_mm,y_mm,z_mm\n1,2,5000\n").unwrap();
    bench.refused(&[RX[0], RX[1], "--seeds", path], 3, &["seed 1", "from the target"]);
    bench.refused(&[RX[0], RX[1], "--seeds", "none.csv"], 3, &["none.csv cannot be read"]);
    bench.refused(&[RX[0], RX[1], "--seeds", "ct"], 2, &["plan, auto, or the name of a file"]);
}

#[test]
fn without_a_plan_the_list_needs_model_and_strength() {
    let bench = Bench::new();
    Study { with_plan: false, ..Study::default() }.write(&bench.case());
    let file = bench.path("list.json");
    fs::write(&file, r#"[{"centre_mm":[0,0,0]},{"centre_mm":[5,0,0],"axis":[0,0,1]}]"#).unwrap();
    let list = ["--prescription", "145Gy", "--seeds", file.to_str().unwrap()];
    bench.refused(&list, 3, &["need their model", "--model"]);
    bench.refused(&[&list[..], &["--model", "STM1251"]].concat(), 3, &["need the strength of one seed", "--strength"]);
    let output = bench.verify(&[&list[..], &["--model", "STM1251", "--strength", "0.621U", "--lang", "zh"]].concat());
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(record(&bench)["implant"]["seeds"][1]["origin"], "added");
}
