//! End-to-end tests.

mod browser;
mod compose;
mod demo;
mod demo_load;
mod doctor;
mod documents;
mod http_abuse;
mod http_api;
mod http_counts;
mod http_edges;
mod http_faults;
mod http_probe;
mod http_transparency;
mod http_transport;
mod layering;
mod notifier;
mod otel_beside;
mod otlp_exporters;
mod otlp_strict;
mod otlp_tls;
mod relay;
mod start_up;
mod w3c;
mod xray;
