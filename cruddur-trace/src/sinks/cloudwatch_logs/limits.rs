//! Limits of `PutLogEvents`.
//!
//! Source: AWS API reference, `PutLogEvents`, read 2026-11.

/// Largest batch, in bytes: UTF-8 bytes of all messages plus [`EVENT_OVERHEAD_BYTES`] per event.
pub(super) const MAX_BATCH_BYTES: usize = 1_048_576;

/// What each event counts for beside its message, in bytes.
pub(super) const EVENT_OVERHEAD_BYTES: usize = 26;

/// Largest message, in bytes: what fills a batch alone.
pub(super) const MAX_MESSAGE_BYTES: usize = MAX_BATCH_BYTES - EVENT_OVERHEAD_BYTES;

/// Most events in a batch.
pub(super) const MAX_BATCH_EVENTS: usize = 10_000;

/// Longest time between the first and the last event of a batch, in milliseconds: 24 hours.
pub(super) const MAX_BATCH_SPAN_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// How far ahead of the service's clock an event may be, in milliseconds: 2 hours.
pub(super) const MAX_AHEAD_MILLIS: i64 = 2 * 60 * 60 * 1_000;

/// How old an event may be, in milliseconds: 14 days (less where the group's retention is shorter).
pub(super) const MAX_AGE_MILLIS: i64 = 14 * 24 * 60 * 60 * 1_000;
