//! What the end-to-end tests share.

pub mod tools;

pub mod w3c;
