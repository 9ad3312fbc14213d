//! When to try again: jittered exponential backoff, as a function of its inputs.

use std::time::Duration;

/// The first wait, about.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait that we choose ourselves.
const LONGEST: Duration = Duration::from_secs(30);
/// The longest wait that a backend may ask for (`Retry-After`).
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// How a sink is faring: one for all of its requests, so that a new request does not begin again
/// with short waits while the backend is down.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Wait, then send the same request again.
    Retry(Duration),
    /// Its time is up: wait, then go on with the next request.
    GiveUp(Duration),
}

impl Backoff {
    /// Whether the last request did not fail.
    pub(super) fn is_well(&self) -> bool {
        self.failures == 0
    }

    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// `asked`: what the backend asks for. `elapsed`: since the request's first attempt.
    /// `random`: evenly spread from 0 to 1.
    pub(super) fn failed(
        &mut self,
        asked: Option<Duration>,
        elapsed: Duration,
        max_elapsed: Duration,
        random: f64,
    ) -> Step {
        let doublings = self.failures.min(16);
        self.failures = self.failures.saturating_add(1);
        let full = FIRST.saturating_mul(1 << doublings).min(LONGEST);
        // From half of it to all of it: spread, but never at once.
        let ours = full.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0);
        let asked = asked.unwrap_or_default().min(LONGEST_ASKED);
        // A pause that the backend asks for is not held against the request: it is tried once more.
        let (wait, is_over) = if asked > ours {
            (asked, elapsed >= max_elapsed)
        } else {
            (ours, elapsed.saturating_add(ours) > max_elapsed)
        };
        if is_over { Step::GiveUp(wait) } else { Step::Retry(wait) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MAX: Duration = Duration::from_secs(300);

    #[test]
    fn waits_double_up_to_a_bound_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::default();
        let mut step = |elapsed| backoff.failed(None, Duration::from_secs(elapsed), MAX, 1.0);
        assert_eq!(step(0), Step::Retry(Duration::from_millis(500)));
        assert_eq!(step(1), Step::Retry(Duration::from_secs(1)));
        assert_eq!(step(2), Step::Retry(Duration::from_secs(2)));
        for _ in 0..10 {
            step(3);
        }
        assert_eq!(step(4), Step::Retry(LONGEST));
        assert_eq!(step(271), Step::GiveUp(LONGEST));
        backoff.succeeded();
        let again = backoff.failed(None, Duration::ZERO, MAX, 0.0);
        assert_eq!(again, Step::Retry(Duration::from_millis(250)));
    }

    #[test]
    fn a_backend_may_ask_for_more_but_not_for_ever() {
        let check = |asked, expected| {
            let asked = Some(Duration::from_secs(asked));
            assert_eq!(Backoff::default().failed(asked, Duration::ZERO, MAX, 1.0), expected);
        };
        check(0, Step::Retry(FIRST));
        check(7, Step::Retry(Duration::from_secs(7)));
        check(86_400, Step::Retry(LONGEST_ASKED));
    }

    #[test]
    fn a_pause_that_was_asked_for_is_waited_for_unless_the_time_is_up_already() {
        let check = |elapsed, max, expected| {
            let asked = Some(LONGEST_ASKED);
            assert_eq!(Backoff::default().failed(asked, elapsed, max, 1.0), expected);
        };
        let blink = Duration::from_millis(1);
        check(blink, MAX, Step::Retry(LONGEST_ASKED));
        check(MAX - blink, MAX, Step::Retry(LONGEST_ASKED));
        check(MAX, MAX, Step::GiveUp(LONGEST_ASKED));
        check(blink, Duration::ZERO, Step::GiveUp(LONGEST_ASKED));
    }

    proptest! {
        #[test]
        fn no_wait_is_zero_or_over_its_bound(
            failures in 0..200_u32, asked in proptest::option::of(0..100_000_u64), random in -1.0..2.0
        ) {
            let mut backoff = Backoff { failures };
            let asked = asked.map(Duration::from_secs);
            let (Step::Retry(wait) | Step::GiveUp(wait)) =
                backoff.failed(asked, Duration::ZERO, MAX, random);
            prop_assert!(wait >= FIRST / 2 && wait <= LONGEST_ASKED);
        }
    }

    #[test]
    fn the_page_on_reliability_has_these_waits() {
        let page = include_str!("../../../docs/reliability.md");
        for wait in [
            format!("after {} ms", FIRST.as_millis()),
            format!("up to {} s, each wait", LONGEST.as_secs()),
            format!("obeyed up to {} s", LONGEST_ASKED.as_secs()),
        ] {
            assert!(page.replace('\n', " ").contains(&wait), "docs/reliability.md lacks {wait:?}");
        }
    }
}
