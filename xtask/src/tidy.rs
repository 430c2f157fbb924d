//! The invariants of ARCHITECTURE.md, checked on the sources themselves.

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms in the order in which they may know one another: a room may use only rooms to its left.
const ROOMS: [&str; 9] = ["physics", "image", "dose", "plan", "records", "store", "report", "exchange", "app"];
/// Crates that no room but `app` may depend on; `store` may use those of [`STORE_CRATES`].
const SERVICE_CRATES: [&str; 9] =
    ["tokio", "sqlx", "hyper", "axum", "reqwest", "rusqlite", "clap", "indicatif", "ctrlc"];
/// Rooms that may know only some of those to their left: what leaves the register is made from records alone, and nobody but the
/// program knows the planner.
const KNOWS: [(&str, &[&str]); 5] = [
    ("exchange", &["records"]),
    ("plan", &["physics", "image", "dose"]),
    ("records", &["physics", "image", "dose"]),
    ("store", &["physics", "image", "dose", "records"]),
    ("report", &["physics", "image", "dose", "records", "store"]),
];
/// What `store` needs to reach a database.
const STORE_CRATES: [&str; 2] = ["tokio", "sqlx"];
/// Modules that may hold `unsafe`: SIMD kernels with a scalar twin tested equal.
const SIMD_MODULES: [&str; 3] =
    ["crates/dose/src/tg43/row.rs", "crates/dose/src/tg43/simd.rs", "crates/dose/benches/limits/mod.rs"];
/// Files over this many lines are more than one room (tables exempt).
const MOST_LINES: usize = 700;

/// Runs every check; the error lists all that is wrong, one finding a line.
pub fn run() -> Result<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask lies outside the workspace")?;
    let files = tracked_files(root)?;
    let mut wrong = Vec::new();
    for room in ROOMS {
        check_manifest(root, room, &mut wrong);
    }
    for file in &files {
        let Ok(text) = fs::read_to_string(root.join(file)) else { continue };
        let name = file.to_string_lossy();
        if name.ends_with(".rs") {
            check_source(&name, &text, &mut wrong);
        }
        if name.starts_with("data/") && name.ends_with(".toml") {
            check_data(&name, &text, &mut wrong);
        }
        check_words(&name, &text, &mut wrong);
    }
    if wrong.is_empty() {
        Ok(format!("tidy: {} files keep the invariants", files.len()))
    } else {
        Err(wrong.join("\n"))
    }
}

fn tracked_files(root: &Path) -> Result<Vec<PathBuf>, String> {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("git ls-files: {error}"))?;
    Ok(String::from_utf8_lossy(&listed.stdout).lines().map(PathBuf::from).collect())
}

/// Direction of dependencies, and no service crate inside the core.
fn check_manifest(root: &Path, room: &str, wrong: &mut Vec<String>) {
    let path = format!("crates/{room}/Cargo.toml");
    let Ok(text) = fs::read_to_string(root.join(&path)) else {
        wrong.push(format!("{path}: missing"));
        return;
    };
    let Ok(manifest) = text.parse::<toml::Table>() else {
        wrong.push(format!("{path}: not TOML"));
        return;
    };
    let rank = ROOMS.iter().position(|other| *other == room).unwrap_or(0);
    let empty = toml::Table::new();
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table).unwrap_or(&empty);
    for name in dependencies.keys() {
        if ROOMS.iter().skip(rank).any(|later| later == name) {
            wrong.push(format!("{path}: {room} must not know {name}"));
        }
        let known = KNOWS.iter().find(|(one, _)| *one == room).map(|(_, known)| *known);
        if known.is_some_and(|known| ROOMS.contains(&name.as_str()) && !known.contains(&name.as_str())) {
            wrong.push(format!("{path}: {room} must not know {name}"));
        }
        let allowed = room == "app" || (room == "store" && STORE_CRATES.contains(&name.as_str()));
        if !allowed && SERVICE_CRATES.contains(&name.as_str()) {
            wrong.push(format!("{path}: {room} may not depend on {name}"));
        }
        if name.starts_with("dicom-") && room != "image" && room != "report" {
            wrong.push(format!("{path}: only image and report know DICOM attributes, not {room}"));
        }
    }
}

fn check_source(name: &str, text: &str, wrong: &mut Vec<String>) {
    let lines = text.lines().count();
    if lines > MOST_LINES && !name.ends_with("_table.rs") {
        wrong.push(format!("{name}: {lines} lines; split it by meaning (at most {MOST_LINES})"));
    }
    let core = name.starts_with("crates/")
        && !name.starts_with("crates/app/")
        && name.contains("/src/")
        && !name.ends_with("/tests.rs");
    for (at, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let mut say = |what: &str| wrong.push(format!("{name}:{}: {what}", at + 1));
        if code.contains("unsafe ")
            && !SIMD_MODULES.contains(&name)
            && !name.contains("/tests/")
            && !name.starts_with("xtask/")
        {
            say("unsafe outside the named SIMD modules");
        }
        if core
            && ["SystemTime", "Instant::now", "Zoned::now", "Timestamp::now", "std::env", "env::var"]
                .iter()
                .any(|word| code.contains(word))
            && !code.contains("env!(")
        {
            say("only app knows the clock, the environment and the command line");
        }
        if core && name.starts_with("crates/dose/src") && code.contains("dicom") {
            say("dose knows no DICOM");
        }
    }
}

/// Every data file says what it is, where it is from and which version it is.
fn check_data(name: &str, text: &str, wrong: &mut Vec<String>) {
    let Ok(table) = text.parse::<toml::Table>() else {
        wrong.push(format!("{name}: not TOML"));
        return;
    };
    for key in ["title", "source", "version"] {
        let present = table.get(key).is_some_and(|value| value.as_str().is_none_or(|text| !text.trim().is_empty()));
        if !present {
            wrong.push(format!("{name}: the header lacks '{key}'"));
        }
    }
}

/// Nothing in the project speaks of how it was made, or of one machine.
fn check_words(name: &str, text: &str, wrong: &mut Vec<String>) {
    if name == "xtask/src/tidy.rs" {
        return;
    }
    for (at, line) in text.lines().enumerate() {
        for word in ["/work/", "todo!(", "unimplemented!(", "FIXME"] {
            if line.contains(word) {
                wrong.push(format!("{name}:{}: '{word}' does not belong here", at + 1));
            }
        }
    }
}
