mod bench;

use tokio::time::timeout;

use super::*;
use crate::pipeline::account::Account;
use crate::pipeline::control::later;
use crate::pipeline::fixtures::{fragment, log};
use crate::pipeline::queue::{QueueLimits, SinkQueue};
use crate::pipeline::{Delivered, HandOver, SendError, Signals, SinkStats};
use crate::record::{Outcome, Severity, UnixNanos};
use bench::{Answer, Bench, WANTS, limits, run};

#[test]
fn a_batch_goes_when_it_is_full_or_old() {
    run(|| async {
        let bench = Bench::start(&[Answer::Takes]);
        bench.push(1..=5);
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(bench.sent_ids(), [vec![1, 2, 3, 4]]);
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert_eq!(bench.sent_ids(), [vec![1, 2, 3, 4], vec![5]]);
        assert_eq!((bench.stats().sent, bench.stats().pending()), (5, 0));
    });
}

#[test]
fn logs_do_not_wait_as_long_as_spans() {
    run(|| async {
        let bench = Bench::start(&[Answer::Takes]);
        let pushed =
            bench.control.queue.borrow_mut().push_log(&log(9, Severity::Info), bench.control.now());
        bench.control.account.accept(pushed.accepted);
        bench.control.wake.notify_one();
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert_eq!(bench.sent_ids(), [vec![9]]);
    });
}

#[test]
fn a_failed_request_is_tried_again_with_growing_waits() {
    run(|| async {
        let fails = Answer::Fails(None);
        let bench = Bench::start(&[fails.clone(), fails.clone(), fails, Answer::Takes]);
        bench.push(1..=4);
        tokio::time::sleep(Duration::from_secs(30)).await;
        let times: Vec<_> = bench.requests.borrow().iter().map(|(at, _)| *at).collect();
        let waits: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let bounds = [(250, 501), (500, 1_001), (1_000, 2_001)];
        assert_eq!(waits.len(), bounds.len());
        for (wait, (least, most)) in waits.iter().zip(bounds) {
            assert!((least..=most).contains(&wait.as_millis()), "{waits:?}");
        }
        assert_eq!((bench.stats().sent, bench.stats().retries), (4, 3));
    });
}

#[test]
fn retry_after_is_kept_even_when_somebody_flushes() {
    run(|| async {
        let bench = Bench::start(&[Answer::Fails(Some(Duration::from_secs(20))), Answer::Takes]);
        bench.push(1..=4);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!bench.flush(Duration::from_secs(5)).await);
        assert_eq!(bench.sent_ids().len(), 1);
        assert!(bench.flush(Duration::from_secs(15)).await);
        assert_eq!(bench.stats().sent, 4);
    });
}

#[test]
fn a_flush_cuts_a_backoff_short() {
    run(|| async {
        let fails = Answer::Fails(None);
        let script = [vec![fails; 6], vec![Answer::Takes]].concat();
        let bench = Bench::start(&script);
        bench.push(1..=4);
        // The first six attempts take 15.5 s at most; the seventh comes after 15.75 s at least.
        tokio::time::sleep(Duration::from_millis(15_600)).await;
        assert_eq!(bench.sent_ids().len(), 6);
        assert!(bench.flush(Duration::from_millis(100)).await);
        assert_eq!(bench.stats().sent, 4);
    });
}

#[test]
fn an_outage_is_bounded_and_every_record_is_counted() {
    run(|| async {
        let bench = Bench::start(&[Answer::Fails(None)]);
        for round in 0..50 {
            bench.push(round * 10 + 1..=round * 10 + 10);
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
        let stats = bench.stats();
        assert_eq!((stats.accepted, stats.sent), (500, 0));
        assert!(stats.lost_to(Loss::RetriesExhausted) >= 4, "{stats}");
        assert!(stats.lost_to(Loss::QueueFull) > 400, "{stats}");
        assert!(stats.pending() <= 12, "{stats}");
        bench.control.begin_shutdown(Instant::now() + Duration::from_secs(2));
        tokio::time::sleep(Duration::from_secs(3)).await;
        let stats = bench.stats();
        assert_eq!(stats.pending(), 0, "{stats}");
        assert!(stats.lost_to(Loss::Shutdown) > 0, "{stats}");
    });
}

#[test]
fn a_shutdown_ends_at_its_deadline_though_the_backend_hangs() {
    run(|| async {
        let bench = Bench::start(&[Answer::Hangs]);
        bench.push(1..=6);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let began = Instant::now();
        let mark = bench.control.begin_flush();
        bench.control.begin_shutdown(began + Duration::from_secs(2));
        bench.control.flushed(mark).await;
        assert_eq!(began.elapsed().as_secs(), 2);
        assert_eq!((bench.stats().lost_to(Loss::Shutdown), bench.stats().pending()), (6, 0));
    });
}

#[test]
fn a_shutdown_sends_what_is_there_and_ends_early() {
    run(|| async {
        let bench = Bench::start(&[Answer::Takes]);
        bench.push(1..=3);
        let mark = bench.control.begin_flush();
        bench.control.begin_shutdown(Instant::now() + Duration::from_secs(5));
        bench.control.flushed(mark).await;
        assert_eq!((bench.stats().sent, bench.stats().lost_total()), (3, 0));
    });
}

#[test]
fn a_hanging_backend_is_given_up_by_the_timeout_and_tried_again() {
    run(|| async {
        let bench = Bench::start(&[Answer::Hangs, Answer::Takes]);
        bench.push(1..=4);
        tokio::time::sleep(Duration::from_secs(12)).await;
        assert_eq!((bench.stats().sent, bench.stats().retries), (4, 1));
    });
}

#[test]
fn one_bad_record_is_found_by_halving() {
    run(|| async {
        let script = [
            Answer::Splits, // 1 2 3 4
            Answer::Takes,  // 1 2
            Answer::Splits, // 3 4
            Answer::Splits, // 3
            Answer::Takes,  // 4
        ];
        let bench = Bench::start(&script);
        bench.push(1..=4);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(bench.sent_ids(), [vec![1, 2, 3, 4], vec![1, 2], vec![3, 4], vec![3], vec![4]]);
        assert_eq!((bench.stats().sent, bench.stats().lost_to(Loss::Rejected)), (3, 1));
    });
}

#[test]
fn refused_rejected_and_too_large_are_each_counted_as_such() {
    run(|| async {
        let bench = Bench::start(&[Answer::Rejects(1), Answer::Refuses]);
        bench.push([1, 2, 3, 666]);
        tokio::time::sleep(Duration::from_secs(1)).await;
        bench.push(5..=8);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let stats = bench.stats();
        assert_eq!(stats.lost, [(Loss::TooLarge, 1), (Loss::Rejected, 5)]);
        assert_eq!((stats.sent, stats.pending()), (2, 0));
    });
}

#[test]
fn one_line_tells_what_was_lost_on_the_way_to_the_sink() {
    run(|| async {
        let hand_over = Arc::new(HandOver::new(1));
        let taken = (1..=4).filter(|id| hand_over.log(log(*id, Severity::Info))).count();
        assert_eq!(taken, 1, "three are lost");
        let bench = Bench::behind(&[Answer::Takes], Some(Arc::clone(&hand_over)));
        bench.push([7]);
        tokio::time::sleep(Duration::from_secs(20)).await;
        let sent = bench.sent_ids();
        assert_eq!((sent.len(), &sent[0], sent[1].len()), (2, &vec![7], 1), "one line, once");
        bench.push([8]);
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(bench.sent_ids().len(), 3, "nothing new to tell");
        hand_over.log(log(5, Severity::Info));
        bench.push([9]);
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(bench.sent_ids().len(), 5, "one more was lost");
    });
}

#[test]
fn a_client_that_panics_loses_one_request() {
    run(|| async {
        let bench = Bench::start(&[Answer::Panics, Answer::Takes]);
        bench.push(1..=5);
        assert!(bench.flush(Duration::from_secs(60)).await);
        let stats = bench.stats();
        assert_eq!((stats.sent, stats.lost_to(Loss::Rejected), stats.pending()), (1, 4, 0));
    });
}

#[test]
fn a_wait_without_end_is_no_moment_that_cannot_be_said() {
    assert!(later(Instant::now(), Duration::MAX) > Instant::now() + Duration::from_secs(86_400));
}

#[tokio::test]
async fn a_flush_waits_for_nothing_that_came_after_it() {
    let control = Control::new(SinkQueue::new(limits()), Arc::new(Account::new("scripted")));
    let push = |id| {
        let (fragment, now) = (fragment(id, Outcome::Ok), control.now());
        control.queue.borrow_mut().push_fragment(&fragment, WANTS, now).accepted
    };
    assert_eq!(push(1), 1);
    let mark = control.begin_flush();
    assert!(!control.is_flushed(mark), "it waits");
    drop(control.take_batch());
    assert!(!control.is_flushed(mark), "it is in the worker's hands");
    assert_eq!(push(2), 1);
    control.settle();
    assert!(control.is_flushed(mark));
    drop(control.take_batch());
    assert!(control.is_flushed(mark), "something later is in the worker's hands");
    assert!(!control.is_flushed(control.begin_flush()));
}
