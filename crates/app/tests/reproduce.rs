//! A result can be computed again, and says so when it is not the same.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{Bench, Study, dosewright};

fn verified() -> Bench {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    let output = bench.verify(&["--lang", "en", "--threads", "1"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    bench
}

#[test]
fn gives_the_same_bytes_also_from_a_moved_folder() {
    let bench = verified();
    let result = bench.out().join("result.json");
    assert!(dosewright(&["reproduce", result.to_str().unwrap()]).status.success());
    let moved = bench.path("moved");
    fs::rename(bench.case(), &moved).unwrap();
    let again = dosewright(&["reproduce", result.to_str().unwrap(), "--case", moved.to_str().unwrap()]);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
}

#[test]
fn names_the_input_that_changed() {
    let bench = verified();
    let path = bench.case().join("ct003.dcm");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    let result = bench.out().join("result.json");
    let refused = dosewright(&["reproduce", result.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains("ct003.dcm has changed"), "{said}");
}

#[test]
fn says_when_the_dose_is_not_the_recorded_one() {
    let bench = verified();
    let result = bench.out().join("result.json");
    let text = fs::read_to_string(&result).unwrap();
    let record: serde_json::Value = serde_json::from_str(&text).unwrap();
    let digest = record["dose"]["sha256"].as_str().unwrap();
    let other: String = digest.chars().rev().collect();
    fs::write(&result, text.replace(digest, &other)).unwrap();
    let refused = dosewright(&["reproduce", result.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("NOT the same"), "{said}");
}

#[test]
fn refuses_what_is_no_result() {
    let bench = Bench::new();
    let path = bench.path("x.json");
    for text in ["", "{}", "[1]", "{\"format\":\"dosewright-result\",\"format_version\":999}"] {
        fs::write(&path, text).unwrap();
        let refused = dosewright(&["reproduce", path.to_str().unwrap()]);
        assert_eq!(refused.status.code(), Some(3), "{text}");
    }
}
