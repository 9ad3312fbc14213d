// Functions made by macros, whose names come from several places.

#[allow(unused_imports)]
use std::future::Future;

use crate::harness::{Case, Dropped, case, log, run, seen, show};

macro_rules! two_of_a_name {
    ($name:ident, $argument:ident) => {
        #[observe]
        fn $name(value: u8, $argument: u8) -> Option<(u8, u8)> {
            let sum = value + $argument;
            Some((sum, value))
        }
    };
}
two_of_a_name!(hygienic, value);

macro_rules! two_of_a_name_async {
    ($name:ident, $argument:ident) => {
        #[observe]
        async fn $name(value: Dropped, ($argument, mut n): (Dropped, u8)) -> Option<u8> {
            n += 1;
            log(value.0);
            log($argument.0);
            Some(n)
        }
    };
}
two_of_a_name_async!(hygienic_async, value);

macro_rules! in_place {
    ($name:ident, $guard:ident, $body:expr) => {
        #[observe]
        fn $name(guard: u8, $guard: u8) {
            let result = guard;
            seen($body);
            seen((guard, result));
        }
    };
}
in_place!(hygienic_in_place, guard, guard + 1);

/// Arguments named as locals of the expansion are, in every form that it has.
type Alias = Option<u8>;

macro_rules! in_every_form {
    ($($module:ident: $a:ident $b:ident $c:ident $d:ident $e:ident;)*) => {$(
        mod $module {
            use super::*;

            #[observe]
            pub fn guarded($a: u8, $b: u8, $c: u8, $d: u8, $e: u8) {
                seen(($a, $b, $c, $d, $e));
            }

            #[observe]
            pub fn in_place($a: u8, $b: u8, $c: u8, $d: u8, $e: u8) -> Option<u8> {
                if $a == 0 { in_place(1, $b, $c, $d, $e) } else { Some($b + $c + $d + $e) }
            }

            #[observe(fields($a))]
            pub fn called($a: u8, (_, $b): (u8, u8), $c: u8, $d: u8, $e: u8) -> Option<u8> {
                Some($a + $b + $c + $d + $e)
            }

            #[observe(fields($a, $e))]
            pub fn by_type($a: u8, $b: u8, $c: u8, (_, $d): (u8, u8), $e: u8) -> Alias {
                Some($a + $b + $c + $d + $e)
            }

            #[observe(fields($c))]
            pub fn made($a: u8, $b: u8, $c: u8, $d: u8, $e: u8) -> impl Future<Output = Alias> {
                async move { Some($a + $b + $c + $d + $e) }
            }

            #[observe(fields($c), links = Vec::<cruddur_trace::record::Link>::new())]
            pub async fn an_async($a: u8, $b: u8, $c: u8, $d: u8, $e: u8) -> Alias {
                Some($a + $b + $c + $d + $e)
            }

            #[observe(parent = { let _ = ($a, $b, $e); None::<cruddur_trace::TraceContext> })]
            pub fn with_parent($a: u8, $b: u8, $c: u8, $d: u8, $e: u8) {
                seen(($a, $b, $c, $d, $e));
            }

            pub fn all() -> String {
                guarded(1, 2, 3, 4, 5);
                with_parent(1, 2, 3, 4, 5);
                show((
                    in_place(0, 2, 3, 4, 5),
                    called(1, (0, 2), 3, 4, 5),
                    by_type(1, 2, 3, (0, 4), 5),
                    run(made(1, 2, 3, 4, 5)),
                    run(an_async(1, 2, 3, 4, 5)),
                ))
            }
        }
    )*};
}
in_every_form! {
    bare: guard call into result ending;
    others: value error once site start;
    underscored: __guard __call __into __result __ending;
    numbered: __arg1 __arg0 __arg4 __arg3 __arg2;
    prefixed: __value __error __cruddur_form __cruddur __arg1;
}
const FORMS: &str = "guarded with_parent in_place in_place called by_type made an_async";

/// The same by hand: an argument that an option outside of the body reads keeps its own hygiene.
#[observe(parent = { let _ = __guard; None::<cruddur_trace::TraceContext> })]
fn own_names(__guard: u8, __result: u8) {
    seen((__guard, __result));
}

/// Parts of every kind that `macro_rules!` can hand on.
macro_rules! of_parts {
    ($vis:vis, $name:ident, $lt:lifetime, $ty:ty, $pat:pat_param, $expr:expr, $block:block, $path:path, $lit:literal, $meta:meta, $tt:tt, $stmt:stmt) => {
        #[$meta]
        #[observe(name = $lit, fields(n = $expr, "of" = $path(2)))]
        $vis fn $name<$lt>(text: &$lt $ty, $pat: u8, $tt: u8) -> Result<&$lt $ty, u8> {
            $stmt
            if false {
                return Err($expr);
            }
            $block;
            $path(seen($tt));
            Ok(text)
        }
    };
}
of_parts!(
    pub(self),
    parts,
    'text,
    str,
    _,
    3 + 4,
    { seen(1) },
    identity,
    "of parts",
    inline(never),
    last,
    let _unused = 1
);

fn identity(n: u8) -> u8 {
    n
}

macro_rules! body_of {
    ($name:ident, $body:block) => {
        #[observe]
        fn $name() -> Result<u8, String> $body
    };
    (async $name:ident, $body:block) => {
        #[observe]
        async fn $name() -> Result<u8, String> $body
    };
}
body_of!(body_from_outside, { Err("no".to_owned())? });
body_of!(async async_body_from_outside, {
    std::future::ready(()).await;
    return Err("no".to_owned());
});

macro_rules! of_macro {
    ($($item:item)*) => { $(#[observe] $item)* };
}
of_macro! {
    fn first_item() -> Vec<u8> { vec![1] }
    async fn second_item(_: Dropped) -> Vec<u8> { first_item() }
    fn third_item() -> impl Future<Output = Vec<u8>> { second_item(Dropped("d")) }
}

macro_rules! methods {
    ($ty:ident { $($name:ident => $value:expr),* }) => {
        struct $ty(u8);
        #[observe]
        impl $ty {
            $(fn $name(&mut self) -> Option<u8> { self.0 += $value; Some(self.0) })*
        }
    };
}
methods!(Counter { one => 1, two => 2 });

macro_rules! recursion {
    ($name:ident) => {
        #[observe]
        fn $name(n: u8) -> Option<u8> {
            if n == 0 { return None; }
            $name(n - 1).or(Some(n))
        }
    };
}
recursion!(calls_itself);

pub fn cases() -> Vec<Case> {
    vec![
        case("generated hygienic", "hygienic", || show(hygienic(1, 2))),
        case("generated hygienic_async", "hygienic_async", || show(run(hygienic_async(Dropped("a"), (Dropped("b"), 1))))),
        case("generated hygienic_in_place", "hygienic_in_place", || show(hygienic_in_place(1, 2))),
        case("generated in_every_form bare", FORMS, bare::all),
        case("generated in_every_form others", FORMS, others::all),
        case("generated in_every_form underscored", FORMS, underscored::all),
        case("generated in_every_form numbered", FORMS, numbered::all),
        case("generated in_every_form prefixed", FORMS, prefixed::all),
        case("generated own_names", "own_names", || show(own_names(1, 2))),
        case("generated parts", "of parts", || show(parts("a", 1, 2))),
        case("generated bodies", "body_from_outside!error async_body_from_outside!error", || show((body_from_outside(), run(async_body_from_outside())))),
        case("generated items", "third_item second_item first_item", || show(run(third_item()))),
        case("generated methods", "Counter::one Counter::two", || { let mut it = Counter(0); show((it.one(), it.two())) }),
        case("generated recursion", "calls_itself calls_itself", || show(calls_itself(1))),
    ]
}
