//! The trace of an AWS Lambda invocation.
//!
//! Lambda begins the trace itself: it makes a segment for the function, decides on sampling, and
//! tells both by `_X_AMZN_TRACE_ID` at each invocation (`lambda_http` puts the same text into the
//! request's `X-Amzn-Trace-Id`). What the function records belongs below that segment. Where Lambda
//! does not sample, a caller's own trace goes on as everywhere else, so that other backends see it.
//! Source: "Using AWS Lambda with AWS X-Ray", AWS Lambda developer guide, read 2026-11.

use std::sync::OnceLock;

use crate::propagation::Extracted;
use crate::propagation::xray::{self, XrayHeader, XraySampled};
use crate::record::{TraceFlags, TraceLink};

type ReadInvocation = fn() -> Option<String>;

/// Reads the invocation's header; unset outside of Lambda.
static READ: OnceLock<ReadInvocation> = OnceLock::new();

/// Says how the invocation's header is read, where Lambda runs the process.
pub(crate) fn install_invocation(read: ReadInvocation) {
    let _ = READ.set(read);
}

/// Makes Lambda's segment the parent, if Lambda samples the invocation.
pub(crate) fn follow(extracted: &mut Extracted) {
    if let Some(read) = READ.get() {
        follow_header(extracted, *read);
    }
}

fn follow_header(extracted: &mut Extracted, read: impl Fn() -> Option<String>) {
    // The request's own header is that of this very invocation, also where several run at once.
    if extracted.xray.is_none() {
        let header = read().and_then(|text| xray::parse(text.as_bytes()));
        extracted.xray = header.map(Box::new);
    }
    let Some(header) = extracted.xray.as_deref() else { return };
    let Some(parent) = parent_of(header) else {
        // Its trace is better than none: what Lambda logs of the invocation names it.
        if extracted.parent.is_none() {
            extracted.trace_id = extracted.trace_id.or(Some(header.trace_id));
        }
        return;
    };
    match extracted.parent.replace(parent) {
        Some(caller) if caller.trace_id != parent.trace_id => {
            extracted.links.push(caller.into());
            // A tracestate belongs to the trace that it came with.
            extracted.trace_state = None;
        }
        _ => {}
    }
}

fn parent_of(header: &XrayHeader) -> Option<TraceLink> {
    let trace_flags = TraceFlags::default().with_sampled(true);
    let is_sampled = header.sampled == XraySampled::Yes;
    let span_id = header.parent_id.filter(|_| is_sampled)?;
    Some(TraceLink { trace_id: header.trace_id, span_id, trace_flags })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propagation::Propagators;

    const ROOT: &str = "5759e988bd862e3fe1be46a994272793";
    const CALLER: &str = "0af7651916cd43dd8448eb211c80319c";

    fn followed(headers: &[(&str, &str)], variable: Option<&str>) -> Extracted {
        let carrier: Vec<(String, String)> =
            headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let both: Propagators = "tracecontext,xray".parse().expect("valid");
        let mut extracted = both.extract(&carrier);
        follow_header(&mut extracted, || variable.map(str::to_owned));
        extracted
    }

    #[test]
    fn lambda_s_segment_is_the_parent_where_lambda_samples() {
        let root = "Root=1-5759e988-bd862e3fe1be46a994272793";
        let sampled = format!("{root};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:2:0");
        let not = format!("{root};Parent=53995c3f42cd8ad8;Sampled=0");
        let w3c = format!("00-{CALLER}-b7ad6b7169203331-01");
        let check =
            |headers: &[(&str, &str)], variable: Option<&str>, trace: &str, links: usize| {
                let found = followed(headers, variable);
                let of_parent = found.parent.map(|parent| parent.trace_id);
                assert_eq!(
                    of_parent.or(found.trace_id).map(|it| it.to_string()).as_deref(),
                    Some(trace)
                );
                assert_eq!(found.links.len(), links, "{headers:?}");
                found
            };
        let found = check(&[], Some(&sampled), ROOT, 0);
        assert_eq!((found.xray_sampled(), found.sampled), (Some(true), None));
        check(&[("x-amzn-trace-id", &sampled)], None, ROOT, 0);
        // A browser's trace is linked, and decides for OTLP as before.
        let found = check(&[("traceparent", &w3c)], Some(&sampled), ROOT, 1);
        assert_eq!(found.sampled, Some(true));
        // Where Lambda does not sample, the browser's trace goes on.
        check(&[("traceparent", &w3c)], Some(&not), CALLER, 0);
        let found = check(&[], Some(&not), ROOT, 0);
        assert_eq!((found.parent, found.xray_sampled()), (None, Some(false)));
    }

    #[test]
    fn without_a_header_nothing_changes() {
        let found = followed(&[], Some("nonsense"));
        assert!(found.parent.is_none() && found.trace_id.is_none());
    }
}
