//! Scenarios of rows 1, 2 and 4 for callgrind by way of gungraun, which counts what the functions
//! here do with the [`Work`] that their set-up has made.
//!
//! The clock stands still (reading it is emulated there), ids are fixed, buffers are given back at
//! once, and the set-up warms up, so that the counts are those of every run. `cargo xtask bench
//! instructions` runs them, divides by the units of work, which its table of scenarios knows, and
//! compares.

// What the macros of gungraun make.
#![allow(missing_docs, unused_qualifications)]

use std::hint::black_box;
use std::sync::Arc;

use benches::block_on;
use benches::calls::{self, Attributes, Shape};
use benches::peers::layers;
use benches::peers::observe::ROOT;
use benches::records;
use cruddur_trace::ObserveLayer;
use cruddur_trace::encoders::{Otlp, Rollbar, Xray, log_line};
use cruddur_trace::record::{Outcome, Sampling};
use cruddur_trace::span::{
    Collector, Piece, Root, RootOptions, RootStart, install_collector, share_recycled,
};
use cruddur_trace::testing::{FixedIds, fix_ids, freeze_clock};
use gungraun::{library_benchmark, library_benchmark_group, main};
use tower::Service as _;

/// How often the work is done while it is counted; as often before, to warm up.
const TIMES: u32 = 50;

/// What is counted, warmed up: gungraun collects nothing of a set-up. (Callgrind's profiles show twice
/// the calls, since it numbers calls even while it collects no cost.)
struct Work {
    once: Box<dyn FnMut()>,
    _ids: FixedIds,
}

impl Work {
    fn new(once: impl FnMut() + 'static) -> Self {
        let mut work = Self { once: Box::new(once), _ids: fix_ids(1) };
        work.repeat();
        work
    }

    fn repeat(&mut self) {
        for _ in 0..TIMES {
            (self.once)();
        }
    }
}

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

/// First of all in every set-up, each of which has a process of its own.
fn install() {
    assert!(freeze_clock(), "nobody has read the clock yet");
    install_collector(Arc::new(Recycling));
}

fn spans(sampling: Sampling, shape: Shape, attributes: Attributes) -> Work {
    install();
    Work::new(move || {
        let mut options = RootOptions::new(&ROOT);
        options.sampling = Some(sampling.clone());
        let mut root = Root::start(options);
        root.enter(|| black_box(calls::observe::run(shape, attributes, "andrewbrown")));
        root.end(Outcome::Ok);
    })
}

fn spans_without_root() -> Work {
    install();
    Work::new(|| {
        black_box(calls::observe::run(Shape::Sync, Attributes::Two, "andrewbrown"));
    })
}

fn requests(is_observed: bool) -> Work {
    install();
    let mut router = layers::router();
    if is_observed {
        router = router.layer(ObserveLayer::new());
    }
    Work::new(move || {
        let answer = block_on(router.call(layers::request())).expect("no service here fails");
        let body = block_on(axum::body::to_bytes(answer.into_body(), 1_024)).expect("a body");
        assert_eq!(black_box(body).as_ref(), b"activity 7");
    })
}

fn encode_otlp() -> Work {
    install();
    let fragments = [records::request()];
    let mut otlp = Otlp::new("cruddur-backend").expect("an encoder");
    Work::new(move || drop(black_box(otlp.encode(&fragments))))
}

fn encode_xray() -> Work {
    install();
    let fragments = [records::request()];
    let xray = Xray::new("cruddur-backend");
    Work::new(move || drop(black_box(xray.encode(&fragments))))
}

fn encode_log_line() -> Work {
    install();
    let record = records::log_record(&records::request());
    Work::new(move || drop(black_box(log_line(&record, "cruddur-backend"))))
}

fn encode_rollbar() -> Work {
    install();
    let report = records::report();
    let rollbar = Rollbar::new("cruddur-backend");
    Work::new(move || drop(black_box(rollbar.encode(&report))))
}

#[library_benchmark]
#[bench::sync(spans(Sampling::ALWAYS, Shape::Sync, Attributes::Two))]
#[bench::async_ready(spans(Sampling::ALWAYS, Shape::Ready, Attributes::Two))]
#[bench::async_yield(spans(Sampling::ALWAYS, Shape::Yield, Attributes::Two))]
#[bench::sync_8_attributes(spans(Sampling::ALWAYS, Shape::Sync, Attributes::Eight))]
#[bench::sync_not_sampled(spans(Sampling::DROP, Shape::Sync, Attributes::Two))]
#[bench::sync_no_root(spans_without_root())]
fn span(mut work: Work) -> Work {
    work.repeat();
    work
}

#[library_benchmark]
#[bench::bare(requests(false))]
#[bench::observed(requests(true))]
fn request(mut work: Work) -> Work {
    work.repeat();
    work
}

#[library_benchmark]
#[bench::otlp_span(encode_otlp())]
#[bench::xray_span(encode_xray())]
#[bench::log_line(encode_log_line())]
#[bench::rollbar_item(encode_rollbar())]
fn encode(mut work: Work) -> Work {
    work.repeat();
    work
}

library_benchmark_group!(name = rows, benchmarks = [span, request, encode]);
main!(library_benchmark_groups = rows);
