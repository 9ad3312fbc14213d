//! The path of what the expansion calls.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

/// `::cruddur_trace::macro_support`, or that of the crate that the user names.
pub(super) struct Support<'a> {
    pub(super) krate: Option<&'a Path>,
}

impl Support<'_> {
    /// The path as if the user had written it there. What the compiler says of code that begins with it
    /// doesn't speak of the attribute. A path that the user has written keeps its hygiene.
    pub(super) fn at(&self, place: Span) -> TokenStream {
        match self.krate {
            Some(krate) => {
                let krate = located(krate.to_token_stream(), place);
                quote_spanned!(place=> #krate::macro_support)
            }
            None => quote_spanned!(place=> ::cruddur_trace::macro_support),
        }
    }
}

impl ToTokens for Support<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self.krate {
            Some(krate) => quote!(#krate::macro_support),
            None => quote!(::cruddur_trace::macro_support),
        });
    }
}

/// The same tokens at another place, with the hygiene that they have.
pub(super) fn located(tokens: TokenStream, place: Span) -> TokenStream {
    let located = tokens.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    located.collect()
}
