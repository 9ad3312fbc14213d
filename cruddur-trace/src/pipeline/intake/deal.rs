//! What goes to which sink's queue, after the scrubber, the limits and the hook.

use std::sync::Arc;
use std::time::Duration;

use super::Intake;
use crate::pipeline::account::RecordKind;
use crate::pipeline::queue::{Pushed, SinkQueue};
use crate::pipeline::self_metrics::{self, Component};
use crate::pipeline::{Loss, Signals};
use crate::record::{Fragment, SpanRecord};

impl Intake {
    /// Gives fragments to the sinks that want them, without secrets and with the hook's edits.
    pub(super) fn deal(&mut self, fragments: Vec<Fragment>) {
        for mut fragment in fragments {
            let spans = fragment.spans.iter_mut().chain(fragment.in_progress.as_deref_mut());
            for span in spans {
                self.scrubber.span(span);
                self.span_limits.apply(span);
            }
            if !self.hook.is_empty() {
                let before = fragment.spans.len();
                fragment.spans.retain_mut(|span| self.hook.keeps_span(span));
                fragment.in_progress = fragment
                    .in_progress
                    .filter(|_| self.sinks.iter().any(|(wants, _)| wants.xray_spans))
                    .and_then(|mut span| self.hook.keeps_span(&mut span).then_some(span));
                let dropped = (before - fragment.spans.len()) as u64;
                let sampling = fragment.sampling.clone();
                self.suppressed(
                    RecordKind::Spans,
                    |wants| wants.otlp_spans && sampling.otlp || wants.xray_spans && sampling.xray,
                    dropped,
                );
                fragment.is_failure = fragment.spans.iter().any(SpanRecord::is_failure);
            }
            let fragment = Arc::new(fragment);
            for (wants, sink) in &self.sinks {
                let now = sink.now();
                let pushed = sink.queue.borrow_mut().push_fragment(&fragment, *wants, now);
                sink.book(pushed, RecordKind::Spans);
            }
        }
    }

    pub(super) fn push(
        &self,
        kind: RecordKind,
        wanted: impl Fn(&Signals) -> bool,
        push: impl Fn(&mut SinkQueue, Duration) -> Pushed,
    ) {
        for (_, sink) in self.sinks.iter().filter(|(wants, _)| wanted(wants)) {
            let now = sink.now();
            let pushed = push(&mut sink.queue.borrow_mut(), now);
            sink.book(pushed, kind);
        }
    }

    pub(super) fn suppressed(
        &self,
        kind: RecordKind,
        wanted: impl Fn(&Signals) -> bool,
        records: u64,
    ) {
        let mut lost = [0; 4];
        lost[kind as usize] = records;
        for (_, sink) in self.sinks.iter().filter(|(wants, _)| wanted(wants)) {
            sink.account.accept_of(kind, records);
            sink.account.lose_of(Loss::Suppressed, lost);
        }
    }

    pub(super) fn read_metrics(&mut self) {
        let Some(mut snapshot) = self.metrics.as_mut().and_then(|read| read()) else { return };
        let components: Vec<Component<'_>> = self
            .sinks
            .iter()
            .map(|(signals, sink)| Component {
                account: &sink.account,
                signals: *signals,
                fill: sink.queue.borrow().fill(),
            })
            .collect();
        snapshot.metrics.extend(self_metrics::metrics(self.hand_over.account(), &components));
        let snapshot = Arc::new(snapshot);
        for (_, sink) in self.sinks.iter().filter(|(wants, _)| wants.metrics) {
            sink.queue.borrow_mut().put_metrics(Arc::clone(&snapshot));
            sink.wake.notify_one();
        }
    }
}
