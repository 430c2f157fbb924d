//! What cannot be used is refused with a sentence that says what to do, and leaves nothing behind.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{Bench, Study};

const RX: [&str; 2] = ["--prescription", "145Gy"];

#[test]
fn a_good_case_is_verified() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    let output = bench.verify(&["--lang", "en"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in ["report.en.pdf", "dose.dcm", "plan.dcm", "result.json", "dvh.csv", "seeds.csv"] {
        assert!(fs::metadata(bench.out().join(name)).unwrap().len() > 200, "{name}");
    }
}

#[test]
fn an_empty_folder() {
    let bench = Bench::new();
    fs::create_dir(bench.case()).unwrap();
    bench.refused(&RX, 3, &["holds no files", "export"]);
}

#[test]
fn no_folder_at_all() {
    Bench::new().refused(&RX, 3, &["there is no folder"]);
}

#[test]
fn no_ct() {
    let bench = Bench::new();
    Study { with_ct: false, ..Study::default() }.write(&bench.case());
    bench.refused(&RX, 3, &["no CT", "add the CT series"]);
}

#[test]
fn structures_of_another_frame_of_reference() {
    let bench = Bench::new();
    Study { structure_frame: "1.2.826.0.1.3680043.10.1.999", ..Study::default() }.write(&bench.case());
    bench.refused(&RX, 3, &["frame of reference", "1.2.826.0.1.3680043.10.1.999", "export the structures"]);
}

#[test]
fn half_a_series_at_the_end() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    for n in 12..24 {
        fs::remove_file(bench.case().join(format!("ct{n:03}.dcm"))).unwrap();
    }
    bench.refused(&RX, 3, &["Prostate", "whole series"]);
}

#[test]
fn every_second_slice_gone_but_one() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    for n in [9, 10, 15] {
        fs::remove_file(bench.case().join(format!("ct{n:03}.dcm"))).unwrap();
    }
    bench.refused(&RX, 3, &["3 slice(s) are missing", "export the whole series"]);
}

#[test]
fn a_truncated_slice() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    let path = bench.case().join("ct012.dcm");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    bench.refused(&RX, 3, &["ct012.dcm"]);
}

#[test]
fn a_truncated_plan_is_not_half_an_implant() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    let path = bench.case().join("plan.dcm");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();
    bench.refused(&RX, 3, &["plan"]);
}

#[test]
fn a_random_binary_file_beside_a_good_study_is_only_mentioned() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    let noise: Vec<u8> = (0..20_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    fs::write(bench.case().join("noise.bin"), noise).unwrap();
    let output = bench.verify(&["--prescription", "145Gy", "--lang", "en"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let record = fs::read_to_string(bench.out().join("result.json")).unwrap();
    assert!(record.contains("noise.bin"));
}

#[test]
fn nothing_but_a_random_binary_file() {
    let bench = Bench::new();
    fs::create_dir(bench.case()).unwrap();
    fs::write(bench.case().join("noise.bin"), [7_u8; 5000]).unwrap();
    bench.refused(&RX, 3, &["noise.bin", "DICOM"]);
}

#[test]
fn ten_thousand_seeds() {
    let bench = Bench::new();
    let seeds =
        (0..10_000).map(|n| [f64::from(n % 20) - 10.0, f64::from(n / 20 % 20) - 10.0, f64::from(n / 400) - 12.0]);
    Study { seeds: seeds.collect(), ..Study::default() }.write(&bench.case());
    bench.refused(&RX, 3, &["10000 seeds", "give 10000 as the number of seeds implanted (option --count"]);
}

#[test]
fn zero_seeds() {
    let bench = Bench::new();
    Study { with_plan: false, ..Study::default() }.write(&bench.case());
    bench.refused(&RX, 3, &["no plan", "found on the CT"]);
    // the CT of this small study shows none either
    bench.refused(
        &["--prescription", "145Gy", "--seeds", "auto", "--model", "STM1251", "--strength", "0.621U"],
        3,
        &["no seed was found"],
    );
    bench.refused(&["--prescription", "145Gy", "--count", "0"], 2, &["at least one seed"]);
}

#[test]
fn a_seed_far_outside_the_patient() {
    let bench = Bench::new();
    let mut study = Study::default();
    study.seeds.push([0.0, 0.0, 5000.0]);
    study.write(&bench.case());
    bench.refused(&RX, 3, &["seed 33", "from the target"]);
}

#[test]
fn no_prescription() {
    let bench = Bench::new();
    Study { prescription: None, ..Study::default() }.write(&bench.case());
    bench.refused(&[], 3, &["no prescription", "--prescription 145Gy"]);
}

#[test]
fn a_prescription_without_unit_or_not_positive() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    bench.refused(&["--prescription", "145"], 2, &["no unit", "145Gy"]);
    bench.refused(&["--prescription", "-145Gy"], 2, &["above 0"]);
    bench.refused(&["--prescription", "145U"], 2, &["'U' is not a unit"]);
}

#[test]
fn a_model_that_is_not_known() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    bench.refused(&["--prescription", "145Gy", "--model", "STM9999"], 3, &["STM9999", "stm1251"]);
    let bench = Bench::new();
    Study { source_model: "Wundersamen", ..Study::default() }.write(&bench.case());
    bench.refused(&RX, 3, &["Wundersamen", "--model", "seed list"]);
}

#[test]
fn a_strength_with_the_wrong_unit() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    bench.refused(&["--prescription", "145Gy", "--strength", "0.621Gy"], 2, &["'Gy'", "0.621U"]);
    bench.refused(&["--prescription", "145Gy", "--strength", "0.621"], 2, &["no unit"]);
    bench.refused(&["--prescription", "145Gy", "--strength", "-0.621U"], 2, &["above 0"]);
}

#[test]
fn a_negative_spacing() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    bench.refused(&["--prescription", "145Gy", "--grid", "-1mm"], 2, &["a dose grid of -1 mm", "--grid 1mm"]);
    for n in 0..24 {
        let path = bench.case().join(format!("ct{n:03}.dcm"));
        let mut bytes = fs::read(&path).unwrap();
        // (0028,0030) PixelSpacing, implicit VR: tag, length, then the text
        let at = bytes.windows(4).position(|window| window == [0x28, 0, 0x30, 0]).unwrap();
        let length = usize::from(bytes[at + 4]);
        let text = format!("{:<length$}", "-1\\1");
        bytes[at + 8..at + 8 + length].copy_from_slice(&text.as_bytes()[..length]);
        fs::write(&path, bytes).unwrap();
    }
    bench.refused(&RX, 3, &["PixelSpacing", "-1"]);
}

#[test]
fn an_output_folder_that_is_in_use() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    fs::create_dir(bench.out()).unwrap();
    fs::write(bench.out().join("thesis.txt"), "mine").unwrap();
    bench.refused(&["--prescription", "145Gy", "--replace"], 3, &["will not touch it"]);
    assert_eq!(fs::read_to_string(bench.out().join("thesis.txt")).unwrap(), "mine");
}

#[test]
fn a_target_that_is_not_there() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    bench.refused(&["--prescription", "145Gy", "--target", "Lebel"], 3, &["Lebel", "Prostate", "--target"]);
}

#[test]
fn errors_for_machines_are_json() {
    let bench = Bench::new();
    let output = bench.verify(&["--prescription", "145Gy", "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["error"]["exit"], 3);
    let output = bench.verify(&["--prescription", "145", "--json"]);
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["error"]["exit"], 2);
}
