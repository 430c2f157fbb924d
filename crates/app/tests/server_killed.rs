//! The server is killed at random moments, again and again, while files arrive, doses are computed and results are signed: whatever it
//! acknowledged is there afterwards, and nothing is half done.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use common::Study;
use serde_json::{Value, json};

const PASSWORD: &str = "a long enough password";
/// Kills of each kind: fifty and two together.
const ROUNDS: u32 = 18;

/// A running server.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dosewright"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().trim_end_matches('/').to_owned();
        assert!(address.contains(':'), "the server did not start: {line}");
        Self { child, address }
    }

    /// SIGKILL: no chance to finish anything.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A person at a browser, as far as HTTP sees it.
#[derive(Clone)]
struct Person {
    cookie: String,
    csrf: String,
}

/// Status, headers and body; `None` when the server is gone.
fn request(
    address: &str,
    who: Option<&Person>,
    method: &str,
    path: &str,
    body: &[u8],
) -> Option<(u16, String, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_mins(2))).ok()?;
    let (cookie, csrf) = who.map_or(("", ""), |who| (&who.cookie, &who.csrf));
    let head = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nCookie: {cookie}\r\n\
         X-CSRF-Token: {csrf}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let headers = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = headers.split(' ').nth(1)?.parse().ok()?;
    let mut body = answer[end + 4..].to_vec();
    if headers.to_lowercase().contains("transfer-encoding: chunked") {
        body = unchunked(&body)?;
    } else {
        let length =
            headers.to_lowercase().split("content-length: ").nth(1)?.lines().next()?.trim().parse::<usize>().ok()?;
        // an answer that breaks off is no answer
        (body.len() == length).then_some(())?;
    }
    Some((status, headers, body))
}

fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line = body.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&body[..line]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(line + 2..line + 2 + size)?);
        body = body.get(line + 2 + size + 2..)?;
    }
}

/// JSON of an answer that must be a success; `None` when the server is gone.
fn ask(address: &str, who: Option<&Person>, method: &str, path: &str, body: &Value) -> Option<Value> {
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let (status, _, answer) = request(address, who, method, path, &bytes)?;
    assert!((200..300).contains(&status), "{method} {path}: {status} {}", String::from_utf8_lossy(&answer));
    Some(if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer).unwrap() })
}

fn log_in(address: &str, path: &str, body: &Value) -> Person {
    let (status, headers, answer) = request(address, None, "POST", path, body.to_string().as_bytes()).unwrap();
    assert!(status < 300, "{path}: {status} {}", String::from_utf8_lossy(&answer));
    let cookie =
        headers.lines().find_map(|line| line.to_lowercase().starts_with("set-cookie:").then(|| line[11..].trim()));
    let cookie = cookie.unwrap().split(';').next().unwrap().to_owned();
    let whoever = Person { cookie, csrf: String::new() };
    let session = ask(address, Some(&whoever), "GET", "/session", &Value::Null).unwrap();
    Person { csrf: session["csrf"].as_str().unwrap().to_owned(), ..whoever }
}

/// Pseudorandom milliseconds, the same in every run of the test.
struct Moments(u64);

impl Moments {
    fn next(&mut self, most_ms: u64) -> Duration {
        // Knuth's MMIX generator
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis((self.0 >> 33) % most_ms)
    }
}

fn hex(bytes: &[u8]) -> String {
    dosewright_app::verify::digest(bytes)
}

/// Waits for a job to be over.
fn wait(address: &str, who: &Person, job: &str) -> Value {
    let begun = Instant::now();
    loop {
        let job = ask(address, Some(who), "GET", &format!("/jobs/{job}"), &Value::Null).unwrap();
        if ["done", "failed", "cancelled"].contains(&job["progress"].as_str().unwrap()) {
            return job;
        }
        assert!(begun.elapsed() < Duration::from_mins(3), "a job does not end: {job}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Kills the server after a while; the client's work goes on until it notices.
fn killed_during<T: Send + 'static>(
    server: Server,
    after: Duration,
    client: impl FnOnce(String) -> T + Send + 'static,
) -> T {
    let (done, result) = mpsc::channel();
    let address = server.address.clone();
    std::thread::spawn(move || done.send(client(address)));
    std::thread::sleep(after);
    server.kill();
    result.recv_timeout(Duration::from_secs(150)).unwrap()
}

struct Cast {
    admin: Person,
    physicist: Person,
    physician: Person,
}

fn sound(address: &str, cast: &Cast) {
    let check = ask(address, Some(&cast.admin), "POST", "/audit/check", &json!({})).unwrap();
    assert_eq!(check["sound"], true, "{check}");
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_is_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let (data, study) = (folder.path().join("data"), folder.path().join("study"));
    Study::default().write(&study);
    let files: BTreeMap<String, Vec<u8>> = std::fs::read_dir(&study)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();

    let mut server = Server::start(&data);
    let at = server.address.clone();
    let admin = log_in(&at, "/setup", &json!({ "login": "admin", "name": "Admin", "password": PASSWORD }));
    for role in ["physicist", "physician"] {
        let account = json!({ "login": role, "name": role, "roles": [role], "password": PASSWORD });
        ask(&at, Some(&admin), "POST", "/accounts", &account).unwrap();
    }
    let enter = |login: &str| log_in(&at, "/session", &json!({ "login": login, "password": PASSWORD }));
    let cast = Cast { physicist: enter("physicist"), physician: enter("physician"), admin };
    let new_case = |at: &str, number: u32| {
        let case = json!({
            "patient": { "number": format!("K-{number}"), "name": "测试" }, "site": "prostate", "implanted_on": "2026-03-01",
            "intent": { "prescription_gy": 145.0 },
        });
        ask(at, Some(&cast.physicist), "POST", "/cases", &case).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let mut moments = Moments(20_261_125);

    // while files arrive: what was acknowledged is there, the rest can be sent, the study is whole
    let mut ready = Vec::new();
    for round in 0..ROUNDS {
        let case = new_case(&server.address, round);
        let upload =
            ask(&server.address, Some(&cast.physicist), "POST", &format!("/cases/{case}/uploads"), &json!({})).unwrap();
        let upload = upload["id"].as_str().unwrap().to_owned();
        let (sent, who, to) = (files.clone(), cast.physicist.clone(), upload.clone());
        let acknowledged = killed_during(server, moments.next(400), move |at| {
            let mut acknowledged = Vec::new();
            for (name, bytes) in &sent {
                match request(&at, Some(&who), "PUT", &format!("/uploads/{to}/files?path={name}"), bytes) {
                    Some((200, _, _)) => acknowledged.push(name.clone()),
                    Some((status, _, body)) => panic!("{status} {}", String::from_utf8_lossy(&body)),
                    None => break,
                }
            }
            acknowledged
        });
        server = Server::start(&data);
        let there =
            ask(&server.address, Some(&cast.physicist), "GET", &format!("/uploads/{upload}"), &Value::Null).unwrap();
        let there: BTreeMap<String, String> = there["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| (file["path"].as_str().unwrap().to_owned(), file["sha256"].as_str().unwrap().to_owned()))
            .collect();
        for name in &acknowledged {
            assert_eq!(there.get(name), Some(&hex(&files[name])), "{name} was acknowledged");
        }
        for (name, bytes) in files.iter().filter(|(name, _)| !there.contains_key(*name)) {
            let path = format!("/uploads/{upload}/files?path={name}");
            assert_eq!(request(&server.address, Some(&cast.physicist), "PUT", &path, bytes).unwrap().0, 200);
        }
        // and once more while the import runs
        let who = cast.physicist.clone();
        let ordered =
            ask(&server.address, Some(&who), "POST", &format!("/uploads/{upload}/complete"), &json!({})).unwrap();
        if round % 3 == 0 {
            std::thread::sleep(moments.next(150));
            server.kill();
            server = Server::start(&data);
        }
        let job = wait(&server.address, &who, ordered["job"].as_str().unwrap());
        assert_eq!(job["progress"], "done", "{job}");
        let page = ask(&server.address, Some(&who), "GET", &format!("/cases/{case}"), &Value::Null).unwrap();
        let studies = page["studies"].as_array().unwrap();
        assert_eq!((studies.len(), studies[0]["files"].as_u64()), (1, Some(files.len() as u64)), "one whole study");
        ready.push((case, studies[0]["id"].as_str().unwrap().to_owned()));
        sound(&server.address, &cast);
    }

    // while doses are computed: the run ends all the same, once
    let mut computed = Vec::new();
    for (case, study) in &ready {
        let who = cast.physicist.clone();
        let path = format!("/cases/{case}/verifications");
        let one = ask(&server.address, Some(&who), "POST", &path, &json!({ "study": study, "settings": {} })).unwrap();
        let id = one["id"].as_str().unwrap().to_owned();
        ask(&server.address, Some(&who), "POST", &format!("/verifications/{id}/seeds/from-plan"), &json!({})).unwrap();
        let (order, person) = (format!("/verifications/{id}/compute"), who.clone());
        let ordered = killed_during(server, moments.next(900), move |at| {
            request(&at, Some(&person), "POST", &order, b"").filter(|(status, ..)| *status == 202)
        });
        server = Server::start(&data);
        if ordered.is_none() {
            // not acknowledged: it was ordered or it was not, but nothing in between
            let state = ask(&server.address, Some(&who), "GET", &format!("/verifications/{id}"), &Value::Null).unwrap();
            if state["state"] == "draft" {
                ask(&server.address, Some(&who), "POST", &format!("/verifications/{id}/compute"), &Value::Null)
                    .unwrap();
            }
        }
        let state = ask(&server.address, Some(&who), "GET", &format!("/verifications/{id}"), &Value::Null).unwrap();
        let job = wait(&server.address, &who, state["job"].as_str().unwrap());
        assert_eq!(job["progress"], "done", "{job}");
        let done = ask(&server.address, Some(&who), "GET", &format!("/verifications/{id}"), &Value::Null).unwrap();
        assert_eq!(done["state"], "computed");
        assert_eq!(done["files"].as_array().unwrap().len(), 7, "{}", done["files"]);
        computed.push((id, done["content"].as_str().unwrap().to_owned()));
        sound(&server.address, &cast);
    }

    // while it is signed: a signature that was acknowledged is there, and signing again never makes two
    for (id, content) in &computed {
        for (role, who) in [("physicist", &cast.physicist), ("physician", &cast.physician)] {
            let (path, person) = (format!("/verifications/{id}/sign"), who.clone());
            let body = json!({ "role": role, "password": PASSWORD, "content": content }).to_string();
            let acknowledged = killed_during(server, moments.next(300), move |at| {
                request(&at, Some(&person), "POST", &path, body.as_bytes()).is_some_and(|(status, ..)| status == 201)
            });
            server = Server::start(&data);
            let signed = |at: &str| {
                let page = ask(at, Some(who), "GET", &format!("/verifications/{id}"), &Value::Null).unwrap();
                page["signatures"].as_array().unwrap().iter().filter(|one| one["role"] == role).count()
            };
            let count = signed(&server.address);
            assert!(
                count == 1 || (count == 0 && !acknowledged),
                "{role}: {count} signatures, acknowledged {acknowledged}"
            );
            if count == 0 {
                let body = json!({ "role": role, "password": PASSWORD, "content": content });
                ask(&server.address, Some(who), "POST", &format!("/verifications/{id}/sign"), &body).unwrap();
            }
            assert_eq!(signed(&server.address), 1);
        }
        let page =
            ask(&server.address, Some(&cast.physician), "GET", &format!("/verifications/{id}"), &Value::Null).unwrap();
        assert_eq!(page["state"], "signed");
        // the report that was signed is there to the byte
        let (_, _, pdf) = request(
            &server.address,
            Some(&cast.physician),
            "GET",
            &format!("/verifications/{id}/files/report.zh.pdf"),
            b"",
        )
        .unwrap();
        let stated = page["files"].as_array().unwrap().iter().find(|file| file["name"] == "report.zh.pdf").unwrap();
        assert_eq!(stated["sha256"], hex(&pdf));
    }
    sound(&server.address, &cast);
    server.kill();
}
