// Names of the user's that hide those of the prelude, and names that the expansion might use.

use crate::harness::{Case, case, log, run, show};

/// Types named like those of the prelude.
mod types {
    #[allow(unused_imports)]
    use super::observe;

    #[derive(Debug)]
    pub struct Result<T>(pub T);
    #[derive(Debug)]
    pub struct Option<T>(pub T);
    #[derive(Debug)]
    pub struct Box<T>(pub T);
    #[derive(Debug)]
    pub struct String(pub i32);
    #[derive(Debug)]
    pub struct Vec;
    pub trait Send {}
    pub trait Sync {}
    pub trait Sized {}
    pub trait Fn {}
    pub trait FnOnce {}
    pub trait Future {}
    pub trait Stream {}
    pub trait Into {}
    pub trait Drop {}
    #[allow(non_camel_case_types)]
    #[derive(Debug)]
    pub struct u8(pub i32);
    #[allow(non_camel_case_types, dead_code)]
    pub struct bool;
    #[allow(non_camel_case_types, dead_code)]
    pub struct str;

    #[observe]
    pub fn own_result(n: i32) -> Result<i32> {
        Result(n)
    }

    #[observe]
    pub async fn own_option(n: i32) -> Option<Box<i32>> {
        Option(Box(n))
    }

    #[observe]
    pub fn own_string() -> String {
        String(4)
    }

    #[observe]
    pub async fn own_vec(_v: &Vec) -> Vec {
        Vec
    }

    #[observe]
    pub fn own_scalar(n: u8) -> u8 {
        u8(n.0 + 1)
    }

    #[observe(fields(n))]
    pub async fn own_scalar_async(n: i32) -> u8 {
        u8(n)
    }

    pub struct Own;
    impl Future for Own {}
    impl Future for i32 {}

    #[observe]
    pub fn own_future(_f: &dyn Future) -> impl Future {
        3
    }

    #[observe]
    pub fn own_stream() -> impl Stream + Send {
        #[derive(Clone)]
        struct Any;
        impl Stream for Any {}
        impl Send for Any {}
        Any
    }
}

/// Functions and macros named like those of the prelude.
mod functions {
    #[allow(unused_imports)]
    use super::observe;

    #[allow(unused_macros)]
    macro_rules! concat { ($($all:tt)*) => { compile_error!("concat") }; }
    #[allow(unused_macros)]
    macro_rules! file { ($($all:tt)*) => { compile_error!("file") }; }
    #[allow(unused_macros)]
    macro_rules! line { ($($all:tt)*) => { compile_error!("line") }; }
    #[allow(unused_macros)]
    macro_rules! module_path { ($($all:tt)*) => { compile_error!("module_path") }; }
    #[allow(unused_macros)]
    macro_rules! unreachable { ($($all:tt)*) => { compile_error!("unreachable") }; }
    #[allow(dead_code, non_snake_case)]
    fn Some(_: ()) {}
    #[allow(dead_code, non_snake_case)]
    fn Ok(_: ()) {}
    #[allow(dead_code, non_snake_case)]
    fn Err(_: ()) {}
    #[allow(dead_code)]
    fn drop(_: ()) {}
    #[allow(dead_code, non_upper_case_globals)]
    const None: () = ();

    #[observe(fields(n), kind = client, level = warn)]
    pub fn hidden(n: u8) -> Result<u8, String> {
        Result::Ok(n)
    }

    #[observe(fields(n))]
    pub async fn hidden_async(n: u8) -> Option<u8> {
        Option::Some(n)
    }
}

/// Arguments named like locals of the expansion and like items that it names.
#[observe(fields(value, result, ending, e = error))]
fn locals(value: u8, error: u8, result: u8, ending: u8, support: u8, site: u8) -> Result<u8, ()> {
    Ok(value + error + result + ending + support + site)
}

#[allow(non_snake_case)]
#[observe(fields(__CruddurSite))]
async fn callsite(__CruddurSite: u8, __arg0: u8, (__arg1, __arg2): (u8, u8)) -> Option<u8> {
    Some(__CruddurSite + __arg0 + __arg1 + __arg2)
}

#[observe]
fn own_site(n: u8) -> Option<u8> {
    #[derive(Debug)]
    struct __CruddurSite(u8);
    log(format!("{:?}", __CruddurSite(n)));
    Some(n)
}

#[observe(fields(r#loop, r#async = r#type))]
async fn r#await(r#type: u8, r#loop: u8) -> u8 {
    r#type + r#loop
}

#[observe]
fn r#gen(r#gen: u8) -> Option<u8> {
    Some(r#gen)
}

#[observe]
fn union(union: u8, auto: u8, default: u8, safe: u8, raw: u8, macro_rules: u8) -> Option<u8> {
    Some(union + auto + default + safe + raw + macro_rules)
}

#[observe]
fn default(n: u8) -> Option<u8> {
    Some(n)
}

#[observe]
fn größe(länge: u8, 大: u8) -> Option<u8> {
    Some(länge + 大)
}

#[observe]
fn _underscored(_first: u8, __second: u8) -> Option<u8> {
    Some(_first + __second)
}

#[allow(non_camel_case_types)]
struct r#struct(u8);

#[observe]
impl r#struct {
    fn r#fn(&self) -> u8 {
        self.0
    }
}

mod cruddur_trace {
    #[allow(unused_imports)]
    use super::observe;

    /// In a module of the crate's own name.
    #[observe]
    pub fn inside(n: u8) -> Option<u8> {
        Some(n)
    }
}

/// Everything by macro: attributes, visibility, names, parameters, types, body.
macro_rules! whole {
    (
        $(#[$meta:meta])* $vis:vis fn $name:ident<$($life:lifetime),*>($($arg:pat => $ty:ty),* $(,)?) -> $ret:ty $body:block
    ) => {
        $(#[$meta])* $vis fn $name<$($life),*>($($arg: $ty),*) -> $ret $body
    };
}
whole! {
    #[observe]
    #[allow(clippy::needless_lifetimes)]
    pub(crate) fn whole_by_macro<'a>((a, _) => (&'a str, u8), mut b => u8) -> Result<&'a str, u8> {
        b += 1;
        if b > 3 { return Err(b); }
        Ok(a)
    }
}

/// The type and the body come in invisible groups; the names inside of the body are the macro's.
macro_rules! grouped {
    ($name:ident, $ty:ty, $ret:ty, $value:expr) => {
        #[observe(name = stringify!($name), fields(n = $value, m = hidden))]
        async fn $name(hidden: $ty) -> $ret {
            let local = $value;
            Ok(local + hidden)
        }
    };
}
grouped!(grouped, u8, Result<u8, String>, 1 + 1);

macro_rules! with_options {
    ([$($options:tt)*] $item:item) => {
        #[observe($($options)*)]
        $item
    };
}
with_options! { [name = "optional", fields(n)] fn with_options(n: u8) -> Option<u8> { Some(n) } }
with_options! { [] async fn item_fragment(n: u8) -> Option<u8> { Some(n) } }
with_options! {
    [level = info]
    impl std::ops::Neg for r#struct {
        type Output = Option<u8>;
        fn neg(self) -> Self::Output { Some(self.0) }
    }
}

macro_rules! methods {
    ($ty:ident: $self:ident => { $($name:ident $body:block)* }) => {
        impl $ty {
            $(#[observe] fn $name(&$self) -> Option<u8> $body)*
        }
    };
}
struct Methods(u8);
methods!(Methods: self => {
    first { Some(self.0) }
    second { let n = self.first()?; Some(n + 1) }
});

macro_rules! async_methods {
    ($ty:ident { $(async fn $name:ident($self:ident: $receiver:ty $(, $arg:ident: $argty:ty)*) -> $ret:ty $body:block)* }) => {
        impl $ty {
            $(#[observe] async fn $name($self: $receiver $(, $arg: $argty)*) -> $ret $body)*
        }
    };
}
async_methods!(Methods {
    async fn later(self: &Self, n: u8) -> Option<u8> { Some(self.0 + n) }
    async fn moved(self: Box<Self>) -> Result<u8, u8> { Err(self.0) }
});

/// A macro in the position of a statement, and a function inside of a function.
#[observe]
fn outer(n: u8) -> Option<u8> {
    macro_rules! local {
        ($name:ident) => {
            #[observe]
            fn $name(n: u8) -> Option<u8> {
                Some(n + 1)
            }
        };
    }
    local!(inner);
    #[observe]
    async fn sleeping(n: u8) -> u8 {
        n
    }
    Some(run(sleeping(inner(n)?)))
}

const AT_COMPILE_TIME: fn(u8) -> Option<u8> = {
    #[observe]
    fn in_a_constant(n: u8) -> Option<u8> {
        Some(n)
    }
    in_a_constant
};

#[rustfmt::skip]
pub fn cases() -> Vec<Case> {
    vec![
        case("own Result", "own_result", || show(types::own_result(1))),
        case("own Option", "own_option", || show(run(types::own_option(1)))),
        case("own String", "own_string", || show(types::own_string())),
        case("own Vec", "own_vec", || show(run(types::own_vec(&types::Vec)))),
        case("own u8", "own_scalar", || show(types::own_scalar(types::u8(1)))),
        case("own u8 async", "own_scalar_async", || show(run(types::own_scalar_async(1)))),
        case("own Future", "own_future", || { types::own_future(&types::Own); String::new() }),
        case("own Stream", "own_stream", || { types::own_stream(); String::new() }),
        case("hidden functions", "hidden", || show(functions::hidden(1))),
        case("hidden functions async", "hidden_async", || show(run(functions::hidden_async(1)))),
        case("locals", "locals", || show(locals(1, 2, 3, 4, 5, 6))),
        case("callsite", "callsite", || show(run(callsite(1, 2, (3, 4))))),
        case("own_site", "own_site", || show(own_site(1))),
        case("r#await", "await", || show(run(r#await(1, 2)))),
        case("r#gen", "gen", || show(r#gen(1))),
        case("weak keywords", "union", || show(union(1, 2, 3, 4, 5, 6))),
        case("fn default", "default", || show(default(1))),
        case("not ASCII", "größe", || show(größe(1, 2))),
        case("underscores", "_underscored", || show(_underscored(1, 2))),
        case("r#struct", "struct::fn", || show(r#struct(1).r#fn())),
        case("own module", "inside", || show(cruddur_trace::inside(1))),
        case("whole by macro", "whole_by_macro whole_by_macro!error", || show((whole_by_macro(("a", 1), 1), whole_by_macro(("a", 1), 3)))),
        case("grouped", "grouped", || show(run(grouped(1)))),
        case("options by macro", "optional", || show(with_options(1))),
        case("item fragment", "item_fragment", || show(run(item_fragment(1)))),
        case("block fragment", "struct::neg", || show(-r#struct(1))),
        case("self by macro", "second first", || show(Methods(1).second())),
        case("async self by macro", "later moved!error", || show((run(Methods(1).later(2)), run(Box::new(Methods(1)).moved())))),
        case("nested functions", "outer inner sleeping", || show(outer(1))),
        case("in a constant", "in_a_constant", || show(AT_COMPILE_TIME(1))),
    ]
}
