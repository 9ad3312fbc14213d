//! What Honeycomb keeps beside events: datasets, columns, queries, their results, annotations, keys.
//!
//! Plain data, bounded by count: the oldest of each kind leaves first. Spans themselves are in
//! `store::traces`; a dataset or a column that only spans have made is found there by the receiver.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};

/// Most entries of one kind.
const MOST: usize = 1_000;

/// All of it, in the order in which it was made.
#[derive(Debug, Default)]
pub(crate) struct Honeycomb {
    pub(crate) datasets: Kept<Dataset>,
    pub(crate) columns: Kept<Column>,
    pub(crate) queries: Kept<Query>,
    pub(crate) results: Kept<QueryResult>,
    pub(crate) annotations: Kept<Annotation>,
    /// What keys may do, where that was said (`POST /api/honeycomb/keys`).
    pub(crate) keys: Kept<(String, KeyFacts)>,
    next_id: u64,
}

/// A list that forgets its oldest entry when it is full.
#[derive(Debug)]
pub(crate) struct Kept<T>(VecDeque<T>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Kept<T> {
    pub(crate) fn add(&mut self, entry: T) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(entry);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }

    pub(crate) fn retain(&mut self, keeps: impl FnMut(&T) -> bool) {
        self.0.retain(keeps);
    }
}

/// A dataset that was made by a call.
#[derive(Clone, Debug)]
pub(crate) struct Dataset {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// Nanoseconds since 1970.
    pub(crate) created: u64,
}

/// A column that was made by a call.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) id: String,
    pub(crate) dataset: String,
    pub(crate) key_name: String,
    /// `string`, `integer`, `float` or `boolean`.
    pub(crate) kind: String,
    pub(crate) description: String,
    pub(crate) hidden: bool,
    /// Nanoseconds since 1970.
    pub(crate) created: u64,
}

/// A query specification, as it was given.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) id: String,
    pub(crate) dataset: String,
    pub(crate) spec: Map<String, Value>,
}

/// A run of a query that was asked for; the answer is computed when it is read.
#[derive(Clone, Debug)]
pub(crate) struct QueryResult {
    pub(crate) id: String,
    pub(crate) dataset: String,
    pub(crate) query_id: String,
    pub(crate) disable_series: bool,
    /// Nanoseconds since 1970: a relative time range ends here.
    pub(crate) asked: u64,
}

/// A name for a query.
#[derive(Clone, Debug)]
pub(crate) struct Annotation {
    pub(crate) id: String,
    pub(crate) dataset: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) query_id: String,
    /// Nanoseconds since 1970.
    pub(crate) created: u64,
    /// Nanoseconds since 1970.
    pub(crate) updated: u64,
}

/// What a key is and may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyFacts {
    /// `ingest` or `configuration`.
    pub(crate) kind: &'static str,
    /// By the names of `api_key_access`.
    pub(crate) access: BTreeMap<String, bool>,
}

impl Honeycomb {
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// An id of eleven letters and digits, as Honeycomb's are.
    pub(crate) fn id(&mut self) -> String {
        const DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        self.next_id += 1;
        // Spread over all bits, so that ids don't look like counters that clients may guess.
        let mut bits = self.next_id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (0..11)
            .map(|_| {
                let digit = DIGITS[(bits & 31) as usize];
                bits = bits.rotate_right(5) ^ (bits >> 32);
                char::from(digit)
            })
            .collect()
    }
}
