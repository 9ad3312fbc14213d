// Attributes beside, inside and on the arguments; several that hand the function on.

#[allow(unused_imports)]
use std::future::Future;
use crate::harness::{Case, assert_send, case, run, show};
use std::fmt::Debug;

/// Documented,
/** twice, */
#[doc = concat!("and ", "made up.")]
#[doc(alias = "paper")]
#[observe]
#[inline(always)]
#[cold]
fn documented(n: u8) -> Option<u8> {
    //! Also inside.
    Some(n)
}

#[observe]
/// Documented below.
#[must_use = "the reason"]
#[inline(never)]
async fn documented_below(n: u8) -> Option<u8> {
    Some(n)
}

#[expect(unused_variables, reason = "kept for later")]
#[observe]
fn expects_unused(a: u8, b: u8) -> Option<u8> {
    let c = 1;
    Some(a)
}

#[observe]
#[expect(unused_mut, unused_variables)]
async fn expects_below(mut a: u8, b: u8) -> Option<u8> {
    Some(a)
}

#[observe]
#[expect(unreachable_code)]
fn expects_unreachable(n: u8) -> Option<u8> {
    return Some(n);
    None
}

#[observe]
#[deprecated(since = "1", note = "use another")]
async fn old(n: u8) -> Option<u8> {
    Some(n)
}

#[observe]
#[allow(deprecated)]
async fn uses_old(n: u8) -> Option<u8> {
    old(n).await
}

#[cfg_attr(all(), observe(name = "by_cfg"), must_use)]
#[cfg_attr(any(), observe(name = "never"))]
fn conditional(n: u8) -> Option<u8> {
    Some(n)
}

#[cfg(all())]
#[observe]
#[cfg(not(any()))]
async fn configured(n: u8, #[cfg(any())] gone: Missing, #[cfg(all())] here: u8) -> Option<u8> {
    #[cfg(any())]
    let n = gone;
    #[cfg(not(any()))]
    let n = n + here;
    if cfg!(any()) {
        return None;
    }
    Some(n)
}

#[observe]
#[rustfmt::skip]
#[allow(clippy::too_many_arguments, non_snake_case, unused)]
fn tools(A: u8, B: u8, C: u8, D: u8, E: u8, F: u8, G: u8, H: u8) -> Vec<u8> { vec![A, H] }

#[observe]
#[doc(hidden)]
#[track_caller]
fn tracked(n: u8) -> u32 {
    std::panic::Location::caller().line() + u32::from(n)
}

#[cfg(target_arch = "x86_64")]
mod features {
    #[allow(unused_imports)]
    use super::observe;

    #[target_feature(enable = "sse2")]
    fn helper(n: u8) -> u8 {
        n + 1
    }

    #[observe]
    #[target_feature(enable = "sse2")]
    pub fn safe_feature(n: u8) -> Option<u8> {
        Some(helper(n))
    }

    #[target_feature(enable = "sse2")]
    #[observe]
    pub unsafe fn unsafe_feature(n: u8) -> Result<u8, ()> {
        Ok(helper(n))
    }

    #[observe]
    #[target_feature(enable = "sse2")]
    pub fn feature_in_place(n: u8) -> u8 {
        helper(n)
    }

    pub fn all() -> (Option<u8>, Result<u8, ()>, u8) {
        // SAFETY: x86_64 has SSE2.
        unsafe { (safe_feature(1), unsafe_feature(2), feature_in_place(3)) }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod features {
    #[allow(unused_imports)]
    use super::observe;

    #[observe]
    fn safe_feature() {}
    #[observe]
    fn unsafe_feature() {}
    #[observe]
    fn feature_in_place() {}

    pub fn all() -> (Option<u8>, Result<u8, ()>, u8) {
        safe_feature();
        unsafe_feature();
        feature_in_place();
        (Some(2), Ok(3), 4)
    }
}

#[observe]
#[unsafe(export_name = concat!("corpus_", module_path!(), "_exported"))]
pub extern "C" fn exported(n: u8) -> u8 {
    n
}

mod twice {
    #[allow(unused_imports)]
    use super::observe;
    use super::*;

    #[tracing::instrument]
    #[observe]
    pub fn below_instrument(n: u8) -> Result<u8, String> {
        Err(n.to_string())
    }

    #[observe]
    #[tracing::instrument(skip_all)]
    pub fn above_instrument(n: u8) -> Result<u8, String> {
        Ok(n)
    }

    /// Another attribute reads arguments that the body doesn't.
    #[observe]
    #[tracing::instrument(skip(b))]
    #[deny(unused_variables)]
    pub fn reads_arguments(a: u8, b: &str) -> Option<usize> {
        Some(b.len())
    }

    #[observe]
    #[tracing::instrument]
    #[deny(unused_variables)]
    pub async fn reads_arguments_async(a: u8, b: &str) -> Option<u8> {
        None
    }

    #[tracing::instrument(skip(it), ret)]
    #[observe]
    pub async fn below_instrument_async<T: Debug>(it: T) -> Option<String> {
        Some(format!("{it:?}"))
    }

    #[observe]
    #[tracing::instrument(skip_all, err)]
    pub async fn above_instrument_async(n: &u8) -> Result<&u8, String> {
        Ok(n)
    }
}

struct Documented;

/// On the block,
#[observe]
#[allow(dead_code)]
impl Documented {
    /// on a function,
    #[must_use]
    fn one(&self) -> Option<u8> {
        Some(1)
    }

    #[cfg(any())]
    fn gone(&self) -> Missing {
        Missing
    }

    #[inline]
    #[observe(level = debug, fields(n))]
    #[doc = "between."]
    async fn two(&self, n: u8) -> Result<u8, ()> {
        Ok(n)
    }

    #[cfg_attr(all(), inline)]
    fn three(&self) {}
}

#[cfg(test)]
mod tested {
    #[allow(unused_imports)]
    use super::observe;

    #[observe]
    #[test]
    fn above_result() -> Result<(), String> {
        Ok(())
    }

    #[test]
    #[observe]
    #[should_panic(expected = "as it should")]
    fn panics() {
        panic!("as it should");
    }

    #[observe]
    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn above_tokio() -> Result<(), String> {
        tokio::task::yield_now().await;
        Ok(())
    }

    #[tokio::test(flavor = "current_thread")]
    #[observe]
    #[should_panic(expected = "later")]
    async fn panics_later() {
        tokio::task::yield_now().await;
        panic!("later");
    }
}

pub fn cases() -> Vec<Case> {
    vec![
        case("documented", "documented", || show(documented(1))),
        case("documented below", "documented_below", || show(run(assert_send(documented_below(1))))),
        case("expect unused", "expects_unused", || show(expects_unused(1, 2))),
        case("expect below", "expects_below", || show(run(assert_send(expects_below(1, 2))))),
        case("expect unreachable", "expects_unreachable", || show(expects_unreachable(1))),
        case("deprecated async", "uses_old old", || show(run(assert_send(uses_old(1))))),
        case("cfg_attr with options", "by_cfg", || show(conditional(1))),
        case("cfg around", "configured", || show(run(assert_send(configured(1, 2))))),
        case("tools", "tools", || show(tools(1, 2, 3, 4, 5, 6, 7, 8))),
        case("hidden and tracked", "tracked", || show(tracked(1))),
        case("target_feature", "safe_feature unsafe_feature feature_in_place", || show(features::all())),
        case("below instrument", "below_instrument!error", || show(twice::below_instrument(1))),
        case("reads_arguments", "reads_arguments", || show(twice::reads_arguments(1, "b"))),
        case("reads_arguments_async", "reads_arguments_async", || show(run(twice::reads_arguments_async(1, "b")))),
        case("above instrument", "above_instrument", || show(twice::above_instrument(1))),
        case("below instrument async", "below_instrument_async", || show(run(assert_send(twice::below_instrument_async(1))))),
        case("above instrument async", "above_instrument_async", || show(run(assert_send(twice::above_instrument_async(&1))))),
        case("documented block", "Documented::one Documented::two Documented::three", || { let it = (Documented.one(), run(assert_send(Documented.two(1)))); Documented.three(); show(it) }),
    ]
}
