//! What is asked of the result when the span ends.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use super::local;
use crate::args::{Capture, ErrorRendering, Length, Options};
use crate::item::Function;
use crate::returns::{self, Returns};

/// Whether an option looks at a result that would tell nothing by itself.
pub(super) fn looks_at_result(options: &Options) -> bool {
    let length = options.result_length.as_ref();
    options.ok_if.is_some()
        || options.error_if.is_some()
        || length.is_some_and(|length| matches!(length.value, Length::With(_)))
}

/// A function of the result and the `Ending`.
pub(super) fn emit(
    function: &Function,
    options: &Options,
    returns: Returns,
    support: &TokenStream,
) -> TokenStream {
    // What a function makes is asked by the type that it says, since inference may not have come so
    // far yet.
    let is_made = !matches!(returns, Returns::Opaque)
        && returns::hint(&function.sig.output).is_none()
        && returns != Returns::Never
        && function.sig.asyncness.is_none();
    let is_marked = options.future.is_some() || options.stream.is_some();
    let said = match &function.sig.output {
        ReturnType::Type(..) if is_made || is_marked && returns == Returns::Opaque => {
            returns::made(&function.sig.output)
        }
        ReturnType::Type(_, ty) => Some(&**ty),
        ReturnType::Default => None,
    };
    let asked = said.map_or(returns, Returns::of_type);
    let asks = match asked {
        Returns::Unit | Returns::Never => false,
        // The type may not be known, and asking would make it an error.
        Returns::Opaque
        | Returns::Future
        | Returns::Stream
        | Returns::BareFuture
        | Returns::BareStream => said.is_none() && is_marked,
        Returns::Scalar => looks_at_result(options),
        Returns::Value | Returns::Named => true,
    };
    if !asks {
        return quote!(#support::tell_nothing);
    }
    let has_nested_impl = said.is_some_and(returns::has_nested_impl);
    let hint = said.filter(|_| is_made).map(|ty| {
        let ty = returns::without_impl(ty);
        quote!(: &#ty)
    });
    let (result, ending) = (local("result"), local("ending"));
    let (value, error) = (local("value"), local("error"));
    let split = quote!(#support::parts(#result).__cruddur_parts());
    let demand = is_demanding(options).then(|| {
        let span = match &function.sig.output {
            ReturnType::Default => function.sig.ident.span(),
            ReturnType::Type(_, ty) => ty.span(),
        };
        let (support, result) = (at(support, span), at(&quote!(#result), span));
        quote_spanned!(span=> #support::must_be_result(#result);)
    });
    let length = match options.result_length.as_ref().map(|length| &length.value) {
        Some(Length::Off) => None,
        Some(Length::With(function)) => Some(quote! {
            #ending.length(#support::apply(#result, #function));
        }),
        // Items are counted.
        None if returns == Returns::Stream || options.stream.is_some() => None,
        None if has_nested_impl => None,
        None => Some(quote!(#support::length(#value).__cruddur_length(#ending);)),
    };
    let mut failure = failure(options, support);
    let is_off = options.err.as_ref().is_some_and(|err| matches!(err.value, ErrorRendering::Off));
    if let Some(report_if) = options.report_if.as_ref().filter(|_| !is_off) {
        let report_if = &report_if.value;
        failure.extend(quote!(#support::report_if(#ending, #error, #report_if);));
    }
    if let Some(ok_if) = &options.ok_if {
        let ok_if = &ok_if.value;
        failure = quote!(if !#support::apply(#result, #ok_if) { #failure });
    }
    if let Some(error_if) = &options.error_if {
        let error_if = &error_if.value;
        failure.extend(quote!(if #support::apply(#result, #error_if) {
            #support::mark_failed(#ending);
        }));
    }
    quote! {
        |#result #hint, #ending| {
            #demand
            let (#value, #error) = #split;
            #length
            #failure
        }
    }
}

fn failure(options: &Options, support: &TokenStream) -> TokenStream {
    let (ending, error) = (local("ending"), local("error"));
    let capture = options.capture.as_ref().map_or(Capture::Chain, |capture| capture.value);
    let rendering = options.err.as_ref().map(|err| &err.value);
    if rendering.is_none() && capture == Capture::Chain {
        return quote!(#support::failure(#error).__cruddur_failure(#ending););
    }
    let message = match rendering {
        None => None,
        Some(ErrorRendering::Off) => return quote!(let _ = #error;),
        Some(ErrorRendering::Display) => Some(quote!(#support::display(#error))),
        Some(ErrorRendering::Debug) => Some(quote!(#support::debug(#error))),
        Some(ErrorRendering::With(function)) => Some(quote!(#support::shown(#error, #function))),
    };
    // What isn't kept isn't asked for.
    let asked = quote!(#support::failure(#error).__cruddur_chain());
    let named = quote!(#support::named(#error));
    let chain = match (capture, message) {
        (Capture::Class, None) => named,
        (Capture::Class, Some(message)) => quote!(#named.with(#message).class_only()),
        (Capture::Message, Some(message)) => quote!(#named.with(#message)),
        (Capture::Message, None) => quote!(#asked.message_only()),
        (Capture::Chain, Some(message)) => quote!(#asked.with(#message)),
        (Capture::Chain, None) => asked,
    };
    quote!(#chain.tell(#ending);)
}

/// Whether an option is a mistake where there is no `Result`.
fn is_demanding(options: &Options) -> bool {
    let err = options.err.as_ref().is_some_and(|err| !matches!(err.value, ErrorRendering::Off));
    !options.is_inherited && (err || options.capture.is_some() || options.report_if.is_some())
}

/// The same tokens at another place, so that errors point there.
fn at(tokens: &TokenStream, place: Span) -> TokenStream {
    let moved = tokens.clone().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    moved.collect()
}
