//! What a relay took joins the process's own records.

use std::sync::Arc;

use crate::pipeline::HandOver;
use crate::record::{Fragment, LogRecord};
use crate::relay::Forward;

/// Pushes it to the exporter.
pub(super) struct RelayInto(pub(super) Arc<HandOver>);

impl Forward for RelayInto {
    fn spans(&self, fragments: Vec<Fragment>) -> bool {
        // Each is pushed, whatever became of the one before: losses are counted one by one.
        let mut room = true;
        for fragment in fragments {
            room &= self.0.fragment(Box::new(fragment));
        }
        room
    }

    fn logs(&self, logs: Vec<LogRecord>) -> bool {
        let mut room = true;
        for log in logs {
            room &= self.0.log(Arc::new(log));
        }
        room
    }
}
