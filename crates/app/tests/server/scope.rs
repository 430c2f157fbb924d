//! What is another hospital's is neither read nor changed: every route of the table, asked for things of hospital A by a person of
//! hospital B who has every role. A route added later is walked by itself; one that this test has no example for makes it fail.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use dosewright_app::server::auth::scope::Noun;
use dosewright_app::server::routes::{Route, all};
use records::store::Held;
use serde_json::{Value, json};

use crate::kit::{Answer, Kit, PASSWORD, Session, small_study, text};

/// Words that stand in everything of hospital A and in nothing else.
const NAME: &str = "钟离昧";
const WORD: &str = "Zhongli";
/// A patient number that both hospitals use.
const NUMBER: &str = "0001";
const EVERY_ROLE: [&str; 5] = ["physician", "physicist", "custodian", "quality", "administrator"];

/// Hospital A and what it has; hospital B and who asks.
struct World {
    kit: Kit,
    ours: Session,
    stranger: Session,
    strangers_hospital: String,
    strangers_case: String,
    strangers_lot: String,
    strangers_person: String,
    hospital: String,
    /// identifiers of things of hospital A, by the first word of the routes that take them
    things: BTreeMap<&'static str, String>,
    /// further parts of paths, by `route {parameter}`
    parts: BTreeMap<&'static str, String>,
    /// what no answer may hold
    secrets: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_or_changes_what_is_another_hospitals() {
    let world = World::made().await;
    world.is_reached_by_its_own().await;
    let before = world.everything().await;
    let head = world.kit.app.store.head().await.unwrap();
    let mut leaks = Vec::new();
    for route in all() {
        for request in world.requests(&route) {
            leaks.extend(world.leak(&route, &request).await);
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    assert_eq!(world.everything().await, before, "something of hospital A was changed");
    for entry in world.kit.app.store.entries_from(head.seq + 1, 10_000).await.unwrap() {
        for secret in &world.secrets {
            assert!(!entry.text.contains(secret), "the ledger tells that hospital A was touched: {}", entry.text);
        }
    }
    world.kit.app.jobs.end();
}

/// What is asked of a route.
#[derive(Debug)]
struct Request {
    path: String,
    body: Value,
    /// it names nothing of hospital A, or something that happens to be called the same: it may succeed
    may: bool,
}

impl Request {
    fn of(path: impl Into<String>, body: Value) -> Self {
        Self { path: path.into(), body, may: false }
    }

    fn allowed(path: impl Into<String>, body: Value) -> Self {
        Self { path: path.into(), body, may: true }
    }
}

impl World {
    /// The requests by which a route is walked.
    fn requests(&self, route: &Route) -> Vec<Request> {
        let name = format!("{} {}", route.method, route.path);
        // a file that was made or sent is called by its content; `exchange.rs` asks for real ones as somebody else
        if !route.path.contains("{id}") && route.path.contains("{content}") {
            let content = records::Digest::of(b"no such file").to_string();
            return vec![Request::of(route.path.replace("{content}", &content), json!({ "mapping": {} }))];
        }
        if !route.path.contains('{') {
            return self.without_identifier(&name).unwrap_or_else(|| {
                panic!(
                    "{name}: say in `without_identifier` of tests/server/scope.rs how somebody of another hospital would ask this \
                     route for things of hospital A"
                )
            });
        }
        let noun = route.path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let id = self.things.get(noun).unwrap_or_else(|| {
            panic!(
                "{name}: `things` of tests/server/scope.rs has no '{noun}' of hospital A; add one, and teach Noun::of (auth/scope.rs) \
                 whose it is"
            )
        });
        assert_ne!(
            Noun::of(route.path),
            Noun::Free,
            "{name}: Noun::of (auth/scope.rs) does not know whose a '{noun}' is"
        );
        let mut path = route.path.replace("{id}", id);
        while let Some((before, rest)) = path.clone().split_once('{') {
            let (parameter, after) = rest.split_once('}').expect("a parameter ends");
            let part = self.parts.get(format!("{noun} {parameter}").as_str()).unwrap_or_else(|| {
                panic!("{name}: `parts` of tests/server/scope.rs has no '{noun} {parameter}' of hospital A; add one")
            });
            path = format!("{before}{part}{after}");
        }
        let mut requests = vec![Request::of(path, Value::Null)];
        requests.extend(self.crossed(&name));
        requests
    }

    /// Requests to what is the stranger's own that name things of hospital A.
    fn crossed(&self, route: &str) -> Vec<Request> {
        let (case, lot, person) = (&self.strangers_case, &self.strangers_lot, &self.strangers_person);
        let thing = |noun: &str| self.things[noun].clone();
        let movement = |of: &str, evidence: Value| {
            json!({ "step": "cancel", "from": { "kind": "ordered" }, "to": { "kind": "cancelled", "of": of }, "count": 1,
                "note": "x", "evidence": evidence })
        };
        let why = "x";
        match route {
            "POST /cases/{id}/verifications" => {
                vec![Request::of(format!("/cases/{case}/verifications"), json!({ "study": thing("studies") }))]
            }
            "PATCH /cases/{id}" => {
                let body = json!({ "physician": thing("accounts"), "why": why });
                vec![Request::of(format!("/cases/{case}"), body)]
            }
            "PATCH /people/{id}" => {
                let body = json!({ "account": thing("accounts"), "why": why });
                vec![Request::of(format!("/people/{person}"), body)]
            }
            "POST /lots/{id}/movements" => {
                let path = format!("/lots/{lot}/movements");
                let mut issued = movement("", Value::Null);
                issued["to"] = json!({ "kind": "issued", "of": thing("cases") });
                vec![Request::of(&path, movement("", json!(thing("records")))), Request::of(&path, issued)]
            }
            _ => Vec::new(),
        }
    }

    /// Requests of a route whose path names nothing; `None` where it is not known how to ask.
    fn without_identifier(&self, route: &str) -> Option<Vec<Request>> {
        let ask = |path: &str| Request::allowed(path, Value::Null);
        let (hospital, strange) = (&self.hospital, &self.strangers_hospital);
        let thing = |noun: &str| self.things[noun].clone();
        let named = |path: &str| Request::of(format!("{path}hospital={hospital}"), Value::Null);
        let case = |hospital: &str| json!({ "patient": { "number": NUMBER, "name": "Somebody Else" }, "site": "x", "hospital": hospital });
        let lot = json!({ "hospital": hospital, "number": "L9", "manufacturer": "x", "model": "STM1251", "nuclide": "I-125", "count": 5,
            "strength_u": 0.5, "reference": "2026-01-01T00:00:00+08:00" });
        let account = |hospitals: Value| json!({ "login": "new-one", "name": "x", "roles": ["administrator"], "hospitals": hospitals, "password": PASSWORD });
        let record = |kind: &str, id: &str| {
            let values =
                json!({ "kind": "radiation_safety", "number": "9", "from": "2026-01-01", "until": "2027-01-01" });
            json!({ "form": "licence", "about": { "kind": kind, "id": id }, "values": values })
        };
        let about = |kind: &str, noun: &str| Request::of(format!("/records?about={kind}:{}", thing(noun)), Value::Null);
        Some(match route {
            // what is the same for everybody, and what is of the session alone
            "GET /setup" | "GET /seed-models" | "GET /criteria" | "GET /terms" | "GET /forms" | "GET /session" => {
                vec![ask(route.split_once(' ')?.1)]
            }
            "POST /setup" | "POST /session" | "DELETE /session" | "POST /session/password" => Vec::new(),
            "POST /audit/check" => vec![Request::allowed("/audit/check", json!({}))],
            "GET /audit" => vec![
                ask("/audit?limit=500"),
                ask(&format!("/audit?case={}", thing("cases"))),
                ask(&format!("/audit?subject={}", thing("records"))),
                ask(&format!("/audit?subject={}", thing("accounts"))),
            ],
            "GET /accounts" => vec![ask("/accounts")],
            "POST /accounts" => vec![
                Request::of("/accounts", account(json!([]))),
                Request::of("/accounts", account(json!([hospital]))),
                Request::of("/accounts", account(json!([strange, hospital]))),
            ],
            "GET /cases" => vec![
                ask("/cases?withdrawn=true&limit=200"),
                ask(&format!("/cases?search={WORD}")),
                ask("/cases?order=number"),
            ],
            "POST /cases" => vec![
                Request::of("/cases", case(hospital)),
                Request::allowed("/cases", case(strange)),
                Request::of("/cases", {
                    let mut body = case(strange);
                    body["physician"] = json!(thing("accounts"));
                    body
                }),
            ],
            "GET /hospitals" => vec![ask("/hospitals")],
            "POST /hospitals" => vec![Request::of("/hospitals", json!({ "code": "C", "name": "third" }))],
            "GET /people" => vec![ask("/people")],
            "POST /people" => {
                vec![Request::of("/people", json!({ "hospital": hospital, "name": "x", "profession": "nurse" }))]
            }
            "GET /records" => vec![
                ask("/records?withdrawn=true&limit=1000"),
                ask("/records?until=2099-01-01&limit=1000"),
                about("case", "cases"),
                about("lot", "lots"),
                about("person", "people"),
                about("hospital", "hospitals"),
            ],
            "POST /records" => vec![
                Request::of("/records", record("hospital", hospital)),
                Request::of("/records", record("case", &thing("cases"))),
            ],
            "GET /lots" => vec![ask("/lots?limit=200"), ask(&format!("/lots?number={WORD}"))],
            "POST /lots" => vec![Request::of("/lots", lot)],
            "GET /stock" => vec![ask("/stock")],
            "GET /stock-take" => vec![ask("/stock-take?safe=A"), named("/stock-take?safe=A&")],
            "POST /stock-take/count" => {
                let body = |hospital: Value| json!({ "hospital": hospital, "safe": "A", "codes": "L9*1" });
                vec![
                    Request::of("/stock-take/count", body(json!(hospital))),
                    Request::allowed("/stock-take/count", body(Value::Null)),
                ]
            }
            "POST /stock-take" => {
                let body = json!({ "hospital": hospital, "safe": "A", "codes": "", "expected": 0 });
                let counted_by = json!({ "safe": "A", "codes": "", "expected": 0, "by": [thing("people")] });
                vec![Request::of("/stock-take", body), Request::of("/stock-take", counted_by)]
            }
            "GET /norms" => vec![ask("/norms"), named("/norms?")],
            "GET /norms/inspection.pdf" => vec![named("/norms/inspection.pdf?")],
            "GET /counted" => vec![
                ask("/counted?by=treated&limit=200"),
                named("/counted?by=treated&"),
                ask(&format!("/counted?by=treated&operator={}", thing("people"))),
            ],
            "GET /indicators" => vec![
                ask("/indicators?pack=seeds-2022&group=operator"),
                ask("/indicators?pack=seeds-2022&group=hospital"),
                named("/indicators?pack=seeds-2022&"),
            ],
            "POST /figures" => {
                let body =
                    json!({ "pack": "seeds-2022", "from": "2026-01-01", "to": "2026-03-31", "hospital": hospital });
                vec![Request::of("/figures", body)]
            }
            "GET /today" => vec![ask("/today")],
            "GET /exports/policies" | "GET /imports/targets" => vec![ask(route.split_once(' ')?.1)],
            "GET /exports/register"
            | "GET /exports/study"
            | "GET /province/ready"
            | "GET /province/packages"
            | "GET /province/late" => {
                let path = route.split_once(' ')?.1;
                let own = if path.ends_with("study") { "?policy=shifted" } else { "?identity=true" };
                vec![ask(&format!("{path}{own}")), named(&format!("{path}{own}&"))]
            }
            "POST /province/packages" => {
                vec![Request::of(
                    "/province/packages",
                    json!({ "hospital": hospital, "from": "2020-01-01", "until": "2026-12-31" }),
                )]
            }
            "POST /province/receipts" => vec![Request::of("/province/receipts", json!({}))],
            // what was sent is held for the sender alone
            "POST /imports" => Vec::new(),
            _ => return None,
        })
    }

    /// What a request lets out or does that it should not.
    async fn leak(&self, route: &Route, request: &Request) -> Option<String> {
        let answer = self.ask(&self.stranger, route, request).await;
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        let headers = format!("{:?}", answer.headers);
        let told = self.secrets.iter().find(|secret| said.contains(*secret) || headers.contains(*secret));
        let wrong = if let Some(secret) = told {
            format!("tells '{secret}'")
        } else if answer.status.is_server_error() {
            "fails".to_owned()
        } else if !request.may && answer.status.is_success() {
            "is done".to_owned()
        } else if !request.may && answer.status == StatusCode::PRECONDITION_FAILED {
            "comes to comparing versions".to_owned()
        } else if !request.may && route.path.contains('{') && self.names_only_theirs(&request.path) && !hidden(&answer)
        {
            "does not look as if it were not there".to_owned()
        } else {
            return None;
        };
        Some(format!("{} {request:?} {wrong}: {answer:?}", route.method))
    }

    /// Whether a path is of a thing of hospital A, and not of the stranger's own.
    fn names_only_theirs(&self, path: &str) -> bool {
        self.things.values().any(|id| path.contains(id.as_str()))
    }

    async fn ask(&self, who: &Session, route: &Route, request: &Request) -> Answer {
        self.kit.ask_with(who, route.method, &request.path, request.body.clone(), &[("if-match", "\"v1\"")]).await
    }

    /// Every item by kind and identifier with the digest of its content, and the work in progress of hospital A.
    async fn everything(&self) -> Vec<String> {
        let store = &self.kit.app.store;
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page: Vec<Held> = store.held(after, 500).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some((last.kind, last.id.clone()));
            let known = |one: &&Held| self.secrets.contains(&one.id);
            all.extend(page.iter().filter(known).map(|one| format!("{one:?}")));
        }
        let (upload, job) = (&self.things["uploads"], &self.things["jobs"]);
        all.push(format!("{:?}", store.upload(upload.parse().unwrap()).await.unwrap()));
        all.push(format!("{:?}", store.job(job.parse().unwrap()).await.unwrap()));
        all.push(format!("{:?}", store.draft(self.things["verifications"].parse().unwrap()).await.unwrap()));
        all
    }

    /// The things are there: somebody of hospital A gets each of them.
    async fn is_reached_by_its_own(&self) {
        let mut got: Vec<&str> = Vec::new();
        for route in all() {
            let noun = route.path.trim_start_matches('/').split('/').next().unwrap_or_default();
            if route.method == "GET" && route.path.contains('{') && !route.path.ends_with("/events") {
                let request = self.requests(&route).swap_remove(0);
                let answer = self.ask(&self.ours, &route, &request).await;
                assert_ne!(answer.status, 403, "{request:?}");
                if answer.status.is_success() {
                    got.push(noun);
                }
            }
        }
        for noun in self.things.keys().filter(|noun| !["accounts", "hospitals"].contains(*noun)) {
            assert!(got.contains(noun), "nothing of '{noun}' is reached by its own people: got {got:?}");
        }
        let every = self.kit.get(&self.ours, "/cases").await.must(200).to_string();
        assert!(every.contains(NAME) && every.contains(NUMBER), "{every}");
    }

    async fn made() -> Self {
        let (kit, admin) = Kit::with_admin().await;
        kit.work();
        let hospital = async |code: &str, name: &str| {
            text(&kit.ask(&admin, "POST", "/hospitals", json!({ "code": code, "name": name })).await.must(201)["id"])
        };
        let (theirs, strange) = (hospital("HA", &format!("{WORD} Hospital")).await, hospital("HB", "Second").await);
        let account = async |login: &str, name: &str, hospital: &str| {
            let body = json!({ "login": login, "name": name, "roles": EVERY_ROLE, "hospitals": [hospital], "password": PASSWORD });
            let made = kit.ask(&admin, "POST", "/accounts", body).await.must(201);
            (text(&made["id"]), kit.log_in(login, PASSWORD).await.into_session())
        };
        let (account_id, ours) = account("ours", &format!("{NAME} 医师"), &theirs).await;
        let (_, stranger) = account("stranger", "Stranger", &strange).await;
        let case = async |who: &Session, number: &str, name: &str, more: &str| {
            let body = json!({ "patient": { "number": number, "name": name }, "site": "prostate", "diagnosis": more, "notes": more,
                "implanted_on": "2026-03-10" });
            kit.ask(who, "POST", "/cases", body).await.must(201)
        };
        let lot = async |who: &Session, hospital: &str, number: &str| {
            let body = json!({ "hospital": hospital, "number": number, "manufacturer": "x", "model": "STM1251", "nuclide": "I-125",
                "count": 5, "strength_u": 0.5, "reference": "2026-01-01T00:00:00+08:00" });
            text(&kit.ask(who, "POST", "/lots", body).await.must(201)["id"])
        };
        let person = async |who: &Session, hospital: &str, name: &str| {
            let body = json!({ "hospital": hospital, "name": name, "number": "7", "profession": "physician" });
            text(&kit.ask(who, "POST", "/people", body).await.must(201)["id"])
        };
        let made = case(&ours, NUMBER, NAME, &format!("{WORD} of the liver")).await;
        let case_id = text(&made["id"]);
        let strangers_case = text(&case(&stranger, "0002", "Own Patient", "").await["id"]);
        let number = format!("{WORD}-LOT");
        let (lot_id, strangers_lot) = (lot(&ours, &theirs, &number).await, lot(&stranger, &strange, "L1").await);
        let staff = person(&ours, &theirs, &format!("{NAME} 护士")).await;
        let strangers_person = person(&stranger, &strange, "Nurse").await;
        let record = async |form: &str, kind: &str, id: &str, values: Value| {
            let body = json!({ "form": form, "about": { "kind": kind, "id": id }, "values": values });
            text(&kit.ask(&ours, "POST", "/records", body).await.must(201)["id"])
        };
        // an incident, so that its flow is there to be asked for; with a paper
        let incident = json!({ "kind": "lost", "discovered_at": "2026-03-11T09:00:00+08:00", "words": format!("{WORD} lost one") });
        let incident = record("incident", "lot", &lot_id, incident).await;
        let soon = kit.app.clock.today().to_string();
        let licence =
            json!({ "kind": "radiation_safety", "number": format!("{WORD}-LIC"), "from": "2020-01-01", "until": soon });
        let licence = record("licence", "hospital", &theirs, licence).await;
        let file = format!("/api/v1/records/{incident}/files?file_name={WORD}.pdf");
        let file =
            kit.send(&ours, "POST", &file, b"%PDF".to_vec(), &[("content-type", "application/pdf")]).await.must(201);
        let content = text(&file["files"][0]["content"]);
        let gone = json!({ "step": "cancel", "from": { "kind": "ordered" }, "to": { "kind": "cancelled" }, "count": 1,
            "note": format!("{WORD} did not come") });
        let moved = kit.ask(&ours, "POST", &format!("/lots/{lot_id}/movements"), gone).await.must(201);
        let movement = text(&moved["movements"][0]["id"]);
        let figures = json!({ "pack": "seeds-2022", "from": "2026-01-01", "to": "2026-03-31", "hospital": theirs });
        let figure = text(&kit.ask(&ours, "POST", "/figures", figures).await.must(201)["id"]);
        let uri = format!("/api/v1/cases/{case_id}/documents?kind=consent&title={WORD}&file_name={WORD}.pdf");
        let paper = kit.send(&ours, "POST", &uri, b"%PDF-1".to_vec(), &[("content-type", "application/pdf")]).await;
        let paper = text(&paper.must(201)["id"]);
        let upload = kit.ask(&ours, "POST", &format!("/cases/{case_id}/uploads"), json!({})).await.must(201);
        let upload = text(&upload["id"]);
        let job = kit.import(&ours, &case_id, small_study()).await;
        let (study, job) = (text(&job["result"]["study"]), text(&job["id"]));
        let begun = json!({ "study": study, "settings": { "grid_mm": 3.0 } });
        let verification =
            text(&kit.ask(&ours, "POST", &format!("/cases/{case_id}/verifications"), begun).await.must(201)["id"]);
        let edits = json!({ "revision": 0, "edits": [{ "op": "add", "centre_mm": [4.0, -6.0, 12.0], "axis": null }] });
        kit.ask(&ours, "POST", &format!("/verifications/{verification}/edits"), edits).await.must(200);
        let things = BTreeMap::from([
            ("accounts", account_id),
            ("cases", case_id),
            ("documents", paper),
            ("hospitals", theirs.clone()),
            ("jobs", job),
            ("lots", lot_id),
            ("people", staff),
            ("records", incident),
            ("studies", study),
            ("uploads", upload),
            ("verifications", verification),
        ]);
        let patient = text(&made["patient"]["id"]);
        let mut secrets: Vec<String> = things.values().cloned().collect();
        secrets.extend([patient, licence, movement, figure, NAME.to_owned(), WORD.to_owned(), text(&made["number"])]);
        let parts = BTreeMap::from([("records content", content), ("verifications name", "report.en.pdf".to_owned())]);
        Self {
            kit,
            ours,
            stranger,
            strangers_hospital: strange,
            strangers_case,
            strangers_lot,
            strangers_person,
            hospital: theirs,
            things,
            parts,
            secrets,
        }
    }
}

/// Not there, or not allowed.
fn hidden(answer: &Answer) -> bool {
    [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&answer.status)
}

#[tokio::test]
async fn an_administrator_of_a_hospital_has_no_power_over_accounts_that_reach_further() {
    let (kit, admin) = Kit::with_admin().await;
    let body = json!({ "code": "HB", "name": "Second" });
    let hospital = text(&kit.ask(&admin, "POST", "/hospitals", body).await.must(201)["id"]);
    let account = |login: &str, hospitals: Value| json!({ "login": login, "name": login, "roles": ["administrator"], "hospitals": hospitals, "password": PASSWORD });
    kit.ask(&admin, "POST", "/accounts", account("local", json!([hospital]))).await.must(201);
    let local = kit.log_in("local", PASSWORD).await.into_session();
    let all = kit.get(&local, "/accounts").await.must(200)["rows"].clone();
    let of = |login: &str| all.as_array().unwrap().iter().find(|one| one["login"] == login).unwrap().clone();
    let (central, own) = (of("admin"), of("local"));
    let path = |one: &Value| format!("/accounts/{}", text(&one["id"]));
    // whoever works for all is known by name, and out of reach
    let given = json!({ "password": "another long password", "why": "x" });
    kit.ask(&local, "POST", &format!("{}/password", path(&central)), given.clone()).await.refused(404, "not-found");
    let close = json!({ "active": false, "why": "x" });
    kit.ask_with(&local, "PATCH", &path(&central), close, &[("if-match", "\"v1\"")]).await.refused(404, "not-found");
    // nobody makes themselves one who sees all
    let wider = json!({ "hospitals": [], "why": "x" });
    let problem = kit.ask_with(&local, "PATCH", &path(&own), wider, &[("if-match", "\"v1\"")]).await;
    assert!(problem.refused(422, "invalid")["fields"]["hospitals"].is_string());
    kit.ask(&local, "POST", "/accounts", account("third", json!([]))).await.refused(422, "invalid");
    // their own they look after
    let made = kit.ask(&local, "POST", "/accounts", account("third", json!([hospital]))).await.must(201);
    kit.ask(&local, "POST", &format!("{}/password", path(&made)), given).await.must(204);
    let page = kit.get(&local, "/audit").await.must(200);
    let subjects = page["rows"].as_array().unwrap().iter().filter(|row| row["subject"] == made["id"]).count();
    assert!(subjects >= 2, "{page}");
}
