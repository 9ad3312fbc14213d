//! One marked record of each kind, and sending it by a sink as the pipeline would, but once.

use std::sync::Arc;

use crate::config::Config;
use crate::errors::{ErrorReport, ReportKind, ReportLevel};
use crate::pipeline::{Batch, SendError, Sink};
use crate::record::{
    Attribute, Callsite, ErrorChain, Fragment, Key, LogRecord, Outcome, Resource, Sampling,
    Severity, SpanId, SpanKind, SpanRecord, Status, TraceFlags, TraceId, TraceLink, UnixNanos,
    clock,
};

/// By this a probe is known for what it is.
const NAME: &str = "cruddur-trace doctor";

static CALLSITE: Callsite =
    Callsite::new(NAME, "cruddur_trace::doctor", "cruddur_trace::doctor", file!(), line!())
        .without_now();

/// The marked records.
#[cfg_attr(not(feature = "full"), allow(dead_code, reason = "each backend takes a part of it"))]
pub(super) struct Probe {
    pub(super) trace_id: TraceId,
    span_id: SpanId,
    /// In every record: to find them again.
    pub(super) marker: String,
    pub(super) resource: Resource,
    pub(super) now: UnixNanos,
}

#[cfg_attr(not(feature = "full"), allow(dead_code, reason = "each backend takes a part of it"))]
impl Probe {
    pub(super) fn new(config: &Config) -> Self {
        let trace_id = crate::span::random_trace_id();
        let low = (trace_id.bits() as u64) | 1;
        let mut resource = Resource::default();
        resource
            .set("service.name", config.service_name.clone().unwrap_or("unknown_service".into()));
        resource.set("telemetry.sdk.name", env!("CARGO_PKG_NAME"));
        resource.set("telemetry.sdk.language", "rust");
        resource.set("telemetry.sdk.version", env!("CARGO_PKG_VERSION"));
        for (key, value) in &config.resource_attributes {
            resource.set(key.clone(), value.clone());
        }
        Self {
            trace_id,
            span_id: SpanId::new(low).expect("the lowest bit is set"),
            marker: format!("{low:016x}"),
            resource,
            now: clock::now(),
        }
    }

    fn marks(&self) -> Vec<Attribute> {
        vec![Attribute::new("cruddur.probe", self.marker.clone())]
    }

    fn link(&self) -> TraceLink {
        let (trace_id, span_id) = (self.trace_id, self.span_id);
        TraceLink { trace_id, span_id, trace_flags: TraceFlags::SAMPLED }
    }

    /// One span, sampled for every family of backends.
    pub(super) fn span(&self) -> Batch {
        let span = SpanRecord {
            trace_id: self.trace_id,
            span_id: self.span_id,
            parent_id: None,
            parent_is_remote: false,
            trace_flags: TraceFlags::SAMPLED,
            trace_state: None,
            name: Key::Borrowed(NAME),
            kind: SpanKind::Internal,
            start: UnixNanos(self.now.0.saturating_sub(1_000_000)),
            end: self.now,
            callsite: &CALLSITE,
            attributes: self.marks(),
            dropped_attributes: 0,
            events: Vec::new(),
            dropped_events: 0,
            links: Vec::new(),
            dropped_links: 0,
            outcome: Outcome::Ok,
            status: Status::Unset,
            error: None,
        };
        let sampling =
            Sampling { otlp: true, xray: true, record: true, rate: 1.0, xray_rule: None };
        let fragment = Fragment {
            trace_id: self.trace_id,
            spans: vec![span],
            sampling,
            has_root: true,
            is_failure: false,
            resource: None,
            in_progress: None,
        };
        Batch { fragments: vec![Arc::new(fragment)], ..Batch::default() }
    }

    /// One log line.
    pub(super) fn log(&self) -> Batch {
        let body = format!("{NAME} {}", self.marker);
        let mut log = LogRecord::new(1, self.now, Severity::Info, body);
        log.target = Key::Borrowed("cruddur_trace::doctor");
        log.attributes = self.marks();
        log.trace = Some(self.link());
        Batch { logs: vec![Arc::new(log)], ..Batch::default() }
    }

    /// One report, at the least level and always of the same group.
    pub(super) fn report(&self) -> Batch {
        let error = ErrorChain { message: NAME.to_owned(), ..ErrorChain::default() };
        let mut report = ErrorReport::new(ReportKind::Message, error, self.now);
        report.level = ReportLevel::Debug;
        report.trace = Some(self.link());
        report.custom = self.marks();
        report.fingerprint = Some(NAME.to_owned());
        Batch { reports: vec![Arc::new(report)], ..Batch::default() }
    }

    /// Encodes and sends once.
    ///
    /// # Errors
    ///
    /// What the sink says of the request, or that it refused the record itself.
    pub(super) async fn send<S: Sink>(&self, sink: &mut S, batch: Batch) -> Result<(), String> {
        let encoded = sink.encode(batch, self.now);
        if encoded.requests.is_empty() {
            return Err(format!("the probe could not be encoded ({:?})", encoded.refused));
        }
        for outgoing in encoded.requests {
            match sink.send(&outgoing.request).await {
                Ok(delivered) if delivered.rejected == 0 => {}
                Ok(delivered) => return Err(delivered.message.unwrap_or("refused".into())),
                Err(
                    SendError::Retry { cause, .. }
                    | SendError::Split { cause }
                    | SendError::Refused { cause },
                ) => return Err(cause),
            }
        }
        Ok(())
    }
}
