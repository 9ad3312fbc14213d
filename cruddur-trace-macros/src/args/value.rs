//! The values that an option may have: each parser says at the value what it accepts.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, Lit, Path};

/// How much detail a span is.
#[derive(Clone, Copy)]
pub(crate) struct Level(pub(crate) &'static str);

/// What part a span plays.
#[derive(Clone, Copy)]
pub(crate) struct Kind(pub(crate) &'static str);

/// How an error becomes text.
#[derive(Clone)]
pub(crate) enum ErrorRendering {
    Off,
    Display,
    Debug,
    /// A function from the error to something that can be displayed.
    With(Expr),
}

/// How much of an error is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capture {
    Class,
    Message,
    Chain,
}

/// Where a result's length comes from.
#[derive(Clone)]
pub(crate) enum Length {
    Off,
    /// A function from the result to its length.
    With(Expr),
}

/// A function of the result.
pub(crate) fn of_result(input: ParseStream<'_>) -> syn::Result<Expr> {
    not_a_literal(input, "a function of the result, such as `Result::is_ok`")
}

/// A function of the error.
pub(crate) fn of_error(input: ParseStream<'_>) -> syn::Result<Expr> {
    not_a_literal(input, "a function of the error, such as `|error| error.is_fatal()`")
}

pub(crate) fn parent(input: ParseStream<'_>) -> syn::Result<Expr> {
    not_a_literal(input, "a trace context, a trace link or a remote parent")
}

pub(crate) fn links(input: ParseStream<'_>) -> syn::Result<Expr> {
    not_a_literal(input, "a list of links, such as `[context]`")
}

fn not_a_literal(input: ParseStream<'_>, expected: &str) -> syn::Result<Expr> {
    let value = input.parse()?;
    is_function(&value, expected)?;
    Ok(value)
}

pub(crate) fn path(input: ParseStream<'_>) -> syn::Result<Path> {
    let start = input.span();
    input
        .call(Path::parse_mod_style)
        .map_err(|_| Error::new(start, "expected a path: `crate = my::path`"))
}

/// A literal, or a constant's path.
pub(crate) fn name(input: ParseStream<'_>) -> syn::Result<Expr> {
    let value: Expr = input.parse()?;
    let is_text = match peeled(&value) {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) if text.value().is_empty() => {
                return Err(Error::new_spanned(&value, "this must not be empty"));
            }
            literal => matches!(literal, Lit::Str(_)),
        },
        Expr::Path(path) => {
            if let Some(word) = path.path.get_ident().filter(|word| is_unlike_a_constant(word)) {
                let message = format!("put the text in quotes: `\"{word}\"`, or give a constant");
                return Err(Error::new_spanned(&value, message));
            }
            true
        }
        Expr::Macro(call) if call.mac.path.is_ident("format") => {
            let message = "this is the same text for all calls, a literal or a constant: put what \
                           differs into `fields(..)`";
            return Err(Error::new_spanned(&value, message));
        }
        Expr::Macro(_) | Expr::Block(_) => true,
        _ => false,
    };
    if is_text {
        Ok(value)
    } else {
        Err(Error::new_spanned(&value, "expected a string literal or a constant `&'static str`"))
    }
}

/// Nobody calls a constant so.
fn is_unlike_a_constant(word: &Ident) -> bool {
    !word.to_string().contains(|letter: char| letter.is_uppercase())
}

pub(crate) fn off(input: ParseStream<'_>) -> syn::Result<()> {
    match word(&input.parse()?) {
        Ok(word) if word == "off" => Ok(()),
        Ok(_) => Err(input.error("expected `off`")),
        Err(value) => Err(Error::new_spanned(value, "expected `off`")),
    }
}

impl Level {
    pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let words = [
            ("error", "Error"),
            ("warn", "Warn"),
            ("info", "Info"),
            ("debug", "Debug"),
            ("trace", "Trace"),
        ];
        one_of(input, &words, "`error`, `warn`, `info`, `debug` or `trace`").map(Self)
    }
}

impl Kind {
    pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let words = [
            ("internal", "Internal"),
            ("server", "Server"),
            ("client", "Client"),
            ("producer", "Producer"),
            ("consumer", "Consumer"),
        ];
        one_of(input, &words, "`internal`, `server`, `client`, `producer` or `consumer`").map(Self)
    }
}

impl Capture {
    pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let words = [("class", "class"), ("message", "message"), ("chain", "chain")];
        let word = one_of(input, &words, "`class`, `message` or `chain`")?;
        Ok(match word {
            "class" => Self::Class,
            "message" => Self::Message,
            _ => Self::Chain,
        })
    }
}

impl ErrorRendering {
    pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let value: Expr = input.parse()?;
        Ok(match word(&value).as_deref() {
            Ok("off") => Self::Off,
            Ok("Display") => Self::Display,
            Ok("Debug") => Self::Debug,
            _ => {
                is_function(&value, "`Display`, `Debug`, `off`, or a function of the error")?;
                Self::With(value)
            }
        })
    }
}

impl Length {
    pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let value: Expr = input.parse()?;
        if word(&value).is_ok_and(|word| word == "off") {
            return Ok(Self::Off);
        }
        if word(&value).is_ok_and(|word| matches!(&*word, "on" | "true" | "auto")) {
            return Err(Error::new_spanned(&value, super::habits::LENGTH));
        }
        is_function(&value, "`off`, or a function of the result such as `|result| result.len()`")?;
        Ok(Self::With(value))
    }
}

fn is_function(value: &Expr, expected: &str) -> syn::Result<()> {
    match peeled(value) {
        Expr::Lit(_) => Err(Error::new_spanned(value, format!("expected {expected}"))),
        _ => Ok(()),
    }
}

fn one_of(
    input: ParseStream<'_>,
    words: &[(&str, &'static str)],
    expected: &str,
) -> syn::Result<&'static str> {
    let value: Expr = input.parse()?;
    let typed = word(&value).map(|word| word.to_lowercase());
    let found = typed.ok().and_then(|typed| words.iter().find(|(word, _)| *word == typed));
    match found {
        Some((_, variant)) => Ok(variant),
        None => Err(Error::new_spanned(&value, format!("expected {expected}"))),
    }
}

/// `info`, `"info"` and `Level::INFO` alike.
fn word(value: &Expr) -> Result<String, &Expr> {
    match peeled(value) {
        Expr::Path(path) => {
            let last = path.path.segments.last().map(|segment| &segment.ident);
            last.map(|last: &Ident| last.unraw().to_string()).ok_or(value)
        }
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Ok(text.value()),
            _ => Err(value),
        },
        _ => Err(value),
    }
}

/// Without the invisible groups that `macro_rules!` puts around what it hands on.
fn peeled(mut value: &Expr) -> &Expr {
    while let Expr::Group(group) = value {
        value = &group.expr;
    }
    value
}
