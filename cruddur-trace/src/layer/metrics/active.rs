//! Requests that are being answered right now, by method and scheme.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use super::attribute;
use crate::record::{Attribute, Metric, NumberPoint};

/// Methods times schemes; what is over is counted together.
const PLACES: usize = 64;

#[derive(Debug)]
pub(super) struct ActiveRequests {
    places: Vec<Place>,
}

#[derive(Debug, Default)]
struct Place {
    key: OnceLock<Key>,
    count: AtomicI64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    method: &'static str,
    scheme: &'static str,
}

impl ActiveRequests {
    pub(super) fn new() -> Self {
        Self { places: std::iter::repeat_with(Place::default).take(PLACES + 1).collect() }
    }

    /// Counts up or down.
    pub(super) fn add(&self, method: &'static str, scheme: &'static str, change: i64) {
        let key = Key { method, scheme };
        let mut places = self.places.iter();
        let is_it = |place: &&Place| *place.key.get_or_init(|| key) == key;
        let place = places.by_ref().take(PLACES).find(is_it).or(self.places.last());
        if let Some(place) = place {
            place.count.fetch_add(change, Ordering::Relaxed);
        }
    }

    pub(super) fn points(&self) -> Vec<NumberPoint> {
        let point = |place: &Place| {
            let key = place.key.get()?;
            Some(NumberPoint {
                attributes: vec![
                    attribute("http.request.method", key.method),
                    attribute("url.scheme", key.scheme),
                ],
                value: place.count.load(Ordering::Relaxed),
            })
        };
        let mut points: Vec<_> = self.places.iter().filter_map(point).collect();
        let over = self.places.last().map_or(0, |place| place.count.load(Ordering::Relaxed));
        if over != 0 {
            let attributes = vec![Attribute::new(Metric::OVERFLOW, true)];
            points.push(NumberPoint { attributes, value: over });
        }
        points
    }
}
