//! Cases, patients, documents, timeline, worklist.

use axum::http::header;
use serde_json::{Value, json};

use crate::kit::{Kit, Session, text};

async fn doctor() -> (Kit, Session, Session) {
    let (kit, admin) = Kit::with_admin().await;
    let doctor = kit.person(&admin, "zhao", &["physician"]).await;
    (kit, admin, doctor)
}

#[tokio::test]
async fn a_case_is_opened_found_and_changed() {
    let (kit, _, doctor) = doctor().await;
    let first = kit.case(&doctor, "王芳", "P-1").await;
    assert!(text(&first["number"]).ends_with("-0001"), "{first}");
    assert_eq!((&first["imaging_due"], &first["stage"]), (&json!("2026-04-09"), &json!("implanted")));
    let second = kit.case(&doctor, "李娜", "P-2").await;
    assert!(text(&second["number"]).ends_with("-0002"), "{second}");
    let found = kit.get(&doctor, "/cases?search=%E7%8E%8B%E8%8A%B3&stage=implanted").await.must(200);
    assert_eq!(
        (&found["total"], &found["rows"][0]["id"], &found["counts"]["implanted"]),
        (&json!(1), &first["id"], &json!(2))
    );
    kit.get(&doctor, "/cases?stage=nonsense").await.refused(422, "invalid");

    let path = format!("/cases/{}", text(&first["id"]));
    let page = kit.get(&doctor, &path).await;
    assert_eq!(page.headers[header::ETAG], "\"v1\"");
    let page = page.must(200);
    let lacks: Vec<&str> =
        page["missing"].as_array().unwrap().iter().map(|one| one["what"].as_str().unwrap()).collect();
    assert_eq!(lacks, ["consent", "study"]);
    let change = json!({ "follow_up_due": "2026-09-10", "imaging_due": null, "patient": { "version": 1, "name": "王方" }, "why": "改名" });
    kit.ask_with(&doctor, "PATCH", &path, change.clone(), &[("if-match", "\"v2\"")]).await.refused(412, "conflict");
    let row = kit.ask_with(&doctor, "PATCH", &path, change.clone(), &[("if-match", "\"v1\"")]).await.must(200);
    assert_eq!(
        (&row["patient"]["name"], &row["imaging_due"], &row["version"]),
        (&json!("王方"), &Value::Null, &json!(2))
    );
    assert_eq!(row["site"], "prostate");
    kit.ask_with(&doctor, "PATCH", &path, change, &[("if-match", "\"v1\"")]).await.refused(412, "conflict");
    let later = json!({ "implanted_on": "2099-01-01", "why": "x" });
    kit.ask_with(&doctor, "PATCH", &path, later, &[("if-match", "\"v2\"")]).await.refused(422, "invalid");

    let timeline = kit.get(&doctor, &format!("{path}/timeline")).await.must(200);
    let actions: Vec<&str> =
        timeline["rows"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["case.replace", "patient.replace", "case.create", "patient.create"]);
    assert_eq!(timeline["rows"][0]["why"], "改名");
    // the ledger proves what happened without telling to whom
    assert!(!timeline.to_string().contains('芳') && !timeline.to_string().contains("P-1"), "{timeline}");
}

#[tokio::test]
async fn the_timeline_tells_that_the_identity_was_changed_and_by_whom_in_every_case_of_the_patient() {
    let (kit, _, doctor) = doctor().await;
    let first = format!("/cases/{}", text(&kit.case(&doctor, "王芳", "P-1").await["id"]));
    let second = format!("/cases/{}", text(&kit.case(&doctor, "王芳", "P-1").await["id"]));
    let change = json!({ "patient": { "number": "P-2", "name": "王方" }, "why": "身份证号更正" });
    kit.ask_with(&doctor, "PATCH", &second, change, &[("if-match", "\"v1\"")]).await.must(200);
    for (path, others) in [(&first, vec!["case.create"]), (&second, vec!["case.replace", "case.create"])] {
        let rows = kit.get(&doctor, &format!("{path}/timeline")).await.must(200)["rows"].clone();
        let rows = rows.as_array().unwrap();
        let of = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).collect::<Vec<_>>();
        let actions: Vec<&str> = of("case").iter().map(|row| row["action"].as_str().unwrap()).collect();
        assert_eq!(actions, others, "a case of the same patient keeps its own history");
        let [changed, made] = of("patient")[..] else { panic!("{rows:?}") };
        assert_eq!((&changed["action"], &made["action"]), (&json!("patient.replace"), &json!("patient.create")));
        assert_eq!((&changed["why"], &changed["who"]["name"]), (&json!("身份证号更正"), &json!("zhao 医生")));
        // the seals show that it is another identity; neither shows whose
        assert_ne!(changed["before"]["seal"], changed["after"]["seal"]);
        let told = json!(rows).to_string();
        for secret in ["王芳", "王方", "P-1", "P-2"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}

#[tokio::test]
async fn a_case_lacks_what_its_stage_asks_for_and_no_more() {
    let (kit, _, doctor) = doctor().await;
    let lacks = async |path: &str| {
        let page = kit.get(&doctor, path).await.must(200);
        let what = page["missing"].as_array().unwrap().iter().map(|one| text(&one["what"])).collect::<Vec<_>>();
        (text(&page["case"]["stage"]), what)
    };
    let planned = json!({ "patient": { "name": "王芳" }, "site": "prostate" });
    let path = format!("/cases/{}", text(&kit.ask(&doctor, "POST", "/cases", planned).await.must(201)["id"]));
    assert_eq!(lacks(&path).await, ("planned".into(), vec!["consent".into(), "implant_date".into()]));
    let implanted = json!({ "implanted_on": "2026-03-10", "why": "x" });
    kit.ask_with(&doctor, "PATCH", &path, implanted, &[("if-match", "\"v1\"")]).await.must(200);
    assert_eq!(lacks(&path).await, ("implanted".into(), vec!["consent".into(), "study".into()]));
}

#[tokio::test]
async fn a_consent_record_signed_before_the_procedure_is_a_consent_whatever_the_technique() {
    let (kit, _, doctor) = doctor().await;
    for (technique, form) in
        [("seed_implant", "procedure"), ("ablation", "procedure"), ("radiopharmaceutical", "administration")]
    {
        let new = json!({ "patient": { "name": "王芳" }, "site": "liver", "technique": technique });
        let id = text(&kit.ask(&doctor, "POST", "/cases", new).await.must(201)["id"]);
        let lacks = async || {
            let page = kit.get(&doctor, &format!("/cases/{id}")).await.must(200);
            let all = page["missing"].as_array().unwrap().clone();
            all.iter().find(|one| one["what"] == "consent").map(|one| text(&one["en"]))
        };
        let sign = async |at: &str, risk: bool| {
            let values = json!({ "signed_at": at, "signed_by": "王芳", "relation": "self", "purpose": true, "risk": risk,
                "after_care": true, "complications": true });
            let body = json!({ "form": "consent", "about": { "kind": "case", "id": id }, "values": values });
            kit.ask(&doctor, "POST", "/records", body).await.must(201)
        };
        assert!(lacks().await.unwrap().contains("is missing"), "{technique}");
        sign("2026-03-10T15:00:00+08:00", false).await;
        assert!(lacks().await.unwrap().contains("not all of it was told"), "{technique}: one part is not told");
        let late = sign("2026-03-10T15:00:00+08:00", true).await;
        assert_eq!(lacks().await, None, "{technique}: the procedure is still ahead");
        // the procedure began before that
        let at = |name: &str| json!({ name: "2026-03-10T14:00:00+08:00" });
        let values = if form == "procedure" { at("started_at") } else { at("at") };
        done(&kit, &id, form, values).await;
        assert!(lacks().await.unwrap().contains("not signed before"), "{technique}: signed too late");
        let early = sign("2026-03-10T13:00:00+08:00", true).await;
        assert_eq!(lacks().await, None, "{technique}");
        for record in [late, early] {
            let withdraw = json!({ "withdrawn": true, "why": "x" });
            let path = format!("/records/{}", text(&record["id"]));
            kit.ask_with(&doctor, "PATCH", &path, withdraw, &[("if-match", "\"v1\"")]).await.must(200);
        }
        assert!(lacks().await.is_some(), "{technique}: a withdrawn one is none");
    }
}

/// Writes what the norms would not let in through the door: a procedure without all that comes before it.
async fn done(kit: &Kit, case: &str, form: &str, values: Value) {
    let now = kit.app.clock.now();
    let by = kit.app.store.accounts().await.unwrap()[0].id;
    let record = records::Record {
        id: kit.app.clock.new_id(),
        version: 1,
        form: form.to_owned(),
        edition: 1,
        about: records::About::Case(case.parse().unwrap()),
        day: "2026-03-10".parse().unwrap(),
        until: None,
        unique: None,
        values: values.as_object().unwrap().clone(),
        files: Vec::new(),
        withdrawn: false,
        created_by: by,
        created: now,
    };
    let changes = vec![records::Change::Create(records::Item::Record(record))];
    let commit = records::Commit { at: now, who: Some(by), why: String::new(), changes, work: Vec::new() };
    kit.app.store.commit(commit).await.unwrap();
}

#[tokio::test]
async fn a_known_patient_number_is_the_same_person_or_a_mistake() {
    let (kit, _, doctor) = doctor().await;
    let first = kit.case(&doctor, "王芳", "P-1").await;
    let again = kit.case(&doctor, "王芳", "P-1").await;
    assert_eq!(first["patient"]["id"], again["patient"]["id"]);
    let other = json!({ "patient": { "number": "P-1", "name": "刘强" }, "site": "lung" });
    let problem = kit.ask(&doctor, "POST", "/cases", other).await.refused(422, "invalid");
    assert!(problem["fields"]["patient.number"].is_string());
    let taken = json!({ "number": first["number"], "patient": { "name": "刘强" }, "site": "lung" });
    assert!(kit.ask(&doctor, "POST", "/cases", taken).await.refused(409, "refused")["fields"]["number"].is_string());
    for (body, field) in [
        (json!({ "patient": { "name": " " }, "site": "x" }), "patient.name"),
        (json!({ "patient": { "name": "A", "birth_date": "1.2.1950" }, "site": "x" }), "patient.birth_date"),
        (
            json!({ "patient": { "name": "A" }, "site": "x", "intent": { "prescription_gy": -3.0 } }),
            "intent.prescription_gy",
        ),
        (json!({ "patient": { "name": "A" }, "site": "x", "physician": "nobody" }), "physician"),
    ] {
        let problem = kit.ask(&doctor, "POST", "/cases", body).await.refused(422, "invalid");
        assert!(problem["fields"][field].is_string(), "{field}: {problem}");
    }
    kit.ask(&doctor, "POST", "/cases", json!({ "patient": { "name": "A" }, "site": "x", "colour": 1 }))
        .await
        .refused(422, "invalid");
}

#[tokio::test]
async fn a_paper_comes_back_as_it_was_and_is_never_run_by_the_browser() {
    let (kit, _, doctor) = doctor().await;
    let case = kit.case(&doctor, "王芳", "P-1").await;
    let uri = format!(
        "/api/v1/cases/{}/documents?kind=consent&title=x&file_name=%E5%90%8C%E6%84%8F%E4%B9%A6.html",
        text(&case["id"])
    );
    let html = b"<script>alert(1)</script>".to_vec();
    let wrong = kit.send(&doctor, "POST", &uri.replace("consent", "other_kind"), html.clone(), &[]).await;
    wrong.refused(422, "invalid");
    let document = kit.send(&doctor, "POST", &uri, html.clone(), &[("content-type", "text/html")]).await.must(201);
    assert_eq!((&document["file_name"], &document["bytes"]), (&json!("同意书.html"), &json!(html.len())));
    let path = format!("/documents/{}", text(&document["id"]));
    let answer = kit.get(&doctor, &format!("{path}/content")).await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/octet-stream");
    assert!(answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"));
    assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(answer.body, html);
    let withdraw = json!({ "withdrawn": true, "why": "wrong patient" });
    let answer = kit.ask_with(&doctor, "PATCH", &path, withdraw, &[("if-match", "\"v1\"")]).await.must(200);
    assert_eq!(answer["withdrawn"], true);
    let page = kit.get(&doctor, &format!("/cases/{}", text(&case["id"]))).await.must(200);
    assert!(page["missing"].as_array().unwrap().iter().any(|one| one["what"] == "consent"));
    let big = vec![0; 1 << 10];
    let announced = ((100_u64 << 20) + 1).to_string();
    kit.send(&doctor, "POST", &uri, big, &[("content-length", &announced)]).await.refused(413, "too-large");
    kit.send(&doctor, "POST", &uri, Vec::new(), &[]).await.refused(422, "invalid");
}
