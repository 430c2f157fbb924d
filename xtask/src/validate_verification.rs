//! docs/validation/verification.md: the whole path, run as a user runs it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

const HEAD: &str = "\
# Validation: from a study to a verified dose

Written by `make validate`; every figure below is printed by the program named beside it. The parts have pages of their own:
[TG-43](tg43.md), [histograms](dvh.md), [seed finding](seed-finding.md).

";

/// Runs the optimised program on the reference case and the made-up patients.
pub fn page() -> Result<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask lies outside the workspace")?;
    let program = root.join("target/release/dosewright");
    if !program.is_file() {
        return Err("target/release/dosewright is missing; run 'make build' first".to_owned());
    }
    let work = std::env::temp_dir().join(format!("dosewright-validate-{}", std::process::id()));
    std::fs::create_dir_all(&work).map_err(|e| e.to_string())?;
    let page = sections(&program, root, &work);
    // the folder holds nothing but what was made here
    let _ = std::fs::remove_dir_all(&work);
    page
}

fn sections(program: &Path, root: &Path, work: &Path) -> Result<String, String> {
    let mut page = String::from(HEAD);
    let case = root.join("../shared/data/seed-implant-ct");
    if case.is_dir() {
        page.push_str(&reference_case(program, &case, work)?);
    } else {
        page.push_str(
            "The reference case was not there when this page was written: `../shared/data/seed-implant-ct`.\n\n",
        );
    }
    page.push_str(&made_up(program, work)?);
    Ok(page)
}

fn run(program: &Path, arguments: &[&str]) -> Result<Value, String> {
    let output = Command::new(program).arg("--json").args(arguments).output().map_err(|e| e.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        return Err(format!("dosewright {}: {said}", arguments.join(" ")));
    }
    serde_json::from_str(&said).map_err(|e| e.to_string())
}

/// Verifies and returns the record and the seconds it took.
fn verify(program: &Path, case: &Path, out: &Path, more: &[&str]) -> Result<(Value, f64), String> {
    let mut arguments = vec!["verify", text(case)?, "--lang", "zh", "--out", text(out)?];
    arguments.extend(more);
    let began = Instant::now();
    run(program, &arguments)?;
    let seconds = began.elapsed().as_secs_f64();
    let record = std::fs::read_to_string(out.join("result.json")).map_err(|e| e.to_string())?;
    Ok((serde_json::from_str(&record).map_err(|e| e.to_string())?, seconds))
}

fn text(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| "a path is not UTF-8".to_owned())
}

fn index(record: &Value, name: &str) -> f64 {
    let target = &record["target"];
    let structures = record["structures"].as_array().cloned().unwrap_or_default();
    let structure = structures.iter().find(|s| s["name"] == *target).cloned().unwrap_or_default();
    structure["indices"][name]["value"].as_f64().unwrap_or(f64::NAN)
}

/// A table row: what, expected, got, difference, tolerance, where the expectation comes from.
fn row(page: &mut String, what: &str, [expected, got, tolerance]: [f64; 3], percent: bool, source: &str) {
    let difference = if percent { 100.0 * (got / expected - 1.0) } else { got - expected };
    let unit = if percent { " %" } else { "" };
    let mark = if difference.abs() <= tolerance { "within" } else { "**outside**" };
    let _ = writeln!(
        page,
        "| {what} | {expected:.3} | {got:.3} | {difference:+.2}{unit} | {tolerance}{unit}: {mark} | {source} |"
    );
}

fn reference_case(program: &Path, case: &Path, work: &Path) -> Result<String, String> {
    let mut page = String::from(
        "## A post-implant study of a commercial planning system\n\nCT of 36 slices, prostate, 54 × 125I STM1251 of 0.621 U, 145 Gy. \
         Theirs: the planning system's own RTDOSE through our histogram code.\n\n\
         | what | expected | got | difference | tolerance | source of the expectation |\n|---|--:|--:|--:|--:|---|\n",
    );
    let plan_out = work.join("plan");
    let (plan, plan_s) = verify(program, case, &plan_out, &["--prescription", "145Gy", "--seeds", "plan"])?;
    let auto =
        ["--prescription", "145Gy", "--seeds", "auto", "--model", "STM1251", "--strength", "0.621U", "--count", "54"];
    let (auto, auto_s) = verify(program, case, &work.join("auto"), &auto)?;
    let theirs = &plan["planning_system"];
    let d90 = theirs["target_d90_gy"].as_f64().unwrap_or(f64::NAN);
    let v100 = theirs["target_v100_percent"].as_f64().unwrap_or(f64::NAN);
    let median = theirs["point_ratio"]["median"].as_f64().unwrap_or(f64::NAN);
    row(&mut page, "seeds from the plan: D90, Gy", [d90, index(&plan, "D90"), 0.5], true, "their RTDOSE");
    row(
        &mut page,
        "… against the figure published with the data, Gy",
        [154.1, index(&plan, "D90"), 0.5],
        true,
        "the data's notes",
    );
    row(&mut page, "seeds from the plan: V100, %", [v100, index(&plan, "V100"), 0.5], false, "their RTDOSE");
    row(&mut page, "median point dose ratio ≥ 4 mm from seeds", [1.0, median, 0.5], true, "their RTDOSE");
    row(&mut page, "seeds found on the CT: D90, Gy", [d90, index(&auto, "D90"), 2.0], true, "their RTDOSE");
    row(&mut page, "seeds found on the CT: V100, %", [v100, index(&auto, "V100"), 2.0], false, "their RTDOSE");
    let pairs = auto["plan_comparison"]["pairs"].as_array().cloned().unwrap_or_default();
    let near: Vec<f64> = pairs.iter().filter_map(|p| p["distance_mm"].as_f64()).filter(|d| *d <= 3.0).collect();
    let found = auto["implant"]["seeds"].as_array().map_or(0, Vec::len);
    let mean = near.iter().sum::<f64>() / near.len().max(1) as f64;
    let _ = writeln!(
        page,
        "\nOf the plan's 54 seeds (one of which shows no bright spot on the CT) {} were found within 3 mm, mean distance {mean:.2} mm; \
         {} of the {found} found are none of the plan's. The plan's z lie on slice planes 2.5 mm apart, so part of the distance is theirs.\n\n\
         Time from start to finished folder, both cores: {plan_s:.2} s with the plan's seeds, {auto_s:.2} s with the search.\n",
        near.len(),
        found - near.len(),
    );
    let again = run(program, &["reproduce", text(&plan_out.join("result.json"))?, "--threads", "1"])?;
    let _ = writeln!(page, "`dosewright reproduce` on one thread: same bytes: {}.\n", again["same"]);
    Ok(page)
}

fn made_up(program: &Path, work: &Path) -> Result<String, String> {
    let mut page = String::from(
        "## Made-up patients\n\nSimulated CT ([how](../methods/ct-simulation.md)); the seeds are searched without knowing where they are.\n\n\
         | patient | seeds implanted | found | target | prescription, Gy | D90, Gy | V100, % | seconds |\n|---|--:|--:|---|--:|--:|--:|--:|\n",
    );
    for name in ["prostate", "lung", "stent"] {
        let case: PathBuf = work.join(name);
        let truth = run(program, &["simulate", name, "--out", text(&case)?])?;
        let (record, seconds) = verify(program, &case, &work.join(format!("{name}-out")), &["--seeds", "auto"])?;
        let found = record["implant"]["seeds"].as_array().map_or(0, Vec::len);
        let _ = writeln!(
            page,
            "| {name} | {} | {found} | {} | {} | {:.1} | {:.1} | {seconds:.1} |",
            truth["seeds"],
            record["target"].as_str().unwrap_or_default(),
            record["prescription_gy"],
            index(&record, "D90"),
            index(&record, "V100"),
        );
    }
    Ok(page)
}
