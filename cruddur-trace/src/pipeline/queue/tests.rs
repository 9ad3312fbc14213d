use super::*;
use crate::pipeline::fixtures::{fragment, log};
use crate::record::{Outcome, Sampling, Severity};
use proptest::prelude::*;

const LIMITS: QueueLimits = QueueLimits {
    max_spans: 4,
    max_logs: 4,
    max_bytes: usize::MAX,
    batch_spans: 3,
    batch_logs: 3,
    spans_delay: Duration::from_secs(5),
    logs_delay: Duration::from_secs(1),
};
const SPANS: Signals =
    Signals { otlp_spans: true, xray_spans: false, logs: true, reports: true, metrics: true };

fn ids(batch: &Batch) -> Vec<u64> {
    let spans = batch.fragments.iter().flat_map(|it| &it.spans);
    spans.map(|span| span.span_id.bits()).collect()
}

#[test]
fn successes_are_dropped_before_failures_oldest_first() {
    let mut queue = SinkQueue::new(LIMITS);
    let mut push =
        |id, outcome| queue.push_fragment(&fragment(id, outcome), SPANS, Duration::ZERO).dropped;
    assert_eq!(push(1, Outcome::Ok), 0);
    assert_eq!(push(2, Outcome::Error), 0);
    assert_eq!(push(3, Outcome::Ok), 0);
    assert_eq!(push(4, Outcome::Panic), 0);
    assert_eq!(push(5, Outcome::Error), 1, "drops 1");
    assert_eq!(push(6, Outcome::Ok), 1, "drops 3");
    assert_eq!(push(7, Outcome::Error), 1, "drops 6");
    assert_eq!(push(8, Outcome::Ok), 1, "finds failures only, so it is dropped itself");
    assert_eq!(ids(&queue.take_batch(Duration::ZERO)), [2, 4, 5]);
    assert_eq!(ids(&queue.take_batch(Duration::ZERO)), [7]);
}

#[test]
fn low_severities_are_dropped_first_and_order_is_kept() {
    let mut queue = SinkQueue::new(LIMITS);
    let levels =
        [Severity::Error, Severity::Debug, Severity::Info, Severity::Trace, Severity::Warn];
    let mut dropped = 0;
    for (id, severity) in (1..).zip(levels.into_iter().chain([Severity::Error])) {
        dropped += queue.push_log(&log(id, severity), Duration::ZERO).dropped;
    }
    assert_eq!(dropped, 2);
    let left = |batch: Batch| batch.logs.iter().map(|log| log.log_id).collect::<Vec<_>>();
    assert_eq!(left(queue.take_batch(Duration::ZERO)), [1, 3, 5]);
    assert_eq!(left(queue.take_batch(Duration::ZERO)), [6]);
}

#[test]
fn too_many_bytes_drop_the_least_worthy_of_any_kind() {
    let one = fragment(1, Outcome::Ok).size_bytes();
    let mut queue = SinkQueue::new(QueueLimits { max_bytes: one + one / 2, ..LIMITS });
    assert_eq!(queue.push_log(&log(1, Severity::Debug), Duration::ZERO).dropped, 0);
    let pushed = queue.push_fragment(&fragment(1, Outcome::Error), SPANS, Duration::ZERO);
    assert_eq!(pushed, Pushed { accepted: 1, dropped: 1, ..pushed });
    assert_eq!(queue.push_log(&log(2, Severity::Error), Duration::ZERO).dropped, 1);
    assert_eq!(ids(&queue.take_batch(Duration::ZERO)), [1]);
}

#[test]
fn a_batch_is_due_by_number_or_by_time() {
    let mut queue = SinkQueue::new(LIMITS);
    let at = Duration::from_secs;
    assert_eq!(queue.due(), None);
    queue.push_fragment(&fragment(1, Outcome::Ok), SPANS, at(10));
    assert_eq!(queue.due(), Some(at(15)));
    queue.push_log(&log(1, Severity::Info), at(11));
    assert_eq!(queue.due(), Some(at(12)));
    queue.push_fragment(&fragment(2, Outcome::Ok), SPANS, at(11));
    queue.push_fragment(&fragment(3, Outcome::Ok), SPANS, at(11));
    assert_eq!(queue.due(), Some(Duration::ZERO));
    let batch = queue.take_batch(at(12));
    assert_eq!((batch.fragments.len(), batch.logs.len()), (3, 1));
    assert_eq!((queue.due(), queue.oldest_sequence()), (None, None));
}

#[test]
fn a_sink_gets_only_what_was_sampled_for_it() {
    let mut queue = SinkQueue::new(LIMITS);
    let mut fragment = Fragment::clone(&fragment(1, Outcome::Ok));
    fragment.sampling = Sampling { otlp: false, ..Sampling::ALWAYS };
    let pushed = queue.push_fragment(&Arc::new(fragment.clone()), SPANS, Duration::ZERO);
    assert_eq!(pushed, Pushed::default());
    let xray = Signals { xray_spans: true, ..Signals::default() };
    let pushed = queue.push_fragment(&Arc::new(fragment), xray, Duration::ZERO);
    assert_eq!(pushed.accepted, 1);
}

proptest! {
    #[test]
    fn bounds_hold_and_nothing_is_lost_without_being_counted(
        pushes in proptest::collection::vec((0..3_u8, 0..5_u8), 0..200),
        max_spans in 1..20_usize, max_logs in 1..20_usize, max_bytes in 0..20_000_usize,
    ) {
        let limits = QueueLimits { max_spans, max_logs, max_bytes, ..LIMITS };
        let mut queue = SinkQueue::new(limits);
        let (mut accepted, mut gone) = (0, 0);
        for (kind, class) in pushes {
            let pushed = match (kind, class) {
                (0, 0) => {
                    let batch = queue.take_batch(Duration::ZERO);
                    gone += (ids(&batch).len() + batch.logs.len()) as u64;
                    Pushed::default()
                }
                (0, _) => queue.push_fragment(&fragment(1, Outcome::Error), SPANS, Duration::ZERO),
                (1, _) => queue.push_fragment(&fragment(1, Outcome::Ok), SPANS, Duration::ZERO),
                (_, class) => {
                    let severities = [Severity::Trace, Severity::Debug, Severity::Info,
                        Severity::Warn, Severity::Error];
                    queue.push_log(&log(1, severities[usize::from(class)]), Duration::ZERO)
                }
            };
            accepted += pushed.accepted;
            gone += pushed.dropped;
            prop_assert!(queue.counts[0] <= max_spans && queue.counts[1] <= max_logs);
            prop_assert!(queue.bytes <= max_bytes);
        }
        prop_assert_eq!(accepted, gone + queue.clear().iter().sum::<u64>());
    }
}

#[test]
fn the_page_on_reliability_has_these_bounds() {
    let page = include_str!("../../../../docs/reliability.md").replace('\n', " ");
    for bound in [
        format!("{MAX_REPORTS} reports, "),
        format!("reports wait {} ms", REPORTS_DELAY.as_millis()),
        format!("about {} MiB of records", MAX_BATCH_BYTES >> 20),
    ] {
        assert!(page.contains(&bound), "docs/reliability.md lacks {bound:?}");
    }
}
