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
    pub(crate) fn enter(mut arena: Box<Arena>) -> Self {
        let position = arena.position(arena.own_index());
        arena.outer_position = current::position();
        arena.outer = current::replace_arena(None);
        current::set_position(position);
        current::replace_arena(Some(arena));
        Self(())
    }

    /// The arena stays in place; whoever takes it out asks for [`in_place`](Self::in_place).
    pub(crate) fn keep(self) {}

    /// The arena that was entered last and kept.
    pub(crate) const fn in_place() -> Self {
        Self(())
    }

    /// Puts back what was there before; gives the arena.
    pub(crate) fn leave(self) -> Option<Box<Arena>> {
        let mut arena = current::replace_arena(None)?;
        current::set_failing(false);
        current::set_position(arena.outer_position);
        current::replace_arena(arena.outer.take());
        Some(arena)
    }
}

/// An arena is in place until this is dropped, unwinding or not; then it is back where it was.
#[derive(Debug)]
#[must_use = "the arena stays in place until this is dropped"]
pub(crate) struct Visit<'a> {
    entered: Option<Entered>,
    home: &'a mut Option<Box<Arena>>,
}

impl<'a> Visit<'a> {
    /// `None` if there is no arena at home: it is in place already, or gone.
    pub(crate) fn begin(home: &'a mut Option<Box<Arena>>) -> Option<Self> {
        let entered = Entered::enter(home.take()?);
        Some(Self { entered: Some(entered), home })
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
            if panicking()
                && let Some(arena) = self.home
            {
                report_panic_apart(arena, None);
            }
        }
    }
}
