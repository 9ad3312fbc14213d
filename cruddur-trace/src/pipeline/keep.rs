//! Keep after the fact: traces that fail or are slow go out although head sampling said no.
//!
//! All such traces go out with sample rate 1, those that head sampling took among them, and the
//! other sampled traces with 1/p: so weighted counts stay unbiased. That takes the whole trace, so
//! its parts wait for its root, within bounds of number and time.

use std::collections::HashMap;

use crate::config::Keep;
use crate::record::{Fragment, SpanRecord, TraceId, UnixNanos};

/// Spans that wait for their root at most.
const MAX_WAITING_SPANS: usize = 65_536;
/// How long they wait, in nanoseconds.
const MAX_WAIT_NANOS: u64 = 60_000_000_000;
/// How long a decision is remembered for late parts of its trace, in nanoseconds.
const REMEMBER_NANOS: u64 = 60_000_000_000;

/// Decides about whole traces.
#[derive(Debug)]
pub(super) struct KeepFilter {
    keep: Keep,
    waiting: HashMap<TraceId, Waiting>,
    waiting_spans: usize,
    decided: HashMap<TraceId, (bool, UnixNanos)>,
    swept: UnixNanos,
}

#[derive(Debug)]
struct Waiting {
    fragments: Vec<Fragment>,
    is_failure: bool,
    since: UnixNanos,
}

impl KeepFilter {
    pub(super) fn new(keep: Keep) -> Self {
        Self {
            keep,
            waiting: HashMap::new(),
            waiting_spans: 0,
            decided: HashMap::new(),
            swept: UnixNanos(0),
        }
    }

    /// Passes on what may go now. What is not sampled and not kept is no loss: nobody asked for it.
    pub(super) fn admit(
        &mut self,
        mut fragment: Fragment,
        now: UnixNanos,
        out: &mut Vec<Fragment>,
    ) {
        if !self.keep.is_on() || !needs_decision(&fragment) {
            if is_sampled(&fragment) {
                out.push(fragment);
            }
            return;
        }
        self.sweep(now, out);
        // What waits for its root tells nothing new by being in progress.
        fragment.in_progress = None;
        let trace_id = fragment.trace_id;
        if let Some((kept, _)) = self.decided.get(&trace_id) {
            out.extend(settle(fragment, *kept));
            return;
        }
        let (has_root, spans) = (fragment.has_root, fragment.spans.len());
        let is_slow = fragment.has_root && self.is_slow(&fragment.spans);
        let waiting = self.waiting.entry(trace_id).or_insert_with(|| Waiting {
            fragments: Vec::new(),
            is_failure: false,
            since: now,
        });
        waiting.is_failure |= fragment.is_failure;
        let kept = self.keep.errors && waiting.is_failure || is_slow;
        waiting.fragments.push(fragment);
        self.waiting_spans += spans;
        // A trace that has failed is kept whatever its root says.
        if kept || has_root || self.waiting_spans > MAX_WAITING_SPANS {
            self.decide(trace_id, kept, now, out);
        }
    }

    fn is_slow(&self, spans: &[SpanRecord]) -> bool {
        let is_root = |span: &&SpanRecord| span.parent_id.is_none() || span.parent_is_remote;
        let root = spans.iter().find(is_root).or(spans.first());
        let slow = self.keep.slow.map(|slow| u64::try_from(slow.as_nanos()).unwrap_or(u64::MAX));
        root.zip(slow).is_some_and(|(root, slow)| root.duration_nanos() >= slow)
    }

    fn decide(&mut self, trace_id: TraceId, kept: bool, now: UnixNanos, out: &mut Vec<Fragment>) {
        let Some(waiting) = self.waiting.remove(&trace_id) else { return };
        for fragment in waiting.fragments {
            self.waiting_spans -= fragment.spans.len();
            out.extend(settle(fragment, kept));
        }
        if self.decided.len() < MAX_WAITING_SPANS {
            self.decided.insert(trace_id, (kept, now));
        }
    }

    /// Once a second: traces whose root is overdue go by what is known of them.
    pub(super) fn sweep(&mut self, now: UnixNanos, out: &mut Vec<Fragment>) {
        if now.0.saturating_sub(self.swept.0) < 1_000_000_000 {
            return;
        }
        self.swept = now;
        let age = |since: UnixNanos| now.0.saturating_sub(since.0);
        self.decided.retain(|_, (_, since)| age(*since) < REMEMBER_NANOS);
        let overdue: Vec<_> = self
            .waiting
            .iter()
            .filter(|(_, waiting)| age(waiting.since) >= MAX_WAIT_NANOS)
            .map(|(trace_id, _)| *trace_id)
            .collect();
        for trace_id in overdue {
            self.decide(trace_id, false, now, out);
        }
    }

    /// Decides about everything that waits, for a flush.
    pub(super) fn finish(&mut self, now: UnixNanos, out: &mut Vec<Fragment>) {
        let all: Vec<_> = self.waiting.keys().copied().collect();
        for trace_id in all {
            self.decide(trace_id, false, now, out);
        }
    }
}

fn is_sampled(fragment: &Fragment) -> bool {
    fragment.sampling.otlp || fragment.sampling.xray
}

/// Whether keeping would change anything: it is not sampled for all, or stands for more than itself.
fn needs_decision(fragment: &Fragment) -> bool {
    let sampling = &fragment.sampling;
    sampling.record && (!sampling.otlp || !sampling.xray || sampling.rate > 1.0)
}

fn settle(mut fragment: Fragment, kept: bool) -> Option<Fragment> {
    if kept {
        (fragment.sampling.otlp, fragment.sampling.xray) = (true, true);
        fragment.sampling.rate = 1.0;
        for span in &mut fragment.spans {
            span.trace_flags = span.trace_flags.with_sampled(true);
        }
    }
    is_sampled(&fragment).then_some(fragment)
}

#[cfg(test)]
mod tests;
