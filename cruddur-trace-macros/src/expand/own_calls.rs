//! Bodies that call their own function.
//!
//! The compiler's `unconditional_recursion` looks for calls in the function itself and not in closures.
//! A body that names its own function, and that can't leave early, gives its result without a closure.
//! That is told from tokens, and wrong only for a macro of the user's that is called as one of the
//! standard library's and hides a `return`: its result is not looked at then.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

use crate::item::Function;

/// Macros of the standard library, which never return from the function that they are in.
const MACROS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "matches",
    "panic",
    "print",
    "println",
    "stringify",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// Whether the body calls something of the function's own name and always comes to its end.
pub(super) fn is_in_place(function: &Function) -> bool {
    let mut found = Found::default();
    found.read(function.body.to_token_stream(), &function.sig.ident.to_string());
    found.calls_itself && !found.may_leave
}

#[derive(Default)]
struct Found {
    calls_itself: bool,
    may_leave: bool,
}

impl Found {
    fn read(&mut self, tokens: TokenStream, own: &str) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => self.read(group.stream(), own),
                TokenTree::Punct(punct) => self.may_leave |= punct.as_char() == '?',
                TokenTree::Ident(word) => {
                    let word = word.to_string();
                    self.calls_itself |= word == own && is_called(tokens.peek());
                    self.may_leave |= matches!(word.as_str(), "return" | "become" | "yield");
                    let is_macro = is_punct(tokens.peek(), '!');
                    self.may_leave |= is_macro && !MACROS.contains(&word.as_str()) && {
                        // `a != b` is no macro.
                        let mut ahead = tokens.clone();
                        ahead.next();
                        !is_punct(ahead.peek(), '=')
                    };
                }
                TokenTree::Literal(_) => {}
            }
        }
    }
}

/// `name(..)`, or `name::<..>(..)`.
fn is_called(next: Option<&TokenTree>) -> bool {
    let is_group = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
    next.is_some_and(is_group) || is_punct(next, ':')
}

fn is_punct(token: Option<&TokenTree>, expected: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_body_that_calls_itself_and_comes_to_its_end_stays_in_place() {
        let check = |body: &str, expected: bool| {
            let text = format!("fn f(n: u8) -> Option<u8> {{ {body} }}");
            let tokens: TokenStream = text.parse().expect("tokens");
            let function = syn::parse::Parser::parse2(Function::parse, tokens).expect("a function");
            assert_eq!(is_in_place(&function), expected, "{body}");
        };
        check("f(n)", true);
        check("if n != 1 { Self::f(n) } else { x.f::<u8>(n) }", true);
        check("println!(\"{n}\"); f(n)", true);
        check("Some(n)", false);
        check("f(n)?; None", false);
        check("if n > 1 { return None } f(n)", false);
        check("ensure!(n > 1); f(n)", false);
        check("println!(\"{}\", g(n)?); f(n)", false);
        check("let f = n; Some(f)", false);
    }
}
