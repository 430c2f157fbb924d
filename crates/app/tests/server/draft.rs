//! A draft before everything is known, and what is told of days and names that do not fit.

use serde_json::{Value, json};

use crate::kit::{Kit, Session, small_study, text};

/// A case of this patient with the made-up study; physicist, case, study.
async fn case_with_study(kit: &Kit, admin: &Session, name: &str) -> (Session, String, String) {
    let physician = kit.person(admin, "zhao", &["physician"]).await;
    let physicist = kit.person(admin, "wang", &["physicist"]).await;
    let case = text(&kit.case(&physician, name, "DEMO-0001").await["id"]);
    let job = kit.import(&physicist, &case, small_study()).await;
    assert_eq!(job["progress"], "done", "{job}");
    (physicist, case, text(&job["result"]["study"]))
}

/// Begins a verification with these settings; its path.
async fn begun(kit: &Kit, who: &Session, case: &str, study: &str, settings: Value) -> String {
    let body = json!({ "study": study, "settings": settings });
    let row = kit.ask(who, "POST", &format!("/cases/{case}/verifications"), body).await.must(201);
    format!("/verifications/{}", text(&row["id"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workspace_opens_before_the_dose_can_be_computed() {
    let (kit, admin) = Kit::with_admin().await;
    kit.work();
    let (who, case, study) = case_with_study(&kit, &admin, "𠮷文海").await;
    // as the browser begins: model and strength come from the case's intent, and with them the day of the implant
    let settings = json!({ "implant_date": "2026-03-10", "grid_mm": 3.0 });
    let path = begun(&kit, &who, &case, &study, settings).await;
    let space = kit.get(&who, &format!("{path}/workspace")).await.must(200);
    assert_eq!(
        (&space["results"], &space["dose_grid"], &space["strength_u"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!((&space["model"]["name"], &space["prescription_gy"]), (&json!("SourceTech STM1251"), &json!(145.0)));
    assert!(!space["volume"]["structures"].as_array().unwrap().is_empty());
    let missing = space["missing"].as_array().unwrap();
    assert_eq!((missing.len(), &missing[0]["setting"]), (1, &json!("strength_date")));
    assert!(text(&missing[0]["zh"]).contains("强度参考日期"), "{missing:?}");
    assert!(!text(&missing[0]["en"]).contains("--"), "{missing:?}");

    // seeds can be worked on meanwhile; there is no dose to show, and the answer says why
    let add = json!({ "revision": 0, "edits": [{ "op": "add", "centre_mm": [4.0, -6.0, 12.0], "axis": null }] });
    let edited = kit.ask(&who, "POST", &format!("{path}/edits"), add).await.must(200);
    assert_eq!((&edited["revision"], &edited["results"]), (&json!(1), &Value::Null));
    let slice = kit.get(&who, &format!("{path}/dose/slice?view=axial&at_mm=12")).await.refused(409, "not-ready");
    assert!(slice["fields"]["settings.strength_date"].is_string(), "{slice}");
    // a run says the same
    let ordered = kit.ask(&who, "POST", &format!("{path}/compute"), Value::Null).await.must(202);
    let job = kit.finished(&who, &text(&ordered["job"])).await;
    assert_eq!((&job["progress"], &job["message_zh"]), (&json!("failed"), &missing[0]["zh"]));

    let row = kit.get(&who, &path).await.must(200);
    let mut settings = row["settings"].clone();
    settings["strength_date"] = json!("2026-03-01");
    let version = format!("\"v{}\"", row["version"]);
    let change = json!({ "settings": settings });
    kit.ask_with(&who, "PATCH", &path, change, &[("if-match", &version)]).await.must(200);
    let space = kit.get(&who, &format!("{path}/workspace")).await.must(200);
    assert_eq!((&space["missing"], &space["revision"]), (&json!([]), &json!(1)));
    assert!(space["results"].is_object() && space["dose_grid"].is_object());
    assert!(space["strength_u"].as_f64().unwrap() < 0.6, "decayed to the implant");
    assert_eq!(kit.get(&who, &format!("{path}/dose/slice?view=axial&at_mm=12")).await.status, 200);
    kit.app.jobs.end();
}

fn levels<'a>(notices: &'a Value, words: &str) -> Vec<&'a str> {
    let all = notices.as_array().unwrap().iter();
    all.filter(|one| text(&one["zh"]).contains(words)).map(|one| one["level"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn days_and_names_that_do_not_fit_are_told_with_draft_and_result() {
    let (kit, admin) = Kit::with_admin().await;
    kit.work();
    // the files are of Ji^Wenhai, scanned on 2026-04-09
    let (who, case, study) = case_with_study(&kit, &admin, "Zhang Sanfeng").await;
    let good = json!({ "implant_date": "2026-03-10", "strength_date": "2026-03-10", "grid_mm": 3.0 });
    let path = begun(&kit, &who, &case, &study, good).await;
    let space = kit.get(&who, &format!("{path}/workspace")).await.must(200);
    assert_eq!((levels(&space["notices"], "早于植入日期"), levels(&space["notices"], "参考日期")), (vec![], vec![]));

    let odd = json!({ "implant_date": "2026-04-10", "strength_date": "2026-05-10", "grid_mm": 3.0 });
    let path = begun(&kit, &who, &case, &study, odd).await;
    let space = kit.get(&who, &format!("{path}/workspace")).await.must(200);
    assert_eq!(levels(&space["notices"], "早于植入日期"), ["serious"]);
    assert_eq!(levels(&space["notices"], "参考日期"), ["warning"]);
    let remarks = kit.get(&who, &path).await.must(200)["remarks"].clone();
    assert_eq!((levels(&remarks, "早于植入日期"), levels(&remarks, "参考日期")), (vec!["serious"], vec!["warning"]));
    let add = json!({ "revision": 0, "edits": [{ "op": "add", "centre_mm": [4.0, -6.0, 12.0], "axis": null }] });
    kit.ask(&who, "POST", &format!("{path}/edits"), add).await.must(200);
    let ordered = kit.ask(&who, "POST", &format!("{path}/compute"), Value::Null).await.must(202);
    assert_eq!(kit.finished(&who, &text(&ordered["job"])).await["progress"], "done");
    let notices = kit.get(&who, &path).await.must(200)["summary"]["notices"].clone();
    assert_eq!(levels(&notices, "早于植入日期"), ["serious"]);
    assert_eq!(levels(&notices, "参考日期"), ["warning"]);
    assert_eq!(levels(&notices, "登记的身份"), ["warning"]);
    assert!(!notices.to_string().contains("Wenhai") && !notices.to_string().contains("Sanfeng"), "{notices}");
    for notice in notices.as_array().unwrap() {
        assert!(!text(&notice["en"]).contains(" --"), "an option of the command line: {notice}");
    }

    // the report is of the patient of the case
    let report = kit.get(&who, &format!("{path}/files/report.en.pdf")).await;
    let file = kit.data().join("report.pdf");
    std::fs::write(&file, &report.body).unwrap();
    match std::process::Command::new("pdftotext").arg("-raw").arg(&file).arg("-").output() {
        Ok(output) => {
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(printed.contains("Zhang Sanfeng") && !printed.contains("Wenhai"), "{printed}");
            let words: Vec<&str> = printed.split_whitespace().collect();
            assert!(words.join(" ").contains("the report bears the identity registered with this case"), "{printed}");
        }
        Err(_) => println!("skipped: pdftotext is missing (Debian package poppler-utils)"),
    }
    kit.app.jobs.end();
}
