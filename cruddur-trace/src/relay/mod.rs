//! A safe relay for browser telemetry: no key in the page, nothing believed that a page says.
//!
//! A page sends OTLP (JSON or protobuf) to the backend that it belongs to; the [`Relay`] forwards
//! what stands its checks to wherever the process's own telemetry goes, under the key that never
//! leaves the server. The checks, cheap ones first:
//!
//! 1. method and exact content type (405, 415);
//! 2. `Origin` on the list, `Sec-Fetch-Site` (403);
//! 3. token buckets by session, by address and over all (429 with `Retry-After`);
//! 4. the session; visitors without one get a quarter;
//! 5. bytes as sent and unpacked, and their ratio, while they arrive (413);
//! 6. structure: spans a request, attributes a span, lengths, depth (413), while decoding;
//! 7. names of spans and keys of attributes on the list; what changes a count
//!    (`SampleRate`, `tracestate`, `meta.*`, `duration_ms`, …) never;
//! 8. the resource is the relay's own, whatever was sent;
//! 9. the user is the session's; another claim is kept beside it and flagged;
//! 10. times: at most 10 minutes old and 1 minute ahead, end not before start;
//! 11. ids of the right length, and traces that are new or the session's own;
//! 12. query strings, e-mail addresses, tokens and control characters taken out;
//! 13. one destination; the answer's `partialSuccess` says what was refused.
//!
//! What it does not do: CORS (the application's own layer does), sampling, and tracing itself.

mod admit;
mod answer;
mod body;
mod bounded;
mod bucket;
mod cleanse;
mod forward;
mod json;
mod policy;
mod protobuf;
mod redact;
mod service;
mod stats;
#[cfg(test)]
mod tests;
mod traces;
mod visitor;
mod wire;

#[allow(unused_imports, reason = "the pipeline implements it")]
pub(crate) use forward::Forward;
pub use forward::RelayDestination;
pub use policy::{Rate, RelayPolicy};
pub use service::Relay;
pub use stats::RelayStats;
pub use traces::TraceOwners;
pub use visitor::Visitor;
