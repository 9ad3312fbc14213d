//! cruddur-trace's own core, with a consumer on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_queue::ArrayQueue;
use cruddur_trace::record::{Callsite, Outcome, Sampling, UnixNanos};
use cruddur_trace::span::{
    Assembler, Collector, Piece, Root, RootOptions, RootStart, share_recycled,
};

use crate::count::Count;

/// The root of a benchmark's request.
pub static ROOT: Callsite = Callsite::new("root", "benches::root", "benches", file!(), line!());

/// On a cache line of its own: what one thread writes all the time is not to slow the other down.
#[derive(Debug)]
#[repr(align(128))]
struct Apart<T>(T);

/// Takes pieces to a thread that turns them into records and counts them. As in the pipeline, a
/// push wakes nobody: the thread looks for itself.
#[derive(Debug)]
pub struct Counting {
    queue: ArrayQueue<Piece>,
    pushed: Apart<AtomicU64>,
    done: Apart<AtomicU64>,
    /// What came out.
    pub count: Count,
}

impl Counting {
    /// Starts the thread.
    #[must_use]
    pub fn start() -> Arc<Self> {
        let counting = Arc::new(Self {
            queue: ArrayQueue::new(4_096),
            pushed: Apart(AtomicU64::new(0)),
            done: Apart(AtomicU64::new(0)),
            count: Count::default(),
        });
        let consumer = Arc::clone(&counting);
        std::thread::spawn(move || {
            let mut assembler = Assembler::default();
            loop {
                while let Some(piece) = consumer.queue.pop() {
                    if let Some(fragment) = assembler.take(piece, UnixNanos(0)) {
                        let attributes = fragment.spans.iter().map(|it| it.attributes.len() as u64);
                        consumer.count.add(fragment.spans.len() as u64, attributes.sum());
                    }
                    consumer.done.0.fetch_add(1, Ordering::Release);
                }
                share_recycled();
                std::thread::sleep(Duration::from_micros(50));
            }
        });
        counting
    }

    /// Waits until everything so far is counted.
    pub fn settle(&self) {
        while self.done.0.load(Ordering::Acquire) < self.pushed.0.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
    }

    /// Starts a request.
    pub fn root(self: &Arc<Self>, sampling: Sampling) -> Root {
        let mut options = RootOptions::new(&ROOT);
        options.sampling = Some(sampling);
        Root::start(options)
    }

    /// Runs one request.
    pub fn request(self: &Arc<Self>, sampling: Sampling, run: impl FnOnce()) {
        let mut root = self.root(sampling);
        root.enter(run);
        root.end(Outcome::Ok);
    }
}

impl Collector for Counting {
    fn hand_over(&self, piece: Piece) {
        self.pushed.0.fetch_add(1, Ordering::Relaxed);
        assert!(self.queue.push(piece).is_ok(), "the batches are smaller than the queue");
    }

    fn sample(&self, _: &RootStart<'_>) -> Sampling {
        Sampling::ALWAYS
    }
}
