//! End-to-end tests.

mod browser;
mod compose;
mod demo;
mod demo_load;
mod http_faults;
mod http_probe;
mod w3c;
mod xray;
