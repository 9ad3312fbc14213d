//! The sentry sink.
