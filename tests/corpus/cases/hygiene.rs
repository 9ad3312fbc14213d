// Names that clash, and functions made by macros.

use crate::harness::{Case, case, run, show};

#[observe]
fn named_alike(span: u8, result: u8, guard: u8, __ret: u8, into: u8, call: u8) -> Result<u8, ()> {
    let ending = span + result + guard + __ret + into + call;
    Ok(ending)
}

#[observe(fields(into, guard))]
async fn named_alike_async(into: u8, guard: u8, __arg0: u8, value: u8, error: u8) -> u8 {
    into + guard + __arg0 + value + error
}

#[observe]
fn r#match(r#type: u8, r#fn: &str) -> Result<usize, ()> {
    Ok(usize::from(r#type) + r#fn.len())
}

mod shadowed {
    #[allow(unused_imports)]
    use super::observe;

    #[allow(dead_code)]
    pub struct Ok;
    #[allow(dead_code)]
    pub struct Err;
    #[allow(dead_code)]
    pub struct Some;
    #[allow(dead_code)]
    pub struct None;
    #[allow(dead_code)]
    pub struct Result;
    #[allow(dead_code)]
    pub trait Future {}
    #[allow(dead_code)]
    mod std {}
    #[allow(dead_code)]
    mod core {}
    #[allow(dead_code)]
    mod cruddur_trace {}

    #[observe(fields(n))]
    pub fn shadowed(n: u8) -> ::core::result::Result<u8, u8> {
        ::core::result::Result::Ok(n)
    }

    #[observe(fields(n))]
    pub async fn shadowed_async(n: u8) -> ::core::result::Result<u8, u8> {
        ::core::result::Result::Err(n)
    }
}

mod bodies {
    pub enum B {
        #[allow(dead_code)]
        String,
        #[allow(dead_code)]
        Result,
    }
}

#[observe]
fn glob_in_body(n: u8) -> String {
    #[allow(unused_imports)]
    use bodies::B::*;
    n.to_string()
}

macro_rules! made {
    ($(#[$meta:meta])* $vis:vis $name:ident, $arg:ident: $ty:ty, $body:block -> $ret:ty) => {
        #[observe]
        $(#[$meta])*
        $vis fn $name($arg: $ty) -> $ret $body
    };
}
made!(
    /// Documented.
    #[inline]
    pub(crate) made_by_macro, n: u8, { n + 1 } -> u8
);
made!(made_result, n: u8, { if n > 1 { return Err(n); } Ok(n) } -> Result<u8, u8>);

macro_rules! made_async {
    ($name:ident($($arg:ident: $ty:ty),*) $body:block) => {
        #[observe(name = concat!("made ", stringify!($name)))]
        async fn $name($($arg: $ty),*) -> u8 $body
    };
}
made!(one_line, n: u8, { Some(n) } -> Option<u8>);

#[rustfmt::skip]
#[observe]
fn one_line_too(n: u8) -> Option<u8> { Some(n) }

#[rustfmt::skip]
#[observe]
async fn one_line_async(n: u8) -> u8 { n }

made_async!(from_macro(a: u8, b: u8) { a + b });

macro_rules! hidden_argument {
    ($name:ident, $arg:ident) => {
        #[observe]
        fn $name(hidden: u8, $arg: u8) -> Option<u8> {
            Some(hidden * 10 + $arg)
        }
    };
}
hidden_argument!(two_hidden, hidden);

macro_rules! observed_block {
    ($ty:ident { $($method:ident => $value:expr),* }) => {
        struct $ty;
        #[observe]
        impl $ty {
            $(fn $method(&self) -> u8 { $value })*
        }
    };
}
observed_block!(Made { one => 1, two => 2 });

mod bare {
    #![no_implicit_prelude]
    #[allow(unused_imports)]
    use super::observe;

    #[observe]
    pub fn bare(n: u8) -> ::core::result::Result<u8, u8> {
        ::core::result::Result::Ok(n)
    }

    #[observe(fields(n), root, kind = server, level = debug)]
    pub async fn bare_async(n: u8) -> ::std::vec::Vec<u8> {
        ::std::vec![n]
    }

    #[observe]
    pub fn bare_future(n: u8) -> impl ::core::future::Future<Output = u8> {
        ::core::future::ready(n)
    }
}

const NAME: &str = "by constant";

#[observe(name = NAME, target = "elsewhere", fields({ NAME } = 1, "dotted.key" = 2, a.b = 3))]
fn constants() -> Result<u8, ()> {
    Ok(1)
}

mod renamed {
    #[allow(unused_imports)]
    pub use cruddur_trace as tracing_of_ours;
}

#[observe(crate = renamed::tracing_of_ours)]
fn other_path(n: u8) -> Result<u8, ()> {
    Ok(n)
}

trait Blanket {
    fn __cruddur(&self) {}
    fn length(&self) -> u8 {
        1
    }
    fn tell(self) -> u8
    where
        Self: Sized,
    {
        2
    }
    fn run(&self) {}
    fn field(&self) {}
}
impl<T> Blanket for T {}

#[observe(fields(n))]
fn blanket(n: u8) -> Result<Vec<u8>, String> {
    Ok(vec![n.length(), n.tell()])
}

#[rustfmt::skip]
pub fn cases() -> Vec<Case> {
    vec![
        case("names", "named_alike", || show(named_alike(1, 2, 3, 4, 5, 6))),
        case("names async", "named_alike_async", || show(run(named_alike_async(1, 2, 3, 4, 5)))),
        case("raw identifiers", "match", || show(r#match(1, "ab"))),
        case("shadowed", "shadowed", || show(shadowed::shadowed(1))),
        case("shadowed async", "shadowed_async!error", || show(run(shadowed::shadowed_async(1)))),
        case("glob in body", "glob_in_body", || show(glob_in_body(1))),
        case("macro", "made_by_macro", || show(made_by_macro(1))),
        case("macro result", "made_result!error", || show(made_result(2))),
        case("one line", "one_line one_line_too one_line_async",
            || show((one_line(1), one_line_too(1), run(one_line_async(1))))),
        case("macro async", "made from_macro", || show(run(from_macro(1, 2)))),
        case("macro hygiene", "two_hidden", || show(two_hidden(1, 2))),
        case("macro block", "Made::one Made::two", || show((Made.one(), Made.two()))),
        case("no prelude", "bare", || show(bare::bare(1))),
        case("no prelude async", "bare_async", || show(run(bare::bare_async(1)))),
        case("no prelude future", "bare_future", || show(run(bare::bare_future(1)))),
        case("constants", "by constant", || show(constants())),
        case("crate path", "other_path", || show(other_path(1))),
        case("blanket trait", "blanket", || show(blanket(1))),
    ]
}
