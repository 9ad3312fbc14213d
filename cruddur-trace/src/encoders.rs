//! The sinks' encoders by themselves: records in, bytes out, as the sinks do it.
//!
//! Not public API: this project's own benchmarks set them beside other libraries'. Nothing here
//! sends.

use std::sync::Arc;

use crate::errors::ErrorReport;
use crate::pipeline::{Batch, Sink as _};
use crate::record::{Fragment, LogRecord, Resource, UnixNanos};
use crate::sinks::otlp::{self, OtlpSettings};
use crate::sinks::{rollbar, xray};

/// Writes OTLP requests.
pub struct Otlp(otlp::Otlp);

impl Otlp {
    /// About one service. `None` where no HTTP client can be made.
    #[must_use]
    pub fn new(service: &str) -> Option<Self> {
        let settings = OtlpSettings::tee("otlp", "http://127.0.0.1:9");
        otlp::Otlp::new(&settings, &resource(service)).ok().map(Self)
    }

    /// The bodies of the requests that carry these spans.
    pub fn encode(&mut self, fragments: &[Arc<Fragment>]) -> Vec<bytes::Bytes> {
        let batch = Batch { fragments: fragments.to_vec(), ..Batch::default() };
        let encoded = self.0.encode(batch, UnixNanos(0));
        encoded.requests.into_iter().map(|outgoing| outgoing.request.body().clone()).collect()
    }
}

impl std::fmt::Debug for Otlp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Otlp").finish_non_exhaustive()
    }
}

/// Writes X-Ray's segment documents.
#[derive(Debug)]
pub struct Xray {
    translator: xray::Translator,
    max_bytes: usize,
}

impl Xray {
    /// About one service.
    #[must_use]
    pub fn new(service: &str) -> Self {
        let settings = xray::XraySettings::new(resource(service));
        Self {
            translator: xray::Translator::new(&settings),
            max_bytes: settings.max_document_bytes,
        }
    }

    /// The documents that carry these spans.
    #[must_use]
    pub fn encode(&self, fragments: &[Arc<Fragment>]) -> Vec<Vec<u8>> {
        let fragments = fragments.iter().map(AsRef::as_ref);
        let (documents, _) = xray::documents(&self.translator, fragments, self.max_bytes);
        documents.into_iter().map(|document| document.bytes).collect()
    }
}

/// A log record as the line that CloudWatch Logs is given.
#[must_use]
pub fn log_line(record: &LogRecord, service: &str) -> String {
    crate::record::json_line::json_line(record, service, 1 << 20)
}

/// Reports as the bodies of Rollbar's items.
#[derive(Debug)]
pub struct Rollbar(rollbar::About);

impl Rollbar {
    /// About one service.
    #[must_use]
    pub fn new(service: &str) -> Self {
        Self(rollbar::About::of(&resource(service)))
    }

    /// The body of one item.
    #[must_use]
    pub fn encode(&self, report: &ErrorReport) -> Vec<u8> {
        rollbar::body(report, &self.0)
    }
}

fn resource(service: &str) -> Resource {
    let mut resource = Resource::default();
    resource.set("service.name", service.to_owned());
    resource
}
