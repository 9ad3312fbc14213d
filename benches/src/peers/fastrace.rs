//! fastrace with a reporter that counts.

use std::sync::Arc;

use fastrace::collector::{Reporter, SpanRecord};

use crate::count::Count;
use crate::settings;

struct Counting(Arc<Count>);

impl Reporter for Counting {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        let properties: usize = spans.iter().map(|span| span.properties.len()).sum();
        self.0.add(spans.len() as u64, properties as u64);
    }
}

/// Makes the counting reporter the process's own.
#[must_use]
pub fn install() -> Arc<Count> {
    let count = Arc::new(Count::default());
    fastrace::set_reporter(Counting(Arc::clone(&count)), settings::fastrace());
    count
}
