use super::*;
use crate::pipeline::fixtures::{fragment, log};
use crate::record::Outcome;

fn boxed(outcome: Outcome) -> Box<Fragment> {
    Box::new(Fragment::clone(&fragment(1, outcome)))
}

#[test]
fn a_full_queue_of_successes_leaves_room_for_failures() {
    let hand_over = HandOver::new(2);
    for _ in 0..5 {
        hand_over.fragment(boxed(Outcome::Ok));
    }
    hand_over.fragment(boxed(Outcome::Panic));
    hand_over.log(log(1, Severity::Error));
    let stats = hand_over.stats();
    assert_eq!((stats.accepted, stats.lost_to(Loss::HandOverFull)), (7, 3));
    let mut drained = Drained::default();
    hand_over.drain(&mut drained);
    let is_failure = |handed: &Handed| matches!(handed, Handed::Fragment(it) if it.is_failure);
    assert!(is_failure(&drained.spans[0]));
    assert_eq!((drained.spans.len(), drained.logs.len()), (3, 1));
    assert!(hand_over.is_empty());
}

#[test]
fn a_closed_hand_over_counts_what_comes_too_late() {
    let hand_over = HandOver::new(2);
    hand_over.close();
    hand_over.log(log(1, Severity::Error));
    assert_eq!(hand_over.stats().lost_to(Loss::Shutdown), 1);
}

#[test]
fn large_log_records_are_bounded_by_their_bytes() {
    let hand_over = HandOver::new(1_024);
    let large = |id| {
        let mut record = LogRecord::clone(&log(id, Severity::Info));
        record.body = "x".repeat(1 << 20);
        Arc::new(record)
    };
    let taken = (0..100).filter(|id| hand_over.log(large(*id))).count();
    assert_eq!(taken, 31, "each is a little more than a mebibyte");
    assert!(hand_over.log(log(100, Severity::Info)), "small ones have room");
    let mut drained = Drained::default();
    assert!(!hand_over.drain(&mut drained));
    assert_eq!(drained.logs.len(), 32);
    assert_eq!(hand_over.stats().lost_to(Loss::HandOverFull), 69);
    assert!(hand_over.log(large(101)), "room again");
}

#[test]
fn a_round_says_whether_there_is_more() {
    let hand_over = HandOver::new(2 * ROUND);
    for id in 0..=ROUND as u64 {
        hand_over.log(log(id, Severity::Info));
    }
    let mut drained = Drained::default();
    assert!(hand_over.drain(&mut drained));
    assert!(!hand_over.drain(&mut drained));
    assert_eq!(drained.logs.len(), ROUND + 1);
}

#[test]
fn a_sleeping_exporter_misses_no_push() {
    let hand_over = Arc::new(HandOver::new(64));
    let pusher = Arc::clone(&hand_over);
    let pushes = 20_000;
    let thread = std::thread::spawn(move || {
        for id in 0..pushes {
            pusher.log(log(id, Severity::Error));
            while pusher.high_logs.len() > 32 {
                std::thread::yield_now();
            }
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut seen = 0;
    runtime.block_on(async {
        while seen < pushes {
            hand_over.ready().await;
            let mut drained = Drained::default();
            hand_over.drain(&mut drained);
            seen += drained.logs.len() as u64;
        }
    });
    thread.join().expect("no panic");
    assert_eq!((seen, hand_over.stats().lost_total()), (pushes, 0));
}
