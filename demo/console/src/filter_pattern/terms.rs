//! Patterns of terms: `ERROR "exact phrase" -excluded ?either ?or`.

/// All of `required`, none of `excluded`, and one of `optional` if there are any.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Terms {
    required: Vec<String>,
    excluded: Vec<String>,
    optional: Vec<String>,
    /// Those that are written without quotes.
    bare: Vec<String>,
}

impl Terms {
    /// Refuses what the service would: without quotes, a term has letters, digits and `_`.
    pub(super) fn check(&self) -> Result<(), String> {
        let is_faulty = |it: &&String| it.contains(|it: char| !(it.is_alphanumeric() || it == '_'));
        match self.bare.iter().find(is_faulty) {
            Some(term) if term.starts_with('%') => {
                Err("regular expressions are not supported here".to_owned())
            }
            Some(term) => Err(format!("Invalid character(s) in term '{term}'")),
            None => Ok(()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.required.is_empty() && self.excluded.is_empty() && self.optional.is_empty()
    }

    pub(super) fn matches(&self, message: &str) -> bool {
        let has = |term: &String| message.contains(term.as_str());
        // As in the service, `?` terms are ignored beside terms that are required.
        let optional_ok =
            self.optional.is_empty() || !self.required.is_empty() || self.optional.iter().any(has);
        self.required.iter().all(has) && !self.excluded.iter().any(has) && optional_ok
    }
}

pub(super) fn parse(text: &str) -> Result<Terms, String> {
    let mut terms = Terms::default();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let sign = rest.chars().next().filter(|it| matches!(it, '-' | '?'));
        rest = &rest[sign.map_or(0, char::len_utf8)..];
        let (term, after) = if let Some(quoted) = rest.strip_prefix('"') {
            phrase(quoted)?
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            terms.bare.push(rest[..end].to_owned());
            (rest[..end].to_owned(), &rest[end..])
        };
        if term.is_empty() {
            return Err("a term is empty".to_owned());
        }
        let list = match sign {
            Some('-') => &mut terms.excluded,
            Some(_) => &mut terms.optional,
            None => &mut terms.required,
        };
        list.push(term);
        rest = after.trim_start();
    }
    Ok(terms)
}

/// A phrase up to its closing quote, and what follows; `\"` and `\\` are escapes.
pub(super) fn phrase(quoted: &str) -> Result<(String, &str), String> {
    let mut phrase = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Ok((phrase, &quoted[at + 1..])),
            '\\' => phrase.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => phrase.push(char),
        }
    }
    Err("a `\"` is not closed".to_owned())
}
