//! What a relay let through and what it did not, by reason.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The counters of a relay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayStats {
    /// Requests that were taken, all of them or in part.
    pub requests_taken: u64,
    /// Requests that were refused as a whole, by reason: `method`, `content_type`, `origin`,
    /// `rate`, `body_size`, and so on.
    pub requests_refused: BTreeMap<&'static str, u64>,
    /// Spans and log records that were forwarded.
    pub records_forwarded: u64,
    /// Spans and log records that were refused, by reason.
    pub records_refused: BTreeMap<&'static str, u64>,
    /// Attributes that may not be named, or of a kind that is not taken.
    pub attributes_dropped: u64,
    /// Claims of a user who was not the session's.
    pub users_forged: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<RelayStats>);

impl Counters {
    pub(crate) fn count(&self, change: impl FnOnce(&mut RelayStats)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn read(&self) -> RelayStats {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
