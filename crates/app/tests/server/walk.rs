//! The whole way of a case: first run → people → case → images → seeds → dose → signatures → report → audit.

use std::sync::Arc;

use dosewright_app::server::App;
use dosewright_app::worker;
use records::audit::check;
use records::job::Progress;
use records::ledger::Head;
use serde_json::{Value, json};

use crate::kit::{Kit, Log, PASSWORD, Session, open, small_study, text};

struct Team {
    physicist: Session,
    physician: Session,
    quality: Session,
}

async fn case_with_study(kit: &Kit, admin: &Session) -> (Team, String, String) {
    let team = Team {
        physicist: kit.person(admin, "wang", &["physicist"]).await,
        physician: kit.person(admin, "zhao", &["physician"]).await,
        quality: kit.person(admin, "qian", &["quality"]).await,
    };
    let case = text(&kit.case(&team.physician, "𠮷文海", "DEMO-0001").await["id"]);
    let job = kit.import(&team.physicist, &case, small_study()).await;
    assert_eq!(job["progress"], "done", "{job}");
    (team, case, text(&job["result"]["study"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_run_to_a_signed_report() {
    let log = Log::kept();
    let (kit, admin) = Kit::with_admin().await;
    kit.work();
    let (team, case, study) = case_with_study(&kit, &admin).await;
    let who = &team.physicist;

    let body = json!({ "study": study, "settings": { "count": 60, "grid_mm": 2.0 } });
    let row = kit.ask(who, "POST", &format!("/cases/{case}/verifications"), body).await.must(201);
    assert_eq!((&row["settings"]["model"], &row["settings"]["prescription_gy"]), (&json!("STM1251"), &json!(145.0)));
    let path = format!("/verifications/{}", text(&row["id"]));
    kit.ask(who, "POST", &format!("{path}/compute"), Value::Null).await.refused(409, "not-ready");
    for (settings, field) in
        [(json!({ "model": "no such seed" }), "settings.model"), (json!({ "strength_u": 0.0 }), "settings.strength_u")]
    {
        let body = json!({ "settings": settings });
        let problem = kit.ask_with(who, "PATCH", &path, body, &[("if-match", "\"v1\"")]).await.refused(422, "invalid");
        assert!(problem["fields"][field].is_string(), "{problem}");
    }

    let ordered = kit.ask(who, "POST", &format!("{path}/seeds/find"), json!({})).await.must(202);
    let job = kit.finished(who, &text(&ordered["job"])).await;
    assert_eq!(job["progress"], "done", "{job}");
    let found = job["result"]["seeds"].as_u64().unwrap();
    assert!(found > 40, "{job}");

    let ordered = kit.ask(who, "POST", &format!("{path}/compute"), Value::Null).await.must(202);
    kit.ask(who, "POST", &format!("{path}/compute"), Value::Null).await.refused(409, "refused");
    let job = kit.finished(who, &text(&ordered["job"])).await;
    assert_eq!((&job["progress"], &job["result"]["seeds"]), (&json!("done"), &json!(found)), "{job}");
    let page = kit.get(who, &path).await.must(200);
    assert_eq!(page["state"], "computed");
    let d90 = page["d90_gy"].as_f64().unwrap();
    assert!((60.0..260.0).contains(&d90), "{d90}");
    assert_eq!(page["missing_signatures"], json!(["physicist", "physician"]));
    let names: Vec<&str> =
        page["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["dose.dcm", "dvh.csv", "plan.dcm", "report.en.pdf", "report.zh.pdf", "result.json", "seeds.csv"]
    );
    assert!(!page["summary"].to_string().contains("DEMO-0001"));

    let sign =
        |role: &str, password: &str, content: &Value| json!({ "role": role, "password": password, "content": content });
    let signing = format!("{path}/sign");
    let content = &page["content"];
    kit.ask(who, "POST", &signing, sign("physicist", "wrong password!", content)).await.refused(401, "wrong-password");
    kit.ask(who, "POST", &signing, sign("physicist", PASSWORD, &json!("00"))).await.refused(412, "conflict");
    let signed = kit.ask(who, "POST", &signing, sign("physicist", PASSWORD, content)).await.must(201);
    assert_eq!(signed["state"], "computed");
    kit.ask(who, "POST", &signing, sign("physicist", PASSWORD, content)).await.refused(409, "refused");
    let signed = kit.ask(&team.physician, "POST", &signing, sign("physician", PASSWORD, content)).await.must(201);
    assert_eq!((&signed["state"], &signed["signature"]["name"]), (&json!("signed"), &json!("zhao 医生")));
    let version = kit.get(who, &path).await.must(200)["version"].to_string();
    let changed = json!({ "settings": { "grid_mm": 1.0 }, "why": "finer" });
    kit.ask_with(who, "PATCH", &path, changed, &[("if-match", &format!("\"v{version}\""))])
        .await
        .refused(409, "refused");

    let report = kit.get(&team.physician, &format!("{path}/files/report.zh.pdf?inline=1")).await;
    assert_eq!(report.headers["content-type"], "application/pdf");
    assert!(report.body.starts_with(b"%PDF"));
    let stored = page["files"].as_array().unwrap().iter().find(|file| file["name"] == "report.zh.pdf").unwrap();
    assert_eq!(records::Digest::of(&report.body).to_string(), text(&stored["sha256"]));
    kit.get(&team.physician, &format!("{path}/files/../secret")).await.refused(404, "not-found");
    let page = kit.get(&team.quality, &format!("/cases/{case}")).await.must(200);
    assert_eq!(page["case"]["stage"], "signed");
    let lacks: Vec<&str> =
        page["missing"].as_array().unwrap().iter().map(|one| one["what"].as_str().unwrap()).collect();
    assert_eq!(lacks, ["consent", "follow_up"]);

    let timeline = kit.get(&team.quality, &format!("/cases/{case}/timeline")).await.must(200);
    let actions: Vec<&str> =
        timeline["rows"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    for action in [
        "verification.fetched",
        "verification.signed",
        "verification.replace",
        "verification.create",
        "study.create",
        "case.create",
    ] {
        assert!(actions.contains(&action), "{action} is not among {actions:?}");
    }
    assert_eq!(timeline["rows"][0]["who"]["name"], "zhao 医生");

    let audit = kit.ask(&team.quality, "POST", "/audit/check", json!({})).await.must(200);
    assert_eq!(audit["sound"], true, "{audit}");
    let known = json!({ "known": audit["head"] });
    assert_eq!(kit.ask(&team.quality, "POST", "/audit/check", known).await.must(200)["sound"], true);
    if let Some(printed) = printed_head(&kit, who, &path).await {
        let known = json!({ "known": printed });
        assert_eq!(kit.ask(&team.quality, "POST", "/audit/check", known).await.must(200)["sound"], true);
    }
    let other = json!({ "known": { "seq": 3, "hash": "ab".repeat(32) } });
    let broken = kit.ask(&team.quality, "POST", "/audit/check", other).await.must(200);
    assert_eq!(broken["sound"], false);
    assert!(text(&broken["problem_zh"]).contains("第 3 条"), "{broken}");
    let head: Head = kit.app.store.head().await.unwrap();
    assert_eq!(check(&*kit.app.store, Some(head)).await.unwrap().head, head);

    // nothing of a person in the log, and no word of a report or a ledger either
    kit.get(who, "/cases?search=DEMO-0001").await.must(200);
    kit.log_in("wang", "Totally-Wrong-Secret").await.refused(401, "wrong-password");
    let text = log.text();
    assert!(text.contains("/cases/{id}/verifications") && text.contains("\"task\":\"verify\""), "the log is kept");
    for secret in [
        "DEMO-0001",
        "文海",
        "Wenhai",
        "Ji^",
        PASSWORD,
        "Totally-Wrong-Secret",
        "zhao",
        "wang",
        &admin.csrf,
        &admin.cookie["dosewright=".len()..],
    ] {
        assert!(!text.contains(secret), "'{secret}' is in the log");
    }
    let whole_ledger = kit.get(&team.quality, "/audit?limit=500").await.must(200).to_string();
    for secret in ["DEMO-0001", "文海", "Wenhai", PASSWORD] {
        assert!(!whole_ledger.contains(secret), "'{secret}' is in the ledger");
    }
    // a next version in work takes the signature from nobody
    let next = kit.ask(who, "POST", &format!("{path}/new-version"), json!({ "why": "finer" })).await.must(201);
    let page = kit.get(who, &format!("/cases/{case}")).await.must(200);
    assert_eq!((&page["case"]["stage"], &next["state"]), (&json!("signed"), &json!("draft")));
    let states: Vec<&Value> = page["verifications"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, [&json!("draft"), &json!("signed")], "both are shown");
    assert_eq!(kit.get(who, "/cases?stage=signed").await.must(200)["total"], 1);

    let metrics = kit.send(&Session::default(), "GET", "/metrics", Vec::new(), &[]).await;
    let metrics = String::from_utf8(metrics.body.to_vec()).unwrap();
    assert!(metrics.contains("dosewright_jobs_total{task=\"verify\",end=\"done\"} 1"), "{metrics}");
    kit.app.jobs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_takes_the_place_of_the_old_one_when_it_is_computed() {
    let (kit, admin) = Kit::with_admin().await;
    kit.work();
    let (team, case, study) = case_with_study(&kit, &admin).await;
    let who = &team.physicist;
    let body = json!({ "study": study, "settings": { "grid_mm": 3.0 } });
    let first = text(&kit.ask(who, "POST", &format!("/cases/{case}/verifications"), body).await.must(201)["id"]);
    let new = format!("/verifications/{first}/new-version");
    kit.ask(who, "POST", &new, json!({ "why": "x" })).await.refused(409, "refused");
    draft(&kit, &first, 12).await;
    compute(&kit, who, &first).await;
    let second = kit.ask(who, "POST", &new, json!({ "why": "剂量网格更细" })).await.must(201);
    assert_eq!(
        (&second["number"], &second["follows"]["id"], &second["state"]),
        (&json!(2), &json!(first), &json!("draft"))
    );
    kit.ask(who, "POST", &new, json!({ "why": "again" })).await.refused(409, "refused");
    let second = text(&second["id"]);
    let path = format!("/verifications/{second}");
    let finer =
        json!({ "settings": { "grid_mm": 2.0, "prescription_gy": 145.0, "model": "STM1251", "strength_u": 0.6 } });
    kit.ask_with(who, "PATCH", &path, finer, &[("if-match", "\"v1\"")]).await.must(200);
    assert_eq!(kit.get(who, &format!("/verifications/{first}")).await.must(200)["state"], "computed");
    compute(&kit, who, &second).await;
    assert_eq!(kit.get(who, &format!("/verifications/{first}")).await.must(200)["state"], "superseded");
    let difference = kit.get(who, &format!("/verifications/{first}/difference?to={second}")).await.must(200);
    assert_eq!(difference["settings"], json!([{ "field": "grid_mm", "before": 3.0, "after": 2.0 }]));
    assert_eq!(difference["seeds"], json!({ "added": [], "removed": [], "moved": [] }));
    assert!(difference["indices"].as_array().unwrap().iter().any(|row| row["index"] == "D90"), "{difference}");
    kit.app.jobs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_or_is_cancelled_leaves_a_draft_that_says_why() {
    let (kit, admin) = Kit::with_admin().await;
    kit.work();
    let (team, case, study) = case_with_study(&kit, &admin).await;
    let who = &team.physicist;
    let body = json!({ "study": study, "settings": { "target": "no such structure" } });
    let id = text(&kit.ask(who, "POST", &format!("/cases/{case}/verifications"), body).await.must(201)["id"]);
    draft(&kit, &id, 5).await;
    let path = format!("/verifications/{id}");
    let ordered = kit.ask(who, "POST", &format!("{path}/compute"), Value::Null).await.must(202);
    let job = kit.finished(who, &text(&ordered["job"])).await;
    assert_eq!(job["progress"], "failed");
    let page = kit.get(who, &path).await.must(200);
    assert_eq!(page["state"], "draft");
    assert!(text(&page["failure"]).contains("no such structure"), "{page}");
    // a run that nobody has begun: the workers are gone
    kit.app.jobs.end();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let ordered = kit.ask(who, "POST", &format!("{path}/compute"), Value::Null).await.must(202);
    assert_eq!(kit.get(who, &path).await.must(200)["state"], "running");
    kit.ask(who, "POST", &format!("/jobs/{}/cancel", text(&ordered["job"])), Value::Null).await.must(202);
    assert_eq!(kit.get(who, &path).await.must(200)["state"], "draft");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_ends_gives_its_job_back_and_the_next_one_does_it() {
    let (kit, admin) = Kit::with_admin().await;
    kit.work();
    let (team, case, study) = case_with_study(&kit, &admin).await;
    let who = &team.physicist;
    let body = json!({ "study": study });
    let id = text(&kit.ask(who, "POST", &format!("/cases/{case}/verifications"), body).await.must(201)["id"]);
    let ordered = kit.ask(who, "POST", &format!("/verifications/{id}/seeds/find"), json!({})).await.must(202);
    let job = text(&ordered["job"]).parse().unwrap();
    let state = async |app: &App| app.store.job(job).await.unwrap().unwrap();
    let until = async |app: &App, wanted: &[Progress]| {
        while !wanted.contains(&state(app).await.progress) {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    until(&kit.app, &[Progress::Running]).await;
    kit.app.jobs.end();
    until(&kit.app, &[Progress::Queued, Progress::Done]).await;
    let waiting = state(&kit.app).await;
    assert_eq!((waiting.progress, waiting.worker), (Progress::Queued, None), "the search stops when it is asked to");
    let next = open(kit.data(), &Arc::default()).await;
    drop(worker::start(&next, 1));
    until(&next, &[Progress::Done, Progress::Failed]).await;
    let done = state(&next).await;
    assert_eq!((done.progress, done.attempts), (Progress::Done, 2), "{}", done.message);
    next.jobs.end();
}

/// The head of the ledger as the report prints it, where poppler-utils are there to read it.
async fn printed_head(kit: &Kit, who: &Session, path: &str) -> Option<Value> {
    let report = kit.get(who, &format!("{path}/files/report.en.pdf")).await;
    let file = kit.data().join("report.pdf");
    std::fs::write(&file, &report.body).unwrap();
    let Ok(output) = std::process::Command::new("pdftotext").arg("-raw").arg(&file).arg("-").output() else {
        println!("skipped: pdftotext is missing (Debian package poppler-utils)");
        return None;
    };
    let text: String = String::from_utf8_lossy(&output.stdout).split_whitespace().collect();
    let (_, after) = text.split_once("headoftheledger").expect("the report prints the head of the ledger");
    let (seq, hash) = after.split_once(':').unwrap();
    Some(json!({ "seq": seq.parse::<u64>().unwrap(), "hash": hash.chars().take(64).collect::<String>() }))
}

/// Puts seeds into a draft as the editor would.
async fn draft(kit: &Kit, id: &str, seeds: u32) {
    use records::verification::{Draft, DraftSeed, SeedOrigin};
    let seed = |number: u32| DraftSeed {
        number,
        centre_mm: [4.0 + f64::from(number % 4) * 7.0 - 10.5, -6.0 + f64::from(number / 4) * 7.0 - 7.0, 12.0],
        axis: None,
        origin: SeedOrigin::Added,
        confidence: None,
        needle: String::new(),
    };
    let draft = Draft { revision: 1, seeds: (1..=seeds).map(seed).collect() };
    kit.app.store.put_draft(id.parse().unwrap(), &draft).await.unwrap();
}

async fn compute(kit: &Kit, who: &Session, id: &str) {
    let ordered = kit.ask(who, "POST", &format!("/verifications/{id}/compute"), Value::Null).await.must(202);
    let job = kit.finished(who, &text(&ordered["job"])).await;
    assert_eq!(job["progress"], "done", "{job}");
}
