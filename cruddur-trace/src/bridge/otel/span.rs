//! A span of the OpenTelemetry API, recorded as all others are.

use std::borrow::Cow;
use std::error::Error;
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span, SpanContext, Status as OtelStatus};

use super::convert::{attribute_of, link_of};
use super::live;
use crate::record::{Outcome, Status};
use crate::span::chain_of;
use crate::span::foreign::ForeignSpan;

/// A span of the OpenTelemetry API.
#[derive(Debug)]
pub struct ObservedSpan {
    /// `None` once it has ended, and where nothing is recorded.
    pub(super) inner: Option<ForeignSpan>,
    pub(super) context: SpanContext,
    pub(super) is_failed: bool,
}

impl Span for ObservedSpan {
    fn add_event_with_timestamp<T>(&mut self, name: T, _: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some(span) = &mut self.inner {
            span.add_event(name.into(), attributes.into_iter().map(attribute_of).collect());
        }
    }

    fn record_error(&mut self, error: &dyn Error) {
        if let Some(span) = &mut self.inner {
            span.record_error(chain_of("", error));
            self.is_failed = true;
        }
    }

    fn span_context(&self) -> &SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.inner.is_some()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        if let Some(span) = &mut self.inner {
            span.set_attribute(attribute_of(attribute));
        }
    }

    fn set_status(&mut self, status: OtelStatus) {
        let Some(span) = &mut self.inner else { return };
        match status {
            OtelStatus::Unset => {}
            OtelStatus::Ok => {
                self.is_failed = false;
                span.set_status(Status::Ok);
            }
            OtelStatus::Error { description } => {
                self.is_failed = true;
                span.set_status(Status::Error { message: description });
            }
        }
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some(span) = &mut self.inner {
            span.set_name(name.into());
        }
    }

    fn add_link(&mut self, context: SpanContext, attributes: Vec<KeyValue>) {
        if let (Some(span), Some(link)) = (&mut self.inner, link_of(&context, attributes)) {
            span.add_link(link);
        }
    }

    fn end_with_timestamp(&mut self, _: SystemTime) {
        let Some(span) = self.inner.take() else { return };
        live::forget(&span);
        span.close(if self.is_failed { Outcome::Error } else { Outcome::Ok });
    }
}

/// A span that is dropped has ended, as with the SDK.
impl Drop for ObservedSpan {
    fn drop(&mut self) {
        self.end();
    }
}
