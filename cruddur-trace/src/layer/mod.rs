//! The per-request layer: one Tower layer that does all of a request's work.
//!
//! ```text
//! request ─▶ ObserveService::call   context in, decision, span with its attributes
//!               └▶ ObserveFuture    the handler runs inside of the span; a panic becomes a 500
//!                     └▶ ObserveBody     the body streams inside of the span
//!                            └▶ Completion    fires once, however the request ends
//! ```
//!
//! One completion goes through call, future and body, and ends span, metrics and gauge together:
//! with the end of the body, a body error, a panic, or when the client went away. The conventions are
//! OpenTelemetry's for HTTP servers (stable, schema 1.42); `docs/http.md` lists every rule with the
//! test that holds it.
//!
//! Deliberately not here: what headers mean ([`crate::propagation`]), the decision
//! ([`crate::sampling`]), reports of failures ([`crate::errors`], told through one call).

mod address;
mod answer;
mod begin;
mod body;
pub(crate) mod client;
mod completion;
#[cfg(feature = "axum")]
mod extract;
mod failure;
mod forwarded;
mod future;
mod head;
mod headers;
mod method;
pub(crate) mod metrics;
mod options;
mod panic_response;
mod request_id;
mod response;
mod route;
mod semconv;
mod service;
mod settings;
#[cfg(all(test, feature = "axum"))]
mod tests;
mod upgrade;

pub use address::PeerAddr;
pub use body::{BoxError, ObserveBody};
#[cfg(feature = "reqwest")]
pub use client::SendObserved;
pub use client::{
    ClientFuture, ClientLayer, ClientService, IncomingResponse, OutgoingRequest, ResendCount,
};
#[cfg(feature = "axum")]
pub use extract::{RequestId, Traced};
pub use future::ObserveFuture;
pub use metrics::{HttpMetrics, set_metric_label};
pub use options::{InvalidNetwork, ObserveLayer, RequestHead};

#[cfg_attr(not(feature = "_pipeline"), allow(unused_imports))]
pub(crate) use failure::keep_requests;
#[cfg_attr(not(feature = "_pipeline"), allow(unused_imports))]
pub(crate) use options::{NETWORKS, parse_network};
pub use panic_response::Panicked;
pub use route::{RouteLayer, RouteService};
pub use service::ObserveService;
#[cfg_attr(not(feature = "_pipeline"), allow(unused_imports))]
pub(crate) use settings::{HttpDefaults, install_defaults};
pub use upgrade::Connection;
