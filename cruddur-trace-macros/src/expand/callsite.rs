//! The static callsite of a function: a type without a value, so that it takes no room in a future.

use proc_macro2::{Literal, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use super::Place;
use super::support::Support;
use crate::args::Options;
use crate::item::Function;

pub(super) fn emit(
    function: &Function,
    options: &Options,
    place: &Place,
    support: &Support<'_>,
) -> TokenStream {
    let ident = function.sig.ident.unraw().to_string();
    let qualified = match &place.type_name {
        Some(type_name) => format!("{type_name}::{ident}"),
        None => ident,
    };
    let name = match &options.name {
        Some(name) => {
            let name = &name.value;
            quote!(#name)
        }
        None => quote!(#qualified),
    };
    let suffix = format!("::{qualified}");
    let line = Literal::u32_suffixed(line_of(function.sig.ident.span()));
    let kind = options.kind.as_ref().map(|kind| {
        let variant = proc_macro2::Ident::new(kind.value.0, Span::call_site());
        quote!(.with_kind(#support::SpanKind::#variant))
    });
    let level = options.level.as_ref().map(|level| {
        let variant = proc_macro2::Ident::new(level.value.0, Span::call_site());
        quote!(.with_level(#support::Level::#variant))
    });
    let target = options.target.as_ref().map(|target| {
        let target = &target.value;
        quote!(.with_target(#target))
    });
    let length = options.result_length.as_ref();
    let count = length.map(|_| quote!(.without_count()));
    let now = options.now.as_ref().map(|_| quote!(.without_now()));
    quote! {
        struct __CruddurSite {}
        impl #support::StaticCallsite for __CruddurSite {
            const CALLSITE: &'static #support::Callsite = &#support::Callsite::new(
                #name,
                #support::concat!(#support::module_path!(), #suffix),
                #support::module_path!(),
                #support::file!(),
                #line
            ) #kind #level #target #count #now;
        }
    }
}

/// The line of the function's name; `line!()` would give the attribute's.
fn line_of(span: Span) -> u32 {
    if proc_macro::is_available() { u32::try_from(span.unwrap().line()).unwrap_or(0) } else { 0 }
}
