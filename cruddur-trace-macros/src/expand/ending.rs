//! What is asked of the result when the span ends.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ReturnType};

use super::local;
use super::place::{called_at, last_span};
use super::support::{Support, located};
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
    support: &Support<'_>,
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
        // With the expansion's hygiene throughout, as `result` has it: else the compiler points elsewhere.
        let (support, result) = (located(quote!(#support), span), located(quote!(#result), span));
        quote_spanned!(span=> #support::must_be_result(#result);)
    });
    let length = match options.result_length.as_ref().map(|length| &length.value) {
        Some(Length::Off) => None,
        Some(Length::With(measure)) => {
            let length = put(support, "measured", measure, &quote!(#result));
            Some(quote!(#ending.length(#length);))
        }
        // Items are counted.
        None if returns == Returns::Stream || options.stream.is_some() => None,
        None if has_nested_impl => None,
        None => Some(quote!(#support::length(#value).__cruddur_length(#ending);)),
    };
    let mut failure = failure(options, support);
    let is_off = options.err.as_ref().is_some_and(|err| matches!(err.value, ErrorRendering::Off));
    if let Some(report_if) = options.report_if.as_ref().filter(|_| !is_off) {
        let report = put(support, "report_if", &report_if.value, &quote!(#ending, #error));
        failure.extend(quote!(#report;));
    }
    if let Some(ok_if) = &options.ok_if {
        let is_ok = put(support, "holds", &ok_if.value, &quote!(#result));
        failure = quote!(if !#is_ok { #failure });
    }
    if let Some(error_if) = &options.error_if {
        let is_error = put(support, "holds", &error_if.value, &quote!(#result));
        failure.extend(quote!(if #is_error { #support::mark_failed(#ending); }));
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

/// Calls what puts a question of the user's, and stands where the question does: errors about its type
/// point there.
fn put(support: &Support<'_>, name: &str, question: &Expr, arguments: &TokenStream) -> TokenStream {
    let place = (question.span(), last_span(quote!(#question), question.span()));
    let name = Ident::new(name, question.span());
    called_at(place, support, &quote!(#name), &quote!(#arguments, #question))
}

fn failure(options: &Options, support: &Support<'_>) -> TokenStream {
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
        Some(ErrorRendering::With(show)) => Some(put(support, "shown", show, &quote!(#error))),
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
