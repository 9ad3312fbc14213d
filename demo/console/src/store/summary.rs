//! A trace in one line, as `GET /api/traces` writes it. Names are cut: a line has to stay a line.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::trace::Trace;
use super::value::{first_bytes, hex};
use crate::time::rfc3339;

/// Most bytes of a name here; the trace itself has all of it.
const MAX_NAME: usize = 200;

/// The line for one trace, as JSON.
pub(crate) fn row(trace: &Trace) -> String {
    serde_json::to_string(&Summary(trace)).unwrap_or_default()
}

struct Summary<'a>(&'a Trace);

impl Serialize for Summary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let trace = self.0;
        let root = trace.root();
        let services: Vec<&str> = trace.services.iter().map(|service| cut(service)).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("trace_id", &hex(&trace.id))?;
        map.serialize_entry("root", &root.map(|span| cut(&span.name)))?;
        map.serialize_entry("root_service", &root.map(|span| cut(&span.sender.service)))?;
        // A trace whose every span was too large has no start.
        map.serialize_entry("start", &rfc3339(trace.start.min(trace.end)))?;
        map.serialize_entry("duration_ms", &trace.duration_ms())?;
        map.serialize_entry("spans", &trace.spans.len())?;
        map.serialize_entry("errors", &trace.errors)?;
        map.serialize_entry("services", &services)?;
        map.serialize_entry("overflowed", &trace.overflowed)?;
        map.serialize_entry("revision", &trace.revision)?;
        map.end()
    }
}

fn cut(name: &str) -> &str {
    first_bytes(name, MAX_NAME)
}
