//! Who may talk to the console: only programs that name this machine, and only this page.
//!
//! A page on another site can make a browser send requests here. Two checks stop it: the `Host`
//! must be a loopback name or an allowed one (a rebound DNS name is neither), and an `Origin` must
//! be the console's own. Answers carry a strict content security policy and no CORS headers.
//! The refusal has the form of the protocol that was asked: see `receivers::refusal`.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::{Options, Shared, receivers};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'";

/// The middleware around everything.
pub(crate) async fn check(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let host = request
        .uri()
        .authority()
        .map(|authority| authority.as_str().to_owned())
        .or_else(|| text(request.headers(), &HOST).map(str::to_owned));
    let mut response =
        match refuse(&app.options, host.as_deref(), request.method(), request.headers()) {
            Some(reason) => receivers::refusal(
                request.method(),
                request.uri().path(),
                request.headers(),
                StatusCode::FORBIDDEN,
                reason,
            ),
            None => {
                let (method, uri) = (request.method().clone(), request.uri().clone());
                let headers = request.headers().clone();
                let response = next.run(request).await;
                receivers::in_own_words(&method, uri.path(), &headers, response).await
            }
        };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Why the request is refused, if it is.
fn refuse(
    options: &Options,
    authority: Option<&str>,
    method: &Method,
    headers: &HeaderMap,
) -> Option<&'static str> {
    let Some(authority) = authority else {
        return Some("the request has no Host");
    };
    if !is_allowed(options, authority) {
        return Some("this Host is not the console's: add it to CONSOLE_ALLOWED_HOSTS");
    }
    if let Some(origin) = headers.get(ORIGIN) {
        let same = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(|origin| origin.eq_ignore_ascii_case(authority));
        if !same {
            return Some("another site's page may not use the console");
        }
    }
    // A link from elsewhere may open the page; nothing else may come from another site.
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let navigates = method == Method::GET
        && headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate")
        && headers.get("sec-fetch-dest").is_some_and(|dest| dest == "document");
    if matches!(site, Some("cross-site" | "same-site")) && !navigates {
        return Some("another site's page may not use the console");
    }
    None
}

/// Whether the name in `authority` (`name`, `name:port`, `[v6]:port`) is one of ours.
fn is_allowed(options: &Options, authority: &str) -> bool {
    let name = host_name(authority).to_ascii_lowercase();
    if matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1") {
        return true;
    }
    if options.allowed_hosts.contains(&name) {
        return true;
    }
    name.parse().is_ok_and(|address: std::net::IpAddr| {
        !options.host.is_unspecified() && address == options.host
    })
}

fn host_name(authority: &str) -> &str {
    if let Some(bracketed) = authority.strip_prefix('[') {
        return bracketed.split(']').next().unwrap_or_default();
    }
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &axum::http::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_host(authority: &str, expected: bool) {
        let options = Options { allowed_hosts: vec!["console".to_owned()], ..Options::default() };
        assert_eq!(is_allowed(&options, authority), expected, "{authority}");
    }

    #[test]
    fn only_this_machine_and_listed_names_are_hosts() {
        for ours in ["127.0.0.1:4568", "localhost", "LOCALHOST:1", "[::1]:4568", "console:4568"] {
            check_host(ours, true);
        }
        for foreign in [
            "evil.example:4568",
            "127.0.0.1.evil.example",
            "console.evil",
            "",
            ":4568",
            "localhost.evil:80",
            "0.0.0.0:4568",
            "[::2]:1",
            "127.0.0.1@evil.example",
        ] {
            check_host(foreign, false);
        }
    }

    fn check_headers(pairs: &[(&'static str, &'static str)], refused: bool) {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        let options = Options::default();
        let reason = refuse(&options, Some("127.0.0.1:4568"), &Method::GET, &headers);
        assert_eq!(reason.is_some(), refused, "{pairs:?}");
    }

    #[test]
    fn other_sites_may_link_here_and_do_nothing_else() {
        check_headers(&[], false);
        check_headers(&[("origin", "http://127.0.0.1:4568")], false);
        check_headers(&[("origin", "http://127.0.0.1:3000")], true);
        check_headers(&[("origin", "https://127.0.0.1:4568")], true);
        check_headers(&[("origin", "null")], true);
        check_headers(&[("sec-fetch-site", "cross-site")], true);
        check_headers(&[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "cors")], true);
        check_headers(
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ],
            false,
        );
    }
}
