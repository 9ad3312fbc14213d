//! The options of `#[observe(..)]`.
//!
//! One table names them all; one loop reads them, goes on after a mistake with the next option, and
//! leaves each option with its tokens so that later checks can point at it.

mod field;
mod value;

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Expr, Ident, Path, Token, parenthesized};

pub(crate) use self::field::{FieldArg, Rendering, Usage};
pub(crate) use self::value::{Capture, ErrorRendering, Kind, Length, Level};
use crate::diagnostics::{Errors, did_you_mean, list};

/// Every option, in the order in which the list of them is shown.
pub(crate) const NAMES: &[&str] = &[
    "name",
    "fields",
    "level",
    "target",
    "kind",
    "parent",
    "links",
    "root",
    "err",
    "ok_if",
    "error_if",
    "capture",
    "report_if",
    "result_length",
    "now",
    "annotate",
    "metadata",
    "future",
    "stream",
    "skip",
    "crate",
];

/// An option's value with the place of its name.
#[derive(Clone)]
pub(crate) struct Given<T> {
    pub(crate) key: Span,
    pub(crate) value: T,
}

/// What `#[observe(..)]` was given.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<Given<Expr>>,
    pub(crate) level: Option<Given<Level>>,
    pub(crate) target: Option<Given<Expr>>,
    pub(crate) kind: Option<Given<Kind>>,
    pub(crate) parent: Option<Given<Expr>>,
    pub(crate) links: Option<Given<Expr>>,
    pub(crate) root: Option<Given<()>>,
    pub(crate) err: Option<Given<ErrorRendering>>,
    pub(crate) ok_if: Option<Given<Expr>>,
    pub(crate) error_if: Option<Given<Expr>>,
    pub(crate) capture: Option<Given<Capture>>,
    pub(crate) report_if: Option<Given<Expr>>,
    pub(crate) result_length: Option<Given<Length>>,
    pub(crate) now: Option<Given<()>>,
    pub(crate) future: Option<Given<()>>,
    pub(crate) stream: Option<Given<()>>,
    pub(crate) skip: Option<Given<()>>,
    pub(crate) krate: Option<Given<Path>>,
    /// `fields`, `annotate` and `metadata` together, in order.
    pub(crate) fields: Vec<FieldArg>,
    /// Whether some came from the `impl` block: those apply where they can, and are no mistake on a
    /// function where they can't.
    pub(crate) is_inherited: bool,
    /// The names of the options given, in order.
    pub(crate) keys: Vec<Ident>,
}

impl Options {
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = options.parse_one(input, errors) {
                    errors.push(error);
                    skip_to_comma(input)?;
                } else if !input.is_empty() && !input.peek(Token![,]) {
                    errors.push(input.error("expected `,` before the next option"));
                    skip_to_comma(input)?;
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = read.parse2(tokens) {
            errors.push(error);
        }
        options
    }

    fn parse_one(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let key = Ident::parse_any(input).map_err(|error| {
            Error::new(error.span(), format!("expected an option: {}", list(NAMES)))
        })?;
        let name = key.to_string();
        if !NAMES.contains(&name.as_str()) {
            let hint = did_you_mean(&name, NAMES)
                .map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
            let message = format!("unknown option `{name}`{hint} The options are: {}", list(NAMES));
            return Err(Error::new(key.span(), message.replace("` The", "`. The")));
        }
        if self.keys.contains(&key) {
            errors.at(&key, format!("`{name}` is given a second time"));
            return skip_to_comma(input);
        }
        let at = key.span();
        self.keys.push(key);
        match name.as_str() {
            "name" => self.name = Some(after_equals(at, input, value::name)?),
            "target" => self.target = Some(after_equals(at, input, value::name)?),
            "level" => self.level = Some(after_equals(at, input, Level::parse)?),
            "kind" => self.kind = Some(after_equals(at, input, Kind::parse)?),
            "parent" => self.parent = Some(after_equals(at, input, value::expression)?),
            "links" => self.links = Some(after_equals(at, input, value::expression)?),
            "err" => self.err = Some(after_equals(at, input, ErrorRendering::parse)?),
            "ok_if" => self.ok_if = Some(after_equals(at, input, value::expression)?),
            "error_if" => self.error_if = Some(after_equals(at, input, value::expression)?),
            "capture" => self.capture = Some(after_equals(at, input, Capture::parse)?),
            "report_if" => self.report_if = Some(after_equals(at, input, value::expression)?),
            "result_length" => self.result_length = Some(after_equals(at, input, Length::parse)?),
            "crate" => self.krate = Some(after_equals(at, input, value::path)?),
            "now" => self.now = Some(after_equals(at, input, value::off)?),
            "root" => self.root = Some(flag(at, input)?),
            "future" => self.future = Some(flag(at, input)?),
            "stream" => self.stream = Some(flag(at, input)?),
            "skip" => self.skip = Some(flag(at, input)?),
            "fields" => self.parse_fields(Usage::Default, input, errors)?,
            "annotate" => self.parse_fields(Usage::Indexed, input, errors)?,
            "metadata" => self.parse_fields(Usage::Detail, input, errors)?,
            _ => unreachable!("all of NAMES are matched"),
        }
        Ok(())
    }

    fn parse_fields(
        &mut self,
        usage: Usage,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        if !input.peek(syn::token::Paren) {
            return Err(input.error("expected a list in parentheses: `(a, %b, ?c, key = value)`"));
        }
        let content;
        parenthesized!(content in input);
        while !content.is_empty() {
            match FieldArg::parse(&content, usage) {
                Ok(field) => {
                    if self.fields.iter().any(|known| known.is_same_key(&field)) {
                        errors.at(&field.key, "this attribute is set a second time");
                    }
                    self.fields.push(field);
                }
                Err(error) => {
                    errors.push(error);
                    skip_to_comma(&content)?;
                }
            }
            if !content.is_empty() && !content.peek(Token![,]) {
                errors.push(content.error("expected `,` before the next field"));
                skip_to_comma(&content)?;
            }
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }
}

fn after_equals<T>(
    key: Span,
    input: ParseStream<'_>,
    parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<Given<T>> {
    if !input.peek(Token![=]) {
        return Err(Error::new(key, "this option needs a value: `option = value`"));
    }
    let equals = input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new_spanned(equals, "a value is missing after `=`"));
    }
    Ok(Given { key, value: parse(input)? })
}

fn flag(key: Span, input: ParseStream<'_>) -> syn::Result<Given<()>> {
    if input.peek(Token![=]) || input.peek(syn::token::Paren) {
        return Err(input.error("this option takes no value"));
    }
    Ok(Given { key, value: () })
}

/// After a mistake: on to the next option.
fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

impl Options {
    /// Takes from the options of a whole `impl` block what this function's own don't say.
    pub(crate) fn inherit(&mut self, block: &Self) {
        fn take<T: Clone>(own: &mut Option<Given<T>>, block: &Option<Given<T>>) {
            if own.is_none() {
                own.clone_from(block);
            }
        }
        take(&mut self.level, &block.level);
        take(&mut self.target, &block.target);
        take(&mut self.kind, &block.kind);
        take(&mut self.root, &block.root);
        take(&mut self.now, &block.now);
        take(&mut self.krate, &block.krate);
        take(&mut self.result_length, &block.result_length);
        take(&mut self.err, &block.err);
        take(&mut self.capture, &block.capture);
        take(&mut self.report_if, &block.report_if);
        self.is_inherited = true;
    }
}
