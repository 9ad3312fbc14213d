//! Several mistakes told at once, each at its own tokens.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Error;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors {
    all: Option<Error>,
}

impl Errors {
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.all {
            Some(all) => all.combine(error),
            None => self.all = Some(error),
        }
    }

    /// A mistake in these tokens.
    pub(crate) fn at(&mut self, tokens: &impl ToTokens, message: impl std::fmt::Display) {
        self.push(Error::new_spanned(tokens, message));
    }

    pub(crate) fn at_span(&mut self, span: Span, message: impl std::fmt::Display) {
        self.push(Error::new(span, message));
    }

    pub(crate) const fn is_some(&self) -> bool {
        self.all.is_some()
    }

    pub(crate) fn into_error(self) -> Option<Error> {
        self.all
    }

    /// The mistakes as `compile_error!`s, beside the item as it was.
    pub(crate) fn beside(self, item: TokenStream) -> TokenStream {
        let mut tokens = self.all.map_or_else(TokenStream::new, |error| error.to_compile_error());
        tokens.extend(item);
        tokens
    }
}

impl Errors {
    /// The same where one expression must stay one.
    pub(crate) fn inside_of(self, expression: TokenStream) -> TokenStream {
        let inside = self.beside(expression);
        quote::quote!({ #inside })
    }
}

/// The one of `known` that was probably meant by `typed`.
pub(crate) fn did_you_mean<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().map(|candidate| (distance(typed, candidate), *candidate));
    near.filter(|(steps, candidate)| *steps <= (candidate.len() / 2).min(3))
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions and replacements between two words.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

/// `a`, `b` and `c`, each in backticks.
pub(crate) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_option_that_was_meant() {
        let check = |typed: &str, expected: Option<&str>| {
            let known = ["name", "fields", "level", "target", "result_length"];
            assert_eq!(did_you_mean(typed, &known), expected, "{typed}");
        };
        check("nmae", Some("name"));
        check("nam", Some("name"));
        check("feilds", Some("fields"));
        check("result_lenght", Some("result_length"));
        check("colour", None);
    }
}
