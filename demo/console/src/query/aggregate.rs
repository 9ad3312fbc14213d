//! One calculation over some spans, each weighted by the spans it stands for.

use std::collections::HashSet;

use super::{Calculation, Op};
use crate::store::span::Span;
use crate::store::value::Value;

/// The attribute that says how many spans one stands for.
const SAMPLE_RATE: &str = "SampleRate";

/// How many spans this one stands for: its `SampleRate`, 1 where it has none that makes sense.
pub(super) fn weight(span: &Span) -> f64 {
    let rate = span.attribute(SAMPLE_RATE).and_then(Value::number);
    rate.filter(|rate| rate.is_finite() && *rate >= 1.0).unwrap_or(1.0)
}

/// What a calculation has seen so far.
#[derive(Debug)]
pub(super) enum Aggregate {
    Count(f64),
    /// What was seen, with its type: 4 and "4" are two.
    Distinct(HashSet<(bool, String)>),
    Sum {
        sum: f64,
        weight: f64,
    },
    Avg {
        sum: f64,
        weight: f64,
    },
    Min(Option<f64>),
    Max(Option<f64>),
    Percentile {
        share: f64,
        values: Vec<(f64, f64)>,
    },
}

impl Aggregate {
    pub(super) fn new(op: Op) -> Self {
        match op {
            Op::Count => Self::Count(0.0),
            Op::Sum => Self::Sum { sum: 0.0, weight: 0.0 },
            Op::Avg => Self::Avg { sum: 0.0, weight: 0.0 },
            Op::Min => Self::Min(None),
            Op::Max => Self::Max(None),
            Op::CountDistinct => Self::Distinct(HashSet::new()),
            Op::Percentile(share) => {
                Self::Percentile { share: f64::from(share) / 1000.0, values: Vec::new() }
            }
        }
    }

    /// Takes a span in. One whose column is missing or no number counts for `COUNT` only.
    pub(super) fn add(&mut self, calculation: &Calculation, span: &Span, by: f64) {
        if let Self::Count(count) = self {
            *count += by;
            return;
        }
        let value = calculation.column.as_ref().and_then(|column| column.of(span));
        if let Self::Distinct(seen) = self {
            seen.extend(value.map(|it| (it.number().is_some(), it.text().into_owned())));
            return;
        }
        let value = value.and_then(|value| value.number());
        let Some(value) = value.filter(|value| value.is_finite()) else { return };
        match self {
            Self::Count(_) | Self::Distinct(_) => {}
            Self::Sum { sum, weight } | Self::Avg { sum, weight } => {
                *sum += value * by;
                *weight += by;
            }
            // How often a value was seen does not move the extremes.
            Self::Min(least) => *least = Some(least.map_or(value, |least| least.min(value))),
            Self::Max(most) => *most = Some(most.map_or(value, |most| most.max(value))),
            Self::Percentile { values, .. } => values.push((value, by)),
        }
    }

    /// The result; `None` when no span had a number.
    pub(super) fn finish(self) -> Option<f64> {
        match self {
            Self::Count(count) => Some(count),
            Self::Distinct(seen) => Some(seen.len() as f64),
            Self::Sum { sum, weight } => (weight > 0.0).then_some(sum),
            Self::Avg { sum, weight } => (weight > 0.0).then(|| sum / weight),
            Self::Min(value) | Self::Max(value) => value,
            Self::Percentile { share, values } => percentile(values, share),
        }
    }
}

/// The least value that at least `share` of the weight does not exceed (nearest rank).
fn percentile(mut values: Vec<(f64, f64)>, share: f64) -> Option<f64> {
    values.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    let target = share * values.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut seen = 0.0;
    for (value, weight) in &values {
        seen += weight;
        // A hair of tolerance: 0.9 × 10 must not ask for a tenth of an eleventh value.
        if seen >= target - 1e-9 {
            return Some(*value);
        }
    }
    values.last().map(|(value, _)| *value)
}
