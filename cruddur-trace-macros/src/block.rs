//! `#[observe]` on a whole `impl` block: every function in it, named `Type::function`.
//!
//! Constants, types and macros in the block pass through; so do functions marked `#[observe(skip)]`
//! and `const fn`s, which can't be observed.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Meta, Signature, Token, Type, Visibility};

use crate::args::Options;
use crate::diagnostics::Errors;
use crate::expand::{self, Place};
use crate::item::{self, Function, Item, last_segment};
use crate::validate;

/// An `impl` block.
pub(crate) struct Block {
    attrs: Vec<Attribute>,
    /// From `impl` up to the braces.
    header: TokenStream,
    braces: Group,
    /// `Type`, as span names have it.
    type_name: String,
    parts: Vec<Part>,
}

enum Part {
    Function(Box<Function>),
    Other(TokenStream),
}

impl Block {
    pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let mut header = TokenStream::new();
        let braces = loop {
            match input.parse::<TokenTree>()? {
                TokenTree::Group(group)
                    if group.delimiter() == Delimiter::Brace && input.is_empty() =>
                {
                    break group;
                }
                token => token.to_tokens(&mut header),
            }
        };
        let empty: syn::ItemImpl = syn::parse2(quote!(#header {}))?;
        let parts = parse_parts.parse2(braces.stream())?;
        Ok(Self { attrs, header, braces, type_name: type_name(&empty.self_ty), parts })
    }

    pub(crate) fn expand(&self, options: &Options, errors: &mut Errors) -> TokenStream {
        validate::once(&self.attrs, errors);
        let is_async_trait = |attr| last_segment(attr).is_some_and(|last| last == "async_trait");
        let place = Place {
            type_name: Some(self.type_name.clone()),
            keep_async: self.attrs.iter().any(is_async_trait),
        };
        let mut content = TokenStream::new();
        for part in &self.parts {
            match part {
                Part::Other(tokens) => tokens.to_tokens(&mut content),
                Part::Function(function) => {
                    content.extend(expand_method(function, options, &place, errors));
                }
            }
        }
        let mut braces = Group::new(Delimiter::Brace, content);
        braces.set_span(self.braces.span());
        let (attrs, header) = (&self.attrs, &self.header);
        quote!(#(#attrs)* #header #braces)
    }
}

fn expand_method(
    function: &Function,
    of_block: &Options,
    place: &Place,
    errors: &mut Errors,
) -> TokenStream {
    let (own, attrs): (Vec<_>, Vec<_>) =
        function.attrs.iter().cloned().partition(validate::is_observe);
    let function = Function {
        attrs,
        vis: function.vis.clone(),
        default: function.default.clone(),
        sig: function.sig.clone(),
        body: function.body.clone(),
    };
    let mut options = Options::default();
    if let Some(marker) = own.first() {
        let tokens = match &marker.meta {
            Meta::List(list) => list.tokens.clone(),
            _ => TokenStream::new(),
        };
        options = Options::parse(tokens, errors);
    }
    if options.skip.is_some() || function.sig.constness.is_some() && own.is_empty() {
        return function.to_token_stream();
    }
    let mut found = Errors::default();
    validate::once(own.get(1..).unwrap_or_default(), &mut found);
    validate::function(&function, &options, &mut found);
    let is_wrong = found.is_some();
    if let Some(error) = found.into_error() {
        errors.push(error);
    }
    if is_wrong {
        return function.to_token_stream();
    }
    options.inherit(of_block);
    expand::function(&function, &options, place)
}

fn parse_parts(input: ParseStream<'_>) -> syn::Result<Vec<Part>> {
    let mut parts = Vec::new();
    while !input.is_empty() {
        if is_function(input) {
            parts.push(Part::Function(Box::new(Function::parse(input)?)));
        } else {
            parts.push(Part::Other(parse_other(input)?));
        }
    }
    Ok(parts)
}

fn is_function(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let start = ahead.call(Attribute::parse_outer).and_then(|_| ahead.parse::<Visibility>());
    if start.is_err() || item::is_default(&ahead) && ahead.parse::<TokenTree>().is_err() {
        return false;
    }
    if ahead.peek(Token![const])
        && !(ahead.peek2(Token![fn])
            || ahead.peek2(Token![async])
            || ahead.peek2(Token![unsafe])
            || ahead.peek2(Token![extern]))
    {
        return false;
    }
    ahead.parse::<Signature>().is_ok()
}

/// A constant or a type up to its `;`, or a macro up to that or its braces.
fn parse_other(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    let mut is_macro = false;
    while !input.is_empty() {
        let token = input.parse::<TokenTree>()?;
        let is_bang = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '!');
        let is_end = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => is_macro && group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        token.to_tokens(&mut tokens);
        if is_end {
            return Ok(tokens);
        }
        is_macro = is_bang;
    }
    Ok(tokens)
}

/// `Type` of `impl<T> path::Type<T>`.
fn type_name(ty: &Type) -> String {
    match ty {
        Type::Path(path) => {
            let last = path.path.segments.last();
            last.map_or_else(String::new, |last| last.ident.unraw().to_string())
        }
        Type::Group(group) => type_name(&group.elem),
        Type::Paren(paren) => type_name(&paren.elem),
        Type::Reference(reference) => type_name(&reference.elem),
        other => other.to_token_stream().to_string().replace(' ', ""),
    }
}

/// A function or a block without any further `#[observe(..)]`, which would only tell the same mistakes
/// once more; anything else as it is.
pub(crate) fn without_markers(tokens: TokenStream) -> TokenStream {
    let block = match item::parse(tokens.clone()) {
        Ok(Item::Block(block)) => block,
        Ok(Item::Function(mut function)) => {
            function.attrs.retain(|attr| !validate::is_observe(attr));
            return function.to_token_stream();
        }
        Err(_) => return tokens,
    };
    let mut content = TokenStream::new();
    for part in block.parts {
        match part {
            Part::Other(tokens) => tokens.to_tokens(&mut content),
            Part::Function(mut function) => {
                function.attrs.retain(|attr| !validate::is_observe(attr));
                function.to_tokens(&mut content);
            }
        }
    }
    let attrs = block.attrs.into_iter().filter(|attr| !validate::is_observe(attr));
    let header = block.header;
    quote!(#(#attrs)* #header { #content })
}
