//! Running a body whose result is looked at.

use core::convert::Infallible;

use crate::span::{Captured, Ending, Guard, Observed, StartKind, StaticCallsite, enter};

/// Runs `body` inside of a span, and `ending` on its result.
#[inline]
pub fn call<C: StaticCallsite, R>(
    site: C,
    start: StartKind,
    body: impl FnOnce() -> R,
    ending: impl FnOnce(&R, &mut Ending),
) -> R {
    let mut guard = enter(site, start);
    let result = body();
    tell(&mut guard, &result, ending);
    result
}

/// What the result of a body tells of its span.
#[inline]
pub fn tell<R>(guard: &mut Guard, result: &R, ending: impl FnOnce(&R, &mut Ending)) {
    guard.ending(|end| ending(result, end));
}

/// The running of a future.
#[inline(always)]
pub fn observed<C, F, E>(captured: Captured<C>, future: F, ending: E) -> Observed<C, F, E>
where
    C: StaticCallsite,
    F: Future,
    E: Fn(&F::Output, &mut Ending),
{
    captured.observe(future, ending)
}

/// The running of a future that never ends of itself.
#[inline(always)]
pub fn never<C, F>(captured: Captured<C>, future: F) -> Observed<C, F, fn(&Infallible, &mut Ending)>
where
    C: StaticCallsite,
    F: Future<Output = Infallible>,
{
    captured.observe(future, |_, _| {})
}

/// Gives a body its type; never called.
///
/// # Panics
///
/// Always.
pub fn hint<R>() -> R {
    unreachable!("a way out that is never taken")
}
