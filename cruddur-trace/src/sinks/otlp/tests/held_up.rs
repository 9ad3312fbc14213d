//! What neither a backend nor somebody's own code may do: hold up whoever waits, or spoil the books.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::server::{Say, Server, settings};
use super::sockets::Rig;
use crate::pipeline::{Hook, Loss, Verdict};

#[test]
fn a_deadline_without_end_is_one() {
    let server = Server::start(false, &[Say::Ok]);
    let rig = Rig::start(&[settings(&server)]);
    for is_shutdown in [false, true] {
        rig.push(2);
        assert!(rig.exporter.order_blocking(Duration::MAX, is_shutdown).complete);
    }
    assert_eq!((rig.stats(0).sent, rig.stats(0).pending()), (4, 0));
}

#[test]
fn a_hook_that_holds_up_the_exporter_holds_up_nobody_who_waits_for_it() {
    let server = Server::start(false, &[Say::Ok]);
    let (release, held) = mpsc::channel::<()>();
    let mut hook = Hook::default();
    hook.add(move |_| {
        let _ = held.recv();
        Verdict::Keep
    });
    let rig = Rig::with_hook(&[settings(&server)], hook);
    rig.push(1);
    let began = Instant::now();
    // Without a timer of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for is_shutdown in [false, true] {
        let ordered = rig.exporter.order(Duration::from_millis(100), is_shutdown);
        assert!(!runtime.block_on(ordered).complete);
    }
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    drop(release);
}

#[test]
fn what_a_shutdown_lost_a_second_one_does_not_call_complete() {
    let server = Server::start(false, &[Say::Hang]);
    let rig = Rig::start(&[settings(&server)]);
    rig.push(3);
    assert!(!rig.shutdown(100));
    assert_eq!(rig.stats(0).lost_to(Loss::Shutdown), 3);
    assert!(!rig.shutdown(100));
}

#[test]
fn an_answer_without_an_end_is_not_read_to_it() {
    let server = Server::start(false, &[Say::Endless]);
    let rig = Rig::start(&[settings(&server)]);
    rig.push(3);
    assert!(rig.shutdown(20_000), "{}", rig.stats(0));
    assert_eq!((rig.stats(0).sent, rig.stats(0).retries), (3, 0));
}

#[test]
fn an_answer_that_stalls_is_judged_by_its_status() {
    let server =
        Server::start(false, &[Say::Stall(200), Say::Stall(400), Say::Stall(503), Say::Ok]);
    let rig = Rig::start(&[settings(&server)]);
    for _ in 0..3 {
        rig.push(2);
        assert!(rig.flush(20_000), "{}", rig.stats(0));
    }
    let stats = rig.stats(0);
    assert_eq!(server.seen().len(), 4, "what was taken, or refused, is not sent again: {stats}");
    assert_eq!((stats.sent, stats.lost_to(Loss::Rejected), stats.retries), (4, 2, 1));
}

#[test]
fn a_panic_that_panics_again_when_it_is_dropped_stops_nothing() {
    struct Careless;
    impl Drop for Careless {
        fn drop(&mut self) {
            panic!("in the payload's destructor");
        }
    }
    let server = Server::start(false, &[Say::Ok]);
    let mut hook = Hook::default();
    let mut calls = 0;
    hook.add(move |_| {
        calls += 1;
        if calls == 1 {
            std::panic::panic_any(Careless);
        }
        Verdict::Keep
    });
    let rig = Rig::with_hook(&[settings(&server)], hook);
    rig.push(2);
    assert!(rig.shutdown(5_000));
    assert_eq!((rig.stats(0).sent, rig.stats(0).lost_to(Loss::Suppressed)), (1, 1));
}
