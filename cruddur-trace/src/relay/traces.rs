//! Which traces a browser may add to: those that the server gave it, and new ones of its own.

use std::sync::{Arc, Mutex, PoisonError};

use super::bounded::Bounded;
use crate::record::TraceId;

/// Traces that are remembered.
const MAX_TRACES: usize = 20_000;

/// Who may add to which trace: whoever used it first. Cheap to clone.
///
/// The relay claims the new traces of a browser; the application claims, for the session that it
/// answers, the trace of each request ([`claim`](Self::claim)).
#[derive(Clone)]
pub struct TraceOwners {
    owners: Arc<Mutex<Bounded<TraceId, Option<Arc<str>>>>>,
}

impl Default for TraceOwners {
    fn default() -> Self {
        Self { owners: Arc::new(Mutex::new(Bounded::new(MAX_TRACES))) }
    }
}

impl TraceOwners {
    /// Gives a trace to a session, unless it belongs to another one already. Says whether it is
    /// the session's now.
    pub fn claim(&self, trace_id: TraceId, session: Option<&Arc<str>>) -> bool {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.get_or_insert(&trace_id, || session.cloned()).as_ref() == session
    }

    /// Whether a trace belongs to this session; `None` if nobody has used it yet.
    pub(crate) fn belongs_to(&self, trace_id: TraceId, session: Option<&Arc<str>>) -> Option<bool> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.get(&trace_id).map(|owner| owner.as_ref() == session)
    }
}

impl std::fmt::Debug for TraceOwners {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TraceOwners").finish_non_exhaustive()
    }
}
