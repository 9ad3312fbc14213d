// Functions inside of functions, closures and constants, and bodies that declare what stands around them.

use crate::harness::{Case, Dropped, case, log, run, show};

struct Counter(u8);

/// Functions in functions, in closures, in constants.
#[observe]
fn outer(a: Dropped) -> Option<u8> {
    #[observe]
    fn inner(a: Dropped) -> Option<u8> {
        #[observe]
        async fn innermost(a: Dropped) -> u8 {
            log(a.0);
            1
        }
        Some(run(innermost(a)))
    }
    inner(a)
}

const _: () = {
    impl Counter {
        #[observe(name = "hidden away")]
        fn hidden(&self) -> Option<u8> {
            const fn base() -> u8 {
                1
            }
            struct Local;
            #[observe]
            impl Local {
                fn value(&self, own: u8) -> Result<u8, u8> {
                    own.checked_add(base()).ok_or(own)
                }
            }
            Local.value(self.0).ok()
        }
    }
};

static MADE: std::sync::LazyLock<u8> = std::sync::LazyLock::new(|| {
    #[observe]
    fn makes() -> Option<u8> {
        Some(5)
    }
    makes().unwrap()
});

#[observe]
fn in_closure(n: u8) -> Vec<u8> {
    let each = |n| {
        #[observe]
        fn each(n: u8) -> Option<u8> {
            n.checked_sub(1)
        }
        each(n)
    };
    (0..n).filter_map(each).collect()
}

#[observe]
async fn async_closures(a: Dropped) -> u8 {
    async fn twice<F: AsyncFn(u8) -> u8>(f: F) -> u8 {
        f(f(1).await).await
    }
    twice(async |n| {
        log(a.0);
        n + 1
    })
    .await
}

#[observe]
async fn takes_async_closure(mut f: impl AsyncFnMut(u8) -> u8, once: impl AsyncFnOnce() -> Dropped) -> u8 {
    log(once().await.0);
    let n = f(1).await;
    f(n).await
}

/// What the body declares under the names of what stands around it.
#[observe]
fn types_of_body(result: Option<u8>) -> Result<u8, Box<dyn std::error::Error>> {
    enum Option {
        Some,
    }
    type Result = u8;
    struct Box;
    let (_, _, n): (Option, Box, Result) = (Option::Some, Box, 1);
    Ok(n.max(result.unwrap_or_default()))
}

#[observe]
async fn types_of_body_async(result: Option<u8>) -> Result<u8, String> {
    use self::false_prelude::*;
    let Ok(()): Result = Ok(());
    std::result::Result::Ok(result.unwrap_or(1))
}

mod false_prelude {
    pub type Result = std::result::Result<(), std::convert::Infallible>;
    #[allow(unused)]
    pub fn hint() {}
    #[allow(unused)]
    pub struct PhantomData;
}

pub fn cases() -> Vec<Case> {
    vec![
        case("nested outer", "outer inner innermost", || show(outer(Dropped("a")))),
        case("nested hidden", "hidden away Local::value", || show(Counter(1).hidden())),
        case("nested in_closure", "in_closure each each", || show(in_closure(2))),
        case("nested async_closures", "async_closures", || show(run(async_closures(Dropped("a"))))),
        case("nested takes_async_closure", "takes_async_closure", || {
            let mut calls = 0;
            show(run(takes_async_closure(async |n| { calls += 1; n + calls }, async || Dropped("once"))))
        }),
        case("nested types_of_body", "types_of_body", || show(types_of_body(None).unwrap())),
        case("nested types_of_body_async", "types_of_body_async", || show(run(types_of_body_async(None)))),
        case("nested MADE", "makes", || { let _ = *MADE; String::new() }),
    ]
}
