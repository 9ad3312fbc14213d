//! How many reports leave: a cap a minute over all, and one for each failure.
//!
//! Pure: the time is passed in. What is held back is counted, and told in a summary when the minute
//! is over.

use super::{ErrorReport, ReportKind};
use crate::record::UnixNanos;
use crate::record::text::first_bytes;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

const WINDOW_NANOS: u64 = 60_000_000_000;
/// Failures that are counted apart; what is more is bounded by the cap over all.
const MAX_FAILURES: usize = 1_024;

/// Counts reports.
#[derive(Debug)]
pub(super) struct Limiter {
    per_minute: u32,
    per_failure: u32,
    all: Window,
    failures: HashMap<u64, Failure>,
}

#[derive(Debug, Default)]
struct Window {
    start: u64,
    admitted: u32,
}

#[derive(Debug)]
struct Failure {
    window: Window,
    suppressed: u64,
    /// What the summary calls it.
    title: String,
    first_id: String,
}

/// What was held back of one failure in a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) suppressed: u64,
    pub(super) title: String,
    /// The id of the first report of that minute.
    pub(super) first_id: String,
}

impl Limiter {
    pub(super) fn new(per_minute: u32, per_failure: u32) -> Self {
        let (all, failures) = (Window::default(), HashMap::new());
        Self { per_minute, per_failure, all, failures }
    }

    /// Whether a report may leave now.
    pub(super) fn admit(&mut self, report: &ErrorReport, now: UnixNanos) -> bool {
        self.all.renew(now);
        let key = key(report);
        if !self.failures.contains_key(&key) && self.failures.len() >= MAX_FAILURES {
            // Quiet ones are forgotten first; those with a summary to come are not.
            self.failures.retain(|_, it| it.suppressed > 0 || !it.window.is_over(now));
        }
        let is_full = self.all.admitted >= self.per_minute;
        if !self.failures.contains_key(&key) && self.failures.len() >= MAX_FAILURES {
            self.all.admitted += u32::from(!is_full);
            return !is_full;
        }
        let failure = self.failures.entry(key).or_insert_with(|| Failure {
            window: Window::default(),
            suppressed: 0,
            title: title(report),
            first_id: report.id.clone(),
        });
        if failure.suppressed == 0 {
            failure.window.renew(now);
        }
        if is_full || failure.window.admitted >= self.per_failure {
            failure.suppressed += 1;
            return false;
        }
        failure.window.admitted += 1;
        self.all.admitted += 1;
        true
    }

    /// What was held back in minutes that are over, or at all where this is the end.
    pub(super) fn summaries(&mut self, now: UnixNanos, is_end: bool) -> Vec<Summary> {
        let mut summaries = Vec::new();
        self.failures.retain(|_, it| {
            if !(is_end || it.window.is_over(now)) {
                return true;
            }
            if it.suppressed > 0 {
                summaries.push(Summary {
                    suppressed: it.suppressed,
                    title: std::mem::take(&mut it.title),
                    first_id: std::mem::take(&mut it.first_id),
                });
            }
            false
        });
        summaries.sort_by_key(|it| std::cmp::Reverse(it.suppressed));
        summaries
    }
}

impl Window {
    fn is_over(&self, now: UnixNanos) -> bool {
        now.0.saturating_sub(self.start) >= WINDOW_NANOS
    }

    fn renew(&mut self, now: UnixNanos) {
        if self.is_over(now) {
            *self = Self { start: now.0, admitted: 0 };
        }
    }
}

fn title(report: &ErrorReport) -> String {
    let error = &report.error;
    let message = first_bytes(&error.message, 200);
    if error.class.is_empty() { message.to_owned() } else { format!("{}: {message}", error.class) }
}

/// The same for what a backend would group, more or less.
fn key(report: &ErrorReport) -> u64 {
    let mut hasher = DefaultHasher::new();
    report.kind.hash(&mut hasher);
    if let Some(fingerprint) = &report.fingerprint {
        fingerprint.hash(&mut hasher);
        return hasher.finish();
    }
    report.error.class.hash(&mut hasher);
    report.error.place.hash(&mut hasher);
    for frame in &report.frames {
        frame.function.hash(&mut hasher);
        frame.file.hash(&mut hasher);
    }
    if report.kind == ReportKind::Message {
        report.error.message.hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ErrorChain;

    fn report(class: &'static str) -> ErrorReport {
        let error = ErrorChain { class: class.into(), ..ErrorChain::default() };
        ErrorReport::new(ReportKind::Error, error, UnixNanos(0))
    }

    fn at(seconds: u64) -> UnixNanos {
        UnixNanos((1_000 + seconds) * 1_000_000_000)
    }

    #[test]
    fn a_storm_of_one_failure_leaves_room_for_others() {
        let mut limiter = Limiter::new(5, 2);
        let admitted =
            |limiter: &mut Limiter, class, seconds| limiter.admit(&report(class), at(seconds));
        let storm = (0..100).filter(|_| admitted(&mut limiter, "a", 0)).count();
        assert_eq!(storm, 2);
        assert!(admitted(&mut limiter, "b", 0));
        assert_eq!(limiter.summaries(at(59), false), []);
        let summaries = limiter.summaries(at(60), false);
        assert_eq!(
            summaries.iter().map(|it| (it.suppressed, it.title.as_str())).collect::<Vec<_>>(),
            [(98, "a: ")]
        );
        assert!(admitted(&mut limiter, "a", 60), "a new minute");
    }

    #[test]
    fn all_together_are_capped() {
        let mut limiter = Limiter::new(3, 2);
        let classes = ["a", "b", "c", "d", "e"];
        let admitted = classes.iter().filter(|it| limiter.admit(&report(it), at(0))).count();
        assert_eq!(admitted, 3);
        let held: u64 = limiter.summaries(at(1), true).iter().map(|it| it.suppressed).sum();
        assert_eq!(held, 2, "what was held back is told");
    }

    #[test]
    fn the_table_is_bounded() {
        let mut limiter = Limiter::new(100, 2);
        let mut admitted = 0;
        for number in 0..10_000 {
            let mut report = report("a");
            report.fingerprint = Some(format!("f{number}"));
            admitted += u32::from(limiter.admit(&report, at(0)));
        }
        assert_eq!(admitted, 100);
        assert!(limiter.failures.len() <= MAX_FAILURES);
    }
}
