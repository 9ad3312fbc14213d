//! Part of a trace on its way to the exporter thread.

use crate::record::TraceId;
use crate::span::arena::Arena;
use crate::span::recycle;

/// Part of a trace on its way to be turned into span records by [`Assembler`](crate::span::Assembler).
///
/// Dropping it gives the buffer back, so that a later request need not allocate one.
#[derive(Debug)]
pub struct Piece(Option<Box<Arena>>);

impl Piece {
    pub(crate) fn new(arena: Box<Arena>) -> Self {
        Self(Some(arena))
    }

    pub(crate) fn arena(&mut self) -> &mut Arena {
        self.0.as_mut().expect("only dropping takes the arena")
    }

    fn as_arena(&self) -> &Arena {
        self.0.as_ref().expect("only dropping takes the arena")
    }

    /// Whether something in it failed: such pieces are dropped last.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        !self.as_arena().failed.is_empty()
    }

    /// How many spans it holds, finished or open.
    #[must_use]
    pub fn spans(&self) -> usize {
        self.as_arena().records.len()
    }

    /// The trace that it is part of.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        self.as_arena().trace_id
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if let Some(arena) = self.0.take() {
            recycle::put_back(arena);
        }
    }
}
