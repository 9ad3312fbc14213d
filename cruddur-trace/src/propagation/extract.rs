//! What a carrier brings, by all formats together.

use std::sync::Arc;

use super::xray::XrayHeader;
use super::{Extract, Field, Propagator, Propagators, b3, baggage, traceparent, tracestate, xray};
use crate::record::{Link, TraceFlags, TraceId, TraceLink};

/// What came in.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Extracted {
    /// The caller's span.
    pub parent: Option<TraceLink>,
    /// What the caller decided on sampling; `None` leaves it to the receiver.
    pub sampled: Option<bool>,
    /// The trace, where the caller named one but no span: load balancers do.
    pub trace_id: Option<TraceId>,
    /// The W3C `tracestate`, as it is to be sent on.
    pub trace_state: Option<Arc<str>>,
    /// Parents that other formats named.
    pub links: Vec<Link>,
    /// The members of the baggage.
    pub baggage: Vec<baggage::Member>,
    /// What `X-Amzn-Trace-Id` said, whether or not it gave the parent.
    pub xray: Option<Box<XrayHeader>>,
}

impl Extracted {
    /// The parent, if there is none yet; else a link, if it differs. What only W3C's headers say of the
    /// same span counts wherever they stand in the list.
    fn offer(&mut self, span: TraceLink, sampled: Option<bool>, trace_state: Option<Arc<str>>) {
        match self.parent {
            None => {
                self.parent = Some(span);
                self.sampled = sampled;
                self.trace_state = trace_state;
            }
            Some(ref mut parent) => {
                if (parent.trace_id, parent.span_id) != (span.trace_id, span.span_id) {
                    self.links.push(span.into());
                } else if trace_state.is_some() || span.trace_flags.is_random() {
                    let sampled = parent.trace_flags.is_sampled();
                    parent.trace_flags = span.trace_flags.with_sampled(sampled);
                    self.trace_state = trace_state;
                }
            }
        }
    }

    /// X-Ray's decision, if its header is of the trace that goes on.
    #[must_use]
    pub fn xray_sampled(&self) -> Option<bool> {
        let header = self.xray.as_deref()?;
        let trace_id = self.parent.map(|parent| parent.trace_id).or(self.trace_id)?;
        if header.trace_id == trace_id { header.sampled.decision() } else { None }
    }

    /// The same for a service whose callers are strangers: a new trace with links to theirs, so
    /// that nobody outside forces or suppresses what is recorded, and without their baggage.
    #[must_use]
    pub fn into_public(mut self) -> Self {
        let mut links = Vec::with_capacity(self.links.len() + 1);
        links.extend(self.parent.map(Link::from));
        links.append(&mut self.links);
        Self { links, ..Self::default() }
    }
}

impl Propagators {
    /// What a carrier brings.
    #[must_use]
    pub fn extract<C: Extract + ?Sized>(&self, carrier: &C) -> Extracted {
        let mut extracted = Extracted::default();
        let mut root_only = None;
        for propagator in self.iter() {
            match propagator {
                Propagator::TraceContext => extract_w3c(carrier, &mut extracted),
                Propagator::Baggage => extracted.baggage = extract_baggage(carrier),
                Propagator::B3 | Propagator::B3Multi => extract_b3(carrier, &mut extracted),
                Propagator::Xray => {
                    let Some(header) = single(carrier, Field::Xray, xray::parse) else { continue };
                    match self.xray_parent(&header) {
                        Some((parent, sampled)) => extracted.offer(parent, sampled, None),
                        None => root_only = Some(header.trace_id),
                    }
                    extracted.xray = Some(Box::new(header));
                }
            }
        }
        if extracted.parent.is_none() {
            extracted.trace_id = root_only;
        }
        extracted
    }

    /// The parent of the header, and the decision that it makes for spans of every family: none
    /// where another format could have carried one, since X-Ray's sampling is X-Ray's own.
    fn xray_parent(&self, header: &XrayHeader) -> Option<(TraceLink, Option<bool>)> {
        let decision = header.sampled.decision();
        let others = [Propagator::TraceContext, Propagator::B3, Propagator::B3Multi];
        let is_alone = !others.iter().any(|other| self.contains(*other));
        let trace_flags = TraceFlags::default().with_sampled(decision == Some(true));
        let parent =
            TraceLink { trace_id: header.trace_id, span_id: header.parent_id?, trace_flags };
        Some((parent, if is_alone { decision } else { None }))
    }
}

fn extract_w3c<C: Extract + ?Sized>(carrier: &C, extracted: &mut Extracted) {
    let Some(parent) = single(carrier, Field::Traceparent, traceparent::parse) else { return };
    let lines = lines(carrier, Field::Tracestate);
    let trace_state = match lines.is_empty() {
        true => None,
        false => tracestate::parse(lines.iter().map(Vec::as_slice)).map(Arc::from),
    };
    let sampled = Some(parent.trace_flags.is_sampled());
    extracted.offer(parent, sampled, trace_state);
}

fn extract_baggage<C: Extract + ?Sized>(carrier: &C) -> Vec<baggage::Member> {
    let lines = lines(carrier, Field::Baggage);
    baggage::parse(lines.iter().map(Vec::as_slice))
}

fn extract_b3<C: Extract + ?Sized>(carrier: &C, extracted: &mut Extracted) {
    let b3 = single(carrier, Field::B3, b3::parse_single).or_else(|| {
        let value = |field| single(carrier, field, |value| Some(value.to_vec()));
        let trace = value(Field::B3TraceId);
        let span = value(Field::B3SpanId);
        let (sampled, flags) = (value(Field::B3Sampled), value(Field::B3Flags));
        b3::parse_multi(trace.as_deref(), span.as_deref(), sampled.as_deref(), flags.as_deref())
    });
    let Some(b3) = b3 else { return };
    match b3.link() {
        Some(parent) => extracted.offer(parent, b3.sampled, None),
        // A decision without ids holds for the trace that begins here.
        None if extracted.parent.is_none() => extracted.sampled = b3.sampled,
        None => {}
    }
}

/// What the only value of a header means; `None` if there is none, or more than one.
fn single<C: Extract + ?Sized, T>(
    carrier: &C,
    field: Field,
    parse: impl Fn(&[u8]) -> Option<T>,
) -> Option<T> {
    let (mut values, mut parsed) = (0, None);
    carrier.each(field, &mut |value| {
        values += 1;
        parsed = if values == 1 { parse(value) } else { None };
    });
    parsed
}

/// All values of a header.
fn lines<C: Extract + ?Sized>(carrier: &C, field: Field) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    carrier.each(field, &mut |value| lines.push(value.to_vec()));
    lines
}
