//! The `ot` member of `tracestate`: how a caller that samples consistently came to its decision.
//!
//! `ot=th:{threshold};rv:{randomness}`: a trace is sampled where its randomness (56 bits: `rv`, or
//! else the end of the trace id) is not below the threshold, so the threshold says which part of all
//! traces is kept.
//! Source: OpenTelemetry specification, "TraceState: Probability Sampling", read 2026-11.

/// All of randomness: 56 bits.
const RANGE: u64 = 1 << 56;

/// What the member says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtState {
    /// `th`: traces whose randomness is below this are not sampled. Below 2⁵⁶.
    pub threshold: Option<u64>,
    /// `rv`: the trace's randomness, where it is not that of its id. Below 2⁵⁶.
    pub randomness: Option<u64>,
}

impl OtState {
    /// What a `tracestate` says; nothing where it has no such member.
    #[must_use]
    pub fn parse(trace_state: &str) -> Self {
        let members = trace_state.split(',').filter_map(|member| member.trim().split_once('='));
        let mut own = members.filter(|(key, _)| *key == "ot");
        let Some((_, value)) = own.next() else { return Self::default() };
        let mut state = Self::default();
        for (key, value) in value.split(';').filter_map(|pair| pair.split_once(':')) {
            match key {
                "th" => state.threshold = threshold(value),
                "rv" => state.randomness = randomness(value),
                _ => {}
            }
        }
        state
    }

    /// How many traces each sampled one stands for, if the threshold was kept to: a trace that is
    /// sampled though its randomness is below was chosen in another way.
    #[must_use]
    pub fn rate(&self, trace_randomness: u64) -> Option<f64> {
        let threshold = self.threshold?;
        let is_kept = self.randomness.unwrap_or(trace_randomness % RANGE) >= threshold;
        is_kept.then(|| RANGE as f64 / (RANGE - threshold) as f64)
    }
}

/// 1 to 14 digits, the zeros at the end left out.
fn threshold(digits: &str) -> Option<u64> {
    let padded = hex(digits)?.checked_shl(4 * (14 - u32::try_from(digits.len()).ok()?))?;
    Some(padded)
}

/// Exactly 14 digits.
fn randomness(digits: &str) -> Option<u64> {
    hex(digits).filter(|_| digits.len() == 14)
}

/// At most 14 lower-case digits.
fn hex(digits: &str) -> Option<u64> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_number = (1..=14).contains(&digits.len()) && digits.bytes().all(is_digit);
    if is_number { u64::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_threshold_gives_the_rate() {
        let check = |state: &str, randomness: u64, rate: Option<f64>| {
            assert_eq!(OtState::parse(state).rate(randomness), rate, "{state}");
        };
        // Examples of the specification: 0 is all, 8 is half, c a quarter.
        check("ot=th:0", 0, Some(1.0));
        check("ot=th:8", u64::MAX, Some(2.0));
        check("ot=th:c", u64::MAX, Some(4.0));
        check("vendor=1,ot=th:c;x:y,other=2", u64::MAX, Some(4.0));
        check("ot=rv:6e6d1a75832a2f;th:0", 0, Some(1.0));
        // Below the threshold: sampled, but not for its sake.
        check("ot=th:c", 0, None);
        check("ot=th:8;rv:ffffffffffffff", 0, Some(2.0));
        check("ot=th:8;rv:00000000000000", u64::MAX, None);
        // Not understood.
        for state in ["", "ot=", "ot=th:", "ot=th:C", "ot=th:+8", "ot=th:000000000000000", "th=8"] {
            check(state, u64::MAX, None);
        }
        assert_eq!(OtState::parse("ot=rv:1").randomness, None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_a_rate_is_at_least_one(state in "\\PC{0,60}", bits: u64) {
            if let Some(rate) = OtState::parse(&state).rate(bits) {
                prop_assert!(rate >= 1.0);
            }
        }

        #[test]
        fn a_ratio_s_threshold_gives_it_back(threshold in 0..RANGE) {
            let digits = format!("{threshold:014x}");
            let state = OtState::parse(&format!("ot=th:{digits}"));
            prop_assert_eq!(state.threshold, Some(threshold));
            let shortened = digits.trim_end_matches('0');
            if !shortened.is_empty() {
                prop_assert_eq!(OtState::parse(&format!("ot=th:{shortened}")).threshold, Some(threshold));
            }
        }
    }
}
