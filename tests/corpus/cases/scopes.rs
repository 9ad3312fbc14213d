// Names that hide others, paths into modules, and functions that macros write.

use crate::harness::{Case, Dropped, case, run, show};

#[observe]
fn r#match(r#type: u8, r#loop: &str) -> Result<u8, String> {
    if r#loop.is_empty() { Err("r#loop".into()) } else { Ok(r#type) }
}

mod deep {
    pub(in super::deep) mod deeper {
        #[observe]
        pub(crate) fn visible<'a, 'b: 'a, T: ?Sized>(a: &'a T, b: &'b T) -> Result<&'a T, ()>
        where
            &'a T: PartialEq,
            T: 'b,
        {
            if a == b { Ok(a) } else { Ok(b) }
        }

        use super::super::observe;
    }

    pub(super) fn both() -> bool {
        deeper::visible("a", "b") == Ok("b")
    }
}

macro_rules! define {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty $body:block) => {
        $(#[$meta])*
        $vis fn $name($($arg: $ty),*) -> $ret $body
    };
    (async $name:ident, $arg:pat_param, $ty:ty, $out:ty, $value:expr) => {
        #[observe]
        async fn $name($arg: $ty) -> $out {
            let local = 1_u8;
            let result = $value;
            let __result = result;
            __result.map(|n| n + local)
        }
    };
    (hygienic $name:ident) => {
        #[observe(fields(n, m = n + 1))]
        fn $name(n: u8) -> Option<u8> {
            let n2 = n;
            define!(inner n2 n)
        }
    };
    (inner $a:ident $b:ident) => {{
        let guard = $a;
        let ending = $b;
        Some(guard + ending)
    }};
}

define! {
    /// Documented.
    #[observe(err = Debug)]
    pub(crate) fn generated(a: u8, b: &'static str) -> Result<&'static str, (u8, ())> {
        if a > 1 { return Err((a, ())); }
        Ok(b)
    }
}

define!(async awaited, (local, ..), (u8, Dropped), Result<u8, u8>, Ok::<u8, u8>(2));
define!(hygienic hygienic);

mod shadowed {
    #![allow(non_camel_case_types, dead_code, unused_macros)]
    use super::observe;

    pub mod core {}
    pub mod std {}
    pub mod alloc {}
    pub mod cruddur_trace {}
    pub struct Result;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub struct Option;
    pub struct Box;
    pub struct Send;
    pub struct Future;
    pub struct PhantomData;
    pub struct String;
    pub fn drop() {}
    pub fn identity() {}
    pub fn call() {}
    macro_rules! concat {
        () => {};
    }
    macro_rules! file {
        () => {};
    }
    macro_rules! module_path {
        () => {};
    }

    #[observe]
    pub fn plain(n: u8) -> ::core::result::Result<u8, u8> {
        ::core::result::Result::Ok(n)
    }

    #[observe]
    pub async fn later(n: u8) -> ::core::option::Option<u8> {
        let n = plain(n).ok()?;
        ::core::option::Option::Some(n)
    }

    #[observe]
    pub fn boxed<'a>(
        n: &'a u8,
    ) -> ::std::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = u8> + 'a>> {
        ::std::boxed::Box::pin(async move { *n })
    }
}

#[no_implicit_prelude]
mod bare {
    use super::observe;

    #[observe(fields(n), result_length = |_| 1)]
    pub fn value(n: u8) -> ::std::result::Result<::std::vec::Vec<u8>, u8> {
        if n > 1 {
            return ::std::result::Result::Err(n);
        }
        ::std::result::Result::Ok(::std::vec![n])
    }

    #[observe(err = Debug, ok_if = ::std::result::Result::is_ok)]
    pub async fn awaited(n: u8) -> ::std::result::Result<u8, u8> {
        ::std::iter::Iterator::max(::std::iter::IntoIterator::into_iter(value(n)?));
        ::std::result::Result::Ok(n)
    }
}

#[observe]
fn nested_items(n: u8) -> Result<u8, String> {
    #[observe(name = "inner")]
    fn inner(n: u8) -> Result<u8, String> {
        n.checked_add(1).ok_or_else(|| "over".to_owned())
    }
    macro_rules! ensure {
        ($condition:expr) => {
            if !$condition {
                return Err(stringify!($condition).to_owned());
            }
        };
    }
    struct Local;
    impl Local {
        #[observe(name = "local")]
        fn go(&self, n: u8) -> Result<u8, String> {
            inner(n)
        }
    }
    ensure!(n != 3);
    Local.go(n).and_then(inner)
}

pub fn cases() -> Vec<Case> {
    vec![
        case("raw", "match match!error", || show((r#match(1, "a"), r#match(1, "")))),
        case("visible", "visible", || show(deep::both())),
        case("generated", "generated generated!error", || {
            show((generated(1, "a"), generated(2, "a")))
        }),
        case("awaited", "awaited", || show(run(awaited((7, Dropped("pair")))))),
        case("hygienic", "hygienic", || show(hygienic(4))),
        case("shadowed", "later plain boxed", || {
            run(async { show((shadowed::later(1).await, shadowed::boxed(&3).await)) })
        }),
        case("bare", "awaited value awaited!error value!error", || {
            run(async { show((bare::awaited(1).await, bare::awaited(2).await)) })
        }),
        case("nested_items", "nested_items local inner inner nested_items!error", || {
            show((nested_items(1), nested_items(3)))
        }),
        case("nested_over", "nested_items!error local!error inner!error", || {
            show(nested_items(255))
        }),
    ]
}
