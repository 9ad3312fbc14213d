//! What `#[observe]` was put on: a view of the signature, with the body's tokens untouched.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Ident, Signature, Token, Visibility};

use crate::block::Block;

/// What the attribute can be put on.
pub(crate) enum Item {
    Function(Box<Function>),
    Block(Box<Block>),
}

/// A function or a method.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) default: Option<Ident>,
    pub(crate) sig: Signature,
    /// The user's braces and what is between them. Their edition decides when temporaries are
    /// dropped, so they are kept as they came.
    pub(crate) body: TokenTree,
}

const EXPECTED: &str = "`#[observe]`: expected a function, a method or an impl block";

pub(crate) fn parse(tokens: TokenStream) -> syn::Result<Item> {
    let read = |input: ParseStream<'_>| {
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Visibility>()?;
        let mut word = ahead.parse::<TokenTree>()?;
        let first = word.clone();
        while is_word(&word, &["default", "unsafe"]) && !ahead.is_empty() {
            word = ahead.parse()?;
        }
        if is_word(&word, &["impl"]) {
            return Block::parse(input).map(|block| Item::Block(Box::new(block)));
        }
        let others = ["struct", "enum", "union", "trait", "mod", "type", "static", "use", "auto"];
        let is_constant = is_word(&word, &["const"])
            && !(ahead.peek(Token![fn])
                || ahead.peek(Token![async])
                || ahead.peek(Token![unsafe])
                || ahead.peek(Token![extern]));
        if is_word(&word, &others) || is_constant {
            input.advance_to(&ahead);
            input.parse::<TokenStream>()?;
            return Err(Error::new_spanned(first, EXPECTED));
        }
        let starts = ["fn", "const", "async", "extern", "safe"];
        let is_block_or_crate = if is_word(&word, &["extern"]) {
            let after = ahead.fork();
            after.parse::<Option<syn::LitStr>>()?;
            after.peek(Token![crate]) || after.peek(syn::token::Brace)
        } else {
            is_word(&word, &["async"])
                && (ahead.peek(Token![move])
                    || ahead.peek(Token![|])
                    || ahead.peek(syn::token::Brace))
        };
        if is_block_or_crate || !is_word(&word, &starts) {
            input.parse::<TokenStream>()?;
            return Err(Error::new_spanned(word, EXPECTED));
        }
        Function::parse(input).map(|function| Item::Function(Box::new(function)))
    };
    read.parse2(tokens)
}

/// Whether it begins as a closure or an `async` block does.
pub(crate) fn is_expression(tokens: &TokenStream) -> bool {
    let mut tokens = tokens.clone().into_iter();
    let first = tokens.next();
    let is_async = first.as_ref().is_some_and(|first| is_word(first, &["async"]));
    let begins = |token: Option<&TokenTree>| match token {
        Some(TokenTree::Punct(punct)) => punct.as_char() == '|',
        Some(TokenTree::Group(group)) => is_async && group.delimiter() == Delimiter::Brace,
        Some(token) => is_word(token, &["move"]),
        None => false,
    };
    begins(if is_async { tokens.next() } else { first }.as_ref())
}

fn is_word(token: &TokenTree, words: &[&str]) -> bool {
    matches!(token, TokenTree::Ident(ident) if words.iter().any(|word| ident == word))
}

impl Function {
    pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let default = if is_default(input) { Some(input.parse()?) } else { None };
        let sig: Signature = input.parse()?;
        if input.peek(Token![;]) {
            let end = input.parse::<Token![;]>()?;
            input.parse::<TokenStream>()?;
            let message = "`#[observe]` needs a body to observe: put it on the implementations of this \
                           method, or give it a default body";
            return Err(Error::new_spanned(end, message));
        }
        let body = match input.parse::<TokenTree>()? {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                TokenTree::Group(without_inner_attributes(group, &mut attrs)?)
            }
            // A `$body:block` of `macro_rules!` comes in an invisible group.
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                TokenTree::Group(group)
            }
            other => return Err(Error::new_spanned(other, "expected the function's body")),
        };
        Ok(Self { attrs, vis, default, sig, body })
    }

    /// Whether it has an attribute whose path ends so.
    pub(crate) fn has_attribute(&self, name: &str) -> bool {
        self.attrs.iter().any(|attr| last_segment(attr).is_some_and(|last| last == name))
    }
}

pub(crate) fn is_default(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.parse::<Ident>().is_ok_and(|word| word == "default") && !ahead.peek(Token![!])
}

pub(crate) fn last_segment(attr: &Attribute) -> Option<&Ident> {
    attr.path().segments.last().map(|segment| &segment.ident)
}

/// Takes `#![..]` out of the body and puts it on the function, where it means the same: inside of an
/// expression's braces the compiler would refuse it.
fn without_inner_attributes(group: Group, attrs: &mut Vec<Attribute>) -> syn::Result<Group> {
    let mut start = group.stream().into_iter();
    let is_inner = matches!((start.next(), start.next()), (Some(TokenTree::Punct(hash)), Some(TokenTree::Punct(bang)))
        if hash.as_char() == '#' && bang.as_char() == '!');
    if !is_inner {
        return Ok(group);
    }
    let read = |input: ParseStream<'_>| {
        let inner = input.call(Attribute::parse_inner)?;
        Ok((inner, input.parse::<TokenStream>()?))
    };
    let (inner, rest) = read.parse2(group.stream())?;
    attrs.extend(inner.into_iter().map(|attr| Attribute { style: syn::AttrStyle::Outer, ..attr }));
    let mut stripped = Group::new(Delimiter::Brace, rest);
    stripped.set_span(group.span());
    Ok(stripped)
}

impl ToTokens for Function {
    /// The function as it was.
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attr in &self.attrs {
            attr.to_tokens(tokens);
        }
        self.vis.to_tokens(tokens);
        self.default.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}
