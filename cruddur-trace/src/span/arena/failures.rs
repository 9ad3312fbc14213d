//! The way of a failure: noted function by function as it leaves them, read where it is reported.

use super::Arena;
use super::content::{Extra, FailedFrame};
use crate::record::{Callsite, ErrorChain, Outcome};
use crate::span::failure::Failure;
use crate::span::position::{ANCHOR, Mode};

/// How many frames of failures are kept: as many of the first, which are the deepest, as of the last,
/// which are the nearest to the root.
const MAX_FAILED_FRAMES: usize = 256;

impl Arena {
    /// Records an error on a span and marks the span as failed.
    pub(crate) fn error(&mut self, span: u32, error: ErrorChain) {
        if let Some(record) = self.record_mut(span) {
            record.outcome = if error.is_panic { Outcome::Panic } else { Outcome::Error };
            let (callsite, parent) = (record.callsite, record.parent);
            self.failed_in(callsite, span, parent, Some(&error));
        } else if let Some((callsite, parent)) = self.departed(span) {
            self.failed_in(callsite, span, parent, Some(&error));
        }
        let known = self
            .extras
            .iter()
            .any(|(index, extra)| *index == span && matches!(extra, Extra::Error(_)));
        if !known {
            self.extras.push((span, Extra::Error(Box::new(error))));
        }
    }

    #[cold]
    pub(crate) fn failed_in(
        &mut self,
        callsite: &'static Callsite,
        index: u32,
        parent: u32,
        error: Option<&ErrorChain>,
    ) {
        let is_deepest = !self.failed.iter().any(|frame| frame.parent == index);
        let error = error.filter(|_| is_deepest || index == ANCHOR && self.failed.is_empty());
        let error = error.cloned().map(Box::new);
        if self.failed.len() == MAX_FAILED_FRAMES {
            self.failed.remove(MAX_FAILED_FRAMES / 2);
        }
        self.failed.push(FailedFrame { callsite, index, parent, error });
    }

    #[cold]
    pub(super) fn end_departed(&mut self, index: u32, outcome: Outcome) {
        let Ok(at) = self.departed.binary_search_by_key(&index, |it| it.0) else { return };
        let (_, callsite, parent) = self.departed.remove(at);
        if outcome == Outcome::Panic {
            self.failed_in(callsite, index, parent, None);
        }
    }

    /// The callsite and the parent of an open span whose record is not here any more.
    fn departed(&self, index: u32) -> Option<(&'static Callsite, u32)> {
        let at = self.departed.binary_search_by_key(&index, |it| it.0).ok()?;
        self.departed.get(at).map(|(_, callsite, parent)| (*callsite, *parent))
    }

    /// The error that was recorded on a span.
    fn error_of_span(&self, span: u32) -> Option<&ErrorChain> {
        self.extras.iter().find_map(|(index, extra)| match extra {
            Extra::Error(error) if *index == span => Some(&**error),
            _ => None,
        })
    }

    /// The last failure that came as far as the root; empty if none did.
    pub(crate) fn failure(&self) -> Failure {
        if self.mode == Mode::Drop {
            return Failure {
                frames: self.failed.iter().rev().map(|frame| frame.callsite).collect(),
                error: self.failed.iter().find_map(error_of),
            };
        }
        // A recovered failure left frames as well: follow parents downwards, the last child first.
        let mut path = self.failed.iter().rfind(|frame| frame.parent == ANCHOR);
        if path.is_none() {
            path = self.failed.iter().rfind(|frame| frame.parent == 0);
        }
        path.map_or_else(Failure::default, |path| self.failure_from(path))
    }

    fn failure_from(&self, outermost: &FailedFrame) -> Failure {
        let mut failure = Failure::default();
        let mut path = Some(outermost);
        let mut steps = 0;
        while let Some(frame) = path.take_if(|_| steps < self.failed.len()) {
            steps += 1;
            failure.frames.push(frame.callsite);
            if let Some(error) = error_of(frame) {
                failure.error = Some(error);
            }
            path = self.failed.iter().rfind(|next| next.parent == frame.index);
        }
        let half = MAX_FAILED_FRAMES / 2;
        if self.failed.len() == MAX_FAILED_FRAMES && failure.frames.len() >= half {
            // So deep that the middle is left out: the way down ends there, and the bottom is known.
            let bottom = &self.failed[..half];
            failure.frames.extend(bottom.iter().rev().map(|frame| frame.callsite));
            failure.error = bottom.iter().find_map(error_of).or(failure.error);
        }
        failure
    }

    /// The failure that has just come as far as this function, on its way out: from here down to
    /// where it began.
    pub(crate) fn failure_in(&self, callsite: &'static Callsite, index: u32) -> Option<Failure> {
        if self.mode == Mode::Drop {
            return Some(self.failure()).filter(|failure| failure.error.is_some());
        }
        let own = self.failed.iter().rfind(|frame| frame.index == index);
        let Some(own) = own else {
            // So many were recovered from before that no frame of it was kept.
            let error = self.error_of_span(index)?.clone();
            return Some(Failure { frames: vec![callsite], error: Some(error) });
        };
        Some(self.failure_from(own))
    }
}

fn error_of(frame: &FailedFrame) -> Option<ErrorChain> {
    frame.error.as_deref().cloned()
}
