//! Beginning a verification, changing its settings, beginning the next version.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use records::case::Intent;
use records::change::Work;
use records::verification::{Draft, Settings, State as Progress};
use records::{Case, Change, Item, Verification};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{check, row};
use crate::clock::{hex, random};
use crate::server::App;
use crate::server::auth::Person;
use crate::server::extract::{Body, IfMatch, Key, Versioned, reason};
use crate::server::problem::Problem;
use crate::server::views::verification::{SettingsView, VerificationRow};
use crate::worker;

/// A new verification.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVerification {
    /// study of the same case
    study: String,
    /// gaps are filled from the case's intent
    #[serde(default)]
    settings: SettingsView,
}

fn filled(settings: Settings, intent: &Intent) -> Settings {
    Settings {
        prescription_gy: settings.prescription_gy.or(intent.prescription_gy),
        model: settings.model.or_else(|| intent.model.clone()),
        strength_u: settings.strength_u.or(intent.strength_u),
        count: settings.count.or(intent.count),
        ..settings
    }
}

/// Begins a verification of a case on one of its studies.
#[utoipa::path(post, path = "/cases/{id}/verifications", tag = "verifications", params(("id" = String, Path)),
    request_body = NewVerification, responses((status = 201, body = VerificationRow)))]
pub async fn create(
    State(app): State<App>,
    person: Person,
    Key(case): Key<Case>,
    Body(new): Body<NewVerification>,
) -> Result<Response, Problem> {
    let of = app.open_case(case).await?.case;
    let unknown =
        || Problem::field("study", "本病例没有这项影像检查，请重新选择。", "this case has no such study; choose again");
    let study = app.study(new.study.parse().map_err(|_| unknown())?).await.map_err(|_| unknown())?;
    if study.case != case {
        return Err(unknown());
    }
    if study.withdrawn || !study.summary.can_be_verified {
        return Err(Problem::not_ready(
            "此检查已撤销，或没有可用的 CT 与结构集，不能用于验证；请见其导入提示。",
            "this study is withdrawn or has no usable CT with structures; see what its import found",
        ));
    }
    let settings = filled(new.settings.into(), &of.intent);
    check(&settings)?;
    let number = app.store.verifications(case).await?.iter().map(|one| one.number).max().unwrap_or(0) + 1;
    let verification = Verification {
        id: app.clock.new_id(),
        version: 1,
        case,
        salt: hex(&random::<16>()),
        number,
        study: study.id,
        follows: None,
        state: Progress::Draft,
        settings,
        seeds: Vec::new(),
        job: None,
        failure: None,
        failure_zh: None,
        outcome: None,
        created_by: person.id(),
        created: app.clock.now(),
    };
    let changes = vec![Change::Create(Item::Verification(verification.clone()))];
    app.commit(&person, "", changes, Vec::new()).await?;
    Ok((StatusCode::CREATED, Versioned(1, row(&app, &verification).await?)).into_response())
}

/// A change of settings.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerificationPatch {
    /// all of them: what is absent is taken from the plan or the usual choice
    settings: SettingsView,
    /// the reason; needed once there is a result
    why: Option<String>,
}

/// Changes the settings. A result that was computed with others is set aside: the verification is a draft again.
#[utoipa::path(patch, path = "/verifications/{id}", tag = "verifications", params(("id" = String, Path)),
    request_body = VerificationPatch, responses((status = 200, body = VerificationRow), (status = 412), (status = 428)))]
pub async fn change(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Verification>,
    version: IfMatch,
    Body(asked): Body<VerificationPatch>,
) -> Result<Versioned<VerificationRow>, Problem> {
    let before = worker::verification(&app, id).await?;
    version.must_be(before.version)?;
    let why = match before.state {
        Progress::Draft => asked.why.unwrap_or_default().trim().to_owned(),
        Progress::Computed => reason(&asked.why.unwrap_or_default())?,
        Progress::Running => {
            return Err(Problem::refused(
                "正在计算，不能更改设置；请等待或先取消。",
                "a run is under way; wait for it or cancel it first",
            ));
        }
        Progress::Signed | Progress::Superseded => {
            return Err(Problem::refused(
                "已签名或已被替代的验证不能更改；请新建版本。",
                "a signed or superseded verification is not changed any more; begin a new version",
            ));
        }
    };
    let settings: Settings = asked.settings.into();
    check(&settings)?;
    let after = draft_again(&before, settings);
    let mut work = Vec::new();
    if before.state == Progress::Computed && app.store.draft(id).await?.is_none() {
        work.push(Work::Draft(id, Draft { revision: 1, seeds: before.seeds.clone() }));
    }
    let changes =
        vec![Change::Replace { before: Item::Verification(before), after: Item::Verification(after.clone()) }];
    app.commit(&person, &why, changes, work).await?;
    Ok(Versioned(after.version, row(&app, &after).await?))
}

/// The verification as a draft with these settings.
fn draft_again(before: &Verification, settings: Settings) -> Verification {
    Verification {
        version: before.version + 1,
        state: Progress::Draft,
        settings,
        seeds: Vec::new(),
        job: None,
        failure: None,
        failure_zh: None,
        outcome: None,
        ..before.clone()
    }
}

/// The reason of a new version.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Why {
    why: String,
}

/// Begins the next version with the same seeds and settings; the old one stays until the new one is computed.
#[utoipa::path(post, path = "/verifications/{id}/new-version", tag = "verifications", params(("id" = String, Path)),
    request_body = Why, responses((status = 201, body = VerificationRow), (status = 409)))]
pub async fn new_version(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Verification>,
    Body(asked): Body<Why>,
) -> Result<Response, Problem> {
    let why = reason(&asked.why)?;
    let old = worker::verification(&app, id).await?;
    app.open_case(old.case).await?;
    if !matches!(old.state, Progress::Computed | Progress::Signed) {
        return Err(Problem::refused(
            "只有已计算或已签名的验证可以新建版本；草稿请直接修改。",
            "only a computed or signed verification has a next version; change a draft itself",
        ));
    }
    let all = app.store.verifications(old.case).await?;
    if let Some(next) = all.iter().find(|one| one.follows.as_ref().is_some_and(|(followed, _)| *followed == id)) {
        let number = next.number;
        return Err(Problem::refused(
            format!("此验证已有后续版本（第 {number} 号），请在其上修改。"),
            format!("there is a next version of it already, number {number}; change that one"),
        ));
    }
    let new = Verification {
        id: app.clock.new_id(),
        version: 1,
        salt: hex(&random::<16>()),
        number: all.iter().map(|one| one.number).max().unwrap_or(0) + 1,
        follows: Some((id, why.clone())),
        state: Progress::Draft,
        seeds: Vec::new(),
        job: None,
        failure: None,
        failure_zh: None,
        outcome: None,
        created_by: person.id(),
        created: app.clock.now(),
        ..old.clone()
    };
    let draft = Work::Draft(new.id, Draft { revision: 1, seeds: old.seeds });
    app.commit(&person, &why, vec![Change::Create(Item::Verification(new.clone()))], vec![draft]).await?;
    Ok((StatusCode::CREATED, Versioned(1, row(&app, &new).await?)).into_response())
}
