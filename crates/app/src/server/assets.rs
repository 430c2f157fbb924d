//! The browser application, compiled in.

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use include_dir::{Dir, File, include_dir};

static DIST: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../web/dist");

const NOT_BUILT: &str = "<!doctype html><meta charset=\"utf-8\"><title>Dosewright</title>\
<h1>Dosewright · 核准</h1><p>此程序编译时没有浏览器界面。请运行 <code>make web</code> 后重新编译；接口位于 <code>/api/v1</code>。</p>\
<p>This program was compiled without the browser application. Run <code>make web</code> and compile again; the API is at \
<code>/api/v1</code>.</p>";

/// A file of the application; its front page for every address of the application itself.
pub async fn serve(method: Method, uri: Uri) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = uri.path().trim_start_matches('/');
    let file = DIST.get_file(path).filter(|_| path != ".gitkeep");
    match (file, DIST.get_file("index.html")) {
        (Some(file), _) => answer(file),
        // a file that is not there is an error, an address of the application is not
        (None, _) if path.starts_with("assets/") => StatusCode::NOT_FOUND.into_response(),
        (None, Some(index)) => answer(index),
        (None, None) => Html(NOT_BUILT).into_response(),
    }
}

fn answer(file: &'static File<'static>) -> Response {
    let path = file.path().to_string_lossy();
    // the builder puts a digest into the names below assets/
    let keep = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type(&path))),
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
    ];
    (headers, file.contents()).into_response()
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
