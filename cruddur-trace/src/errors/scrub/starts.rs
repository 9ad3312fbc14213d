//! Which of a list of words may begin at a place: two table look-ups in place of one comparison a
//! word, since nearly every place of nearly every text begins none of them.

/// The first two bytes of up to 64 words, as sets of bits.
pub(super) struct Starts {
    first: [u64; 256],
    second: [u64; 256],
}

impl Starts {
    /// Of these words, each of at least two bytes, letters in lower case; `any_case` where upper
    /// case begins them as well.
    pub(super) const fn of(words: &[&str], any_case: bool) -> Self {
        let mut starts = Self { first: [0; 256], second: [0; 256] };
        let mut index = 0;
        assert!(words.len() <= 64, "one bit a word");
        while index < words.len() {
            let word = words[index].as_bytes();
            starts.first[word[0] as usize] |= 1 << index;
            starts.second[word[1] as usize] |= 1 << index;
            if any_case {
                starts.first[word[0].to_ascii_uppercase() as usize] |= 1 << index;
                starts.second[word[1].to_ascii_uppercase() as usize] |= 1 << index;
            }
            index += 1;
        }
        starts
    }

    /// The words, as bits in their order, that agree with the first two bytes here.
    #[inline]
    pub(super) fn at(&self, text: &[u8]) -> Candidates {
        let bits = match text {
            [first, second, ..] => self.first[*first as usize] & self.second[*second as usize],
            _ => 0,
        };
        Candidates(bits)
    }
}

/// Indices of the words that may begin at a place, in their order.
pub(super) struct Candidates(u64);

impl Iterator for Candidates {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let index = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_first_two_bytes() {
        const STARTS: Starts = Starts::of(&["password", "pin", "bearer "], false);
        let check = |text: &str, expected: &[usize]| {
            assert_eq!(STARTS.at(text.as_bytes()).collect::<Vec<_>>(), expected, "{text}");
        };
        check("passport", &[0]);
        check("pipe", &[1]);
        check("Pipe", &[]);
        check("be", &[2]);
        check("b", &[]);
        check("", &[]);
        const ANY_CASE: Starts = Starts::of(&["bearer "], true);
        assert_eq!(ANY_CASE.at(b"Bearer x").count(), 1);
    }
}
