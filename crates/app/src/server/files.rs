//! Files in and out: bodies streamed into objects, objects streamed out.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use records::Digest;
use store::ObjectsError;
use store::objects::Kept;
use tokio_util::io::ReaderStream;

use super::App;
use super::extract::text;
use super::problem::{Problem, Slug};

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
