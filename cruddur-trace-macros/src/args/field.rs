//! One attribute of a span: `a`, `%b`, `?c`, `key = value`, `"dotted.key" = %value`, `{KEY} = value`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, LitStr, Token, braced, token};

/// What a backend that tells searchable from descriptive data makes of an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    Default,
    Indexed,
    Detail,
}

/// How a value is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rendering {
    Plain,
    Display,
    Debug,
}

/// An attribute that the span gets when it begins.
pub(crate) struct FieldArg {
    /// As it was written.
    pub(crate) key: TokenStream,
    /// The key's text; `None` for a constant.
    pub(crate) text: Option<String>,
    pub(crate) rendering: Rendering,
    pub(crate) value: Expr,
    pub(crate) usage: Usage,
    /// Its name alone is given, which stands for the argument.
    pub(crate) is_bare: bool,
}

/// Names that Honeycomb computes, and lets an attribute of the same name overwrite; and those that
/// belong to the services themselves.
/// Source: docs.honeycomb.io, "Reserved fields" and "Send Data with OpenTelemetry"; AWS X-Ray,
/// "Segment documents" (metadata keys that begin with `AWS.`), read 2026-11.
const RESERVED: &[&str] = &[
    "duration_ms",
    "name",
    "error",
    "trace.trace_id",
    "trace.parent_id",
    "trace.span_id",
    "type",
    "SampleRate",
];
const RESERVED_PREFIXES: &[&str] = &["meta.", "AWS."];

/// The longest key of an X-Ray annotation, in bytes.
/// Source: AWS X-Ray developer guide, "Segment documents", read 2026-11.
const MAX_ANNOTATION_KEY: usize = 500;

impl FieldArg {
    pub(crate) fn parse(input: ParseStream<'_>, usage: Usage) -> syn::Result<Self> {
        before_key(input)?;
        let before = rendering(input)?;
        let (key, text, bare) = parse_key(input)?;
        if let Some(text) = &text {
            check_key(&key, text, usage)?;
        }
        after_key(input, &key)?;
        if !input.peek(Token![=]) {
            let value = bare.ok_or_else(|| {
                Error::new_spanned(&key, "this attribute needs a value: `key = value`")
            })?;
            let rendering = before.unwrap_or(Rendering::Plain);
            return Ok(Self { key, text, rendering, value, usage, is_bare: true });
        }
        let equals = input.parse::<Token![=]>()?;
        if before.is_some() {
            return Err(Error::new_spanned(
                key,
                "write `%` or `?` before the value: `key = %value`",
            ));
        }
        let rendering = rendering(input)?.unwrap_or(Rendering::Plain);
        if input.is_empty() || input.peek(Token![,]) {
            return Err(Error::new_spanned(equals, "a value is missing after `=`"));
        }
        let value: Expr = input.parse()?;
        check_value(&value, text.as_deref())?;
        Ok(Self { key, text, rendering, value, usage, is_bare: false })
    }

    /// Whether both would set the same attribute.
    pub(crate) fn is_same_key(&self, other: &Self) -> bool {
        self.text.is_some() && self.text == other.text
    }

    /// The key as an expression of a `&'static str`.
    pub(crate) fn key_expression(&self) -> TokenStream {
        self.text.as_ref().map_or_else(|| self.key.clone(), ToTokens::to_token_stream)
    }
}

/// What some write before a name.
fn before_key(input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(Token![&]) {
        return Err(input.error("values are borrowed anyway: leave `&` out"));
    }
    if input.peek(Token![..]) || input.peek(Token![*]) {
        return Err(input.error("arguments are recorded one by one, by name: `fields(a, %b, ?c)`"));
    }
    Ok(())
}

/// What some write after a name instead of ` = value`.
fn after_key(input: ParseStream<'_>, key: &TokenStream) -> syn::Result<()> {
    if input.peek(token::Paren) {
        let message = format!("name the attribute: `key = {}(..)`", path_of(key));
        return Err(Error::new_spanned(key, message));
    }
    if input.peek(Token![::]) || input.peek(token::Bracket) || input.peek(Token![!]) {
        return Err(Error::new_spanned(key, "name the attribute: `key = value`"));
    }
    if input.peek(Token![:]) || input.peek(Token![==]) {
        let message = format!("a value is given by `=`: `{} = value`", path_of(key));
        return Err(input.error(message));
    }
    Ok(())
}

/// A key as it was written.
fn path_of(key: &TokenStream) -> String {
    key.to_string().replace(' ', "")
}

/// `tracing` declares so an attribute that is set later; here it needs no declaration.
fn check_value(value: &Expr, text: Option<&str>) -> syn::Result<()> {
    let Expr::Path(path) = value else { return Ok(()) };
    let mut names = path.path.segments.iter().rev().map(|segment| &segment.ident);
    let is_empty = names.next().is_some_and(|last| last == "Empty");
    if is_empty && names.next().is_some_and(|before| before == "field") {
        return Err(Error::new_spanned(value, later(text.unwrap_or("key"))));
    }
    Ok(())
}

/// How an attribute is set that isn't known yet.
pub(crate) fn later(key: &str) -> String {
    format!(
        "leave the attribute out here, and set it when it is known: \
         `cruddur_trace::set_attribute({key:?}, value)`"
    )
}

fn rendering(input: ParseStream<'_>) -> syn::Result<Option<Rendering>> {
    if input.peek(Token![%]) {
        input.parse::<Token![%]>()?;
        Ok(Some(Rendering::Display))
    } else if input.peek(Token![?]) {
        input.parse::<Token![?]>()?;
        Ok(Some(Rendering::Debug))
    } else {
        Ok(None)
    }
}

/// The key as written, its text, and the value that it stands for if none follows.
fn parse_key(input: ParseStream<'_>) -> syn::Result<(TokenStream, Option<String>, Option<Expr>)> {
    if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        let text = literal.value();
        return Ok((literal.to_token_stream(), Some(text), None));
    }
    if input.peek(token::Brace) {
        let content;
        let braces = braced!(content in input);
        let constant: Expr = content.parse()?;
        if !content.is_empty() {
            return Err(Error::new(braces.span.join(), "expected one constant in braces"));
        }
        return Ok((constant.to_token_stream(), None, None));
    }
    if !input.peek(Ident::peek_any) {
        let expected =
            "expected a field: `a`, `%b`, `?c`, `key = value` or `\"dotted.key\" = value`";
        return Err(input.error(expected));
    }
    let first = Ident::parse_any(input)?;
    let mut text = first.unraw().to_string();
    let mut tokens = quote!(#first);
    while input.peek(Token![.]) {
        let dot = input.parse::<Token![.]>()?;
        let next = Ident::parse_any(input)?;
        text = format!("{text}.{}", next.unraw());
        tokens.extend(quote!(#dot #next));
    }
    let is_alone = input.is_empty() || input.peek(Token![,]);
    if is_alone && first == "self" {
        let message = "name the attribute: `key = self.field`";
        return Err(Error::new_spanned(&tokens, message));
    }
    let bare = syn::parse2(tokens.clone()).ok();
    Ok((tokens, Some(text), bare))
}

fn check_key(key: &TokenStream, text: &str, usage: Usage) -> syn::Result<()> {
    let refuse = |why: String| Err(Error::new_spanned(key, why));
    if text.is_empty() {
        return refuse("an attribute's name must not be empty".to_owned());
    }
    if RESERVED.contains(&text) || RESERVED_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
        return refuse(format!(
            "`{text}` is reserved: backends compute it themselves, and the attribute would overwrite \
             or lose it; choose another name, such as `app.{}`",
            text.rsplit('.').next().unwrap_or(text),
        ));
    }
    let is_word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if usage == Usage::Indexed && (!is_word || text.len() > MAX_ANNOTATION_KEY) {
        return refuse(format!(
            "X-Ray would refuse this annotation: a key has 1 to {MAX_ANNOTATION_KEY} letters, digits \
             and `_`",
        ));
    }
    Ok(())
}
