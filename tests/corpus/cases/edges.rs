// What nobody writes until somebody does: bounds, patterns and control flow at their edges.

#[allow(unused_imports)]
use std::future::Future;
use std::pin::Pin;

use crate::harness::{Case, Dropped, assert_send, case, log, poll_once, run, seen, show};

#[observe]
fn higher_ranked<F>(f: F, text: &str) -> Option<usize>
where
    F: for<'a> Fn(&'a str) -> Option<&'a str>,
{
    f(text).map(str::len)
}

#[observe]
fn composes<A, B, C>(f: impl Fn(A) -> B, g: impl Fn(B) -> C) -> impl Fn(A) -> C {
    move |a| g(f(a))
}

#[observe]
fn counts(mut n: u8) -> impl FnMut() -> Option<u8> {
    move || {
        n = n.checked_sub(1)?;
        Some(n)
    }
}

#[observe]
async fn drives<F>(f: F) -> Result<u8, String>
where
    F: AsyncFn(u8) -> Result<u8, String> + Send + Sync,
{
    let inner = async |n: u8| -> Result<u8, String> { Ok(f(n).await? + f(n + 1).await?) };
    inner(1).await
}

#[observe]
fn sums(n: u8) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    log("sums");
    if n == 0 {
        return Box::pin(async { 0 });
    }
    Box::pin(async move { u32::from(n) + sums(n - 1).await })
}

#[observe]
fn in_option(text: &str) -> Option<u8> {
    let (head, tail) = text.split_once('=')?;
    let 'a'..='z' = head.chars().next()? else { return None };
    tail.parse().ok()
}

#[observe]
fn labelled(rows: &[&[u8]]) -> Result<(usize, usize), &'static str> {
    let found = 'rows: {
        for (x, row) in rows.iter().enumerate() {
            'cells: for (y, &cell) in row.iter().enumerate() {
                match cell {
                    0 => continue 'cells,
                    1 => break 'rows Some((x, y)),
                    2 => return Err("two"),
                    _ => break 'cells,
                }
            }
        }
        None
    };
    found.ok_or("none")
}

#[observe]
fn returns_in_arm(n: u8) -> String {
    let text: &str = match n {
        0 => return String::from("zero"),
        1 => "one",
        _ => unreachable_of(n),
    };
    text.to_owned()
}

#[observe]
fn unreachable_of(n: u8) -> ! {
    let _held = Dropped("held");
    panic!("{n}")
}

#[observe]
async fn never_async(n: u8) -> ! {
    if n == 0 {
        panic!("zero")
    }
    futures::future::pending().await
}

#[observe]
fn patterns(
    &mut ref x: &mut u8,
    [a, .., b]: [Dropped; 3],
    Point { x: left, .. }: Point,
    _: Dropped,
    (.., last): (u8, Dropped, u8),
    &(ref text, number): &(String, u8),
) -> Option<String> {
    seen((x, left, last, number));
    log(format!("{a:?} {b:?}"));
    Some(text.repeat(2))
}

#[derive(Clone, Copy)]
struct Point {
    x: u8,
    y: u8,
}

struct Nothing;
struct Marker<const N: usize, T: ?Sized>(std::marker::PhantomData<T>);

#[observe]
fn zero_sized<const N: usize>(_: Nothing, _: [(); N], m: Marker<N, str>) -> Marker<N, [u8]> {
    let Marker(_) = m;
    seen(N);
    Marker(std::marker::PhantomData)
}

#[observe]
extern "C" fn foreign(n: i32, back: extern "C" fn(i32) -> i32) -> i32 {
    back(n) + 1
}

#[observe]
unsafe extern "C" fn foreign_unsafe(n: *const u8) -> Option<&'static u8> {
    if n.is_null() { None } else { Some(unsafe { &*n }) }
}

#[must_use = "it is"]
#[cold]
#[inline(never)]
#[doc = concat!("Made of ", "parts.")]
#[observe]
#[deprecated(note = "old")]
#[cfg_attr(all(), allow(clippy::needless_pass_by_value))]
fn decorated(#[allow(unused_variables)] unused: u8, #[cfg(any())] gone: u8, used: String) -> usize {
    #[expect(unused_variables)]
    let extra = 1;
    #[allow(clippy::let_and_return)]
    let len = used.len();
    len
}

#[observe]
#[inline(always)]
#[expect(unused_variables, reason = "it is")]
async fn expected(unused: u8) -> Result<(), u8> {
    #[expect(unused_mut)]
    let mut n = 1;
    Err(n)
}

#[observe]
fn streams<'a>(list: &'a [u8], until: &'a u8) -> impl futures::Stream<Item = u8> + 'a {
    log("made");
    futures::stream::iter(list.iter().copied().take_while(move |n| n < until))
}

#[observe]
fn borrows<'a>(a: &'a str, b: &'a [&'a str]) -> impl Future<Output = Option<&'a str>> + Send + 'a {
    let n = a.len();
    async move { b.get(n).copied() }
}

#[observe]
async fn elided(a: &str, b: &mut Vec<String>) -> usize {
    b.push(a.to_owned());
    futures::future::ready(b.len()).await
}

#[observe]
fn tail_macro(n: u8) -> Vec<u8> {
    vec![n; usize::from(n)]
}

#[observe]
fn tail_if_let(n: Option<u8>) -> Result<u8, ()> {
    if let Some(n @ 1..) = n { Ok(n) } else { Err(()) }
}

#[observe]
fn tail_unsafe(n: &u8) -> Option<&u8> {
    unsafe { (n as *const u8).as_ref() }
}

#[observe]
fn tail_loop(mut n: u8) -> Option<u8> {
    loop {
        n = n.checked_sub(3)?;
        if n < 3 {
            break Some(n);
        }
    }
}

#[observe]
fn tail_closure(n: u8) -> Box<dyn Fn(u8) -> u8> {
    Box::new(move |m| n + m)
}

#[observe]
fn tail_temporary(held: &std::cell::RefCell<Vec<Dropped>>) -> Option<&'static str> {
    held.borrow().last().map(|last| last.0)
}

#[observe]
fn assigned(mut a: String, mut n: u8) -> Option<String> {
    while n > 0 {
        a += "x";
        n -= 1;
    }
    a = a + "y";
    Some(a)
}

#[observe]
fn guarded_patterns((a, mut b): (u8, u8), &mut ref mut c: &mut u8, [d, ..]: [u8; 2], e: Dropped) {
    b += a + d;
    *c = b;
    log("guarded");
}

#[observe]
fn guarded_reassigned<'a>(mut a: &'a str, b: &'a str, f: fn(&str) -> usize, p: *const u8) -> usize {
    if p.is_null() {
        a = b;
    }
    f(a)
}

#[observe]
fn guarded_in_order(a: Dropped, n: u8, b: Dropped, (): (), _: Dropped, c: &Dropped) -> bool {
    let d = Dropped("local");
    seen(n) > 1
}

pub fn cases() -> Vec<Case> {
    vec![
        case("higher_ranked", "higher_ranked", || show(higher_ranked(|a| a.get(1..), "abc"))),
        case("composes", "composes", || show(composes(|a: u8| a + 1, |b| b.to_string())(3))),
        case("counts", "counts", || {
            let mut next = counts(2);
            show((next(), next(), next()))
        }),
        case("drives", "drives", || {
            show(run(assert_send(drives(async |n| if n > 5 { Err("big".into()) } else { Ok(n) }))))
        }),
        case("sums", "sums sums sums", || show(run(sums(2)))),
        case("in_option", "in_option in_option in_option", || {
            show((in_option("a=1"), in_option("A=1"), in_option("")))
        }),
        case("labelled", "labelled labelled!error labelled!error", || {
            show((labelled(&[&[0, 9, 1], &[1]]), labelled(&[&[2]]), labelled(&[])))
        }),
        case("returns_in_arm", "returns_in_arm returns_in_arm", || {
            returns_in_arm(0) + &returns_in_arm(1)
        }),
        case("unreachable", "returns_in_arm!panic unreachable_of!panic", || returns_in_arm(2)),
        case("never_async", "never_async!cancelled", || poll_once(never_async(1))),
        case("never_async_panic", "never_async!panic", || poll_once(never_async(0))),
        case("patterns", "patterns", || {
            let abc = [Dropped("a"), Dropped("b"), Dropped("c")];
            let pair = ("t".to_owned(), 9);
            let last = (1, Dropped("middle"), 3);
            show(patterns(&mut 1, abc, Point { x: 2, y: 3 }, Dropped("_"), last, &pair))
        }),
        case("zero_sized", "zero_sized", || {
            zero_sized(Nothing, [(); 3], Marker(std::marker::PhantomData));
            String::new()
        }),
        case("foreign", "foreign foreign foreign_unsafe", || {
            extern "C" fn twice(n: i32) -> i32 {
                foreign(n, foreign_same) * 2
            }
            extern "C" fn foreign_same(n: i32) -> i32 {
                n
            }
            show((foreign(1, twice), unsafe { foreign_unsafe(std::ptr::null()) }))
        }),
        case("decorated", "decorated", || {
            #[allow(deprecated)]
            let len = decorated(1, "abc".into());
            show(len)
        }),
        case("expected", "expected!error", || show(run(expected(1)))),
        case("streams", "streams", || {
            use futures::StreamExt;
            show(run(streams(&[1, 2, 5, 1], &4).collect::<Vec<_>>()))
        }),
        case("borrows", "borrows", || show(run(assert_send(borrows("a", &["x", "y"]))))),
        case("elided", "elided", || {
            let mut list = Vec::new();
            show(run(assert_send(elided(&String::from("a"), &mut list))))
        }),
        case("tails", "tail_macro tail_if_let tail_if_let!error tail_unsafe", || {
            show((tail_macro(2), tail_if_let(Some(1)), tail_if_let(None), tail_unsafe(&1)))
        }),
        case("tail_loop", "tail_loop tail_loop", || show((tail_loop(8), tail_loop(1)))),
        case("tail_closure", "tail_closure", || show(tail_closure(1)(2))),
        case("tail_temporary", "tail_temporary", || {
            show(tail_temporary(&vec![Dropped("a"), Dropped("b")].into()))
        }),
        case("assigned", "assigned", || show(assigned("a".into(), 2))),
        case("guarded_patterns", "guarded_patterns", || {
            let mut c = 1;
            guarded_patterns((1, 2), &mut c, [3, 4], Dropped("e"));
            show(c)
        }),
        case("guarded_reassigned", "guarded_reassigned", || {
            show(guarded_reassigned("a", "bc", str::len, std::ptr::null()))
        }),
        case("guarded_in_order", "guarded_in_order", || {
            let (a, b, c) = (Dropped("a"), Dropped("b"), Dropped("c"));
            show(guarded_in_order(a, 2, b, (), Dropped("_"), &c))
        }),
    ]
}
