//! A data folder is made, judged, copied, brought back, sealed anew and examined by the program as a user runs it; some runs are killed.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::dosewright;
use serde_json::Value;

const UNTIL: &str = "2026-06-30";

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs, and expects an exit code.
fn run(exit: i32, arguments: &[&str]) -> String {
    let output = dosewright(arguments);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {text}");
    assert!(!text.contains("panicked"), "{text}");
    text
}

fn json(arguments: &[&str]) -> Value {
    let mut all = vec!["--json"];
    all.extend(arguments);
    serde_json::from_str(&run(0, &all)).unwrap()
}

/// A made-up data folder, with places beside it.
struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new(seed: &str) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        let made = json(&["made-up", "--data", &home.data(), "--seed", seed, "--until", UNTIL, "--small"]);
        assert_eq!(made["logins"].as_array().unwrap().len(), 5);
        assert!(made["entries"].as_u64().unwrap() > 300, "{made}");
        home
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn data(&self) -> String {
        self.at("data")
    }

    fn keys(&self) -> String {
        self.at("data/identity.keys")
    }
}

/// The last entry of a folder's ledger, once all of it is found sound.
fn head(data: &str) -> String {
    json(&["audit", "verify", "--data", data])["head"].to_string()
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Names of the copies in a folder of backups.
fn copies(folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.starts_with("20"));
    names.sort();
    names
}

/// Norms and indicators of a folder, as machines read them.
fn figures(data: &str) -> Vec<Value> {
    let mut all = vec![json(&["norms", "check", "--data", data, "--on", UNTIL])];
    for pack in ["seeds-2022", "ablation-2022", "nuclear-2025"] {
        all.push(json(&[
            "indicators",
            "--data",
            data,
            "--pack",
            pack,
            "--from",
            "2025-01-01",
            "--to",
            UNTIL,
            "--group",
            "month",
        ]));
    }
    all
}

#[test]
fn a_hospital_is_judged_clause_by_clause() {
    let home = Home::new("5");
    let data = home.data();
    run(3, &["made-up", "--data", &data, "--small"]);
    let check = ["norms", "check", "--data", &data, "--on", UNTIL];
    let both = run(0, &check);
    for words in [
        "G07-2022",
        "G08-2022",
        "三(二)",
        "术后放射剂量验证率",
        "The dose is verified after more than 80 %",
        "示范医院",
    ] {
        assert!(both.contains(words), "'{words}' is not in:\n{both}");
    }
    let strict = run(4, &[&check[..], &["--strict", "--lang", "zh"]].concat());
    assert!(strict.contains("不符合") && !strict.contains("not met"), "{strict}");
    let english = run(0, &[&check[..], &["--lang", "en"]].concat());
    assert!(english.contains("not met") && !english.contains("不符合"), "{english}");
    let judged = json(&check);
    let norms = judged["norms"].as_array().or_else(|| judged["packs"].as_array());
    assert!(norms.is_none_or(|norms| norms.len() == 2), "{judged}");
    run(0, &[&check[..], &["--hospital", "PDY000001"]].concat());
    assert!(run(3, &[&check[..], &["--hospital", "nowhere"]].concat()).contains("PDY000001"));

    let asked = ["indicators", "--data", &data, "--pack", "seeds-2022", "--from", "2025-07-01", "--to", UNTIL];
    let whole = json(&asked);
    let of = |code: &str| whole["figures"].as_array().unwrap().iter().find(|one| one["code"] == code).unwrap().clone();
    let treated = of("5.1.7.2")["denominator"].as_u64().unwrap();
    assert!((8..=13).contains(&treated), "{treated}");
    assert_eq!(of("5.1.7.4.2.1")["missing"], "definition");
    let months = json(&[&asked[..], &["--group", "month"]].concat());
    let by_month: u64 = months["figures"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["code"] == "5.1.7.2")
        .filter_map(|one| one["denominator"].as_u64())
        .sum();
    assert!(by_month >= treated, "a patient counts in each month");
    assert!(run(0, &asked).contains("术前制订治疗计划率"));
    assert!(run(3, &["indicators", "--data", &data, "--pack", "none"]).contains("seeds-2022"));
    let backwards =
        ["indicators", "--data", &data, "--pack", "seeds-2022", "--from", "2026-02-01", "--to", "2026-01-01"];
    assert!(run(3, &backwards).contains("after the last"));
    assert!(run(3, &["norms", "check", "--data", &home.at("nothing")]).contains("holds no dosewright.db"));
}

#[test]
fn a_data_folder_is_brought_back_from_its_backup() {
    let home = Home::new("6");
    let (data, to) = (home.data(), home.at("backups"));
    fs::create_dir(home.at("data/forms")).unwrap();
    let own = r#"{"x-extends":"follow_up","properties":{"x_pain":{"x-zh":"疼痛","x-en":"Pain","type":"integer","$comment":"ours"}}}"#;
    fs::write(home.at("data/forms/pain.json"), own).unwrap();
    let before = (figures(&data), head(&data));
    // while somebody serves: a backup only reads
    let served = fs::File::create(home.at("data/lock")).unwrap();
    served.try_lock().unwrap();
    let text = run(0, &["backup", "--data", &data, "--to", &to]);
    assert!(text.contains("NOT in the backup") && text.contains("身份密钥"), "{text}");
    assert!(run(3, &["keys", "rotate", "--data", &data]).contains("another Dosewright"));
    assert!(run(3, &["doctor", "--data", &data, "--rebuild"]).contains("another Dosewright"));
    drop(served);
    let secret = fs::read_to_string(home.keys()).unwrap();
    let secret = secret.lines().last().unwrap().split(' ').next_back().unwrap().to_owned();
    let bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&secret[2 * at..2 * at + 2], 16).unwrap()).collect();
    for path in files(Path::new(&to)) {
        let content = fs::read(&path).unwrap();
        let holds = |part: &[u8]| content.windows(part.len()).any(|window| window == part);
        assert!(!holds(secret.as_bytes()) && !holds(&bytes), "the key is in {}", path.display());
    }

    // the second copies only what is new
    std::thread::sleep(Duration::from_millis(1100));
    let again = json(&["backup", "--data", &data, "--to", &to]);
    assert_eq!((again["new_objects"].as_u64(), again["new_bytes"].as_u64()), (Some(0), Some(0)));
    assert!(again["objects"].as_u64().unwrap() > 5, "{again}");
    assert_eq!(copies(&to).len(), 2);
    // a file of the backup that rotted is found by its size, or by reading it
    let objects: Vec<PathBuf> = files(&Path::new(&to).join("objects"));
    let rotten = &objects[0];
    let whole = fs::read(rotten).unwrap();
    let mut spoiled = whole.clone();
    spoiled[0] ^= 1;
    fs::remove_file(rotten).unwrap();
    fs::write(rotten, &spoiled).unwrap();
    assert!(
        run(3, &["restore", "--from", &to, "--data", &home.at("new"), "--identity-keys", &home.keys()])
            .contains("damaged")
    );
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(json(&["backup", "--data", &data, "--to", &to, "--full"])["new_objects"], 1);
    assert_eq!(fs::read(rotten).unwrap(), whole);

    // refused, with nothing written
    let restore = |extra: &[&str]| {
        [&["restore", "--from", &to, "--data"][..], extra].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let refused = |extra: &[&str], words: &str| {
        let arguments = restore(extra);
        let text = run(3, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(text.contains(words), "'{words}' is not in: {text}");
        assert!(
            !Path::new(&home.at("new")).exists() && fs::read_dir(home.folder.path()).unwrap().count() <= 3,
            "{extra:?} left something"
        );
    };
    refused(&[&data, "--identity-keys", &home.keys()], "not empty");
    refused(&[&home.at("new")], "--identity-keys");
    fs::write(home.at("wrong.keys"), format!("k1 {}\n", "0".repeat(64))).unwrap();
    refused(&[&home.at("new"), "--identity-keys", &home.at("wrong.keys")], "does not open with these keys");
    fs::remove_file(home.at("wrong.keys")).unwrap();
    let newest = Path::new(&to).join(copies(&to).pop().unwrap());
    let manifest = fs::read_to_string(newest.join("manifest.json")).unwrap();
    let entry = before.1.split("\"hash\":\"").nth(1).unwrap()[..8].to_owned();
    fs::write(newest.join("manifest.json"), manifest.replace(&entry, "00000000")).unwrap();
    refused(&[&home.at("new"), "--identity-keys", &home.keys()], "not sound");
    fs::write(newest.join("manifest.json"), "{}").unwrap();
    refused(&[&home.at("new"), "--identity-keys", &home.keys()], "no manifest");
    fs::write(newest.join("manifest.json"), &manifest).unwrap();
    let database = fs::read(newest.join("dosewright.db")).unwrap();
    let mut altered = database.clone();
    let last = altered.len() - 100;
    altered[last] ^= 1;
    fs::write(newest.join("dosewright.db"), &altered).unwrap();
    refused(&[&home.at("new"), "--identity-keys", &home.keys()], "not what the manifest says");
    fs::write(newest.join("dosewright.db"), &database).unwrap();

    // and restored, with everything that is computed from it
    let new = home.at("new");
    fs::create_dir(&new).unwrap();
    let text = run(0, &["restore", "--from", &to, "--data", &new, "--identity-keys", &home.keys()]);
    assert!(text.contains("items agree with the ledger"), "{text}");
    assert_eq!((figures(&new), head(&new)), before);
    assert_eq!(fs::read_to_string(home.at("new/forms/pain.json")).unwrap(), own);
    assert_eq!(Path::new(&home.at("new/identity.keys")).metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(json(&["doctor", "--data", &new])["sound"], true);
    // an older copy by its name
    let first = Path::new(&to).join(&copies(&to)[0]);
    run(
        0,
        &["restore", "--from", first.to_str().unwrap(), "--data", &home.at("older"), "--identity-keys", &home.keys()],
    );
    // a folder within the other cannot be meant
    assert!(run(3, &["backup", "--data", &data, "--to", &home.at("data/backups")]).contains("lie in each other"));
}

#[test]
fn what_is_wrong_is_found_and_said() {
    let home = Home::new("7");
    let data = home.data();
    let doctor = |exit: i32, about: &str, words: &str| {
        let output = dosewright(&["--json", "doctor", "--data", &data]);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(exit), "{text}");
        let found: Value = serde_json::from_str(&text).unwrap();
        let findings = found["findings"].as_array().unwrap();
        let says = |one: &Value| format!("{} {}", one["says"]["en"], one["todo"]["en"]);
        assert!(
            findings.iter().any(|one| one["about"] == about && says(one).contains(words)),
            "{about} '{words}': {text}"
        );
    };
    doctor(0, "ledger", "agree");
    doctor(0, "derived", "agree");
    doctor(0, "lots", "accounted for");
    doctor(0, "objects", "checked by their content");
    fs::set_permissions(home.keys(), fs::Permissions::from_mode(0o644)).unwrap();
    doctor(3, "keys", "others can read it");
    fs::set_permissions(home.keys(), fs::Permissions::from_mode(0o600)).unwrap();
    let stray = home.at(&format!("data/objects/ab/{}", "0".repeat(62)));
    fs::write(&stray, "nobody's").unwrap();
    doctor(0, "orphans", "8 bytes");
    fs::remove_file(&stray).unwrap();
    let object = files(Path::new(&home.at("data/objects"))).pop().unwrap();
    let whole = fs::read(&object).unwrap();
    let mut altered = whole.clone();
    altered[0] ^= 1;
    fs::remove_file(&object).unwrap();
    doctor(3, "objects", "missing or damaged");
    fs::write(&object, &altered).unwrap();
    doctor(3, "objects", "missing or damaged");
    // trusted by its size, it is not seen
    run(0, &["doctor", "--data", &data, "--quick"]);
    // a backup of it says so, and is made all the same
    let text = run(1, &["backup", "--data", &data, "--to", &home.at("backups")]);
    assert!(text.contains("1 files") && copies(&home.at("backups")).len() == 1, "{text}");
    fs::remove_file(&object).unwrap();
    fs::write(&object, &whole).unwrap();
    run(0, &["doctor", "--data", &data, "--rebuild"]);
    // the file of the database is damaged
    let database = home.at("data/dosewright.db");
    let bytes = fs::read(&database).unwrap();
    let mut altered = bytes.clone();
    let middle = altered.len() / 2 / 4096 * 4096;
    altered[middle..middle + 2000].fill(0xff);
    fs::write(&database, &altered).unwrap();
    let output = dosewright(&["doctor", "--data", &data]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    fs::write(&database, &bytes).unwrap();
    doctor(0, "database", "sound");
}

/// Starts, and kills after a while; gives whether it was still running.
fn killed(arguments: &[&str], after: Duration) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dosewright"))
        .arg("--quiet")
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    let running = child.try_wait().unwrap().is_none();
    let _ = child.kill();
    let _ = child.wait();
    running
}

#[test]
fn a_change_of_keys_killed_at_any_moment_loses_nothing() {
    let home = Home::new("8");
    let data = home.data();
    let before = head(&data);
    let first = fs::read_to_string(home.keys()).unwrap();
    let begun = Instant::now();
    let rotated = json(&["keys", "rotate", "--data", &data, "--old", &home.at("old.keys")]);
    let whole = begun.elapsed();
    assert!(rotated["resealed"].as_u64().unwrap() > 20, "{rotated}");
    assert_eq!(fs::read_to_string(home.keys()).unwrap().lines().filter(|line| !line.starts_with('#')).count(), 1);
    assert_eq!(head(&data), before, "the ledger knows nothing of keys");
    // the old key opens a backup from before, and is kept where it was asked for
    let old = first.lines().last().unwrap();
    assert!(fs::read_to_string(home.at("old.keys")).unwrap().contains(old));
    assert!(!fs::read_to_string(home.keys()).unwrap().contains(old));
    assert!(run(3, &["keys", "rotate", "--data", &data, "--old", &home.at("old.keys")]).contains("is there already"));
    let mut caught = 0;
    for moment in 0..12_u32 {
        caught += u32::from(killed(&["keys", "rotate", "--data", &data], whole * (moment + 1) / 13));
        // whatever it was doing, the key file opens everything
        assert_eq!(head(&data), before, "killed after {moment}/13");
    }
    assert!(caught > 3, "only {caught} of 12 were killed while running");
    run(0, &["keys", "rotate", "--data", &data]);
    let found = json(&["doctor", "--data", &data]);
    assert!(!found.to_string().contains("interrupted"), "{found}");
    assert_eq!(fs::read_to_string(home.keys()).unwrap().lines().filter(|line| !line.starts_with('#')).count(), 1);
}

#[test]
fn a_backup_killed_at_any_moment_leaves_whole_copies_only() {
    let home = Home::new("9");
    let (data, to) = (home.data(), home.at("backups"));
    let backup = ["backup", "--data", &data, "--to", &to];
    let begun = Instant::now();
    run(0, &backup);
    let whole = begun.elapsed();
    fs::remove_dir_all(&to).unwrap();
    let mut caught = 0;
    for moment in 0..10_u32 {
        caught += u32::from(killed(&backup, whole * (moment + 1) / 11));
        for copy in copies(&to) {
            let manifest = Path::new(&to).join(&copy).join("manifest.json");
            let manifest: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
            assert_eq!(manifest["format"], "dosewright-backup", "{copy}");
        }
    }
    assert!(caught > 3, "only {caught} of 10 were killed while running");
    std::thread::sleep(Duration::from_millis(1100));
    run(0, &backup);
    let left: Vec<_> =
        fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert!(left.iter().all(|name| !name.starts_with('.')), "{left:?}");
    for (number, copy) in copies(&to).iter().enumerate() {
        let (from, new) = (Path::new(&to).join(copy), home.at(&format!("new {number}")));
        run(0, &["restore", "--from", from.to_str().unwrap(), "--data", &new, "--identity-keys", &home.keys()]);
        assert_eq!(head(&new), head(&data));
    }
}
