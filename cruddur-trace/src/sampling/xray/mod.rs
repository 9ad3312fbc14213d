//! X-Ray's own sampling: rules, reservoirs and targets, as a state machine without I/O.

mod wildcard;

pub use wildcard::wildcard_match;
