//! The relay for browser telemetry.
