//! AWS X-Ray: spans as segment documents, by the daemon, the API or OTLP.
//!
//! ```text
//! fragments ─▶ split ─▶ segment (blocks, cause, annotations, metadata; service once) ─▶ documents ─▶ daemon │ api
//! ```
//!
//! Encoding is pure; the transports send what they are given and tell how it went. Sampling is not
//! here: see [`crate::sampling::xray`]. OTLP with SigV4 is the OTLP sink with another signer.

mod address;
mod annotations;
#[cfg(feature = "aws")]
mod api;
mod blocks;
mod calls;
mod caps;
mod cause;
pub(crate) mod daemon;
mod encoder;
mod facets;
mod json;
mod letters;
mod metadata;
mod name;
#[cfg(feature = "aws")]
mod otlp;
mod poller;
mod segment;
mod service;
mod settings;
mod split;
#[cfg(test)]
mod tests;
mod wiring;

pub(crate) use address::{DaemonAddress, HostPort};
#[cfg(feature = "aws")]
pub(crate) use api::ApiSink;
pub(crate) use calls::{CallError, XrayCalls};
pub(crate) use daemon::DaemonSink;
pub(crate) use poller::{Poller, RULES_INTERVAL};
pub(crate) use segment::Translator;
#[cfg(test)]
pub(crate) use settings::MAX_DOCUMENT_BYTES;
pub(crate) use settings::XraySettings;
pub(crate) use split::{Document, documents};
pub(crate) use wiring::{Transport, XrayPlan};
