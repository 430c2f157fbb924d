//! The ledger.

use axum::Json;
use axum::extract::State;
use records::ledger::{Entry, Head};
use records::store::EntryQuery;
use records::{Action, Case, Hospital, Id, StoreError, audit};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{Route, get, post};
use crate::server::App;
use crate::server::auth::scope::tells_of;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Asked, Body};
use crate::server::problem::Problem;
use crate::server::views::Names;
use crate::server::views::ledger::{Checked, EntryView, Ledger};

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/audit", Access::May(Action::ReadLedger), list),
        post("/audit/check", Access::May(Action::CheckLedger), check),
    ]
}

/// Entries at most, and when nothing is said.
const MOST: u32 = 500;
const USUAL: u32 = 100;

/// How many entries to list.
pub fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(USUAL).clamp(1, MOST)
}

/// Which entries to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// only those before this place
    before: Option<u64>,
    /// entries at most (500)
    limit: Option<u32>,
    /// only those about one thing
    subject: Option<String>,
    /// only those of a case
    case: Option<String>,
}

/// Part of the ledger, newest first: what is about the hospitals that the person belongs to.
#[utoipa::path(get, path = "/audit", tag = "audit", params(Which), responses((status = 200, body = Ledger)))]
pub async fn list(State(app): State<App>, person: Person, Asked(which): Asked<Which>) -> Result<Json<Ledger>, Problem> {
    let case: Option<Id<Case>> =
        which.case.as_deref().map(|text| text.parse().map_err(|_| Problem::not_found("个病例", "case"))).transpose()?;
    let query = EntryQuery { case, subject: which.subject, before: which.before, limit: limit(which.limit) };
    let entries = seen(&app, person.hospitals(), query).await?;
    let names = Names::read(&*app.store).await?;
    let rows = entries.iter().map(|entry| EntryView::new(entry, &names)).collect::<Result<_, _>>()?;
    Ok(Json(Ledger { rows, head: app.store.head().await?.into() }))
}

/// The entries that people of some hospitals (none named: of all) see; as many as asked, where there are as many.
async fn seen(app: &App, hospitals: &[Id<Hospital>], query: EntryQuery) -> Result<Vec<Entry>, StoreError> {
    let limit = query.limit as usize;
    if hospitals.is_empty() {
        return app.store.entries(&query).await;
    }
    let mut seen = Vec::new();
    let mut query = EntryQuery { limit: MOST, ..query };
    loop {
        let entries = app.store.entries(&query).await?;
        let Some(last) = entries.last() else { return Ok(seen) };
        query.before = Some(last.content()?.seq);
        for entry in entries {
            if tells_of(&*app.store, hospitals, &entry.content()?).await? {
                seen.push(entry);
            }
            if seen.len() == limit {
                return Ok(seen);
            }
        }
    }
}

/// An entry known from a printed report or a backup.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Known {
    seq: u64,
    hash: String,
}

/// What to check.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// an entry that must still be there
    known: Option<Known>,
}

/// Checks the whole chain, every item against it, and that a known entry is still there.
#[utoipa::path(post, path = "/audit/check", tag = "audit", request_body = Check, responses((status = 200, body = Checked)))]
pub async fn check(State(app): State<App>, Body(asked): Body<Check>) -> Result<Json<Checked>, Problem> {
    let known = asked.known.map(|known| {
        let hash = known.hash.trim().parse().map_err(|error: records::digest::NotADigest| {
            Problem::field("known.hash", "校验码须为 64 位十六进制数字，请按报告照抄。", error.to_string())
        })?;
        Ok::<_, Problem>(Head { seq: known.seq, hash })
    });
    match audit::check(&*app.store, known.transpose()?).await {
        Ok(sound) => Ok(Json(Checked {
            sound: true,
            head: sound.head.into(),
            items: sound.items,
            problem: None,
            problem_zh: None,
        })),
        Err(StoreError::Broken(broken)) => Ok(Json(Checked {
            sound: false,
            head: app.store.head().await?.into(),
            items: 0,
            problem_zh: Some(chinese(&broken)),
            problem: Some(broken.to_string()),
        })),
        Err(other) => Err(other.into()),
    }
}

/// A break of the chain, in Chinese.
pub fn chinese(broken: &records::ledger::Break) -> String {
    use records::ledger::Break;
    match broken {
        Break::Gap { after, found } => format!("第 {after} 条之后是第 {found} 条：有记录被删去或插入。"),
        Break::Previous { seq } => format!("第 {seq} 条与前一条不相接：前一条被替换过。"),
        Break::Hash { seq } => format!("第 {seq} 条被改动过：内容与校验码不符。"),
        Break::Text { reason } => format!("有一条记录无法读取：{reason}"),
        Break::Item { kind, id } => format!("{kind} {id} 在程序以外被改动过：内容与台账的最后记录不符。"),
        Break::Gone { kind, id } => format!("台账所记的 {kind} {id} 已不在数据库中：在程序以外被删除。"),
        Break::Cut { found, expected } => {
            format!("台账止于第 {found} 条，而已打印或备份到第 {expected} 条：末尾被截去。")
        }
        Break::Other { seq } => format!("第 {seq} 条与打印或备份的不是同一条。"),
    }
}
