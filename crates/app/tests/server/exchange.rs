//! What leaves the hospital and what comes in: tables, studies, FHIR, the province, other registers.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use axum::http::header;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use records::madeup::{self, Size};
use records::store::{CaseQuery, RecordQuery};
use records::{Change, Commit, Digest, Hospital, Id, Patient};
use serde_json::{Value, json};

use crate::kit::{Answer, Kit, PASSWORD, Session, text};

/// The day after the last of the made-up year.
const NOW: &str = "2026-07-01T04:00:00Z";

/// A made-up hospital's year, its people logged in, and a second hospital with somebody of its own.
struct House {
    kit: Kit,
    hospital: Id<Hospital>,
    people: BTreeMap<String, Session>,
}

impl House {
    async fn new() -> Self {
        let kit = Kit::new().await;
        let now: Timestamp = NOW.parse().unwrap();
        kit.pass(now.duration_since(Timestamp::now()));
        let year = madeup::of_size(3, date(2026, 6, 30), Size::SMALL);
        for content in year.objects.values() {
            kit.app.objects.put(content).await.unwrap();
        }
        for commit in year.commits {
            kit.app.store.commit(commit).await.unwrap();
        }
        let accounts = kit.app.store.accounts().await.unwrap();
        let by = accounts.iter().find(|one| one.login == "admin").map(|one| one.id);
        let mut people = BTreeMap::new();
        for account in accounts {
            let hash = kit.app.passwords.hash(PASSWORD).await.unwrap();
            let changes = vec![Change::SetPassword { account: account.id, hash }];
            let commit = Commit { who: by, at: kit.app.clock.now(), why: String::new(), changes, work: Vec::new() };
            kit.app.store.commit(commit).await.unwrap();
            people.insert(account.login.clone(), kit.log_in(&account.login, PASSWORD).await.into_session());
        }
        let admin = people["admin"].clone();
        let body = json!({ "code": "PDY000002", "name": "另一医院（虚构）" });
        let other = text(&kit.ask(&admin, "POST", "/hospitals", body).await.must(201)["id"]);
        let body = json!({ "login": "stranger", "name": "外人", "roles": ["quality", "physician"], "password": PASSWORD,
            "hospitals": [other] });
        kit.ask(&admin, "POST", "/accounts", body).await.must(201);
        people.insert("stranger".to_owned(), kit.log_in("stranger", PASSWORD).await.into_session());
        Self { kit, hospital: year.hospital, people }
    }

    fn who(&self, login: &str) -> &Session {
        &self.people[login]
    }

    async fn get(&self, login: &str, path: &str) -> Answer {
        self.kit.get(self.who(login), path).await
    }

    /// Names and numbers of all patients.
    async fn patients(&self) -> Vec<Patient> {
        let query = CaseQuery { withdrawn: true, limit: 200, ..CaseQuery::default() };
        let page = self.kit.app.store.cases(&query).await.unwrap();
        assert!(page.total <= 200);
        page.rows.into_iter().map(|row| row.patient).collect()
    }

    /// What the ledger says happened last of this name.
    async fn told(&self, action: &str) -> Vec<String> {
        let entries = self.kit.app.store.entries_from(1, 100_000).await.unwrap();
        entries.iter().filter(|entry| entry.text.contains(action)).map(|entry| entry.text.clone()).collect()
    }

    async fn reports(&self) -> u64 {
        let query = RecordQuery { forms: vec!["province_upload".into()], limit: 1, ..RecordQuery::default() };
        self.kit.app.store.records(&query).await.unwrap().total
    }
}

/// Withdraws every record of a form about the cases treated last.
async fn withdraw(house: &House, form: &str, cases: usize) -> Vec<String> {
    let store = &house.kit.app.store;
    let query = CaseQuery { limit: 200, ..CaseQuery::default() };
    let mut rows = store.cases(&query).await.unwrap().rows;
    rows.retain(|row| row.case.technique == records::Technique::SeedImplant && row.case.implanted_on.is_some());
    rows.sort_by_key(|row| std::cmp::Reverse(row.case.implanted_on));
    for row in rows.iter().take(cases) {
        let about = Some(records::About::Case(row.case.id));
        let query = RecordQuery { about, forms: vec![form.into()], limit: 100, ..RecordQuery::default() };
        for before in store.records(&query).await.unwrap().rows {
            let after = records::Record { version: before.version + 1, withdrawn: true, ..before.clone() };
            let (before, after, who) =
                (records::Item::Record(before), records::Item::Record(after.clone()), after.created_by);
            let changes = vec![Change::Replace { before, after }];
            let commit =
                Commit {
                    who: Some(who), at: house.kit.app.clock.now(), why: "误填".into(), changes, work: Vec::new()
                };
            store.commit(commit).await.unwrap();
        }
    }
    rows.into_iter().take(cases).map(|row| row.case.number).collect()
}

/// The files of a ZIP, as text where they are.
fn unzipped(answer: &Answer) -> BTreeMap<String, String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let mut zip = zip::ZipArchive::new(Cursor::new(answer.body.to_vec())).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        files.insert(file.name().unwrap().into_owned(), String::from_utf8_lossy(&bytes).into_owned());
    }
    files
}

fn rows(csv: &str) -> usize {
    // no cell of the made-up year has a line end in these tables
    csv.lines().count() - 1
}

#[tokio::test(flavor = "multi_thread")]
async fn the_register_leaves_as_tables_for_who_may_see_it() {
    let house = House::new().await;
    let patients = house.patients().await;
    let answer = house.get("quality", "/exports/register?format=csv&identity=true&excel=true").await;
    let disposition = answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert!(disposition.contains("register-2026-07-01.zip"), "{disposition}");
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/zip");
    let files = unzipped(&answer);
    assert!(files["cases.csv"].starts_with('\u{feff}'));
    assert_eq!(rows(&files["cases.csv"]), patients.len());
    assert!(patients.iter().all(|one| files["patients.csv"].contains(&one.name)));
    for name in
        ["dictionary.csv", "facts.csv", "lots.csv", "movements.csv", "procedure.csv", "certificate.csv", "people.csv"]
    {
        assert!(rows(&files[name]) > 0, "{name}");
    }
    // records name their case by its number
    let number = files["cases.csv"].lines().nth(1).unwrap().split(',').nth(1).unwrap();
    assert!(files["procedure.csv"].contains(number) || files["administration.csv"].contains(number));

    let bare = unzipped(&house.get("quality", "/exports/register").await);
    assert!(!bare.contains_key("patients.csv"));
    for name in ["cases.csv", "people.csv", "procedure.csv", "consent.csv", "facts.csv"] {
        assert!(patients.iter().all(|one| !bare[name].contains(&one.name)), "{name}");
    }
    for format in ["xlsx", "parquet"] {
        let answer = house.get("quality", &format!("/exports/register?format={format}")).await;
        assert!(answer.status == 200 && answer.body.starts_with(b"PK\x03\x04"), "{answer:?}");
    }
    house.get("quality", "/exports/register?format=ods").await.refused(422, "invalid");
    house.get("physician", "/exports/register").await.refused(403, "forbidden");

    // somebody of another hospital gets theirs, which is empty, and not ours
    house.get("stranger", &format!("/exports/register?hospital={}", house.hospital)).await.refused(404, "not-found");
    let theirs = unzipped(&house.get("stranger", "/exports/register?identity=true").await);
    for (name, content) in theirs.iter().filter(|(name, _)| *name != "dictionary.csv" && *name != "hospitals.csv") {
        assert_eq!(rows(content), 0, "{name}: {content}");
    }
    assert!(theirs["hospitals.csv"].contains("PDY000002") && !theirs["hospitals.csv"].contains("PDY000001"));
    let told = house.told("hospital.exported").await;
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(patients.iter().all(|one| told.iter().all(|text| !text.contains(&one.name))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_study_leaves_without_anybodys_name_or_number() {
    let house = House::new().await;
    let before = house.get("quality", "/exports/policies").await.must(200);
    assert_eq!(before["key_mark"], Value::Null);
    let policies: Vec<String> = before["rows"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect();
    assert_eq!(policies, ["shifted", "day-numbers"]);
    let (patients, people) = (house.patients().await, house.kit.app.store.people(&[]).await.unwrap());
    for policy in policies {
        let answer = house.get("quality", &format!("/exports/study?policy={policy}&k=3")).await;
        let cases: usize = answer.headers["x-cases"].to_str().unwrap().parse().unwrap();
        assert!(cases > 20 && answer.headers.contains_key("x-cases-in-small-groups"), "{cases}");
        let files = unzipped(&answer);
        assert_eq!(rows(&files["cases.csv"]), cases);
        for (name, content) in files.iter().filter(|(name, _)| *name != "dictionary.csv") {
            for patient in &patients {
                let born = patient.birth_date.unwrap().to_string();
                for secret in [&patient.name, &patient.number, &born, &patient.id.to_string()] {
                    assert!(!content.contains(secret.as_str()), "{name} holds {secret}");
                }
            }
            for person in &people {
                assert!(!content.contains(&person.name) && !content.contains(&person.id.to_string()), "{name}");
            }
        }
    }
    let after = house.get("quality", "/exports/policies").await.must(200);
    assert_eq!(text(&after["key_mark"]).len(), 8);
    house.get("quality", "/exports/study?policy=none").await.refused(422, "invalid");
    house.get("quality", "/exports/study?policy=shifted&k=1").await.refused(422, "invalid");
    house
        .get("quality", "/exports/study?policy=shifted&from=2001-01-01&until=2001-02-01")
        .await
        .refused(409, "refused");
    house.get("stranger", "/exports/study?policy=shifted").await.refused(409, "refused");
    house.get("physician", "/exports/study?policy=shifted").await.refused(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_leaves_as_fhir() {
    let house = House::new().await;
    let query = CaseQuery { limit: 200, ..CaseQuery::default() };
    for row in house.kit.app.store.cases(&query).await.unwrap().rows {
        let path = format!("/cases/{}/fhir", row.case.id);
        let named = house.get("quality", &format!("{path}?identity=named&kind=transaction")).await;
        assert_eq!(named.headers[header::CONTENT_TYPE], "application/fhir+json");
        let named = named.must(200);
        assert_eq!(named["type"], "transaction");
        assert!(named.to_string().contains(&row.patient.name));
        assert_eq!(exchange::fhir::check(&named), Vec::<String>::new(), "{}", row.case.number);
        let answer = house.get("quality", &path).await;
        let body = String::from_utf8(answer.body.to_vec()).unwrap();
        let disposition = answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
        for secret in [&row.patient.name, &row.patient.number, &row.case.number, &row.patient.id.to_string()] {
            assert!(!body.contains(secret.as_str()) && !disposition.contains(secret.as_str()), "{secret}");
        }
        let bundle = answer.must(200);
        assert_eq!(bundle["type"], "collection");
        assert_eq!(exchange::fhir::check(&bundle), Vec::<String>::new(), "{}", row.case.number);
        house.get("stranger", &path).await.refused(404, "not-found");
        house.get("quality", &format!("{path}?identity=both")).await.refused(422, "invalid");
        house.get("quality", &format!("{path}?kind=batch")).await.refused(422, "invalid");
    }
}

fn receipt(package: &str, cases: &Value) -> Value {
    json!({ "schema": "dosewright-province-receipt", "schema_version": 1, "package": package, "number": "HZ-7",
        "received": "2026-07-02T09:30:00+08:00", "cases": cases })
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_are_reported_answered_and_reported_again() {
    let house = House::new().await;
    let period = "from=2025-01-01&until=2026-07-01";
    // four cases were never reported; the certificate of one is missing, which the norm does not let through
    let unsent = withdraw(&house, "province_upload", 4).await;
    let barred = withdraw(&house, "certificate", 1).await;
    let ready = house.get("quality", &format!("/province/ready?{period}")).await.must(200);
    let list = |name: &str| ready[name].as_array().unwrap().clone();
    assert!(!list("left_out").is_empty(), "{ready}");
    assert_eq!(list("ready").len(), unsent.len() - 1, "{ready}");
    assert!(list("left_out").iter().all(|one| one["case"]["state"] == "accepted"), "{ready}");
    let wrong: Vec<String> = list("wrong").iter().map(|one| text(&one["case"]["number"])).collect();
    assert_eq!(wrong, barred);
    let before = house.reports().await;
    let body = |leave_out: &[String]| json!({ "from": "2025-01-01", "until": "2026-07-01", "leave_out": leave_out });
    let problem = house.kit.ask(house.who("quality"), "POST", "/province/packages", body(&[])).await;
    let problem = problem.refused(409, "refused");
    assert!(text(&problem["detail_zh"]).contains(&format!("{}: G07-2022 三(十)", barred[0])), "{problem}");
    assert_eq!(house.reports().await, before);
    let send = async |leave_out: &[String]| {
        house.kit.ask(house.who("quality"), "POST", "/province/packages", body(leave_out)).await
    };
    let package = send(&wrong).await.must(201);
    assert_eq!(package["cases"].as_u64().unwrap() as usize, list("ready").len());
    assert_eq!(package["unanswered"], package["cases"]);
    assert_eq!(house.reports().await, before + package["cases"].as_u64().unwrap());
    // nothing is left to be sent: what was sent waits for an answer
    send(&wrong).await.refused(409, "refused");

    let digest = text(&package["sha256"]);
    let all = house.get("quality", "/province/packages").await.must(200);
    assert_eq!(all["rows"][0], package);
    let file = house.get("quality", &format!("/province/packages/{digest}")).await;
    assert_eq!(Digest::of(&file.body).to_string(), digest);
    let content = file.must(200);
    let schema: Value = serde_json::from_str(exchange::province::SCHEMA).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    assert!(validator.is_valid(&content));
    assert!(house.patients().await.iter().all(|one| !content.to_string().contains(&one.name)));
    let workbook = house.get("quality", &format!("/province/packages/{digest}?format=xlsx")).await;
    assert!(workbook.status == 200 && workbook.body.starts_with(b"PK"), "{workbook:?}");

    // others see none of it
    house.get("stranger", &format!("/province/packages/{digest}")).await.refused(404, "not-found");
    assert_eq!(house.get("stranger", "/province/packages").await.must(200)["rows"], json!([]));
    house
        .get("stranger", &format!("/province/ready?{period}&hospital={}", house.hospital))
        .await
        .refused(404, "not-found");
    house.get("stranger", &format!("/province/late?hospital={}", house.hospital)).await.refused(404, "not-found");

    let sent: Vec<String> =
        content["cases"].as_array().unwrap().iter().map(|case| text(&case["case_number"])).collect();
    let refused = json!({ "case_number": sent[0], "result": "refused", "reason": "缺少病理" });
    let accepted: Vec<Value> =
        sent[1..].iter().map(|number| json!({ "case_number": number, "result": "accepted" })).collect();
    let answers: Vec<Value> = [refused].into_iter().chain(accepted).collect();
    let answer =
        async |login: &str, body: Value| house.kit.ask(house.who(login), "POST", "/province/receipts", body).await;
    let mine = receipt(&digest, &json!(answers));
    answer("stranger", mine.clone()).await.refused(404, "not-found");
    answer("quality", receipt(&Digest::of(b"other").to_string(), &json!(answers))).await.refused(404, "not-found");
    answer("quality", json!({})).await.refused(422, "invalid");
    let unknown = receipt(&digest, &json!([{ "case_number": "X", "result": "accepted" }]));
    answer("quality", unknown).await.refused(422, "invalid");
    let said = answer("quality", mine.clone()).await.must(200);
    assert_eq!(said["accepted"].as_array().unwrap().len(), sent.len() - 1);
    assert_eq!(said["refused"], json!([{ "case": sent[0], "reason": "缺少病理" }]));
    // the same receipt again: in the wrong order, and nothing is written
    let reports = house.reports().await;
    let problem = answer("quality", mine).await.refused(409, "refused");
    assert!(text(&problem["detail"]).contains(&sent[0]), "{problem}");
    assert_eq!(house.reports().await, reports);
    let all = house.get("quality", "/province/packages").await.must(200);
    let counts = ["accepted", "refused", "unanswered"].map(|name| all["rows"][0][name].as_u64().unwrap() as usize);
    assert_eq!(counts, [sent.len() - 1, 1, 0]);

    // what was refused is sent again the day after
    house.kit.pass(SignedDuration::from_hours(30));
    let quality = house.kit.log_in("quality", PASSWORD).await.into_session();
    let again = house.kit.ask(&quality, "POST", "/province/packages", body(&wrong)).await.must(201);
    assert_eq!(again["cases"], 1);
    let late = house.kit.get(&quality, "/province/late").await.must(200);
    let find = |late: &Value, list: &str, number: &str| {
        late[list].as_array().unwrap().iter().find(|one| one["number"] == json!(number)).cloned()
    };
    // three of the four were discharged long ago: one was sent again, one was never sent, the others are accepted
    let resent = find(&late, "late", &sent[0]).or(find(&late, "soon", &sent[0])).unwrap();
    assert_eq!((&resent["state"], &resent["attempt"]), (&json!("resent"), &json!(2)), "{late}");
    let barred = find(&late, "late", &barred[0]).unwrap();
    assert_eq!(barred["state"], "new", "{late}");
    let days = barred["due"].as_str().unwrap().parse::<Date>().unwrap().until(date(2026, 7, 2)).unwrap().get_days();
    assert_eq!(barred["days"], days, "{late}");
    assert!(sent[1..].iter().all(|number| find(&late, "late", number).is_none()), "{late}");
    assert!(find(&late, "unanswered", &sent[0]).is_none(), "{late}");
    // after a week without an answer it may be sent once more
    house.kit.pass(SignedDuration::from_hours(24 * 8));
    let quality = house.kit.log_in("quality", PASSWORD).await.into_session();
    let late = house.kit.get(&quality, "/province/late").await.must(200);
    assert_eq!(find(&late, "unanswered", &sent[0]).unwrap()["days"], 8, "{late}");
    let audit = records::audit::check(&*house.kit.app.store, None).await;
    assert!(audit.is_ok(), "{audit:?}");
}

/// A register as a hospital keeps it in a spreadsheet.
const TABLE: &str = "虚构医院登记表,,,,,,,,,\r\n\
住院号,姓名,性别,出生日期,手术日期,临床诊断,部位,植入粒子数,处方剂量(cGy),备注\r\n\
A001,王一,男,1950/1/2,2019年3月1日,肺癌,肺,60,14500,x\r\n\
A001,王一,男,1950/1/2,2019年9月1日,肺癌,肺,30,12000,\r\n\
A002,李二,女性,1961-5-6,2020-02-03,肝癌,肝,45粒,12000,=1+1\r\n\
A003,赵六,不明,,3/4/2020,肺癌,肺,10,,\r\n\
A001,王一,男,1950/1/2,2019年3月1日,肺癌,肺,60,14500,\r\n\
A004,钱七,女,1970-01-01,2099-05-05,胰腺癌,胰腺,30,11000,\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn another_register_is_looked_at_and_taken_once() {
    let house = House::new().await;
    let admin = house.who("admin");
    let send = async |who: &Session, bytes: Vec<u8>| {
        house.kit.send(who, "POST", "/api/v1/imports?nuclide=I-125", bytes, &[("content-type", "text/csv")]).await
    };
    let targets = house.get("admin", "/imports/targets").await.must(200);
    let to: Vec<&str> = targets["rows"].as_array().unwrap().iter().filter_map(|row| row["to"].as_str()).collect();
    assert!(["patient.number", "case.treated_on", "procedure.seeds_implanted"].iter().all(|one| to.contains(one)));
    send(admin, b"\x00\x01\x02 no table".to_vec()).await.refused(422, "invalid");
    send(admin, Vec::new()).await.refused(422, "invalid");
    send(house.who("physician"), TABLE.into()).await.refused(403, "forbidden");
    let file = send(admin, TABLE.into()).await.must(201);
    let digest = text(&file["sha256"]);
    assert_eq!(digest, Digest::of(TABLE.as_bytes()).to_string());
    let mut mapping = file["sheets"][0]["mapping"].clone();
    assert_eq!(mapping["header_row"], 2);
    mapping["columns"].as_array_mut().unwrap().retain(|one| one["to"] != "procedure.seeds_implanted");
    // the made-up hospital and another are there: it has to be said whose cases these are
    let body = json!({ "mapping": mapping, "hospital": house.hospital.to_string() });
    let preview_path = format!("/imports/{digest}/preview");
    house.kit.ask(admin, "POST", &preview_path, json!({ "mapping": mapping })).await.refused(422, "invalid");
    let bad = json!({ "mapping": { "sheet": "x" }, "hospital": house.hospital.to_string() });
    house.kit.ask(admin, "POST", &preview_path, bad).await.refused(422, "invalid");
    let mut other = mapping.clone();
    other["columns"].as_array_mut().unwrap().retain(|one| one["to"] != "case.treated_on");
    let bad = json!({ "mapping": other, "hospital": house.hospital.to_string() });
    house.kit.ask(admin, "POST", &preview_path, bad).await.refused(422, "invalid");
    // a table is its sender's alone
    house.kit.ask(house.who("quality"), "POST", &preview_path, body.clone()).await.refused(404, "not-found");
    let theirs = send(house.who("stranger"), TABLE.into()).await.must(201);
    let path = format!("/imports/{}/take", text(&theirs["sha256"]));
    house.kit.ask(house.who("stranger"), "POST", &path, body.clone()).await.refused(404, "not-found");

    let preview = house.kit.ask(admin, "POST", &preview_path, body.clone()).await.must(200);
    assert_eq!((&preview["rows"], &preview["cases"]), (&json!(6), &json!(4)), "{preview}");
    assert_eq!(preview["duplicates"][0]["of"], 3, "{preview}");
    let wrong: Vec<u64> =
        preview["errors"].as_array().unwrap().iter().map(|one| one["row"].as_u64().unwrap()).collect();
    assert!(wrong.contains(&6), "{preview}");
    assert_eq!(preview["first"][0]["cells"].as_array().unwrap().len(), mapping["columns"].as_array().unwrap().len());

    let cases =
        async || house.kit.app.store.cases(&CaseQuery { limit: 1, ..CaseQuery::default() }).await.unwrap().total;
    let before = cases().await;
    let path = format!("/imports/{digest}/take");
    let taken = house.kit.ask(admin, "POST", &path, body.clone()).await.must(200);
    // the row of 2099 is refused when it is taken: only the program knows today
    assert_eq!((&taken["cases"], &taken["patients"]), (&json!(3), &json!(2)), "{taken}");
    assert_eq!(cases().await, before + 3);
    assert!(taken["errors"].as_array().unwrap().iter().any(|one| one["row"] == 8), "{taken}");
    let again = house.kit.ask(admin, "POST", &path, body.clone()).await.must(200);
    assert_eq!((&again["cases"], &again["duplicates_total"]), (&json!(0), &json!(4)), "{again}");
    assert_eq!(cases().await, before + 3);
    let found = house.get("physician", "/cases?search=A002").await.must(200);
    assert_eq!(found["rows"][0]["patient"]["name"], "李二");
    assert_eq!(found["rows"][0]["intent"]["prescription_gy"], 120.0, "{found}");
    assert_eq!(found["rows"][0]["notes"], "=1+1", "{found}");
    assert!(text(&found["rows"][0]["number"]).starts_with("2020-"), "{found}");

    // whoever is registered otherwise is not taken
    let changed = TABLE.replace("李二", "李三").replace("2020-02-03", "2021-02-03");
    let file = send(admin, changed.into_bytes()).await.must(201);
    let path = format!("/imports/{}/take", text(&file["sha256"]));
    let mismatch = house.kit.ask(admin, "POST", &path, body).await.must(200);
    assert_eq!(mismatch["cases"], 0, "{mismatch}");
    assert!(mismatch["errors"].to_string().contains("另一姓名"), "{mismatch}");
    let told = house.told("hospital.imported").await;
    assert_eq!(told.len(), 1);
    let entries = house.kit.app.store.entries_from(1, 100_000).await.unwrap();
    assert!(entries.iter().all(|entry| !entry.text.contains("李二") && !entry.text.contains("A002")));
    assert!(entries.iter().filter(|entry| entry.text.contains(&format!("import {digest}"))).count() > 3);
    assert!(records::audit::check(&*house.kit.app.store, None).await.is_ok());
}

/// Rows are written many at once; where one of them cannot be, the others are written all the same, and nothing of that one.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_written_leaves_nothing_behind() {
    let house = House::new().await;
    let admin = house.who("admin");
    let table = "no,name,day,device,udi,serial,once\nB1,甲,2020-01-01,针,U-1,S-1,true\nB2,乙,2020-01-02,针,U-1,S-1,true\n\
        B3,丙,2020-01-03,针,U-1,S-2,true\n";
    let sent = house.kit.send(admin, "POST", "/api/v1/imports", table.into(), &[("content-type", "text/csv")]).await;
    let file = sent.must(201);
    let to =
        ["patient.number", "patient.name", "case.treated_on", "device_use.name", "device_use.udi", "device_use.serial"];
    let columns: Vec<Value> = to
        .iter()
        .chain(&["device_use.single_use"])
        .zip(table.lines().next().unwrap().split(','))
        .enumerate()
        .map(|(column, (to, header))| json!({ "column": column, "header": header, "to": to }))
        .collect();
    let mapping = json!({ "sheet": file["sheets"][0]["name"], "header_row": 1, "technique": "seed_implant", "offset": "+08:00",
        "columns": columns });
    let body = json!({ "mapping": mapping, "hospital": house.hospital.to_string() });
    let path = format!("/imports/{}/take", text(&file["sha256"]));
    let taken = house.kit.ask(admin, "POST", &path, body.clone()).await.must(200);
    let counts = ["cases", "patients", "records"].map(|name| taken[name].as_u64().unwrap());
    assert_eq!(counts, [2, 2, 2], "{taken}");
    assert_eq!((&taken["errors_total"], &taken["errors"][0]["row"]), (&json!(1), &json!(3)), "{taken}");
    let store = &house.kit.app.store;
    assert!(
        store.patient_by_number("B2", Some(house.hospital)).await.unwrap().is_none(),
        "nobody is entered without a case"
    );
    assert!(store.patient_by_number("B3", Some(house.hospital)).await.unwrap().is_some());
    let again = house.kit.ask(admin, "POST", &path, body).await.must(200);
    assert_eq!(
        (&again["cases"], &again["duplicates_total"], &again["errors_total"]),
        (&json!(0), &json!(2), &json!(1))
    );
    // a day later it is not held any more
    house.kit.pass(SignedDuration::from_hours(25));
    let admin = house.kit.log_in("admin", PASSWORD).await.into_session();
    house.kit.ask(&admin, "POST", &path, json!({ "mapping": mapping })).await.refused(422, "invalid");
    let body = json!({ "mapping": mapping, "hospital": house.hospital.to_string() });
    house.kit.ask(&admin, "POST", &path, body).await.refused(404, "not-found");
    assert!(records::audit::check(&**store, None).await.is_ok());
}
