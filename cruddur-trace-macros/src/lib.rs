//! The `#[observe]` attribute of `cruddur-trace`, which re-exports and documents it.
//!
//! The flow is parse → validate → expand. `args` reads the options, `item` reads no more of the
//! item than its signature and passes the body through untouched, so that a half-typed body still
//! completes in an editor; `validate` says what can't work, and `expand` emits one static
//! callsite and one runtime call. On an error the item is emitted all the same, so that nothing else
//! in the user's crate turns red.

mod args;
mod block;
mod diagnostics;
mod expand;
mod item;
mod returns;
#[cfg(test)]
mod snapshots;
mod validate;

use proc_macro2::TokenStream;

use crate::args::Options;
use crate::diagnostics::Errors;
use crate::expand::Place;
use crate::item::Item;

/// Makes every call of a function one span. See the guide in the documentation of `cruddur-trace`.
#[proc_macro_attribute]
pub fn observe(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    observe_tokens(options.into(), item.into(), cfg!(feature = "off")).into()
}

/// The whole of the attribute, for the compiler and for tests.
fn observe_tokens(options: TokenStream, tokens: TokenStream, is_off: bool) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(options, &mut errors);
    let item = match item::parse(tokens.clone()) {
        Ok(item) => item,
        Err(error) => {
            errors.push(error);
            if item::is_expression(&tokens) {
                return errors.inside_of(tokens);
            }
            return errors.beside(block::without_markers(tokens));
        }
    };
    let expanded = match item {
        Item::Function(function) => {
            validate::function(&function, &options, &mut errors);
            if options.skip.is_some() || is_off || errors.is_some() {
                tokens.clone()
            } else {
                expand::function(&function, &options, &Place::default())
            }
        }
        Item::Block(block) => {
            validate::block(&options, &mut errors);
            let expanded = block.expand(&options, &mut errors);
            if is_off { tokens.clone() } else { expanded }
        }
    };
    if errors.is_some() { errors.beside(block::without_markers(tokens)) } else { expanded }
}
