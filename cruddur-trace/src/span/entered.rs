//! An arena in place on a thread: what is recorded there goes into it.

use std::thread::panicking;

use super::arena::Arena;
use super::collect::report_panic_apart;
use super::current;

/// An arena is in place on this thread; it remembers itself what was there before.
#[derive(Debug)]
#[must_use = "the arena stays in place until it is left"]
pub(crate) struct Entered(());

impl Entered {
    #[inline]
    pub(crate) fn enter(arena: Box<Arena>) -> Self {
        let position = arena.position(arena.own_index());
        current::enter(arena, position);
        Self(())
    }

    /// The arena stays in place; whoever takes it out asks for [`in_place`](Self::in_place).
    pub(crate) fn keep(self) {}

    /// The arena that was entered last and kept.
    pub(crate) const fn in_place() -> Self {
        Self(())
    }

    /// Puts back what was there before; gives the arena.
    #[inline]
    pub(crate) fn leave(self) -> Option<Box<Arena>> {
        current::leave()
    }
}

/// An arena is in place until this is dropped, unwinding or not; then it is back where it was.
#[derive(Debug)]
#[must_use = "the arena stays in place until this is dropped"]
pub(crate) struct Visit<'a> {
    entered: Option<Entered>,
    home: &'a mut Option<Box<Arena>>,
    /// Whether a panic was under way before, which is nobody's here.
    unwinding: bool,
}

impl<'a> Visit<'a> {
    /// `None` if there is no arena at home: it is in place already, or gone.
    pub(crate) fn begin(home: &'a mut Option<Box<Arena>>) -> Option<Self> {
        let entered = Entered::enter(home.take()?);
        Some(Self { entered: Some(entered), home, unwinding: panicking() })
    }

    /// Takes the arena out for good.
    pub(crate) fn end(mut self) -> Option<Box<Arena>> {
        self.entered.take().and_then(Entered::leave)
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if let Some(entered) = self.entered.take() {
            *self.home = entered.leave();
            // Whoever catches panics inside of this (the layer, say) tells of them.
            if !self.unwinding
                && panicking()
                && let Some(arena) = self.home
            {
                report_panic_apart(arena, None);
            }
        }
    }
}
