//! Uploads and drafts.

use records::study::StoredFile;
use records::verification::Draft;
use records::{Digest, Id, Kind, StoreError, Upload, Verification};
use sqlx::SqliteConnection;

use super::rows::{failed, one};

type UploadRow = (String, String, String, Option<String>, Option<String>);

pub(super) async fn upload(connection: &mut SqliteConnection, id: Id<Upload>) -> Result<Option<Upload>, StoreError> {
    let row: Option<UploadRow> = sqlx::query_as("SELECT case_id, sent_by, begun, job, study FROM uploads WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
    let Some((case, by, begun, job, study)) = row else { return Ok(None) };
    let files: Vec<(String, Vec<u8>, i64)> =
        sqlx::query_as("SELECT path, content, bytes FROM upload_files WHERE upload = ? ORDER BY path")
            .bind(id.to_string())
            .fetch_all(connection)
            .await
            .map_err(failed)?;
    let unread = || StoreError::Failed(format!("upload {id} cannot be read: begin another"));
    let file = |(path, content, bytes): (String, Vec<u8>, i64)| {
        let content = Digest::from_bytes(content.try_into().map_err(|_| unread())?);
        Ok(StoredFile { path, content, bytes: bytes as u64 })
    };
    Ok(Some(Upload {
        id,
        case: case.parse().map_err(|_| unread())?,
        by: by.parse().map_err(|_| unread())?,
        begun: begun.parse().map_err(|_| unread())?,
        files: files.into_iter().map(file).collect::<Result<_, StoreError>>()?,
        job: job.map(|job| job.parse()).transpose().map_err(|_| unread())?,
        study: study.map(|study| study.parse()).transpose().map_err(|_| unread())?,
    }))
}

/// Writes an upload but for its files, new or over the stored one.
pub(super) async fn put_upload(connection: &mut SqliteConnection, upload: &Upload) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO uploads (id, case_id, sent_by, begun, job, study) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET job = excluded.job, study = excluded.study",
    )
    .bind(upload.id.to_string())
    .bind(upload.case.to_string())
    .bind(upload.by.to_string())
    .bind(upload.begun.to_string())
    .bind(upload.job.map(|job| job.to_string()))
    .bind(upload.study.map(|study| study.to_string()))
    .execute(connection)
    .await
    .map_err(failed)
    .map(drop)
}

pub(super) async fn receive(
    connection: &mut SqliteConnection,
    id: Id<Upload>,
    file: &StoredFile,
) -> Result<(), StoreError> {
    let study: Option<Option<String>> = sqlx::query_scalar("SELECT study FROM uploads WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
    match study {
        None => return Err(StoreError::Missing { what: "upload", id: id.to_string() }),
        Some(Some(_)) => {
            return Err(StoreError::Refused("this upload became a study already: begin another".to_owned()));
        }
        Some(None) => {}
    }
    sqlx::query(
        "INSERT INTO upload_files (upload, path, content, bytes) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET content = excluded.content, bytes = excluded.bytes",
    )
    .bind(id.to_string())
    .bind(&file.path)
    .bind(file.content.as_bytes().as_slice())
    .bind(file.bytes as i64)
    .execute(connection)
    .await
    .map_err(failed)
    .map(drop)
}

pub(super) async fn draft(
    connection: &mut SqliteConnection,
    id: Id<Verification>,
) -> Result<Option<Draft>, StoreError> {
    let body: Option<String> = sqlx::query_scalar("SELECT body FROM drafts WHERE verification = ?")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(failed)?;
    let read = |body: String| {
        serde_json::from_str(&body).map_err(|error| StoreError::Failed(format!("draft {id} cannot be read: {error}")))
    };
    body.map(read).transpose()
}

/// Keeps the draft that follows the kept one; where none is kept, an empty one of revision 0 counts as kept.
pub(super) async fn next_draft(
    connection: &mut SqliteConnection,
    id: Id<Verification>,
    next: &Draft,
) -> Result<(), StoreError> {
    if one::<Verification>(connection, Kind::Verification, "id", &id.to_string()).await?.is_none() {
        return Err(StoreError::Missing { what: "verification", id: id.to_string() });
    }
    let kept = draft(connection, id).await?.map_or(0, |draft| draft.revision);
    if kept.checked_add(1) != Some(next.revision) {
        return Err(StoreError::Conflict { kind: Kind::Verification, id: id.to_string() });
    }
    put_draft(connection, id, next).await
}

/// Keeps a draft, whatever revision is there.
pub(super) async fn put_draft(
    connection: &mut SqliteConnection,
    id: Id<Verification>,
    draft: &Draft,
) -> Result<(), StoreError> {
    let body = serde_json::to_string(draft).unwrap_or_default();
    if serde_json::from_str::<Draft>(&body).ok().as_ref() != Some(draft) {
        return Err(StoreError::Refused(format!("the draft of {id} holds a number that is not finite")));
    }
    sqlx::query(
        "INSERT INTO drafts (verification, revision, body) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET revision = excluded.revision, body = excluded.body",
    )
    .bind(id.to_string())
    .bind(draft.revision as i64)
    .bind(body)
    .execute(connection)
    .await
    .map_err(failed)
    .map(drop)
}
