//! Which reports leave, and how many.

use super::{ErrorReport, ReportKind, ReportLevel};
use std::fmt;
use std::sync::Arc;

/// What becomes of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportDecision {
    /// It leaves.
    #[default]
    Send,
    /// It is dropped, and counted as suppressed.
    Drop,
}

type BeforeSend = Arc<dyn Fn(&mut ErrorReport) -> ReportDecision + Send + Sync>;

/// Which reports leave, at which level, and how many a minute.
///
/// ```
/// use cruddur_trace::errors::{ReportDecision, ReportLevel, ReportOptions};
///
/// let options = ReportOptions::new()
///     .ignore_class("app::NotFound")
///     .level_of_class("app::quota::*", ReportLevel::Warning)
///     .per_minute(120)
///     .before_send(|report| match report.error.message.contains("healthcheck") {
///         true => ReportDecision::Drop,
///         false => ReportDecision::Send,
///     });
/// # let _ = options;
/// ```
#[derive(Clone)]
pub struct ReportOptions {
    rules: Vec<Rule>,
    before_send: Option<BeforeSend>,
    pub(super) per_minute: u32,
    pub(super) per_failure: u32,
    error_events: bool,
}

#[derive(Clone, Debug)]
enum Rule {
    IgnoreClass(String),
    IgnoreMessage(String),
    LevelOfClass(String, ReportLevel),
}

impl Default for ReportOptions {
    /// 60 reports a minute, 10 of them of the same failure; no rules.
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            before_send: None,
            per_minute: 60,
            per_failure: 10,
            error_events: false,
        }
    }
}

impl ReportOptions {
    /// 60 reports a minute, 10 of them of the same failure; no rules.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reports nothing of errors of this class; a `*` at either end stands for anything. A panic's
    /// class is `panic`.
    #[must_use]
    pub fn ignore_class(mut self, class: impl Into<String>) -> Self {
        self.rules.push(Rule::IgnoreClass(class.into()));
        self
    }

    /// Reports nothing whose message contains this text.
    #[must_use]
    pub fn ignore_message(mut self, text: impl Into<String>) -> Self {
        self.rules.push(Rule::IgnoreMessage(text.into()));
        self
    }

    /// Reports errors of this class at this level; its form is that of
    /// [`ignore_class`](Self::ignore_class), and the rule that was added last wins.
    #[must_use]
    pub fn level_of_class(mut self, class: impl Into<String>, level: ReportLevel) -> Self {
        self.rules.push(Rule::LevelOfClass(class.into(), level));
        self
    }

    /// Most reports a minute; 60 until changed. What is more is counted, and told in a summary.
    #[must_use]
    pub const fn per_minute(mut self, reports: u32) -> Self {
        self.per_minute = reports;
        self
    }

    /// Most reports of the same failure a minute; 10 until changed. The same failure is what has
    /// the same class, frames and place, or the same fingerprint.
    #[must_use]
    pub const fn per_failure_per_minute(mut self, reports: u32) -> Self {
        self.per_failure = reports;
        self
    }

    /// Reports `tracing` events of the level `ERROR` as well (what passes the export filter, by
    /// [`Telemetry::tracing_layer`](crate::Telemetry::tracing_layer)); off until asked for.
    ///
    /// An event in a request that then fails is part of that failure: one report, under the event's
    /// id. So an event waits up to 3 seconds for the end of its request. What tower-http's
    /// `CatchPanic` logs of a panic is never a report of its own.
    #[must_use]
    pub const fn error_events(mut self, on: bool) -> Self {
        self.error_events = on;
        self
    }

    #[cfg(feature = "tracing")]
    pub(crate) const fn reports_events(&self) -> bool {
        self.error_events
    }

    /// Sees each report before it leaves, scrubbed and complete, and may change or drop it. It runs
    /// on the exporter thread; where it panics, the report is dropped.
    #[must_use]
    pub fn before_send(
        mut self,
        before: impl Fn(&mut ErrorReport) -> ReportDecision + Send + Sync + 'static,
    ) -> Self {
        self.before_send = Some(Arc::new(before));
        self
    }

    /// The level of a report by the rules; `None` if they ignore it.
    pub(super) fn judge(&self, report: &ErrorReport) -> Option<ReportLevel> {
        let class = match report.kind {
            ReportKind::Panic => "panic",
            _ => &report.error.class,
        };
        let mut level = report.level;
        for rule in &self.rules {
            match rule {
                Rule::IgnoreClass(pattern) if matches(pattern, class) => return None,
                Rule::IgnoreMessage(text) if report.error.message.contains(text) => return None,
                Rule::LevelOfClass(pattern, of_class) if matches(pattern, class) => {
                    level = *of_class;
                }
                _ => {}
            }
        }
        Some(level)
    }

    /// What the callback says.
    pub(super) fn ask(&self, report: &mut ErrorReport) -> ReportDecision {
        let Some(before) = &self.before_send else { return ReportDecision::Send };
        let asked = std::panic::AssertUnwindSafe(|| before(report));
        // It may have been about to remove a secret.
        std::panic::catch_unwind(asked).unwrap_or(ReportDecision::Drop)
    }
}

impl fmt::Debug for ReportOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportOptions")
            .field("rules", &self.rules)
            .field("per_minute", &self.per_minute)
            .field("per_failure", &self.per_failure)
            .field("error_events", &self.error_events)
            .finish_non_exhaustive()
    }
}

fn matches(pattern: &str, class: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => class.contains(pattern.trim_matches('*')),
        (Some(end), None) => class.ends_with(end),
        (None, Some(start)) => class.starts_with(start),
        (None, None) => class == pattern,
    }
}
