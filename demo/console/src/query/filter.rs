//! Whether a span passes the filters.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::{Combination, Filter, Spec, Test};
use crate::store::span::Span;
use crate::store::value::Value;

impl Spec {
    /// Whether the span is in the time range and passes.
    pub(super) fn wants(&self, span: &Span) -> bool {
        if !(self.from..=self.to).contains(&span.start) {
            return false;
        }
        match self.combination {
            _ if self.filters.is_empty() => true,
            Combination::And => self.filters.iter().all(|filter| filter.holds(span)),
            Combination::Or => self.filters.iter().any(|filter| filter.holds(span)),
        }
    }
}

impl Filter {
    fn holds(&self, span: &Span) -> bool {
        let Some(value) = self.column.of(span) else {
            // What isn't there differs from every value.
            return matches!(
                self.test,
                Test::DoesNotExist
                    | Test::NotEqual
                    | Test::NotIn
                    | Test::DoesNotContain
                    | Test::DoesNotStartWith
                    | Test::DoesNotEndWith
            );
        };
        let is_in = || {
            let listed = self.value.as_array().into_iter().flatten();
            listed.into_iter().any(|wanted| compare(&value, wanted) == Some(Ordering::Equal))
        };
        let wanted = text(&self.value);
        match self.test {
            Test::Exists => true,
            Test::DoesNotExist => false,
            Test::Contains => value.text().contains(&*wanted),
            Test::DoesNotContain => !value.text().contains(&*wanted),
            Test::StartsWith => value.text().starts_with(&*wanted),
            Test::DoesNotStartWith => !value.text().starts_with(&*wanted),
            Test::EndsWith => value.text().ends_with(&*wanted),
            Test::DoesNotEndWith => !value.text().ends_with(&*wanted),
            Test::In => is_in(),
            Test::NotIn => !is_in(),
            compares => compares.passes(compare(&value, &self.value)),
        }
    }
}

/// As numbers when the span's value is one and the wanted one reads as one, else as text.
/// `None`: a number and a word have no order.
fn compare(value: &Value, wanted: &Json) -> Option<Ordering> {
    let Some(number) = value.number() else {
        return Some((*value.text()).cmp(&*text(wanted)));
    };
    let wanted = match wanted {
        Json::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    number.partial_cmp(&wanted)
}

fn text(wanted: &Json) -> std::borrow::Cow<'_, str> {
    match wanted {
        Json::String(text) => text.into(),
        other => other.to_string().into(),
    }
}
