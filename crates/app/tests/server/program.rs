//! The program itself: a port, signals, a restart, and the check of its ledger from the command line.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_dosewright"))
}

struct Running {
    child: Child,
    address: String,
}

fn serve(data: &Path) -> Running {
    let mut child = program()
        .args(["serve", "--listen", "127.0.0.1:0", "--workers", "1", "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit("http://").next().unwrap().trim_end_matches('/').to_owned();
    Running { child, address }
}

impl Running {
    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        write!(stream, "{}", request.replace("\r\nHost: ?", &format!("\r\nHost: {host}\r\nConnection: close")))
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks it to stop and waits; what it logged.
    fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert!(status.success(), "{status}: {log}");
        log
    }
}

#[test]
fn serves_stops_when_asked_and_its_ledger_is_checked_from_outside() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("made/data");
    let running = serve(&data);
    assert!(running.ask("GET /healthz HTTP/1.1\r\nHost: ?\r\n\r\n").ends_with("ok\n"));
    let body = r#"{"login":"admin","name":"Guan Li","password":"correct horse battery"}"#;
    let length = body.len();
    let answer = running.ask(&format!(
        "POST /api/v1/setup HTTP/1.1\r\nHost: ?\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    ));
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let log = running.stop();
    assert!(log.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{log}");
    assert!(log.contains("\"route\":\"/api/v1/setup\"") && log.contains("stopped"), "{log}");
    assert!(!log.contains("Guan Li") && !log.contains("correct horse"), "{log}");

    let audit = |known: &str| {
        let mut command = program();
        command.args(["audit", "verify", "--data"]).arg(&data);
        if !known.is_empty() {
            command.args(["--known", known]);
        }
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = audit("");
    assert_eq!(code, Some(0), "{said}");
    let head = said.lines().find_map(|line| line.strip_prefix("head ")).unwrap().to_owned();
    assert!(head.starts_with("2:"), "{said}");
    assert_eq!(audit(&head).0, Some(0));
    let (code, said) = audit(&format!("1:{}", "0".repeat(64)));
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("NOT SOUND: entry 1"), "{said}");
    assert_eq!(audit("nonsense").0, Some(2));

    let again = serve(&data);
    assert!(again.ask("GET /api/v1/setup HTTP/1.1\r\nHost: ?\r\n\r\n").contains("\"first_run\":false"));
    again.stop();
    let nowhere = program().args(["audit", "verify", "--data", "/nowhere/at/all"]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(3));
}
