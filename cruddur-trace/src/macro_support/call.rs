//! Running a body whose result is looked at.

use core::convert::Infallible;

use crate::span::{Ending, Guard, Observed, StartKind, StaticCallsite, enter, observed};

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

/// The running of a future that never ends of itself.
#[inline]
pub fn never<C, F>(
    site: C,
    start: StartKind,
    future: F,
) -> Observed<C, F, fn(&Infallible, &mut Ending)>
where
    C: StaticCallsite,
    F: Future<Output = Infallible>,
{
    observed(site, start, future, |_, _| {})
}

/// Gives a body its type; never called.
///
/// # Panics
///
/// Always.
pub fn hint<R>() -> R {
    unreachable!("a way out that is never taken")
}
