//! What a capture holds in the end, and how tests ask it.

use std::fmt::Write as _;

use super::CAPTURE;
use crate::errors::ErrorReport;
use crate::record::{Fragment, LogRecord, Outcome, SpanId, SpanKind, SpanRecord};

/// What was captured.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    pub(super) fragments: Vec<Fragment>,
    pub(super) logs: Vec<LogRecord>,
    pub(super) reports: Vec<ErrorReport>,
}

impl Captured {
    /// The fragments as they were handed over.
    #[must_use]
    pub fn fragments(&self) -> &[Fragment] {
        &self.fragments
    }

    /// Log records in the order in which they were made, where the subscriber has a
    /// [`tracing_layer`](super::tracing_layer) or one of a telemetry that exports logs.
    #[must_use]
    pub fn logs(&self) -> &[LogRecord] {
        &self.logs
    }

    /// Error reports, scrubbed as they would leave; panics are among them once
    /// [`install_panic_hook`](crate::errors::install_panic_hook) was called.
    #[must_use]
    pub fn reports(&self) -> &[ErrorReport] {
        &self.reports
    }

    /// All spans but the capture's own root, by the time of their beginning.
    #[must_use]
    pub fn spans(&self) -> Vec<&SpanRecord> {
        let mut spans: Vec<_> = self.all().filter(|span| !is_capture(span)).collect();
        spans.sort_by_key(|span| span.start);
        spans
    }

    fn all(&self) -> impl Iterator<Item = &SpanRecord> {
        self.fragments.iter().flat_map(|fragment| &fragment.spans)
    }

    /// The capture's own root.
    ///
    /// # Panics
    /// If it has none: nothing was sampled, or it was made without one.
    #[must_use]
    pub fn root(&self) -> &SpanRecord {
        self.all().find(|span| is_capture(span)).expect("a capture with a root")
    }

    /// The only span of this name.
    ///
    /// # Panics
    /// If there is none, or more than one; the message shows the tree.
    #[must_use]
    pub fn span(&self, name: &str) -> &SpanRecord {
        let mut found = self.all().filter(|span| span.name == name);
        match (found.next(), found.next()) {
            (Some(span), None) => span,
            (first, _) => {
                let what = if first.is_none() { "no span" } else { "more than one span" };
                panic!("{what} is called {name:?} in\n{}", self.tree());
            }
        }
    }

    /// The spans as an indented text without ids and times, for snapshots:
    ///
    /// ```text
    /// get-activities app.result_length=4
    ///   select activities (client) error="no such table"
    /// ```
    ///
    /// Children stand in the order of their beginning; `app.now` is left out.
    #[must_use]
    pub fn tree(&self) -> String {
        let spans = self.spans();
        let known = |id: Option<SpanId>| spans.iter().any(|span| Some(span.span_id) == id);
        let mut text = String::new();
        for span in spans.iter().filter(|span| !known(span.parent_id)) {
            write_tree(&mut text, &spans, span, 0);
        }
        text
    }
}

fn is_capture(span: &SpanRecord) -> bool {
    std::ptr::eq(span.callsite, &raw const CAPTURE)
}

fn write_tree(text: &mut String, spans: &[&SpanRecord], span: &SpanRecord, depth: usize) {
    let _ = write!(text, "{:indent$}{}", "", span.name, indent = depth * 2);
    if span.kind != SpanKind::Internal {
        let _ = write!(text, " ({})", format!("{:?}", span.kind).to_lowercase());
    }
    if span.outcome != Outcome::Ok {
        let _ = write!(text, " [{}]", format!("{:?}", span.outcome).to_lowercase());
    }
    for attribute in span.attributes.iter().filter(|it| it.key != "app.now") {
        let _ = write!(text, " {}={}", attribute.key, attribute.value);
    }
    if let Some(error) = &span.error {
        let _ = write!(text, " error={:?}", error.message);
    }
    for event in &span.events {
        let _ = write!(text, " event={}", event.name);
    }
    text.push('\n');
    for child in spans.iter().filter(|child| child.parent_id == Some(span.span_id)) {
        write_tree(text, spans, child, depth + 1);
    }
}
