//! The cloudwatch_logs sink.
