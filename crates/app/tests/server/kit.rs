//! A server to ask, and people who ask it.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use dosewright_app::clock::Clock;
use dosewright_app::server::limits::Limits;
use dosewright_app::server::{App, Config, logging, router};
use dosewright_app::worker;
use image::simulate::{CaseFile, Scanner, case_files, design, scan};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::{Objects, SqliteStore};
use tower::ServiceExt as _;

/// A password long enough.
pub const PASSWORD: &str = "correct horse battery";

/// A server.
pub struct Kit {
    pub app: App,
    router: Router,
    ahead_s: Arc<AtomicI64>,
    home: tempfile::TempDir,
}

impl Kit {
    /// An empty one, nobody in it.
    pub async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let ahead_s = Arc::new(AtomicI64::new(0));
        let app = open(home.path(), &ahead_s).await;
        Self { router: router(&app), app, ahead_s, home }
    }

    /// One with an administrator `admin`, who is logged in.
    pub async fn with_admin() -> (Self, Session) {
        let kit = Self::new().await;
        let nobody = Session::default();
        let body = json!({ "login": "admin", "name": "Guan Li", "password": PASSWORD });
        let answer = kit.ask(&nobody, "POST", "/setup", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let admin = Session::of(&answer);
        (kit, admin)
    }

    /// Starts workers.
    pub fn work(&self) {
        drop(worker::start(&self.app, 1));
    }

    /// Lets time pass for the server.
    pub fn pass(&self, time: SignedDuration) {
        self.ahead_s.fetch_add(time.as_secs(), Ordering::SeqCst);
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        self.home.path()
    }

    /// Makes an account and logs it in.
    pub async fn person(&self, admin: &Session, login: &str, roles: &[&str]) -> Session {
        let body = json!({ "login": login, "name": format!("{login} 医生"), "roles": roles, "password": PASSWORD });
        self.ask(admin, "POST", "/accounts", body).await.must(201);
        self.log_in(login, PASSWORD).await.into_session()
    }

    pub async fn log_in(&self, login: &str, password: &str) -> Answer {
        self.ask(&Session::default(), "POST", "/session", json!({ "login": login, "password": password })).await
    }

    /// Asks with a JSON body; `null` is no body.
    pub async fn ask(&self, who: &Session, method: &str, path: &str, body: Value) -> Answer {
        self.ask_with(who, method, path, body, &[]).await
    }

    /// Asks with further headers.
    pub async fn ask_with(
        &self,
        who: &Session,
        method: &str,
        path: &str,
        body: Value,
        more: &[(&str, &str)],
    ) -> Answer {
        let mut headers = more.to_vec();
        headers.push(("content-type", "application/json"));
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.send(who, method, &format!("/api/v1{path}"), body, &headers).await
    }

    pub async fn get(&self, who: &Session, path: &str) -> Answer {
        self.ask(who, "GET", path, Value::Null).await
    }

    /// Sends any bytes to any address.
    pub async fn send(&self, who: &Session, method: &str, uri: &str, body: Vec<u8>, more: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(uri);
        if !more.iter().any(|(name, _)| *name == "host") {
            request = request.header(header::HOST, "localhost");
        }
        if !who.cookie.is_empty() {
            request = request.header(header::COOKIE, &who.cookie).header("x-csrf-token", &who.csrf);
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Waits until a job is over; the job.
    pub async fn finished(&self, who: &Session, job: &str) -> Value {
        for _ in 0..6000 {
            let answer = self.get(who, &format!("/jobs/{job}")).await.must(200);
            if ["done", "failed", "cancelled"].contains(&answer["progress"].as_str().unwrap()) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("job {job} does not end");
    }

    /// Opens a case; its row.
    pub async fn case(&self, who: &Session, patient: &str, number: &str) -> Value {
        let body = json!({ "patient": { "number": number, "name": patient }, "site": "prostate", "implanted_on": "2026-03-10",
            "intent": { "prescription_gy": 145.0, "model": "STM1251", "strength_u": 0.6 } });
        self.ask(who, "POST", "/cases", body).await.must(201)
    }

    /// Sends files as an upload of a case and has it imported; the job when it is over.
    pub async fn import(&self, who: &Session, case: &str, files: &[CaseFile]) -> Value {
        let upload = self.ask(who, "POST", &format!("/cases/{case}/uploads"), json!({})).await.must(201);
        let id = text(&upload["id"]);
        for file in files {
            let uri = format!("/api/v1/uploads/{id}/files?path={}", file.path);
            self.send(who, "PUT", &uri, file.bytes.clone(), &[]).await.must(200);
        }
        let ordered = self.ask(who, "POST", &format!("/uploads/{id}/complete"), Value::Null).await.must(202);
        self.finished(who, &text(&ordered["job"])).await
    }
}

/// The same data folder opened as by another run of the program.
pub async fn open(home: &Path, ahead_s: &Arc<AtomicI64>) -> App {
    let keys = store::Keys::new(store::Key::new("k1", [7; 32]).unwrap());
    let store = SqliteStore::open(home.join("dosewright.db"), keys).await.unwrap();
    let objects = Objects::open(home.join("objects")).unwrap();
    let mut limits = Limits::embedded().unwrap();
    // the strength of a hash is tested by itself; here it would only cost time
    (limits.password.memory_kib, limits.password.passes) = (64, 1);
    let ahead = Arc::clone(ahead_s);
    let config = Config {
        data: home.to_path_buf(),
        clock: Clock::new(move || Timestamp::now() + SignedDuration::from_secs(ahead.load(Ordering::SeqCst))),
        limits,
        hosts: Vec::new(),
        behind_proxy: false,
        demo: false,
        forms: records::forms::Forms::builtin(),
    };
    App::new(Arc::new(store), Arc::new(objects), config).unwrap()
}

/// A login as a browser holds it.
#[derive(Debug, Clone, Default)]
pub struct Session {
    pub cookie: String,
    pub csrf: String,
}

impl Session {
    pub fn of(answer: &Answer) -> Self {
        let set = answer.headers[header::SET_COOKIE].to_str().unwrap();
        Self { cookie: set.split(';').next().unwrap().to_owned(), csrf: text(&answer.json()["csrf"]) }
    }
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, String::from_utf8_lossy(&self.body).chars().take(600).collect::<String>())
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The JSON of an answer that must have this status.
    #[track_caller]
    pub fn must(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.json()
    }

    /// Holds that it is a problem, whole and in both languages.
    #[track_caller]
    pub fn refused(self, status: u16, slug: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{slug}"), "{problem}");
        assert_eq!(problem["instance"], self.headers["x-request-id"].to_str().unwrap(), "{problem}");
        let han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        assert!(problem["detail_zh"].as_str().unwrap().contains(han), "{problem}");
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{problem}");
        problem
    }

    #[track_caller]
    pub fn into_session(self) -> Session {
        assert_eq!(self.status, 200, "{self:?}");
        Session::of(&self)
    }
}

/// A text of an answer.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The made-up prostate patient, scanned on a small field: quick to read and to search.
pub fn small_study() -> &'static [CaseFile] {
    static FILES: OnceLock<Vec<CaseFile>> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut design = design("prostate").unwrap();
        design.scanner = Scanner::clinical(design.scanner.centre, [84.0, 84.0, 60.0], 2.5);
        case_files(&scan(design).unwrap()).unwrap()
    })
}

/// What was logged since the program began.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Keeps the log of this process from now on.
    pub fn kept() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            let to = log.clone();
            tracing::subscriber::set_global_default(logging::subscriber(move || to.clone())).unwrap();
            log
        })
        .clone()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
