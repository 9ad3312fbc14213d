//! How large the requests of one route may be: learnt from those that its backend found too large.
//!
//! What stands in front of a backend may take less than OTLP's receivers do, and answers 413. The
//! request that it refused is halved by the pipeline; this remembers the size, so that the requests
//! that follow are made small enough, and slowly forgets it, in case the limit was raised. It counts
//! requests rather than time, and refuses nothing: a record that is larger goes alone.

/// So many requests of nearly the learnt size are taken before larger ones are tried again: where the
/// limit still stands, one request in so many is sent in vain.
const TAKEN_BEFORE_MORE: u32 = 64;

/// Bytes of encoded records in one request, before compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ceiling {
    bytes: usize,
    /// Requests of nearly that size that were taken since it was set.
    taken: u32,
}

/// Nothing was learnt.
impl Default for Ceiling {
    fn default() -> Self {
        Self { bytes: usize::MAX, taken: 0 }
    }
}

impl Ceiling {
    pub(super) const fn bytes(self) -> usize {
        self.bytes
    }

    /// A request of so many bytes was too large: its halves are tried next.
    #[must_use]
    pub(super) fn refused(self, bytes: usize) -> Self {
        Self { bytes: self.bytes.min(bytes / 2), taken: 0 }
    }

    /// A request of so many bytes was taken. One that is far smaller proves nothing.
    #[must_use]
    pub(super) fn taken(self, bytes: usize) -> Self {
        match self.taken + 1 {
            _ if bytes <= self.bytes / 2 => self,
            TAKEN_BEFORE_MORE => Self { bytes: self.bytes.saturating_mul(2), taken: 0 },
            taken => Self { taken, ..self },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_refusal_halves_and_many_requests_of_that_size_raise_it_again() {
        let learnt = Ceiling::default().taken(9_000).refused(4_000);
        assert_eq!(learnt.bytes(), 2_000);
        assert_eq!(learnt.refused(2_000).bytes(), 1_000, "the half was too large as well");
        assert_eq!(learnt.refused(8_000).bytes(), 2_000, "it was made before that was learnt");
        let after = |count: u32, bytes| (0..count).fold(learnt, |it, _| it.taken(bytes)).bytes();
        assert_eq!(after(TAKEN_BEFORE_MORE - 1, 2_000), 2_000);
        assert_eq!(after(TAKEN_BEFORE_MORE, 2_000), 4_000);
        assert_eq!(after(10 * TAKEN_BEFORE_MORE, 1_000), 2_000, "small ones prove nothing");
    }

    proptest! {
        /// A backend with a limit, and always enough to fill a request.
        #[test]
        fn few_requests_are_sent_in_vain(limit in 1_000_usize..4_000_000, rounds in 1_u32..2_000) {
            let (mut ceiling, mut refused) = (Ceiling::default(), 0);
            for _ in 0..rounds {
                let bytes = ceiling.bytes().min(4_000_000);
                let is_taken = bytes <= limit;
                ceiling = if is_taken { ceiling.taken(bytes) } else { ceiling.refused(bytes) };
                refused += u32::from(!is_taken);
            }
            prop_assert!(refused <= 12 + rounds / TAKEN_BEFORE_MORE, "{refused} of {rounds}");
        }
    }
}
