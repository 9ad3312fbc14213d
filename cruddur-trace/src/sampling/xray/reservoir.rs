//! Counts and quotas of one rule, shared by all threads without a lock.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was counted since the last report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) requests: u64,
    pub(super) sampled: u64,
    pub(super) borrowed: u64,
}

/// How a request was let through, or that the reservoir has no room for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Out of the quota that X-Ray assigned.
    Quota,
    /// Without a quota: one a second.
    Borrowed,
    /// No: the fixed rate decides.
    No,
}

/// No quota was ever assigned.
const NO_QUOTA: u64 = u64::MAX;
/// How much of the window's low half counts what was taken; the top bit of it says *borrowed*.
const TAKEN: u64 = 0x7fff_ffff;
const BORROWED: u64 = 0x8000_0000;

/// The state of one rule in this process. It lives on when rules are fetched anew.
#[derive(Debug)]
pub(super) struct Reservoir {
    requests: AtomicU64,
    sampled: AtomicU64,
    borrowed: AtomicU64,
    /// The second (upper half), and what was used in it (lower half).
    window: AtomicU64,
    /// The quota a second (upper half), and the second when it expires (lower half).
    quota: AtomicU64,
    /// The bits of the rate that decides once the reservoir is used up.
    rate: AtomicU64,
}

impl Reservoir {
    pub(super) fn new(rate: f64) -> Self {
        Self {
            requests: AtomicU64::new(0),
            sampled: AtomicU64::new(0),
            borrowed: AtomicU64::new(0),
            window: AtomicU64::new(0),
            quota: AtomicU64::new(NO_QUOTA),
            rate: AtomicU64::new(rate.to_bits()),
        }
    }

    /// Uses the reservoir in this second; `may_borrow` where the rule has one at all.
    pub(super) fn take(&self, second: u64, may_borrow: bool) -> Taken {
        let second = second & 0xffff_ffff;
        let quota = self.live_quota(second);
        let mut window = self.window.load(Ordering::Relaxed);
        loop {
            // Any other second is a new one, also where the clock was set back.
            let used = if window >> 32 == second { window & 0xffff_ffff } else { 0 };
            let (next, taken) = match quota {
                Some(quota) if (used & TAKEN) < quota.min(TAKEN - 1) => (used + 1, Taken::Quota),
                None if may_borrow && used & BORROWED == 0 => (used | BORROWED, Taken::Borrowed),
                _ => return Taken::No,
            };
            let next = second << 32 | next;
            match self.window.compare_exchange_weak(
                window,
                next,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return taken,
                Err(now) => window = now,
            }
        }
    }

    /// The quota a second, unless it has expired. 0 is a quota.
    fn live_quota(&self, second: u64) -> Option<u64> {
        let quota = self.quota.load(Ordering::Relaxed);
        (quota != NO_QUOTA && second <= quota & 0xffff_ffff).then_some(quota >> 32)
    }

    pub(super) fn assign(&self, quota: u32, expires_second: u64) {
        let expires = expires_second.min(0xffff_fffe);
        self.quota.store(u64::from(quota) << 32 | expires, Ordering::Relaxed);
    }

    pub(super) fn rate(&self) -> f64 {
        f64::from_bits(self.rate.load(Ordering::Relaxed))
    }

    pub(super) fn assign_rate(&self, rate: f64) {
        self.rate.store(rate.to_bits(), Ordering::Relaxed);
    }

    pub(super) fn count(&self, taken: Taken, sampled: bool) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if sampled {
            self.sampled.fetch_add(1, Ordering::Relaxed);
        }
        if taken == Taken::Borrowed {
            self.borrowed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What was counted, which then counts no more; `None` where nobody asked.
    pub(super) fn drain(&self) -> Option<Counts> {
        let requests = self.requests.swap(0, Ordering::Relaxed);
        (requests > 0).then(|| Counts {
            requests,
            // A request that is being counted at this moment may be split between two reports.
            sampled: self.sampled.swap(0, Ordering::Relaxed),
            borrowed: self.borrowed.swap(0, Ordering::Relaxed),
        })
    }

    /// Counts again what could not be reported.
    pub(super) fn restore(&self, counts: Counts) {
        self.requests.fetch_add(counts.requests, Ordering::Relaxed);
        self.sampled.fetch_add(counts.sampled, Ordering::Relaxed);
        self.borrowed.fetch_add(counts.borrowed, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_quota_one_a_second_is_borrowed() {
        let reservoir = Reservoir::new(0.0);
        let take = |second| reservoir.take(second, true);
        assert_eq!([take(9), take(9), take(10)], [Taken::Borrowed, Taken::No, Taken::Borrowed]);
        assert_eq!(reservoir.take(11, false), Taken::No);
    }

    #[test]
    fn a_quota_counts_by_the_second_and_expires() {
        let reservoir = Reservoir::new(0.0);
        reservoir.assign(2, 100);
        let taken: Vec<Taken> = (0..3).map(|_| reservoir.take(100, true)).collect();
        assert_eq!(taken, [Taken::Quota, Taken::Quota, Taken::No]);
        assert_eq!(reservoir.take(101, true), Taken::Borrowed);
    }

    #[test]
    fn a_quota_of_nothing_is_honoured() {
        let reservoir = Reservoir::new(0.0);
        reservoir.assign(0, 100);
        assert_eq!(reservoir.take(50, true), Taken::No);
    }

    #[test]
    fn a_clock_that_is_set_back_only_opens_a_new_second() {
        let reservoir = Reservoir::new(0.0);
        assert_eq!(reservoir.take(1_000, true), Taken::Borrowed);
        assert_eq!(reservoir.take(5, true), Taken::Borrowed);
        assert_eq!(reservoir.take(5, true), Taken::No);
        assert_eq!(reservoir.take(u64::MAX, true), Taken::Borrowed);
    }

    #[test]
    fn threads_never_take_more_than_the_quota() {
        let reservoir = Reservoir::new(0.0);
        reservoir.assign(50, 10);
        let taken: usize = std::thread::scope(|scope| {
            let one = || (0..1_000).filter(|_| reservoir.take(7, true) == Taken::Quota).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
        });
        assert_eq!(taken, 50);
    }
}
