//! Scenarios of rows 1, 2 and 4 for callgrind, which counts what `measured_by_callgrind` does. The
//! clock stands still (reading it is emulated there), ids are fixed, and pieces are given back at
//! once, so that the counts are those of every run.
//!
//! `instructions list` tells the scenarios and how many units of work each does; `cargo xtask bench
//! instructions` runs them and compares.

use std::hint::black_box;
use std::sync::Arc;

use benches::block_on;
use benches::calls::{self, Attributes, DEPTH, Shape};
use benches::peers::layers::{request, router};
use benches::peers::observe::ROOT;
use benches::records::{self, SPANS};
use cruddur_trace::ObserveLayer;
use cruddur_trace::encoders::{Otlp, Rollbar, Xray, log_line};
use cruddur_trace::record::{Outcome, Sampling};
use cruddur_trace::span::{
    Collector, Piece, Root, RootOptions, RootStart, install_collector, share_recycled,
};
use cruddur_trace::testing::{fix_ids, freeze_clock};
use tower::Service as _;

/// How often the work is done while it is counted; as often before, to warm up.
const TIMES: u64 = 50;

/// What is counted: name, units of work in one run of it.
const SCENARIOS: &[(&str, u64)] = &[
    ("span-sync", DEPTH + 1),
    ("span-async-ready", DEPTH + 1),
    ("span-async-yield", DEPTH + 1),
    ("span-sync-8-attributes", DEPTH + 1),
    ("span-sync-not-sampled", DEPTH + 1),
    ("span-sync-no-root", DEPTH),
    ("request-bare", 1),
    ("request-observed", 1),
    ("encode-otlp-span", SPANS),
    ("encode-xray-span", SPANS),
    ("encode-log-line", 1),
    ("encode-rollbar-item", 1),
];

/// Gives buffers back at once.
#[derive(Debug)]
struct Recycling;

impl Collector for Recycling {
    fn hand_over(&self, piece: Piece) {
        drop(piece);
        share_recycled();
    }

    fn sample(&self, _: &RootStart<'_>) -> Sampling {
        Sampling::ALWAYS
    }
}

fn main() {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    if wanted == "list" {
        SCENARIOS.iter().for_each(|(name, units)| println!("{name} {}", units * TIMES));
        return;
    }
    assert!(freeze_clock(), "nobody has read the clock yet");
    let _ids = fix_ids(1);
    install_collector(Arc::new(Recycling));
    match wanted.as_str() {
        "span-sync" => spans(&Sampling::ALWAYS, Shape::Sync, Attributes::Two),
        "span-async-ready" => spans(&Sampling::ALWAYS, Shape::Ready, Attributes::Two),
        "span-async-yield" => spans(&Sampling::ALWAYS, Shape::Yield, Attributes::Two),
        "span-sync-8-attributes" => spans(&Sampling::ALWAYS, Shape::Sync, Attributes::Eight),
        "span-sync-not-sampled" => spans(&Sampling::DROP, Shape::Sync, Attributes::Two),
        "span-sync-no-root" => {
            count(|| {
                black_box(calls::observe::run(Shape::Sync, Attributes::Two, "andrewbrown"));
            });
        }
        "request-bare" => requests(router()),
        "request-observed" => requests(router().layer(ObserveLayer::new())),
        "encode-otlp-span" => {
            let fragments = [records::request()];
            let mut otlp = Otlp::new("cruddur-backend").expect("an encoder");
            count(|| drop(black_box(otlp.encode(&fragments))));
        }
        "encode-xray-span" => {
            let fragments = [records::request()];
            let xray = Xray::new("cruddur-backend");
            count(|| drop(black_box(xray.encode(&fragments))));
        }
        "encode-log-line" => {
            let record = records::log_record(&records::request());
            count(|| drop(black_box(log_line(&record, "cruddur-backend"))));
        }
        "encode-rollbar-item" => {
            let report = records::report();
            let rollbar = Rollbar::new("cruddur-backend");
            count(|| drop(black_box(rollbar.encode(&report))));
        }
        unknown => panic!("unknown scenario: {unknown}"),
    }
}

/// Warms up, then does what is counted.
fn count(mut work: impl FnMut()) {
    (0..TIMES).for_each(|_| work());
    measured_by_callgrind(&mut || (0..TIMES).for_each(|_| work()));
}

#[inline(never)]
fn measured_by_callgrind(work: &mut dyn FnMut()) {
    black_box(&mut *work)();
}

fn spans(sampling: &Sampling, shape: Shape, attributes: Attributes) {
    count(|| {
        let mut options = RootOptions::new(&ROOT);
        options.sampling = Some(sampling.clone());
        let mut root = Root::start(options);
        root.enter(|| black_box(calls::observe::run(shape, attributes, "andrewbrown")));
        root.end(Outcome::Ok);
    });
}

fn requests(mut router: axum::Router) {
    count(|| {
        let answer = block_on(router.call(request())).expect("no service here fails");
        let body = block_on(axum::body::to_bytes(answer.into_body(), 1_024)).expect("a body");
        assert_eq!(black_box(body).as_ref(), b"activity 7");
    });
}
