//! Spans in an arena: opened, ended, and, if they end elsewhere, completed.

use super::Arena;
use super::content::{Completion, Parent, Record};
use crate::record::clock::{Stamp, stamp};
use crate::record::{Callsite, Outcome};
use crate::span::position::{ANCHOR, Mode};

impl Arena {
    /// Opens a span below another; gives its index.
    #[inline]
    pub(crate) fn open(&mut self, callsite: &'static Callsite, parent: u32) -> u32 {
        self.open_at(callsite, parent, stamp())
    }

    /// The same for a span that began then.
    #[inline]
    pub(crate) fn open_at(
        &mut self,
        callsite: &'static Callsite,
        parent: u32,
        start: Stamp,
    ) -> u32 {
        let index = self.base.wrapping_add(self.records.len() as u32);
        self.records.push(Record {
            callsite,
            start,
            end: 0,
            parent,
            attributes: 0,
            outcome: Outcome::Ok,
        });
        index
    }

    /// Opens the span that begins with the arena.
    pub(crate) fn open_root(&mut self, callsite: &'static Callsite) -> u32 {
        let index = self.base;
        self.records.push(Record {
            callsite,
            start: self.opened,
            end: 0,
            parent: ANCHOR,
            attributes: 0,
            outcome: Outcome::Ok,
        });
        index
    }

    /// Ends a span. If the arena has grown or been open for long, hands over what is finished.
    #[inline]
    pub(crate) fn close(&mut self, index: u32, outcome: Outcome) {
        let end = stamp();
        match self.record_mut(index) {
            Some(record) => {
                record.end = end.0;
                if outcome != Outcome::Ok {
                    record.outcome = outcome;
                }
                if outcome == Outcome::Panic {
                    let (callsite, parent) = (record.callsite, record.parent);
                    self.failed_in(callsite, index, parent, None);
                }
            }
            None => {
                self.end_departed(index, outcome);
                self.complete(self.seed, index, end, outcome);
            }
        }
        if self.records.len() >= self.limits.hand_over_spans || end.0 >= self.due {
            self.hand_over_finished();
        }
    }

    /// Ends the span that the arena was made for, if it is recorded, wherever its record is.
    pub(crate) fn close_own(&mut self, outcome: Outcome) {
        if self.mode != Mode::Record {
            return;
        }
        match self.parent {
            Parent::Continued { seed, index, .. } if !self.has_own_span => {
                self.complete(seed, index, stamp(), outcome);
            }
            _ => self.close(0, outcome),
        }
    }

    /// Notes the end of a span whose record is not here.
    #[cold]
    pub(crate) fn complete(&mut self, seed: u64, index: u32, end: Stamp, outcome: Outcome) {
        self.completions.push(Completion { seed, index, end, outcome });
    }

    /// The record of a span, if it is here.
    #[inline]
    pub(crate) fn record(&self, index: u32) -> Option<&Record> {
        self.records.get(index.wrapping_sub(self.base) as usize)
    }

    #[inline]
    pub(super) fn record_mut(&mut self, index: u32) -> Option<&mut Record> {
        self.records.get_mut(index.wrapping_sub(self.base) as usize)
    }
}
