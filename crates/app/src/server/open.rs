//! Studies and verifications that are open: kept in memory while people look at them, the least recently used ones let go.

use std::sync::{Arc, Mutex, PoisonError};

use image::Volume;
use image::study::{Study, StudyError, import};
use records::verification::{Draft, Settings};
use records::{Id, StoredStudy, Verification};
use tokio::sync::OnceCell;

use super::App;
use super::problem::Problem;
use crate::failure::{Failure, unusable_study};
use crate::worker::{place, request_of};
use crate::workspace::Workspace;

/// Studies in memory at most; one of 150 slices of 512² takes 80 MB.
const STUDIES: usize = 6;
/// Verifications in memory at most.
const WORKSPACES: usize = 12;

/// A workspace that one edit at a time may change.
pub type Shared = Arc<tokio::sync::Mutex<Workspace>>;

/// What a workspace was opened with: other settings or another draft from elsewhere ask for another one.
type WorkspaceKey = (Id<Verification>, Settings);

/// Things that are made once however many ask at the same time; the least recently used are dropped.
struct Kept<K, V> {
    most: usize,
    entries: Mutex<Vec<(K, Arc<OnceCell<V>>)>>,
}

impl<K: PartialEq + Clone, V: Clone> Kept<K, V> {
    fn new(most: usize) -> Self {
        Self { most, entries: Mutex::new(Vec::new()) }
    }

    fn cell(&self, key: &K) -> Arc<OnceCell<V>> {
        // a panic while the list was held leaves at worst an entry too few
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = match entries.iter().position(|(kept, _)| kept == key) {
            Some(at) => entries.remove(at).1,
            None => Arc::default(),
        };
        entries.push((key.clone(), Arc::clone(&cell)));
        if entries.len() > self.most {
            entries.remove(0);
        }
        cell
    }
}

/// What is open.
pub struct Open {
    studies: Kept<Id<StoredStudy>, Arc<Study>>,
    workspaces: Kept<WorkspaceKey, Shared>,
}

impl Default for Open {
    fn default() -> Self {
        Self { studies: Kept::new(STUDIES), workspaces: Kept::new(WORKSPACES) }
    }
}

impl App {
    /// A study with its images, from memory where it was looked at before.
    ///
    /// # Errors
    /// When its files cannot be read.
    pub async fn open_study(&self, stored: &StoredStudy) -> Result<Arc<Study>, Problem> {
        let cell = self.open.studies.cell(&stored.id);
        let read = || async {
            let (app, stored) = (self.clone(), stored.clone());
            on_thread(move || {
                let folder = place::place(&app.data, &app.objects, stored.id, &stored.files)?;
                import(&folder, &|_, _| {}).map(Arc::new).map_err(|error| unusable_study(&error))
            })
            .await
        };
        cell.get_or_try_init(read).await.cloned()
    }

    /// A verification open for editing (or, when it is no draft, for looking at).
    ///
    /// # Errors
    /// When files or choices are missing: the same sentences as the run itself would say.
    pub async fn open_workspace(&self, of: &Verification, draft: Draft) -> Result<Shared, Problem> {
        let cell = self.open.workspaces.cell(&(of.id, of.settings.clone()));
        let make = || async {
            let stored = self.study(of.study).await?;
            let study = self.open_study(&stored).await?;
            let (folder, settings, draft) = (place::folder(&self.data, stored.id), of.settings.clone(), draft.clone());
            let workspace = on_thread(move || Workspace::open(&request_of(&settings, &folder)?, study, draft)).await?;
            Ok::<_, Problem>(Arc::new(tokio::sync::Mutex::new(workspace)))
        };
        let shared = cell.get_or_try_init(make).await?.clone();
        // a search or another window may have put other seeds in place
        let mut workspace = Arc::clone(&shared).lock_owned().await;
        if *workspace.draft() != draft {
            on_thread(move || workspace.set(draft)).await?;
        }
        Ok(shared)
    }
}

/// The CT of a study.
///
/// # Errors
/// When it has none, or several that could be meant.
pub fn ct(study: &Study) -> Result<&Volume, Problem> {
    let volume = study.ct().and_then(|series| {
        series
            .volume
            .as_ref()
            .map_err(|error| StudyError::CtUnusable { uid: series.uid.clone(), reason: error.to_string() })
    });
    volume.map_err(|error| unusable_study(&error).into())
}

/// Runs on a thread that may take its time.
///
/// # Errors
/// The work's own; a defect's when it panics.
pub async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(Problem::from),
        Err(error) => Err(Problem::failed(error)),
    }
}
