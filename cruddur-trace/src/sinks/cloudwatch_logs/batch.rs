//! Events into puts that the service accepts whole. Pure.
//!
//! A put that is unsorted, spans more than 24 hours, or is too large fails as a whole; events that
//! are too old or too far ahead would be refused one by one, so they are left out here and counted.

use super::event::Event;
use super::limits::{
    MAX_AGE_MILLIS, MAX_AHEAD_MILLIS, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_BATCH_SPAN_MILLIS,
};
use crate::record::UnixNanos;

/// What a batch of the pipeline became.
#[derive(Debug, Default)]
pub(super) struct Cut {
    /// Each within all limits, sorted by time and then by sequence.
    pub(super) puts: Vec<Vec<Event>>,
    /// Events that the service would refuse for their time.
    pub(super) out_of_range: u64,
}

/// Sorts events and cuts them into puts.
pub(super) fn cut(mut events: Vec<Event>, now: UnixNanos) -> Cut {
    let now_millis = i64::try_from(now.0 / 1_000_000).unwrap_or(i64::MAX);
    let before = events.len();
    let taken =
        now_millis.saturating_sub(MAX_AGE_MILLIS)..=now_millis.saturating_add(MAX_AHEAD_MILLIS);
    events.retain(|event| taken.contains(&event.time_millis));
    let out_of_range = (before - events.len()) as u64;

    events.sort_by_key(|event| (event.time_millis, event.sequence));
    let mut puts = Vec::new();
    let (mut put, mut put_bytes): (Vec<Event>, usize) = (Vec::new(), 0);
    for event in events {
        let is_full = put.first().is_some_and(|first| {
            put.len() == MAX_BATCH_EVENTS
                || put_bytes + event.size_bytes() > MAX_BATCH_BYTES
                || event.time_millis - first.time_millis > MAX_BATCH_SPAN_MILLIS
        });
        if is_full {
            puts.push(std::mem::take(&mut put));
            put_bytes = 0;
        }
        put_bytes += event.size_bytes();
        put.push(event);
    }
    if !put.is_empty() {
        puts.push(put);
    }
    Cut { puts, out_of_range }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sinks::cloudwatch_logs::limits::MAX_MESSAGE_BYTES;

    const NOW_MILLIS: i64 = 1_795_363_200_000;
    const NOW: UnixNanos = UnixNanos(1_795_363_200_000_000_000);

    fn event(time_millis: i64, sequence: u64, length: usize) -> Event {
        Event { time_millis, sequence, message: "x".repeat(length) }
    }

    fn sizes(events: Vec<Event>) -> Vec<usize> {
        cut(events, NOW).puts.iter().map(Vec::len).collect()
    }

    #[test]
    fn a_put_closes_at_ten_thousand_events() {
        let events = (0..20_001).map(|n| event(NOW_MILLIS, n, 1)).collect();
        assert_eq!(sizes(events), [10_000, 10_000, 1]);
    }

    #[test]
    fn a_put_closes_at_one_mebibyte() {
        let half = MAX_BATCH_BYTES / 2 - 26;
        let of = |lengths: &[usize]| {
            sizes((0..).zip(lengths).map(|(n, &it)| event(NOW_MILLIS, n, it)).collect())
        };
        assert_eq!(of(&[half, half]), [2]);
        assert_eq!(of(&[half, half + 1]), [1, 1]);
        assert_eq!(of(&[MAX_MESSAGE_BYTES, 1]), [1, 1]);
    }

    #[test]
    fn a_put_spans_at_most_a_day() {
        let day = MAX_BATCH_SPAN_MILLIS;
        assert_eq!(sizes(vec![event(NOW_MILLIS, 0, 1), event(NOW_MILLIS - day, 1, 1)]), [2]);
        assert_eq!(sizes(vec![event(NOW_MILLIS, 0, 1), event(NOW_MILLIS - day - 1, 1, 1)]), [1, 1]);
    }

    #[test]
    fn what_is_too_old_or_too_far_ahead_is_left_out_and_counted() {
        let cut = cut(
            vec![
                event(NOW_MILLIS + MAX_AHEAD_MILLIS, 0, 1),
                event(NOW_MILLIS + MAX_AHEAD_MILLIS + 1, 1, 1),
                event(NOW_MILLIS - MAX_AGE_MILLIS, 2, 1),
                event(NOW_MILLIS - MAX_AGE_MILLIS - 1, 3, 1),
                event(i64::MAX, 4, 1),
            ],
            NOW,
        );
        assert_eq!((cut.puts.concat().len(), cut.out_of_range), (2, 3));
    }

    #[test]
    fn events_of_one_millisecond_keep_their_sequence() {
        let sorted = cut(vec![event(NOW_MILLIS, 2, 1), event(NOW_MILLIS, 1, 1)], NOW).puts.concat();
        assert_eq!([sorted[0].sequence, sorted[1].sequence], [1, 2]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_put_is_over_a_limit_and_nothing_is_lost(
            parts in prop::collection::vec(
                (-15 * 86_400_000_i64..3 * 3_600_000, prop_oneof![1..100_usize, 1..=MAX_MESSAGE_BYTES]),
                0..60,
            ),
            many in 0..25_000_u64,
        ) {
            let mut events: Vec<Event> = (0..)
                .zip(&parts)
                .map(|(sequence, &(offset, length))| event(NOW_MILLIS + offset, sequence, length))
                .collect();
            events.extend((0..many).map(|n| event(NOW_MILLIS, 1_000 + n, 3)));
            let given = events.len() as u64;
            let cut = cut(events, NOW);
            for put in &cut.puts {
                let (first, last) = (put.first().expect("no empty put"), put.last().expect("same"));
                prop_assert!(put.len() <= 10_000);
                prop_assert!(put.iter().map(|it| it.message.len() + 26).sum::<usize>() <= 1_048_576);
                prop_assert!(put.is_sorted_by_key(|it| (it.time_millis, it.sequence)));
                prop_assert!(last.time_millis - first.time_millis <= 86_400_000);
                prop_assert!(first.time_millis >= NOW_MILLIS - 14 * 86_400_000);
                prop_assert!(last.time_millis <= NOW_MILLIS + 2 * 3_600_000);
            }
            let put: u64 = cut.puts.iter().map(|put| put.len() as u64).sum();
            prop_assert_eq!(put + cut.out_of_range, given);
        }
    }
}
