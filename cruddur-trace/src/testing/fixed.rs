//! Ids, times and clocks that repeat, for snapshots.

use crate::record::{Fragment, UnixNanos, clock};

/// Makes the ids that this thread gives out repeatable until the guard is dropped.
#[must_use = "ids are random again once the guard is dropped"]
pub fn fix_ids(seed: u64) -> FixedIds {
    FixedIds(crate::span::fix_random(seed))
}

/// Ids of this thread are repeatable while this lives.
#[derive(Debug)]
pub struct FixedIds(crate::span::RandomState);

impl Drop for FixedIds {
    fn drop(&mut self) {
        crate::span::restore_random(std::mem::take(&mut self.0));
    }
}

/// Stops the clock that spans are timed by, for the whole process, if nothing has read it yet; says
/// whether it did. For counting instructions where reading the time is emulated.
pub fn freeze_clock() -> bool {
    clock::freeze()
}

/// Times the spans of a fragment by their order: the first begins at `start`, and each beginning and
/// end is a millisecond after the one before. For snapshots that show times.
pub fn fix_times(fragment: &mut Fragment, start: UnixNanos) {
    let mut moments: Vec<(UnixNanos, usize, bool)> = Vec::new();
    for (index, span) in fragment.spans.iter().enumerate() {
        moments.push((span.start, index, false));
        moments.push((span.end, index, true));
    }
    moments.sort_by_key(|&(time, index, is_end)| {
        // Of equal times, spans begin outside in and end inside out.
        (time, is_end, if is_end { usize::MAX - index } else { index })
    });
    for (step, (_, index, is_end)) in moments.into_iter().enumerate() {
        let time = UnixNanos(start.0 + step as u64 * 1_000_000);
        let span = &mut fragment.spans[index];
        if is_end {
            span.end = time;
            for event in &mut span.events {
                event.time = event.time.min(time);
            }
        } else {
            span.start = time;
            let now = span.attributes.iter_mut().find(|it| it.key == "app.now");
            if let Some(now) = now {
                now.value = time.to_string().into();
            }
        }
    }
}
