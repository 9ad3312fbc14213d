//! Where a relay's records go: the one seam to the pipeline.

use std::fmt;
use std::sync::Arc;

use crate::record::{Fragment, LogRecord};

/// Takes records without waiting; what it has no room for it counts itself.
pub(crate) trait Forward: Send + Sync {
    /// Says whether there was room.
    fn spans(&self, fragments: Vec<Fragment>) -> bool;
    /// Says whether there was room.
    fn logs(&self, logs: Vec<LogRecord>) -> bool;
}

/// Where a relay's records go: wherever the telemetry of the process itself goes.
#[derive(Clone)]
pub struct RelayDestination(pub(crate) Arc<dyn Forward>);

impl fmt::Debug for RelayDestination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayDestination").finish_non_exhaustive()
    }
}
