//! What a response says of its trace. Headers that are there are never replaced.

use http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::options::Settings;
use crate::propagation::{traceparent, xray};
use crate::record::TraceLink;

static SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
static TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");
static XRAY: HeaderName = HeaderName::from_static("x-amzn-trace-id");
static ERROR_ID: HeaderName = HeaderName::from_static("x-error-id");

/// What is said, besides what the settings say.
#[derive(Clone, Debug)]
pub(crate) struct Said<'a> {
    pub(crate) link: Option<TraceLink>,
    pub(crate) request_id: Option<&'a str>,
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
pub(crate) fn is_exposed(settings: &Settings, headers: &HeaderMap) -> bool {
    let Some(allowed) = &settings.exposed_to else { return false };
    headers.get(ORIGIN).is_some_and(|origin| allowed == "*" || allowed == origin)
}

/// Adds the headers.
pub(crate) fn say(headers: &mut HeaderMap, settings: &Settings, said: &Said<'_>) {
    if let (Some(name), Some(id)) = (&settings.request_id, said.request_id) {
        add_if_absent(headers, name, id);
    }
    if let Some(link) = &said.link {
        if settings.server_timing {
            let text = server_timing(link);
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.append(SERVER_TIMING.clone(), value);
            }
        }
        match said.xray {
            XrayAnswer::None => {}
            XrayAnswer::Root => {
                add_if_absent(headers, &XRAY, &xray::format_response(link.trace_id, None));
            }
            XrayAnswer::Decision(sampled) => {
                let text = xray::format_response(link.trace_id, Some(sampled));
                add_if_absent(headers, &XRAY, &text);
            }
        }
    }
    if let Some(id) = said.report_id {
        add_if_absent(headers, &ERROR_ID, id);
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

fn add_if_absent(headers: &mut HeaderMap, name: &HeaderName, value: &str) {
    if !headers.contains_key(name)
        && let Ok(value) = HeaderValue::from_str(value)
    {
        headers.insert(name.clone(), value);
    }
}

/// `traceparent;desc="00-…"`, in one allocation.
fn server_timing(link: &TraceLink) -> String {
    const PREFIX: &str = "traceparent;desc=\"";
    let mut text = String::with_capacity(PREFIX.len() + 56);
    text.push_str(PREFIX);
    traceparent::push(&mut text, link);
    text.push('"');
    text
}
