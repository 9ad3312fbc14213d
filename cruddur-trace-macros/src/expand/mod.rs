//! The expansion: one static callsite and one runtime call.
//!
//! Here it is decided which form a function takes, and its signature is put around it; the forms
//! themselves are in `forms`. An `async fn` becomes a `fn` that returns `impl Future`, so that the
//! parent is captured at the call and an argument is not stored twice. It stays an `async fn` with
//! the wrapper inside where another attribute wants to see one. A function whose result tells
//! nothing keeps its body in place behind a guard; any other body runs in a closure, so that
//! `return` and `?` in it can be seen, unless it calls its own name and can't leave early (see
//! `own_calls`). Inside, all arguments are bound again in order, which drops them as the plain
//! function would.

mod callsite;
mod ending;
mod fields;
mod forms;
mod own_calls;
mod place;
mod signature;
mod support;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::{Attribute, FnArg};

use self::forms::{Parts, braces};
use self::place::future_of;
use self::support::Support;
use crate::args::Options;
use crate::item::{Function, last_segment};
use crate::returns::{self, Returns};

/// What surrounds a function.
#[derive(Clone, Default)]
pub(crate) struct Place {
    /// The type whose `impl` block it is in, if the attribute is on the block.
    pub(crate) type_name: Option<String>,
    /// Another attribute above will want to see an `async fn`.
    pub(crate) keep_async: bool,
}

/// Attributes of the compiler and of tools, which don't care whether a function is an `async fn`.
const INDIFFERENT: &[&str] = &[
    "allow",
    "warn",
    "deny",
    "forbid",
    "expect",
    "cfg",
    "cfg_attr",
    "doc",
    "inline",
    "cold",
    "must_use",
    "deprecated",
    "track_caller",
    "target_feature",
    "no_mangle",
    "export_name",
    "link_section",
    "unsafe",
    "automatically_derived",
    "coverage",
    "optimize",
    "skip",
    "type_complexity",
    "too_many_arguments",
    "cognitive_complexity",
    "diagnostic",
];

/// A local name that code of the user's can neither see nor hide. Arguments, which keep their names
/// under the same hygiene, have none like it.
fn local(name: &str) -> Ident {
    format_ident!("{OURS}{name}", span = Span::mixed_site())
}

/// What the names of the expansion's locals begin with.
const OURS: &str = "__";

pub(crate) fn function(function: &Function, options: &Options, place: &Place) -> TokenStream {
    let support = Support { krate: options.krate.as_ref().map(|krate| &krate.value) };
    let returns = Returns::of(&function.sig.output);
    let site = callsite::emit(function, options, place, &support);
    let was_async = function.sig.asyncness.is_some();
    let is_guarded = !was_async && is_guarded(function, options, returns);
    let mut signature = signature::rebind(function, &support, options.parent.as_ref(), is_guarded);
    let parts = Parts {
        support: &support,
        start: start(options, &support),
        binds: signature.binds,
        has_fields: !options.fields.is_empty() || options.links.is_some(),
        fields: fields::emit(options),
        ending: ending::emit(function, options, returns, &support),
    };
    let body = if is_guarded {
        parts.guarded(function)
    } else if !was_async {
        sync_body(function, options, returns, &parts)
    } else {
        let future = parts.future(function, returns);
        if returns == Returns::Never {
            quote!(match #future.await {})
        } else if place.keep_async || wants_async(function) {
            quote!(#future.await)
        } else {
            signature.sig.asyncness = None;
            signature.sig.output = future_of(&function.sig, &support);
            future
        }
    };
    let braces = braces(function, quote!(#site #body));
    let (attrs, vis, default, sig) =
        (&function.attrs, &function.vis, &function.default, &signature.sig);
    let allowed = allowed(function, signature.sig.asyncness.is_some(), !is_guarded);
    quote! {
        #(#attrs)*
        #[allow(#allowed)]
        #vis #default #sig #braces
    }
}

/// Whether another attribute on it may want to see an `async fn`.
fn wants_async(function: &Function) -> bool {
    let wants = |attr: &Attribute| {
        let name = last_segment(attr).map(ToString::to_string).unwrap_or_default();
        !INDIFFERENT.contains(&name.as_str())
    };
    // Without another attribute an `async fn main` is a mistake, and told by the compiler as such.
    function.sig.ident == "main" || function.attrs.iter().any(wants)
}

/// The form of a function that is no `async fn` and whose result is looked at.
fn sync_body(
    function: &Function,
    options: &Options,
    returns: Returns,
    parts: &Parts<'_>,
) -> TokenStream {
    let is_opaque = returns::hint(&function.sig.output).is_none();
    match returns {
        Returns::Future => parts.made(function, "future"),
        Returns::Stream => parts.made(function, "stream"),
        _ if is_opaque && options.future.is_some() => parts.made(function, "future"),
        _ if is_opaque && options.stream.is_some() => parts.made(function, "stream"),
        Returns::BareFuture => parts.made_by_type(function, "__cruddur_future"),
        Returns::BareStream => parts.made_by_type(function, "__cruddur_stream"),
        Returns::Named => parts.called_by_type(function),
        _ if own_calls::is_in_place(function) => parts.in_place(function),
        _ => parts.called(function),
    }
}

/// Whether nothing need be known of what it returns, or nothing may be.
fn is_guarded(function: &Function, options: &Options, returns: Returns) -> bool {
    function.has_attribute("track_caller")
        || match returns {
            Returns::Unit | Returns::Never => true,
            Returns::Opaque => options.future.is_none() && options.stream.is_none(),
            Returns::Scalar => !ending::looks_at_result(options),
            _ => false,
        }
}

/// Lints that would speak of the expansion as if it were the user's.
fn allowed(function: &Function, is_async: bool, is_captured: bool) -> TokenStream {
    // The user's braces stand inside of ours; and no `return` of the user's could be ours.
    let mut lints = quote!(unused_braces, clippy::implicit_return);
    let was_async = function.sig.asyncness.is_some();
    if was_async || matches!(Returns::of(&function.sig.output), Returns::Future) {
        // A body that gives a future does so in an `async` block or a closure of ours.
        lints.extend(quote!(, clippy::async_yields_async, closure_returning_async_block));
    }
    if was_async && !is_async && function.has_attribute("must_use") {
        // A future must be used anyway.
        lints.extend(quote!(, clippy::double_must_use));
    }
    if matches!(&function.body, TokenTree::Group(body) if body.stream().is_empty()) {
        // An empty function may have a type parameter only for its bounds; ours is not empty.
        lints.extend(quote!(, clippy::extra_unused_type_parameters));
    }
    let is_mut_self =
        |input: &FnArg| matches!(input, FnArg::Receiver(it) if it.mutability.is_some());
    if is_captured && function.sig.inputs.first().is_some_and(is_mut_self) {
        // Of a captured `self` the compiler doesn't know that its `Drop` reads what is assigned last.
        lints.extend(quote!(, unused_assignments));
    }
    lints
}

fn start(options: &Options, support: &Support<'_>) -> TokenStream {
    if options.root.is_some() {
        quote!(#support::StartKind::Root)
    } else if let Some(parent) = &options.parent {
        let parent = &parent.value;
        quote!(#support::below(#parent))
    } else {
        quote!(#support::StartKind::Child)
    }
}
