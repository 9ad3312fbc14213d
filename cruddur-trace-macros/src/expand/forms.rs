//! The forms that a body is run in, one method each.
//!
//! | Form | Where |
//! |---|---|
//! | [`future`](Parts::future) | an `async fn`: its body is the future that is observed |
//! | [`guarded`](Parts::guarded) | the result tells nothing: the body stays in place behind a guard |
//! | [`in_place`](Parts::in_place) | the body calls its own name and can't leave early (see `own_calls`) |
//! | [`called`](Parts::called) | the result is looked at: the body runs in a closure |
//! | [`called_by_type`](Parts::called_by_type) | the same where the type may hide a boxed future or stream |
//! | [`made`](Parts::made) | the body makes an `impl Future` or `impl Stream` |
//! | [`made_by_type`](Parts::made_by_type) | the same where the trait may be one of the user's own |
//!
//! Which one a function takes is decided in the module above; what goes into them comes from the
//! modules beside this one.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use super::local;
use super::place::{located, ours, placed, tail};
use crate::item::Function;
use crate::returns::{self, Returns};

/// The parts that every form is made of.
pub(super) struct Parts<'a> {
    /// `::cruddur_trace::macro_support`.
    pub(super) support: &'a TokenStream,
    pub(super) start: TokenStream,
    /// Binds the arguments again.
    pub(super) binds: TokenStream,
    /// Records fields and links on the span that has begun.
    pub(super) fields: TokenStream,
    pub(super) has_fields: bool,
    /// What is asked of the result.
    pub(super) ending: TokenStream,
}

impl Parts<'_> {
    /// `observed(capture(site, start), async move { .. }, ending)`.
    pub(super) fn future(&self, function: &Function, returns: Returns) -> TokenStream {
        let Self { support, start, binds, ending, .. } = self;
        let (fields, body) = (self.fields_of_current(), &function.body);
        if returns == Returns::Never {
            return quote! {
                #support::never(
                    #support::capture(__CruddurSite {}, #start),
                    async move { #binds #fields #body }
                )
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
        let mut arguments = Group::new(
            Delimiter::Parenthesis,
            quote!(#support::capture(__CruddurSite {}, #start), #block, #ending),
        );
        arguments.set_span(Span::call_site().located_at(last));
        let support = located(support, first);
        quote!(#support::observed #arguments)
    }

    /// The body in place, behind a guard.
    pub(super) fn guarded(&self, function: &Function) -> TokenStream {
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
    pub(super) fn in_place(&self, function: &Function) -> TokenStream {
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
    pub(super) fn called(&self, function: &Function) -> TokenStream {
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
    pub(super) fn called_by_type(&self, function: &Function) -> TokenStream {
        let Self { support, start, binds, fields, ending, .. } = self;
        let (body, call, into) = (&function.body, local("call"), local("into"));
        let (returned, begins) = (returned(&function.sig.output), begin(function, &quote!(#into)));
        let inside = braces(function, &quote!(#binds #fields #body));
        quote! {
            let #call = #support::once(#begins -> #returned #inside);
            #call.__cruddur_form().run(#call, __CruddurSite {}, #start, #ending, || #support::PhantomData)
        }
    }

    /// The body makes a future or a stream, whose running is the span.
    pub(super) fn made(&self, function: &Function, what: &str) -> TokenStream {
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
    pub(super) fn made_by_type(&self, function: &Function, form: &str) -> TokenStream {
        let Self { support, start, binds, fields, ending, .. } = self;
        let (body, call, into) = (&function.body, local("call"), local("into"));
        let form = Ident::new(form, Span::call_site());
        let begins = begin(function, &quote!(#into));
        let inside = braces(function, &quote!(#binds #fields #body));
        quote! {
            let #call = #support::once(#begins #inside);
            #call.#form().run(#call, __CruddurSite {}, #start, #ending, || #support::PhantomData)
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
/// what the body may do point at the user's function. What lints say of its type they say of the
/// function's, too, unless it implements a trait's, whose type is not its own.
fn begin(function: &Function, argument: &TokenStream) -> TokenStream {
    let closure = quote_spanned!(function.sig.fn_token.span=> move |#argument|);
    quote!(#[allow(clippy::result_large_err, clippy::type_complexity)] #closure)
}

fn returned(output: &ReturnType) -> TokenStream {
    returns::hint(output).unwrap_or_else(|| quote!(_))
}

/// The whole inside of braces that stand where the user's do, so that the function is the user's own
/// for lints, and what the compiler says of the body's closure points at the function. What those
/// braces would do to temporaries is settled by the inner ones, of our edition.
pub(super) fn braces(function: &Function, inside: &TokenStream) -> Group {
    let mut braces = Group::new(Delimiter::Brace, quote!({ #inside }));
    braces.set_span(function.body.span());
    braces
}
