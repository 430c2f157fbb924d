//! Files of a result.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use records::verification::Outcome;
use records::{Change, Id, Kind, Verification};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::server::App;
use crate::server::auth::Person;
use crate::server::extract::Asked;
use crate::server::files::{hand_out, media_type};
use crate::server::problem::Problem;
use crate::worker;

/// How to hand it out.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct How {
    /// `1` to show it in the browser
    inline: Option<String>,
}

/// A file of the result; that it was fetched is noted in the ledger.
#[utoipa::path(get, path = "/verifications/{id}/files/{name}", tag = "verifications",
    params(("id" = String, Path), ("name" = String, Path, description = "for example report.zh.pdf"), How),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404)))]
pub async fn file(
    State(app): State<App>,
    person: Person,
    Path((id, name)): Path<(String, String)>,
    Asked(how): Asked<How>,
) -> Result<Response, Problem> {
    let nothing = || Problem::not_found("个结果文件", "file of a result");
    let id: Id<Verification> = id.parse().map_err(|_| nothing())?;
    let one = worker::verification(&app, id).await?;
    let file = one.outcome.as_ref().and_then(|outcome: &Outcome| outcome.file(&name)).ok_or_else(nothing)?;
    let case = app.case(one.case).await?.case;
    // people keep several of these side by side
    let called = format!("{}-{}-{name}", case.number, one.number);
    let inline = how.inline.is_some_and(|inline| inline == "1" || inline == "true");
    let mut answer = hand_out(&app, file.content, &called, media_type(&name), inline).await?;
    if !inline {
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(&name)));
    }
    let event = Change::Event {
        kind: Kind::Verification,
        subject: id.to_string(),
        case: Some(one.case),
        what: "fetched".to_owned(),
        detail: json!({ "file": name, "sha256": file.content }),
    };
    app.commit(&person, "", vec![event], Vec::new()).await?;
    Ok(answer)
}
