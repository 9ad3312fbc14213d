//! What is kept of a `tracing` span while it lives, and how what is said of it gets to ours.

use super::fields::SpanFields;
use crate::record::{Attribute, Callsite, Link, SpanKind, Status};
use crate::span::foreign::ForeignSpan;
use crate::span::{RemoteParent, RootOptions};

/// What a `tracing` span's extensions hold.
#[derive(Debug)]
pub(in super::super) struct Slot {
    callsite: &'static Callsite,
    /// `None` outside of any trace, until a parent is set.
    pub(in super::super) span: Option<ForeignSpan>,
    /// What was set before there was a span to set it on.
    waiting: Vec<Setting>,
    status_description: String,
    pub(super) is_error: bool,
    /// It mirrors an observed span, which opens and closes by itself.
    #[cfg(feature = "mirror")]
    pub(super) is_mirror: bool,
}

/// Something that is said of a span.
#[derive(Debug)]
pub(in super::super) enum Setting {
    Attribute(Attribute),
    Name(String),
    Kind(SpanKind),
    Status(Status),
    Link(Link),
}

/// Most settings that wait for a parent.
const MAX_WAITING: usize = 128;

impl Slot {
    pub(super) fn new(callsite: &'static Callsite, span: Option<ForeignSpan>) -> Self {
        Self {
            callsite,
            span,
            waiting: Vec::new(),
            status_description: String::new(),
            is_error: false,
            #[cfg(feature = "mirror")]
            is_mirror: false,
        }
    }

    /// What is to be entered: not a mirror of the span that is current anyway.
    pub(super) fn enterable(&mut self) -> Option<&mut ForeignSpan> {
        let span = self.span.as_mut()?;
        #[cfg(feature = "mirror")]
        if self.is_mirror && span.is_current() {
            return None;
        }
        Some(span)
    }

    pub(in super::super) fn set(&mut self, setting: Setting) {
        let Some(span) = &mut self.span else {
            if self.waiting.len() < MAX_WAITING {
                self.waiting.push(setting);
            }
            return;
        };
        match setting {
            Setting::Attribute(attribute) => span.set_attribute(attribute),
            Setting::Name(name) => span.set_name(name.into()),
            Setting::Kind(kind) => span.set_kind(kind),
            Setting::Status(status) => span.set_status(status),
            Setting::Link(link) => span.add_link(link),
        }
    }

    /// Gives a span outside of any trace a parent elsewhere; another one is linked to it.
    pub(in super::super) fn set_parent(&mut self, parent: RemoteParent) {
        if self.span.is_some() {
            let RemoteParent { trace_id, span_id, flags: trace_flags } = parent;
            self.set(Setting::Link(Link { trace_id, span_id, trace_flags, attributes: vec![] }));
            return;
        }
        self.start(Some(parent));
    }

    pub(super) fn start(&mut self, parent: Option<RemoteParent>) {
        let mut options = RootOptions::new(self.callsite);
        options.parent = parent;
        self.span = ForeignSpan::open_root(options);
        for setting in std::mem::take(&mut self.waiting) {
            self.set(setting);
        }
    }

    pub(super) fn apply(&mut self, visited: SpanFields) {
        let SpanFields { fields, name, kind, status, description } = visited;
        for attribute in fields.attributes {
            self.set(Setting::Attribute(attribute));
        }
        if let (Some(error), Some(span)) = (fields.error, &mut self.span) {
            span.record_error(error);
        }
        if let Some(name) = name {
            self.set(Setting::Name(name));
        }
        if let Some(kind) = kind {
            self.set(Setting::Kind(kind));
        }
        if let Some(description) = description {
            self.status_description = description;
            self.is_error |= status.is_none() && !self.status_description.is_empty();
        }
        match status.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("ok") => {
                self.is_error = false;
                self.set(Setting::Status(Status::Ok));
            }
            Some("error") => self.is_error = true,
            _ => {}
        }
        if self.is_error {
            let message = self.status_description.clone().into();
            self.set(Setting::Status(Status::Error { message }));
        }
    }
}
