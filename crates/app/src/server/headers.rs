//! Headers of every answer, and where a request may come from.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::App;
use super::problem::{Problem, Slug};

/// Scripts and everything else from ourselves only, no inline script. Styles may be inline: component libraries place menus with them.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
                      font-src 'self'; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=()"),
];

/// Sets the headers that every answer bears; what a route set itself stays.
pub async fn security(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // nothing of a patient in a shared cache or on disk, unless a route says otherwise
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Refuses requests under a foreign name (DNS rebinding), and changes that another site's page asks for.
pub async fn origin(State(app): State<App>, request: Request, next: Next) -> Response {
    match check(
        request.method(),
        request.headers(),
        request.uri().authority().map(axum::http::uri::Authority::as_str),
        &app.hosts,
    ) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check(method: &Method, headers: &HeaderMap, authority: Option<&str>, hosts: &[String]) -> Result<(), Problem> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).or(authority).unwrap_or_default();
    if !is_ours(host, hosts) {
        return Err(Problem::new(
            Slug::Csrf,
            "请求所用的主机名不属于本服务；请用服务的地址访问，或让管理员以 --host 登记该名称。",
            "the request names a host that is not this service; use the service's address, or have the administrator add the name \
             with --host",
        ));
    }
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let foreign_site =
        text(HeaderName::from_static("sec-fetch-site")).is_some_and(|site| !matches!(site, "same-origin" | "none"));
    let foreign_origin = text(header::ORIGIN).is_some_and(|origin| !same(origin, host));
    if foreign_site || foreign_origin {
        return Err(Problem::new(
            Slug::Csrf,
            "请求来自另一个网站，已拒绝；请在本服务的页面中操作。",
            "the request comes from another site's page; work in this service's own page",
        ));
    }
    Ok(())
}

/// An address, this machine, or a name that was registered: a foreign name that resolves to us is none of them.
fn is_ours(host: &str, hosts: &[String]) -> bool {
    let name = without_port(host);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<std::net::IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || hosts.iter().any(|ours| ours.eq_ignore_ascii_case(name))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|digit| digit.is_ascii_digit()) && (name.ends_with(']') || !name.contains(':')) =>
        {
            name
        }
        _ => host,
    }
}

/// Whether an origin is the host that was asked; a proxy may have taken TLS off, so the scheme is not compared.
fn same(origin: &str, host: &str) -> bool {
    let bare = |authority: &str, port: &str| authority.strip_suffix(port).unwrap_or(authority).to_lowercase();
    match origin.split_once("://") {
        Some(("https", authority)) => bare(authority, ":443") == bare(host, ":443"),
        Some(("http", authority)) => bare(authority, ":80") == bare(host, ":80"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &Method, headers: &[(&'static str, &str)]) -> bool {
        let map = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect();
        check(method, &map, None, &["dose.hospital.example".to_owned()]).is_ok()
    }

    #[test]
    fn only_our_own_names_and_pages_pass() {
        for host in ["127.0.0.1:8642", "localhost:8642", "[::1]:8642", "10.0.0.5", "dose.hospital.example:443"] {
            assert!(asked(&Method::GET, &[("host", host)]), "{host}");
        }
        for host in ["evil.example:8642", "", "localhost.evil.example", "127.0.0.1.evil.example"] {
            assert!(!asked(&Method::GET, &[("host", host)]), "{host}");
        }
        let post = |origin| asked(&Method::POST, &[("host", "localhost:8642"), ("origin", origin)]);
        assert!(post("http://localhost:8642"));
        for origin in ["http://localhost:1", "https://evil.example", "null", "http://localhost"] {
            assert!(!post(origin), "{origin}");
        }
        // behind a proxy that speaks TLS
        let proxied = [("host", "dose.hospital.example"), ("origin", "https://dose.hospital.example")];
        assert!(asked(&Method::POST, &proxied));
        assert!(!asked(&Method::POST, &[("host", "localhost"), ("sec-fetch-site", "cross-site")]));
        assert!(!asked(&Method::DELETE, &[("host", "localhost"), ("sec-fetch-site", "same-site")]));
    }
}
