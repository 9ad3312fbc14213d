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

use super::local;
use super::place::{called_at, ours, output, tail};
use super::support::Support;
use crate::item::Function;
use crate::returns::{self, Returns};

/// The parts that every form is made of.
pub(super) struct Parts<'a> {
    pub(super) support: &'a Support<'a>,
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
            let block = async_block(function, &quote!(#binds #fields #body));
            return quote! {
                #support::never(#support::capture(__CruddurSite {}, #start), #block)
            };
        }
        // A fake way out gives the body its type, so that errors read as without the attribute.
        let hint = returns::hint(&function.sig.output).map(|ty| {
            let (first, last) = output(&function.sig);
            let way_out =
                called_at((first, last), support, &quote_spanned!(first=> hint::<#ty>), &quote!());
            quote_spanned!(first=> if false { return #way_out; })
        });
        let block = async_block(function, &quote!(#hint #binds #fields #body));
        self.at_tail(
            function,
            "observed",
            &quote!(#support::capture(__CruddurSite {}, #start), #block, #ending),
        )
    }

    /// The body in place, behind a guard.
    pub(super) fn guarded(&self, function: &Function) -> TokenStream {
        let Self { support, start, binds, .. } = self;
        let (fields, body, guard) = (self.fields_of_current(), &function.body, local("guard"));
        let inside = quote! {
            let #guard = #support::enter(__CruddurSite {}, #start);
            #binds
            #fields
            #body
        };
        inner_braces(function, &inside).into_token_stream()
    }

    /// The body in place, and its result looked at.
    pub(super) fn in_place(&self, function: &Function) -> TokenStream {
        let Self { support, start, binds, ending, .. } = self;
        let (fields, body) = (self.fields_of_current(), &function.body);
        let (guard, result) = (local("guard"), local("result"));
        let returned = returned(&function.sig.output);
        let value = two_braces(function, &quote!(#binds #fields #body));
        let inside = quote! {
            let mut #guard = #support::enter(__CruddurSite {}, #start);
            let #result: #returned = #value;
            // The body may never come to its end.
            #[allow(unreachable_code)]
            #support::tell(&mut #guard, &#result, #ending);
            #[allow(unreachable_code)]
            #result
        };
        inner_braces(function, &inside).into_token_stream()
    }

    /// The body in a closure, whose result is looked at.
    pub(super) fn called(&self, function: &Function) -> TokenStream {
        let Self { start, binds, ending, .. } = self;
        let (fields, body) = (self.fields_of_current(), &function.body);
        let (returned, begins) = (returned(&function.sig.output), begin(function, &quote!()));
        let inside = two_braces(function, &quote!(#binds #fields #body));
        self.at_tail(
            function,
            "call",
            &quote!(__CruddurSite {}, #start, #begins -> #returned #inside, #ending),
        )
    }

    /// The same where the type may be an alias of a boxed future or stream.
    pub(super) fn called_by_type(&self, function: &Function) -> TokenStream {
        let Self { support, binds, fields, .. } = self;
        let (body, call, into) = (&function.body, local("call"), local("into"));
        let (returned, begins) = (returned(&function.sig.output), begin(function, &quote!(#into)));
        let inside = two_braces(function, &quote!(#binds #fields #body));
        let run = self.run(function, "__cruddur_form");
        quote! {
            let #call = #support::once(#begins -> #returned #inside);
            #run
        }
    }

    /// The body makes a future or a stream, whose running is the span.
    pub(super) fn made(&self, function: &Function, what: &str) -> TokenStream {
        let Self { start, binds, fields, ending, has_fields, .. } = self;
        let (body, into) = (&function.body, local("into"));
        let begins = begin(function, &quote!(#into));
        let inside = two_braces(function, &quote!(#binds #fields #body));
        let with = if *has_fields { "_with_fields" } else { "" };
        let make = format!("make_{what}{with}");
        self.at_tail(function, &make, &quote!(__CruddurSite {}, #start, #begins #inside, #ending))
    }

    /// The same where the trait may be one of the user's own: then the span covers the call.
    pub(super) fn made_by_type(&self, function: &Function, form: &str) -> TokenStream {
        let Self { support, binds, fields, .. } = self;
        let (body, call, into) = (&function.body, local("call"), local("into"));
        let begins = begin(function, &quote!(#into));
        let inside = two_braces(function, &quote!(#binds #fields #body));
        let run = self.run(function, form);
        quote! {
            let #call = #support::once(#begins #inside);
            #run
        }
    }

    /// Runs a body that has been asked what it gives.
    fn run(&self, function: &Function, form: &str) -> TokenStream {
        let Self { support, start, ending, .. } = self;
        let (call, form) = (local("call"), Ident::new(form, Span::call_site()));
        let run = quote! {
            #call.#form().run(#call, __CruddurSite {}, #start, #ending, || #support::PhantomData)
        };
        self.at_tail(function, "identity", &run)
    }

    /// A call that gives what the function returns, which comes from the tail of the user's body.
    fn at_tail(&self, function: &Function, name: &str, arguments: &TokenStream) -> TokenStream {
        let place = tail(&function.body);
        let name = Ident::new(name, place.0);
        called_at(place, self.support, &quote!(#name), arguments)
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
    let braces = two_braces(function, inside);
    let start = match &function.body {
        TokenTree::Group(group) => group.span_open(),
        other => other.span(),
    };
    quote_spanned!(start=> async move #braces)
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

/// What stands where the user's body does, so that the function is the user's own for lints, and what
/// the compiler says of the body's closure points at the function.
pub(super) fn braces(function: &Function, inside: impl ToTokens) -> Group {
    let mut braces = Group::new(Delimiter::Brace, inside.into_token_stream());
    braces.set_span(function.body.span());
    braces
}

/// The same for something that has the user's body as its tail. What braces of the user's edition would
/// do to temporaries is settled by inner ones, of ours.
fn two_braces(function: &Function, inside: &TokenStream) -> Group {
    braces(function, inner_braces(function, inside))
}

/// Braces of our edition. They stand where the body does, at whose end arguments are dropped; but where
/// the compiler may have something to say of the value, since its type is hidden or it becomes a trait
/// object, they stand where the value does.
fn inner_braces(function: &Function, inside: &TokenStream) -> Group {
    let place = match Returns::of(&function.sig.output) {
        _ if function.sig.asyncness.is_some() => function.body.span(),
        Returns::Unit | Returns::Never | Returns::Scalar | Returns::Value => function.body.span(),
        _ => tail(&function.body).0,
    };
    let mut braces = Group::new(Delimiter::Brace, inside.clone());
    braces.set_span(ours(place));
    braces
}
