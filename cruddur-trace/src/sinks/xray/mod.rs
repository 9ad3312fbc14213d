//! The xray sink.
