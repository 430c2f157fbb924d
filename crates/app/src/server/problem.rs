//! What a request that cannot be done answers: RFC 9457 problem details, in English and Chinese.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use records::account::AccountError;
use records::case::CaseError;
use records::{Kind, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::failure::{Exit, Failure};
use crate::register::trouble::Trouble;

/// What went wrong, for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slug {
    /// nobody is logged in
    NotLoggedIn,
    /// login name and password do not belong together
    WrongPassword,
    /// the role does not allow it
    Forbidden,
    /// the request does not come from our own page
    Csrf,
    /// not there
    NotFound,
    /// changed by somebody else
    Conflict,
    /// `If-Match` is missing
    VersionMissing,
    /// against a rule of the records
    Refused,
    /// cannot be meant
    Invalid,
    /// larger than allowed
    TooLarge,
    /// too many failed logins
    Throttled,
    /// needs something that is not there yet
    NotReady,
    /// wrong method for this path
    Method,
    /// our fault, or the machine's
    Failed,
}

impl Slug {
    /// Its name in `type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotLoggedIn => "not-logged-in",
            Self::WrongPassword => "wrong-password",
            Self::Forbidden => "forbidden",
            Self::Csrf => "csrf",
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::VersionMissing => "version-missing",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
            Self::TooLarge => "too-large",
            Self::Throttled => "throttled",
            Self::NotReady => "not-ready",
            Self::Method => "method",
            Self::Failed => "failed",
        }
    }

    /// Its HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotLoggedIn | Self::WrongPassword => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::Csrf => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict => StatusCode::PRECONDITION_FAILED,
            Self::VersionMissing => StatusCode::PRECONDITION_REQUIRED,
            Self::Refused | Self::NotReady => StatusCode::CONFLICT,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Throttled => StatusCode::TOO_MANY_REQUESTS,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::NotLoggedIn => "Not logged in",
            Self::WrongPassword => "Wrong password",
            Self::Forbidden => "Not allowed",
            Self::Csrf => "Not from this program's own page",
            Self::NotFound => "Not there",
            Self::Conflict => "Changed in the meantime",
            Self::VersionMissing => "Version missing",
            Self::Refused => "Refused",
            Self::Invalid => "Cannot be meant",
            Self::TooLarge => "Too large",
            Self::Throttled => "Too many attempts",
            Self::NotReady => "Not ready",
            Self::Method => "Wrong method",
            Self::Failed => "Failed",
        }
    }
}

/// An answer that says what went wrong and what to do.
#[derive(Debug, Clone)]
pub struct Problem {
    /// for machines
    pub slug: Slug,
    /// for people, English
    pub en: String,
    /// for people, Chinese
    pub zh: String,
    /// by field of the form, where fields are to blame
    pub fields: BTreeMap<String, String>,
    /// seconds to wait, where waiting helps
    pub retry_after: Option<u64>,
    /// what only the log may say
    pub(crate) cause: Option<String>,
}

impl Problem {
    /// A problem in both languages.
    pub fn new(slug: Slug, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { slug, en: en.into(), zh: zh.into(), fields: BTreeMap::new(), retry_after: None, cause: None }
    }

    /// A value of the request that cannot be meant.
    pub fn invalid(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Slug::Invalid, zh, en)
    }

    /// A field of a form that cannot be meant.
    pub fn field(field: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let problem = Self::invalid(zh, en);
        let message = format!("{} · {}", problem.zh, problem.en);
        Self { fields: BTreeMap::from([(field.to_owned(), message)]), ..problem }
    }

    /// Something that is not there.
    pub fn not_found(zh: &str, en: &str) -> Self {
        Self::new(
            Slug::NotFound,
            format!("没有这{zh}；请返回列表重新打开。"),
            format!("there is no such {en}; open it again from its list"),
        )
    }

    /// Against a rule of the records.
    pub fn refused(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Slug::Refused, zh, en)
    }

    /// Needs something that is not there yet.
    pub fn not_ready(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Slug::NotReady, zh, en)
    }

    /// Our fault, or the machine's: the cause goes to the log, not to the browser.
    pub fn failed(cause: impl std::fmt::Display) -> Self {
        Self {
            cause: Some(cause.to_string()),
            ..Self::new(
                Slug::Failed,
                "服务器出错，未作任何更改。请重试；若仍出错，请把请求编号告知管理员。",
                "the server failed; nothing was changed. Try again, and tell the administrator the request id if it stays",
            )
        }
    }

    /// Somebody else changed it.
    pub fn conflict() -> Self {
        Self::new(
            Slug::Conflict,
            "此内容已被他人修改；请重新载入后再改。",
            "somebody else changed this in the meantime: load it again, then change it",
        )
    }

    /// The role does not allow it.
    pub fn forbidden(action: &str) -> Self {
        Self::new(
            Slug::Forbidden,
            format!("您的角色不允许此操作（{action}）；请联系管理员。"),
            format!("your role does not allow this ({action}); ask the administrator"),
        )
    }
}

/// The body of a problem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `/problems/<slug>`
    r#type: String,
    /// kind of problem
    title: String,
    /// HTTP status
    status: u16,
    /// what was wrong and what to do, English
    detail: String,
    /// the same in Chinese
    detail_zh: String,
    /// id of the request
    instance: String,
    /// by field of the form, where fields are to blame
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<String, String>,
}

/// What the log may say of a problem, handed to the outermost layer with the response.
#[derive(Debug, Clone)]
pub struct Told {
    /// its slug
    pub slug: &'static str,
    /// cause of a failure of ours
    pub cause: Option<String>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let told = Told { slug: self.slug.name(), cause: self.cause };
        let body = ProblemBody {
            r#type: format!("/problems/{}", self.slug.name()),
            title: self.slug.title().to_owned(),
            status: self.slug.status().as_u16(),
            detail: self.en,
            detail_zh: self.zh,
            instance: super::request_id::current(),
            fields: self.fields,
        };
        let mut response = (self.slug.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(told);
        response
    }
}

/// Names of kinds for people.
fn kind_zh(kind: Kind) -> &'static str {
    match kind {
        Kind::Account => "账号",
        Kind::Patient => "患者",
        Kind::Case => "病例",
        Kind::Study => "影像检查",
        Kind::Document => "文件",
        Kind::Verification => "剂量验证",
        Kind::Signature => "签名",
        Kind::Hospital => "医院",
        Kind::Person => "人员",
        Kind::Record => "记录",
        Kind::Lot => "粒子批次",
        Kind::Movement => "粒子流转",
        Kind::Figure => "指标上报",
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { kind, .. } => Self {
                zh: format!("此{}已被他人修改；请重新载入后再改。", kind_zh(kind)),
                en: format!(
                    "this {} was changed by somebody else in the meantime: load it again, then change it",
                    kind.name()
                ),
                ..Self::conflict()
            },
            StoreError::Missing { what, .. } => Self::not_found("项内容", what),
            // somebody else began one at the same moment
            StoreError::Taken { what: "the verification number", .. } => Self::conflict(),
            StoreError::Taken { what, value } => {
                let (field, zh) = match what {
                    "the login name" => ("login", "登录名"),
                    "the case number" => ("number", "病例编号"),
                    "the patient number" => ("patient.number", "患者编号"),
                    _ => ("", "该值"),
                };
                let (zh, en) = (
                    format!("{zh}“{value}”已被使用，请换一个。"),
                    format!("{what} '{value}' is taken already; choose another"),
                );
                let problem = if field.is_empty() { Self::invalid(zh, en) } else { Self::field(field, zh, en) };
                Self { slug: Slug::Refused, ..problem }
            }
            StoreError::Refused(why) => Self::refused(format!("不允许：{why}"), why),
            StoreError::Broken(broken) => Self {
                zh: "台账或数据在程序以外被改动过；请立即停止使用并联系管理员（见“台账核查”）。".to_owned(),
                en: format!("the records were altered outside the program: {broken}; stop and call the administrator"),
                ..Self::failed(broken)
            },
            StoreError::Failed(cause) => Self::failed(cause),
        }
    }
}

impl From<Failure> for Problem {
    /// What the pipeline refuses is told as it says it; a failure of the machine's is not.
    fn from(failure: Failure) -> Self {
        match failure.exit {
            Exit::Usage | Exit::Input => {
                let zh = if failure.zh.is_empty() { failure.message.clone() } else { failure.zh };
                match failure.setting {
                    Some(setting) => Self::field(&format!("settings.{}", setting.field()), zh, failure.message),
                    None => Self::invalid(zh, failure.message),
                }
            }
            _ => Self::failed(failure.message),
        }
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Store(error) => error.into(),
            Trouble::Value { field, zh, en } => Self::field(field, zh, en),
            Trouble::Refused { zh, en } => Self::refused(zh, en),
            Trouble::Failure(failure) => failure.into(),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let en = error.to_string();
        match error {
            AccountError::Login(_) => Self::field("login", "登录名须为 2 至 40 个字母、数字、“.”、“-”或“_”。", en),
            AccountError::Name => Self::field("name", "请填写姓名（至多 80 字）。", en),
            AccountError::NoRole => Self::field("roles", "请至少选择一个角色。", en),
            AccountError::Password { least } => Self::field("password", format!("密码太短：至少 {least} 个字符。"), en),
        }
    }
}

impl From<CaseError> for Problem {
    fn from(error: CaseError) -> Self {
        let en = error.to_string();
        match error {
            CaseError::Number => Self::field("number", "请填写病例编号（至多 40 字）。", en),
            CaseError::Value { field, value, .. } => {
                let (key, zh) = match field {
                    "the prescription" => ("intent.prescription_gy", "处方剂量须大于 0 且不超过 1000 Gy"),
                    "the strength" => ("intent.strength_u", "空气比释动能强度须大于 0 且不超过 100 U"),
                    _ => ("intent.count", "粒子数须在 1 至 2000 之间"),
                };
                Self::field(key, format!("“{value}”不合理：{zh}。"), en)
            }
        }
    }
}
