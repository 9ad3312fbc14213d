//! What the end-to-end tests share.

pub mod demo;
pub mod secrets;
pub mod tools;

pub mod w3c;
