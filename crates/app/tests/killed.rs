//! A verification killed at any moment leaves the whole result or none.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Bench, Study};

#[test]
fn killed_at_any_moment_it_leaves_all_or_nothing() {
    let bench = Bench::new();
    Study::default().write(&bench.case());
    let (case, out) = (bench.case(), bench.out());
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_dosewright"))
            .args([
                "--quiet",
                "verify",
                case.to_str().unwrap(),
                "--lang",
                "en",
                "--replace",
                "--out",
                out.to_str().unwrap(),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let began = Instant::now();
    assert!(start().wait().unwrap().success());
    let whole = began.elapsed();
    fs::remove_dir_all(&out).unwrap();
    for moment in 0..16_u32 {
        let mut child = start();
        std::thread::sleep(whole * moment / 14 + Duration::from_millis(1));
        // it may be done already
        let _ = child.kill();
        let _ = child.wait();
        if out.exists() {
            for name in ["report.en.pdf", "dose.dcm", "plan.dcm", "result.json", "dvh.csv", "seeds.csv"] {
                assert!(out.join(name).is_file(), "killed after {moment}/14 of its time it left no {name}");
            }
            let record: serde_json::Value =
                serde_json::from_slice(&fs::read(out.join("result.json")).unwrap()).unwrap();
            assert_eq!(record["format"], "dosewright-result");
        }
    }
    assert!(start().wait().unwrap().success());
}
