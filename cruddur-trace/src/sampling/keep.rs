//! Keeping after the fact: traces that failed or were slow, although head sampling said no.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::record::Sampling;

/// What is kept whatever head sampling said (`CRUDDUR_KEEP`). Default: nothing.
///
/// A trace that is kept for its own sake stands for itself alone, *also* where head sampling took
/// it: all of its kind are kept, so its rate is 1, and weighted counts stay unbiased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Keep {
    /// Traces in which something failed or panicked (`errors`).
    pub errors: bool,
    /// Traces whose root took at least so long (`slow:500ms`).
    pub slow: Option<Duration>,
}

/// `CRUDDUR_KEEP` has a part that is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepError {
    part: String,
}

impl fmt::Display for KeepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = "`errors` or `slow:` with a time in ms or s, such as `slow:500ms`";
        write!(f, "CRUDDUR_KEEP has `{}`, expected {expected}", self.part)
    }
}

impl std::error::Error for KeepError {}

/// `errors`, `slow:500ms`, or both with a comma.
impl FromStr for Keep {
    type Err = KeepError;

    fn from_str(text: &str) -> Result<Self, KeepError> {
        let mut keep = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.strip_prefix("slow:") {
                _ if part == "errors" => keep.errors = true,
                Some(time) => {
                    let time = parse_time(time.trim());
                    keep.slow = Some(time.ok_or_else(|| KeepError { part: part.to_owned() })?);
                }
                None => return Err(KeepError { part: part.to_owned() }),
            }
        }
        Ok(keep)
    }
}

fn parse_time(text: &str) -> Option<Duration> {
    let (number, unit) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 0.001),
        (None, Some(number)) => (number, 1.0),
        (None, None) => return None,
    };
    Duration::try_from_secs_f64(number.trim().parse::<f64>().ok()? * unit).ok()
}

impl Keep {
    /// Whether anything is kept, so that everything has to be recorded.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.errors || self.slow.is_some()
    }

    /// What becomes of a trace of which a root took `nanos`: `None` if it is not exported.
    #[must_use]
    pub fn settle(&self, sampling: &Sampling, is_failure: bool, nanos: u64) -> Option<Sampling> {
        let is_slow = self.slow.is_some_and(|slow| u128::from(nanos) >= slow.as_nanos());
        if (self.errors && is_failure) || is_slow {
            return Some(Sampling { otlp: true, rate: 1.0, ..sampling.clone() });
        }
        (sampling.otlp || sampling.xray).then(|| sampling.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_parsed() {
        let check = |text: &str, errors: bool, slow_ms: Option<u64>| {
            let expected = Keep { errors, slow: slow_ms.map(Duration::from_millis) };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        };
        check("", false, None);
        check("errors", true, None);
        check("errors, slow:500ms", true, Some(500));
        check("slow: 1.5s", false, Some(1_500));
        for wrong in ["slow", "slow:", "slow:500", "slow:-1s", "slow:NaNs", "error"] {
            assert!(wrong.parse::<Keep>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn failures_and_slow_traces_are_kept_and_stand_for_themselves() {
        let keep: Keep = "errors,slow:500ms".parse().expect("valid");
        let no = Sampling { record: true, ..Sampling::DROP };
        let tenth = Sampling { rate: 10.0, xray: false, ..Sampling::ALWAYS };
        let check = |sampling: &Sampling, is_failure, millis: u64, rate: Option<f64>| {
            let settled = keep.settle(sampling, is_failure, millis * 1_000_000);
            assert_eq!(settled.map(|it| (it.otlp, it.rate)), rate.map(|rate| (true, rate)));
        };
        check(&no, false, 10, None);
        check(&no, true, 10, Some(1.0));
        check(&no, false, 500, Some(1.0));
        check(&tenth, false, 10, Some(10.0));
        check(&tenth, true, 10, Some(1.0));
    }

    #[test]
    fn weighted_counts_are_unbiased() {
        // Of 1,000 traces every 10th is head-sampled and every 7th fails.
        let keep: Keep = "errors".parse().expect("valid");
        let mut counts = [0.0; 2];
        for number in 0..1_000 {
            let otlp = number % 10 == 0;
            let sampling = Sampling { otlp, record: true, rate: 10.0, ..Sampling::DROP };
            let is_failure = number % 7 == 0;
            if let Some(settled) = keep.settle(&sampling, is_failure, 0) {
                counts[usize::from(is_failure)] += settled.rate;
            }
        }
        assert_eq!(counts[1], 143.0);
        assert!((counts[0] - 857.0).abs() < 10.0, "{counts:?}");
    }
}
