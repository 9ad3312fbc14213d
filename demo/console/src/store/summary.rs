//! A trace in one line, as `GET /api/traces` writes it.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::trace::Trace;
use super::value::hex;
use crate::time::rfc3339;

/// The line for one trace.
pub(crate) struct Summary<'a>(pub(crate) &'a Trace);

impl Serialize for Summary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let trace = self.0;
        let root = trace.root();
        let services: Vec<&str> = trace.services.iter().map(|service| &**service).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("trace_id", &hex(&trace.id))?;
        map.serialize_entry("root", &root.map(|span| &*span.name))?;
        map.serialize_entry("root_service", &root.map(|span| &*span.sender.service))?;
        map.serialize_entry("start", &rfc3339(trace.start))?;
        map.serialize_entry("duration_ms", &trace.duration_ms())?;
        map.serialize_entry("spans", &trace.spans.len())?;
        map.serialize_entry("errors", &trace.errors)?;
        map.serialize_entry("services", &services)?;
        map.serialize_entry("overflowed", &trace.overflowed)?;
        map.serialize_entry("revision", &trace.revision)?;
        map.end()
    }
}
