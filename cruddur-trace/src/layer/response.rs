//! What a response says of its trace. Headers that are there are never replaced.

use http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, Entry};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::head::Head;
use super::options::Settings;
use crate::propagation::{traceparent, xray};
use crate::record::TraceLink;
use crate::span::Root;

static TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");
static XRAY: HeaderName = HeaderName::from_static("x-amzn-trace-id");
static ERROR_ID: HeaderName = HeaderName::from_static("x-error-id");

/// What is said, besides what the settings say.
#[derive(Clone, Debug)]
pub(crate) struct Said<'a> {
    pub(crate) root: Option<&'a Root>,
    pub(crate) report_id: Option<&'a str>,
    /// How the request's `X-Amzn-Trace-Id` is to be answered.
    pub(crate) xray: XrayAnswer,
    /// Whether the page that asks may read it.
    pub(crate) is_exposed: bool,
}

/// How a request's `X-Amzn-Trace-Id` is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum XrayAnswer {
    #[default]
    None,
    /// With the root.
    Root,
    /// With the root and the decision, since the request asked for it.
    Decision(bool),
}

/// Whether the request comes from a page that may read what the response says of its trace.
pub(crate) fn is_exposed(settings: &Settings, head: &Head<'_>) -> bool {
    let Some(allowed) = &settings.exposed_to else { return false };
    head.origin.is_some_and(|origin| allowed == "*" || allowed == origin)
}

/// Adds the headers.
pub(crate) fn say(headers: &mut HeaderMap, settings: &Settings, said: &Said<'_>) {
    if let Some(name) = &settings.request_id
        && let Some(root) = said.root
    {
        root.with_request_id_bytes(|id| add_if_absent(headers, name, id));
    }
    if let Some(link) = said.root.and_then(Root::link) {
        if settings.server_timing
            && let Ok(value) = HeaderValue::from_bytes(&server_timing(&link))
        {
            headers.append(const { HeaderName::from_static("server-timing") }, value);
        }
        match said.xray {
            XrayAnswer::None => {}
            XrayAnswer::Root => {
                add_if_absent(
                    headers,
                    &XRAY,
                    xray::format_response(link.trace_id, None).as_bytes(),
                );
            }
            XrayAnswer::Decision(sampled) => {
                let text = xray::format_response(link.trace_id, Some(sampled));
                add_if_absent(headers, &XRAY, text.as_bytes());
            }
        }
    }
    if let Some(id) = said.report_id {
        add_if_absent(headers, &ERROR_ID, id.as_bytes());
    }
    if said.is_exposed {
        expose(headers, settings);
    }
}

fn expose(headers: &mut HeaderMap, settings: &Settings) {
    let mut names = String::from("server-timing, x-amzn-trace-id, x-error-id");
    if let Some(name) = &settings.request_id {
        names.push_str(", ");
        names.push_str(name.as_str());
    }
    if let Ok(value) = HeaderValue::try_from(names) {
        headers.append(ACCESS_CONTROL_EXPOSE_HEADERS, value);
    }
    if let Some(origin) = &settings.exposed_to {
        headers.append(TIMING_ALLOW_ORIGIN.clone(), origin.clone());
    }
}

fn add_if_absent(headers: &mut HeaderMap, name: &HeaderName, value: &[u8]) {
    if let Entry::Vacant(free) = headers.entry(name)
        && let Ok(value) = HeaderValue::from_bytes(value)
    {
        free.insert(value);
    }
}

/// `traceparent;desc="00-…"`.
fn server_timing(link: &TraceLink) -> [u8; BEFORE + traceparent::LENGTH + 1] {
    let mut text = [b'"'; BEFORE + traceparent::LENGTH + 1];
    text[..BEFORE].copy_from_slice(PREFIX);
    text[BEFORE..BEFORE + traceparent::LENGTH].copy_from_slice(&traceparent::encode(link));
    text
}

const PREFIX: &[u8] = b"traceparent;desc=\"";
const BEFORE: usize = PREFIX.len();
