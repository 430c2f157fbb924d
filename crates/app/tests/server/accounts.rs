//! First run, logging in and out, passwords, accounts.

use axum::http::header;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::kit::{Kit, PASSWORD, Session, text};

#[tokio::test]
async fn the_first_run_makes_one_administrator_and_no_second() {
    let kit = Kit::new().await;
    let nobody = Session::default();
    assert_eq!(kit.get(&nobody, "/setup").await.must(200)["first_run"], true);
    let weak = json!({ "login": "admin", "name": "A", "password": "short" });
    let problem = kit.ask(&nobody, "POST", "/setup", weak).await.refused(422, "invalid");
    assert!(problem["fields"]["password"].as_str().unwrap().contains("12"), "{problem}");
    let first = json!({ "login": "Admin", "name": "Guan Li", "password": PASSWORD });
    let answer = kit.ask(&nobody, "POST", "/setup", first.clone()).await;
    let admin = Session::of(&answer);
    let body = answer.must(201);
    assert_eq!((&body["account"]["login"], &body["account"]["roles"]), (&json!("admin"), &json!(["administrator"])));
    assert_eq!(kit.get(&nobody, "/setup").await.must(200)["first_run"], false);
    kit.ask(&nobody, "POST", "/setup", first).await.refused(409, "refused");
    assert_eq!(kit.get(&admin, "/session").await.must(200)["csrf"], admin.csrf);
}

#[tokio::test]
async fn a_session_lives_as_long_as_it_should_and_dies_at_logout() {
    let (kit, _) = Kit::with_admin().await;
    let answer = kit.log_in("ADMIN ", PASSWORD).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(["HttpOnly", "SameSite=Strict", "Path=/"].iter().all(|flag| cookie.contains(flag)), "{cookie}");
    let session = answer.into_session();
    kit.pass(SignedDuration::from_hours(7));
    kit.get(&session, "/session").await.must(200);
    kit.pass(SignedDuration::from_hours(7));
    kit.get(&session, "/session").await.must(200);
    kit.pass(SignedDuration::from_hours(9));
    kit.get(&session, "/session").await.refused(401, "not-logged-in");
    let session = kit.log_in("admin", PASSWORD).await.into_session();
    for _ in 0..3 {
        kit.pass(SignedDuration::from_hours(7));
        kit.get(&session, "/session").await.must(200);
    }
    kit.pass(SignedDuration::from_hours(4));
    kit.get(&session, "/session").await.refused(401, "not-logged-in");
    let session = kit.log_in("admin", PASSWORD).await.into_session();
    kit.ask(&session, "DELETE", "/session", Value::Null).await.must(204);
    kit.get(&session, "/session").await.refused(401, "not-logged-in");
    // behind a proxy that speaks TLS
    let login = json!({ "login": "admin", "password": PASSWORD });
    let https = [("x-forwarded-proto", "https")];
    let answer = kit.ask_with(&Session::default(), "POST", "/session", login, &https).await;
    assert!(answer.headers[header::SET_COOKIE].to_str().unwrap().contains("Secure"));
}

#[tokio::test]
async fn wrong_passwords_slow_the_next_down_whether_the_login_exists_or_not() {
    let (kit, _) = Kit::with_admin().await;
    for login in ["admin", "nobody"] {
        for _ in 0..6 {
            kit.log_in(login, "wrong wrong wrong").await.refused(401, "wrong-password");
        }
        let answer = kit.log_in(login, PASSWORD).await;
        assert_eq!(answer.headers[header::RETRY_AFTER], "2");
        answer.refused(429, "throttled");
    }
    kit.pass(SignedDuration::from_secs(3));
    kit.log_in("admin", PASSWORD).await.must(200);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_only() {
    let (kit, admin) = Kit::with_admin().await;
    let other = kit.log_in("admin", PASSWORD).await.into_session();
    let wrong = json!({ "old": "not the password", "new": "another long password" });
    kit.ask(&admin, "POST", "/session/password", wrong).await.refused(401, "wrong-password");
    let right = json!({ "old": PASSWORD, "new": "another long password" });
    kit.ask(&admin, "POST", "/session/password", right).await.must(204);
    kit.get(&other, "/session").await.refused(401, "not-logged-in");
    kit.get(&admin, "/session").await.must(200);
    kit.log_in("admin", PASSWORD).await.refused(401, "wrong-password");
    kit.log_in("admin", "another long password").await.must(200);
}

#[tokio::test]
async fn accounts_are_changed_with_a_reason_on_the_version_that_was_seen() {
    let (kit, admin) = Kit::with_admin().await;
    let physicist = kit.person(&admin, "wang", &["physicist"]).await;
    let rows = kit.get(&admin, "/accounts").await.must(200);
    let wang = rows["rows"].as_array().unwrap().iter().find(|row| row["login"] == "wang").unwrap().clone();
    let path = format!("/accounts/{}", text(&wang["id"]));
    let twice = json!({ "login": "WANG", "name": "W", "roles": ["quality"], "password": PASSWORD });
    assert!(kit.ask(&admin, "POST", "/accounts", twice).await.refused(409, "refused")["fields"]["login"].is_string());
    let role = json!({ "login": "li", "name": "L", "roles": ["king"], "password": PASSWORD });
    kit.ask(&admin, "POST", "/accounts", role).await.refused(422, "invalid");
    let close = json!({ "active": false, "why": "left the hospital" });
    kit.ask(&admin, "PATCH", &path, close.clone()).await.refused(428, "version-missing");
    kit.ask_with(&admin, "PATCH", &path, close.clone(), &[("if-match", "\"v7\"")]).await.refused(412, "conflict");
    let silent = json!({ "active": false, "why": " " });
    kit.ask_with(&admin, "PATCH", &path, silent, &[("if-match", "\"v1\"")]).await.refused(422, "invalid");
    kit.get(&physicist, "/cases").await.must(200);
    let answer = kit.ask_with(&admin, "PATCH", &path, close, &[("if-match", "\"v1\"")]).await;
    assert_eq!(answer.headers[header::ETAG], "\"v2\"");
    assert_eq!(answer.must(200)["active"], false);
    kit.get(&physicist, "/cases").await.refused(401, "not-logged-in");
    kit.log_in("wang", PASSWORD).await.refused(401, "wrong-password");
    let me = kit.get(&admin, "/session").await.must(200);
    let path = format!("/accounts/{}", text(&me["account"]["id"]));
    let last = json!({ "roles": ["quality"], "why": "x" });
    kit.ask_with(&admin, "PATCH", &path, last, &[("if-match", "\"v1\"")]).await.refused(409, "refused");
}
