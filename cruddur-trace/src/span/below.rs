//! The start of a span below one that is named rather than current.

use super::arena::{Arena, Parent};
use super::context::TraceContext;
use super::position::{ANCHOR, Mode, Position};
use super::scope::Scope;
use super::{collect, sampling_table, start};
use crate::record::{Callsite, Sampling, SpanId, TraceFlags, TraceId, TraceLink};
use std::sync::Arc;

/// A span that another is to hang from. Its trace goes on in a piece of its own.
#[derive(Debug)]
pub struct Below {
    trace_id: TraceId,
    parent: SpanId,
    flags: TraceFlags,
    sampling: Sampling,
    scope: Option<Arc<Scope>>,
}

impl Below {
    /// Below the span of a context, with what was decided for its trace.
    pub(crate) fn context(context: &TraceContext) -> Self {
        Self {
            trace_id: context.trace_id,
            parent: context.span_id,
            flags: context.flags,
            sampling: context.sampling.clone(),
            scope: context.scope.clone(),
        }
    }

    /// Below a span of which only ids and flags are known: it is recorded where it was sampled.
    pub(crate) fn link(link: TraceLink) -> Self {
        let sampled = link.trace_flags.is_sampled();
        Self {
            trace_id: link.trace_id,
            parent: link.span_id,
            flags: link.trace_flags,
            sampling: if sampled { Sampling::ALWAYS } else { Sampling::DROP },
            scope: None,
        }
    }

    /// An arena with a span of `callsite` open in it. `None` where nobody would take the spans.
    pub(crate) fn start(&self, callsite: &'static Callsite) -> Option<Box<Arena>> {
        let collector = collect::here();
        if collector.is_none() && !collect::is_taken(self.trace_id) {
            return None;
        }
        let is_recording = self.sampling.is_recording();
        let position = Position {
            sampling: sampling_table::number(&self.sampling),
            mode: if is_recording { Mode::Record } else { Mode::Drop },
            random: self.flags.is_random(),
            ..Position::new(self.trace_id, 0, ANCHOR)
        };
        let parent = Parent::Local(self.parent);
        let mut arena = start::start_apart(&position, parent, self.scope.clone())?;
        if let Some(collector) = collector {
            collect::name_collector(self.trace_id, &collector);
            arena.collector = Some(collector);
        }
        if is_recording {
            arena.open(callsite, ANCHOR);
        }
        Some(arena)
    }
}
