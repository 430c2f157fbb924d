//! Files in and out: bodies streamed into objects, objects streamed out.

use std::fs::File;
use std::io::{BufWriter, Seek as _};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use records::Digest;
use store::ObjectsError;
use store::objects::Kept;
use tokio::runtime::Handle;
use tokio_util::io::ReaderStream;

use super::App;
use super::extract::text;
use super::problem::{Problem, Slug};
use crate::register::trouble::Trouble;

/// Media types that a browser shows by itself without running anything of them.
const SHOWN: [&str; 5] =
    ["application/pdf", "image/png", "image/jpeg", "text/plain; charset=utf-8", "text/csv; charset=utf-8"];

impl From<ObjectsError> for Problem {
    fn from(error: ObjectsError) -> Self {
        match error {
            ObjectsError::TooLarge { most } => {
                let mib = most >> 20;
                Self::new(
                    Slug::TooLarge,
                    format!("文件过大：最多 {mib} MiB。"),
                    format!("the file is too large: {mib} MiB at most"),
                )
            }
            ObjectsError::Broken(_) => {
                Self::invalid("文件未完整到达，请重新发送。", "the file did not arrive whole; send it again")
            }
            other => Self::failed(other),
        }
    }
}

/// Keeps a body, `most` bytes at most. Once this returns it is on disk. Nothing is kept of a body that is not what `X-SHA256` says.
///
/// # Errors
/// When it is too large, breaks off, or is another.
pub async fn keep(app: &App, headers: &HeaderMap, body: Body, most: u64) -> Result<Kept, Problem> {
    let stated =
        match text(headers, "x-sha256") {
            "" => None,
            digits => Some(digits.parse::<Digest>().map_err(|error| {
                Problem::invalid("X-SHA256 须为 64 位十六进制数字。", format!("X-SHA256: {error}"))
            })?),
        };
    if text(headers, header::CONTENT_LENGTH).parse::<u64>().is_ok_and(|bytes| bytes > most) {
        return Err(ObjectsError::TooLarge { most }.into());
    }
    let limit = Duration::from_secs(app.limits.request.body_seconds);
    let kept = tokio::time::timeout(limit, stream(app, body.into_data_stream(), most))
        .await
        .map_err(|_| Problem::from(ObjectsError::Broken("too slow".to_owned())))??;
    if stated.is_some_and(|stated| stated != kept.content) {
        return Err(Problem::invalid(
            "收到的内容与 X-SHA256 不符，传输中有损坏，请重新发送。",
            "what arrived is not what X-SHA256 says: it was damaged on the way; send it again",
        ));
    }
    Ok(kept)
}

async fn stream(app: &App, mut pieces: BodyDataStream, most: u64) -> Result<Kept, Problem> {
    let mut writer = app.objects.writer(most).await?;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| ObjectsError::Broken(error.to_string()))?;
        writer.write(&piece).await?;
    }
    Ok(writer.finish().await?)
}

/// Hands out an object under a name. `inline` lets the browser show it, where it can do so without running anything of it.
///
/// # Errors
/// When it is gone.
pub async fn hand_out(
    app: &App,
    content: Digest,
    name: &str,
    media_type: &str,
    inline: bool,
) -> Result<Response, Problem> {
    let (file, bytes) = app.objects.file(content).await?;
    let shown = inline && SHOWN.contains(&media_type);
    let how = if shown { "inline" } else { "attachment" };
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_ ".contains(c) { c } else { '_' }).collect();
    let disposition = format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{}", percent(name));
    let header = |value: &str| HeaderValue::from_str(value).map_err(Problem::failed);
    let headers = [
        (header::CONTENT_TYPE, header(if shown { media_type } else { "application/octet-stream" })?),
        (header::CONTENT_DISPOSITION, header(&disposition)?),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (header::ETAG, header(&format!("\"{content}\""))?),
        // a browser's own viewer of PDF needs a style or two; scripts stay out
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'",
            ),
        ),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
    ];
    Ok((StatusCode::OK, headers, Body::from_stream(ReaderStream::new(file))).into_response())
}

/// Has a file made, off the threads that answer requests: it has no name on the disk and is gone when it was handed out, or the program
/// ends, however it does. The work gets the file and what waits for the store.
///
/// # Errors
/// Those of the work and of the disk.
pub async fn make<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&mut BufWriter<File>, &Handle) -> Result<T, Trouble> + Send + 'static,
) -> Result<(File, T), Problem> {
    let (data, handle) = (app.data.clone(), Handle::current());
    let made = tokio::task::spawn_blocking(move || -> Result<(File, T), Trouble> {
        let mut out = BufWriter::new(tempfile::tempfile_in(&data).map_err(Trouble::failed)?);
        let made = work(&mut out, &handle)?;
        let mut file = out.into_inner().map_err(Trouble::failed)?;
        file.rewind().map_err(Trouble::failed)?;
        Ok((file, made))
    });
    Ok(made.await.map_err(Problem::failed)??)
}

/// Hands out a file that was made, as a download.
///
/// # Errors
/// When the disk fails.
pub fn download(file: File, name: &str, media_type: &'static str) -> Result<Response, Problem> {
    let bytes = file.metadata().map_err(Problem::failed)?.len();
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' }).collect();
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", percent(name));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(Problem::failed)?),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let body = Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file)));
    Ok((StatusCode::OK, headers, body).into_response())
}

/// A body whole in memory, `most` bytes at most.
///
/// # Errors
/// When it is larger, or does not arrive whole in time.
pub async fn whole(app: &App, headers: &HeaderMap, body: Body, most: u64) -> Result<Vec<u8>, Problem> {
    if text(headers, header::CONTENT_LENGTH).parse::<u64>().is_ok_and(|bytes| bytes > most) {
        return Err(ObjectsError::TooLarge { most }.into());
    }
    let limit = Duration::from_secs(app.limits.request.body_seconds);
    let read = async {
        let (mut all, mut pieces) = (Vec::new(), body.into_data_stream());
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| ObjectsError::Broken(error.to_string()))?;
            if all.len() as u64 + piece.len() as u64 > most {
                return Err(ObjectsError::TooLarge { most });
            }
            all.extend_from_slice(&piece);
        }
        Ok(all)
    };
    let read = tokio::time::timeout(limit, read).await;
    Ok(read.map_err(|_| Problem::from(ObjectsError::Broken("too slow".to_owned())))??)
}

/// A name as a header may bear it (RFC 8187).
fn percent(name: &str) -> String {
    name.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b".-_~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// The media type of a result's file.
pub fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "pdf" => "application/pdf",
        "csv" => "text/csv; charset=utf-8",
        "json" => "application/json",
        "dcm" => "application/dicom",
        _ => "application/octet-stream",
    }
}
