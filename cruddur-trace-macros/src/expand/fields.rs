//! Fields and links: computed only where the span is recorded, borrowed, and written straight down.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::local;
use crate::args::{FieldArg, Options, Rendering, Usage};

/// What is done with a local `into` that takes fields.
pub(super) fn emit(options: &Options) -> TokenStream {
    if options.fields.is_empty() && options.links.is_none() {
        return TokenStream::new();
    }
    let into = local("into");
    let fields = options.fields.iter().map(|field| emit_one(field, &into));
    let links = options.links.as_ref().map(|links| {
        let links = &links.value;
        quote_spanned!(links.span()=> #into.links(#links);)
    });
    quote! {
        if #into.is_recording() {
            #(#fields)*
            #links
        }
    }
}

fn emit_one(field: &FieldArg, into: &Ident) -> TokenStream {
    let key = field.key_expression();
    let method = match (field.usage, field.rendering) {
        (Usage::Default, Rendering::Plain) => "field",
        (Usage::Default, Rendering::Display) => "field_display",
        (Usage::Default, Rendering::Debug) => "field_debug",
        (Usage::Indexed, Rendering::Plain) => "annotate",
        (Usage::Indexed, Rendering::Display) => "annotate_display",
        (Usage::Indexed, Rendering::Debug) => "annotate_debug",
        (Usage::Detail, Rendering::Plain) => "metadata",
        (Usage::Detail, Rendering::Display) => "metadata_display",
        (Usage::Detail, Rendering::Debug) => "metadata_debug",
    };
    let method = Ident::new(method, Span::call_site());
    let value = borrowed(&field.value);
    quote!(#into.#method(#key, #value);)
}

/// `&value`, at the value's own place, so that an error about its type points there.
fn borrowed(value: &Expr) -> TokenStream {
    let span = value.span();
    let is_tight = matches!(
        value,
        Expr::Path(_)
            | Expr::Field(_)
            | Expr::MethodCall(_)
            | Expr::Call(_)
            | Expr::Lit(_)
            | Expr::Macro(_)
            | Expr::Index(_)
            | Expr::Paren(_)
    );
    let value = value.to_token_stream();
    if is_tight { quote_spanned!(span=> &#value) } else { quote_spanned!(span=> &(#value)) }
}
