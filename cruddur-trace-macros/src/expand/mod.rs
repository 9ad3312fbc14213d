//! The form of the expansion: one static callsite and one runtime call.
//!
//! An `async fn` becomes a `fn` that returns `impl Future`, so that the parent is captured at the call
//! and an argument is not stored twice. It stays an `async fn` with the wrapper inside where another
//! attribute wants to see one. A function whose result tells nothing keeps its body in place behind a
//! guard; any other body runs in a closure, so that `return` and `?` in it can be seen, unless it calls
//! its own name and can't leave early (see `own_calls`). Inside, all arguments are bound again in order,
//! which drops them as the plain function would.

mod callsite;
mod ending;
mod fields;
mod own_calls;
mod place;
mod signature;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, ReturnType};

use self::place::{future_of, located, ours, placed, tail};
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

/// The parts that every form is made of.
struct Parts<'a> {
    /// `::cruddur_trace::macro_support`.
    support: &'a TokenStream,
    start: TokenStream,
    /// Binds the arguments again.
    binds: TokenStream,
    /// Records fields and links on the span that has begun.
    fields: TokenStream,
    has_fields: bool,
    /// What is asked of the result.
    ending: TokenStream,
}

pub(crate) fn function(function: &Function, options: &Options, place: &Place) -> TokenStream {
    let support = match &options.krate {
        Some(krate) => {
            let path = &krate.value;
            quote!(#path::macro_support)
        }
        None => quote!(::cruddur_trace::macro_support),
    };
    let returns = Returns::of(&function.sig.output);
    let site = callsite::emit(function, options, place, &support);
    let mut signature =
        signature::rebind(&function.sig, &support, options.parent.as_ref().map(|it| &it.value));
    let wants_async = |attr: &Attribute| {
        let name = last_segment(attr).map(ToString::to_string).unwrap_or_default();
        !INDIFFERENT.contains(&name.as_str())
    };
    // Without another attribute an `async fn main` is a mistake, and told by the compiler as such.
    let is_main = function.sig.ident == "main";
    let keep_async = place.keep_async || is_main || function.attrs.iter().any(wants_async);
    let parts = Parts {
        support: &support,
        start: start(options, &support),
        binds: signature.binds,
        has_fields: !options.fields.is_empty() || options.links.is_some(),
        fields: fields::emit(options),
        ending: ending::emit(function, options, returns, &support),
    };

    let body = if function.sig.asyncness.is_some() {
        let future = parts.future(function, returns);
        if keep_async || returns == Returns::Never {
            if returns == Returns::Never {
                quote!(match #future.await {})
            } else {
                quote!(#future.await)
            }
        } else {
            signature.sig.asyncness = None;
            signature.sig.output = future_of(&function.sig, &support);
            future
        }
    } else if function.has_attribute("track_caller") {
        parts.guarded(function)
    } else {
        match returns {
            Returns::Future => parts.made(function, "future"),
            Returns::Stream => parts.made(function, "stream"),
            _ if returns::hint(&function.sig.output).is_none() && options.future.is_some() => {
                parts.made(function, "future")
            }
            _ if returns::hint(&function.sig.output).is_none() && options.stream.is_some() => {
                parts.made(function, "stream")
            }
            Returns::BareFuture => parts.made_by_type(function, "__cruddur_future"),
            Returns::BareStream => parts.made_by_type(function, "__cruddur_stream"),
            Returns::Unit | Returns::Never | Returns::Opaque => parts.guarded(function),
            Returns::Scalar if !ending::looks_at_result(options) => parts.guarded(function),
            Returns::Scalar | Returns::Value if own_calls::is_in_place(function) => {
                parts.in_place(function)
            }
            Returns::Scalar | Returns::Value => parts.called(function),
            Returns::Named => parts.called_by_type(function),
        }
    };
    let braces = braces(function, &quote!(#site #body));
    let (attrs, vis, default, sig) =
        (&function.attrs, &function.vis, &function.default, &signature.sig);
    let allowed = allowed(function, signature.sig.asyncness.is_some());
    quote! {
        #(#attrs)*
        #[allow(#allowed)]
        #vis #default #sig #braces
    }
}

/// Lints that would speak of the expansion as if it were the user's.
fn allowed(function: &Function, is_async: bool) -> TokenStream {
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
    lints
}

/// The whole inside of braces that stand where the user's do, so that the function is the user's own
/// for lints, and what the compiler says of the body's closure points at the function; what those braces would do to temporaries is settled by the inner ones, of our edition.
fn braces(function: &Function, inside: &TokenStream) -> Group {
    let mut braces = Group::new(Delimiter::Brace, quote!({ #inside }));
    braces.set_span(function.body.span());
    braces
}

impl Parts<'_> {
    /// `observed(site, start, async move { .. }, ending)`.
    fn future(&self, function: &Function, returns: Returns) -> TokenStream {
        let Self { support, start, binds, ending, .. } = self;
        let (fields, body) = (self.fields_of_current(), &function.body);
        if returns == Returns::Never {
            return quote! {
                #support::never(__CruddurSite {}, #start, async move { #binds #fields #body })
            };
        }
        // A fake way out gives the body its type, so that errors read as without the attribute.
        let hint = returns::hint(&function.sig.output).map(|ty| {
            let span = match &function.sig.output {
                ReturnType::Default => Span::mixed_site(),
                ReturnType::Type(_, ty) => ty.span(),
            };
            let support: TokenStream =
                support.to_token_stream().into_iter().map(|token| placed(token, span)).collect();
            quote_spanned!(span=> if false { return #support::hint::<#ty>(); })
        });
        let block = async_block(function, &quote!(#hint #binds #fields #body));
        // The value that the future gives comes from the body's tail.
        let (first, last) = tail(&function.body);
        let mut arguments =
            Group::new(Delimiter::Parenthesis, quote!(__CruddurSite {}, #start, #block, #ending));
        arguments.set_span(Span::call_site().located_at(last));
        let support = located(support, first);
        quote!(#support::observed #arguments)
    }

    /// The body in place, behind a guard.
    fn guarded(&self, function: &Function) -> TokenStream {
        let Self { support, start, binds, .. } = self;
        let (fields, body, guard) = (self.fields_of_current(), &function.body, local("guard"));
        quote! {
            let #guard = #support::enter(__CruddurSite {}, #start);
            #binds
            #fields
            #body
        }
    }

    /// The body in place, and its result looked at.
    fn in_place(&self, function: &Function) -> TokenStream {
        let Self { support, start, binds, ending, .. } = self;
        let (fields, body) = (self.fields_of_current(), &function.body);
        let (guard, result) = (local("guard"), local("result"));
        let returned = returned(&function.sig.output);
        let inside = braces(function, &quote!(#binds #fields #body));
        quote! {
            let mut #guard = #support::enter(__CruddurSite {}, #start);
            let #result: #returned = #inside;
            // The body may never come to its end.
            #[allow(unreachable_code)]
            #support::tell(&mut #guard, &#result, #ending);
            #[allow(unreachable_code)]
            #result
        }
    }

    /// The body in a closure, whose result is looked at.
    fn called(&self, function: &Function) -> TokenStream {
        let Self { support, start, binds, ending, .. } = self;
        let (fields, body) = (self.fields_of_current(), &function.body);
        let (returned, begins) = (returned(&function.sig.output), begin(function, &quote!()));
        let inside = braces(function, &quote!(#binds #fields #body));
        quote! {
            #support::call(
                __CruddurSite {},
                #start,
                #begins -> #returned #inside,
                #ending
            )
        }
    }

    /// The same where the type may be an alias of a boxed future or stream.
    fn called_by_type(&self, function: &Function) -> TokenStream {
        let Self { support, start, binds, fields, ending, .. } = self;
        let (body, call, into) = (&function.body, local("call"), local("into"));
        let (returned, begins) = (returned(&function.sig.output), begin(function, &quote!(#into)));
        let inside = braces(function, &quote!(#binds #fields #body));
        quote! {
            let #call = #support::once(#begins -> #returned #inside);
            #call.__cruddur_form().run(#call, __CruddurSite {}, #start, #ending, || #support::hint())
        }
    }

    /// The body makes a future or a stream, whose running is the span.
    fn made(&self, function: &Function, what: &str) -> TokenStream {
        let Self { support, start, binds, fields, ending, has_fields, .. } = self;
        let (body, into) = (&function.body, local("into"));
        let begins = begin(function, &quote!(#into));
        let inside = braces(function, &quote!(#binds #fields #body));
        let with = if *has_fields { "_with_fields" } else { "" };
        let make = Ident::new(&format!("make_{what}{with}"), Span::call_site());
        quote! {
            #support::#make(__CruddurSite {}, #start, #begins #inside, #ending)
        }
    }

    /// The same where the trait may be one of the user's own: then the span covers the call.
    fn made_by_type(&self, function: &Function, form: &str) -> TokenStream {
        let Self { support, start, binds, fields, ending, .. } = self;
        let (body, call, into) = (&function.body, local("call"), local("into"));
        let form = Ident::new(form, Span::call_site());
        let begins = begin(function, &quote!(#into));
        let inside = braces(function, &quote!(#binds #fields #body));
        quote! {
            let #call = #support::once(#begins #inside);
            #call.#form().run(#call, __CruddurSite {}, #start, #ending, || #support::hint())
        }
    }

    /// Fields where the span is the current one.
    fn fields_of_current(&self) -> TokenStream {
        if !self.has_fields {
            return TokenStream::new();
        }
        let Self { support, fields, .. } = self;
        let into = local("into");
        quote! {
            if #support::wants_fields::<__CruddurSite>(#support::PhantomData) {
                let #into = &mut #support::fields_of_current();
                #fields
            }
        }
    }
}

fn start(options: &Options, support: &TokenStream) -> TokenStream {
    if options.root.is_some() {
        quote!(#support::StartKind::Root)
    } else if let Some(parent) = &options.parent {
        let parent = &parent.value;
        quote!(#support::below(#parent))
    } else {
        quote!(#support::StartKind::Child)
    }
}

/// `async move { .. }` that stands where the user's body does: what the compiler says of an `async fn`
/// points there.
fn async_block(function: &Function, inside: &TokenStream) -> TokenStream {
    let braces = braces(function, inside);
    let start = match &function.body {
        TokenTree::Group(group) => group.span_open(),
        other => other.span(),
    };
    quote_spanned!(ours(start)=> async move #braces)
}

/// The beginning of the body's closure: it stands where the user's `fn` does, so that errors about
/// what the body may do point at the user's function.
fn begin(function: &Function, argument: &TokenStream) -> TokenStream {
    quote_spanned!(function.sig.fn_token.span=> move |#argument|)
}

fn returned(output: &ReturnType) -> TokenStream {
    returns::hint(output).unwrap_or_else(|| quote!(_))
}
