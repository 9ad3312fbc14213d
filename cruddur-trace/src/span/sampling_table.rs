//! Decisions by number, so that a position carries two bytes instead of a decision.
//!
//! A process makes few different decisions (bits, rates and X-Ray rules), so the table stays small;
//! past its bound a decision is remembered without its rule's name and then without its rate.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use crate::record::Sampling;

static TABLE: Mutex<Vec<Sampling>> = Mutex::new(Vec::new());

thread_local! {
    static LAST: RefCell<Option<(Sampling, u16)>> = const { RefCell::new(None) };
}

/// The number of a decision.
pub(crate) fn number(sampling: &Sampling) -> u16 {
    LAST.with_borrow_mut(|last| {
        if let Some((known, number)) = last
            && known == sampling
        {
            return *number;
        }
        let number = intern(sampling);
        *last = Some((sampling.clone(), number));
        number
    })
}

/// The decision of a number that [`number`] gave.
pub(crate) fn decision(number: u16) -> Sampling {
    let table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    table.get(usize::from(number)).cloned().unwrap_or(Sampling::ALWAYS)
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
    }
}
