//! All formats together, by the list of `OTEL_PROPAGATORS`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::xray::XrayHeader;
use super::{Extract, Field, Inject, b3, baggage, traceparent, tracestate, xray};
use crate::record::{Link, TraceId, TraceLink};

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Propagator {
    /// `tracecontext`: W3C `traceparent` and `tracestate`.
    TraceContext,
    /// `baggage`: W3C baggage.
    Baggage,
    /// `b3`: reads both forms of B3, writes the single header.
    B3,
    /// `b3multi`: reads both forms of B3, writes several headers.
    B3Multi,
    /// `xray`: `X-Amzn-Trace-Id`.
    Xray,
}

/// Which formats are read and written, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Propagators {
    list: [Option<Propagator>; 5],
}

/// `OTEL_PROPAGATORS` names a format that there is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPropagator {
    name: String,
}

impl fmt::Display for UnknownPropagator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = "tracecontext, baggage, b3, b3multi, xray, none";
        write!(f, "unknown propagator `{}`, expected a list of {known}", self.name)
    }
}

impl std::error::Error for UnknownPropagator {}

/// `tracecontext,baggage`.
impl Default for Propagators {
    fn default() -> Self {
        Self::new([Propagator::TraceContext, Propagator::Baggage])
    }
}

/// A list as `OTEL_PROPAGATORS` has it, without regard to case and blanks; `none` alone is no format.
impl FromStr for Propagators {
    type Err = UnknownPropagator;

    fn from_str(text: &str) -> Result<Self, UnknownPropagator> {
        let mut propagators = Self::none();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let propagator = match name.to_ascii_lowercase().as_str() {
                "tracecontext" => Propagator::TraceContext,
                "baggage" => Propagator::Baggage,
                "b3" => Propagator::B3,
                "b3multi" => Propagator::B3Multi,
                "xray" => Propagator::Xray,
                "none" => return Ok(Self::none()),
                _ => return Err(UnknownPropagator { name: name.to_owned() }),
            };
            propagators = propagators.with(propagator);
        }
        Ok(propagators)
    }
}

impl Propagators {
    /// These formats, the first one first; repetitions are ignored.
    #[must_use]
    pub fn new(propagators: impl IntoIterator<Item = Propagator>) -> Self {
        propagators.into_iter().fold(Self::none(), Self::with)
    }

    /// No format: nothing is read or written.
    #[must_use]
    pub const fn none() -> Self {
        Self { list: [None; 5] }
    }

    /// The same with one more format at the end, unless it is among them.
    #[must_use]
    pub fn with(mut self, propagator: Propagator) -> Self {
        if !self.contains(propagator)
            && let Some(free) = self.list.iter_mut().find(|it| it.is_none())
        {
            *free = Some(propagator);
        }
        self
    }

    /// Whether the format is among them.
    #[must_use]
    pub fn contains(&self, propagator: Propagator) -> bool {
        self.list.contains(&Some(propagator))
    }

    /// The formats in their order.
    pub fn iter(&self) -> impl Iterator<Item = Propagator> + '_ {
        self.list.iter().flatten().copied()
    }

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
        let trace_flags = crate::record::TraceFlags::default().with_sampled(decision == Some(true));
        let parent =
            TraceLink { trace_id: header.trace_id, span_id: header.parent_id?, trace_flags };
        Some((parent, if is_alone { decision } else { None }))
    }

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
                    self.links.push(link_to(&span));
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
        links.extend(self.parent.as_ref().map(link_to));
        links.append(&mut self.links);
        Self { links, ..Self::default() }
    }
}

fn link_to(span: &TraceLink) -> Link {
    let TraceLink { trace_id, span_id, trace_flags } = *span;
    Link { trace_id, span_id, trace_flags, attributes: Vec::new() }
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

#[cfg(test)]
#[path = "composite_tests.rs"]
mod tests;
