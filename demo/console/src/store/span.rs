//! A span as the console keeps it, and as `GET /api/traces/{id}` writes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::trace::v1::{Span as SentSpan, status::StatusCode};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::value::{Attributes, Key, Keys, Object, Value, attributes_bytes, hex};
use crate::time::rfc3339;

/// The sender of a span: its resource and scope, shared by all spans that have the same.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) service: Key,
    pub(crate) resource: Resource,
    pub(crate) scope: Key,
    pub(crate) scope_version: Key,
    /// What its memory counts as, while it lives.
    pub(crate) charge: Option<Charge>,
}

/// Attributes of a resource, shared between the scopes of a request.
pub(crate) type Resource = Arc<[(Key, Value)]>;

/// Bytes that count in a total for as long as this lives.
#[derive(Debug)]
pub(crate) struct Charge {
    bytes: usize,
    total: Arc<AtomicUsize>,
}

impl Charge {
    pub(crate) fn new(total: &Arc<AtomicUsize>, bytes: usize) -> Self {
        total.fetch_add(bytes, Ordering::Relaxed);
        Self { bytes, total: Arc::clone(total) }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.total.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Sender {
    pub(crate) fn new(
        keys: &mut Keys,
        resource: impl Into<Resource>,
        scope: Option<InstrumentationScope>,
    ) -> Self {
        let resource = resource.into();
        let service = resource
            .iter()
            .find(|(key, _)| &**key == "service.name")
            .map_or_else(|| "unknown_service".to_owned(), |(_, value)| value.text().into_owned());
        let scope = scope.unwrap_or_default();
        Self {
            service: keys.share(&service),
            resource,
            scope: keys.share(&scope.name),
            scope_version: keys.share(&scope.version),
            charge: None,
        }
    }

    /// Whether the other says the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.scope == other.scope
            && self.scope_version == other.scope_version
            && (Arc::ptr_eq(&self.resource, &other.resource) || self.resource == other.resource)
    }

    /// What it takes in memory. A resource that several scopes share counts for each.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.service.len()
            + self.scope.len()
            + self.scope_version.len()
            + attributes_bytes(&self.resource)
    }
}

/// One span.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) trace_id: [u8; 16],
    pub(crate) span_id: [u8; 8],
    /// All zero: none.
    pub(crate) parent_id: [u8; 8],
    pub(crate) name: Key,
    pub(crate) kind: &'static str,
    pub(crate) sender: Arc<Sender>,
    /// Nanoseconds since 1970.
    pub(crate) start: u64,
    /// Nanoseconds since 1970; never before `start`.
    pub(crate) end: u64,
    pub(crate) status: &'static str,
    pub(crate) status_message: Box<str>,
    pub(crate) trace_state: Box<str>,
    pub(crate) attributes: Attributes,
    pub(crate) events: Vec<Event>,
    pub(crate) links: Vec<Link>,
    pub(crate) dropped: [u32; 3],
}

/// An event of a span.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) name: Key,
    pub(crate) time: u64,
    pub(crate) attributes: Attributes,
}

/// A link to another span.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) trace_id: Box<[u8]>,
    pub(crate) span_id: Box<[u8]>,
    pub(crate) attributes: Attributes,
}

impl Span {
    /// `None` when its ids are not ids.
    pub(crate) fn new(keys: &mut Keys, sender: &Arc<Sender>, sent: SentSpan) -> Option<Self> {
        let trace_id: [u8; 16] = sent.trace_id.as_slice().try_into().ok()?;
        let span_id: [u8; 8] = sent.span_id.as_slice().try_into().ok()?;
        if trace_id == [0; 16] || span_id == [0; 8] {
            return None;
        }
        let kind = match sent.kind {
            1 => "internal",
            2 => "server",
            3 => "client",
            4 => "producer",
            5 => "consumer",
            _ => "unspecified",
        };
        let status = sent.status.unwrap_or_default();
        Some(Self {
            trace_id,
            span_id,
            parent_id: sent.parent_span_id.as_slice().try_into().unwrap_or_default(),
            name: keys.share(&sent.name),
            kind,
            sender: Arc::clone(sender),
            start: sent.start_time_unix_nano,
            end: sent.end_time_unix_nano.max(sent.start_time_unix_nano),
            status: match status.code() {
                StatusCode::Unset => "unset",
                StatusCode::Ok => "ok",
                StatusCode::Error => "error",
            },
            status_message: status.message.into(),
            trace_state: sent.trace_state.into(),
            attributes: keys.attributes(sent.attributes),
            events: sent
                .events
                .into_iter()
                .map(|event| Event {
                    name: keys.share(&event.name),
                    time: event.time_unix_nano,
                    attributes: keys.attributes(event.attributes),
                })
                .collect(),
            links: sent
                .links
                .into_iter()
                .map(|link| Link {
                    trace_id: link.trace_id.into(),
                    span_id: link.span_id.into(),
                    attributes: keys.attributes(link.attributes),
                })
                .collect(),
            dropped: [
                sent.dropped_attributes_count,
                sent.dropped_events_count,
                sent.dropped_links_count,
            ],
        })
    }

    pub(crate) fn is_error(&self) -> bool {
        self.status == "error"
    }

    pub(crate) fn is_root(&self) -> bool {
        self.parent_id == [0; 8]
    }

    pub(crate) fn duration_ms(&self) -> f64 {
        (self.end - self.start) as f64 / 1e6
    }

    pub(crate) fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.iter().rev().find(|(name, _)| &**name == key).map(|(_, value)| value)
    }

    /// About what it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        let events: usize = self
            .events
            .iter()
            .map(|event| {
                size_of::<Event>() + event.name.len() + attributes_bytes(&event.attributes)
            })
            .sum();
        let links: usize = self
            .links
            .iter()
            .map(|link| {
                let ids = link.trace_id.len() + link.span_id.len();
                size_of::<Link>() + ids + attributes_bytes(&link.attributes)
            })
            .sum();
        // Twice, as the list of spans may have room for twice as many; 40: its entry in the index.
        2 * size_of::<Self>()
            + 40
            + self.name.len()
            + self.status_message.len()
            + self.trace_state.len()
            + attributes_bytes(&self.attributes)
            + events
            + links
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("trace_id", &hex(&self.trace_id))?;
        map.serialize_entry("span_id", &hex(&self.span_id))?;
        map.serialize_entry("parent_id", &(!self.is_root()).then(|| hex(&self.parent_id)))?;
        map.serialize_entry("name", &*self.name)?;
        map.serialize_entry("kind", self.kind)?;
        map.serialize_entry("service", &*self.sender.service)?;
        map.serialize_entry("start", &rfc3339(self.start))?;
        // As text: JavaScript's numbers can't hold nanoseconds since 1970.
        map.serialize_entry("start_unix_nano", &self.start.to_string())?;
        map.serialize_entry("duration_ms", &self.duration_ms())?;
        map.serialize_entry("status", self.status)?;
        map.serialize_entry("status_message", &*self.status_message)?;
        map.serialize_entry("attributes", &Object(&self.attributes))?;
        map.serialize_entry("types", &Types(&self.attributes))?;
        map.serialize_entry("events", &self.events)?;
        map.serialize_entry("links", &self.links)?;
        map.serialize_entry("resource", &Object(&self.sender.resource))?;
        map.serialize_entry("scope", &*self.sender.scope)?;
        map.serialize_entry("scope_version", &*self.sender.scope_version)?;
        map.serialize_entry("trace_state", &*self.trace_state)?;
        map.serialize_entry("dropped", &self.dropped)?;
        map.end()
    }
}

/// The types that JSON does not show, by key.
struct Types<'a>(&'a [(Key, Value)]);

impl Serialize for Types<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let typed = self.0.iter().filter_map(|(key, value)| Some((&**key, value.type_name()?)));
        serializer.collect_map(typed)
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("name", &*self.name)?;
        map.serialize_entry("time", &rfc3339(self.time))?;
        map.serialize_entry("time_unix_nano", &self.time.to_string())?;
        map.serialize_entry("attributes", &Object(&self.attributes))?;
        map.end()
    }
}

impl Serialize for Link {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("trace_id", &hex(&self.trace_id))?;
        map.serialize_entry("span_id", &hex(&self.span_id))?;
        map.serialize_entry("attributes", &Object(&self.attributes))?;
        map.end()
    }
}
