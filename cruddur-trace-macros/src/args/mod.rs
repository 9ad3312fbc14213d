//! The options of `#[observe(..)]`.
//!
//! One table names them all; one loop reads them, goes on after a mistake with the next option, and
//! leaves each option with its tokens so that later checks can point at it.

mod field;
mod habits;
mod value;

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Expr, Ident, Path, Token, parenthesized};

pub(crate) use self::field::{FieldArg, Rendering, Usage, later};
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
        let instead = habits::instead_of_value(input);
        let key = Ident::parse_any(input).map_err(|error| {
            let expected =
                instead.unwrap_or_else(|| format!("expected an option: {}", list(NAMES)));
            Error::new(error.span(), expected)
        })?;
        let name = key.to_string();
        if !NAMES.contains(&name.as_str()) {
            return Err(Error::new(key.span(), unknown(&name)));
        }
        if self.keys.contains(&key) {
            errors.at(&key, format!("`{name}` is given a second time"));
            return skip_to_comma(input);
        }
        self.keys.push(key.clone());
        match name.as_str() {
            "name" => self.name = Some(after_equals(&key, input, value::name)?),
            "target" => self.target = Some(after_equals(&key, input, value::name)?),
            "level" => self.level = Some(after_equals(&key, input, Level::parse)?),
            "kind" => self.kind = Some(after_equals(&key, input, Kind::parse)?),
            "parent" => self.parent = Some(after_equals(&key, input, value::parent)?),
            "links" => self.links = Some(after_equals(&key, input, value::links)?),
            "err" => self.err = Some(after_equals(&key, input, ErrorRendering::parse)?),
            "ok_if" => self.ok_if = Some(after_equals(&key, input, value::of_result)?),
            "error_if" => self.error_if = Some(after_equals(&key, input, value::of_result)?),
            "capture" => self.capture = Some(after_equals(&key, input, Capture::parse)?),
            "report_if" => self.report_if = Some(after_equals(&key, input, value::of_error)?),
            "result_length" => self.result_length = Some(after_equals(&key, input, Length::parse)?),
            "crate" => self.krate = Some(after_equals(&key, input, value::path)?),
            "now" => self.now = Some(after_equals(&key, input, value::off)?),
            "root" => self.root = Some(flag(&key, input)?),
            "future" => self.future = Some(flag(&key, input)?),
            "stream" => self.stream = Some(flag(&key, input)?),
            "skip" => self.skip = Some(flag(&key, input)?),
            "fields" => self.parse_fields(&key, Usage::Default, input, errors)?,
            "annotate" => self.parse_fields(&key, Usage::Indexed, input, errors)?,
            "metadata" => self.parse_fields(&key, Usage::Detail, input, errors)?,
            _ => unreachable!("all of NAMES are matched"),
        }
        Ok(())
    }

    fn parse_fields(
        &mut self,
        option: &Ident,
        usage: Usage,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        if !input.peek(syn::token::Paren) {
            let at = if input.is_empty() { option.span() } else { input.span() };
            let message =
                format!("expected a list in parentheses: `{option}(a, %b, ?c, key = value)`");
            return Err(Error::new(at, message));
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

fn unknown(name: &str) -> String {
    let options = list(NAMES);
    if let Some(advice) = habits::instead_of(name) {
        return format!("unknown option `{name}`; {advice}. The options are: {options}");
    }
    if let Some(meant) = did_you_mean(name, NAMES) {
        return format!(
            "unknown option `{name}`; did you mean `{meant}`? The options are: {options}"
        );
    }
    format!(
        "unknown option `{name}`; attributes of the span go into `fields(..)`. The options are: \
         {options}"
    )
}

fn after_equals<T>(
    key: &Ident,
    input: ParseStream<'_>,
    parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<Given<T>> {
    if !input.peek(Token![=]) {
        return Err(Error::new(key.span(), habits::needs_value(&key.to_string())));
    }
    let equals = input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new_spanned(equals, "a value is missing after `=`"));
    }
    Ok(Given { key: key.span(), value: parse(input)? })
}

fn flag(key: &Ident, input: ParseStream<'_>) -> syn::Result<Given<()>> {
    let is_list = input.peek(syn::token::Paren);
    if input.peek(Token![=]) || is_list {
        return Err(input.error(habits::needs_no_value(&key.to_string(), is_list)));
    }
    Ok(Given { key: key.span(), value: () })
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
