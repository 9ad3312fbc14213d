//! Runs a question over spans: one pass that groups and counts, one over what matched for the plot.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::aggregate::{Aggregate, weight};
use super::{By, Spec};
use crate::store::span::Span;
use crate::store::value::Value;
use crate::time::rfc3339;

/// Groups kept apart while counting; spans of further groups are counted in `spans_left_out`.
const MAX_GROUPS: usize = 100_000;
/// Rows that get a series for the plot: the first ones.
const MAX_SERIES: usize = 10;

/// What a question gives. As JSON: `columns` in order, then rows as objects of them.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    columns: Vec<String>,
    results: Vec<Row>,
    /// Rows by time, then in the order of `results`, each with its bucket's `time`; the first ten
    /// results only. Buckets without spans are left out.
    series: Vec<Row>,
    /// Seconds of a series' bucket.
    granularity: u64,
    start: String,
    end: String,
    /// Rows that there would be without the limit.
    groups: usize,
    spans_scanned: usize,
    spans_matched: usize,
    spans_left_out: usize,
}

/// One row: breakdown columns, then calculations.
#[derive(Debug, PartialEq)]
struct Row {
    /// In a series only: where its bucket begins.
    time: Option<u64>,
    names: Arc<[String]>,
    cells: Vec<Cell>,
}

#[derive(Clone, Debug, PartialEq)]
enum Cell {
    /// A breakdown's value; `Null` where the spans have none.
    Value(Value),
    /// A calculation; `None` where no span had a number.
    Number(Option<f64>),
}

/// Spans that share their breakdown values.
struct Group {
    values: Vec<Value>,
    aggregates: Vec<Aggregate>,
}

/// Answers `spec` over `spans`.
pub(crate) fn run<'a>(spec: &Spec, spans: impl Iterator<Item = &'a Span>) -> Answer {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    let mut matched: Vec<(&Span, usize)> = Vec::new();
    let (mut scanned, mut left_out) = (0, 0);
    let mut key = String::new();
    for span in spans {
        scanned += 1;
        if !spec.wants(span) {
            continue;
        }
        write_key(&mut key, spec, span);
        let place = match places.get(&key) {
            Some(place) => *place,
            None if groups.len() >= MAX_GROUPS => {
                left_out += 1;
                continue;
            }
            None => {
                places.insert(key.clone(), groups.len());
                groups.push(Group::new(spec, span));
                groups.len() - 1
            }
        };
        groups[place].add(spec, span);
        matched.push((span, place));
    }
    drop(places);

    let names: Arc<[String]> = spec.columns().into();
    let mut rows: Vec<(usize, Vec<Cell>)> =
        groups.into_iter().map(Group::finish).enumerate().collect();
    rows.retain(|(_, cells)| spec.keeps(cells));
    rows.sort_by(|(_, a), (_, b)| spec.order(a, b));
    let found = rows.len();
    rows.truncate(spec.limit);
    let spans_matched = matched.len() + left_out;
    Answer {
        series: series(spec, &rows, &matched, &names),
        columns: names.to_vec(),
        results: rows
            .into_iter()
            .map(|(_, cells)| Row { time: None, names: names.clone(), cells })
            .collect(),
        granularity: spec.granularity / 1_000_000_000,
        start: rfc3339(spec.from),
        end: rfc3339(spec.to),
        groups: found,
        spans_scanned: scanned,
        spans_matched,
        spans_left_out: left_out,
    }
}

/// The first rows again, bucket by bucket.
fn series(
    spec: &Spec,
    rows: &[(usize, Vec<Cell>)],
    matched: &[(&Span, usize)],
    names: &Arc<[String]>,
) -> Vec<Row> {
    let ranks: HashMap<usize, usize> =
        rows.iter().take(MAX_SERIES).enumerate().map(|(rank, (place, _))| (*place, rank)).collect();
    let mut buckets: BTreeMap<(u64, usize), Group> = BTreeMap::new();
    for (span, place) in matched {
        let Some(rank) = ranks.get(place) else { continue };
        let bucket = span.start - span.start % spec.granularity;
        let group = buckets.entry((bucket, *rank)).or_insert_with(|| Group::new(spec, span));
        group.add(spec, span);
    }
    let row = |((time, _), group): ((u64, usize), Group)| Row {
        time: Some(time),
        names: names.clone(),
        cells: group.finish(),
    };
    buckets.into_iter().map(row).collect()
}

/// A text that is the same for the same breakdown values, and only for those.
fn write_key(key: &mut String, spec: &Spec, span: &Span) {
    key.clear();
    for column in &spec.breakdowns {
        match column.of(span) {
            None => key.push('-'),
            Some(value) => {
                // Whole numbers are one group, sent as integers or not; "4" as text is another.
                let kind = if value.number().is_some() { 'n' } else { kind(&value) };
                let text = value.text();
                let _ = write!(key, "{kind}{}:{text}", text.len());
            }
        }
    }
}

fn kind(value: &Value) -> char {
    match value {
        Value::Text(_) => 't',
        Value::Bool(_) => 'b',
        _ => 'o',
    }
}

impl Group {
    fn new(spec: &Spec, span: &Span) -> Self {
        let value = |column: &super::Column| match column.of(span) {
            Some(value) => value.into_owned(),
            None => Value::Null,
        };
        Self {
            values: spec.breakdowns.iter().map(value).collect(),
            aggregates: spec.calculations.iter().map(|it| Aggregate::new(it.op)).collect(),
        }
    }

    fn add(&mut self, spec: &Spec, span: &Span) {
        let weight = weight(span);
        for (aggregate, calculation) in self.aggregates.iter_mut().zip(&spec.calculations) {
            aggregate.add(calculation, span, weight);
        }
    }

    /// Breakdown values, then calculations, as the columns are.
    fn finish(self) -> Vec<Cell> {
        let numbers = self.aggregates.into_iter().map(|it| Cell::Number(it.finish()));
        self.values.into_iter().map(Cell::Value).chain(numbers).collect()
    }
}

impl Spec {
    fn columns(&self) -> Vec<String> {
        let breakdowns = self.breakdowns.iter().map(|column| column.name().to_owned());
        breakdowns.chain(self.calculations.iter().map(ToString::to_string)).collect()
    }

    /// Whether a row passes what was asked of its calculations.
    fn keeps(&self, cells: &[Cell]) -> bool {
        self.havings.iter().all(|having| {
            let value = number(&cells[self.breakdowns.len() + having.calculation]);
            value.is_some_and(|value| having.test.passes(value.partial_cmp(&having.value)))
        })
    }

    /// By what was asked for, else by the first calculation from the greatest down; equal rows by
    /// their values, so that the same question gives the same order.
    fn order(&self, a: &[Cell], b: &[Cell]) -> Ordering {
        let first_calculation = self.breakdowns.len();
        let asked = self.orders.iter().map(|order| match order.by {
            By::Breakdown(place) => (place, order.is_descending),
            By::Calculation(place) => (first_calculation + place, order.is_descending),
        });
        let usual = self.orders.is_empty().then_some((first_calculation, true));
        let rest = (0..first_calculation).map(|place| (place, false));
        for (place, is_descending) in asked.chain(usual).chain(rest) {
            let ordering = compare(&a[place], &b[place], is_descending);
            if ordering.is_ne() {
                return ordering;
            }
        }
        Ordering::Equal
    }
}

/// Numbers before words; what is missing comes last in either direction.
fn compare(a: &Cell, b: &Cell, is_descending: bool) -> Ordering {
    let (rank_a, rank_b) = (rank(a), rank(b));
    if rank_a == MISSING || rank_b == MISSING {
        return rank_a.cmp(&rank_b);
    }
    let ordering = rank_a.cmp(&rank_b).then_with(|| match (number(a), number(b), a, b) {
        (Some(a), Some(b), ..) => a.total_cmp(&b),
        (_, _, Cell::Value(a), Cell::Value(b)) => a.text().cmp(&b.text()),
        _ => Ordering::Equal,
    });
    if is_descending { ordering.reverse() } else { ordering }
}

const MISSING: u8 = 2;

fn rank(cell: &Cell) -> u8 {
    match cell {
        Cell::Number(None) | Cell::Value(Value::Null) => MISSING,
        other => u8::from(number(other).is_none()),
    }
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number(number) => *number,
        Cell::Value(value) => value.number(),
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, cell) in self.names.iter().zip(&self.cells) {
            match cell {
                Cell::Value(value) => map.serialize_entry(name, value)?,
                Cell::Number(number) => map.serialize_entry(name, number)?,
            }
        }
        // Last: of two equal keys readers keep the later, and an attribute may be named so.
        if let Some(time) = self.time {
            map.serialize_entry("time", &rfc3339(time))?;
        }
        map.end()
    }
}
