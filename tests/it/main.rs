//! End-to-end tests.

mod demo;
mod http_faults;
mod http_probe;
mod w3c;
mod xray;
