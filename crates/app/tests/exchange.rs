//! What leaves a data folder and what comes into it, by the program as a user runs it.

#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Output;

use common::dosewright;
use jiff::Timestamp;
use records::store::{CaseQuery, RecordQuery};
use records::{About, Change, Commit, Item, Record, Store as _, Technique};
use serde_json::Value;

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn run(exit: i32, arguments: &[&str]) -> String {
    let output = dosewright(arguments);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {text}");
    text
}

fn json(arguments: &[&str]) -> Value {
    let mut all = vec!["--json"];
    all.extend(arguments);
    serde_json::from_str(&run(0, &all)).unwrap()
}

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        json(&["made-up", "--data", &home.at("data"), "--seed", "3", "--until", "2026-06-30", "--small"]);
        home
    }

    fn at(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }
}

/// All files of a ZIP, one after another.
fn content(path: &str) -> String {
    let mut zip = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut all = String::new();
    for at in 0..zip.len() {
        let mut bytes = Vec::new();
        zip.by_index(at).unwrap().read_to_end(&mut bytes).unwrap();
        all.push_str(&String::from_utf8_lossy(&bytes));
    }
    all
}

fn table(path: &str, name: &str) -> Vec<Vec<String>> {
    let mut zip = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    // the made-up tables that are read here have no quoted cells with commas
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// Withdraws the reports of the cases treated last, so that there is something to send.
fn withdraw_reports(data: &str, cases: usize) {
    let work = async {
        let keys = fs::read_to_string(format!("{data}/identity.keys")).unwrap();
        let path = format!("{data}/dosewright.db");
        let store = store::SqliteStore::open(&path, store::Keys::parse(&keys).unwrap()).await.unwrap();
        let mut rows = store.cases(&CaseQuery { limit: 200, ..CaseQuery::default() }).await.unwrap().rows;
        rows.retain(|row| row.case.technique == Technique::SeedImplant);
        rows.sort_by_key(|row| std::cmp::Reverse(row.case.implanted_on));
        for row in rows.iter().take(cases) {
            let about = Some(About::Case(row.case.id));
            let forms = vec!["province_upload".to_owned()];
            let query = RecordQuery { about, forms, limit: 100, ..RecordQuery::default() };
            for before in store.records(&query).await.unwrap().rows {
                let after = Record { version: before.version + 1, withdrawn: true, ..before.clone() };
                let (who, at) = (Some(before.created_by), Timestamp::now());
                let changes = vec![Change::Replace { before: Item::Record(before), after: Item::Record(after) }];
                store.commit(Commit { who, at, why: "误填".into(), changes, work: Vec::new() }).await.unwrap();
            }
        }
        store.close().await;
    };
    tokio::runtime::Runtime::new().unwrap().block_on(work);
}

#[test]
fn a_year_leaves_as_tables_study_fhir_and_package() {
    let home = Home::new();
    let data = home.at("data");
    let tables = home.at("register.zip");
    let made = json(&["export", "tables", "--data", &data, "--identity", "--out", &tables]);
    assert_eq!(fs::metadata(&tables).unwrap().permissions().mode() & 0o777, 0o600);
    let patients = table(&tables, "patients.csv");
    assert_eq!(patients[0][1..3], ["patient_number", "name"]);
    assert!(patients.len() > 10 && made["cases"].as_u64().unwrap() > 20, "{made}");

    let study = home.at("study.zip");
    let exported = json(&["export", "study", "--data", &data, "--policy", "shifted", "--out", &study]);
    assert!(exported["cases"].as_u64().unwrap() > 20, "{exported}");
    let key = PathBuf::from(&data).join("exchange.key");
    assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = content(&study);
    for patient in &patients[1..] {
        for secret in [&patient[0], &patient[1], &patient[2]] {
            assert!(!text.contains(secret.as_str()), "{secret}");
        }
    }
    let again = json(&["export", "study", "--data", &data, "--policy", "shifted", "--out", &study]);
    assert_eq!(again["key_mark"], exported["key_mark"]);
    run(3, &["export", "study", "--data", &data, "--policy", "none", "--out", &study]);

    let cases = table(&tables, "cases.csv");
    let bundle = home.at("case.json");
    for case in cases[1..].iter().take(5) {
        json(&["export", "fhir", "--data", &data, "--case", &case[1], "--named", "--out", &bundle]);
        let read: Value = serde_json::from_slice(&fs::read(&bundle).unwrap()).unwrap();
        assert_eq!(exchange::fhir::check(&read), Vec::<String>::new());
    }
    run(3, &["export", "fhir", "--data", &data, "--case", "none", "--out", &bundle]);

    withdraw_reports(&data, 3);
    let period = ["--data", data.as_str(), "--from", "2025-01-01", "--until", "2026-06-30"];
    let package = home.at("package.json");
    let with = |more: &[&str]| -> Vec<String> {
        ["export", "province"].iter().chain(&period).chain(more).map(|one| (*one).to_owned()).collect()
    };
    let checked = dosewright(&with(&["--check"]).iter().map(String::as_str).collect::<Vec<_>>());
    assert!(matches!(checked.status.code(), Some(0 | 3)), "{}", said(&checked));
    let mut arguments = with(&["--check"]);
    arguments.insert(0, "--json".to_owned());
    let checked = dosewright(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let found: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(found["ready"].as_array().unwrap().len(), 3, "{found}");
    let wrong: Vec<&str> = found["wrong"].as_array().unwrap().iter().filter_map(|one| one["case"].as_str()).collect();
    let wrong = if wrong.is_empty() { "-".to_owned() } else { wrong.join(",") };
    let sheet = home.at("package.xlsx");
    let send = with(&["--as", "quality", "--out", &package, "--xlsx", &sheet, "--leave-out", &wrong]);
    let nobody = with(&["--as", "custodian", "--out", &package, "--leave-out", &wrong]);
    assert!(run(3, &nobody.iter().map(String::as_str).collect::<Vec<_>>()).contains("quality"));
    let sent = json(&send.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(sent["cases"].as_u64().unwrap() as usize, found["ready"].as_array().unwrap().len());
    let read: Value = serde_json::from_slice(&fs::read(&package).unwrap()).unwrap();
    let schema: Value = serde_json::from_str(exchange::province::SCHEMA).unwrap();
    assert!(jsonschema::options().should_validate_formats(true).build(&schema).unwrap().is_valid(&read));
    assert!(fs::read(&sheet).unwrap().starts_with(b"PK"));
    // sent once, they wait for an answer
    run(3, &send.iter().map(String::as_str).collect::<Vec<_>>());

    // the ledger is sound, the doctor looks at the key, and no backup has it
    json(&["audit", "verify", "--data", &data]);
    let backups = home.at("backups");
    json(&["backup", "--data", &data, "--to", &backups]);
    let secret = fs::read_to_string(&key).unwrap();
    let copied = std::process::Command::new("grep").args(["-rlF", secret.trim(), &backups]).output().unwrap();
    assert!(copied.stdout.is_empty(), "{}", said(&copied));
    assert!(run(0, &["doctor", "--data", &data]).contains("study exports"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(run(3, &["doctor", "--data", &data]).contains("exchange.key"));
    fs::write(&key, "nothing").unwrap();
    run(3, &["export", "study", "--data", &data, "--policy", "shifted", "--out", &study]);
}

/// What one hospital exports another brings in: the cases of the tables, by the tables' own headers.
#[test]
fn what_leaves_one_register_enters_another() {
    let home = Home::new();
    let data = home.at("data");
    let tables = home.at("register.zip");
    json(&["export", "tables", "--data", &data, "--identity", "--out", &tables]);
    let (cases, patients) = (table(&tables, "cases.csv"), table(&tables, "patients.csv"));
    let column = |name: &str| cases[0].iter().position(|one| one == name).unwrap();
    let there: Vec<&Vec<String>> = cases[1..].iter().filter(|case| case[column("withdrawn")] == "false").collect();
    let treated = there.iter().filter(|case| !case[column("treated_on")].is_empty()).count();
    let sheet = |prefix: &str| {
        let mut sheet = String::from("住院号,姓名,性别,出生日期,病例编号,手术日期,技术,途径,方法,部位\n");
        for case in &there {
            let patient = patients.iter().find(|one| one[0] == case[column("patient_id")]).unwrap();
            let names = ["case_number", "treated_on", "technique", "route", "method", "site"];
            let [number, rest @ ..] = names.map(|name| case[column(name)].as_str());
            let who = [&patient[1], &patient[2], &patient[4], &patient[3]].map(String::as_str).join(",");
            writeln!(sheet, "{prefix}{who},{prefix}{number},{}", rest.join(",")).unwrap();
        }
        sheet
    };
    let file = home.at("cases.csv");
    fs::write(&file, sheet("")).unwrap();
    // into the same register: everything is there already
    let seen = json(&["import", &file, "--data", &data]);
    assert_eq!((seen["cases"].as_u64(), seen["duplicates"].as_u64()), (Some(0), Some(treated as u64)), "{seen}");

    // into one that has people, but other cases: numbers are changed so that they are new
    let other = home.at("other");
    json(&["made-up", "--data", &other, "--seed", "4", "--until", "2026-06-30", "--small"]);
    fs::write(&file, sheet("X-")).unwrap();
    let columns = home.at("columns.json");
    let seen = json(&["import", &file, "--data", &other, "--write-mapping", &columns]);
    let taken = json(&["import", &file, "--data", &other, "--mapping", &columns, "--take", "--as", "quality"]);
    assert_eq!(taken["cases"], seen["cases"], "{taken}");
    assert!(taken["cases"].as_u64().unwrap() > 0, "{taken}");
    let again = json(&["import", &file, "--data", &other, "--mapping", &columns, "--take", "--as", "quality"]);
    assert_eq!((&again["cases"], &again["duplicates"]), (&Value::from(0), &taken["cases"]), "{again}");
    run(3, &["import", &file, "--data", &other, "--take", "--as", "physician"]);
    run(2, &["import", &file, "--data", &other, "--take"]);
    run(3, &["import", &home.at("none.xlsx"), "--data", &other]);
    json(&["audit", "verify", "--data", &other]);
    let tables = home.at("other.zip");
    let exported = json(&["export", "tables", "--data", &other, "--identity", "--out", &tables]);
    assert!(exported["cases"].as_u64().unwrap() > taken["cases"].as_u64().unwrap(), "{exported}");
    assert!(table(&tables, "patients.csv").iter().any(|one| one[1].starts_with("X-")));
}

#[test]
fn the_verbs_explain_themselves_with_an_example() {
    for verb in
        [&["export", "tables"][..], &["export", "study"], &["export", "fhir"], &["export", "province"], &["import"]]
    {
        let mut arguments = verb.to_vec();
        arguments.push("--help");
        let text = run(0, &arguments);
        assert!(text.contains(&format!("dosewright {} ", verb.join(" "))), "{text}");
    }
}
