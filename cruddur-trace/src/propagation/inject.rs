//! What goes out, by all formats together.

use super::{Field, Inject, Propagator, Propagators, b3, baggage, traceparent, xray};
use crate::record::TraceLink;

/// What is sent with an outgoing request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outgoing<'a> {
    /// The span that makes the request.
    pub span: TraceLink,
    /// The W3C `tracestate`.
    pub trace_state: Option<&'a str>,
    /// The members of the baggage.
    pub baggage: &'a [baggage::Member],
    /// X-Ray's decision.
    pub xray_sampled: bool,
    /// Pairs of the incoming `X-Amzn-Trace-Id` that are sent on (`Lineage=…`).
    pub xray_others: &'a str,
}

impl<'a> Outgoing<'a> {
    /// A span, with its own *sampled* flag as X-Ray's decision, and nothing else.
    #[must_use]
    pub const fn new(span: TraceLink) -> Self {
        let xray_sampled = span.trace_flags.is_sampled();
        Self { span, trace_state: None, baggage: &[], xray_sampled, xray_others: "" }
    }

    /// The same with a `tracestate`.
    #[must_use]
    pub const fn with_trace_state(mut self, trace_state: Option<&'a str>) -> Self {
        self.trace_state = trace_state;
        self
    }

    /// The same with baggage.
    #[must_use]
    pub const fn with_baggage(mut self, baggage: &'a [baggage::Member]) -> Self {
        self.baggage = baggage;
        self
    }

    /// The same with X-Ray's decision and the pairs of its header that are sent on.
    #[must_use]
    pub const fn with_xray(mut self, sampled: bool, others: &'a str) -> Self {
        self.xray_sampled = sampled;
        self.xray_others = others;
        self
    }
}

impl Propagators {
    /// Writes the headers of an outgoing request, in place of those that are there.
    pub fn inject<C: Inject + ?Sized>(&self, outgoing: &Outgoing<'_>, carrier: &mut C) {
        let span = &outgoing.span;
        for propagator in self.iter() {
            match propagator {
                Propagator::TraceContext => {
                    carrier.set(Field::Traceparent, &traceparent::format(span));
                    set_or_remove(carrier, Field::Tracestate, outgoing.trace_state);
                }
                Propagator::Baggage => {
                    let text = baggage::format(outgoing.baggage);
                    set_or_remove(carrier, Field::Baggage, text.as_deref());
                }
                Propagator::B3 => carrier.set(Field::B3, &b3::format_single(span)),
                Propagator::B3Multi => {
                    carrier.set(Field::B3TraceId, &span.trace_id.to_string());
                    carrier.set(Field::B3SpanId, &span.span_id.to_string());
                    let sampled = if span.trace_flags.is_sampled() { "1" } else { "0" };
                    carrier.set(Field::B3Sampled, sampled);
                }
                Propagator::Xray => {
                    let text = xray::format(
                        span.trace_id,
                        span.span_id,
                        outgoing.xray_sampled,
                        outgoing.xray_others,
                    );
                    carrier.set(Field::Xray, &text);
                }
            }
        }
    }
}

fn set_or_remove<C: Inject + ?Sized>(carrier: &mut C, field: Field, value: Option<&str>) {
    match value {
        Some(value) => carrier.set(field, value),
        None => carrier.remove(field),
    }
}
