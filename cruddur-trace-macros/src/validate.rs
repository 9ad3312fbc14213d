//! What can't work, said before anything is expanded.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, FnArg, Ident, ReturnType};

use crate::args::{ErrorRendering, Given, Length, Options, later};
use crate::diagnostics::{Errors, did_you_mean};
use crate::item::{Function, last_segment};
use crate::returns::Returns;

/// Options of a whole `impl` block; the others belong to one function.
const OF_BLOCKS: &[&str] = &[
    "level",
    "target",
    "kind",
    "root",
    "err",
    "capture",
    "report_if",
    "result_length",
    "now",
    "crate",
    "skip",
];

pub(crate) fn block(options: &Options, errors: &mut Errors) {
    for key in &options.keys {
        if !OF_BLOCKS.contains(&key.to_string().as_str()) {
            errors.at(key, format!("`{key}` belongs on one function, not on a whole impl block"));
        }
    }
}

pub(crate) fn function(function: &Function, options: &Options, errors: &mut Errors) {
    if let Some(skip) = &options.skip
        && options.keys.len() > 1
    {
        errors.at_span(skip.key, "`skip` leaves the function alone: other options have no effect");
        return;
    }
    if options.skip.is_some() {
        return;
    }
    once(&function.attrs, errors);
    arguments(function, options, errors);
    if let Some(constness) = &function.sig.constness {
        let message = "`#[observe]` can't be put on a `const fn`, which may run at compile time";
        errors.at(constness, message);
    }
    if let (Some(_), Some(parent)) = (&options.root, &options.parent) {
        errors.at_span(parent.key, "a `root` has no `parent`: use `links`");
    }
    if let (Some(_), Some(stream)) = (&options.future, &options.stream) {
        errors.at_span(stream.key, "`future` and `stream` exclude each other");
    }
    let returns = Returns::of(&function.sig.output);
    if function.sig.asyncness.is_some() {
        for given in [&options.future, &options.stream].into_iter().flatten() {
            errors.at_span(given.key, "an `async fn` is covered while it runs without this option");
        }
    } else if matches!(returns, Returns::Unit | Returns::Never | Returns::Scalar | Returns::Value) {
        for given in [&options.future, &options.stream].into_iter().flatten() {
            errors.at_span(given.key, "this function returns neither a future nor a stream");
        }
    } else if returns == Returns::Named {
        for given in [&options.future, &options.stream].into_iter().flatten() {
            let message = "this option is for functions that return `impl ..`: a boxed future or \
                           stream is seen without it, and any other type is a value";
            errors.at_span(given.key, message);
        }
    }
    outcome(function, options, returns, errors);
}

/// Each function once: a second attribute would make a second span of every call.
pub(crate) fn once(attrs: &[Attribute], errors: &mut Errors) {
    for second in attrs.iter().filter(|attr| is_observe(attr)) {
        errors.at(second, "`#[observe]` is here a second time: put all options into one");
    }
}

/// Whether it is this attribute, as far as its path tells.
pub(crate) fn is_observe(attr: &Attribute) -> bool {
    last_segment(attr).is_some_and(|last| last == "observe")
}

/// A name alone is an argument's (or a constant's).
fn arguments(function: &Function, options: &Options, errors: &mut Errors) {
    let patterns = function.sig.inputs.iter().map(|input| match input {
        FnArg::Receiver(receiver) => receiver.to_token_stream(),
        FnArg::Typed(argument) => argument.pat.to_token_stream(),
    });
    let patterns: Vec<String> = patterns.flat_map(words).collect();
    if patterns.iter().any(|word| word == "!") {
        return;
    }
    for field in options.fields.iter().filter(|field| field.is_bare) {
        let Some(name) = syn::parse2::<Ident>(field.key.clone()).ok().map(|it| it.to_string())
        else {
            continue;
        };
        let is_constant = name.contains(|letter: char| letter.is_uppercase());
        if !is_constant && !patterns.contains(&name) {
            let known: Vec<&str> = patterns.iter().map(String::as_str).collect();
            let instead = match did_you_mean(&name, &known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("write `{name} = value`, or {}", later(&name)),
            };
            let message = format!("this function has no argument `{name}`: {instead}");
            errors.at(&field.key, message);
        }
    }
}

/// All names in a pattern, and `!` where a macro may make more.
fn words(tokens: TokenStream) -> Vec<String> {
    let all = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Ident(ident) => vec![ident.to_string()],
        TokenTree::Group(group) => words(group.stream()),
        TokenTree::Punct(punct) if punct.as_char() == '!' => vec!["!".to_owned()],
        TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
    });
    all.collect()
}

/// Options that look at the result.
fn outcome(function: &Function, options: &Options, returns: Returns, errors: &mut Errors) {
    let err = options.err.as_ref().filter(|err| !matches!(err.value, ErrorRendering::Off));
    let of_errors = [
        err.map(|given| ("err", given.key)),
        key("capture", options.capture.as_ref()),
        key("report_if", options.report_if.as_ref()),
    ];
    let length = options.result_length.as_ref().filter(|it| matches!(it.value, Length::With(_)));
    let of_results = [
        key("ok_if", options.ok_if.as_ref()),
        key("error_if", options.error_if.as_ref()),
        length.map(|given| ("result_length", given.key)),
    ];
    if let (Some(given), Some(report_if), false) =
        (&options.err, &options.report_if, options.is_inherited)
        && matches!(given.value, ErrorRendering::Off)
    {
        errors.at_span(report_if.key, "with `err = off` there is no error that could be reported");
    }
    let is_sync = function.sig.asyncness.is_none();
    if is_sync && function.has_attribute("track_caller") {
        for (name, at) in of_errors.into_iter().chain(of_results).flatten() {
            let message = format!(
                "`{name}` needs to see the result, and that would change the location which \
                 `#[track_caller]` reports"
            );
            errors.at_span(at, message);
        }
        return;
    }
    if returns.is_surely_no_result() {
        for (name, at) in of_errors.into_iter().flatten() {
            let message = format!("`{name}` needs a function that returns a `Result`");
            match &function.sig.output {
                ReturnType::Default => errors.at_span(at, message),
                ReturnType::Type(_, ty) => errors.at(&ty.to_token_stream(), message),
            }
        }
    }
    if matches!(returns, Returns::Unit | Returns::Never | Returns::Opaque) {
        for (name, at) in of_results.into_iter().flatten() {
            errors.at_span(at, format!("`{name}` needs a result that it can look at"));
        }
    }
}

fn key<T>(
    name: &'static str,
    given: Option<&Given<T>>,
) -> Option<(&'static str, proc_macro2::Span)> {
    given.map(|given| (name, given.key))
}
