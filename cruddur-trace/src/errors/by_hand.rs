//! Reports that the code makes itself.

use super::hook::MAX_MESSAGE_BYTES;
use super::pending::PendingReport;
use super::{ErrorReport, ReportKind, ReportLevel, outlet, recent};
use crate::record::text::first_bytes;
use crate::record::{Attribute, ErrorChain, Key, Value, clock};
use crate::span::chain_of;
use std::any::type_name_of_val;
use std::error::Error;
use std::sync::Arc;

/// Reports an error with its causes, with the trace, the route and the user of the current request;
/// gives the report's id.
///
/// A second report of the same failure, by hand or by the layer, is not made: it gets this id.
///
/// ```
/// # fn charge() -> Result<(), std::num::ParseIntError> { "x".parse::<u32>().map(drop) }
/// if let Err(error) = charge() {
///     cruddur_trace::errors::report_error(&error);
/// }
/// ```
#[track_caller]
pub fn report_error(error: &(dyn Error + 'static)) -> String {
    Report::error(error).send()
}

/// Reports that something happened; gives the report's id.
#[track_caller]
pub fn report_message(level: ReportLevel, message: impl Into<String>) -> String {
    Report::message(level, message).send()
}

/// Reports an error with a level and fields: `report_error!(error)`,
/// `report_error!(error, level: Warning, "order.id" = id, …)`; gives the report's id.
///
/// ```
/// use cruddur_trace::report_error;
///
/// let error = "x".parse::<u32>().unwrap_err();
/// let id = report_error!(error, level: Warning, "order.id" = 17, "order.kind" = "book");
/// assert_eq!(id.len(), 36);
/// ```
#[macro_export]
macro_rules! report_error {
    ($error:expr $(, level: $level:ident)? $(, $key:literal = $value:expr)* $(,)?) => {
        $crate::errors::Report::error(&$error)
            $(.level($crate::errors::ReportLevel::$level))?
            $(.field($key, $value))*
            .send()
    };
}

/// A report that is being made.
#[derive(Debug)]
#[must_use = "nothing is reported before `send`"]
pub struct Report(ErrorReport);

impl Report {
    /// A report of an error with its causes.
    #[track_caller]
    pub fn error(error: &(dyn Error + 'static)) -> Self {
        let place = std::panic::Location::caller();
        let mut chain = chain_of(type_name_of_val(error), error);
        chain.place = Some((place.file(), place.line()));
        Self::new(ReportKind::Error, chain)
    }

    /// A report of something that is no error value.
    #[track_caller]
    pub fn message(level: ReportLevel, message: impl Into<String>) -> Self {
        let place = std::panic::Location::caller();
        let place = Some((place.file(), place.line()));
        let chain = ErrorChain { message: message.into(), place, ..ErrorChain::default() };
        Self::new(ReportKind::Message, chain).level(level)
    }

    pub(super) fn new(kind: ReportKind, mut error: ErrorChain) -> Self {
        bound(&mut error);
        Self(ErrorReport::new(kind, error, clock::now()))
    }

    /// How bad it is; [`ReportLevel::Error`] for errors until changed.
    pub fn level(mut self, level: ReportLevel) -> Self {
        self.0.level = level;
        self
    }

    /// Adds what else is known; scrubbed like everything.
    pub fn field(mut self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.0.custom.push(Attribute::new(key, value));
        self
    }

    /// Groups it with all reports of the same text, in place of the backend's own grouping.
    pub fn fingerprint(mut self, fingerprint: impl Into<String>) -> Self {
        self.0.fingerprint = Some(fingerprint.into());
        self
    }

    /// On whose behalf it happened; the request's user until changed.
    pub fn user(mut self, id: impl Into<Arc<str>>) -> Self {
        self.0.user_id = Some(id.into());
        self
    }

    /// The user's name and mail address, which leave only if given here.
    pub fn user_details(mut self, name: Option<String>, email: Option<String>) -> Self {
        self.0.user_name = name;
        self.0.user_email = email;
        self
    }

    /// Makes the report; gives its id, or that of the report that was made of the same failure
    /// before.
    pub fn send(mut self) -> String {
        let request_id = self.look_around();
        if self.0.kind != ReportKind::Message
            && let Some(known) = recent::remember(&mut self.0, request_id)
        {
            return known;
        }
        let (id, trace) = (self.0.id.clone(), self.0.trace);
        outlet::send(trace, PendingReport::new(self.0));
        id
    }

    /// The same for a `tracing` event, which gives way to the failure that it may be part of.
    #[cfg(feature = "tracing")]
    pub(super) fn send_event(mut self) {
        let request_id = self.look_around();
        if recent::remember_event(&self.0, request_id).is_none() {
            outlet::send(self.0.trace, PendingReport::new(self.0).of_event());
        }
    }

    /// Adds the trace, the request and the user of this place; gives the request's id.
    fn look_around(&mut self) -> Option<Arc<str>> {
        let context = crate::span::current();
        let scope = context.as_ref().and_then(|it| it.scope.clone());
        self.0.trace = context.map(|it| it.link());
        self.0.thread = std::thread::current().name().map(str::to_owned);
        let mut request_id = None;
        if let Some(scope) = scope {
            request_id = scope.request_id().cloned();
            self.0.user_id = self.0.user_id.take().or_else(|| scope.user_id());
            self.0.request = super::request::of_scope(&scope);
        }
        request_id
    }
}

/// Keeps what is reported small on its way: 50 MB of a message help nobody.
pub(super) fn bound(error: &mut ErrorChain) {
    let shorten = |text: &mut String| {
        if text.len() > MAX_MESSAGE_BYTES {
            let end = first_bytes(text, MAX_MESSAGE_BYTES).len();
            text.truncate(end);
            text.shrink_to_fit();
        }
    };
    shorten(&mut error.message);
    error.causes.truncate(32);
    error.causes.iter_mut().for_each(shorten);
    if let Some(backtrace) = &mut error.backtrace {
        shorten(backtrace);
    }
}
