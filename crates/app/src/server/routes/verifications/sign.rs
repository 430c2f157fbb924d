//! Signing a result.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use records::verification::{Outcome, State as Progress};
use records::{Action, Change, Digest, Item, Kind, Role, Signature, Verification, signature};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::server::App;
use crate::server::auth::Person;
use crate::server::extract::{Body, Key};
use crate::server::problem::Problem;
use crate::server::routes::session::confirm;
use crate::server::views::verification::SignatureView;
use crate::worker;

/// A signature to be given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// `physicist` or `physician`
    role: String,
    /// the signer's password, again
    password: String,
    /// digest of the result that the signer saw
    content: String,
}

/// What signing came to.
#[derive(Serialize, ToSchema)]
pub struct Signed {
    signature: SignatureView,
    /// state of the verification: `computed` while signatures are missing, else `signed`
    state: &'static str,
}

/// Signs the result that was seen. With the last signature that is needed the verification is signed.
#[utoipa::path(post, path = "/verifications/{id}/sign", tag = "verifications", params(("id" = String, Path)), request_body = Sign,
    responses((status = 201, body = Signed), (status = 401, description = "wrong-password"), (status = 409), (status = 412)))]
pub async fn sign(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Verification>,
    Body(asked): Body<Sign>,
) -> Result<Response, Problem> {
    let (role, action) = match asked.role.as_str() {
        "physicist" => (Role::Physicist, Action::SignAsPhysicist),
        "physician" => (Role::Physician, Action::SignAsPhysician),
        _ => {
            return Err(Problem::field(
                "role",
                "签名角色须为 physicist 或 physician。",
                "one signs as physicist or physician",
            ));
        }
    };
    person.must(action)?;
    confirm(&app, &person, &asked.password).await?;
    let before = worker::verification(&app, id).await?;
    app.open_case(before.case).await?;
    let (Progress::Computed, Some(content)) = (before.state, before.outcome.as_ref().map(Outcome::content)) else {
        return Err(Problem::refused(
            "此验证尚未计算、正在计算，或已签名完毕，现在不能签名。",
            "this verification is not computed yet, is being computed, or is signed already; it cannot be signed now",
        ));
    };
    if asked.content.parse::<Digest>() != Ok(content) {
        return Err(Problem {
            zh: "结果在您查看之后已有变化；请重新查看后再签名。".to_owned(),
            en: "the result changed since you saw it; look at it again, then sign".to_owned(),
            ..Problem::conflict()
        });
    }
    let mut all = app.store.signatures(id).await?;
    all.retain(|one| one.content == content);
    if all.iter().any(|one| one.role == role) {
        return Err(Problem::refused("此结果已由该角色签名。", "this result is signed in this role already"));
    }
    // two pairs of eyes: whoever has both roles signs in one of them
    if all.iter().any(|one| one.signer == person.id()) {
        return Err(Problem::refused(
            "您已用另一角色签名；须由另一人签名。",
            "you have signed this result in the other role; another person must sign in this one",
        ));
    }
    let signature = Signature {
        id: app.clock.new_id(),
        version: 1,
        verification: id,
        content,
        role,
        signer: person.id(),
        name: person.account.name.clone(),
        signed: app.clock.now(),
    };
    all.push(signature.clone());
    let complete = signature::missing(&all, content).is_empty();
    let state = if complete { Progress::Signed } else { Progress::Computed };
    // the version goes up with every signature, so that a result that is computed anew at this moment is not the one that is signed
    let after = Verification { version: before.version + 1, state, ..before.clone() };
    let told = Change::Event {
        kind: Kind::Verification,
        subject: id.to_string(),
        case: Some(before.case),
        what: "signed".to_owned(),
        detail: json!({ "role": role, "signature": signature.id, "content": content }),
    };
    let changes = vec![
        Change::Create(Item::Signature(signature.clone())),
        Change::Replace { before: Item::Verification(before), after: Item::Verification(after) },
        told,
    ];
    app.commit(&person, "", changes, Vec::new()).await?;
    let body = Signed { signature: SignatureView::from(&signature), state: state.name() };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}
