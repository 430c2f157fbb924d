//! An upload in progress: files received for a case, resumable, not yet a study.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::study::StoredFile;
use crate::{Account, Case, Id, Job, StoredStudy};

/// Files received so far. What was acknowledged is in the object store; the rest can be sent again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Upload {
    /// which one
    pub id: Id<Upload>,
    /// for which case
    pub case: Id<Case>,
    /// who sends it
    pub by: Id<Account>,
    /// when it began
    pub begun: Timestamp,
    /// the files received, in the order of their paths
    pub files: Vec<StoredFile>,
    /// the import that was ordered
    pub job: Option<Id<Job>>,
    /// the study it became
    pub study: Option<Id<StoredStudy>>,
}
