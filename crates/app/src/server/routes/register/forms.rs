//! Forms: what can be filled in.

use axum::Json;
use axum::extract::State;

use crate::server::App;
use crate::server::auth::Access;
use crate::server::routes::{Route, get};
use crate::server::views::register::form::{FormView, Forms, TechniqueView};

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![get("/forms", Access::Person, list)]
}

/// All forms in their newest edition, and the techniques with their routes and methods.
#[utoipa::path(get, path = "/forms", tag = "register", responses((status = 200, body = Forms)))]
pub async fn list(State(app): State<App>) -> Json<Forms> {
    let techniques = records::forms::Techniques::builtin().all().iter().map(TechniqueView::from).collect();
    Json(Forms { rows: app.forms.all().map(FormView::from).collect(), techniques })
}
