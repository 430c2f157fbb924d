//! The worklist, and a case with everything that belongs to it.

pub mod create;
pub mod edit;
pub mod list;
pub mod read;
pub mod timeline;

use jiff::civil::Date;
use records::case::Intent;
use records::store::CaseRow;
use records::{Account, Action, Case, Id, Patient};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Route, get, patch, post};
use crate::server::App;
use crate::server::auth::scope::is_seen_by;
use crate::server::auth::{Access, Person};
use crate::server::problem::Problem;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/cases", Access::May(Action::ReadCases), list::list),
        post("/cases", Access::May(Action::OpenCase), create::create),
        get("/cases/{id}", Access::May(Action::ReadCases), read::read),
        patch("/cases/{id}", Access::May(Action::EditCase), edit::edit),
        get("/cases/{id}/timeline", Access::May(Action::ReadCases), timeline::timeline),
    ]
}

/// What is meant to be implanted.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewIntent {
    prescription_gy: Option<f64>,
    model: Option<String>,
    strength_u: Option<f64>,
    count: Option<u32>,
}

impl From<NewIntent> for Intent {
    fn from(new: NewIntent) -> Self {
        let model = new.model.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        Self { prescription_gy: new.prescription_gy, model, strength_u: new.strength_u, count: new.count }
    }
}

/// A day of a form.
pub fn day(field: &str, text: Option<&str>) -> Result<Option<Date>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = || {
        Problem::field(
            field,
            format!("“{}”不是日期，请写作 2026-01-31。", short(text)),
            format!("'{}' is no day; write it like 2026-01-31", short(text)),
        )
    };
    text.parse::<Date>().map(Some).map_err(|_| wrong())
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A person named in a form, who must be there.
async fn person_of(app: &App, who: &Person, field: &str, id: Option<&str>) -> Result<Option<Id<Account>>, Problem> {
    let Some(text) = id.filter(|text| !text.is_empty()) else { return Ok(None) };
    let nobody = || Problem::field(field, "没有这个人员账号，请重新选择。", "there is no such account; choose again");
    let id: Id<Account> = text.parse().map_err(|_| nobody())?;
    let account = app.store.account(id).await?.filter(|account| is_seen_by(account, who.hospitals()));
    account.ok_or_else(nobody).map(|account| Some(account.id))
}

fn line(field: &str, text: &str, most: usize) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(Problem::field(
            field,
            format!("内容过长（至多 {most} 字）。"),
            format!("longer than {most} characters"),
        ));
    }
    Ok(text.to_owned())
}

fn check_patient(patient: &Patient) -> Result<(), Problem> {
    if patient.name.trim().is_empty() {
        return Err(Problem::field("patient.name", "请填写患者姓名。", "the patient's name is missing"));
    }
    if !matches!(patient.sex.as_str(), "" | "M" | "F" | "O") {
        return Err(Problem::field("patient.sex", "性别须为 M、F 或 O，或留空。", "sex is M, F, O or empty"));
    }
    line("patient.name", &patient.name, 120)?;
    line("patient.number", &patient.number, 64).map(drop)
}

fn checked_dates(case: &Case, patient: &Patient, today: Date) -> Result<(), Problem> {
    if case.implanted_on.is_some_and(|date| date > today) {
        return Err(Problem::field(
            "implanted_on",
            "植入日期在今天之后，请核对。",
            "the day of the implant is after today",
        ));
    }
    if patient.birth_date.is_some_and(|born| born > today || case.implanted_on.is_some_and(|date| date < born)) {
        return Err(Problem::field(
            "patient.birth_date",
            "出生日期晚于今天或植入日期，请核对。",
            "the date of birth is after today or the implant",
        ));
    }
    Ok(())
}

impl App {
    /// A case that must be there.
    ///
    /// # Errors
    /// A `not-found` problem.
    pub async fn case(&self, id: Id<Case>) -> Result<CaseRow, Problem> {
        self.store.case(id).await?.ok_or_else(|| Problem::not_found("个病例", "case"))
    }

    /// A case that may still be worked on.
    ///
    /// # Errors
    /// A `not-found` or `refused` problem.
    pub async fn open_case(&self, id: Id<Case>) -> Result<CaseRow, Problem> {
        let row = self.case(id).await?;
        if row.case.withdrawn {
            return Err(Problem::refused(
                "此病例已撤销，不能再添加内容；如系误撤，请先恢复。",
                "this case is withdrawn; put it back before anything is added to it",
            ));
        }
        Ok(row)
    }
}
