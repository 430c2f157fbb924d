//! The OpenAPI document, at `/api/openapi.json`.

use axum::Json;
use utoipa::OpenApi;

use super::problem::ProblemBody;
use super::routes::{
    accounts, audit, cases, documents, exports, imports, indicators, jobs, norms, province, reference, register,
    session, setup, studies, today, uploads, verifications, workspace,
};

/// The document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dosewright",
        description = "HTTP API of `dosewright serve`. JSON in snake_case; times RFC 3339 UTC, days YYYY-MM-DD; lengths mm, dose Gy, positions DICOM \
                       patient coordinates (LPS). One logs in with POST /session; every change bears the session's `csrf` as the header \
                       X-CSRF-Token. What can be edited has a version: GET answers with an ETag, PATCH needs If-Match. Errors are \
                       application/problem+json (RFC 9457) with `detail` in English and `detail_zh` in Chinese."
    ),
    servers((url = "/api/v1")),
    paths(
        setup::read, setup::create,
        session::log_in, session::read, session::log_out, session::change_password,
        accounts::list, accounts::create, accounts::edit, accounts::set_password,
        cases::list::list, cases::create::create, cases::read::read, cases::edit::edit, cases::timeline::timeline,
        documents::create, documents::content, documents::edit,
        uploads::create, uploads::read, uploads::receive, uploads::complete,
        studies::read, studies::edit,
        verifications::read, verifications::edit::create, verifications::edit::change, verifications::edit::new_version,
        verifications::difference::read, verifications::compute::find_seeds, verifications::compute::compute,
        verifications::sign::sign, verifications::results::file,
        jobs::read, jobs::cancel, jobs::events,
        audit::list, audit::check,
        workspace::study::volume, workspace::study::slice, workspace::study::outlines, workspace::study::mesh,
        workspace::draft::open, workspace::draft::edit, workspace::draft::from_plan, workspace::draft::snap, workspace::draft::dose,
        workspace::draft::export,
        today::today,
        register::hospitals::list, register::hospitals::create, register::hospitals::edit,
        register::people::list, register::people::create, register::people::read, register::people::edit,
        register::forms::list, register::emergency::read,
        register::records::list, register::records::create, register::records::read, register::records::edit,
        register::records::attach, register::records::content,
        register::lots::list, register::lots::create, register::lots::read, register::lots::edit, register::lots::enter,
        register::lots::of_case, register::lots::stock,
        register::stock_take::expected, register::stock_take::count, register::stock_take::save,
        norms::judge, norms::print, norms::counted, indicators::read, indicators::report,
        exports::register, exports::policies, exports::study, exports::fhir,
        province::ready, province::send, province::list, province::read, province::late, province::answer,
        imports::targets, imports::create, imports::preview, imports::take,
        reference::seed_models, reference::criteria, reference::terms,
    ),
    components(schemas(ProblemBody))
)]
struct Document;

/// The document as JSON, in a fixed order.
///
/// # Errors
/// When it cannot be written; a test holds that it can.
pub fn json() -> serde_json::Result<serde_json::Value> {
    serde_json::to_value(Document::openapi())
}

/// Hands out the document.
pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}
