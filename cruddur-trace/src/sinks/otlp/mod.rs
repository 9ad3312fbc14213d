//! The otlp sink.
