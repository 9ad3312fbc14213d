//! OpenTelemetry API spans, in and out.
