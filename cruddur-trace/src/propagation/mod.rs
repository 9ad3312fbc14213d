//! Context that comes in from callers and goes out to services: pure parsers and formatters, what
//! headers travel in, and the composite of all formats.
//!
//! The composite follows the list of `OTEL_PROPAGATORS`, and the *first full parent wins*: a load
//! balancer adds `X-Amzn-Trace-Id` to every request, and where the last one wins, as in
//! OpenTelemetry's composite, that cuts the trace that a browser began. A later parent that differs
//! becomes a link. A header that names a trace but no parent counts when nothing else matched.
//!
//! Nothing here knows of the current span: the crate's [`extract`](crate::extract) and
//! [`inject`](crate::inject) join the two.

pub mod b3;
pub mod baggage;
mod carrier;
mod composite;
mod digits;
mod extract;
mod inject;
pub mod ot;
pub mod traceparent;
pub mod tracestate;
pub mod xray;

pub use carrier::{Extract, Field, Inject};
#[cfg(feature = "_pipeline")]
pub(crate) use composite::EXPECTED;
pub use composite::{Propagator, Propagators, UnknownPropagator};
pub use extract::Extracted;
pub use inject::Outgoing;
