//! What the tokens of a return type tell.
//!
//! Only what can't be mistaken is decided here; whether a type is a `Result`, has a length or is a
//! boxed future is left to the compiler, which sees through aliases.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{GenericArgument, PathArguments, ReturnType, Token, Type, TypeParamBound};

/// What kind of value a function returns, as far as its tokens tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Returns {
    /// `()`, or nothing written.
    Unit,
    /// `!`.
    Never,
    /// A number, a boolean, a character: nothing to be told of it.
    Scalar,
    /// `impl Future<..>` with bounds that a wrapper keeps.
    Future,
    /// `impl Stream<..>` likewise.
    Stream,
    /// `impl Future` that does not say of what: perhaps a trait of the user's own.
    BareFuture,
    /// `impl Stream` likewise.
    BareStream,
    /// Another `impl ..`: its type may not be known, so it isn't asked.
    Opaque,
    /// A type that can't be a boxed future: a reference, a tuple, a slice, `Result`, `Option`, ...
    Value,
    /// Any other path: perhaps an alias of anything.
    Named,
}

const SCALARS: &[&str] = &[
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
    "u64", "u128", "usize",
];

/// Names that nobody gives to an alias of a boxed future.
const VALUES: &[&str] =
    &["Result", "Option", "Vec", "String", "Json", "HashMap", "BTreeMap", "Arc", "Rc", "Self"];

impl Returns {
    pub(crate) fn of(output: &ReturnType) -> Self {
        match output {
            ReturnType::Default => Self::Unit,
            ReturnType::Type(_, ty) => Self::of_type(ty),
        }
    }

    pub(crate) fn of_type(ty: &Type) -> Self {
        match ty {
            Type::Group(group) => Self::of_type(&group.elem),
            Type::Paren(paren) => Self::of_type(&paren.elem),
            Type::Never(_) => Self::Never,
            Type::Tuple(tuple) if tuple.elems.is_empty() => Self::Unit,
            Type::ImplTrait(opaque) => of_bounds(&opaque.bounds),
            Type::Path(path) => {
                let Some(last) = path.path.segments.last() else { return Self::Named };
                let name = last.ident.to_string();
                if path.path.segments.len() == 1 && SCALARS.contains(&name.as_str()) {
                    Self::Scalar
                } else if VALUES.contains(&name.as_str()) && path.qself.is_none() {
                    Self::Value
                } else {
                    Self::Named
                }
            }
            Type::Macro(_) | Type::Verbatim(_) | Type::Infer(_) => Self::Named,
            _ => Self::Value,
        }
    }

    /// Whether the tokens alone rule out a `Result`.
    pub(crate) const fn is_surely_no_result(self) -> bool {
        matches!(self, Self::Unit | Self::Never | Self::Scalar | Self::Opaque)
    }
}

/// Whether a value of the type surely does nothing when it is dropped.
pub(crate) fn has_no_drop(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) => true,
        Type::Group(group) => has_no_drop(&group.elem),
        Type::Paren(paren) => has_no_drop(&paren.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(has_no_drop),
        Type::Array(array) => has_no_drop(&array.elem),
        _ => Returns::of_type(ty) == Returns::Scalar,
    }
}

fn of_bounds(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Returns {
    let mut found = Returns::Opaque;
    for bound in bounds {
        let TypeParamBound::Trait(bound) = bound else { continue };
        let Some(last) = bound.path.segments.last() else { continue };
        let is_bare = last.arguments.is_none();
        match last.ident.to_string().as_str() {
            "Future" if is_bare => found = Returns::BareFuture,
            "Stream" if is_bare => found = Returns::BareStream,
            "Future" => found = Returns::Future,
            "Stream" => found = Returns::Stream,
            // A wrapper has these where what it wraps has them.
            "Send" | "Sync" | "Unpin" | "Sized" => {}
            _ => return Returns::Opaque,
        }
    }
    found
}

/// `T` of `impl Future<Output = T>` and `impl Stream<Item = T>`.
pub(crate) fn made(output: &ReturnType) -> Option<&Type> {
    let ReturnType::Type(_, ty) = output else { return None };
    let mut ty: &Type = ty;
    while let Type::Group(syn::TypeGroup { elem, .. }) | Type::Paren(syn::TypeParen { elem, .. }) =
        ty
    {
        ty = elem;
    }
    let Type::ImplTrait(opaque) = ty else { return None };
    let arguments = opaque.bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => match &bound.path.segments.last()?.arguments {
            PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
            _ => None,
        },
        _ => None,
    });
    arguments.flatten().find_map(|argument| match argument {
        GenericArgument::AssocType(made) if made.ident == "Output" || made.ident == "Item" => {
            Some(&made.ty)
        }
        _ => None,
    })
}

/// The type with `_` for every nested `impl ..`: for a hint in an expression. `None` where the whole
/// can't be named.
pub(crate) fn hint(output: &ReturnType) -> Option<TokenStream> {
    match output {
        ReturnType::Default => Some(quote!(())),
        ReturnType::Type(_, ty) => match Returns::of_type(ty) {
            Returns::Never
            | Returns::Opaque
            | Returns::Future
            | Returns::Stream
            | Returns::BareFuture
            | Returns::BareStream => None,
            _ => Some(without_impl(ty)),
        },
    }
}

/// Whether an `impl ..` is nested in the type.
pub(crate) fn has_nested_impl(ty: &Type) -> bool {
    without_impl(ty).to_string() != ty.to_token_stream().to_string()
}

pub(crate) fn without_impl(ty: &Type) -> TokenStream {
    let mut ty = ty.clone();
    replace_impl(&mut ty);
    ty.into_token_stream()
}

fn replace_impl(ty: &mut Type) {
    match ty {
        Type::ImplTrait(opaque) => {
            *ty = Type::Infer(syn::TypeInfer {
                attrs: Vec::new(),
                underscore_token: Token![_](opaque.impl_token.span),
            });
        }
        Type::Group(group) => replace_impl(&mut group.elem),
        Type::Paren(paren) => replace_impl(&mut paren.elem),
        Type::Reference(reference) => replace_impl(&mut reference.elem),
        Type::Slice(slice) => replace_impl(&mut slice.elem),
        Type::Array(array) => replace_impl(&mut array.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(replace_impl),
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for argument in &mut arguments.args {
                        if let GenericArgument::Type(ty) = argument {
                            replace_impl(ty);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> ReturnType {
        syn::parse_str(text).expect("a return type")
    }

    #[test]
    fn only_what_is_certain_is_told_from_tokens() {
        let check = |text: &str, expected: Returns| {
            assert_eq!(Returns::of(&parse(text)), expected, "{text}");
        };
        check("", Returns::Unit);
        check("-> ()", Returns::Unit);
        check("-> !", Returns::Never);
        check("-> u8", Returns::Scalar);
        check("-> my::u8", Returns::Named);
        check("-> io::Result<u8>", Returns::Value);
        check("-> ApiResult<u8>", Returns::Named);
        check("-> &'a mut T", Returns::Value);
        check("-> impl Future<Output = u8> + Send + 'a + use<'a>", Returns::Future);
        check("-> impl Future<Output = u8> + Clone", Returns::Opaque);
        check("-> impl futures::Stream<Item = u8>", Returns::Stream);
        check("-> impl Future + Send", Returns::BareFuture);
        check("-> impl Sized", Returns::Opaque);
        check("-> Pin<Box<dyn Future<Output = u8>>>", Returns::Named);
    }

    #[test]
    fn a_nested_impl_is_left_to_inference() {
        let check = |text: &str, expected: Option<&str>| {
            let hint = hint(&parse(text)).map(|hint| hint.to_string().replace(' ', ""));
            assert_eq!(hint.as_deref(), expected, "{text}");
        };
        check("-> Result<impl IntoResponse, E>", Some("Result<_,E>"));
        check("-> (u8, &[impl Sized])", Some("(u8,&[_])"));
        check("-> impl Sized", None);
        check("-> Vec<u8>", Some("Vec<u8>"));
    }
}
