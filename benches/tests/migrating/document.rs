//! The document beside the code; and one request to either side.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use cruddur_trace::record::Sampling;
use cruddur_trace::testing::{Capture, Captured};
use tower::ServiceExt as _;

const DOCUMENT: &str = include_str!("../../../docs/migrating.md");

/// Checks the diffs of the section whose heading begins so.
pub(crate) fn check(heading: &str, before: &str, after: &str) {
    let start = DOCUMENT.find(&format!("\n## {heading}")).expect("a section") + 1;
    let section = &DOCUMENT[start..];
    let section = &section[..section[2..].find("\n## ").map_or(section.len(), |end| end + 2)];
    let mut lines = [0, 0];
    for diff in section.split("```diff\n").skip(1) {
        let diff = &diff[..diff.find("```").expect("the block's end")];
        let (mut old, mut new) = (before, after);
        for line in diff.lines() {
            let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
            if sign != "+" {
                old = behind(old, text, heading);
                lines[0] += 1;
            }
            if sign != "-" {
                new = behind(new, text, heading);
                lines[1] += 1;
            }
        }
    }
    assert!(lines[0] > 0 && lines[1] > 0, "{heading}: no diffs");
}

/// What follows the line in the code.
fn behind<'a>(code: &'a str, line: &str, heading: &str) -> &'a str {
    let mut rest = code;
    while let Some((first, behind)) = rest.split_once('\n') {
        if first.trim() == line.trim() {
            return behind;
        }
        rest = behind;
    }
    panic!("{heading}: `{line}` is not in the code, or not in this order")
}

/// The body of the answer.
pub(crate) async fn ask(app: Router, path: &str) -> String {
    let request = Request::get(path).header("host", "a").body(Body::empty()).expect("valid");
    let answer = app.oneshot(request).await.expect("a router never fails");
    let body = to_bytes(answer.into_body(), 1_024).await.expect("a body");
    String::from_utf8(body.to_vec()).expect("text")
}

/// The same, with what was recorded.
pub(crate) async fn spans(app: Router, path: &str) -> (Captured, String) {
    Capture::new(Sampling::ALWAYS).without_root().run_async(ask(app, path)).await
}
