//! Decisions by number, so that a position carries two bytes instead of a decision.
//!
//! A process makes few different decisions (bits, rates and X-Ray rules), so the table stays small;
//! past its bound a decision is remembered without its rule's name and then without its rate.
//!
//! Each thread remembers the decision that it asked for last: nearly always the next one, and the
//! table's lock is shared by every thread that runs requests.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use crate::record::{Sampling, TraceFlags};

static TABLE: Mutex<Vec<Sampling>> = Mutex::new(Vec::new());

thread_local! {
    static LAST: RefCell<Option<(Sampling, u16)>> = const { RefCell::new(None) };
}

/// The number of a decision.
pub(crate) fn number(sampling: &Sampling) -> u16 {
    let remembered = LAST.try_with(|last| {
        let mut last = last.borrow_mut();
        if let Some((known, number)) = &*last
            && known == sampling
        {
            return *number;
        }
        let number = intern(sampling);
        *last = Some((sampling.clone(), number));
        number
    });
    remembered.unwrap_or_else(|_| intern(sampling))
}

/// The decision of a number that [`number`] gave.
pub(crate) fn decision(number: u16) -> Sampling {
    with(number, Sampling::clone)
}

/// Whether that decision samples for the OTLP family.
pub(crate) fn is_otlp(number: u16) -> bool {
    with(number, |sampling| sampling.otlp)
}

/// The W3C flags that go out with it: *sampled* is the bit of the OTLP family.
pub(crate) fn flags(number: u16, is_random: bool) -> TraceFlags {
    let random = if is_random { TraceFlags::RANDOM } else { TraceFlags::default() };
    random.with_sampled(is_otlp(number))
}

fn with<R>(number: u16, read: impl Fn(&Sampling) -> R) -> R {
    let look_up = || {
        let table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
        table.get(usize::from(number)).cloned().unwrap_or(Sampling::ALWAYS)
    };
    let remembered = LAST.try_with(|last| {
        let mut last = last.borrow_mut();
        match &*last {
            Some((known, of)) if *of == number => read(known),
            _ => read(&last.insert((look_up(), number)).0),
        }
    });
    remembered.unwrap_or_else(|_| read(&look_up()))
}

fn intern(sampling: &Sampling) -> u16 {
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    let find = |table: &[Sampling], sampling: &Sampling| {
        table.iter().position(|known| known == sampling).and_then(|at| u16::try_from(at).ok())
    };
    if let Some(number) = find(&table, sampling) {
        return number;
    }
    let kept = match table.len() {
        0..4_096 => sampling.clone(),
        4_096..8_192 => Sampling { xray_rule: None, ..sampling.clone() },
        _ => Sampling { xray_rule: None, rate: 1.0, ..sampling.clone() },
    };
    if let Some(number) = find(&table, &kept) {
        return number;
    }
    table.push(kept);
    u16::try_from(table.len() - 1).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_comes_back_as_it_was() {
        let sampled = Sampling { rate: 8.0, ..Sampling::ALWAYS };
        let ruled = Sampling { xray_rule: Some("Cruddur".into()), ..Sampling::ALWAYS };
        let (first, second) = (number(&sampled), number(&ruled));
        assert_eq!(decision(first), sampled);
        assert_eq!(decision(second), ruled);
        assert_eq!(number(&sampled), first);
        assert!(is_otlp(first) && !is_otlp(number(&Sampling::DROP)));
        assert_eq!(decision(second), ruled);
    }
}
