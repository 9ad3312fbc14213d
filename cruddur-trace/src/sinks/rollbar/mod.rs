//! The rollbar sink.
