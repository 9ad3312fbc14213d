//! What the X-Ray sink can be told.

use crate::record::Resource;

/// Largest document that fits into a datagram: 65,507 bytes of UDP payload over IPv4, less the 30
/// of the daemon's header. X-Ray itself takes 64 KB.
/// Source: AWS X-Ray developer guide, "Sending trace data to X-Ray", read 2026-11.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 65_507 - super::daemon::HEADER.len();

/// How spans become segment documents.
#[derive(Clone, Debug)]
pub(crate) struct XraySettings {
    /// Every document's limit, in bytes.
    pub(crate) max_document_bytes: usize,
    /// Names segments in place of the service's name (`AWS_XRAY_TRACING_NAME`).
    pub(crate) segment_name: Option<String>,
    /// A segment whose host matches this pattern is named after the host.
    pub(crate) dynamic_naming: Option<String>,
    /// Attributes that become annotations, which X-Ray indexes; `*` stands for all.
    pub(crate) indexed: Vec<String>,
    /// Log groups that hold the service's logs: the console shows them beside the trace.
    pub(crate) log_groups: Vec<String>,
    /// What the telemetry is about.
    pub(crate) resource: Resource,
    /// `AWS_XRAY_DEBUG_MODE`: says on stderr what is sent.
    pub(crate) debug: bool,
}

impl XraySettings {
    /// Attributes that become annotations unless told otherwise: what people search traces by.
    pub(crate) const INDEXED: [&'static str; 2] = ["app.userId", "http.route"];

    pub(crate) fn new(resource: Resource) -> Self {
        Self {
            max_document_bytes: MAX_DOCUMENT_BYTES,
            segment_name: None,
            dynamic_naming: None,
            indexed: Self::INDEXED.map(String::from).to_vec(),
            log_groups: Vec::new(),
            resource,
            debug: false,
        }
    }

    /// Whether AWS Lambda runs the process: it makes the segments itself then, and takes
    /// subsegments of them.
    /// Source: "Using AWS Lambda with AWS X-Ray", AWS Lambda developer guide, read 2026-11.
    pub(crate) fn is_lambda(&self) -> bool {
        self.resource.text("cloud.platform") == Some("aws_lambda")
    }
}
