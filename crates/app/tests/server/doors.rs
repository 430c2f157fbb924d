//! Who may what, and what comes from elsewhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::http::header;
use dosewright_app::server::auth::Access;
use dosewright_app::server::openapi;
use dosewright_app::server::routes::{BASE, all};
use records::{Action, Role};
use serde_json::{Value, json};

use crate::kit::{Kit, Session};

/// A golden file: compared, or written anew where `UPDATE_GOLDEN` is set.
fn golden(name: &str, text: &str) {
    let path = format!("{}/tests/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{name} differs; if that is meant, run again with UPDATE_GOLDEN=1 and look at the change");
}

/// Every route with every role, asked for things that are not there: who may not hears 403 before anything else.
#[tokio::test]
async fn every_route_lets_in_whom_its_action_lets_in() {
    let (kit, admin) = Kit::with_admin().await;
    let mut people = BTreeMap::new();
    for role in Role::ALL {
        people.insert(role, kit.person(&admin, role.name(), &[role.name()]).await);
    }
    let mut table = String::from("| route | access |");
    for role in Role::ALL {
        write!(table, " {role} |").unwrap();
    }
    table.push_str("\n|---|---|---|---|---|---|---|\n");
    for route in all() {
        let path = route.path.replace("{id}", "01890a5d-ac96-774b-bcce-b302099a8057").replace("{name}", "x.pdf");
        write!(table, "| {} {} | {} |", route.method, route.path, route.access.name()).unwrap();
        if route.access != Access::Anyone {
            kit.ask(&Session::default(), route.method, &path, Value::Null).await.refused(401, "not-logged-in");
        }
        for role in Role::ALL {
            let allowed = route.access.allows(&[role]);
            // these end the session that asks
            let ends = route.path == "/session" && route.method == "DELETE";
            if !ends && route.access != Access::Anyone {
                let answer = kit.ask(&people[&role], route.method, &path, Value::Null).await;
                assert_eq!(answer.status != 403, allowed, "{role} {} {path}: {answer:?}", route.method);
                assert!(answer.status.as_u16() < 500, "{role} {} {path}: {answer:?}", route.method);
            }
            write!(table, " {} |", if allowed { "yes" } else { "–" }).unwrap();
        }
        table.push('\n');
    }
    golden("routes.golden.md", &table);
}

#[tokio::test]
async fn a_signature_is_given_in_ones_own_role_only() {
    let (kit, admin) = Kit::with_admin().await;
    let physician = kit.person(&admin, "zhao", &["physician"]).await;
    let body = json!({ "role": "physicist", "password": "x", "content": "x" });
    let path = "/verifications/01890a5d-ac96-774b-bcce-b302099a8057/sign";
    kit.ask(&physician, "POST", path, body).await.refused(403, "forbidden");
    let answer = kit.get(&physician, "/session").await.must(200);
    let may: Vec<&str> = Action::ALL.iter().filter(|a| a.allowed(&[Role::Physician])).map(|a| a.name()).collect();
    assert_eq!(answer["actions"], json!(may));
}

#[tokio::test]
async fn changes_need_the_sessions_own_token_and_our_own_page() {
    let (kit, admin) = Kit::with_admin().await;
    let other = kit.log_in("admin", crate::kit::PASSWORD).await.into_session();
    for csrf in ["", "0", other.csrf.as_str()] {
        let forged = Session { csrf: csrf.to_owned(), ..admin.clone() };
        kit.ask(&forged, "POST", "/audit/check", json!({})).await.refused(403, "csrf");
    }
    for headers in [
        [("origin", "https://evil.example"), ("x", "y")],
        [("host", "evil.example"), ("x", "y")],
        [("sec-fetch-site", "cross-site"), ("x", "y")],
    ] {
        kit.ask_with(&admin, "POST", "/audit/check", json!({}), &headers).await.refused(403, "csrf");
    }
    kit.ask_with(&admin, "POST", "/audit/check", json!({}), &[("origin", "http://localhost")]).await.must(200);
}

#[tokio::test]
async fn every_answer_bears_the_headers_that_protect_it() {
    let (kit, _) = Kit::with_admin().await;
    for uri in ["/", "/cases/anything", "/api/v1/setup", "/api/v1/nothing", "/api/openapi.json", "/healthz"] {
        let answer = kit.send(&Session::default(), "GET", uri, Vec::new(), &[]).await;
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("script-src 'self';") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(answer.headers[header::X_FRAME_OPTIONS], "DENY", "{uri}");
        assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{uri}");
        assert_eq!(answer.headers[header::REFERRER_POLICY], "no-referrer", "{uri}");
        assert!(answer.headers.contains_key("x-request-id"), "{uri}");
    }
    kit.get(&Session::default(), "/nothing").await.refused(404, "not-found");
    kit.ask(&Session::default(), "PUT", "/setup", Value::Null).await.refused(405, "method");
    let huge = vec![b' '; 5 << 20];
    let json = [("content-type", "application/json")];
    kit.send(&Session::default(), "POST", "/api/v1/session", huge, &json).await.refused(413, "too-large");
    let packed =
        kit.send(&Session::default(), "GET", "/api/v1/terms", Vec::new(), &[("accept-encoding", "gzip")]).await;
    assert_eq!(packed.headers[header::CONTENT_ENCODING], "gzip");
}

#[test]
fn the_document_describes_every_route_and_no_other() {
    let document = openapi::json().unwrap();
    golden("openapi.json", &(serde_json::to_string_pretty(&document).unwrap() + "\n"));
    let mut told: Vec<String> = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        told.extend(methods.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let mut there: Vec<String> = all().iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    told.sort();
    there.sort();
    assert_eq!(told, there);
    assert_eq!(document["servers"][0]["url"], BASE);
}
