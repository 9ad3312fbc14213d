//! What the core allocates on the handler's thread once buffers have been around: nothing. And what
//! the layer does, duty by duty.
//!
//! A binary of its own, since an allocator counts for its whole process; one test, since tests run
//! in parallel.

mod layer;

use std::alloc::System;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use cruddur_trace::observe;
use cruddur_trace::record::{Callsite, Outcome, Sampling};
use cruddur_trace::span::{Collector, Piece, Root, RootOptions, RootStart, install_collector};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

static ROOT: Callsite = Callsite::new("root", "root", "allocations", file!(), line!());

/// Takes pieces and gives their buffers back at once.
#[derive(Debug)]
struct Recycling;

impl Collector for Recycling {
    fn hand_over(&self, piece: Piece) {
        drop(piece);
    }

    fn sample(&self, _: &RootStart<'_>) -> Sampling {
        Sampling::ALWAYS
    }
}

#[observe(fields(depth = depth, app.userId = name))]
fn synchronous(depth: u64, name: &str) -> usize {
    if depth == 0 { name.len() } else { synchronous(depth - 1, name) }
}

#[observe(fields(app.userId = name))]
async fn asynchronous(name: &str) -> Result<usize, std::io::Error> {
    tokio::task::yield_now().await;
    Ok(inner(name).await)
}

#[observe(fields(app.userId = name))]
async fn inner(name: &str) -> usize {
    name.len()
}

fn request() {
    let mut root = Root::start(RootOptions::new(&ROOT));
    root.enter(|| synchronous(10, "andrewbrown"));
    {
        let mut future = pin!(asynchronous("andrewbrown"));
        let mut context = Context::from_waker(Waker::noop());
        while root.enter(|| future.as_mut().poll(&mut context)).is_pending() {}
    }
    root.end(Outcome::Ok);
}

#[test]
fn the_core_allocates_nothing_in_the_steady_state() {
    assert!(install_collector(Arc::new(Recycling)));
    for _ in 0..1_000 {
        request();
    }
    let region = Region::new(ALLOCATOR);
    for _ in 0..1_000 {
        request();
    }
    let change = region.change();
    assert_eq!((change.allocations, change.reallocations), (0, 0), "{change:?}");
    // Here, since nothing else may run meanwhile.
    layer::the_layer_s_duties();
}
