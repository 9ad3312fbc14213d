//! Beginnings of texts: what limits leave of them. No character is ever halved.

/// At most `most` bytes of a text, cut between characters.
pub(crate) fn first_bytes(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// At most `most` characters of a text.
pub(crate) fn first_chars(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_fall_between_characters() {
        let check = |text, most, bytes, chars| {
            assert_eq!((first_bytes(text, most), first_chars(text, most)), (bytes, chars));
        };
        check("añb", 4, "añb", "añb");
        check("añb", 3, "añ", "añb");
        check("añb", 2, "a", "añ");
        check("ñ", 1, "", "ñ");
        check("éé", 3, "é", "éé");
        check("éé", 1, "", "é");
        check("abc", 0, "", "");
    }
}
