//! An upload becomes a study of its case.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use records::change::Work;
use records::study::StoredFile;
use records::{Change, Digest, Id, Item, Job, StoredStudy, Upload};
use serde_json::json;

use super::masked::Identity;
use super::watch::JobWatch;
use super::{End, blocking, place, summary, unpack, unstored};
use crate::clock::{hex, random};
use crate::failure::Failure;
use crate::server::App;
use crate::watch::{Step, Watch};

/// Unpacks, lays out, reads, and notes the study. A study bears the id of its import, so an import done twice makes one study.
pub async fn run(app: &App, job: &Job, watch: &JobWatch) -> Result<End, Failure> {
    let id = job.subject.parse::<Id<Upload>>().map_err(|error| Failure::failed(error.to_string()))?;
    let gone = || Failure::input("the upload is not there any more; send the files again");
    let upload = app.store.upload(id).await.map_err(unstored)?.ok_or_else(gone)?;
    let case = app.store.case(upload.case).await.map_err(unstored)?.ok_or_else(gone)?;
    let earlier = app.store.studies(upload.case).await.map_err(unstored)?;
    let study_id: Id<StoredStudy> = Id::from(job.id.uuid());
    let (inner, watch) = (app.clone(), watch.clone());
    let received = app.clock.now();
    let by = job.ordered_by;
    blocking(move || {
        let watch: &dyn Watch = &watch;
        watch.step(Step::Reading)?;
        let files = lay_out(&inner, &upload, watch)?;
        let same = |study: &&StoredStudy| !study.withdrawn && contents(&study.files) == contents(&files);
        if let Some(there) = earlier.iter().find(same) {
            let noted = Work::Upload(Upload { study: Some(there.id), ..upload });
            let result = json!({ "study": there.id, "already_there": true });
            return Ok(End { work: vec![noted], result, ..End::default() });
        }
        let folder = place::place(&inner.data, &inner.objects, study_id, &files)?;
        let read = image::study::import(&folder, &|done, of| watch.advance(done, of));
        let study = read.map_err(|error| {
            // a folder without use takes no room
            let _ = std::fs::remove_dir_all(&folder);
            let text = error.to_string().replace(&format!("'{}'", folder.display()), "the upload");
            Failure::input(text.replace(&folder.display().to_string(), "the upload"))
        })?;
        if watch.stopped() {
            return Err(Failure::cancelled());
        }
        let identity = Identity::of(&case.patient, &study);
        let stored = StoredStudy {
            id: study_id,
            version: 1,
            case: upload.case,
            salt: hex(&random::<16>()),
            summary: summary::of(&study, &identity),
            remarks: summary::remarks(&study, &case.patient, &identity),
            files,
            received_by: by,
            received,
            withdrawn: false,
        };
        Ok(End {
            result: json!({ "study": study_id, "remarks": stored.remarks.len(), "can_be_verified": stored.summary.can_be_verified }),
            changes: vec![Change::Create(Item::Study(stored))],
            work: vec![Work::Upload(Upload { study: Some(study_id), ..upload })],
        })
    })
    .await
}

fn contents(files: &[StoredFile]) -> BTreeSet<Digest> {
    files.iter().map(|file| file.content).collect()
}

/// Every file of the upload under a harmless path, archives unpacked, in the order of the paths.
fn lay_out(app: &App, upload: &Upload, watch: &dyn Watch) -> Result<Vec<StoredFile>, Failure> {
    let objects = Arc::clone(&app.objects);
    let (mut taken, mut files) = (HashSet::new(), Vec::new());
    for file in &upload.files {
        if unpack::is_archive(&objects.path(file.content)) {
            files.extend(unpack::unpack(file, &objects, &app.limits.unpack, &mut taken, watch)?);
        } else if let Some(path) = place::safe_path(&file.path, &mut taken) {
            files.push(StoredFile { path, ..file.clone() });
        }
    }
    if files.is_empty() {
        return Err(Failure::input(
            "the upload holds no file; choose the folder that the scanner or planning system exported",
        ));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}
