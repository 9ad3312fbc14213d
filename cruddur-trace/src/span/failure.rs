//! What a failure left behind on its way out, for a report that is made at the root.

use super::arena::{Arena, FailedFrame, MAX_FAILED_FRAMES};
use super::context::Scope;
use super::current::{ANCHOR, Mode};
use crate::record::{Callsite, ErrorChain, TraceLink};

/// The way of a failure from the root to where it began.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Failure {
    /// The observed functions that it passed, outermost first. The same whether sampled or not.
    pub frames: Vec<&'static Callsite>,
    /// The deepest error that was recorded on it; `None` for a panic that followed no error.
    pub error: Option<ErrorChain>,
}

/// A root outside any request that ended in an error or a panic.
#[derive(Debug)]
#[non_exhaustive]
pub struct FailedRoot<'a> {
    /// Its ids.
    pub link: TraceLink,
    /// Where in the code it is; `None` for a task that is no observed function.
    pub callsite: Option<&'static Callsite>,
    /// What went wrong.
    pub failure: &'a Failure,
    /// What its request shares, if it is part of one.
    pub scope: Option<&'a Scope>,
    /// Whether it unwound.
    pub is_panic: bool,
}

impl Arena {
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
}

impl Arena {
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
