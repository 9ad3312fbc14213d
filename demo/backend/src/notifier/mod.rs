//! `cruddur-notifier`, a second small service: whoever an activity mentions gets a notification.
//!
//! The same binary starts it, on a free port of the loopback interface, and the backend calls it
//! over HTTP as it would call a service elsewhere: with a client span, and with the trace's context.
//! Its spans have a `service.name` of their own, so the service map has an edge.

mod client;
mod service;

pub use client::{News, Notifier};
pub use service::{SERVICE, router, start};
