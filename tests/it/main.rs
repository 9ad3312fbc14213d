//! End-to-end tests.

mod http_faults;
mod http_probe;
mod w3c;
mod xray;
