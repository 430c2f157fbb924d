//! Nobody's name can be read from the ledger, whatever brought it in.

use image::simulate::{CaseFile, Scanner, case_files, design, scan};
use serde_json::{Value, json};

use crate::kit::{Kit, text};

/// The patient's name, as it stands in files and in names of files.
const NAME: &str = "Zhugeliang";

fn study() -> Vec<CaseFile> {
    let mut design = design("prostate").unwrap();
    design.scanner = Scanner::clinical(design.scanner.centre, [84.0, 84.0, 60.0], 2.5);
    design.patient.name = format!("{NAME}^Kongming");
    let files = case_files(&scan(design).unwrap()).unwrap();
    let named =
        |file: CaseFile| CaseFile { path: format!("{NAME}_export/{NAME}_{}", file.path.replace('/', "_")), ..file };
    files.into_iter().map(named).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_names_nobody() {
    let (kit, admin) = Kit::with_admin().await;
    kit.work();
    let who = kit.person(&admin, "wang", &["physicist", "physician"]).await;
    let case = text(&kit.case(&who, "诸葛亮", "P-0181").await["id"]);
    let mut files = study();
    // and one that cannot be read, whose remark names it
    files.push(CaseFile { path: format!("{NAME}_export/{NAME}.dcm"), bytes: b"no DICOM at all".to_vec() });
    let job = kit.import(&who, &case, &files).await;
    assert_eq!(job["progress"], "done", "{job}");
    let study = text(&job["result"]["study"]);
    let uri = format!("/api/v1/cases/{case}/documents?kind=consent&title={NAME}%20consent&file_name={NAME}.pdf");
    let paper = kit.send(&who, "POST", &uri, b"%PDF".to_vec(), &[("content-type", "application/pdf")]).await.must(201);
    assert_eq!(paper["file_name"], format!("{NAME}.pdf"));
    kit.get(&who, &format!("/documents/{}/content", text(&paper["id"]))).await;
    // a run that fails with the name in its sentence
    let body = json!({ "study": study, "settings": { "target": format!("CTV {NAME}"), "grid_mm": 3.0 } });
    let row = kit.ask(&who, "POST", &format!("/cases/{case}/verifications"), body).await.must(201);
    let path = format!("/verifications/{}", text(&row["id"]));
    let edits = json!({ "revision": 0, "edits": [{ "op": "add", "centre_mm": [4.0, -6.0, 12.0], "axis": null }] });
    kit.ask(&who, "POST", &format!("{path}/edits"), edits).await.must(200);
    let compute = async || {
        let ordered = kit.ask(&who, "POST", &format!("{path}/compute"), Value::Null).await.must(202);
        kit.finished(&who, &text(&ordered["job"])).await
    };
    assert_eq!(compute().await["progress"], "failed");
    let page = kit.get(&who, &path).await.must(200);
    assert!(text(&page["failure"]).contains(NAME), "the item says why: {page}");
    // and one that gives a result, with notices about the files
    let mut settings = page["settings"].clone();
    settings["target"] = Value::Null;
    let version = format!("\"v{}\"", page["version"]);
    kit.ask_with(&who, "PATCH", &path, json!({ "settings": settings }), &[("if-match", &version)]).await.must(200);
    assert_eq!(compute().await["progress"], "done");
    let rename = json!({ "patient": { "name": "诸葛孔明" }, "why": "改字" });
    kit.ask_with(&who, "PATCH", &format!("/cases/{case}"), rename, &[("if-match", "\"v1\"")]).await.must(200);

    let entries = kit.app.store.entries_from(1, 1000).await.unwrap();
    assert!(entries.len() > 10);
    for entry in &entries {
        for secret in [NAME, "Kongming", "诸葛", "P-0181"] {
            assert!(!entry.text.contains(secret), "'{secret}' is in the ledger: {}", entry.text);
        }
    }
    // the ledger still binds what it does not tell
    let sound = records::audit::check(&*kit.app.store, None).await.unwrap();
    assert_eq!(sound.head.seq as usize, entries.len());
    // and the studies' files are where they were, by their names
    let kept = kit.app.store.study(study.parse().unwrap()).await.unwrap().unwrap();
    assert!(kept.files.iter().all(|file| file.path.contains(NAME)), "{:?}", kept.files);
    kit.app.jobs.end();
}
