//! The function's parameters, and how they are bound again inside of what is observed.
//!
//! A `move` closure would drop its captures in the order of their use. Binding *all* arguments again,
//! in the order of declaration, drops them last to first as a plain function does; rustc lowers an
//! `async fn` in the same way.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, FnArg, Pat, PatType, ReceiverKind, Signature};

use super::OURS;
use super::support::Support;
use crate::args::Given;
use crate::item::Function;
use crate::returns;

/// A signature whose parameters have names that only the expansion knows.
pub(super) struct Rebound {
    pub(super) sig: Signature,
    /// `let` by `let`, the user's own patterns.
    pub(super) binds: TokenStream,
}

/// Binds the parameters again. `outside` is an expression outside of the body, which sees the
/// arguments by their own names. In a body that stays in place those that nothing is dropped of stay as
/// they are.
pub(super) fn rebind(
    function: &Function,
    support: &Support<'_>,
    outside: Option<&Given<Expr>>,
    is_in_place: bool,
) -> Rebound {
    let used = outside.map_or_else(Vec::new, |outside| idents(outside.value.to_token_stream()));
    // That of `tracing` reads all arguments, of which it finds the new names.
    let is_read = function.has_attribute("instrument");
    let mut sig = function.sig.clone();
    let mut binds = TokenStream::new();
    let mut taken: Vec<String> = Vec::new();
    for (index, input) in sig.inputs.iter_mut().enumerate() {
        match input {
            FnArg::Receiver(receiver) => {
                // `self` can't be bound again. Where it is owned it must be captured whole, used or
                // not; a reference needs nothing.
                if !matches!(receiver.kind, ReceiverKind::Reference(..)) {
                    let this = &receiver.self_token;
                    binds.extend(quote!(let _ = &#this;));
                }
            }
            FnArg::Typed(argument) if is_in_place && returns::has_no_drop(&argument.ty) => {}
            FnArg::Typed(argument) => {
                let name = match simple(&argument.pat) {
                    Some(ident) if outside.is_some() => ident.clone(),
                    _ => name_of(argument, index, &mut taken),
                };
                bind(argument, &name, support, &mut binds);
                if let Some(ident) = simple(&argument.pat)
                    && (is_read || used.contains(ident))
                {
                    // It is used, although the body may not use it.
                    let attrs = &argument.attrs;
                    binds.extend(quote!(#(#attrs)* let _ = &#ident;));
                }
                argument.attrs.retain(|attr| attr.path().is_ident("cfg"));
                *argument.pat = Pat::Ident(syn::PatIdent {
                    attrs: Vec::new(),
                    by_ref: None,
                    mutability: None,
                    ident: name,
                    subpat: None,
                });
            }
        }
    }
    Rebound { sig, binds }
}

/// All names in an expression.
fn idents(tokens: TokenStream) -> Vec<Ident> {
    let all = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Ident(ident) => vec![ident],
        TokenTree::Group(group) => idents(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
    });
    all.collect()
}

/// The user's name where there is one, since the documentation shows it, but with the expansion's
/// hygiene.
fn name_of(argument: &PatType, index: usize, taken: &mut Vec<String>) -> Ident {
    let Some(ident) = simple(&argument.pat) else {
        let place = Span::mixed_site().located_at(argument.pat.span());
        return format_ident!("__arg{index}", span = place);
    };
    let text = ident.to_string();
    // Hygiene may tell apart two arguments of one name, and one of a name like a local of the
    // expansion's; ours would not.
    if taken.contains(&text) || text.starts_with(OURS) {
        return format_ident!("__arg{index}", span = Span::mixed_site());
    }
    taken.push(text);
    let mut name = ident.clone();
    name.set_span(Span::mixed_site().located_at(ident.span()));
    name
}

/// The name of a pattern that is a name and no more. One that begins in upper case may be a unit
/// struct's, which would be made anew where the argument is bound again.
fn simple(pattern: &Pat) -> Option<&Ident> {
    let Pat::Ident(syn::PatIdent { ident, by_ref: None, subpat: None, .. }) = pattern else {
        return None;
    };
    let is_upper = ident.unraw().to_string().starts_with(char::is_uppercase);
    (!is_upper).then_some(ident)
}

fn bind(argument: &PatType, name: &Ident, support: &Support<'_>, binds: &mut TokenStream) {
    let (attrs, pattern) = (&argument.attrs, &argument.pat);
    let mut value = name.clone();
    // Located nowhere in the user's code: lints about the use of such a name look at it otherwise.
    if simple(pattern).is_some_and(|ident| ident.to_string().starts_with('_')) {
        value.set_span(Span::mixed_site().resolved_at(name.span()));
    }
    match simple(pattern) {
        // The pattern may bind by `ref mut`, which a parameter allows and an immutable local doesn't.
        None => binds.extend(quote!(#(#attrs)* #[allow(unused_mut)] let mut #value = #value;)),
        // Clippy takes `let _a = a` for a binding without effect.
        Some(ident) if ident.to_string().starts_with('_') => {
            binds.extend(quote!(#(#attrs)* let #pattern = #support::identity(#value);));
            return;
        }
        Some(_) => {}
    }
    binds.extend(quote!(#(#attrs)* let #pattern = #value;));
}
