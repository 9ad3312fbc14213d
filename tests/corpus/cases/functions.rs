// Free functions and what their signatures may say.

use crate::harness::{Case, case, log, seen, show};
use std::fmt::Debug;

#[observe]
fn no_result() {
    log("ran");
}

#[observe]
fn scalar(a: u8, b: u8) -> u8 {
    a + b
}

#[observe]
fn borrowed(x: &mut u8) -> &u8 {
    *x += 1;
    x
}

#[observe]
fn borrowed_mut(x: &mut u8) -> &mut u8 {
    *x += 1;
    x
}

#[observe]
fn borrowed_result(x: &u8) -> Result<&u8, &u8> {
    if *x > 3 { Err(x) } else { Ok(x) }
}

#[observe]
fn early(x: u8) -> Option<u8> {
    if x == 0 {
        return None;
    }
    log("late");
    Some(x)
}

#[observe]
fn question(text: &str) -> Result<u8, std::num::ParseIntError> {
    let n: u8 = text.parse()?;
    log("parsed");
    Ok(n)
}

#[observe]
fn never(why: &'static str) -> ! {
    panic!("{why}")
}

#[observe]
fn patterns((a, b): (u8, u8), [c, .., d]: [u8; 3], _: String, ref e: u8) -> u8 {
    a + b + c + d + e
}

#[observe]
fn mutable(mut a: Vec<u8>, mut b: u8) -> Vec<u8> {
    b += 1;
    a.push(b);
    a
}

#[observe]
fn bound(all @ (a, _): (u8, u8)) -> Result<(u8, (u8, u8)), ()> {
    Ok((a, all))
}

#[observe]
fn generic<T: Debug + Clone, const N: usize>(value: T) -> [T; N]
where
    T: PartialEq,
{
    std::array::from_fn(|_| value.clone())
}

#[observe]
fn bare_generic<T>(value: T) -> T {
    value
}

#[observe]
fn generic_result<T, E>(value: Result<T, E>) -> Result<T, E> {
    value
}

#[observe]
fn higher_ranked<F>(f: F) -> usize
where
    F: for<'a> Fn(&'a str) -> &'a str,
{
    f("abc").len()
}

#[observe]
fn impl_argument(values: impl IntoIterator<Item = u8>) -> Vec<u8> {
    values.into_iter().map(seen).collect()
}

#[observe]
fn impl_result(n: u8) -> impl Iterator<Item = u8> + Clone {
    (0..n).map(|x| x * 2)
}

#[observe]
fn impl_todo(panics: bool) -> impl Sized {
    if panics {
        panic!("to do")
    }
}

#[observe]
fn nested_impl(n: u8) -> Result<impl Debug, String> {
    if n > 3 {
        return Err(format!("{n} is too much"));
    }
    Ok(n)
}

#[observe]
fn closure(n: u8) -> impl Fn(u8) -> u8 {
    move |m| n + m
}

#[observe]
fn boxed_closure<'a>(n: &'a u8) -> Box<dyn Fn(u8) -> u8 + 'a> {
    Box::new(move |m| n + m)
}

#[observe]
fn coerced(n: u8) -> Box<dyn Debug> {
    if n == 0 {
        return Box::new("zero");
    }
    Box::new(n)
}

#[observe]
fn coerced_result(n: u8) -> Result<Box<dyn Debug>, Box<dyn std::error::Error>> {
    if n == 0 {
        return Err("zero".into());
    }
    if n == 1 {
        return Ok(Box::new("one"));
    }
    Ok(Box::new(n))
}

#[observe]
#[allow(clippy::too_many_arguments)]
fn sixteen(
    a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8,
    i: u8, j: u8, k: u8, l: u8, m: u8, n: u8, o: u8, p: u8,
) -> u32 {
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p].map(u32::from).iter().sum()
}

#[observe]
fn partly_moved(pair: (String, String)) -> Vec<String> {
    let first = pair.0;
    vec![first]
}

#[observe]
unsafe fn dangerous(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}

#[observe]
extern "C" fn foreign(n: u8) -> u8 {
    n + 1
}

#[observe]
#[inline(never)]
#[must_use = "why else"]
pub fn with_attributes(n: u8) -> u8 {
    n
}

#[observe]
fn inner_attribute(n: u8) -> u8 {
    #![allow(unused_variables)]
    let unused = 3;
    n
}

#[observe]
fn cfg_argument(#[cfg(any())] gone: Missing, #[cfg(all())] here: u8) -> u8 {
    here
}

#[observe]
#[track_caller]
fn tracked() -> u32 {
    std::panic::Location::caller().line()
}

#[observe]
#[track_caller]
fn tracked_panic(value: Option<u8>) -> Result<u8, ()> {
    Ok(value.expect("a value"))
}

#[observe]
fn panics(n: u8) -> Result<u8, ()> {
    log("before");
    let list: Vec<u8> = Vec::new();
    Ok(list[usize::from(n)])
}

#[observe]
fn recursive(n: u8) -> u8 {
    if n == 0 { 0 } else { recursive(n - 1) + 1 }
}

#[observe]
fn recursive_result(n: u8) -> Result<u8, String> {
    if n == 0 { Err("bottom".to_owned()) } else { recursive_result(n - 1) }
}

#[observe]
fn labelled(list: &[u8]) -> Option<u8> {
    'outer: loop {
        for item in list {
            if *item > 1 {
                break 'outer Some(*item);
            }
        }
        return None;
    }
}

#[observe]
fn static_result() -> &'static str {
    "static"
}

#[observe]
fn nested_items(n: u8) -> Result<u8, ()> {
    fn inner(n: u8) -> u8 {
        n + 1
    }
    const ONE: u8 = 1;
    struct Site;
    let _ = Site;
    Ok(inner(n) + ONE)
}

#[observe]
fn elided(text: std::borrow::Cow<'_, str>) -> std::borrow::Cow<'_, str> {
    text
}

#[observe]
fn slice(list: &mut [u8]) -> (&mut [u8], usize) {
    let length = list.len();
    (&mut list[1..], length)
}

#[observe]
fn function_pointer(f: fn(u8) -> u8) -> fn(u8) -> u8 {
    f
}

#[observe]
fn dyn_argument(f: &mut dyn FnMut(u8)) -> Result<(), ()> {
    f(1);
    f(2);
    Ok(())
}

#[observe(ok_if = |r: &Result<u8, u8>| matches!(r, Err(1)), error_if = |r| matches!(r, Ok(9)))]
fn judged(n: u8) -> Result<u8, u8> {
    if n < 3 { Err(n) } else { Ok(n) }
}

#[observe(fields(n, m = n.len(), ?o), result_length = |r| r.len())]
fn field_side_effects(n: String, o: Option<u8>) -> String {
    log(format!("{n}{o:?}"));
    n + "!"
}

#[rustfmt::skip]
pub fn cases() -> Vec<Case> {
    vec![
        case("no_result", "no_result", || show(no_result())),
        case("scalar", "scalar", || show(scalar(1, 2))),
        case("overflow", "scalar!panic", || show(scalar(255, std::hint::black_box(2)))),
        case("borrowed", "borrowed", || show(borrowed(&mut 1))),
        case("borrowed_mut", "borrowed_mut", || { let mut n = 1; *borrowed_mut(&mut n) += 1; show(n) }),
        case("borrowed_result", "borrowed_result!error", || show(borrowed_result(&4))),
        case("early", "early early", || show((early(0), early(1)))),
        case("question", "question question!error", || show((question("1"), question("x")))),
        case("never", "never!panic", || never("no more")),
        case("patterns", "patterns", || show(patterns((1, 2), [3, 4, 5], "x".into(), 6))),
        case("mutable", "mutable", || show(mutable(vec![1], 2))),
        case("bound", "bound", || show(bound((1, 2)))),
        case("generic", "generic", || show(generic::<_, 3>("x"))),
        case("bare_generic", "bare_generic", || show(bare_generic("x"))),
        case("generic_result", "generic_result!error", || show(generic_result::<u8, _>(Err("x")))),
        case("higher_ranked", "higher_ranked", || show(higher_ranked(|text| &text[1..]))),
        case("impl_argument", "impl_argument", || show(impl_argument([1, 2]))),
        case("impl_result", "impl_result", || show(impl_result(3).clone().collect::<Vec<_>>())),
        case("impl_todo", "impl_todo!panic", || { impl_todo(true); String::new() }),
        case("nested_impl", "nested_impl nested_impl!error", || show((nested_impl(1), nested_impl(4)))),
        case("closure", "closure", || show(closure(1)(2))),
        case("boxed_closure", "boxed_closure", || show(boxed_closure(&1)(2))),
        case("coerced", "coerced coerced", || show((coerced(0), coerced(1)))),
        case("coerced_result", "coerced_result!error coerced_result coerced_result",
            || show((coerced_result(0), coerced_result(1), coerced_result(2)))),
        case("sixteen", "sixteen", || show(sixteen(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))),
        case("partly_moved", "partly_moved", || show(partly_moved(("a".into(), "b".into())))),
        case("dangerous", "dangerous", || show(unsafe { dangerous(&7) })),
        case("foreign", "foreign", || show(foreign(1))),
        case("with_attributes", "with_attributes", || show(with_attributes(1))),
        case("inner_attribute", "inner_attribute", || show(inner_attribute(1))),
        case("cfg_argument", "cfg_argument", || show(cfg_argument(1))),
        case("tracked", "tracked", || show(tracked())),
        case("tracked_panic", "tracked_panic!panic", || show(tracked_panic(None))),
        case("panics", "panics!panic", || show(panics(3))),
        case("recursive", "recursive recursive recursive", || show(recursive(2))),
        case("recursive_result", "recursive_result!error recursive_result!error", || show(recursive_result(1))),
        case("labelled", "labelled", || show(labelled(&[1, 2]))),
        case("static_result", "static_result", || show(static_result())),
        case("nested_items", "nested_items", || show(nested_items(1))),
        case("elided", "elided", || show(elided("x".into()))),
        case("slice", "slice", || show(slice(&mut [1, 2, 3]))),
        case("function_pointer", "function_pointer", || show(function_pointer(|n| n + 1)(1))),
        case("dyn_argument", "dyn_argument", || show(dyn_argument(&mut |n| { seen(n); }))),
        case("judged", "judged judged!error judged judged!error",
            || show((judged(1), judged(2), judged(3), judged(9)))),
        case("field_side_effects", "field_side_effects", || show(field_side_effects("a".into(), None))),
    ]
}
