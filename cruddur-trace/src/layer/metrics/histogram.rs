//! A histogram of atomics with fixed buckets, and one example a bucket.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::record::{Attribute, Exemplar, HistogramPoint, TraceLink, clock};

/// Bounds in whole units for recording, and as they are sent.
#[derive(Debug)]
pub(super) struct Bounds {
    /// Inclusive, ascending.
    pub(super) whole: &'static [u64],
    pub(super) sent: &'static [f64],
    /// Whole units in one unit that is sent.
    pub(super) scale: f64,
}

/// Nanoseconds, sent as seconds.
/// Source: OpenTelemetry semantic conventions 1.42, HTTP metrics, read 2026-11.
pub(super) static DURATION: Bounds = Bounds {
    whole: &[
        5_000_000,
        10_000_000,
        25_000_000,
        50_000_000,
        75_000_000,
        100_000_000,
        250_000_000,
        500_000_000,
        750_000_000,
        1_000_000_000,
        2_500_000_000,
        5_000_000_000,
        7_500_000_000,
        10_000_000_000,
    ],
    sent: &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0],
    scale: 1e9,
};

/// Bytes: the conventions name no bounds for sizes, so a fourfold step from 128 bytes to 32 MiB.
pub(super) static SIZE: Bounds = Bounds {
    whole: &[0, 128, 512, 2_048, 8_192, 32_768, 131_072, 524_288, 2_097_152, 8_388_608, 33_554_432],
    sent: &[
        0.0,
        128.0,
        512.0,
        2_048.0,
        8_192.0,
        32_768.0,
        131_072.0,
        524_288.0,
        2_097_152.0,
        8_388_608.0,
        33_554_432.0,
    ],
    scale: 1.0,
};

/// More than either has bounds.
const MAX_BUCKETS: usize = 16;

#[derive(Debug)]
pub(super) struct Histogram {
    bounds: &'static Bounds,
    counts: [AtomicU64; MAX_BUCKETS],
    sum: AtomicU64,
    /// A bit per bucket that has an example since the last reading.
    has_example: AtomicU32,
    examples: Mutex<[Option<Exemplar>; MAX_BUCKETS]>,
}

impl Histogram {
    pub(super) fn new(bounds: &'static Bounds) -> Self {
        Self {
            bounds,
            counts: [const { AtomicU64::new(0) }; MAX_BUCKETS],
            sum: AtomicU64::new(0),
            has_example: AtomicU32::new(0),
            examples: Mutex::new([const { None }; MAX_BUCKETS]),
        }
    }

    /// Counts a value; the first sampled one of a bucket since the last reading is its example.
    pub(super) fn record(&self, value: u64, example: Option<TraceLink>) {
        let bucket = self.bounds.whole.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
        if let Some(link) = example
            && self.has_example.load(Ordering::Relaxed) & 1 << bucket == 0
        {
            self.keep_example(bucket, value, link);
        }
    }

    #[cold]
    fn keep_example(&self, bucket: usize, value: u64, link: TraceLink) {
        // Whoever finds it locked leaves it: there will be another example.
        let Ok(mut examples) = self.examples.try_lock() else { return };
        self.has_example.fetch_or(1 << bucket, Ordering::Relaxed);
        examples[bucket] = Some(Exemplar {
            value: value as f64 / self.bounds.scale,
            time: clock::now(),
            trace_id: link.trace_id,
            span_id: link.span_id,
        });
    }

    /// `None` if nothing was counted. Examples are given once.
    pub(super) fn point(
        &self,
        attributes: impl FnOnce() -> Vec<Attribute>,
    ) -> Option<HistogramPoint> {
        let counts = &self.counts[..=self.bounds.whole.len()];
        let counts: Vec<u64> = counts.iter().map(|it| it.load(Ordering::Relaxed)).collect();
        if counts.iter().all(|count| *count == 0) {
            return None;
        }
        let exemplars = self.examples.lock().map_or_else(
            |_| Vec::new(),
            |mut examples| {
                self.has_example.store(0, Ordering::Relaxed);
                examples.iter_mut().filter_map(Option::take).collect()
            },
        );
        Some(HistogramPoint {
            attributes: attributes(),
            bounds: self.bounds.sent,
            counts,
            sum: self.sum.load(Ordering::Relaxed) as f64 / self.bounds.scale,
            exemplars,
        })
    }
}
