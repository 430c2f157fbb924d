//! Having seeds found, and having a verification computed.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use records::change::Work;
use records::job::Task;
use records::verification::State as Progress;
use records::{Change, Item, Verification};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::server::App;
use crate::server::auth::Person;
use crate::server::extract::{Body, Key};
use crate::server::problem::Problem;
use crate::server::views::job::Ordered;
use crate::worker;

/// What is known of the seeds to be found.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Find {
    /// how many there should be; the settings' number when absent
    count: Option<u32>,
}

async fn draft(app: &App, id: records::Id<Verification>) -> Result<Verification, Problem> {
    let one = worker::verification(app, id).await?;
    app.open_case(one.case).await?;
    if one.state == Progress::Draft {
        return Ok(one);
    }
    Err(Problem::refused(
        "只有草稿可以这样做：正在计算的请等待，已计算的请先改为草稿或新建版本。",
        "only a draft can do this: wait for a run, make a computed one a draft again, or begin a new version",
    ))
}

/// Has the seeds found on the CT; they take the place of the draft's.
#[utoipa::path(post, path = "/verifications/{id}/seeds/find", tag = "verifications", params(("id" = String, Path)),
    request_body = Find, responses((status = 202, body = Ordered), (status = 409)))]
pub async fn find_seeds(
    State(app): State<App>,
    person: Person,
    Key(id): Key<Verification>,
    Body(asked): Body<Find>,
) -> Result<Response, Problem> {
    let one = draft(&app, id).await?;
    let already = |job: &records::Job| job.task == Task::FindSeeds && job.subject == id.to_string();
    if app.store.open_jobs().await?.iter().any(already) {
        return Err(Problem::refused("正在识别粒子，请等待。", "the seeds are being looked for already; wait for it"));
    }
    if asked.count == Some(0) {
        return Err(Problem::field("count", "粒子数至少为 1。", "an implant has at least one seed"));
    }
    let input = json!({ "case": one.case, "count": asked.count });
    let job = worker::order(&app, Task::FindSeeds, id.to_string(), input, person.id());
    let ordered = Ordered { job: job.id.to_string() };
    app.commit(&person, "", Vec::new(), vec![Work::Job(Box::new(job))]).await?;
    app.jobs.ordered();
    Ok((StatusCode::ACCEPTED, Json(ordered)).into_response())
}

/// Has the verification computed with the draft's seeds.
#[utoipa::path(post, path = "/verifications/{id}/compute", tag = "verifications", params(("id" = String, Path)),
    responses((status = 202, body = Ordered), (status = 409)))]
pub async fn compute(State(app): State<App>, person: Person, Key(id): Key<Verification>) -> Result<Response, Problem> {
    let before = draft(&app, id).await?;
    let seeds = app.store.draft(id).await?.map(|draft| draft.seeds).unwrap_or_default();
    if seeds.is_empty() {
        return Err(Problem::not_ready(
            "还没有粒子：请从计划读取、在 CT 上识别，或手工添加。",
            "there are no seeds yet: take them from the plan, have them found on the CT, or add them",
        ));
    }
    let job = worker::order(&app, Task::Verify, id.to_string(), json!({ "case": before.case }), person.id());
    let ordered = Ordered { job: job.id.to_string() };
    let after = Verification {
        version: before.version + 1,
        state: Progress::Running,
        seeds,
        job: Some(job.id),
        failure: None,
        failure_zh: None,
        ..before.clone()
    };
    let changes = vec![Change::Replace { before: Item::Verification(before), after: Item::Verification(after) }];
    app.commit(&person, "", changes, vec![Work::Job(Box::new(job))]).await?;
    app.jobs.ordered();
    Ok((StatusCode::ACCEPTED, Json(ordered)).into_response())
}
