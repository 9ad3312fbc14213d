//! Whether a trace meets a search. Pure.

use std::cmp::Ordering;

use super::{Op, Search, Term, Test};
use crate::store::span::Span;
use crate::store::trace::Trace;
use crate::store::value::{Value, hex};

impl Search {
    /// Whether all terms hold for the trace.
    pub(crate) fn matches(&self, trace: &Trace) -> bool {
        self.terms.iter().all(|term| term.holds(trace))
    }
}

impl Term {
    fn holds(&self, trace: &Trace) -> bool {
        let holds = match &self.test {
            Test::Error => trace.errors > 0,
            Test::Word(word) => contains_word(trace, word),
            Test::Field { key, op, value } => field(trace, key, *op, value),
        };
        holds != self.is_negated
    }
}

fn contains_word(trace: &Trace, word: &str) -> bool {
    let has = |text: &str| contains_lower(text, word);
    trace.spans.iter().any(|span| {
        has(&span.name)
            || has(&span.sender.service)
            || has(&span.status_message)
            || span.attributes.iter().any(|(_, value)| has(&value.text()))
    }) || hex(&trace.id).starts_with(word)
}

/// Whether `text` contains `word`, which is in lower case. A search looks at every value that is
/// kept, so the usual case allocates nothing.
fn contains_lower(text: &str, word: &str) -> bool {
    if !word.is_ascii() {
        return text.to_lowercase().contains(word);
    }
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let Some((first, rest)) = word.split_first() else { return true };
    let upper = first.to_ascii_uppercase();
    let starts = text.iter().enumerate().filter(|(_, byte)| *byte == first || **byte == upper);
    starts.into_iter().any(|(at, _)| {
        text.get(at + 1..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(rest))
    })
}

fn field(trace: &Trace, key: &str, op: Op, wanted: &str) -> bool {
    match key {
        "duration" | "duration_ms" => {
            milliseconds(wanted).is_some_and(|ms| ordered(op, trace.duration_ms().partial_cmp(&ms)))
        }
        "spans" => number(op, trace.spans.len() as f64, wanted),
        "errors" => number(op, f64::from(trace.errors), wanted),
        "service" => trace.services.iter().any(|service| text(op, service, wanted)),
        "root" => trace.root().is_some_and(|span| text(op, &span.name, wanted)),
        "trace" => text(op, &hex(&trace.id), wanted),
        "name" => trace.spans.iter().any(|span| text(op, &span.name, wanted)),
        "kind" => trace.spans.iter().any(|span| text(op, span.kind, wanted)),
        "status" => trace.spans.iter().any(|span| text(op, span.status, wanted)),
        _ => trace.spans.iter().any(|span| attribute(span, key, op, wanted)),
    }
}

fn attribute(span: &Span, key: &str, op: Op, wanted: &str) -> bool {
    let resource =
        || span.sender.resource.iter().find(|(name, _)| &**name == key).map(|(_, value)| value);
    let Some(value) = span.attribute(key).or_else(resource) else {
        return false;
    };
    if op == Op::Equal && wanted == "*" {
        return true;
    }
    compare(value, op, wanted)
}

fn compare(value: &Value, op: Op, wanted: &str) -> bool {
    if let (Some(value), Ok(wanted)) = (value.number(), wanted.parse::<f64>())
        && op != Op::Contains
    {
        return ordered(op, value.partial_cmp(&wanted));
    }
    text(op, &value.text(), wanted)
}

fn number(op: Op, value: f64, wanted: &str) -> bool {
    wanted.parse::<f64>().is_ok_and(|wanted| ordered(op, value.partial_cmp(&wanted)))
}

fn text(op: Op, value: &str, wanted: &str) -> bool {
    if op == Op::Contains {
        return value.to_lowercase().contains(&wanted.to_lowercase());
    }
    ordered(op, Some(value.cmp(wanted)))
}

fn ordered(op: Op, ordering: Option<Ordering>) -> bool {
    let Some(ordering) = ordering else { return false };
    match op {
        Op::Equal => ordering.is_eq(),
        Op::NotEqual => ordering.is_ne(),
        Op::Greater => ordering.is_gt(),
        Op::GreaterOrEqual => ordering.is_ge(),
        Op::Less => ordering.is_lt(),
        Op::LessOrEqual => ordering.is_le(),
        Op::Contains => false,
    }
}

/// `100ms`, `1.5s`, `250us`, `2m`; a bare number is milliseconds.
fn milliseconds(text: &str) -> Option<f64> {
    let units = [
        ("ns", 1e-6),
        ("us", 1e-3),
        ("µs", 1e-3),
        ("ms", 1.0),
        ("s", 1e3),
        ("m", 6e4),
        ("h", 3.6e6),
    ];
    let (number, factor) = units
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))
        .unwrap_or((text, 1.0));
    number.trim().parse::<f64>().ok().map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
    use opentelemetry_proto::tonic::trace::v1::{Span as SentSpan, Status};

    use super::*;
    use crate::store::span::Sender;
    use crate::store::value::Keys;

    fn sent(key: &str, value: any_value::Value) -> KeyValue {
        KeyValue {
            key: key.to_owned(),
            value: Some(AnyValue { value: Some(value) }),
            ..KeyValue::default()
        }
    }

    fn trace() -> Trace {
        let mut keys = Keys::default();
        let resource = keys.attributes(vec![sent(
            "service.name",
            any_value::Value::StringValue("cruddur-backend".to_owned()),
        )]);
        let sender = Arc::new(Sender::new(&mut keys, resource, None));
        let span = SentSpan {
            trace_id: vec![1; 16],
            span_id: vec![2; 8],
            name: "GET /api/activities/home".to_owned(),
            kind: 2,
            start_time_unix_nano: 1_000_000_000,
            end_time_unix_nano: 1_150_000_000,
            attributes: vec![
                sent("app.userId", any_value::Value::StringValue("andrewbrown".to_owned())),
                sent("app.result_length", any_value::Value::IntValue(4)),
            ],
            status: Some(Status { code: 2, message: "boom".to_owned() }),
            ..SentSpan::default()
        };
        let mut trace = Trace::new([1; 16]);
        trace.add(Span::new(&mut keys, &sender, span).unwrap(), usize::MAX);
        trace.settle();
        trace
    }

    fn check(search: &str, expected: bool) {
        assert_eq!(super::super::parse(search).unwrap().matches(&trace()), expected, "{search}");
    }

    #[test]
    fn terms_meet_traces() {
        for hit in [
            "",
            "error",
            "home",
            "boom",
            "app.userId=andrewbrown",
            "app.userId=*",
            "duration>100ms",
            "duration<=0.15s",
            "app.result_length>3 app.result_length<5",
            "app.result_length=4",
            "service=cruddur-backend",
            "service.name=cruddur-backend",
            "kind=server",
            "status=error",
            "root:ACTIVITIES",
            "spans=1",
            "errors>0",
            "-app.userId=worf",
            "trace:0101",
            "app.userId!=worf",
            "app.userId=andrewbrown duration>100ms error",
        ] {
            check(hit, true);
        }
        for miss in [
            "-error",
            "worf",
            "app.userId=worf",
            "duration>1s",
            "app.result_length=5",
            "nothing=*",
            "nothing!=x",
            "duration>fast",
            "home worf",
            "app.userId=andrew",
        ] {
            check(miss, false);
        }
    }
}
