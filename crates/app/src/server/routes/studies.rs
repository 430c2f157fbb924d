//! Studies as they were received.

use axum::extract::State;
use records::{Action, Change, Item, StoredStudy};

use super::documents::Withdraw;
use super::{Route, get, patch};
use crate::server::App;
use crate::server::auth::{Access, Person};
use crate::server::extract::{Body, IfMatch, Key, Versioned, reason};
use crate::server::problem::Problem;
use crate::server::views::Names;
use crate::server::views::study::StudyView;

/// Its routes.
pub fn routes() -> Vec<Route> {
    vec![
        get("/studies/{id}", Access::May(Action::ReadCases), read),
        patch("/studies/{id}", Access::May(Action::ImportStudy), edit),
    ]
}

impl App {
    /// A study that must be there.
    ///
    /// # Errors
    /// A `not-found` problem.
    pub async fn study(&self, id: records::Id<StoredStudy>) -> Result<StoredStudy, Problem> {
        self.store.study(id).await?.ok_or_else(|| Problem::not_found("项影像检查", "study"))
    }
}

/// What a study holds, and what the import found.
#[utoipa::path(get, path = "/studies/{id}", tag = "studies", params(("id" = String, Path)), responses((status = 200, body = StudyView)))]
pub async fn read(State(app): State<App>, Key(id): Key<StoredStudy>) -> Result<Versioned<StudyView>, Problem> {
    let study = app.study(id).await?;
    Ok(Versioned(study.version, StudyView::new(&study, &Names::read(&*app.store).await?)))
}

/// Withdraws a study, or puts it back. Verifications that rest on it stay.
#[utoipa::path(patch, path = "/studies/{id}", tag = "studies", params(("id" = String, Path)), request_body = Withdraw,
    responses((status = 200, body = StudyView), (status = 412), (status = 428)))]
pub async fn edit(
    State(app): State<App>,
    person: Person,
    Key(id): Key<StoredStudy>,
    version: IfMatch,
    Body(asked): Body<Withdraw>,
) -> Result<Versioned<StudyView>, Problem> {
    let why = reason(&asked.why)?;
    let before = app.study(id).await?;
    version.must_be(before.version)?;
    let after = StoredStudy { version: before.version + 1, withdrawn: asked.withdrawn, ..before.clone() };
    let changes = vec![Change::Replace { before: Item::Study(before), after: Item::Study(after.clone()) }];
    app.commit(&person, &why, changes, Vec::new()).await?;
    Ok(Versioned(after.version, StudyView::new(&after, &Names::read(&*app.store).await?)))
}
