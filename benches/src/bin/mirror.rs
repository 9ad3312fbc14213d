//! What the feature `mirror` costs: an observed span, the same with its `tracing` span, and that
//! `tracing` span alone.

use std::sync::Arc;

use benches::machine;
use benches::measure::{Variant, measure, print_table};
use cruddur_trace::bridge::tracing::TracingLayer;
use cruddur_trace::record::{Callsite, Outcome, Sampling};
use cruddur_trace::span::{
    Collector, Piece, Root, RootOptions, RootStart, StartKind, StaticCallsite, enter,
    install_collector,
};
use tracing::Dispatch;
use tracing_subscriber::prelude::*;

/// Spans below the root of a request.
const DEPTH: u64 = 10;
const ROUNDS: usize = 40;
const REQUESTS: u64 = 200;

static ROOT: Callsite = Callsite::new("root", "mirror::root", "mirror", file!(), line!());

#[derive(Clone, Copy)]
struct Observed;

impl StaticCallsite for Observed {
    const CALLSITE: &'static Callsite = {
        static CALLSITE: Callsite =
            Callsite::new("observed", "mirror::observed", "mirror", file!(), line!());
        &CALLSITE
    };
}

/// Takes everything and keeps nothing.
struct Nowhere;

impl Collector for Nowhere {
    fn hand_over(&self, piece: Piece) {
        drop(piece);
    }

    fn sample(&self, _: &RootStart<'_>) -> Sampling {
        Sampling::ALWAYS
    }
}

fn observed(depth: u64) -> u64 {
    if depth == 0 {
        return 0;
    }
    let _guard = enter(Observed, StartKind::Child);
    observed(depth - 1) + 1
}

fn traced(depth: u64) -> u64 {
    if depth == 0 {
        return 0;
    }
    let _entered = tracing::info_span!("traced").entered();
    traced(depth - 1) + 1
}

fn requests(count: u64, work: fn(u64) -> u64) {
    for _ in 0..count {
        let mut root = Root::start(RootOptions::new(&ROOT));
        assert_eq!(root.enter(|| work(DEPTH)), DEPTH);
        root.end(Outcome::Ok);
    }
}

fn main() {
    println!("{}", machine::describe());
    assert!(install_collector(Arc::new(Nowhere)), "the first one");
    let registry = || tracing_subscriber::registry();
    let variant = |name, dispatch: Dispatch, work: fn(u64) -> u64| {
        Variant::new(name, move |units| {
            tracing::dispatcher::with_default(&dispatch, || requests(units, work));
        })
    };
    // Before any layer mirrors; then with one that does, elsewhere and here.
    let mut idle = [variant("idle", Dispatch::new(registry()), observed)];
    let idle = measure(&mut idle, ROUNDS, REQUESTS);
    let mirroring = TracingLayer::new().with_mirrored_spans();
    let mut variants = [
        variant("observed, beside a subscriber that mirrors", Dispatch::new(registry()), observed),
        variant("observed and mirrored", Dispatch::new(registry().with(mirroring)), observed),
        variant("the tracing span alone", Dispatch::new(registry()), traced),
    ];
    let mut figures = measure(&mut variants, ROUNDS, REQUESTS);
    figures.extend(idle.into_iter().map(|it| benches::measure::Figure { name: OBSERVED, ..it }));
    figures.rotate_right(1);
    for figure in &mut figures {
        figure.nanos /= (DEPTH + 1) as f64;
        figure.spread /= (DEPTH + 1) as f64;
    }
    print_table(
        "mirror",
        "Mirror: ten nested spans and their root, synchronous",
        "span",
        OBSERVED,
        &figures,
    );
}

const OBSERVED: &str = "observed";
