//! Uploads and imports.

use std::io::Write as _;

use jiff::SignedDuration;
use records::change::Work;
use records::job::Progress;
use records::{Commit, Job, StoreError};
use serde_json::{Value, json};

use crate::kit::{Kit, Session, small_study, text};

async fn physicist() -> (Kit, Session, String) {
    let (kit, admin) = Kit::with_admin().await;
    let physicist = kit.person(&admin, "wang", &["physicist"]).await;
    let case = kit.case(&physicist, "Somebody Else", "P-9").await;
    (kit, physicist, text(&case["id"]))
}

#[tokio::test]
async fn what_was_acknowledged_stays_and_the_rest_can_be_sent() {
    let (kit, who, case) = physicist().await;
    let upload = kit.ask(&who, "POST", &format!("/cases/{case}/uploads"), json!({})).await.must(201);
    let path = format!("/uploads/{}", text(&upload["id"]));
    kit.ask(&who, "POST", &format!("{path}/complete"), Value::Null).await.refused(409, "not-ready");
    let uri = |name: &str| format!("/api/v1{path}/files?path={name}");
    let digest = records::Digest::of(b"one").to_string();
    let file = kit.send(&who, "PUT", &uri("a/1.dcm"), b"one".to_vec(), &[("x-sha256", &digest)]).await.must(200);
    assert_eq!(file, json!({ "path": "a/1.dcm", "bytes": 3, "sha256": digest }));
    kit.send(&who, "PUT", &uri("a/2.dcm"), b"two".to_vec(), &[("x-sha256", &digest)]).await.refused(422, "invalid");
    for path in ["", "../x", "a/../../x", "a%0ab"] {
        kit.send(&who, "PUT", &uri(path), b"x".to_vec(), &[]).await.refused(422, "invalid");
    }
    let state = kit.get(&who, &path).await.must(200);
    assert_eq!(state["files"], json!([file]));
    // neither DICOM nor an archive: the import says so, and more can be sent
    kit.work();
    let ordered = kit.ask(&who, "POST", &format!("{path}/complete"), Value::Null).await.must(202);
    let job = kit.finished(&who, &text(&ordered["job"])).await;
    assert_eq!(job["progress"], "failed");
    let message = text(&job["message"]);
    assert!(message.contains("DICOM") && !message.contains(kit.data().to_str().unwrap()), "{message}");
    kit.send(&who, "PUT", &uri("a/2.dcm"), b"two".to_vec(), &[]).await.must(200);
}

#[tokio::test]
async fn a_study_is_imported_once_as_folder_or_archive_and_tells_whose_it_is() {
    let (kit, who, case) = physicist().await;
    kit.work();
    let job = kit.import(&who, &case, small_study()).await;
    assert_eq!((&job["progress"], &job["result"]["can_be_verified"]), (&json!("done"), &json!(true)), "{job}");
    let page = kit.get(&who, &format!("/cases/{case}")).await.must(200);
    let study = &page["studies"][0];
    assert_eq!((&study["id"], &page["case"]["stage"]), (&job["result"]["study"], &json!("imaged")));
    assert_eq!(study["files"], json!(small_study().len()));
    assert_eq!(study["summary"]["series"][0]["size"], json!([168, 168, 24]));
    // the images are not of the case's patient: said first, without saying who it is
    let remarks = study["remarks"].as_array().unwrap();
    assert_eq!((&remarks[0]["severity"], &remarks[0]["tag"]), (&json!("error"), &json!("(0010,0020) PatientID")));
    assert!(!study.to_string().contains("DEMO-0001") && !study.to_string().contains("Wenhai"), "{study}");
    let folder = kit.data().join("work/studies").join(text(&study["id"]));
    assert!(folder.join("CT/CT0001.dcm").is_file());

    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for file in small_study() {
        zip.start_file(format!("导出/{}", file.path), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&file.bytes).unwrap();
    }
    let archive = image::simulate::CaseFile { path: "all.zip".into(), bytes: zip.finish().unwrap().into_inner() };
    let again = kit.import(&who, &case, &[archive]).await;
    assert_eq!((&again["progress"], &again["result"]["already_there"]), (&json!("done"), &json!(true)), "{again}");
    assert_eq!(again["result"]["study"], job["result"]["study"]);
    let page = kit.get(&who, &format!("/cases/{case}")).await.must(200);
    assert_eq!(page["studies"].as_array().unwrap().len(), 1);

    let path = format!("/studies/{}", text(&study["id"]));
    let withdraw = json!({ "withdrawn": true, "why": "another patient's" });
    kit.ask_with(&who, "PATCH", &path, withdraw, &[("if-match", "\"v1\"")]).await.must(200);
    let body = json!({ "study": study["id"] });
    kit.ask(&who, "POST", &format!("/cases/{case}/verifications"), body).await.refused(409, "not-ready");
}

#[tokio::test]
async fn a_queued_job_can_be_cancelled_and_is_over_at_once() {
    let (kit, who, case) = physicist().await;
    let upload = kit.ask(&who, "POST", &format!("/cases/{case}/uploads"), json!({})).await.must(201);
    let path = format!("/uploads/{}", text(&upload["id"]));
    kit.send(&who, "PUT", &format!("/api/v1{path}/files?path=x"), b"x".to_vec(), &[]).await.must(200);
    let ordered = kit.ask(&who, "POST", &format!("{path}/complete"), Value::Null).await.must(202);
    let job = format!("/jobs/{}", text(&ordered["job"]));
    let page = kit.get(&who, &format!("/cases/{case}")).await.must(200);
    assert_eq!(page["jobs"][0]["progress"], "queued");
    kit.ask(&who, "POST", &format!("{path}/complete"), Value::Null).await.refused(409, "refused");
    kit.ask(&who, "POST", &format!("{job}/cancel"), Value::Null).await.must(202);
    assert_eq!(kit.get(&who, &job).await.must(200)["progress"], "cancelled");
    let events = kit.get(&who, &format!("{job}/events")).await;
    let told = String::from_utf8(events.body.to_vec()).unwrap();
    assert!(told.starts_with("event: job\ndata: {") && told.contains("\"progress\":\"cancelled\""), "{told}");
}

#[tokio::test]
async fn a_job_whose_worker_died_is_done_by_another_and_the_dead_one_changes_nothing_any_more() {
    let (kit, who, case) = physicist().await;
    let upload = kit.ask(&who, "POST", &format!("/cases/{case}/uploads"), json!({})).await.must(201);
    let path = format!("/uploads/{}", text(&upload["id"]));
    for file in small_study() {
        let uri = format!("/api/v1{path}/files?path={}", file.path);
        kit.send(&who, "PUT", &uri, file.bytes.clone(), &[]).await.must(200);
    }
    let ordered = kit.ask(&who, "POST", &format!("{path}/complete"), Value::Null).await.must(202);
    let now = kit.app.clock.now();
    let lease = now + SignedDuration::from_secs(30);
    let dead = kit.app.store.claim("dead", now, lease).await.unwrap().unwrap();
    kit.pass(SignedDuration::from_secs(31));
    kit.work();
    let job = kit.finished(&who, &text(&ordered["job"])).await;
    assert_eq!((&job["progress"], &job["attempts"]), (&json!("done"), &json!(2)), "{job}");
    // it wakes up again and wants to write its end
    let late = Commit {
        who: Some(dead.ordered_by),
        at: kit.app.clock.now(),
        why: String::new(),
        changes: Vec::new(),
        work: vec![Work::Job(Box::new(Job { progress: Progress::Failed, ..dead }))],
    };
    assert!(matches!(kit.app.store.commit(late).await, Err(StoreError::Refused(_))));
    let page = kit.get(&who, &format!("/cases/{case}")).await.must(200);
    assert_eq!(page["studies"].as_array().unwrap().len(), 1);
    kit.app.jobs.end();
}
