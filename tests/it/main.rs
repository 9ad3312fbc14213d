//! End-to-end tests.

mod w3c;
