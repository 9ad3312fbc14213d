//! The bounded table of all sets of attributes.
//!
//! Open addressing over cells that are written once: finding a series takes a hash and a few loads.
//! Nothing is ever removed; past its bound all new sets share one series, as OpenTelemetry's
//! specification of cardinality limits has it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::histogram::{DURATION, Histogram, SIZE};
use super::{SeriesKey, attribute};
use crate::record::{Attribute, HistogramPoint, Metric};

/// Sets of attributes that are told apart.
/// Source: OpenTelemetry SDK, cardinality limits, read 2026-11.
const MAX_SERIES: usize = 2_000;
/// Twice as many cells and a few more, a power of two.
const CELLS: usize = 4_096;

/// All histograms of one set of attributes.
#[derive(Debug)]
pub(super) struct Series {
    key: Option<OwnedKey>,
    pub(super) duration: Histogram,
    pub(super) request_body: Histogram,
    pub(super) response_body: Histogram,
}

/// One of the histograms of a series.
pub(super) type Pick = fn(&Series) -> &Histogram;

#[derive(Debug)]
struct OwnedKey {
    method: &'static str,
    scheme: &'static str,
    version: Option<&'static str>,
    status: Option<u16>,
    route: Option<Box<str>>,
    error_type: Option<Box<str>>,
    labels: Vec<Attribute>,
}

#[derive(Debug)]
pub(super) struct Table {
    cells: Vec<OnceLock<Box<Series>>>,
    used: AtomicUsize,
    overflow: Series,
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            cells: std::iter::repeat_with(OnceLock::new).take(CELLS).collect(),
            used: AtomicUsize::new(0),
            overflow: Series::new(None),
        }
    }

    /// The series of a set of attributes; the one for all others where the table is full.
    pub(super) fn series(&self, key: &SeriesKey<'_>) -> &Series {
        let mut at = hash(key) as usize;
        for _ in 0..CELLS {
            at &= CELLS - 1;
            let cell = &self.cells[at];
            let series = match cell.get() {
                Some(series) => series,
                None if self.is_full() => return &self.overflow,
                None => cell.get_or_init(|| {
                    self.used.fetch_add(1, Ordering::Relaxed);
                    Box::new(Series::new(Some(OwnedKey::of(key))))
                }),
            };
            if series.key.as_ref().is_some_and(|known| known.is(key)) {
                return series;
            }
            at += 1;
        }
        &self.overflow
    }

    fn is_full(&self) -> bool {
        self.used.load(Ordering::Relaxed) >= MAX_SERIES
    }

    pub(super) fn points(&self, pick: Pick) -> Vec<HistogramPoint> {
        let known = self.cells.iter().filter_map(OnceLock::get).map(AsRef::as_ref);
        let all = known.chain(std::iter::once(&self.overflow));
        all.filter_map(|series| pick(series).point(|| series.attributes())).collect()
    }
}

impl Series {
    fn new(key: Option<OwnedKey>) -> Self {
        Self {
            key,
            duration: Histogram::new(&DURATION),
            request_body: Histogram::new(&SIZE),
            response_body: Histogram::new(&SIZE),
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        let Some(key) = &self.key else { return vec![Attribute::new(Metric::OVERFLOW, true)] };
        let mut attributes =
            vec![attribute("http.request.method", key.method), attribute("url.scheme", key.scheme)];
        if let Some(status) = key.status {
            attributes.push(attribute("http.response.status_code", status));
        }
        if let Some(route) = &key.route {
            attributes.push(attribute("http.route", route.to_string()));
        }
        if let Some(error_type) = &key.error_type {
            attributes.push(attribute("error.type", error_type.to_string()));
        }
        if let Some(version) = key.version {
            attributes.push(attribute("network.protocol.version", version));
        }
        attributes.extend(key.labels.iter().cloned());
        attributes
    }
}

impl OwnedKey {
    fn of(key: &SeriesKey<'_>) -> Self {
        Self {
            method: key.method,
            scheme: key.scheme,
            version: key.version,
            status: key.status,
            route: key.route.map(Box::from),
            error_type: key.error_type.map(Box::from),
            labels: key.labels.to_vec(),
        }
    }

    fn is(&self, key: &SeriesKey<'_>) -> bool {
        self.status == key.status
            && self.route.as_deref() == key.route
            && self.method == key.method
            && self.scheme == key.scheme
            && self.version == key.version
            && self.error_type.as_deref() == key.error_type
            && self.labels == key.labels
    }
}

/// FNV-1a over eight bytes at a time: nothing that strangers choose freely is hashed.
fn hash(key: &SeriesKey<'_>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut mix = |bits: u64| {
        hash = (hash ^ bits).wrapping_mul(0x0000_0100_0000_01b3);
        hash ^= hash >> 29;
    };
    mix(u64::from(key.status.unwrap_or(0)));
    for text in [key.route, Some(key.method), Some(key.scheme), key.error_type, key.version] {
        let Some(text) = text else {
            mix(1);
            continue;
        };
        mix(text.len() as u64);
        for chunk in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            mix(u64::from_le_bytes(word));
        }
    }
    mix(key.labels.len() as u64);
    hash
}
