//! Where tokens of the expansion stand: at the user's own, where the compiler should point there.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ReturnType, Signature};

/// `impl Future<Output = T>`: of our edition, which lets it capture all lifetimes, but standing where
/// the user's type does, so that errors point there, and ending at the user's own token, so that the
/// signature is the user's for lints.
pub(super) fn future_of(sig: &Signature, support: &TokenStream) -> ReturnType {
    let (ty, start, end) = match &sig.output {
        ReturnType::Default => {
            (quote!(()), sig.paren_token.span.close(), sig.paren_token.span.close())
        }
        ReturnType::Type(_, ty) => (quote!(#ty), ty.span(), last_span(quote!(#ty), ty.span())),
    };
    let (open, close) = (quote_spanned!(ours(start)=> impl), quote_spanned!(end=> >));
    syn::parse_quote!(-> #open #support::Future<Output = #ty #close)
}

/// Where the last expression of a body begins and ends; the body itself, if there is none.
pub(super) fn tail(body: &TokenTree) -> (Span, Span) {
    let TokenTree::Group(group) = body else { return (body.span(), body.span()) };
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(it) if it.as_char() == ';');
    let start = tokens.iter().rposition(is_end).map_or(0, |end| end + 1);
    match (tokens.get(start), tokens.last()) {
        (Some(first), Some(_)) => (first.span(), last_span(group.stream(), first.span())),
        _ => (group.span_close(), group.span_close()),
    }
}

/// The same tokens elsewhere, as the expansion's.
pub(super) fn located(tokens: &TokenStream, span: Span) -> TokenStream {
    let located = tokens.clone().into_iter().map(|token| {
        let span = token.span().located_at(span);
        placed(token, span)
    });
    located.collect()
}

/// A place of the user's, but the expansion's hygiene.
pub(super) fn ours(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

pub(super) fn placed(mut token: TokenTree, span: Span) -> TokenTree {
    token.set_span(span);
    token
}

pub(super) fn last_span(tokens: TokenStream, otherwise: Span) -> Span {
    tokens.into_iter().last().map_or(otherwise, |token| match token {
        TokenTree::Group(group) => group.span_close(),
        token => token.span(),
    })
}
