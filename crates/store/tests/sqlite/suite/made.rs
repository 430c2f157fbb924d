//! Made-up records for the suite. Time and identifiers come from a counter, so that every run is the same.

use jiff::{SignedDuration, Timestamp};
use records::case::Intent;
use records::job::{Progress, Task};
use records::study::{StoredFile, StudySummary};
use records::verification::{Outcome, OutputFile, Settings, State};
use records::*;
use serde_json::{Value, json};

/// A moment some seconds after a fixed one.
pub fn at(seconds: i64) -> Timestamp {
    "2026-01-31T08:00:00.123456789Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

/// Keys that seal identity.
pub fn keys() -> dosewright_store::Keys {
    dosewright_store::Keys::new(dosewright_store::Key::new("k1", [7; 32]).unwrap())
}

/// An identifier that nothing else in the run has.
pub fn id<T>() -> Id<T> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut random = [0; 10];
    random[2..].copy_from_slice(&next.to_be_bytes());
    Id::new(1_769_846_400_000 + next, random)
}

pub fn commit(who: Option<Id<Account>>, changes: Vec<Change>) -> Commit {
    Commit { who, at: at(0), why: "因为需要".into(), changes, work: vec![] }
}

pub fn account(login: &str, roles: &[Role]) -> Account {
    Account {
        id: id(),
        version: 1,
        login: login.into(),
        name: format!("{login} 医生"),
        roles: roles.into(),
        hospitals: vec![],
        active: true,
        created: at(0),
    }
}

pub fn patient(number: &str, name: &str) -> Patient {
    Patient {
        id: id(),
        version: 1,
        number: number.into(),
        name: name.into(),
        birth_date: Some(jiff::civil::date(1950, 2, 3)),
        sex: "M".into(),
        salt: "000102030405060708090a0b0c0d0e0f".into(),
    }
}

pub fn case(number: &str, patient: Id<Patient>) -> Case {
    Case {
        id: id(),
        version: 1,
        number: number.into(),
        patient,
        hospital: None,
        technique: Technique::SeedImplant,
        route: String::new(),
        method: String::new(),
        site: "prostate".into(),
        diagnosis: String::new(),
        implanted_on: None,
        intent: Intent { prescription_gy: Some(145.1), model: None, strength_u: Some(0.1 + 0.2), count: Some(60) },
        physician: None,
        physicist: None,
        imaging_due: None,
        follow_up_due: None,
        withdrawn: false,
        notes: String::new(),
        created: at(0),
    }
}

pub fn study(case: Id<Case>, by: Id<Account>) -> StoredStudy {
    StoredStudy {
        id: id(),
        version: 1,
        case,
        salt: "0f0e".into(),
        summary: StudySummary { uid: "1.2.3".into(), can_be_verified: true, ..StudySummary::default() },
        files: vec![file("ct/1.dcm", b"one")],
        remarks: vec![],
        received_by: by,
        received: at(0),
        withdrawn: false,
    }
}

pub fn file(path: &str, content: &[u8]) -> StoredFile {
    StoredFile { path: path.into(), content: Digest::of(content), bytes: content.len() as u64 }
}

pub fn document(case: Id<Case>, by: Id<Account>) -> Document {
    Document {
        id: id(),
        version: 1,
        case,
        salt: "0f0e".into(),
        kind: "consent".into(),
        title: "知情同意书".into(),
        file_name: "consent.pdf".into(),
        media_type: "application/pdf".into(),
        content: Digest::of(b"pdf"),
        bytes: 3,
        added_by: by,
        added: at(0),
        withdrawn: false,
    }
}

pub fn verification(study: &StoredStudy, number: u32, by: Id<Account>) -> Verification {
    Verification {
        id: id(),
        version: 1,
        case: study.case,
        salt: "0d0c".into(),
        number,
        study: study.id,
        follows: None,
        state: State::Draft,
        settings: Settings { prescription_gy: Some(145.0), ..Settings::default() },
        seeds: vec![],
        job: None,
        failure: None,
        failure_zh: None,
        outcome: None,
        created_by: by,
        created: at(0),
    }
}

pub fn outcome(report: &[u8]) -> Outcome {
    Outcome {
        files: vec![OutputFile {
            name: "report.zh.pdf".into(),
            content: Digest::of(report),
            bytes: report.len() as u64,
        }],
        verdict: "met".into(),
        seeds: 60,
        summary: json!({ "d90_gy": 154.1, "v100_percent": 96.2 }),
        inputs: Digest::of(b"inputs"),
        software: "Dosewright 0.1.0".into(),
        computed: at(10),
    }
}

pub fn signature(under: &Verification, role: Role, signer: &Account) -> Signature {
    Signature {
        id: id(),
        version: 1,
        verification: under.id,
        content: under.outcome.as_ref().unwrap().content(),
        role,
        signer: signer.id,
        name: signer.name.clone(),
        signed: at(20),
    }
}

pub fn job(task: Task, by: Id<Account>, ordered: Timestamp) -> Job {
    Job {
        id: id(),
        task,
        subject: "something".into(),
        input: json!({ "count": 60 }),
        progress: Progress::Queued,
        step: String::new(),
        part: 0.0,
        message: String::new(),
        message_zh: String::new(),
        result: Value::Null,
        attempts: 0,
        cancel: false,
        worker: None,
        lease_until: None,
        ordered_by: by,
        ordered,
    }
}

pub fn upload(case: Id<Case>, by: Id<Account>) -> Upload {
    Upload { id: id(), case, by, begun: at(0), files: vec![], job: None, study: None }
}

/// People to work with: a physician and a physicist.
pub struct People {
    pub physician: Account,
    pub physicist: Account,
}

/// Makes the first two accounts.
pub async fn people(store: &dyn Store) -> People {
    let physician = account("li.wei", &[Role::Physician, Role::Administrator]);
    let physicist = account("chen", &[Role::Physicist]);
    let first = vec![Change::Create(Item::Account(physician.clone()))];
    store.commit(commit(None, first)).await.unwrap();
    let second = vec![Change::Create(Item::Account(physicist.clone()))];
    store.commit(commit(Some(physician.id), second)).await.unwrap();
    People { physician, physicist }
}

/// Makes a patient and a case.
pub async fn made_case(store: &dyn Store, by: &Account, number: &str, name: &str) -> (Case, Patient) {
    let patient = patient(&format!("P{number}"), name);
    let case = case(number, patient.id);
    let changes = vec![Change::Create(Item::Patient(patient.clone())), Change::Create(Item::Case(case.clone()))];
    store.commit(commit(Some(by.id), changes)).await.unwrap();
    (case, patient)
}

/// Makes a case with a study and a draft of a verification.
pub async fn made_verification(store: &dyn Store, by: &Account, number: &str) -> (Case, StoredStudy, Verification) {
    let (case, _) = made_case(store, by, number, "王芳").await;
    let study = study(case.id, by.id);
    let verification = verification(&study, 1, by.id);
    let changes =
        vec![Change::Create(Item::Study(study.clone())), Change::Create(Item::Verification(verification.clone()))];
    store.commit(commit(Some(by.id), changes)).await.unwrap();
    (case, study, verification)
}

pub fn hospital(code: &str) -> Hospital {
    Hospital { id: id(), version: 1, code: code.into(), name: format!("第{code}医院"), active: true, created: at(0) }
}

pub fn person(hospital: Id<Hospital>, number: &str, name: &str) -> Person {
    Person {
        id: id(),
        version: 1,
        hospital,
        number: number.into(),
        name: name.into(),
        profession: records::person::Profession::Physician,
        account: None,
        active: true,
        created: at(0),
    }
}

pub fn record(form: &str, about: About, day: jiff::civil::Date, by: Id<Account>, values: &Value) -> Record {
    Record {
        id: id(),
        version: 1,
        form: form.into(),
        edition: 1,
        about,
        day,
        until: None,
        values: values.as_object().unwrap().clone(),
        unique: None,
        files: vec![],
        withdrawn: false,
        created_by: by,
        created: at(0),
    }
}

pub fn lot(hospital: Id<Hospital>, number: &str, count: u32) -> Lot {
    Lot {
        id: id(),
        version: 1,
        hospital,
        number: number.into(),
        manufacturer: "上海欣科".into(),
        model: "STM1251".into(),
        nuclide: "I-125".into(),
        registration: String::new(),
        count,
        strength_u: 0.621,
        reference: at(0),
        created: at(0),
    }
}

/// Creates some items.
pub async fn create(store: &dyn Store, by: &Account, items: Vec<Item>) {
    store.commit(commit(Some(by.id), items.into_iter().map(Change::Create).collect())).await.unwrap();
}
