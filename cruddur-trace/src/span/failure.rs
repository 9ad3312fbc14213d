//! What a failure left behind on its way out, for a report that is made at the root.

use super::scope::Scope;
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
