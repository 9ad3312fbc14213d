//! Where tokens of the expansion stand: at the user's own, where the compiler should point there.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ReturnType, Signature};

use super::support::Support;

/// `impl Future<Output = T>`: of our edition, which lets it capture all lifetimes, but standing where
/// the user's type does, so that errors point there, and ending at the user's own token, so that the
/// signature is the user's for lints.
pub(super) fn future_of(sig: &Signature, support: &Support<'_>) -> ReturnType {
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

/// `support::name(arguments)` that begins and ends at tokens of the user's.
pub(super) fn called_at(
    (first, last): (Span, Span),
    support: &Support<'_>,
    name: &TokenStream,
    arguments: &TokenStream,
) -> TokenStream {
    let support = support.at(first);
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments.clone());
    arguments.set_span(last);
    quote_spanned!(first=> #support::#name #arguments)
}

/// Where the type that the function returns begins and ends; the end of its arguments, if it has none.
pub(super) fn output(sig: &Signature) -> (Span, Span) {
    match &sig.output {
        ReturnType::Default => (sig.paren_token.span.close(), sig.paren_token.span.close()),
        ReturnType::Type(_, ty) => (ty.span(), last_span(quote!(#ty), ty.span())),
    }
}

/// A place of the user's, but the expansion's hygiene.
pub(super) fn ours(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

pub(super) fn last_span(tokens: TokenStream, otherwise: Span) -> Span {
    tokens.into_iter().last().map_or(otherwise, |token| match token {
        TokenTree::Group(group) => group.span_close(),
        token => token.span(),
    })
}
